/* Products of matrices on the processor's kernels: strips of columns of the
   second are packed, and all rows of the first pass. */
#include "engine/ops/matmul.h"

#include "engine/cpu/copy.h"
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"

enum { TB_STRIP = 64, TB_MATMUL_ROWS = 192 };

/* y[m][n] = sum over k of a[m][k] b[k][n] for each of a few batch axes; where
   the product lies transposed in memory, so is the task. */
typedef struct tb_product {
    tb_tensor a, b, y; /* without time */
    int64_t m, n, k, batch;
    int64_t a_row, a_col, b_row, b_col, ldy;
    bool fits;
} tb_product;

static void swap(int64_t *a, int64_t *b)
{
    int64_t t = *a;
    *a = *b;
    *b = t;
}

static void transpose(tb_product *p)
{
    tb_tensor a = p->a;
    p->a = p->b;
    p->b = a;
    swap(&p->m, &p->n);
    swap(&p->a_row, &p->b_col);
    swap(&p->a_col, &p->b_row);
}

static tb_tensor all_frames(const tb_tensor *t)
{
    tb_tensor r = *t;
    r.time = -1;
    return r;
}

static tb_product product_of(const tb_call *c)
{
    const tb_tensor *a = c->in[0], *b = c->in[1], *y = c->out[0];
    bool whole = a->time >= 0 && a->time == a->rank - 1;
    tb_product p = {.batch = 1};
    p.a = whole ? all_frames(a) : tb_copy_frames(a, c->from, c->count);
    p.b = whole ? all_frames(b) : tb_copy_frames(b, c->from, c->count);
    p.y = whole ? all_frames(y) : tb_copy_frames(y, c->from, c->count);
    int i = p.a.rank - 1, k = p.b.rank - 1, o = p.y.rank - 1;
    p.m = p.y.dim[o - 1];
    p.n = p.y.dim[o];
    p.k = p.a.dim[i];
    p.a_row = p.a.stride[i - 1];
    p.a_col = p.a.stride[i];
    p.b_row = p.b.stride[k - 1];
    p.b_col = p.b.stride[k];
    p.ldy = p.y.stride[o - 1];
    for (int j = 0; j < o - 1; j++)
        p.batch *= p.y.dim[j];
    p.fits = p.y.stride[o] == 1 || p.y.stride[o - 1] == 1;
    if (p.y.stride[o] != 1) {
        p.ldy = p.y.stride[o];
        transpose(&p);
    }
    return p;
}

static bool matmul_fits(const tb_call *c)
{
    return product_of(c).fits;
}

static int64_t strips(const tb_product *p)
{
    return (p->n + TB_STRIP - 1) / TB_STRIP;
}

static TB_REALTIME int matmul_parts(const tb_call *c, int phase, int threads)
{
    tb_product p = product_of(c);
    int64_t units = p.batch * strips(&p);
    (void)phase;
    if (threads <= 1 || units * p.m * p.k < (1 << 12))
        return 1;
    return (int)(units < 4 * threads ? units : 4 * threads);
}

/* Floats of a part: a strip of b and, where its rows do not lie together, rows
   of a. */
static int64_t room_floats(const tb_product *p)
{
    int64_t rows = p->m < TB_MATMUL_ROWS ? p->m : TB_MATMUL_ROWS;
    return (p->k * (TB_STRIP + (p->a_col == 1 ? 0 : rows)) + 15) / 16 * 16;
}

static size_t matmul_scratch(const tb_call *c, int threads)
{
    tb_product p = product_of(c);
    return sizeof(float) *
           (size_t)(matmul_parts(c, 0, threads) * room_floats(&p));
}

/* The matrix of `t` for a batch of the product: axes are aligned at the last,
   and those of 1 repeat. */
static float *matrix_at(const tb_product *p, const tb_tensor *t, int64_t batch)
{
    float *at = t->data;
    for (int i = p->y.rank - 3; i >= 0; i--) {
        int axis = i - (p->y.rank - t->rank);
        int64_t index = batch % p->y.dim[i];
        batch /= p->y.dim[i];
        if (axis >= 0 && t->dim[axis] != 1)
            at += index * t->stride[axis];
    }
    return at;
}

/* Rows of a, one behind the other. */
static const float *take_rows(const tb_product *p, float *a, int64_t rows,
                              float *room, ptrdiff_t *ld)
{
    *ld = p->a_row;
    if (p->a_col == 1)
        return a;
    *ld = p->k;
    tb_tensor from = {.data = a,
                      .rank = 2,
                      .time = -1,
                      .dim = {rows, p->k},
                      .stride = {p->a_row, p->a_col}};
    tb_tensor to = from;
    to.data = room;
    to.stride[0] = p->k;
    to.stride[1] = 1;
    tb_copy_run(&(tb_copy){to, from}, 0, 1);
    return room;
}

static void run_strip(const tb_call *c, const tb_product *p, int64_t batch,
                      int64_t col, float *room)
{
    int cols = (int)(p->n - col < TB_STRIP ? p->n - col : TB_STRIP);
    float *a = matrix_at(p, &p->a, batch), *rows = room + p->k * TB_STRIP;
    float *y = matrix_at(p, &p->y, batch) + col;
    tb_weights w = {p->b_col, p->b_row, 1, cols, (int)p->k, 1};
    c->fast->pack(&w, matrix_at(p, &p->b, batch) + col * p->b_col, room);
    for (int64_t i = 0; i < p->m; i += TB_MATMUL_ROWS) {
        int64_t n = p->m - i < TB_MATMUL_ROWS ? p->m - i : TB_MATMUL_ROWS;
        tb_corr k = {.w = room,
                     .y = y + i * p->ldy,
                     .ldy = p->ldy,
                     .rows = (int)n,
                     .taps = 1,
                     .ins = (int)p->k,
                     .outs = cols};
        k.x = take_rows(p, a + i * p->a_row, n, rows, &k.ldx);
        c->fast->corr(&k);
    }
}

static TB_REALTIME void matmul_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    tb_product p = product_of(c);
    int64_t across = strips(&p), all = p.batch * across;
    float *room = (float *)c->scratch + part * room_floats(&p);
    (void)phase;
    for (int64_t i = all * part / parts; i < all * (part + 1) / parts; i++)
        run_strip(c, &p, i / across, i % across * TB_STRIP, room);
}

#define MATMUL                                                                 \
    {                                                                          \
        .run = matmul_run, .parts = matmul_parts, .scratch = matmul_scratch,   \
        .fits = matmul_fits                                                    \
    }

const tb_kernel_entry tb_fast_matmul[] = {
    {&tb_op_matmul, MATMUL}, {&tb_op_matmul_frames, MATMUL}, {0}};
