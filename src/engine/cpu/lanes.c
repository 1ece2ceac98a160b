/* Softmax and normalisation over one axis on the processor's kernels, where
   what they run over lies together: lanes. */
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"
#include "engine/ops/loss.h"
#include "engine/ops/norm.h"

static bool is_standardise(const tb_call *c)
{
    return c->node->op == &tb_op_standardise ||
           c->node->op == &tb_op_standardise_grad;
}

/* -1: there are several. */
static int axis_of(const tb_call *c)
{
    if (!is_standardise(c))
        return TB_ATTR(tb_softmax_attr, c->node)->axis;
    unsigned axes = TB_ATTR(tb_standardise_attr, c->node)->axes;
    for (int i = 0; i < c->in[0]->rank; i++)
        if (axes >> i & 1)
            return axes == 1u << i ? i : -1;
    return -1;
}

static bool lanes_fit(const tb_call *c)
{
    int axis = axis_of(c);
    bool fit = axis >= 0 && c->out[0]->stride[axis] == 1;
    for (int i = 0; i < c->node->n_in; i++)
        fit &= axis >= 0 && c->in[i]->stride[axis] == 1;
    return fit;
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

static void lanes_init(tb_lanes *s, const tb_call *c)
{
    int tensors = 1 + c->node->n_in;
    const tb_tensor *t[3];
    s->n = (int)c->out[0]->dim[axis_of(c)];
    for (int i = 0; i < tensors; i++) {
        s->tensor[i] = lanes_of(c, i ? c->in[i - 1] : c->out[0]);
        t[i] = &s->tensor[i];
    }
    tb_nest_init(&s->nest, c, t[0], tensors, t);
}

static TB_REALTIME int lane_parts(const tb_call *c, int phase, int threads)
{
    int64_t n = tb_elements(c->out[0], c->count) / (1 << 13);
    (void)phase;
    if (threads <= 1 || n < 2)
        return 1;
    return (int)(n < 4 * threads ? n : 4 * threads);
}

/* Rows of lanes: p[0] is written. */
static void run_rows(const tb_call *c, int rows, int n, float *const *p,
                     const int64_t *ld)
{
    const tb_fast *f = c->fast;
    const tb_op *op = c->node->op;
    float eps = 0;
    if (is_standardise(c))
        eps = (float)TB_ATTR(tb_standardise_attr, c->node)->eps;
    if (op == &tb_op_softmax)
        f->softmax(rows, n, p[0], ld[0], p[1], ld[1]);
    else if (op == &tb_op_log_softmax)
        f->log_softmax(rows, n, p[0], ld[0], p[1], ld[1]);
    else if (op == &tb_op_standardise)
        f->standardise(rows, n, p[0], ld[0], p[1], ld[1], eps);
    else if (op == &tb_op_softmax_grad)
        f->softmax_back(rows, n, p[0], ld[0], p[1], ld[1], p[2], ld[2]);
    else if (op == &tb_op_log_softmax_grad)
        f->log_softmax_back(rows, n, p[0], ld[0], p[1], ld[1], p[2], ld[2]);
    else
        f->standardise_back(rows, n, p[0], ld[0], p[1], ld[1], p[2], ld[2],
                            eps);
}

static TB_REALTIME void lanes_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    tb_lanes s;
    tb_nest_block b;
    (void)phase;
    lanes_init(&s, c);
    for (int64_t step = 0; tb_nest_next(&s.nest, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s.nest, &b);
        for (int i = 0; i < r.runs; i++) {
            float *p[3];
            for (int k = 0; k < s.nest.tensors; k++)
                p[k] = (float *)s.tensor[k].data + b.at[k] + i * r.by[k];
            run_rows(c, r.n, s.n, p, r.step);
        }
    }
}

#define LANES                                                                  \
    {                                                                          \
        .run = lanes_run, .parts = lane_parts, .fits = lanes_fit               \
    }

const tb_kernel_entry tb_fast_lanes[] = {{&tb_op_softmax, LANES},
                                         {&tb_op_softmax_grad, LANES},
                                         {&tb_op_log_softmax, LANES},
                                         {&tb_op_log_softmax_grad, LANES},
                                         {&tb_op_standardise, LANES},
                                         {&tb_op_standardise_grad, LANES},
                                         {0}};
