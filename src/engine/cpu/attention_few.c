/* Attention of few queries, as streams ask them: nothing is packed, and what is
   remembered is read once, key by key over all heads. */
#include "engine/cpu/attention.h"
#include "engine/cpu/fast/fast.h"

enum {
    TB_FEW = 4,  /* frames; more are cheaper in blocks */
    TB_KEYS = 16 /* at a time, over all heads */
};

bool tb_attention_few(const tb_call *c)
{
    const tb_tensor *q = c->in[0], *y = c->out[0];
    int64_t frames = y->time == 1 ? c->count : y->dim[1];
    return frames <= TB_FEW && (q->dim[3] == 1 || q->stride[3] == 1);
}

/* One frame of y, of row b. */
typedef struct tb_asked {
    const tb_call *c;
    int64_t b, query, low, shared; /* shared: heads with the same keys */
    int keys;
    float *scores; /* [heads][keys] */
} tb_asked;

static int next_keys(const tb_asked *a, int at)
{
    return a->keys - at < TB_KEYS ? a->keys - at : TB_KEYS;
}

static void multiply_keys(const tb_asked *a)
{
    const tb_tensor *q = a->c->in[0], *k = a->c->in[1];
    for (int at = 0; at < a->keys; at += TB_KEYS)
        for (int64_t h = 0; h < q->dim[2]; h++)
            a->c->fast->dot_rows(
                next_keys(a, at), (int)q->dim[3],
                tb_attention_head(k, a->b, a->low + at, h / a->shared),
                k->stride[1], tb_attention_head(q, a->b, a->query, h),
                a->scores + h * a->keys + at);
}

static void weigh_values(const tb_asked *a, int64_t frame)
{
    const tb_tensor *v = a->c->in[2], *y = a->c->out[0];
    for (int at = 0; at < a->keys; at += TB_KEYS)
        for (int64_t h = 0; h < y->dim[2]; h++)
            a->c->fast->weigh_rows(
                next_keys(a, at), (int)v->dim[3], a->scores + h * a->keys + at,
                tb_attention_head(v, a->b, a->low + at, h / a->shared),
                v->stride[1], tb_attention_head(y, a->b, frame, h), at > 0);
}

void tb_attention_few_run(const tb_call *c, int64_t b, float *scores)
{
    const tb_tensor *q = c->in[0], *y = c->out[0];
    const tb_tensor *table = c->node->n_in > 3 ? c->in[3] : NULL;
    int64_t from = y->time == 1 ? c->from : 0;
    int64_t count = y->time == 1 ? c->count : y->dim[1];
    tb_asked a = {c, b, 0, 0, q->dim[2] / c->in[1]->dim[2], 0, scores};
    for (int64_t i = from; i < from + count; i++) {
        a.query = i + tb_attention_how(c)->skip;
        a.low = tb_attention_first(c, a.query);
        a.keys = (int)(tb_attention_last(c, a.query) - a.low + 1);
        multiply_keys(&a);
        for (int64_t h = 0; h < q->dim[2]; h++)
            tb_attention_weights(c, table, h, a.query - a.low, a.keys,
                                 scores + h * a.keys);
        weigh_values(&a, i);
    }
}
