/* The gate of WaveNet on the processor's kernels. */
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"
#include "engine/ops/elementwise.h"

/* From the first half of x to the second, in elements. */
static int64_t half_of(const tb_call *c, const tb_tensor *x)
{
    int axis = TB_ATTR(tb_gated_attr, c->node)->axis;
    return x->dim[axis] / 2 * x->stride[axis];
}

static void gated_piece(const tb_call *c, int n, float *y, int64_t y_step,
                        const float *x, int64_t x_step)
{
    float first[TB_PIECE], second[TB_PIECE], room[TB_PIECE];
    float *to = tb_piece_room(y, y_step, room);
    c->fast->gated((size_t)n, to, tb_piece_take(x, x_step, n, first),
                   tb_piece_take(x + half_of(c, c->in[0]), x_step, n, second));
    tb_piece_give(y, y_step, n, to);
}

static TB_REALTIME void gated_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    const tb_tensor *t[] = {c->out[0], c->in[0]};
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    tb_nest_init(&s, c, c->out[0], 2, t);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s, &b);
        float *y = (float *)c->out[0]->data + b.at[0];
        const float *x = (const float *)c->in[0]->data + b.at[1];
        for (int i = 0; i < r.runs; i++, y += r.by[0], x += r.by[1])
            for (int k = 0; k < r.n; k += TB_PIECE)
                gated_piece(c, r.n - k < TB_PIECE ? r.n - k : TB_PIECE,
                            y + k * r.step[0], r.step[0], x + k * r.step[1],
                            r.step[1]);
    }
}

/* ---- the gradient ---- */

static TB_REALTIME int grad_parts(const tb_call *c, int phase, int threads)
{
    (void)phase;
    return tb_nest_parts(tb_elements(c->in[1], c->count), threads);
}

static void grad_piece(const tb_call *c, int n, const float *dy, const float *x,
                       float *dx, const int64_t *step)
{
    float d[TB_PIECE], x0[TB_PIECE], x1[TB_PIECE], r0[TB_PIECE], r1[TB_PIECE];
    float *second = dx + half_of(c, c->out[0]);
    float *d0 = tb_piece_room(dx, step[2], r0);
    float *d1 = tb_piece_room(second, step[2], r1);
    c->fast->gated_back(
        (size_t)n, d0, d1, tb_piece_take(dy, step[0], n, d),
        tb_piece_take(x, step[1], n, x0),
        tb_piece_take(x + half_of(c, c->in[0]), step[1], n, x1));
    tb_piece_give(dx, step[2], n, d0);
    tb_piece_give(second, step[2], n, d1);
}

static TB_REALTIME void grad_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    const tb_tensor *t[] = {c->in[1], c->in[0], c->out[0]};
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    tb_nest_init(&s, c, c->in[1], 3, t);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s, &b);
        for (int i = 0; i < r.runs; i++)
            for (int k = 0; k < r.n; k += TB_PIECE)
                grad_piece(c, r.n - k < TB_PIECE ? r.n - k : TB_PIECE,
                           (const float *)c->in[1]->data + b.at[0] +
                               i * r.by[0] + k * r.step[0],
                           (const float *)c->in[0]->data + b.at[1] +
                               i * r.by[1] + k * r.step[1],
                           (float *)c->out[0]->data + b.at[2] + i * r.by[2] +
                               k * r.step[2],
                           r.step);
    }
}

const tb_kernel_entry tb_fast_gated[] = {
    {&tb_op_gated, {.run = gated_run, .parts = tb_nest_parts_of_all}},
    {&tb_op_gated_grad, {.run = grad_run, .parts = grad_parts}},
    {0}};
