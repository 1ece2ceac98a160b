/* Included by naive_f32.c and naive_f64.c, after walk.h. Most kernels bend the
   strides of a tensor until the op becomes a plain copy. */
#include "engine/ops/frames.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "engine/ops/span.h"
#include "engine/ops/strided.h"

/* Elements start, start + step... of an axis, n of them. */
static tb_tensor part_of(const tb_tensor *t, int axis, int64_t start, int64_t n,
                         int64_t step)
{
    tb_tensor v = *t;
    v.data = bytes_at(t, start * t->stride[axis]);
    v.dim[axis] = n;
    v.stride[axis] *= step;
    return v;
}

/* Both are walked in logical order; the elements before and after the time
   axis are as many. */
static TB_REALTIME void reshape_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    if (nothing(c, y))
        return;
    walk wx = walk_over(c, x, 1, &x), wy = walk_over(c, y, 1, &y);
    int64_t i = 0, j = 0;
    for (;;) {
        memcpy(bytes_at(y, wy.at[0] + j * wy.step[0]),
               bytes_at(x, wx.at[0] + i * wx.step[0]), size_of(y));
        if (++i == wx.row) {
            i = 0;
            walk_next(&wx);
        }
        if (++j == wy.row) {
            j = 0;
            if (!walk_next(&wy))
                return;
        }
    }
}

static TB_REALTIME void permute_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    const int *axes = TB_ATTR(tb_permute_attr, c->node)->axes;
    const tb_tensor *x = c->in[0];
    tb_tensor v = *x;
    for (int i = 0; i < x->rank; i++) {
        v.dim[i] = x->dim[axes[i]];
        v.stride[i] = x->stride[axes[i]];
        if (axes[i] == x->time)
            v.time = i;
    }
    copy_tensor(c, c->out[0], &v);
}

static TB_REALTIME void slice_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_slice_attr *a = TB_ATTR(tb_slice_attr, c->node);
    tb_tensor v =
        part_of(c->in[0], a->axis, a->start, c->out[0]->dim[a->axis], a->step);
    copy_tensor(c, c->out[0], &v);
}

static TB_REALTIME void unslice_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_slice_attr *a = TB_ATTR(tb_slice_attr, c->node);
    zero_tensor(c, c->out[0]);
    tb_tensor v =
        part_of(c->out[0], a->axis, a->start, c->in[0]->dim[a->axis], a->step);
    copy_tensor(c, &v, c->in[0]);
}

static void zero_part(const tb_call *c, const tb_tensor *y, int axis,
                      int64_t start, int64_t n)
{
    tb_tensor part = part_of(y, axis, start, n, 1);
    if (n > 0)
        zero_tensor(c, &part);
}

static TB_REALTIME void pad_run(const tb_call *c, int phase, int part,
                                int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_pad_attr *a = TB_ATTR(tb_pad_attr, c->node);
    const tb_tensor *x = c->in[0], *y = c->out[0];
    if (a->axis == x->time) {
        tb_tensor later = *x;
        later.first += a->left;
        copy_tensor(c, y, &later);
        return;
    }
    int64_t from = a->left < 0 ? -a->left : 0;
    int64_t n = x->dim[a->axis] - from - (a->right < 0 ? -a->right : 0);
    int64_t to = from + a->left, size = y->dim[a->axis];
    if (n <= 0) {
        zero_tensor(c, y);
        return;
    }
    zero_part(c, y, a->axis, 0, to);
    zero_part(c, y, a->axis, to + n, size - to - n);
    tb_tensor v = part_of(x, a->axis, from, n, 1);
    tb_tensor u = part_of(y, a->axis, to, n, 1);
    if (u.data != v.data) /* the plan may have it there already */
        copy_tensor(c, &u, &v);
}

static TB_REALTIME void concat_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    (void)phase, (void)part, (void)parts;
    int axis = TB_ATTR(tb_axis_attr, c->node)->axis;
    int64_t at = 0;
    for (int i = 0; i < c->node->n_in; i++) {
        int64_t n = c->in[i]->dim[axis];
        tb_tensor v = part_of(c->out[0], axis, at, n, 1);
        copy_tensor(c, &v, c->in[i]);
        at += n;
    }
}

/* Output frame j is frame j / n of x; when unfolding, of the element j mod n of
   the axis behind time. */
static void spread_frames(const tb_call *c, bool unfold)
{
    const tb_axis_attr *a = TB_ATTR(tb_axis_attr, c->node);
    const tb_tensor *x = c->in[0];
    tb_tensor v = *x;
    tb_call one = *c;
    one.count = 1;
    if (unfold) {
        v.rank--;
        for (int i = a->axis + 1; i < v.rank; i++) {
            v.dim[i] = x->dim[i + 1];
            v.stride[i] = x->stride[i + 1];
        }
    }
    for (int64_t j = c->from; j < c->from + c->count; j++) {
        int64_t source = j / a->n;
        v.first = x->first + j - source;
        if (unfold)
            v.data = bytes_at(x, j % a->n * x->stride[a->axis + 1]);
        one.from = j;
        copy_tensor(&one, c->out[0], &v);
    }
}

static TB_REALTIME void repeat_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    (void)phase, (void)part, (void)parts;
    spread_frames(c, false);
}

static TB_REALTIME void unfold_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    (void)phase, (void)part, (void)parts;
    spread_frames(c, true);
}

static TB_REALTIME void fold_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_axis_attr *a = TB_ATTR(tb_axis_attr, c->node);
    const tb_tensor *x = c->in[0], *y = c->out[0];
    tb_tensor v = *x;
    v.rank = y->rank;
    for (int i = a->axis + 1; i < y->rank; i++) {
        v.dim[i] = y->dim[i];
        v.stride[i] = x->stride[i - 1];
    }
    v.data = bytes_at(x, tb_frame_offset(x, c->from * a->n));
    v.first = c->from;
    v.stride[a->axis] *= a->n;
    copy_tensor(c, y, &v);
}

static TB_REALTIME void roll_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_axis_attr *a = TB_ATTR(tb_axis_attr, c->node);
    int64_t left = c->in[0]->dim[a->axis] - a->n;
    tb_tensor v = part_of(c->in[0], a->axis, 0, left, 1);
    tb_tensor u = part_of(c->out[0], a->axis, a->n, left, 1);
    copy_tensor(c, &u, &v);
    v = part_of(c->in[0], a->axis, left, a->n, 1);
    u = part_of(c->out[0], a->axis, 0, a->n, 1);
    copy_tensor(c, &u, &v);
}

static TB_REALTIME void flip_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    int axis = TB_ATTR(tb_axis_attr, c->node)->axis;
    int64_t n = c->in[0]->dim[axis];
    tb_tensor v = part_of(c->in[0], axis, n - 1, n, -1);
    copy_tensor(c, c->out[0], &v);
}

/* Frame j is frame length - 1 - j, and zero where the input ends sooner. */
static TB_REALTIME void flip_time_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    tb_tensor v = *x;
    v.data = bytes_at(x, tb_frame_offset(x, y->end - 1));
    v.stride[x->time] *= -1;
    v.first = 0;
    tb_call there = *c, missing = *c;
    int64_t begin = y->end > x->end ? y->end - x->end : 0;
    there.from = c->from > begin ? c->from : begin;
    there.count = c->from + c->count - there.from;
    missing.count = there.from - c->from;
    zero_tensor(&missing, y);
    copy_tensor(&there, y, &v);
}

/* ---- strided regions ---- */

/* Where the element with this number in logical order lies. */
static int64_t offset_of_number(const tb_tensor *t, int64_t number)
{
    int64_t offset = 0;
    for (int i = t->rank - 1; i >= 0; i--) {
        offset += number % t->dim[i] * t->stride[i];
        number /= t->dim[i];
    }
    return offset;
}

/* Over a region: at[0] is the number of an element of the whole, at[1] the
   offset in `t`, which has the region's shape. */
static walk walk_region(const tb_strided_attr *a, const tb_tensor *t)
{
    walk w = {.at = {a->offset, 0}};
    for (int i = 0; i < a->rank; i++) {
        int k = walk_axis(&w, a->dim[i]);
        w.stride[0][k] = a->stride[i];
        w.stride[1][k] = t->stride[i];
    }
    walk_single(&w);
    return w;
}

static TB_REALTIME void as_strided_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    if (nothing(c, y))
        return;
    walk w = walk_region(TB_ATTR(tb_strided_attr, c->node), y);
    do
        memcpy(bytes_at(y, w.at[1]), bytes_at(x, offset_of_number(x, w.at[0])),
               size_of(y));
    while (walk_next(&w));
}

static TB_REALTIME void add_strided_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *dy = c->in[0], *dx = c->out[0];
    zero_tensor(c, dx);
    if (nothing(c, dy))
        return;
    walk w = walk_region(TB_ATTR(tb_strided_attr, c->node), dy);
    int parts_of_each = dx->type == TB_C64 ? 2 : 1;
    do {
        char *to = bytes_at(dx, offset_of_number(dx, w.at[0]));
        const char *from = bytes_at(dy, w.at[1]);
        for (int i = 0; i < parts_of_each; i++)
            ((real *)to)[i] += ((const real *)from)[i];
    } while (walk_next(&w));
}

static TB_REALTIME void write_view_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *y = c->out[0], *value = c->in[1];
    if (y->data != c->in[0]->data)
        copy_tensor(c, y, c->in[0]);
    if (nothing(c, value))
        return;
    walk w = walk_region(TB_ATTR(tb_strided_attr, c->node), value);
    do
        memcpy(bytes_at(y, offset_of_number(y, w.at[0])),
               bytes_at(value, w.at[1]), size_of(y));
    while (walk_next(&w));
}

/* ---- parts of an axis whose place is a number ---- */

static TB_REALTIME void write_span_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_span_attr *a = TB_ATTR(tb_span_attr, c->node);
    const tb_tensor *y = c->out[0], *x = c->in[1], *place = c->in[2];
    if (y->data != c->in[0]->data)
        copy_tensor(c, y, c->in[0]);
    tb_span_place s = tb_span_placed(a, place->data, place->stride[0],
                                     y->dim[a->axis], x->dim[a->axis]);
    tb_tensor to = part_of(y, a->axis, s.to, s.count, 1);
    tb_tensor from = part_of(x, a->axis, s.from, s.count, 1);
    if (s.count > 0 && !nothing(c, &to))
        copy_tensor(c, &to, &from);
}

/* ---- even and odd frames ---- */

static TB_REALTIME void alternate_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase, (void)part, (void)parts;
    int axis = TB_ATTR(tb_axis_attr, c->node)->axis;
    const tb_tensor *t[] = {c->out[0], c->in[0]};
    int last = t[0]->rank - 1, time = t[0]->time;
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    do {
        real *y = (real *)t[0]->data + w.at[0];
        const real *x = (const real *)t[1]->data + w.at[1];
        for (int64_t i = 0; i < w.row; i++) {
            int64_t frame = c->from + (time == last ? i : w.index[time]);
            int64_t index = axis == last ? i : w.index[axis];
            bool turned = index % 2 == 1 && frame % 2 == 0;
            real value = x[i * w.step[1]];
            y[i * w.step[0]] = turned ? -value : value;
        }
    } while (walk_next(&w));
}

/* ---- copies ---- */

static TB_REALTIME void copy_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    copy_tensor(c, c->out[0], c->in[0]);
}

static const tb_kernel_entry shape_kernels[] = {
    {&tb_op_reshape, {.run = reshape_run}},
    {&tb_op_permute, {.run = permute_run}},
    {&tb_op_slice, {.run = slice_run}},
    {&tb_op_unslice, {.run = unslice_run}},
    {&tb_op_pad, {.run = pad_run}},
    {&tb_op_concat, {.run = concat_run}},
    {&tb_op_repeat, {.run = repeat_run}},
    {&tb_op_fold, {.run = fold_run}},
    {&tb_op_unfold, {.run = unfold_run}},
    {&tb_op_roll, {.run = roll_run}},
    {&tb_op_flip, {.run = flip_run}},
    {&tb_op_flip_time, {.run = flip_time_run}},
    {&tb_op_alternate, {.run = alternate_run}},
    {&tb_op_as_strided, {.run = as_strided_run}},
    {&tb_op_add_strided, {.run = add_strided_run}},
    {&tb_op_write_view, {.run = write_view_run}},
    {&tb_op_write_span, {.run = write_span_run}},
    {&tb_op_arrange, {.run = copy_run}},
    {&tb_op_contiguous, {.run = copy_run}},
    {&tb_op_detach, {.run = copy_run}},
    {&tb_op_expand, {.run = copy_run}},
    {&tb_op_expand_as, {.run = copy_run}},
    {0}};
