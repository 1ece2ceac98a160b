/* A word to the training of a run, which may be another process: the phase that
   it should begin. It waits in the run's folder, as "begin-phase.txt", until
   the training has begun that phase and saved that it has. */
#ifndef TB_RUN_PHASE_REQUEST_H
#define TB_RUN_PHASE_REQUEST_H

#include "base/status.h"

#include <stdbool.h>

/* Leaves the request, in place of an older one. */
tb_status tb_phase_request_leave(const char *folder, const char *phase,
                                 tb_error *error);

/* The phase that is asked for, to be freed with tb_free; null: none is. Costs
   one look at the folder where there is none. */
char *tb_phase_request_read(const char *folder);

void tb_phase_request_remove(const char *folder);

#endif
