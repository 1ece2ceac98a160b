/* Softmax on the processor's kernels, where what it runs over lies together. */
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"
#include "engine/ops/loss.h"

static int axis_of(const tb_call *c)
{
    return TB_ATTR(tb_softmax_attr, c->node)->axis;
}

static bool unit(const tb_call *c, const tb_tensor *t)
{
    return t->stride[axis_of(c)] == 1;
}

static bool softmax_fits(const tb_call *c)
{
    return unit(c, c->out[0]) && unit(c, c->in[0]);
}

static bool grad_fits(const tb_call *c)
{
    return softmax_fits(c) && unit(c, c->in[1]);
}

/* The tensor whose elements are the first of each lane. */
static tb_tensor lanes_of(const tb_call *c, const tb_tensor *t)
{
    tb_tensor r = *t;
    r.dim[axis_of(c)] = 1;
    return r;
}

typedef struct tb_lanes {
    tb_tensor tensor[3];
    tb_nest nest;
    int n; /* of a lane */
} tb_lanes;

static tb_lanes lanes(const tb_call *c)
{
    tb_lanes s = {.n = (int)c->out[0]->dim[axis_of(c)]};
    int tensors = 1 + c->node->n_in;
    const tb_tensor *t[3];
    for (int i = 0; i < tensors; i++) {
        s.tensor[i] = lanes_of(c, i ? c->in[i - 1] : c->out[0]);
        t[i] = &s.tensor[i];
    }
    s.nest = tb_nest_of(c, t[0], tensors, t);
    return s;
}

static int softmax_parts(const tb_call *c, int phase, int threads)
{
    int64_t rows =
        tb_elements(c->out[0], c->count) / c->out[0]->dim[axis_of(c)];
    (void)phase;
    if (threads <= 1 || rows < 64)
        return 1;
    return 4 * threads;
}

static void softmax_block(const tb_call *c, const tb_lanes *s,
                          const tb_nest_runs *r, const tb_nest_block *b,
                          int run)
{
    float *p[3];
    for (int k = 0; k < s->nest.tensors; k++)
        p[k] = (float *)s->tensor[k].data + b->at[k] + run * r->by[k];
    const int64_t *ld = r->step;
    const tb_op *op = c->node->op;
    if (op == &tb_op_softmax)
        c->fast->softmax(r->n, s->n, p[0], ld[0], p[1], ld[1]);
    else if (op == &tb_op_log_softmax)
        c->fast->log_softmax(r->n, s->n, p[0], ld[0], p[1], ld[1]);
    else if (op == &tb_op_softmax_grad)
        c->fast->softmax_back(r->n, s->n, p[0], ld[0], p[1], ld[1], p[2],
                              ld[2]);
    else
        c->fast->log_softmax_back(r->n, s->n, p[0], ld[0], p[1], ld[1], p[2],
                                  ld[2]);
}

static void softmax_run(const tb_call *c, int phase, int part, int parts)
{
    tb_lanes s = lanes(c);
    tb_nest_block b;
    (void)phase;
    for (int64_t step = 0; tb_nest_next(&s.nest, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s.nest, &b);
        for (int i = 0; i < r.runs; i++)
            softmax_block(c, &s, &r, &b, i);
    }
}

const tb_kernel_entry tb_fast_softmax[] = {
    {&tb_op_softmax,
     {.run = softmax_run, .parts = softmax_parts, .fits = softmax_fits}},
    {&tb_op_log_softmax,
     {.run = softmax_run, .parts = softmax_parts, .fits = softmax_fits}},
    {&tb_op_softmax_grad,
     {.run = softmax_run, .parts = softmax_parts, .fits = grad_fits}},
    {&tb_op_log_softmax_grad,
     {.run = softmax_run, .parts = softmax_parts, .fits = grad_fits}},
    {0}};
