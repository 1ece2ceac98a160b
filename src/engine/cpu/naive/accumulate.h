/* Sums that go on from frame to frame and, beside it, the way back. */
#include "engine/ops/accumulate.h"

/* One line of numbers along the axis that is summed over. */
typedef struct accumulate_line {
    real *data;
    int64_t step;
} accumulate_line;

/* The line of `t` at `index`, whose entry for the axis is 0, from frame `from`
   on. Axes of 1 repeat. */
static inline accumulate_line line_of(const tb_tensor *t, int axis,
                                      const int64_t *index, int64_t from)
{
    real *data = t->data;
    for (int i = 0; i < t->rank; i++)
        if (i != axis && t->dim[i] > 1)
            data += index[i] * t->stride[i];
    bool repeats = axis != t->time && t->dim[axis] == 1;
    if (t->time == axis)
        data += tb_frame_offset(t, from);
    return (accumulate_line){data, repeats ? 0 : t->stride[axis]};
}

/* The element of a frame: a tensor without the axis. */
static inline real *element_of_frame(const tb_tensor *t, int axis,
                                     const int64_t *index)
{
    real *data = t->data;
    for (int i = 0; i < t->rank; i++)
        data += index[i < axis ? i : i + 1] * t->stride[i];
    return data;
}

/* An odometer over all axes but one. */
static inline bool next_line(const tb_tensor *t, int axis, int64_t *index)
{
    for (int i = t->rank - 1; i >= 0; i--) {
        if (i == axis)
            continue;
        if (++index[i] < t->dim[i])
            return true;
        index[i] = 0;
    }
    return false;
}

static inline real within_turn(real y, double turn)
{
    return turn > 0 ? (real)((double)y - turn * floor((double)y / turn + 0.5))
                    : y;
}

static bool has_lines(const tb_tensor *t, int axis)
{
    for (int i = 0; i < t->rank; i++)
        if (i != axis && t->dim[i] <= 0)
            return false;
    return true;
}

static TB_REALTIME void accumulate_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    const tb_accumulate_attr *how = TB_ATTR(tb_accumulate_attr, c->node);
    const tb_tensor *x = c->in[0], *keep = c->in[1], *before = c->in[2];
    const tb_tensor *y = c->out[0], *last = c->out[1];
    int64_t index[TB_RANK] = {0}, from = x->time < 0 ? 0 : c->from;
    int64_t frames = tb_call_extent(c, x, how->axis);
    (void)phase, (void)part, (void)parts;
    if (!has_lines(x, how->axis))
        return;
    do {
        accumulate_line in = line_of(x, how->axis, index, from);
        accumulate_line out = line_of(y, how->axis, index, from);
        accumulate_line kept = line_of(keep, how->axis, index, from);
        real sum = *element_of_frame(before, how->axis, index);
        for (int64_t j = 0; j < frames; j++) {
            sum = kept.data[j * kept.step] * sum + in.data[j * in.step];
            sum = within_turn(sum, how->turn);
            if (out.data)
                out.data[j * out.step] = sum;
        }
        if (last->data)
            *element_of_frame(last, how->axis, index) = sum;
    } while (next_line(x, how->axis, index));
}

/* d, the gradient of y[j] with all that follows from it, is that of x[j], that
   of keep[j] but for y[j-1], and through keep[j] that of y[j-1]. */
static TB_REALTIME void accumulate_grad_run(const tb_call *c, int phase,
                                            int part, int parts)
{
    const tb_accumulate_grad_attr *how =
        TB_ATTR(tb_accumulate_grad_attr, c->node);
    const tb_tensor *keep = c->in[0], *y = c->in[1], *before = c->in[2];
    int64_t index[TB_RANK] = {0}, frames = y->dim[how->axis];
    int a = how->axis;
    (void)phase, (void)part, (void)parts;
    if (!has_lines(y, a))
        return;
    do {
        accumulate_line kept = line_of(keep, a, index, 0), dy = {0};
        accumulate_line said = line_of(y, a, index, 0);
        real first = *element_of_frame(before, a, index), d = 0;
        if (how->dy >= 0)
            dy = line_of(c->in[how->dy], a, index, 0);
        if (how->dlast >= 0)
            d = *element_of_frame(c->in[how->dlast], a, index);
        for (int64_t j = frames - 1; j >= 0; j--) {
            d += dy.data ? dy.data[j * dy.step] : 0;
            accumulate_line dx = line_of(c->out[0], a, index, 0);
            accumulate_line dkeep = line_of(c->out[1], a, index, 0);
            if (c->out[0]->data)
                dx.data[j * dx.step] = d;
            if (c->out[1]->data)
                dkeep.data[j * dkeep.step] =
                    d * (j ? said.data[(j - 1) * said.step] : first);
            d *= kept.data[j * kept.step];
        }
        if (c->out[2]->data)
            *element_of_frame(c->out[2], a, index) = d;
    } while (next_line(y, a, index));
}

static const tb_kernel_entry accumulate_kernels[] = {
    {&tb_op_accumulate, {.run = accumulate_run}},
    {&tb_op_accumulate_grad, {.run = accumulate_grad_run}},
    {0}};
