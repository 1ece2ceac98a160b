/* Weight gradients: sums over all rows, cut into parts so that the bits do not
   depend on the threads. Large weights are cut by panels of outputs, where a
   cut changes no bit; small ones by rows, in a number of slots that depends on
   the shape alone and that are added up in order. */
#ifndef TB_ENGINE_CPU_SLOTS_H
#define TB_ENGINE_CPU_SLOTS_H

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/kernel.h"

/* One run of rows, as tb_outer sees them. */
typedef struct tb_slot_rows {
    tb_outer_run at;
    int64_t ldx, ldy, rows;
} tb_slot_rows;

/* A weight gradient: `runs` runs of rows, given by `run`. */
typedef struct tb_slots {
    const tb_fast *fast;
    int groups, outs, ins, taps; /* of each group; outs and ins per group */
    int64_t xtap;
    const ptrdiff_t *offsets; /* of taps, instead of xtap; or null */
    int64_t runs, total_rows;
    TB_REALTIME tb_slot_rows (*run)(const void *context, int64_t i);
    const void *context;
    float *dw;        /* with the strides of `layout` within each group */
    int64_t by_group; /* from one group's weights to the next */
    tb_weights layout;
} tb_slots;

TB_REALTIME int tb_slots_parts(const tb_slots *s, int phase, int threads);
size_t tb_slots_scratch(const tb_slots *s, int threads);

/* Phase 0 sums, phase 1 adds up slots; whichever is the last brings it to dw.
 */
TB_REALTIME void tb_slots_run(const tb_slots *s, int phase, int part, int parts,
                              float *scratch);

#endif
