/* Windows that lie over each other: taken apart, pooled, added up, and signals
   at other rates. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>

/* ---- windows along one axis ---- */

typedef struct window {
    int64_t size, step, dilation, padding;
} window;

static int64_t windows_of(int64_t n, const window *w)
{
    int64_t reach = (w->size - 1) * w->dilation + 1;
    return n < reach ? 0 : (n - reach) / w->step + 1;
}

/* v's `axis` becomes two: [windows, size]. */
static tb_value *take_windows(tb_value *v, int axis, const window *w)
{
    tb_shape shape = tb_value_shape(v);
    int64_t stride[TB_RANK], size = 1, n = windows_of(v->dim[axis], w);
    if (n < 1 || shape.rank == TB_RANK)
        return NULL;
    for (int i = shape.rank - 1; i >= 0; i--) {
        stride[i] = size;
        size *= shape.dim[i];
    }
    for (int i = shape.rank++; i > axis + 1; i--) {
        shape.dim[i] = shape.dim[i - 1];
        stride[i] = stride[i - 1];
    }
    shape.dim[axis + 1] = w->size;
    stride[axis + 1] = stride[axis] * w->dilation;
    shape.dim[axis] = n;
    stride[axis] *= w->step;
    return tb_as_strided(v, shape, stride, 0);
}

/* v [..., windows, size] added up where they lie: [..., n]. Each window is cut
   into lengths of the step, which lie side by side. */
static tb_value *add_windows(tb_value *v, const window *w, int64_t n)
{
    int last = v->rank - 1;
    int64_t count = v->dim[last - 1], cuts = (w->size + w->step - 1) / w->step;
    if (w->dilation != 1 || cuts > 4096)
        return NULL;
    tb_value *sum = NULL;
    v = tb_pad(v, last, 0, cuts * w->step - w->size);
    tb_shape shape = v ? tb_value_shape(v) : (tb_shape){0};
    shape.rank = last;
    shape.dim[last - 1] = count * w->step;
    for (int64_t i = 0; v && i < cuts; i++) {
        tb_value *cut = tb_slice(v, last, i * w->step, (i + 1) * w->step, 1);
        cut = tb_pad(tb_reshape(cut, shape), last - 1, i * w->step,
                     (cuts - 1 - i) * w->step);
        sum = sum ? tb_add(sum, cut) : cut;
    }
    int64_t have = (count + cuts - 1) * w->step;
    return sum ? tb_pad(sum, last - 1, 0, n - have) : NULL;
}

enum { MOST_SIZE = 1 << 28 }; /* of a window, step, gap or axis */

/* ---- of pictures: two axes ---- */

static bool two_numbers(tb_builtin_call *c, int i, int64_t *x)
{
    int n = 0;
    if (!tb_arg_ints(c, i, 2, x, &n))
        return false;
    if (n == 1)
        x[1] = x[0];
    return (n == 1 || n == 2) && x[0] >= 0 && x[1] >= 0 && x[0] <= MOST_SIZE &&
           x[1] <= MOST_SIZE;
}

/* Kernel, dilation, padding and stride of im2col and col2im, from argument i
   on. */
static bool two_windows(tb_builtin_call *c, int i, window *w)
{
    int64_t size[2], dilation[2], padding[2], step[2];
    if (!two_numbers(c, i, size) || !two_numbers(c, i + 1, dilation) ||
        !two_numbers(c, i + 2, padding) || !two_numbers(c, i + 3, step))
        return tb_refuse(c, "it needs sizes of two axes");
    for (int k = 0; k < 2; k++) {
        w[k] = (window){size[k], step[k], dilation[k], padding[k]};
        if (size[k] < 1 || dilation[k] < 1 || step[k] < 1)
            return tb_refuse(c, "a window has no size");
    }
    return true;
}

/* [batch, channels * kh * kw, windows] to [batch, channels, h, w]. */
static bool col2im(tb_builtin_call *c, tb_script_value *out)
{
    window w[2];
    int64_t size[2];
    if (!tb_needs_axes(c, 2))
        return false;
    if (!two_numbers(c, 1, size) || !two_windows(c, 2, w))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!v || v->rank != 3)
        return tb_refuse(c, "it needs columns of a batch");
    int64_t each = w[0].size * w[1].size, channels = v->dim[1] / each;
    int64_t n[2];
    for (int k = 0; k < 2; k++)
        n[k] = windows_of(size[k] + 2 * w[k].padding, &w[k]);
    if (n[0] * n[1] != v->dim[2] || channels * each != v->dim[1])
        return tb_refuse(c, "%lld columns do not fit", (long long)v->dim[2]);
    int64_t batch = v->dim[0];
    v = tb_reshape(v,
                   tb_dims(batch * channels, w[0].size, w[1].size, n[0], n[1]));
    v = v ? tb_permute(v, (int[]){0, 1, 3, 4, 2}) : NULL;
    v = v ? add_windows(v, &w[1], size[1] + 2 * w[1].padding) : NULL;
    v = v ? tb_permute(v, (int[]){0, 3, 2, 1}) : NULL;
    v = v ? add_windows(v, &w[0], size[0] + 2 * w[0].padding) : NULL;
    v = v ? tb_transpose(v, 1, 2) : NULL;
    v = v ? tb_pad(v, 1, -w[0].padding, -w[0].padding) : NULL;
    v = v ? tb_pad(v, 2, -w[1].padding, -w[1].padding) : NULL;
    if (!v)
        return tb_refuse(c, "windows with gaps are not added up");
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   tb_reshape(v, tb_dims(batch, channels, size[0], size[1])));
}

/* [batch, channels, h, w] to [batch, channels * kh * kw, windows]. */
static bool im2col(tb_builtin_call *c, tb_script_value *out)
{
    window w[2];
    if (!tb_needs_axes(c, 2))
        return false;
    if (!two_windows(c, 1, w))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!v || v->rank != 4)
        return tb_refuse(c, "it needs pictures of a batch");
    for (int k = 0; k < 2 && v; k++)
        v = tb_pad(v, 2 + k, w[k].padding, w[k].padding);
    v = v ? take_windows(v, 3, &w[1]) : NULL;
    v = v ? take_windows(v, 2, &w[0]) : NULL; /* [b, c, oh, kh, ow, kw] */
    v = v ? tb_permute(v, (int[]){0, 1, 3, 5, 2, 4}) : NULL;
    if (!v)
        return tb_refuse(c, "the windows do not fit");
    return tb_give(
        c, out, TB_DTYPE_FLOAT32,
        tb_reshape(v, tb_dims(v->dim[0], v->dim[1] * v->dim[2] * v->dim[3],
                              v->dim[4] * v->dim[5])));
}

/* unfold(x, axis, size, step): the windows' elements are the last axis. */
static bool unfold(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    int64_t size = 1, step = 1;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axis(c, 1, t->rank, &axis) ||
        !tb_arg_int(c, 2, &size) || !tb_arg_int(c, 3, &step))
        return false;
    if (t->rank == 0 || t->rank == TB_RANK || size < 1 || step < 1 ||
        step > MOST_SIZE || size > t->dim[axis])
        return tb_refuse(c, "windows of %lld", (long long)size);
    tb_script_tensor *view = tb_recording_view(c->r, t);
    if (!view)
        return false;
    view->dim[axis] = (t->dim[axis] - size) / step + 1;
    view->stride[axis] *= step;
    view->dim[view->rank] = size;
    view->stride[view->rank++] = t->stride[axis];
    *out = tb_script_of_tensor(view);
    return true;
}

/* [..., c r r, h, w] to [..., c, h r, w r]. */
static bool pixel_shuffle(tb_builtin_call *c, tb_script_value *out)
{
    int64_t r = 1;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!tb_arg_int(c, 1, &r))
        return false;
    if (!v || v->rank != 4 || r < 1 || v->dim[1] % (r * r))
        return tb_refuse(c, "it needs pictures of a batch");
    int64_t b = v->dim[0], ch = v->dim[1] / (r * r);
    int64_t h = v->dim[2], w = v->dim[3];
    v = tb_reshape(v, tb_dims(b, ch, r, r, h, w));
    v = v ? tb_permute(v, (int[]){0, 1, 4, 2, 5, 3}) : NULL;
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   tb_reshape(v, tb_dims(b, ch, h * r, w * r)));
}

/* ---- pooling along one axis ---- */

static tb_value *pooled(tb_value *v, const window *w, bool most)
{
    int last = v->rank - 1;
    double below = most ? -3e38 : 0;
    tb_value *x = v;
    if (w->padding && most) {
        tb_value *up = tb_map(v, TB_AFFINE, 1, 0);
        tb_value *zeros =
            tb_pad(tb_map(v, TB_AFFINE, 0, 1), last, w->padding, w->padding);
        tb_value *known = zeros ? tb_cast(zeros, TB_BOOL) : NULL;
        x = tb_pad(up, last, w->padding, w->padding);
        x = known && x
                ? tb_where(known, x, tb_fill(v->graph, (tb_shape){0}, below))
                : NULL;
    } else if (w->padding) {
        x = tb_pad(v, last, w->padding, w->padding);
    }
    x = x ? take_windows(x, last, w) : NULL;
    return x ? tb_reduce(x, most ? TB_REDUCE_MAX : TB_REDUCE_MEAN,
                         TB_AXIS(last + 1), false)
             : NULL;
}

/* max_pool1d(x, size, stride, padding, dilation), avg_pool1d(x, size, stride,
   padding, ceil, count_include_pad). */
static bool pool(tb_builtin_call *c, tb_script_value *out)
{
    bool most = c->function->kind, round_up = false, padded = true;
    window w = {.dilation = 1};
    int n = 0;
    int64_t one[1];
    if (!tb_needs_axes(c, 1))
        return false;
    if (!tb_arg_ints(c, 1, 1, one, &n) || n != 1)
        return false;
    w.size = w.step = one[0];
    if (tb_has(c, 2) && (!tb_arg_ints(c, 2, 1, one, &n)))
        return false;
    w.step = tb_has(c, 2) && n == 1 ? one[0] : w.step;
    if (tb_has(c, 3) && tb_arg_ints(c, 3, 1, one, &n) && n == 1)
        w.padding = one[0];
    if (most && tb_has(c, 4) && tb_arg_ints(c, 4, 1, one, &n) && n == 1)
        w.dilation = one[0];
    if (!tb_arg_bool(c, most ? 5 : 4, &round_up) ||
        (!most && !tb_arg_bool(c, 5, &padded)))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (w.size > MOST_SIZE || w.step > MOST_SIZE || w.padding > MOST_SIZE ||
        w.dilation > MOST_SIZE)
        return tb_refuse(c, "windows of %lld", (long long)w.size);
    if (round_up || (!padded && w.padding) || w.size < 1 || w.step < 1 ||
        w.padding < 0 || w.dilation < 1)
        return tb_refuse(c, "windows that are not whole");
    v = v ? pooled(v, &w, most) : NULL;
    return v ? tb_give(c, out, TB_DTYPE_FLOAT32, v)
             : tb_refuse(c, "the windows do not fit");
}

/* ---- matrices along the last axis ---- */

/* y[..., j] = sum over i of v[..., i] m[i, j]; m is filled by a function. */
typedef void line_of(double *row, int64_t j, int64_t n, int64_t m, double step);

static tb_value *by_matrix(tb_builtin_call *c, tb_value *v, int64_t m,
                           line_of *line, double step)
{
    int64_t n = v->dim[v->rank - 1];
    if (m < 1 || m > MOST_SIZE || n * m > 1 << 22)
        return NULL;
    double *x = tb_arena_array(c->r->arena, (size_t)(n * m), sizeof *x);
    for (int64_t j = 0; x && j < m; j++)
        line(x + j * n, j, n, m, step);
    return x ? tb_linear(v,
                         tb_constant_type(v->graph, TB_REAL, tb_dims(m, n),
                                          TB_F64, x),
                         NULL)
             : NULL;
}

static void average_line(double *row, int64_t j, int64_t n, int64_t m,
                         double step)
{
    int64_t first = j * n / m, last = ((j + 1) * n + m - 1) / m;
    (void)step;
    for (int64_t i = first; i < last; i++)
        row[i] = 1 / (double)(last - first);
}

static void nearest_line(double *row, int64_t j, int64_t n, int64_t m,
                         double step)
{
    int64_t i = (int64_t)floor((double)((float)j * (float)step));
    (void)m;
    row[i < n ? i : n - 1] = 1;
}

static void exact_line(double *row, int64_t j, int64_t n, int64_t m,
                       double step)
{
    int64_t i = (int64_t)floor(((double)j + 0.5) * step);
    (void)m;
    row[i < n ? i : n - 1] = 1;
}

static void between(double *row, double x, int64_t n)
{
    x = x < 0 ? 0 : x;
    int64_t i = (int64_t)x;
    i = i < n ? i : n - 1;
    int64_t next = i + 1 < n ? i + 1 : i;
    row[i] += 1 - (x - (double)i);
    row[next] += x - (double)i;
}

static void linear_line(double *row, int64_t j, int64_t n, int64_t m,
                        double step)
{
    (void)m;
    between(row, ((double)j + 0.5) * step - 0.5, n);
}

static void corner_line(double *row, int64_t j, int64_t n, int64_t m,
                        double step)
{
    (void)step;
    between(row, m > 1 ? (double)(j * (n - 1)) / (double)(m - 1) : 0, n);
}

static bool adaptive(tb_builtin_call *c, tb_script_value *out)
{
    int64_t m[1];
    int n = 0;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!tb_needs_axes(c, 1))
        return false;
    if (!tb_arg_ints(c, 1, 1, m, &n))
        return false;
    v = v && n == 1 ? by_matrix(c, v, m[0], average_line, 0) : NULL;
    return v ? tb_give(c, out, TB_DTYPE_FLOAT32, v)
             : tb_refuse(c, "the lengths do not fit");
}

/* Each of the last axis so many times. */
static tb_value *each_often(tb_value *v, int64_t times)
{
    int64_t b = v->dim[0], ch = v->dim[1], n = v->dim[2];
    v = tb_expand(tb_reshape(v, tb_dims(b, ch, n, 1)),
                  tb_dims(b, ch, n, times));
    return tb_reshape(v ? tb_contiguous(v) : NULL, tb_dims(b, ch, n * times));
}

enum { NEAREST, EXACT, LINEAR };

/* upsample_nearest1d(x, [m], scale), upsample_linear1d(x, [m], corners,
   scale); the size or the scale may be missing, scales may be lists. */
static bool upsample(tb_builtin_call *c, tb_script_value *out)
{
    int kind = c->function->kind, n = 0, at = kind == LINEAR ? 3 : 2;
    bool corners = false;
    int64_t m[1] = {0};
    double scale = 0;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!tb_needs_axes(c, 1))
        return false;
    if ((kind == LINEAR && !tb_arg_bool(c, 2, &corners)) ||
        (tb_has(c, 1) && !tb_arg_ints(c, 1, 1, m, &n)))
        return false;
    if (c->arg[at].kind == TB_SCRIPT_LIST) {
        const tb_script_items *items = NULL;
        if (!tb_arg_list(c, at, &items) || items->count != 1 ||
            !tb_script_is_number(&items->at[0]))
            return tb_refuse(c, "it stretches one axis");
        scale = tb_script_number(&items->at[0]);
    } else if (!tb_arg_real(c, at, &scale)) {
        return false;
    }
    if (!v || v->rank != 3)
        return tb_refuse(c, "it stretches one axis of signals");
    if (!(scale >= 0 && scale < 1e4))
        return tb_refuse(c, "by %g", scale);
    int64_t from = v->dim[2];
    m[0] = n == 1 ? m[0] : (int64_t)((double)from * scale);
    double step = scale > 0 ? 1 / scale : (double)from / (double)m[0];
    line_of *line = kind == NEAREST ? nearest_line
                    : kind == EXACT ? exact_line
                    : corners       ? corner_line
                                    : linear_line;
    bool whole = m[0] > 0 && m[0] < MOST_SIZE && m[0] % from == 0 &&
                 step == (double)from / (double)m[0];
    v = kind != LINEAR && whole ? each_often(v, m[0] / from)
                                : by_matrix(c, v, m[0], line, step);
    return v ? tb_give(c, out, TB_DTYPE_FLOAT32, v)
             : tb_refuse(c, "the lengths do not fit");
}

const tb_builtin tb_functions_fold[] = {
    {"col2im", "self output_size kernel_size dilation padding stride", col2im,
     0},
    {"im2col", "self kernel_size dilation padding stride", im2col, 0},
    {"unfold", "self dimension size step", unfold, 0},
    {"pixel_shuffle", "self upscale_factor", pixel_shuffle, 0},
    {"max_pool1d", "self kernel_size stride padding dilation ceil_mode", pool,
     1},
    {"avg_pool1d",
     "self kernel_size stride padding ceil_mode count_include_pad", pool, 0},
    {"adaptive_avg_pool1d", "self output_size", adaptive, 0},
    {"upsample_nearest1d", "self output_size scales", upsample, NEAREST},
    {"_upsample_nearest_exact1d", "self output_size scales", upsample, EXACT},
    {"upsample_linear1d", "self output_size align_corners scales", upsample,
     LINEAR},
    {NULL, NULL, NULL, 0},
};
