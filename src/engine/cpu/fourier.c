/* Fourier transforms on the processor's kernels, as many rows at a time as its
   vectors have lanes. A row's transform depends on that row alone: blocks and
   threads change nothing. */
#include "engine/ops/fourier.h"

#include "engine/cpu/copy.h"
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"

#include <string.h>

static const tb_fourier_attr *how_of(const tb_call *c)
{
    return c->node->attr;
}

static size_t fourier_prepared(const tb_call *c, tb_type type)
{
    (void)type;
    return tb_fft_bytes((int)how_of(c)->n, c->node->op == &tb_op_fourier
                                               ? TB_FFT_COMPLEX
                                               : TB_FFT_REAL);
}

static TB_REALTIME void fourier_prepare(const tb_call *c, tb_type type,
                                        void *memory)
{
    (void)type;
    tb_fft_init(memory, (int)how_of(c)->n,
                c->node->op == &tb_op_fourier ? TB_FFT_COMPLEX : TB_FFT_REAL);
}

/* ---- rows ---- */

/* A tensor as rows of floats along its last axis: those of the call's frames,
   counted in logical order. */
typedef struct tb_fourier_rows {
    tb_tensor t;     /* without time and without the last axis */
    int64_t n, step; /* floats of a row; elements of the tensor are apart */
    int64_t each;    /* floats of an element */
} tb_fourier_rows;

static tb_fourier_rows rows_of(const tb_call *c, const tb_tensor *t)
{
    tb_fourier_rows r = {.t = tb_copy_frames(t, c->from, c->count),
                         .each = t->type == TB_C64 ? 2 : 1};
    r.n = t->dim[t->rank - 1] * r.each;
    r.step = t->stride[t->rank - 1] * r.each;
    r.t.rank--;
    return r;
}

static float *row_at(const tb_fourier_rows *r, int64_t row)
{
    int64_t at = 0;
    for (int i = r->t.rank - 1; i >= 0; i--) {
        at += row % r->t.dim[i] * r->t.stride[i];
        row /= r->t.dim[i];
    }
    return (float *)r->t.data + at * r->each;
}

/* Elements of one or two floats from one row into another. */
static void copy_row(int64_t n, int64_t each, float *to, int64_t to_step,
                     const float *from, int64_t from_step)
{
    if (to_step == each && from_step == each)
        memcpy(to, from, (size_t)n * sizeof *to);
    else if (each == 1)
        for (int64_t i = 0; i < n; i++)
            to[i * to_step] = from[i * from_step];
    else
        for (int64_t i = 0; i < n; i += 2, to += to_step, from += from_step) {
            to[0] = from[0];
            to[1] = from[1];
        }
}

static void take_row(const tb_fourier_rows *r, int64_t row, float *to)
{
    copy_row(r->n, r->each, to, r->each, row_at(r, row), r->step);
}

static void give_row(const tb_fourier_rows *r, int64_t row, const float *from)
{
    copy_row(r->n, r->each, row_at(r, row), r->step, from, r->each);
}

/* ---- the kernel ---- */

/* Per part: rows in and out, and what a transform needs. Rows lie a little
   apart, lest all of them fall on the same lines of the cache. */
typedef struct tb_fourier_room {
    float *in, *out, *fft;
    int64_t ld;
} tb_fourier_room;

static int64_t lanes_of(const tb_call *c)
{
    return (int64_t)c->fast->lanes;
}

static int64_t row_floats(const tb_call *c)
{
    return (2 * how_of(c)->n + 2 + 16 + 15) / 16 * 16;
}

static size_t room_floats(const tb_call *c)
{
    return (size_t)(2 * lanes_of(c) * row_floats(c)) +
           (tb_fft_scratch(c->prepared) + 15) / 16 * 16;
}

static tb_fourier_room room_of(const tb_call *c, int part)
{
    tb_fourier_room r = {.ld = row_floats(c)};
    r.in = (float *)c->scratch + (size_t)part * room_floats(c);
    r.out = r.in + lanes_of(c) * r.ld;
    r.fft = r.out + lanes_of(c) * r.ld;
    return r;
}

static int64_t groups_of(const tb_call *c)
{
    tb_fourier_rows y = rows_of(c, c->out[0]);
    return (tb_elements(&y.t, 1) + lanes_of(c) - 1) / lanes_of(c);
}

static TB_REALTIME int fourier_parts(const tb_call *c, int phase, int threads)
{
    int64_t groups = groups_of(c), most = threads > 1 ? 4 * threads : 1;
    (void)phase;
    return (int)(groups < most ? groups : most);
}

static size_t fourier_scratch(const tb_call *c, int threads)
{
    return sizeof(float) * (size_t)(fourier_parts(c, 0, threads)) *
           room_floats(c);
}

static void transform(const tb_call *c, int rows, const tb_fourier_room *r)
{
    const tb_fourier_attr *how = how_of(c);
    float edge = (float)how->edge, inner = (float)how->inner;
    if (c->node->op == &tb_op_fourier)
        c->fast->fft_complex(c->prepared, how->inverse, rows, r->in, r->ld,
                             r->out, r->ld, edge, r->fft);
    else if (c->node->op == &tb_op_real_fourier)
        c->fast->fft_forward(c->prepared, rows, r->in, r->ld, r->out, r->ld,
                             edge, inner, r->fft);
    else
        c->fast->fft_back(c->prepared, rows, r->in, r->ld, r->out, r->ld, edge,
                          inner, r->fft);
}

static TB_REALTIME void fourier_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    tb_fourier_rows x = rows_of(c, c->in[0]), y = rows_of(c, c->out[0]);
    int64_t all = tb_elements(&y.t, 1), groups = groups_of(c);
    tb_fourier_room r = room_of(c, part);
    (void)phase;
    for (int64_t g = groups * part / parts; g < groups * (part + 1) / parts;
         g++) {
        int64_t row = g * lanes_of(c), left = all - row;
        int rows = (int)(left < lanes_of(c) ? left : lanes_of(c));
        for (int i = 0; i < rows; i++)
            take_row(&x, row + i, r.in + i * r.ld);
        transform(c, rows, &r);
        for (int i = 0; i < rows; i++)
            give_row(&y, row + i, r.out + i * r.ld);
    }
}

#define FOURIER                                                                \
    {                                                                          \
        .run = fourier_run, .parts = fourier_parts,                            \
        .scratch = fourier_scratch, .prepared = fourier_prepared,              \
        .prepare = fourier_prepare, .operand = TB_TABLES                       \
    }

const tb_kernel_entry tb_fast_fourier[] = {{&tb_op_fourier, FOURIER},
                                           {&tb_op_real_fourier, FOURIER},
                                           {&tb_op_real_fourier_back, FOURIER},
                                           {0}};
