/* Ops that move numbers, where they are not views: each is a few copies. */
#include "engine/ops/shape.h"
#include "engine/ops/frames.h"
#include "engine/ops/span.h"
#include "engine/ops/strided.h"

#include "engine/cpu/copy.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"
#include "engine/ops/reduce.h"

/* The copies of one phase, which touch different elements of the output. */
typedef struct tb_copies {
    int n;
    bool impossible;
    tb_copy of[3];
} tb_copies;

static void add(tb_copies *k, tb_tensor y, tb_tensor x)
{
    k->of[k->n++] = (tb_copy){y, x};
}

static tb_tensor now(const tb_call *c, const tb_tensor *t)
{
    return tb_copy_frames(t, c->from, c->count);
}

/* Zeros in part of y along an axis, if there is such a part. */
static void add_zeros(tb_copies *k, const tb_tensor *y, int axis, int64_t start,
                      int64_t n)
{
    if (n > 0)
        add(k, tb_copy_part(y, axis, start, n, 1), tb_copy_zero(y->type));
}

/* ---- each op ---- */

static TB_REALTIME void list_copy(const tb_call *c, int phase, tb_copies *k)
{
    (void)phase;
    add(k, now(c, c->out[0]), now(c, c->in[0]));
}

/* One axis of `n` elements that two tensors have in common. */
static void refine(tb_copy *k, int64_t n, int64_t y_stride, int64_t x_stride)
{
    for (int i = k->y.rank; i > 0; i--) {
        k->y.dim[i] = k->y.dim[i - 1];
        k->x.dim[i] = k->x.dim[i - 1];
        k->y.stride[i] = k->y.stride[i - 1];
        k->x.stride[i] = k->x.stride[i - 1];
    }
    k->y.dim[0] = k->x.dim[0] = n;
    k->y.stride[0] = y_stride;
    k->x.stride[0] = x_stride;
    k->y.rank = ++k->x.rank;
}

/* An axis that is taken from its inner end bit by bit. */
typedef struct tb_rest {
    const tb_tensor *t;
    int axis; /* the one that is being taken */
    int64_t left, stride;
} tb_rest;

static void take_next(tb_rest *r)
{
    while (r->left == 1 && r->axis > 0) {
        r->axis--;
        r->left = r->t->dim[r->axis];
        r->stride = r->t->stride[r->axis];
    }
}

/* Logical order in both: axes are cut where either has an end. */
static TB_REALTIME void list_reshape(const tb_call *c, int phase, tb_copies *k)
{
    tb_tensor y = now(c, c->out[0]), x = now(c, c->in[0]);
    tb_rest a = {&y, y.rank, 1, 0}, b = {&x, x.rank, 1, 0};
    tb_copy *to = &k->of[k->n++];
    (void)phase;
    *to = (tb_copy){y, x};
    to->y.rank = to->x.rank = 0;
    for (;;) {
        take_next(&a);
        take_next(&b);
        if (a.left == 1 && b.left == 1)
            return;
        int64_t n = a.left < b.left ? a.left : b.left;
        if (n < 1 || a.left % n || b.left % n || n == 1 ||
            to->y.rank == TB_RANK) {
            k->impossible = true;
            return;
        }
        refine(to, n, a.stride, b.stride);
        a.left /= n;
        b.left /= n;
        a.stride *= n;
        b.stride *= n;
    }
}

static TB_REALTIME void list_permute(const tb_call *c, int phase, tb_copies *k)
{
    const int *axes = TB_ATTR(tb_permute_attr, c->node)->axes;
    tb_tensor x = now(c, c->in[0]), v = x;
    (void)phase;
    for (int i = 0; i < x.rank; i++) {
        v.dim[i] = x.dim[axes[i]];
        v.stride[i] = x.stride[axes[i]];
    }
    add(k, now(c, c->out[0]), v);
}

static TB_REALTIME void list_slice(const tb_call *c, int phase, tb_copies *k)
{
    const tb_slice_attr *a = c->node->attr;
    tb_tensor y = now(c, c->out[0]), x = now(c, c->in[0]);
    (void)phase;
    add(k, y, tb_copy_part(&x, a->axis, a->start, y.dim[a->axis], a->step));
}

/* The first phase clears what lies between, if anything does. */
static TB_REALTIME void list_unslice(const tb_call *c, int phase, tb_copies *k)
{
    const tb_slice_attr *a = c->node->attr;
    tb_tensor y = now(c, c->out[0]), x = now(c, c->in[0]);
    int64_t n = x.dim[a->axis], size = y.dim[a->axis];
    int64_t end = a->start + (n - 1) * a->step + 1;
    if (phase == 0) {
        if (a->step > 1)
            add_zeros(k, &y, a->axis, 0, size);
        return;
    }
    if (a->step == 1) {
        add_zeros(k, &y, a->axis, 0, a->start);
        add_zeros(k, &y, a->axis, end, size - end);
    }
    add(k, tb_copy_part(&y, a->axis, a->start, n, a->step), x);
}

static TB_REALTIME void list_pad(const tb_call *c, int phase, tb_copies *k)
{
    const tb_pad_attr *a = c->node->attr;
    tb_tensor y = now(c, c->out[0]), x = now(c, c->in[0]);
    (void)phase;
    if (a->axis == c->in[0]->time) {
        add(k, y, tb_copy_frames(c->in[0], c->from - a->left, c->count));
        return;
    }
    int64_t from = a->left < 0 ? -a->left : 0, to = from + a->left;
    int64_t n = x.dim[a->axis] - from - (a->right < 0 ? -a->right : 0);
    if (n <= 0) {
        add_zeros(k, &y, a->axis, 0, y.dim[a->axis]);
        return;
    }
    add_zeros(k, &y, a->axis, 0, to);
    add_zeros(k, &y, a->axis, to + n, y.dim[a->axis] - to - n);
    tb_tensor inside = tb_copy_part(&y, a->axis, to, n, 1);
    if (inside.data != x.data || from)
        add(k, inside, tb_copy_part(&x, a->axis, from, n, 1));
}

/* Another axis behind axis `at`. */
static tb_tensor with_axis(const tb_tensor *t, int at, int64_t n,
                           int64_t stride)
{
    tb_tensor r = *t;
    for (int i = r.rank++; i > at + 1; i--) {
        r.dim[i] = r.dim[i - 1];
        r.stride[i] = r.stride[i - 1];
    }
    r.dim[at + 1] = n;
    r.stride[at + 1] = stride;
    return r;
}

/* Elements `from` to `to` of the n that each of `count` frames of x become:
   frames frame * n + from and so on of y. */
static void add_spread(const tb_call *c, tb_copies *k, int64_t frame,
                       int64_t count, int64_t from, int64_t to)
{
    const tb_axis_attr *a = c->node->attr;
    const tb_tensor *y = c->out[0], *x = c->in[0];
    bool unfold = c->node->op == &tb_op_unfold;
    tb_tensor u = tb_copy_frames(y, frame * a->n + from, count);
    tb_tensor v = tb_copy_frames(x, frame, count);
    if (from >= to || count <= 0)
        return;
    u.stride[a->axis] *= a->n;
    u = with_axis(&u, a->axis, to - from, y->stride[a->axis]);
    v = unfold ? tb_copy_part(&v, a->axis + 1, from, to - from, 1)
               : with_axis(&v, a->axis, 1, 0);
    add(k, u, v);
}

/* Frames of x of which only some elements are asked for come apart. */
static TB_REALTIME void list_spread(const tb_call *c, int phase, tb_copies *k)
{
    int64_t n = TB_ATTR(tb_axis_attr, c->node)->n;
    int64_t to = c->from + c->count, first = c->from / n, last = to / n;
    (void)phase;
    if (c->out[0]->rank == TB_RANK) {
        k->impossible = true;
    } else if (first == last) {
        add_spread(c, k, first, 1, c->from % n, to % n);
    } else {
        int64_t whole = first + (c->from % n != 0);
        add_spread(c, k, first, whole - first, c->from % n, n);
        add_spread(c, k, whole, last - whole, 0, n);
        add_spread(c, k, last, 1, 0, to % n);
    }
}

static TB_REALTIME void list_fold(const tb_call *c, int phase, tb_copies *k)
{
    const tb_axis_attr *a = c->node->attr;
    tb_tensor x = tb_copy_frames(c->in[0], c->from * a->n, c->count);
    int64_t stride = x.stride[a->axis];
    (void)phase;
    x.stride[a->axis] *= a->n;
    add(k, now(c, c->out[0]), with_axis(&x, a->axis, a->n, stride));
}

static TB_REALTIME void list_roll(const tb_call *c, int phase, tb_copies *k)
{
    const tb_axis_attr *a = c->node->attr;
    tb_tensor y = now(c, c->out[0]), x = now(c, c->in[0]);
    int64_t left = x.dim[a->axis] - a->n;
    (void)phase;
    add(k, tb_copy_part(&y, a->axis, a->n, left, 1),
        tb_copy_part(&x, a->axis, 0, left, 1));
    add(k, tb_copy_part(&y, a->axis, 0, a->n, 1),
        tb_copy_part(&x, a->axis, left, a->n, 1));
}

static TB_REALTIME void list_flip(const tb_call *c, int phase, tb_copies *k)
{
    int axis = TB_ATTR(tb_axis_attr, c->node)->axis;
    tb_tensor x = now(c, c->in[0]);
    int64_t n = x.dim[axis];
    (void)phase;
    add(k, now(c, c->out[0]), tb_copy_part(&x, axis, n - 1, n, -1));
}

/* Frame j is frame end - 1 - j, and zero where the input ends sooner. */
static TB_REALTIME void list_flip_time(const tb_call *c, int phase,
                                       tb_copies *k)
{
    const tb_tensor *x = c->in[0], *y = c->out[0];
    int64_t missing = y->end - x->end - c->from, to = c->from + c->count;
    (void)phase;
    missing = missing < 0 ? 0 : missing > c->count ? c->count : missing;
    tb_tensor zeros = tb_copy_frames(y, c->from, missing);
    add_zeros(k, &zeros, y->time, 0, missing);
    tb_tensor rest = tb_copy_frames(x, y->end - to, c->count - missing);
    int64_t n = c->count - missing;
    if (n > 0)
        add(k, tb_copy_frames(y, c->from + missing, n),
            tb_copy_part(&rest, x->time, n - 1, n, -1));
}

/* ---- strided regions ---- */

/* The region of the op's settings within a tensor in logical order. */
static tb_tensor region(const tb_call *c, const tb_tensor *whole, tb_copies *k)
{
    const tb_strided_attr *a = c->node->attr;
    tb_tensor r = *whole;
    k->impossible |= !tb_is_contiguous(whole);
    r.data = (char *)r.data + a->offset * (int64_t)tb_copy_size(&r);
    r.rank = a->rank;
    for (int i = 0; i < a->rank; i++) {
        r.dim[i] = a->dim[i];
        r.stride[i] = a->stride[i];
    }
    return r;
}

static TB_REALTIME void list_as_strided(const tb_call *c, int phase,
                                        tb_copies *k)
{
    (void)phase;
    add(k, *c->out[0], region(c, c->in[0], k));
}

static TB_REALTIME void list_write_view(const tb_call *c, int phase,
                                        tb_copies *k)
{
    if (phase == 1)
        add(k, region(c, c->out[0], k), *c->in[1]);
    else if (c->out[0]->data != c->in[0]->data)
        add(k, *c->out[0], *c->in[0]);
}

/* ---- the kernels ---- */

typedef struct tb_mover {
    const tb_op *op;
    TB_REALTIME void (*list)(const tb_call *c, int phase, tb_copies *k);
} tb_mover;

static const tb_mover movers[] = {{&tb_op_arrange, list_copy},
                                  {&tb_op_contiguous, list_copy},
                                  {&tb_op_detach, list_copy},
                                  {&tb_op_expand, list_copy},
                                  {&tb_op_expand_as, list_copy},
                                  {&tb_op_reshape, list_reshape},
                                  {&tb_op_permute, list_permute},
                                  {&tb_op_slice, list_slice},
                                  {&tb_op_unslice, list_unslice},
                                  {&tb_op_pad, list_pad},
                                  {&tb_op_repeat, list_spread},
                                  {&tb_op_unfold, list_spread},
                                  {&tb_op_fold, list_fold},
                                  {&tb_op_roll, list_roll},
                                  {&tb_op_flip, list_flip},
                                  {&tb_op_flip_time, list_flip_time},
                                  {&tb_op_as_strided, list_as_strided},
                                  {&tb_op_write_view, list_write_view}};

static void list_copies(const tb_call *c, int phase, tb_copies *k)
{
    const tb_mover *m = movers;
    while (m->op != c->node->op)
        m++;
    k->n = 0;
    k->impossible = false;
    m->list(c, phase, k);
}

static bool move_fits(const tb_call *c)
{
    tb_copies first, second;
    list_copies(c, 0, &first);
    list_copies(c, 1, &second);
    return !first.impossible && !second.impossible;
}

static TB_REALTIME void move_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    tb_copies k;
    list_copies(c, phase, &k);
    for (int i = 0; i < k.n; i++)
        tb_copy_run(&k.of[i], part, parts);
}

/* ---- any number of values behind each other ---- */

static TB_REALTIME void concat_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    int axis = TB_ATTR(tb_axis_attr, c->node)->axis;
    tb_tensor y = now(c, c->out[0]);
    int64_t at = 0;
    (void)phase;
    for (int i = 0; i < c->node->n_in; i++) {
        tb_tensor x = now(c, c->in[i]);
        tb_copy k = {tb_copy_part(&y, axis, at, x.dim[axis], 1), x};
        if (k.y.data != x.data) /* else it was written there */
            tb_copy_run(&k, part, parts);
        at += x.dim[axis];
    }
}

/* A part of an axis, once its place is known. */
static TB_REALTIME void write_span_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    const tb_span_attr *a = TB_ATTR(tb_span_attr, c->node);
    const tb_tensor *y = c->out[0], *x = c->in[1], *place = c->in[2];
    tb_copy k = {*y, *c->in[0]};
    if (phase == 1) {
        tb_span_place s = tb_span_placed(a, place->data, place->stride[0],
                                         y->dim[a->axis], x->dim[a->axis]);
        if (s.count <= 0)
            return;
        k.y = tb_copy_part(y, a->axis, s.to, s.count, 1);
        k.x = tb_copy_part(x, a->axis, s.from, s.count, 1);
    }
    if (phase == 1 || k.y.data != k.x.data)
        tb_copy_run(&k, part, parts);
}

#define MOVE                                                                   \
    {                                                                          \
        .run = move_run, .parts = tb_nest_parts_of_all, .fits = move_fits      \
    }
#define MOVE_TWICE                                                             \
    {                                                                          \
        .run = move_run, .parts = tb_nest_parts_of_all, .fits = move_fits,     \
        .phases = 2                                                            \
    }

const tb_kernel_entry tb_fast_shape[] = {
    {&tb_op_arrange, MOVE},
    {&tb_op_contiguous, MOVE},
    {&tb_op_detach, MOVE},
    {&tb_op_expand, MOVE},
    {&tb_op_expand_as, MOVE},
    {&tb_op_reshape, MOVE},
    {&tb_op_permute, MOVE},
    {&tb_op_slice, MOVE},
    {&tb_op_unslice, MOVE_TWICE},
    {&tb_op_pad, MOVE},
    {&tb_op_concat, {.run = concat_run, .parts = tb_nest_parts_of_all}},
    {&tb_op_repeat, MOVE},
    {&tb_op_unfold, MOVE},
    {&tb_op_fold, MOVE},
    {&tb_op_roll, MOVE},
    {&tb_op_flip, MOVE},
    {&tb_op_flip_time, MOVE},
    {&tb_op_as_strided, MOVE},
    {&tb_op_write_view, MOVE_TWICE},
    {&tb_op_write_span,
     {.run = write_span_run, .parts = tb_nest_parts_of_all, .phases = 2}},
    {0}};
