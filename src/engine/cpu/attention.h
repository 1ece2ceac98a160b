/* What the ways to compute attention on the processor's kernels share. */
#ifndef TB_ENGINE_CPU_ATTENTION_H
#define TB_ENGINE_CPU_ATTENTION_H

#include "engine/cpu/kernel.h"
#include "engine/ops/attention.h"

static inline const tb_attention_attr *tb_attention_how(const tb_call *c)
{
    return c->node->attr;
}

/* The first and the last key that a query looks at. */
static inline int64_t tb_attention_first(const tb_call *c, int64_t query)
{
    int64_t window = tb_attention_how(c)->window;
    return window && query >= window ? query - window + 1 : 0;
}

static inline int64_t tb_attention_last(const tb_call *c, int64_t query)
{
    return tb_attention_how(c)->causal ? query : c->in[1]->dim[1] - 1;
}

/* Frame i of a head. */
static inline float *tb_attention_head(const tb_tensor *t, int64_t b, int64_t i,
                                       int64_t h)
{
    int64_t at = i - (t->time == 1 ? t->first : 0);
    return (float *)t->data + b * t->stride[0] + at * t->stride[1] +
           h * t->stride[2];
}

/* Products of a query of head h with n keys become probabilities; the first key
   lies `distance` frames before the query, the others follow. */
TB_REALTIME void tb_attention_weights(const tb_call *c, const tb_tensor *table,
                                      int64_t h, int64_t distance, int n,
                                      float *row);

/* Queries of all heads of row b for few frames of y, from frame `from` on: each
   key and each value is read once for a query, in the order in which they lie,
   without copies. The bits are those of blocks. `scores`: heads times keys. */
TB_REALTIME bool tb_attention_few(const tb_call *c);
TB_REALTIME void tb_attention_few_run(const tb_call *c, int64_t b,
                                      float *scores);

#endif
