/* Ops that change how many frames there are, or tell them apart. */
#include "engine/ops.h"
#include "onnx/onnx_rows.h"

#include <string.h>

/* Frames that fill no group are left out. */
static void emit_fold(tb_onnx_emitter *e, const tb_node *n)
{
    const char *x = tb_onnx_cut(e, tb_onnx_read(e, n, 0), n->in[0],
                                TB_ATTR(tb_axis_attr, n)->n);
    tb_onnx_give(e, n, tb_onnx_reshape(e, x, n->out[0]));
}

static void emit_unfold(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_give(e, n, tb_onnx_reshape(e, tb_onnx_read(e, n, 0), n->out[0]));
}

/* Copies beside each element, [..., n, 1 ...], become elements of the axis. */
static void emit_repeat(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_axis_attr *how = TB_ATTR(tb_axis_attr, n);
    const tb_value *x = n->in[0];
    int64_t dims[TB_RANK + 1];
    int k = 0;
    for (int i = 0; i < x->rank; i++) {
        dims[k++] = i == x->time ? -1 : x->dim[i];
        if (i == how->axis)
            dims[k++] = 1;
    }
    const char *one = tb_onnx_reshape_to(e, tb_onnx_read(e, n, 0), k, dims);
    tb_onnx_node c = tb_onnx_begin(e->graph, "Concat");
    for (int64_t i = 0; i < how->n; i++)
        tb_onnx_input(&c, one);
    tb_onnx_set_integer(&c, "axis", how->axis + 1);
    tb_onnx_give(e, n, tb_onnx_reshape(e, tb_onnx_end(&c), n->out[0]));
}

/* Two frames side by side are multiplied by their signs. */
static void emit_alternate(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_value *x = n->in[0];
    int axis = TB_ATTR(tb_axis_attr, n)->axis;
    int64_t size = x->dim[axis], dims[TB_RANK + 1];
    if (x->time + 1 != x->rank || axis + 1 != x->time) {
        tb_onnx_refuse(e, n, "these axes");
        return;
    }
    float *signs = tb_onnx_room(e, 2 * size);
    for (int64_t i = 0; signs && i < 2 * size; i++)
        signs[i] = i % 4 == 2 ? -1 : 1;
    for (int i = 0; i < x->rank; i++)
        dims[i] = i == x->time ? -1 : x->dim[i];
    dims[x->rank] = 2;
    const char *pairs = tb_onnx_fill(e, tb_onnx_read(e, n, 0), x, 2);
    const char *y = tb_onnx_two(
        e->graph, "Mul", tb_onnx_reshape_to(e, pairs, x->rank + 1, dims),
        tb_onnx_tensor(e->graph, NULL, TB_REAL, tb_dims(size, 1, 2), signs));
    y = tb_onnx_reshape(e, y, n->out[0]);
    if (e->frames[x->id] % 2)
        y = tb_onnx_slice(e, y, x->time, 0, -1, 1);
    tb_onnx_give(e, n, y);
}

/* ---- spectra ---- */

/* The real parts of all bins and then the imaginary ones, as taps [2 bins, 1,
   n_fft] of a convolution. */
static const char *bins_of(tb_onnx_emitter *e, const tb_stft_attr *how)
{
    int64_t n = how->n_fft, bins = n / 2 + 1;
    float *taps = tb_onnx_room(e, 2 * bins * n);
    for (int64_t k = 0; taps && k < bins; k++)
        for (int64_t i = 0; i < n; i++) {
            int64_t at = k * i % n;
            taps[k * n + i] = (float)(how->window[i] * how->cosine[at]);
            taps[(bins + k) * n + i] = -(float)(how->window[i] * how->sine[at]);
        }
    return tb_onnx_tensor(e->graph, NULL, TB_REAL, tb_dims(2 * bins, 1, n),
                          taps);
}

/* [rows, samples] to [rows, bins, frames, 2] */
static void emit_stft(tb_onnx_emitter *e, const tb_node *n)
{
    static const int64_t last[] = {0, 2, 3, 1};
    const tb_stft_attr *how = TB_ATTR(tb_stft_attr, n);
    const int64_t pads[] = {how->left, how->right};
    const int64_t samples[] = {n->in[0]->dim[0], 1, -1};
    const int64_t parts[] = {n->in[0]->dim[0], 2, how->n_fft / 2 + 1, -1};
    if (n->in[0]->time != 1 || how->inverse || how->left < 0 ||
        how->right < 0) {
        tb_onnx_refuse(e, n, "this transform");
        return;
    }
    tb_onnx_node c = tb_onnx_begin(e->graph, "Conv");
    tb_onnx_input(&c, tb_onnx_reshape_to(e, tb_onnx_read(e, n, 0), 3, samples));
    tb_onnx_input(&c, bins_of(e, how));
    tb_onnx_set_integers(&c, "strides", 1, &how->hop);
    tb_onnx_set_integers(&c, "pads", 2, pads);
    const char *y = tb_onnx_reshape_to(e, tb_onnx_end(&c), 4, parts);
    tb_onnx_give(e, n, tb_onnx_transpose(e, y, 4, last));
}

/* ---- chance ---- */

/* A tensor of a value's shape, with as many frames as `like` has. */
static const char *room_for(tb_onnx_emitter *e, const tb_value *y,
                            const tb_value *like, const char *like_name)
{
    tb_onnx_graph *g = e->graph;
    tb_onnx_node c = tb_onnx_begin(g, "Concat");
    for (int i = 0; i < y->rank; i++) {
        const int64_t at = like->time;
        const char *dim =
            i == y->time
                ? tb_onnx_two(g, "Gather", tb_onnx_one(g, "Shape", like_name),
                              tb_onnx_integers(g, 1, &at))
                : tb_onnx_integers(g, 1, &y->dim[i]);
        tb_onnx_input(&c, dim);
    }
    tb_onnx_set_integer(&c, "axis", 0);
    return tb_onnx_two(g, "Expand", tb_onnx_number(g, TB_REAL, 0),
                       tb_onnx_end(&c));
}

static void emit_noise(tb_onnx_emitter *e, const tb_node *n)
{
    bool uniform = TB_ATTR(tb_noise_attr, n)->kind == TB_UNIFORM_NOISE;
    const char *like = room_for(e, n->out[0], n->in[0], tb_onnx_read(e, n, 0));
    tb_onnx_node r = tb_onnx_begin(e->graph, uniform ? "RandomUniformLike"
                                                     : "RandomNormalLike");
    tb_onnx_input(&r, like);
    tb_onnx_give(e, n, tb_onnx_end(&r));
}

const tb_onnx_row tb_onnx_frames[] = {{&tb_op_repeat, emit_repeat},
                                      {&tb_op_fold, emit_fold},
                                      {&tb_op_unfold, emit_unfold},
                                      {&tb_op_alternate, emit_alternate},
                                      {&tb_op_stft, emit_stft},
                                      {&tb_op_noise, emit_noise},
                                      {NULL, NULL}};
