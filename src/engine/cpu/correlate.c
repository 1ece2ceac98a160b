/* Filters of rows whose numbers lie together. */
#include "engine/ops/correlate.h"
#include "engine/cpu/table.h"

enum { LANES = 8, SMALL = 1 << 14 };

static bool correlate_fits(const tb_call *c)
{
    const tb_tensor *all[] = {c->in[0], c->in[1], c->out[0]};
    bool fits = true;
    for (int i = 0; i < 3; i++) {
        int last = all[i]->rank - 1;
        fits = fits && (all[i]->stride[last] == 1 || all[i]->dim[last] == 1);
    }
    return fits;
}

static int64_t rows_of(const tb_call *c)
{
    const tb_tensor *y = c->out[0];
    int64_t rows = 1;
    for (int i = 0; i < y->rank - 1; i++)
        rows *= tb_call_extent(c, y, i);
    return rows;
}

static TB_REALTIME int correlate_parts(const tb_call *c, int phase, int threads)
{
    const tb_tensor *k = c->in[0], *y = c->out[0];
    int64_t rows = rows_of(c), last = y->rank - 1;
    (void)phase;
    if (threads <= 1 || rows * k->dim[last] * y->dim[last] < SMALL)
        return 1;
    return (int)(rows < 4 * threads ? rows : 4 * threads);
}

/* Each element is one sum from the first tap to the last, in whatever lane. */
static void correlate_row(const float *restrict k, int64_t n,
                          const float *restrict x, float *restrict y,
                          int64_t count)
{
    int64_t j = 0;
    for (; j + LANES <= count; j += LANES) {
        float sum[LANES] = {0};
        for (int64_t i = 0; i < n; i++)
            for (int l = 0; l < LANES; l++)
                sum[l] += k[i] * x[i + j + l];
        for (int l = 0; l < LANES; l++)
            y[j + l] = sum[l];
    }
    for (; j < count; j++) {
        float sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += k[i] * x[i + j];
        y[j] = sum;
    }
}

static float *row_at(const tb_call *c, const tb_tensor *t, int64_t row)
{
    int64_t o = tb_frame_offset(t, c->from);
    for (int i = t->rank - 2; i >= 0; i--) {
        int64_t n = tb_call_extent(c, t, i);
        o += row % n * t->stride[i];
        row /= n;
    }
    return (float *)t->data + o;
}

static TB_REALTIME void correlate_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    const tb_tensor *k = c->in[0], *x = c->in[1], *y = c->out[0];
    int last = y->rank - 1;
    int64_t rows = rows_of(c), end = rows * (part + 1) / parts;
    (void)phase;
    for (int64_t i = rows * part / parts; i < end; i++)
        correlate_row(row_at(c, k, i), k->dim[last], row_at(c, x, i),
                      row_at(c, y, i), y->dim[last]);
}

const tb_kernel_entry tb_fast_correlate[] = {
    {&tb_op_correlate,
     {.run = correlate_run, .parts = correlate_parts, .fits = correlate_fits}},
    {0}};
