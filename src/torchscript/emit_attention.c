/* Attention over a window of frames (engine/ops/attention.h). */
#include "engine/ops.h"
#include "torchscript/emitter.h"

#include <math.h>

/* What is added for each head and each frame of the window, the oldest first:
   [heads, window]. */
static const char *bias_of(tb_emitter *e, const tb_node *n)
{
    const tb_attention_attr *how = TB_ATTR(tb_attention_attr, n);
    int64_t heads = n->in[0]->dim[2], window = how->window;
    if (how->bias == TB_ATTENTION_RELATIVE)
        return tb_emit_let(e, "torch.flip(%s, [1])", tb_emit_read(e, n, 3));
    float *x = tb_arena_array(e->arena, (size_t)(heads * window), sizeof *x);
    for (int64_t i = 0; x && i < heads * window; i++) {
        double slope = pow(2, -8.0 * (double)(i / window + 1) / (double)heads);
        if (how->bias == TB_ATTENTION_ALIBI)
            x[i] = (float)(-slope * (double)(window - 1 - i % window));
    }
    return tb_emit_constant(e, n, "bias", tb_dims(heads, window), x);
}

static void emit_attention(tb_emitter *e, const tb_node *n)
{
    const tb_attention_attr *how = TB_ATTR(tb_attention_attr, n);
    const tb_value *q = n->in[0];
    char scale[TB_SOURCE_REAL];
    if (!how->causal || how->window < 1 || how->skip || q->time != 1) {
        tb_emit_refuse(e, n, "attention to all frames");
        return;
    }
    const char *asks = tb_emit_read(e, n, 0), *keys = tb_emit_read(e, n, 1);
    const char *values = tb_emit_read(e, n, 2), *bias = bias_of(e, n);
    if (how->window > 1)
        asks = tb_emit_let(e, "torch.slice(%s, 1, %lld, %lld, 1)", asks,
                           (long long)how->window - 1, (long long)INT64_MAX);
    tb_emit_give(
        e, n,
        tb_emit_text(e,
                     "(self.layers).attend(%s, %s, %s, %s, %s, %lld, %lld, %s, "
                     ")",
                     asks, keys, values, bias, tb_emit_place(e, n->out[0]),
                     (long long)how->window,
                     (long long)(q->dim[2] / n->in[1]->dim[2]),
                     tb_source_real(1 / sqrt((double)q->dim[3]), scale)));
}

/* x [..., 2]: a complex number is the pair that it was made of. */
static void emit_pair(tb_emitter *e, const tb_node *n)
{
    if (n->out[0]->time >= 0 && e->values[n->out[0]->id].kept)
        tb_emit_refuse(e, n, "complex numbers that are kept");
    else
        tb_emit_give(e, n, tb_emit_read(e, n, 0));
}

static void emit_magnitude(tb_emitter *e, const tb_node *n)
{
    const char *z = tb_emit_read(e, n, 0);
    const char *squares = tb_emit_let(e, "torch.mul(%s, %s)", z, z);
    tb_emit_give(
        e, n,
        tb_emit_text(e, "torch.sqrt(torch.sum(%s, [-1], False))", squares));
}

const tb_emit_row tb_emit_others[] = {{&tb_op_attention, emit_attention},
                                      {&tb_op_as_complex, emit_pair},
                                      {&tb_op_as_real, emit_pair},
                                      {&tb_op_magnitude, emit_magnitude},
                                      {NULL, NULL}};
