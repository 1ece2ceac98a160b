/* Fourier transforms by their definition, in double precision. */
#include "engine/frames.h"
#include "engine/ops/stft.h"

/* Elements along axis i, of the whole signal. */
static inline int64_t whole_length(const tb_tensor *t, int axis)
{
    return t->time == axis ? t->end : t->dim[axis];
}

/* Element i along an axis, from the tensor's start in all others. */
static inline int64_t signal_offset(const tb_tensor *t, int axis, int64_t i)
{
    return t->time == axis ? tb_frame_offset(t, i) : i * t->stride[axis];
}

/* The frames, of `frames` that exist, whose windows lie over sample i. */
typedef struct frame_range {
    int64_t first, last;
} frame_range;

static frame_range frames_over(const tb_stft_attr *how, int64_t i,
                               int64_t frames)
{
    frame_range r = {tb_ceil_div(i + how->left - how->n_fft + 1, how->hop),
                     tb_floor_div(i + how->left, how->hop)};
    r.first = r.first < 0 ? 0 : r.first;
    r.last = r.last >= frames ? frames - 1 : r.last;
    return r;
}

/* 1 over the sum of squared windows at sample i; 0 where there is none. */
static double inverse_power(const tb_stft_attr *how, int64_t i, int64_t frames)
{
    frame_range r = frames_over(how, i, frames);
    double sum = 0;
    for (int64_t j = r.first; j <= r.last; j++) {
        double w = how->window[i + how->left - j * how->hop];
        sum += w * w;
    }
    return sum > 1e-11 ? 1 / sum : 0;
}

/* How often bin k stands in the whole spectrum, over its size. */
static double bin_weight(const tb_stft_attr *how, int64_t k)
{
    if (!how->inverse)
        return 1;
    return (k == 0 || 2 * k == how->n_fft ? 1.0 : 2.0) / (double)how->n_fft;
}

static size_t stft_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(double) * (size_t)TB_ATTR(tb_stft_attr, c->node)->n_fft;
}

/* The windowed samples of frame j. */
static void cut_frame(const tb_call *c, int64_t b, int64_t j, double *cut)
{
    const tb_stft_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0];
    const real *row = (const real *)x->data + b * x->stride[0];
    int64_t n = whole_length(x, 1), frames = whole_length(c->out[0], 2);
    for (int64_t i = 0; i < how->n_fft; i++) {
        int64_t s = j * how->hop - how->left + i;
        bool there = s >= 0 && s < n;
        cut[i] = there ? how->window[i] * row[signal_offset(x, 1, s)] : 0;
        if (there && how->inverse)
            cut[i] *= inverse_power(how, s, frames);
    }
}

static TB_REALTIME void stft_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    const tb_stft_attr *how = c->node->attr;
    const tb_tensor *y = c->out[0];
    int64_t from = y->time < 0 ? 0 : c->from, frames = tb_call_extent(c, y, 2);
    double *cut = c->scratch;
    (void)phase, (void)part, (void)parts;
    for (int64_t b = 0; b < y->dim[0]; b++)
        for (int64_t j = from; j < from + frames; j++) {
            real *to =
                (real *)y->data + b * y->stride[0] + signal_offset(y, 2, j);
            cut_frame(c, b, j, cut);
            for (int64_t k = 0; k < y->dim[1]; k++) {
                double re = 0, im = 0, weight = bin_weight(how, k);
                for (int64_t i = 0; i < how->n_fft; i++) {
                    re += cut[i] * how->cosine[k * i % how->n_fft];
                    im -= cut[i] * how->sine[k * i % how->n_fft];
                }
                to[k * y->stride[1]] = (real)(weight * re);
                to[k * y->stride[1] + y->stride[3]] = (real)(weight * im);
            }
        }
}

/* Sample i of what a frame's spectrum stands for; `bins` points at it. */
static double wave_of(const tb_call *c, const real *bins, int64_t i)
{
    const tb_stft_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0];
    double sum = 0;
    for (int64_t k = 0; k < x->dim[1]; k++) {
        const real *bin = bins + k * x->stride[1];
        sum += bin_weight(how, k) *
               (bin[0] * how->cosine[k * i % how->n_fft] -
                bin[x->stride[3]] * how->sine[k * i % how->n_fft]);
    }
    return sum;
}

static TB_REALTIME void istft_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    const tb_stft_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    int64_t from = y->time < 0 ? 0 : c->from, samples = tb_call_extent(c, y, 1);
    int64_t frames = whole_length(x, 2);
    (void)phase, (void)part, (void)parts;
    for (int64_t b = 0; b < y->dim[0]; b++)
        for (int64_t s = from; s < from + samples; s++) {
            frame_range r = frames_over(how, s, frames);
            double sum = 0;
            for (int64_t j = r.first; j <= r.last; j++) {
                int64_t i = s + how->left - j * how->hop;
                const real *bins = (const real *)x->data + b * x->stride[0] +
                                   signal_offset(x, 2, j);
                sum += how->window[i] * wave_of(c, bins, i);
            }
            if (how->inverse)
                sum *= inverse_power(how, s, frames);
            ((real *)y->data)[b * y->stride[0] + signal_offset(y, 1, s)] =
                (real)sum;
        }
}

static const tb_kernel_entry stft_kernels[] = {
    {&tb_op_stft, {.run = stft_run, .scratch = stft_scratch}},
    {&tb_op_istft, {.run = istft_run}},
    {0}};
