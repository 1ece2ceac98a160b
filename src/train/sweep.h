/* Several short trainings that differ in one setting, to hear the difference: a
   run for each value in one folder, with a page that sets their examples side
   by side. */
#ifndef TB_TRAIN_SWEEP_H
#define TB_TRAIN_SWEEP_H

#include "base/status.h"

#include <stdbool.h>

enum { TB_SWEEP_MAX = 32 };

typedef struct tb_sweep {
    char name[64]; /* of the setting */
    int count;
    char values[TB_SWEEP_MAX][128];
    char *folder; /* owned */
} tb_sweep;

/* Reads "hop=128,256,512". Values that are lists themselves are parted by a
   colon: "frame_sizes=16,4,16:64,16,16". */
tb_status tb_sweep_parse(tb_sweep *sweep, const char *text, tb_error *error);

/* Makes the folder; with `numbered` the first of folder, folder-2 ... that is
   not there yet. */
tb_status tb_sweep_create(tb_sweep *sweep, const char *folder, bool numbered,
                          tb_error *error);
void tb_sweep_clear(tb_sweep *sweep);

/* The folder of one run, "folder/hop=128", to be freed with tb_free. */
char *tb_sweep_run(const tb_sweep *sweep, int i);

/* Writes folder/index.html from what the first `done` runs have left. */
tb_status tb_sweep_write_page(const tb_sweep *sweep, int done, tb_error *error);

#endif
