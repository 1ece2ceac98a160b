/* A job of the engine done a slice at a time, on the caller's thread: it has a
   stack of its own, and leaves it after the node at which it has done enough
   (engine/pause.h). */
#ifndef TB_LIVE_SLICES_H
#define TB_LIVE_SLICES_H

#include "base/realtime.h"
#include "base/status.h"

#include <stdbool.h>

typedef struct tb_slices tb_slices;

tb_slices *tb_slices_new(TB_REALTIME void (*job)(void *context, int which),
                         void *context, tb_error *error);
void tb_slices_free(tb_slices *slices); /* accepts null */

/* Beforehand: runs a job whole, and tells its work and that of its largest
   node. */
double tb_slices_measure(TB_REALTIME void (*job)(void *context, int which),
                         void *context, int which, double *largest);

/* ---- the audio thread ---- */

/* The job is done from now on; none is under way. */
TB_REALTIME void tb_slices_begin(tb_slices *slices, int which);

/* Goes on until so much has been done since the beginning, or all. */
TB_REALTIME void tb_slices_go_on(tb_slices *slices, double work);

/* All that is left. */
TB_REALTIME void tb_slices_finish(tb_slices *slices);

/* What has been done since the beginning of the job that was begun last. */
TB_REALTIME double tb_slices_done(const tb_slices *slices);

/* Whether some of the job, but not all, has been done. */
TB_REALTIME bool tb_slices_is_amid(const tb_slices *slices);

#endif
