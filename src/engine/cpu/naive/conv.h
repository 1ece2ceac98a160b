/* Convolutions by their definition; one axis is two with a second of 1. */
#include "engine/frames.h"
#include "engine/ops/conv.h"

/* Where index i of an axis lies. Frames may lie outside: they are zero. Of
   other axes only what is there can be read. */
static inline int64_t along(const tb_tensor *t, int axis, int64_t i)
{
    if (axis >= t->rank)
        return 0;
    return axis == t->time ? tb_frame_offset(t, i) : i * t->stride[axis];
}

static inline bool readable(const tb_tensor *t, int axis, int64_t i)
{
    int64_t n = axis < t->rank ? t->dim[axis] : 1;
    return axis == t->time || (i >= 0 && i < n);
}

/* The same for ops over all frames, which look at what exists alone. */
static inline bool exists(const tb_tensor *t, int axis, int64_t i)
{
    int64_t first = axis == t->time ? t->first : 0;
    int64_t n = axis < t->rank ? t->dim[axis] : 1;
    return i >= first && i < first + n;
}

static inline int64_t taps_of(const tb_tensor *w, int axis)
{
    return axis < w->rank ? w->dim[axis] : 1;
}

/* An output element of a convolution: where it lies and what it adds up. */
typedef struct conv_place {
    int64_t batch, channel, at[2]; /* absolute */
} conv_place;

static inline conv_place conv_at(const tb_call *c, const tb_tensor *y,
                                 const int64_t *index)
{
    return (conv_place){
        index[0],
        index[1],
        {index[2] + (y->time == 2 ? c->from : 0), y->rank > 3 ? index[3] : 0}};
}

/* Sums over the channels of x in one group, for one tap. `w` points at that
   tap's weight of the group's first channel. */
static inline real conv_channels(real sum, const real *x, int64_t x_stride,
                                 const real *w, int64_t w_stride, int64_t n)
{
    for (int64_t ch = 0; ch < n; ch++)
        sum += x[ch * x_stride] * w[ch * w_stride];
    return sum;
}

static TB_REALTIME real conv_element(const tb_call *c, conv_place p)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1], *y = c->out[0];
    const tb_tensor *bias = c->node->n_in > 2 ? c->in[2] : NULL;
    int64_t group = p.channel / (y->dim[1] / how->groups), in = w->dim[1];
    const real *from = (const real *)x->data + p.batch * x->stride[0] +
                       group * in * x->stride[1];
    const real *weights = (const real *)w->data + p.channel * w->stride[0];
    real sum =
        bias ? ((const real *)bias->data)[p.channel * bias->stride[0]] : 0;
    for (int64_t i = 0; i < taps_of(w, 2); i++) {
        int64_t s =
            p.at[0] * how->stride[0] - how->left[0] + i * how->dilation[0];
        for (int64_t k = 0; k < taps_of(w, 3); k++) {
            int64_t r =
                p.at[1] * how->stride[1] - how->left[1] + k * how->dilation[1];
            if (readable(x, 2, s) && readable(x, 3, r))
                sum = conv_channels(sum, from + along(x, 2, s) + along(x, 3, r),
                                    x->stride[1],
                                    weights + along(w, 2, i) + along(w, 3, k),
                                    w->stride[1], in);
        }
    }
    return sum;
}

/* The index of x that tap `tap` brings to index `at` of y; false: none. */
static inline bool conv_source(const tb_conv_attr *how, int i, int64_t at,
                               int64_t tap, int64_t *source)
{
    int64_t up = at + how->left[i] - tap * how->dilation[i];
    *source = tb_floor_div(up, how->stride[i]);
    return *source * how->stride[i] == up;
}

static TB_REALTIME real conv_transposed_element(const tb_call *c, conv_place p)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    const tb_tensor *bias = c->node->n_in > 2 ? c->in[2] : NULL;
    int64_t group = p.channel / w->dim[1], in = w->dim[0] / how->groups;
    const real *from = (const real *)x->data + p.batch * x->stride[0] +
                       group * in * x->stride[1];
    const real *weights = (const real *)w->data + group * in * w->stride[0] +
                          p.channel % w->dim[1] * w->stride[1];
    real sum =
        bias ? ((const real *)bias->data)[p.channel * bias->stride[0]] : 0;
    for (int64_t i = 0; i < taps_of(w, 2); i++)
        for (int64_t k = 0; k < taps_of(w, 3); k++) {
            int64_t s, r;
            if (conv_source(how, 0, p.at[0], i, &s) && readable(x, 2, s) &&
                conv_source(how, 1, p.at[1], k, &r) && readable(x, 3, r))
                sum = conv_channels(sum, from + along(x, 2, s) + along(x, 3, r),
                                    x->stride[1],
                                    weights + along(w, 2, i) + along(w, 3, k),
                                    w->stride[0], in);
        }
    return sum;
}

static void conv_each(const tb_call *c,
                      TB_REALTIME real (*element)(const tb_call *, conv_place))
{
    const tb_tensor *y = c->out[0];
    int64_t index[TB_RANK] = {0};
    real *to = at_frame(y, c->from);
    if (nothing(c, y))
        return;
    do
        to[tb_offset_of(y, index)] = element(c, conv_at(c, y, index));
    while (next_index(c, y, index));
}

static TB_REALTIME void conv_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    conv_each(c, conv_element);
}

static TB_REALTIME void conv_transposed_run(const tb_call *c, int phase,
                                            int part, int parts)
{
    (void)phase, (void)part, (void)parts;
    conv_each(c, conv_transposed_element);
}

/* Sums x dy for one element of the weights over one row of the batch; `x` and
   `dy` point at its channels. */
static real wgrad_row(const tb_call *c, real sum, const real *x, const real *dy,
                      const int64_t *tap)
{
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *tx = c->in[0], *td = c->in[1];
    int64_t start = td->time == 2 ? td->first : 0;
    for (int64_t j = start; exists(td, 2, j); j++)
        for (int64_t m = 0; exists(td, 3, m); m++) {
            int64_t s =
                j * how->stride[0] - how->left[0] + tap[0] * how->dilation[0];
            int64_t r =
                m * how->stride[1] - how->left[1] + tap[1] * how->dilation[1];
            if (exists(tx, 2, s) && exists(tx, 3, r))
                sum += dy[along(td, 2, j) + along(td, 3, m)] *
                       x[along(tx, 2, s) + along(tx, 3, r)];
        }
    return sum;
}

static TB_REALTIME void conv_wgrad_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    int64_t index[TB_RANK] = {0}, per_group = w->dim[0] / how->groups;
    (void)phase, (void)part, (void)parts;
    if (nothing(c, w))
        return;
    do {
        int64_t tap[] = {index[2], w->rank > 3 ? index[3] : 0};
        int64_t in = index[0] / per_group * w->dim[1] + index[1];
        real sum = 0;
        for (int64_t b = 0; b < x->dim[0]; b++)
            sum = wgrad_row(c, sum,
                            (const real *)x->data + b * x->stride[0] +
                                in * x->stride[1],
                            (const real *)dy->data + b * dy->stride[0] +
                                index[0] * dy->stride[1],
                            tap);
        ((real *)w->data)[tb_offset_of(w, index)] = sum;
    } while (next_index(c, w, index));
}

static const tb_kernel_entry conv_kernels[] = {
    {&tb_op_conv, {.run = conv_run}},
    {&tb_op_conv_transposed, {.run = conv_transposed_run}},
    {&tb_op_conv_wgrad, {.run = conv_wgrad_run}},
    {0}};
