/* Included by naive_f32.c and naive_f64.c, after loss.h. */
#include "base/random.h"
#include "engine/ops/random.h"

/* A walk over single elements that knows their place among random numbers. */
typedef struct draws {
    walk w;
    int time;
    int64_t from;
    uint32_t first_row; /* number of index 0 of axis 0 */
} draws;

enum { DRAW_CHANNEL = WALK_MAX - 1 }; /* the slot that counts channels */

static draws draws_over(const tb_call *c, const tb_tensor *shape, int n,
                        const tb_tensor *const *t)
{
    bool has_rows = shape->rank && shape->time != 0;
    draws d = {walk_over(c, shape, n, t), shape->time, c->from,
               has_rows ? c->first_row : 0};
    int64_t channels = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        bool counts = i != shape->time && i != 0;
        d.w.stride[DRAW_CHANNEL][i] = counts ? channels : 0;
        channels *= counts ? shape->dim[i] : 1;
    }
    walk_single(&d.w);
    return d;
}

static inline int64_t draw_frame(const draws *d)
{
    return d->time < 0 ? 0 : d->from + d->w.index[d->time];
}

static inline uint32_t draw_row(const draws *d)
{
    return d->time == 0 ? 0 : d->first_row + (uint32_t)d->w.index[0];
}

static inline uint32_t draw_channel(const draws *d)
{
    return (uint32_t)d->w.at[DRAW_CHANNEL];
}

static inline float draw_uniform(const draws *d, uint64_t seed, int node)
{
    return tb_uniform(seed, (uint32_t)node, draw_frame(d), draw_row(d),
                      draw_channel(d));
}

static TB_REALTIME void dropout_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_dropout_attr *a = TB_ATTR(tb_dropout_attr, c->node);
    const tb_tensor *t[] = {c->out[0], c->in[0]};
    double scale = a->p < 1 ? 1 / (1 - a->p) : 0;
    if (nothing(c, t[0]))
        return;
    draws d = draws_over(c, t[0], 2, t);
    do {
        bool stays = !c->training || draw_uniform(&d, c->seed, a->node) >= a->p;
        real x = ((const real *)t[1]->data)[d.w.at[1]];
        ((real *)t[0]->data)[d.w.at[0]] =
            !stays ? 0 : (real)(c->training ? x * scale : x);
    } while (walk_next(&d.w));
}

static TB_REALTIME void noise_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    (void)phase, (void)part, (void)parts;
    tb_noise_kind kind = TB_ATTR(tb_noise_attr, c->node)->kind;
    const tb_tensor *t[] = {c->out[0]};
    if (nothing(c, t[0]))
        return;
    draws d = draws_over(c, t[0], 1, t);
    do
        ((real *)t[0]->data)[d.w.at[0]] =
            kind == TB_UNIFORM_NOISE
                ? draw_uniform(&d, c->seed, c->node->id)
                : tb_normal(c->seed, (uint32_t)c->node->id, draw_frame(&d),
                            draw_row(&d), draw_channel(&d));
    while (walk_next(&d.w));
}

/* ---- sampling ---- */

/* Whether a is less likely than b: of equals, the later one is. */
static inline bool less_likely(const double *p, int64_t a, int64_t b)
{
    return p[a] < p[b] || (p[a] == p[b] && a > b);
}

/* Lets element `i` of a heap whose root is the least likely sink. */
static void sink(const double *p, int64_t *heap, int64_t i, int64_t n)
{
    for (;;) {
        int64_t child = 2 * i + 1, swap = heap[i];
        if (child >= n)
            return;
        if (child + 1 < n && less_likely(p, heap[child + 1], heap[child]))
            child++;
        if (!less_likely(p, heap[child], heap[i]))
            return;
        heap[i] = heap[child];
        heap[child] = swap;
        i = child;
    }
}

/* Numbers 0 to n - 1, the most likely first: a heap sort. */
static void sort_likely(const double *p, int64_t *order, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    for (int64_t i = n / 2 - 1; i >= 0; i--)
        sink(p, order, i, n);
    for (int64_t end = n - 1; end > 0; end--) {
        int64_t swap = order[0];
        order[0] = order[end];
        order[end] = swap;
        sink(p, order, 0, end);
    }
}

/* p = exp((x - largest) / temperature), not yet divided by its sum */
static void weights_of(lane l, double temperature, double *p)
{
    double largest = l.x[largest_of(l.x, l.n, l.step) * l.step];
    for (int64_t i = 0; i < l.n; i++) {
        double x = l.x[i * l.step];
        p[i] = x == largest ? 1 : exp((x - largest) / temperature);
        if (!(p[i] > 0))
            p[i] = 0;
    }
}

/* Sets to 0 what is not among the k most likely, nor in the smallest set of
   these that reaches top_p of their sum. */
static void leave_likely(double *p, int64_t *order, int64_t n, double top_k,
                         double top_p)
{
    int64_t keep = top_k >= 1 && top_k < (double)n ? (int64_t)top_k : n;
    bool nucleus = top_p > 0 && top_p < 1;
    double sum = 0, reached = 0;
    if (keep == n && !nucleus)
        return;
    sort_likely(p, order, n);
    for (int64_t i = 0; i < keep; i++)
        sum += p[order[i]];
    for (int64_t i = 0; nucleus && i < keep; i++) {
        reached += p[order[i]];
        if (reached >= top_p * sum)
            keep = i + 1;
    }
    for (int64_t i = keep; i < n; i++)
        p[order[i]] = 0;
}

/* The first index whose cumulated weight exceeds u times the sum. */
static int64_t invert_cumulated(const double *p, int64_t n, double u)
{
    double sum = 0, reached = 0;
    int64_t last = 0;
    for (int64_t i = 0; i < n; i++)
        sum += p[i];
    for (int64_t i = 0; i < n; i++) {
        if (p[i] <= 0)
            continue;
        last = i;
        reached += p[i];
        if (reached > u * sum)
            break;
    }
    return last;
}

typedef struct tb_sampling {
    double temperature, top_k, top_p;
} tb_sampling;

static int64_t sample_one(lane l, tb_sampling s, double u, void *scratch)
{
    double *p = scratch;
    int64_t *order = (int64_t *)(p + l.n);
    if (!(s.temperature > 0))
        return largest_of(l.x, l.n, l.step);
    weights_of(l, s.temperature, p);
    leave_likely(p, order, l.n, s.top_k, s.top_p);
    return invert_cumulated(p, l.n, u);
}

/* The number of a control for the element that `d` is at. */
static double control_at(const tb_call *c, const tb_tensor *t, const draws *d,
                         int rank)
{
    int64_t o = t->rank ? tb_frame_offset(t, c->from) : 0;
    if (t->rank == rank)
        for (int i = 0; i < rank; i++)
            o += i != t->time && t->dim[i] == 1 ? 0
                                                : d->w.index[i] * t->stride[i];
    else if (t->rank == 1)
        o += d->w.index[0] * t->stride[0];
    return t->type == TB_I64 ? (double)((const int64_t *)t->data)[o]
                             : (double)((const real *)t->data)[o];
}

static TB_REALTIME void sample_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *x = c->in[0];
    tb_tensor lanes = without_last(x);
    const tb_tensor *t[] = {c->out[0], &lanes};
    int rank = lanes.rank, last = x->rank - 1;
    if (nothing(c, t[0]))
        return;
    draws d = draws_over(c, t[0], 2, t);
    do {
        lane l = {(const real *)x->data + d.w.at[1], x->dim[last],
                  x->stride[last]};
        tb_sampling s = {control_at(c, c->in[1], &d, rank),
                         control_at(c, c->in[2], &d, rank),
                         control_at(c, c->in[3], &d, rank)};
        uint32_t bits =
            tb_random_bits(c->seed, TB_ATTR(tb_sample_attr, c->node)->chance,
                           draw_frame(&d), draw_row(&d), draw_channel(&d));
        ((int64_t *)t[0]->data)[d.w.at[0]] =
            sample_one(l, s, bits * 0x1p-32, c->scratch);
    } while (walk_next(&d.w));
}

static size_t sample_scratch(const tb_call *c, int threads)
{
    (void)threads;
    const tb_tensor *x = c->in[0];
    return (size_t)x->dim[x->rank - 1] * (sizeof(double) + sizeof(int64_t));
}

static const tb_kernel_entry random_kernels[] = {
    {&tb_op_dropout, {.run = dropout_run}},
    {&tb_op_noise, {.run = noise_run}},
    {&tb_op_sample, {.run = sample_run, .scratch = sample_scratch}},
    {0}};
