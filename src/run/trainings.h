/* Several trainings in one run. The folder of a run is that of a training of
   its own; further ones (a prior beside its autoencoder) lie in folders of it,
   named by whoever begins them, with the same files and a lock each:

       runs/strings/run.ini
                    checkpoints/ ...
                    prior/run.ini
                          checkpoints/ ... */
#ifndef TB_RUN_TRAININGS_H
#define TB_RUN_TRAININGS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* The names of the further trainings of a run, in the order of bytes:
   `*names` [*count], to be freed with tb_run_trainings_free. None is no error.
 */
tb_status tb_run_trainings(const char *folder, char ***names, int *count,
                           tb_error *error);
void tb_run_trainings_free(char **names, int count);

/* "prior, prior-2", cut when `size` is too small; "" for none. */
void tb_run_trainings_text(const char *folder, char *text, size_t size);

/* The run that a training of this folder is a further one of; null: none. Freed
   with tb_free. */
char *tb_run_above(const char *folder);

/* What it is called: "strings", and "strings-prior" for a further one. Freed
   with tb_free; null when there is no memory. */
char *tb_run_title(const char *folder);

/* Whether a run keeps something of its own under this name. */
bool tb_run_keeps(const char *name);

#endif
