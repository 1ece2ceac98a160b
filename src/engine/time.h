/* Time analysis: when each frame of each value can be computed while a signal
   arrives, and hence latency, buffers and which loops are legal. */
#ifndef TB_ENGINE_TIME_H
#define TB_ENGINE_TIME_H

#include "base/rational.h"
#include "base/realtime.h"
#include "engine/graph.h"

/* Times count base frames: those of the inputs. */
typedef struct tb_time {
    bool timed;      /* false: the value has no time axis, the rest is void */
    tb_ratio period; /* base frames between its frames */
    tb_ratio age;    /* frame j can be computed once base frame
                        floor(j*period + age) has arrived */
    tb_ratio end;    /* and is inside the signal, wherever that ends, with
                        j*period + end */
    tb_ratio first;  /* frame j depends on no base frame before
                        j*period + first (never: on all) */
    tb_ratio last;   /* nor on any after j*period + last */
} tb_time;

/* Sets times[value id] of all needed values. `quantum`: every call is a
   multiple of that many base frames. `step` becomes how many base frames a
   feedback loop can advance by at once, 0 without a loop. Refuses, by name,
   ops that need all frames, joins of different periods and loops that need a
   frame before it exists. */
tb_status tb_time_analyse(const tb_graph *g, const bool *needed,
                          int64_t quantum, tb_time *times, int64_t *step,
                          tb_error *error);

/* Frames there are after n base frames (paced: as evenly as can be). */
TB_REALTIME int64_t tb_time_count(const tb_time *t, int64_t n);

/* The first n at which frame j is there. */
TB_REALTIME int64_t tb_time_due(const tb_time *t, int64_t j);

/* max(0, age) in whole base frames: how much later than it arrived a signal
   leaves. */
TB_REALTIME int64_t tb_time_latency(const tb_time *t);

/* Base frames that one frame depends on; -1: all that came before. */
TB_REALTIME int64_t tb_time_receptive_field(const tb_time *t);

#endif
