/* Drawing from rows of logits on the processor's kernels: the common case in
   which nothing is left out. Rows with top-k or top-p are left to the naive
   kernel, which draws with the same random numbers. */
#include "engine/ops/random.h"

#include "base/random.h"
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"

enum { TB_MOST_CLASSES = 4096 };

static const tb_kernel *naive_sample(void)
{
    for (const tb_kernel_entry *const *set = tb_kernels_naive; *set; set++)
        for (const tb_kernel_entry *e = *set; e->op; e++)
            if (e->op == &tb_op_sample)
                return &e->kernel;
    return NULL;
}

/* Logits [rows, frames, classes], controls by row. */
static bool fits(const tb_call *c)
{
    const tb_tensor *x = c->in[0];
    bool good = x->rank == 3 && x->time == 1 && x->stride[2] == 1 &&
                x->dim[2] <= TB_MOST_CLASSES;
    for (int i = 1; i <= 3; i++)
        good = good && (c->in[i]->rank == 0 || c->in[i]->rank == 1);
    return good;
}

static size_t scratch(const tb_call *c, int threads)
{
    size_t own = sizeof(float) * (size_t)c->in[0]->dim[2];
    size_t other = naive_sample()->scratch(c, threads);
    return own > other ? own : other;
}

static double control(const tb_tensor *t, int64_t row)
{
    int64_t o = t->rank && t->dim[0] > 1 ? row * t->stride[0] : 0;
    return t->type == TB_I64 ? (double)((const int64_t *)t->data)[o]
                             : (double)((const float *)t->data)[o];
}

static bool all_plain(const tb_call *c)
{
    for (int64_t row = 0; row < c->in[0]->dim[0]; row++) {
        double p = control(c->in[3], row);
        if (control(c->in[2], row) > 0 || (p > 0 && p < 1))
            return false;
    }
    return true;
}

static int64_t largest(const float *x, int n)
{
    int64_t best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* The first whose cumulated probability exceeds u; never one of 0. What
   rounding leaves of the sum falls to the last. */
static int64_t invert(const float *p, int n, double u)
{
    double reached = 0;
    int64_t last = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] <= 0)
            continue;
        last = i;
        reached += p[i];
        if (reached > u)
            break;
    }
    return last;
}

static int64_t draw(const tb_call *c, const float *x, int64_t row,
                    int64_t frame)
{
    int n = (int)c->in[0]->dim[2];
    double t = control(c->in[1], row);
    float *p = c->scratch;
    if (!(t > 0))
        return largest(x, n);
    c->fast->map(TB_MAP_AFFINE, (size_t)n, p, x, (float)(1 / t), 0);
    c->fast->softmax(1, n, p, n, p, n);
    double u = tb_random_bits(c->seed, TB_ATTR(tb_sample_attr, c->node)->chance,
                              frame, c->first_row + (uint32_t)row, 0) *
               0x1p-32;
    return invert(p, n, u);
}

static TB_REALTIME void run(const tb_call *c, int phase, int part, int parts)
{
    const tb_tensor *x = c->in[0], *y = c->out[0];
    if (!all_plain(c)) {
        naive_sample()->run(c, phase, part, parts);
        return;
    }
    for (int64_t row = 0; row < x->dim[0]; row++)
        for (int64_t j = c->from; j < c->from + c->count; j++)
            ((int64_t *)y->data)[row * y->stride[0] + tb_frame_offset(y, j)] =
                draw(c,
                     (const float *)x->data + row * x->stride[0] +
                         tb_frame_offset(x, j),
                     row, j);
}

const tb_kernel_entry tb_fast_sample[] = {
    {&tb_op_sample, {.run = run, .scratch = scratch, .fits = fits}}, {0}};
