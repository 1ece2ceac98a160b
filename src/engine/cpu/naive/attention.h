/* Attention by its definition, and backwards. */
#include "engine/ops/attention.h"

/* Numbers of head `h` of frame `i`, with the distance between them. */
typedef struct head {
    real *data;
    int64_t stride;
} head;

static inline head head_at(const tb_tensor *t, int64_t b, int64_t i, int64_t h)
{
    int64_t o = t->time == 1 ? tb_frame_offset(t, i) : i * t->stride[1];
    return (head){(real *)t->data + b * t->stride[0] + o + h * t->stride[2],
                  t->stride[3]};
}

static inline real dot(head x, head y, int64_t n)
{
    real sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x.data[i * x.stride] * y.data[i * y.stride];
    return sum;
}

/* y += a x. */
static inline void add_scaled(head y, real a, head x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y.data[i * y.stride] += a * x.data[i * x.stride];
}

/* One query: who asks for which frame of y, and which frames it looks at. */
typedef struct query {
    int64_t b, i, h, kv, first, last, y;
    real scale;
} query;

static query query_of(const tb_call *c, int64_t b, int64_t y, int64_t h)
{
    tb_attention_attr how = *TB_ATTR(tb_attention_attr, c->node);
    const tb_tensor *q = c->in[0], *k = c->in[1];
    int64_t i = y + how.skip;
    query s = {b, i,
               h, h / (q->dim[2] / k->dim[2]),
               0, k->dim[1] - 1,
               y, (real)(1 / sqrt((double)q->dim[3]))};
    if (how.causal)
        s.last = i;
    if (how.window && i - how.window + 1 > 0)
        s.first = i - how.window + 1;
    return s;
}

static real attention_bias(const tb_call *c, const tb_tensor *table,
                           const query *s, int64_t j)
{
    tb_attention_attr how = *TB_ATTR(tb_attention_attr, c->node);
    double distance = fabs((double)(s->i - j));
    if (how.bias == TB_ATTENTION_ALIBI)
        return (
            real)(-exp2(-8.0 * (double)(s->h + 1) / (double)c->in[0]->dim[2]) *
                  distance);
    if (how.bias == TB_ATTENTION_RELATIVE)
        return ((real *)table->data)[s->h * table->stride[0] +
                                     (s->i - j) * table->stride[1]];
    return 0;
}

/* p[j - first] for all frames that the query looks at. */
static void probabilities(const tb_call *c, const tb_tensor *table,
                          const query *s, real *p)
{
    const tb_tensor *q = c->in[0], *k = c->in[1];
    head asked = head_at(q, s->b, s->i, s->h);
    int64_t n = s->last - s->first + 1;
    real largest = 0, sum = 0;
    for (int64_t j = 0; j < n; j++) {
        head key = head_at(k, s->b, s->first + j, s->kv);
        p[j] = s->scale * dot(asked, key, q->dim[3]) +
               attention_bias(c, table, s, s->first + j);
        if (j == 0 || p[j] > largest)
            largest = p[j];
    }
    for (int64_t j = 0; j < n; j++) {
        p[j] = (real)exp((double)(p[j] - largest));
        sum += p[j];
    }
    for (int64_t j = 0; j < n; j++)
        p[j] /= sum;
}

static size_t attention_keys(const tb_call *c)
{
    int64_t window = TB_ATTR(tb_attention_attr, c->node)->window;
    return (size_t)(window ? window : c->in[1]->dim[1]) + 1;
}

static size_t attention_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(real) * attention_keys(c);
}

static TB_REALTIME void attention_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    const tb_tensor *v = c->in[2], *y = c->out[0];
    const tb_tensor *table = c->node->n_in > 3 ? c->in[3] : NULL;
    int64_t from = y->time == 1 ? c->from : 0, frames = tb_call_extent(c, y, 1);
    real *p = c->scratch;
    (void)phase, (void)part, (void)parts;
    for (int64_t b = 0; b < y->dim[0]; b++)
        for (int64_t i = from; i < from + frames; i++)
            for (int64_t h = 0; h < y->dim[2]; h++) {
                query s = query_of(c, b, i, h);
                head to = head_at(y, b, i, h);
                probabilities(c, table, &s, p);
                for (int64_t d = 0; d < y->dim[3]; d++)
                    to.data[d * to.stride] = 0;
                for (int64_t j = s.first; j <= s.last; j++)
                    add_scaled(to, p[j - s.first], head_at(v, b, j, s.kv),
                               y->dim[3]);
            }
}

static void clear_all(const tb_tensor *t)
{
    tb_call all = {.count = t->time < 0 ? 1 : t->dim[t->time]};
    int64_t index[TB_RANK] = {0};
    if (!t->data || nothing(&all, t))
        return;
    do
        ((real *)t->data)[tb_offset_of(t, index)] = 0;
    while (next_index(&all, t, index));
}

static size_t attention_grad_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return 2 * sizeof(real) * attention_keys(c);
}

/* Gives the gradient of the score of frame j to whoever made it. */
static void score_back(const tb_call *c, const query *s, int64_t j, real ds)
{
    const tb_tensor *q = c->in[0], *k = c->in[1], *dq = c->out[0];
    const tb_tensor *dk = c->out[1];
    if (dq->data)
        add_scaled(head_at(dq, s->b, s->i, s->h), ds * s->scale,
                   head_at(k, s->b, j, s->kv), q->dim[3]);
    if (dk->data)
        add_scaled(head_at(dk, s->b, j, s->kv), ds * s->scale,
                   head_at(q, s->b, s->i, s->h), q->dim[3]);
    if (c->node->n_out > 3 && c->out[3]->data) {
        const tb_tensor *dt = c->out[3];
        ((real *)dt->data)[s->h * dt->stride[0] + (s->i - j) * dt->stride[1]] +=
            ds;
    }
}

static void query_back(const tb_call *c, const query *s, real *p, real *dp)
{
    const tb_tensor *v = c->in[2], *dy = c->in[3], *dv = c->out[2];
    const tb_tensor *table = c->node->n_in > 4 ? c->in[4] : NULL;
    head d = head_at(dy, s->b, s->y, s->h);
    real mean = 0;
    probabilities(c, table, s, p);
    for (int64_t j = s->first; j <= s->last; j++) {
        int64_t at = j - s->first;
        dp[at] = dot(d, head_at(v, s->b, j, s->kv), v->dim[3]);
        mean += p[at] * dp[at];
        if (dv->data)
            add_scaled(head_at(dv, s->b, j, s->kv), p[at], d, v->dim[3]);
    }
    for (int64_t j = s->first; j <= s->last; j++)
        score_back(c, s, j, p[j - s->first] * (dp[j - s->first] - mean));
}

static TB_REALTIME void attention_grad_run(const tb_call *c, int phase,
                                           int part, int parts)
{
    const tb_tensor *q = c->in[0], *dy = c->in[3];
    real *p = c->scratch, *dp = p + attention_keys(c);
    (void)phase, (void)part, (void)parts;
    for (int i = 0; i < c->node->n_out; i++)
        clear_all(c->out[i]);
    for (int64_t b = 0; b < q->dim[0]; b++)
        for (int64_t i = 0; i < dy->dim[1]; i++)
            for (int64_t h = 0; h < q->dim[2]; h++) {
                query s = query_of(c, b, i, h);
                query_back(c, &s, p, dp);
            }
}

static const tb_kernel_entry attention_kernels[] = {
    {&tb_op_attention, {.run = attention_run, .scratch = attention_scratch}},
    {&tb_op_attention_time,
     {.run = attention_run, .scratch = attention_scratch}},
    {&tb_op_attention_grad,
     {.run = attention_grad_run, .scratch = attention_grad_scratch}},
    {0}};
