/* Softmax and cross-entropy over the last axis on the processor's kernels. */
#include "engine/ops/loss.h"

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"

#include <math.h>

/* The same tensor without its last axis. */
static tb_tensor without_classes(const tb_tensor *t)
{
    tb_tensor r = *t;
    r.rank--;
    return r;
}

/* Rows of logits beside their targets, losses and weights. */
typedef struct tb_class_rows {
    tb_tensor logits, dlogits;
    tb_nest nest;
} tb_class_rows;

static void rows_init(tb_class_rows *r, const tb_call *c, bool grad)
{
    const tb_tensor *t[TB_NEST_MAX] = {c->in[1], &r->logits, c->out[0]};
    r->logits = without_classes(c->in[0]);
    if (grad) {
        r->dlogits = without_classes(c->out[0]);
        t[2] = &r->dlogits;
        t[3] = c->in[2];
    }
    tb_nest_init(&r->nest, c, c->in[1], grad ? 4 : 3, t);
}

static bool last_is_unit(const tb_tensor *t)
{
    return t->stride[t->rank - 1] == 1;
}

static bool xent_fits(const tb_call *c)
{
    return c->in[0]->rank > 1 && last_is_unit(c->in[0]);
}

static bool xent_grad_fits(const tb_call *c)
{
    return xent_fits(c) && last_is_unit(c->out[0]);
}

static TB_REALTIME int xent_parts(const tb_call *c, int phase, int threads)
{
    int64_t rows = c->count * (c->in[1]->rank > 1 ? c->in[1]->dim[0] : 1);
    (void)phase;
    return threads > 1 && rows >= 64 ? 4 * threads : 1;
}

enum { PIECE = 64 };

/* There is one column: logits are rows of classes. Rows that do not lie one
   behind the other come through small arrays. */
static void xent_piece(const tb_call *c, const tb_class_rows *r,
                       const tb_nest_block *b, int from, int n, bool grad)
{
    int64_t target[PIECE];
    float loss[PIECE], weight[PIECE];
    const tb_tensor *logits = c->in[0];
    const tb_nest *s = &r->nest;
    const int64_t *step = s->row;
    int64_t at[TB_NEST_MAX];
    for (int k = 0; k < s->tensors; k++)
        at[k] = b->at[k] + from * step[k];
    for (int i = 0; i < n; i++) {
        target[i] = ((const int64_t *)c->in[1]->data)[at[0] + i * step[0]];
        if (grad)
            weight[i] = ((const float *)c->in[2]->data)[at[3] + i * step[3]];
    }
    tb_xent x = {.rows = n,
                 .classes = (int)logits->dim[logits->rank - 1],
                 .logits = (const float *)logits->data + at[1],
                 .ld = step[1],
                 .target = target,
                 .scale = 1};
    if (grad) {
        x.dlogits = (float *)c->out[0]->data + at[2];
        x.ld_d = step[2];
        x.weight = weight;
    } else {
        x.loss = loss;
    }
    c->fast->xent(&x);
    for (int i = 0; !grad && i < n; i++)
        ((float *)c->out[0]->data)[at[2] + i * step[2]] =
            target[i] < x.classes ? loss[i] : NAN;
}

static void xent(const tb_call *c, int part, int parts, bool grad)
{
    tb_class_rows r;
    tb_nest_block b;
    rows_init(&r, c, grad);
    for (int64_t step = 0; tb_nest_next(&r.nest, part, parts, &step, &b);) {
        for (int i = 0; i < b.rows; i += PIECE)
            xent_piece(c, &r, &b, i, b.rows - i < PIECE ? b.rows - i : PIECE,
                       grad);
    }
}

static TB_REALTIME void xent_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase;
    xent(c, part, parts, false);
}

static TB_REALTIME void xent_grad_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase;
    xent(c, part, parts, true);
}

const tb_kernel_entry tb_fast_loss[] = {
    {&tb_op_cross_entropy,
     {.run = xent_run, .parts = xent_parts, .fits = xent_fits}},
    {&tb_op_cross_entropy_grad,
     {.run = xent_grad_run, .parts = xent_parts, .fits = xent_grad_fits}},
    {0}};
