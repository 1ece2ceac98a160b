/* What the fast kernels of recurrent layers share, forwards and backwards. */
#ifndef TB_ENGINE_CPU_RNN_LANES_H
#define TB_ENGINE_CPU_RNN_LANES_H

#include "engine/cpu/rnn_view.h"
#include "engine/cpu/slots.h"
#include "engine/cpu/table.h"

#include <string.h>

/* w_hh as it is multiplied with, or its transpose. */
static inline tb_weights tb_rnn_weights(const tb_call *c, bool back)
{
    const tb_tensor *w = c->in[1];
    return (tb_weights){w->stride[back],   w->stride[!back],   1,
                        (int)w->dim[back], (int)w->dim[!back], 1};
}

static inline size_t tb_rnn_packed(tb_weights w, tb_type type)
{
    return tb_packed_size(w.outs, 1, w.ins) *
           (type == TB_F16 ? sizeof(uint16_t) : sizeof(float));
}

static inline bool tb_rnn_unit(const tb_tensor *t)
{
    return (t->rank == 0 || t->stride[t->rank - 1] == 1) &&
           (t->rank != 4 || t->time < 0 || t->time == 1);
}

/* Numbers lie behind each other, and in a run that goes on from frame to frame
   steps do. */
static inline bool tb_rnn_fits(const tb_call *c)
{
    int n_in = c->node->n_in, n = n_in + c->node->n_out;
    bool apart = tb_rnn_frames_of(c).apart;
    for (int i = 0; i < n; i++) {
        const tb_tensor *t = i < n_in ? c->in[i] : c->out[i - n_in];
        if (!tb_rnn_unit(t) || !(apart || tb_rnn_one_run(t)))
            return false;
    }
    return true;
}

/* Rows of the batch in all groups. */
static inline int64_t tb_rnn_rows(const tb_call *c)
{
    tb_rnn_frames f = tb_rnn_frames_of(c);
    return c->in[0]->dim[0] * (f.steps && f.apart ? f.frames : 1);
}

static inline TB_REALTIME int tb_rnn_parts(const tb_call *c, int phase,
                                           int threads)
{
    int64_t rows = tb_rnn_rows(c) / tb_rnn_groups(c);
    (void)phase;
    return (int)(rows < threads ? rows : threads);
}

/* Runs one part of each group. */
static inline void tb_rnn_each(const tb_call *c, int part, int parts,
                               TB_REALTIME void (*run)(const tb_call *c,
                                                       int part, int parts))
{
    int64_t groups = tb_rnn_groups(c);
    for (int64_t i = 0; i < groups; i++) {
        tb_rnn_view v;
        tb_rnn_view_init(&v, c, i, groups, sizeof(float));
        run(&v.call, part, parts);
    }
}

static inline size_t tb_rnn_aligned(int64_t floats)
{
    return (size_t)((floats + 15) / 16 * 16);
}

/* Where something lies for the first row of a part, and from row to row. */
typedef struct tb_lane {
    float *at;
    int64_t ld;
} tb_lane;

static inline tb_lane tb_lane_of(const tb_tensor *t, int64_t row, int64_t frame)
{
    int64_t o = row * t->stride[0];
    if (t->rank == 3)
        o += (frame - (t->time == 1 ? t->first : 0)) * t->stride[1];
    return (tb_lane){t->rank ? (float *)t->data + o : NULL, t->stride[0]};
}

#endif
