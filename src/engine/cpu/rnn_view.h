/* Recurrent layers whose frames hold several steps (engine/ops/rnn.h), seen as
   plain ones over tensors [batch, steps, n]: where steps go on from frame to
   frame, the frames of a call are one long run; where each frame is a run of
   its own, the frames are the batch. Naive and fast kernels know no others. */
#ifndef TB_ENGINE_CPU_RNN_VIEW_H
#define TB_ENGINE_CPU_RNN_VIEW_H

#include "engine/cpu/kernel.h"
#include "engine/ops/rnn.h"

/* A call over views. Points into itself: not to be copied. */
typedef struct tb_rnn_view {
    tb_call call;
    const tb_tensor *in[TB_RNN_MOST], *out[TB_RNN_MOST];
    tb_tensor view[2 * TB_RNN_MOST];
} tb_rnn_view;

/* How a node's call is seen: `frames` from `from`. */
typedef struct tb_rnn_frames {
    bool steps; /* frames hold several: else the call is a plain one */
    bool apart; /* each is a run of its own */
    int64_t from, frames;
} tb_rnn_frames;

static inline tb_rnn_frames tb_rnn_frames_of(const tb_call *c)
{
    const tb_node *n = c->node;
    const tb_tensor *first = c->in[0];
    int h0 = n->op == &tb_op_rnn || n->op == &tb_op_rnn_apart
                 ? 2 + TB_ATTR(tb_rnn_attr, n)->bias
                 : 2;
    return (tb_rnn_frames){.steps = first->rank == 4,
                           .apart = c->in[h0]->rank == 3,
                           .from = first->time < 0 ? 0 : c->from,
                           .frames =
                               first->time < 0 ? first->dim[1] : c->count};
}

/* Whether runs lie at one distance from each other, so that batch and frames
   are one axis; and whether frames follow each other as steps do. */
static inline bool tb_rnn_one_batch(const tb_tensor *t, int64_t frames)
{
    return t->rank < 3 || t->dim[0] == 1 || frames == 1 ||
           t->stride[0] == frames * t->stride[1];
}

static inline bool tb_rnn_one_run(const tb_tensor *t)
{
    return t->rank < 4 || t->dim[2] == 1 ||
           t->stride[1] == t->dim[2] * t->stride[2];
}

static inline tb_tensor tb_rnn_view_of(const tb_tensor *t, tb_rnn_frames f,
                                       int64_t group, int64_t groups,
                                       size_t element)
{
    tb_tensor v = *t;
    if (!f.steps || t->rank < (f.apart ? 3 : 4))
        return v;
    int64_t o = f.from - (t->time < 0 ? 0 : t->first);
    o = o * t->stride[1] + (groups > 1 ? group * t->stride[0] : 0);
    v.data = t->data ? (char *)t->data + o * (int64_t)element : NULL;
    v.rank--;
    v.time = -1;
    v.first = 0;
    for (int i = 1; i < v.rank; i++) {
        v.dim[i] = t->dim[i + 1];
        v.stride[i] = t->stride[i + 1];
    }
    if (f.apart) {
        v.dim[0] = (groups > 1 ? 1 : t->dim[0]) * f.frames;
        v.stride[0] = f.frames == 1 ? t->stride[0] : t->stride[1];
    } else {
        v.dim[1] = f.frames * t->dim[2];
        v.stride[1] = t->dim[2] == 1 ? t->stride[1] : t->stride[2];
    }
    return v;
}

/* A call over copies of its tensors, as they are. */
static inline void tb_rnn_view_over(tb_rnn_view *v, const tb_call *c)
{
    int n_in = c->node->n_in, n = n_in + c->node->n_out;
    v->call = *c;
    v->call.in = v->in;
    v->call.out = v->out;
    for (int i = 0; i < n; i++) {
        v->view[i] = *(i < n_in ? c->in[i] : c->out[i - n_in]);
        *(i < n_in ? &v->in[i] : &v->out[i - n_in]) = &v->view[i];
    }
}

/* Group `group` of `groups`: one for all, or one for each row of the batch. */
static inline void tb_rnn_view_init(tb_rnn_view *v, const tb_call *c,
                                    int64_t group, int64_t groups,
                                    size_t element)
{
    tb_rnn_frames f = tb_rnn_frames_of(c);
    int n = c->node->n_in + c->node->n_out;
    tb_rnn_view_over(v, c);
    for (int i = 0; i < n; i++)
        v->view[i] = tb_rnn_view_of(&v->view[i], f, group, groups, element);
}

/* One if all runs lie at one distance, else the rows of the batch. */
static inline int64_t tb_rnn_groups(const tb_call *c)
{
    tb_rnn_frames f = tb_rnn_frames_of(c);
    int n_in = c->node->n_in, n = n_in + c->node->n_out;
    for (int i = 0; f.steps && f.apart && i < n; i++)
        if (!tb_rnn_one_batch(i < n_in ? c->in[i] : c->out[i - n_in], f.frames))
            return c->in[0]->dim[0];
    return 1;
}

#endif
