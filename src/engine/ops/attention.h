/* Scaled dot-product attention (Vaswani et al. 2017, equation 1), one op with
   one gradient, which computes the probabilities again. */
#ifndef TB_ENGINE_OPS_ATTENTION_H
#define TB_ENGINE_OPS_ATTENTION_H

#include "engine/op.h"

typedef enum tb_attention_bias {
    TB_ATTENTION_PLAIN,
    TB_ATTENTION_ALIBI,   /* - 2^(-8 (h+1)/heads) |i - j| (Press et al. 2022) */
    TB_ATTENTION_RELATIVE /* table[h, i - j], learned */
} tb_attention_bias;

typedef struct tb_attention_attr {
    bool causal;    /* frame i looks at no frame after it */
    int64_t window; /* causal: at so many, itself included; 0: at all */
    tb_attention_bias bias;
    int64_t skip; /* with a window: y has no frames for the first so many */
} tb_attention_attr;

/* q [batch, frames, heads, d], k [batch, frames, kv_heads, d], v [batch,
   frames, kv_heads, e]: y [batch, frames, heads, e], y[i] = sum over j of
   softmax over j of (q[i] k[j] / sqrt(d) + bias(h, i, j)) times v[j]. Heads are
   a multiple of kv_heads, and neighbours share keys and values. Without
   `causal` k and v may have other frames than q, or a fixed number. `table`
   [heads, window] is for TB_ATTENTION_RELATIVE, which is causal; else null.

   With a causal window this streams; frames before the first are not looked
   at. Else, over frames of time, all of them are needed. With `skip` frame i of
   y is that of query i + skip: the frames before it are only looked at. */
tb_value *tb_attention(tb_value *q, tb_value *k, tb_value *v, tb_value *table,
                       tb_attention_attr how);

extern const tb_op tb_op_attention; /* (q, k, v[, table]), tb_attention_attr */
extern const tb_op tb_op_attention_time;
extern const tb_op tb_op_attention_grad; /* (q, k, v, dy[, table]) -> dq, dk,
                                            dv[, dtable] */

#endif
