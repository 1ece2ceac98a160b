/* When what a model plays is there: whole numbers alone.

   The host gives and takes frames at its rate, in calls that are multiples of
   `block`. Frame j of the model lies at host frame j * host / model. The model
   plays passes of `grain` frames as soon as they are full; `behind`: what a
   pass gives is there when the next one is full (so that it may take as long as
   one to compute). Filters look `reach` frames ahead (dsp/polyphase.h). */
#ifndef TB_LIVE_TIMING_H
#define TB_LIVE_TIMING_H

#include "base/realtime.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tb_timing {
    int64_t host, model; /* so many host frames last as long as so many of the
                            model; without a common factor */
    int64_t block;
    int64_t grain;
    bool behind;
    int reach_in;   /* host frames */
    int reach_out;  /* model frames */
    int64_t delays; /* model frames by which the model answers late */
} tb_timing;

/* Model frames that so many host frames are enough for. */
TB_REALTIME int64_t tb_timing_heard(const tb_timing *t, int64_t host_frames);

/* Model frames that have been played then; below 0 before the first pass that
   is behind. */
TB_REALTIME int64_t tb_timing_played(const tb_timing *t, int64_t host_frames);

/* The least number of host frames by which answers come late, so that whatever
   the host asks for has been played. */
int64_t tb_timing_latency(const tb_timing *t);

/* What host frame `frame` of the output is made from: a place in the model's
   output, in host-ths of a frame. */
TB_REALTIME int64_t tb_timing_place(const tb_timing *t, int64_t latency,
                                    int64_t frame);

#endif
