/* Normalisation on the processor's kernels. Parts are groups that share their
   statistics, or several side by side. */
#include "engine/ops/norm.h"

#include "engine/cpu/groups.h"
#include "engine/cpu/table.h"

#include <math.h>

/* ---- statistics of an item ---- */

typedef struct tb_moments {
    float mean[TB_GROUPS_WIDE], scale[TB_GROUPS_WIDE];
    double var[TB_GROUPS_WIDE]; /* biased */
} tb_moments;

/* Room for one block. */
typedef struct tb_norm_room {
    float x[TB_GROUPS_BLOCK];
} tb_norm_room;

static float *at(const tb_tensor *t, int64_t offset)
{
    return (float *)t->data + offset;
}

static int64_t ld_of(const tb_groups *g, int tensor)
{
    return g->rows.by[tensor];
}

/* y = x op one number for each group, over a block. */
static void combine(const tb_groups *g, tb_binary_op op,
                    const tb_group_block *b, float *y, int64_t ldy,
                    const float *x, int64_t ldx, const float *each, bool more)
{
    g->fast->binary(op, b->rows, b->cols, y, ldy, (tb_rows){x, ldx, 1},
                    tb_groups_each(g, each), more);
}

static void find_mean(const tb_groups *g, const tb_group_item *item,
                      const tb_tensor *x, tb_moments *m)
{
    double sum[TB_GROUPS_WIDE] = {0};
    tb_group_block b;
    for (int64_t step = 0; tb_groups_next(g, item, &step, &b);)
        tb_groups_add(g, &b, at(x, b.at[0]), ld_of(g, 0), sum);
    for (int i = 0; i < item->width; i++) {
        double mean = sum[i] / (double)g->size;
        m->mean[i] = (float)mean;
        m->var[i] = -(mean - m->mean[i]) * (mean - m->mean[i]);
    }
}

/* Tensor 0 of the groups is x. */
static void find_moments(const tb_groups *g, const tb_group_item *item,
                         const tb_tensor *x, double eps, tb_moments *m)
{
    double sum[TB_GROUPS_WIDE] = {0};
    tb_norm_room room;
    tb_group_block b;
    find_mean(g, item, x, m);
    for (int64_t step = 0; tb_groups_next(g, item, &step, &b);) {
        combine(g, TB_BINARY_SUB, &b, room.x, b.cols, at(x, b.at[0]),
                ld_of(g, 0), m->mean, false);
        tb_rows d = {room.x, b.cols, 1};
        g->fast->binary(TB_BINARY_MUL, b.rows, b.cols, room.x, b.cols, d, d,
                        false);
        tb_groups_add(g, &b, room.x, b.cols, sum);
    }
    for (int i = 0; i < item->width; i++) {
        m->var[i] += sum[i] / (double)g->size;
        m->var[i] = m->var[i] > 0 ? m->var[i] : 0;
        m->scale[i] = (float)(1 / sqrt(m->var[i] + eps));
    }
}

/* ---- forwards ---- */

static tb_standardise_attr attr_of(const tb_call *c)
{
    if (c->node->op == &tb_op_batch_norm)
        return TB_ATTR(tb_batch_norm_attr, c->node)->standardise;
    return *TB_ATTR(tb_standardise_attr, c->node);
}

static bool forwards(tb_groups *g, const tb_call *c)
{
    bool wanted = c->out[0]->data;
    const tb_tensor *t[] = {c->in[0], c->out[0]};
    return tb_groups_of(g, c, attr_of(c).axes, wanted ? 2 : 1, wanted ? 2 : 1,
                        t);
}

static bool standardise_fits(const tb_call *c)
{
    tb_groups g;
    return forwards(&g, c);
}

static int parts_of(const tb_groups *g, int threads)
{
    int64_t items = tb_groups_items(g);
    if (threads <= 1 || items < 2 || items * g->size < (1 << 14))
        return 1;
    return (int)(items < 4 * threads ? items : 4 * threads);
}

static TB_REALTIME int standardise_parts(const tb_call *c, int phase,
                                         int threads)
{
    tb_groups g;
    (void)phase;
    forwards(&g, c);
    return parts_of(&g, threads);
}

static void write_standard(const tb_groups *g, const tb_group_item *item,
                           const tb_call *c, const tb_moments *m)
{
    tb_group_block b;
    for (int64_t step = 0; tb_groups_next(g, item, &step, &b);) {
        float *y = at(c->out[0], b.at[1]);
        combine(g, TB_BINARY_SUB, &b, y, ld_of(g, 1), at(c->in[0], b.at[0]),
                ld_of(g, 0), m->mean, false);
        combine(g, TB_BINARY_MUL, &b, y, ld_of(g, 1), y, ld_of(g, 1), m->scale,
                false);
    }
}

static void move_one(const tb_tensor *to, const tb_tensor *from, int64_t ch,
                     double momentum, double x)
{
    double before = ((const float *)from->data)[ch * from->stride[0]];
    if (to->data)
        ((float *)to->data)[ch * to->stride[0]] =
            (float)(before + momentum * (x - before));
}

/* The states of batch norm, whose variance is unbiased. */
static void move_states(const tb_call *c, const tb_groups *g, int64_t first,
                        int width, const tb_moments *m)
{
    double momentum = TB_ATTR(tb_batch_norm_attr, c->node)->momentum;
    double n = (double)g->size;
    for (int i = 0; i < width; i++) {
        move_one(c->out[1], c->in[1], first + i, momentum, m->mean[i]);
        move_one(c->out[2], c->in[2], first + i, momentum,
                 g->size > 1 ? m->var[i] * n / (n - 1) : 0);
    }
}

static TB_REALTIME void standardise_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    tb_groups g;
    tb_moments m;
    (void)phase;
    forwards(&g, c);
    int64_t items = tb_groups_items(&g);
    for (int64_t i = items * part / parts; i < items * (part + 1) / parts;
         i++) {
        tb_group_item item = tb_groups_item(&g, i);
        find_moments(&g, &item, c->in[0], attr_of(c).eps, &m);
        if (c->out[0]->data)
            write_standard(&g, &item, c, &m);
        if (c->node->op == &tb_op_batch_norm)
            move_states(c, &g, g.columns ? item.first : i, item.width, &m);
    }
}

/* ---- backwards ---- */

/* With d = x - mean: dx = scale dy + slope d + shift, where slope = -scale^3
   mean(dy d) and shift = -scale mean(dy). */

static bool backwards(tb_groups *g, const tb_call *c)
{
    const tb_tensor *t[] = {c->in[0], c->in[1], c->out[0]};
    return tb_groups_of(g, c, attr_of(c).axes, 3, 3, t);
}

static bool grad_fits(const tb_call *c)
{
    tb_groups g;
    return backwards(&g, c);
}

static TB_REALTIME int grad_parts(const tb_call *c, int phase, int threads)
{
    tb_groups g;
    (void)phase;
    backwards(&g, c);
    return parts_of(&g, threads);
}

typedef struct tb_norm_slopes {
    float slope[TB_GROUPS_WIDE], shift[TB_GROUPS_WIDE];
} tb_norm_slopes;

static void find_slopes(const tb_groups *g, const tb_group_item *item,
                        const tb_call *c, const tb_moments *m,
                        tb_norm_slopes *s)
{
    double sum[TB_GROUPS_WIDE] = {0}, product[TB_GROUPS_WIDE] = {0};
    double n = (double)g->size;
    tb_norm_room room;
    tb_group_block b;
    for (int64_t step = 0; tb_groups_next(g, item, &step, &b);) {
        const float *dy = at(c->in[1], b.at[1]);
        tb_groups_add(g, &b, dy, ld_of(g, 1), sum);
        combine(g, TB_BINARY_SUB, &b, room.x, b.cols, at(c->in[0], b.at[0]),
                ld_of(g, 0), m->mean, false);
        g->fast->binary(TB_BINARY_MUL, b.rows, b.cols, room.x, b.cols,
                        (tb_rows){room.x, b.cols, 1},
                        (tb_rows){dy, ld_of(g, 1), 1}, false);
        tb_groups_add(g, &b, room.x, b.cols, product);
    }
    for (int i = 0; i < item->width; i++) {
        double scale = m->scale[i];
        s->slope[i] = (float)(-scale * scale * scale * product[i] / n);
        s->shift[i] = (float)(-scale * sum[i] / n);
    }
}

static void write_gradient(const tb_groups *g, const tb_group_item *item,
                           const tb_call *c, const tb_moments *m,
                           const tb_norm_slopes *s)
{
    tb_norm_room room;
    tb_group_block b;
    for (int64_t step = 0; tb_groups_next(g, item, &step, &b);) {
        float *dx = at(c->out[0], b.at[2]);
        tb_rows old = {dx, ld_of(g, 2), 1};
        combine(g, TB_BINARY_SUB, &b, room.x, b.cols, at(c->in[0], b.at[0]),
                ld_of(g, 0), m->mean, false);
        combine(g, TB_BINARY_MUL, &b, dx, ld_of(g, 2), at(c->in[1], b.at[1]),
                ld_of(g, 1), m->scale, false);
        combine(g, TB_BINARY_MUL, &b, dx, ld_of(g, 2), room.x, b.cols, s->slope,
                true);
        g->fast->binary(TB_BINARY_ADD, b.rows, b.cols, dx, ld_of(g, 2), old,
                        tb_groups_each(g, s->shift), false);
    }
}

static TB_REALTIME void grad_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    tb_groups g;
    tb_moments m;
    tb_norm_slopes s;
    (void)phase;
    backwards(&g, c);
    int64_t items = tb_groups_items(&g);
    for (int64_t i = items * part / parts; i < items * (part + 1) / parts;
         i++) {
        tb_group_item item = tb_groups_item(&g, i);
        find_moments(&g, &item, c->in[0], attr_of(c).eps, &m);
        find_slopes(&g, &item, c, &m, &s);
        write_gradient(&g, &item, c, &m, &s);
    }
}

#define STANDARDISE                                                            \
    {                                                                          \
        .run = standardise_run, .parts = standardise_parts,                    \
        .fits = standardise_fits                                               \
    }
#define GRAD                                                                   \
    {                                                                          \
        .run = grad_run, .parts = grad_parts, .fits = grad_fits                \
    }

const tb_kernel_entry tb_fast_norm[] = {{&tb_op_standardise, STANDARDISE},
                                        {&tb_op_standardise_time, STANDARDISE},
                                        {&tb_op_batch_norm, STANDARDISE},
                                        {&tb_op_standardise_grad, GRAD},
                                        {&tb_op_standardise_grad_time, GRAD},
                                        {0}};
