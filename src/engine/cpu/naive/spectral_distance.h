/* Distances of spectra by their definition, and their gradient. Included by
   naive_f32.c and naive_f64.c, after stft.h. */
#include "engine/ops/spectral_distance.h"

/* One frame of both sounds. */
typedef struct spectral_frame {
    const tb_stft_attr *how;
    double *x, *y;       /* [n_fft]: windowed samples */
    double *re, *im, *m; /* [bins]: of y, and the magnitudes of x */
} spectral_frame;

static size_t spectral_distance_scratch(const tb_call *c, int threads)
{
    const tb_spectral_distance_attr *a = c->node->attr;
    int64_t most = 0;
    (void)threads;
    for (int i = 0; i < a->scales; i++)
        most = a->scale[i].n_fft > most ? a->scale[i].n_fft : most;
    return sizeof(double) * (size_t)(2 * most + 3 * (most / 2 + 1));
}

static spectral_frame spectral_frame_of(const tb_call *c,
                                        const tb_stft_attr *how)
{
    spectral_frame f = {.how = how, .x = c->scratch};
    f.y = f.x + how->n_fft;
    f.re = f.y + how->n_fft;
    f.im = f.re + how->n_fft / 2 + 1;
    f.m = f.im + how->n_fft / 2 + 1;
    return f;
}

/* Sample i of a sound, which may lie outside of it. */
static real *spectral_sample(const tb_tensor *t, int64_t row, int64_t i)
{
    int64_t channels = t->dim[1], n = t->dim[2];
    return (real *)t->data + row / channels * t->stride[0] +
           row % channels * t->stride[1] +
           signal_offset(t, 2, tb_reflected(i, n));
}

static void spectral_cut(const tb_stft_attr *how, const tb_tensor *t,
                         int64_t row, int64_t j, double *to)
{
    int64_t start = j * how->hop - how->left;
    for (int64_t i = 0; i < how->n_fft; i++)
        to[i] = how->window[i] * *spectral_sample(t, row, start + i);
}

static void spectral_bins(const tb_stft_attr *how, const double *x, int64_t k,
                          double *re, double *im)
{
    *re = *im = 0;
    for (int64_t i = 0; i < how->n_fft; i++) {
        *re += x[i] * how->cosine[k * i % how->n_fft];
        *im -= x[i] * how->sine[k * i % how->n_fft];
    }
}

static void spectral_transform(const tb_call *c, const spectral_frame *f,
                               int64_t row, int64_t j)
{
    spectral_cut(f->how, c->in[0], row, j, f->x);
    spectral_cut(f->how, c->in[1], row, j, f->y);
    for (int64_t k = 0; k <= f->how->n_fft / 2; k++) {
        double re, im;
        spectral_bins(f->how, f->x, k, &re, &im);
        f->m[k] = sqrt(re * re + im * im);
        spectral_bins(f->how, f->y, k, &f->re[k], &f->im[k]);
    }
}

static int64_t spectral_rows(const tb_call *c)
{
    return c->in[0]->dim[0] * c->in[0]->dim[1];
}

static int64_t spectral_frames(const tb_call *c, const tb_stft_attr *how)
{
    return c->in[0]->dim[2] / how->hop + 1;
}

/* What the sums of a scale are divided by. */
typedef struct spectral_sums {
    double squares, energy, logs, count;
    double quiet; /* energy of a bin, at least */
} spectral_sums;

static double spectral_energy(const spectral_sums *s)
{
    double least = s->quiet * s->count;
    double energy = s->energy > least ? s->energy : least;
    return energy > 0 ? energy : 1;
}

static void spectral_measure(const spectral_frame *f, double floor,
                             spectral_sums *s)
{
    for (int64_t k = 0; k <= f->how->n_fft / 2; k++) {
        double x = f->m[k];
        double y = sqrt(f->re[k] * f->re[k] + f->im[k] * f->im[k]);
        s->squares += (x - y) * (x - y);
        s->energy += x * x;
        s->logs += fabs(log(x + floor) - log(y + floor));
        s->count += 1;
    }
}

/* Bins of y become the gradient with respect to them. */
static void spectral_slopes(const spectral_frame *f,
                            const tb_spectral_distance_attr *a,
                            const spectral_sums *s)
{
    for (int64_t k = 0; k <= f->how->n_fft / 2; k++) {
        double x = f->m[k];
        double y = sqrt(f->re[k] * f->re[k] + f->im[k] * f->im[k]);
        double slope =
            a->linear * 2 * (y - x) / spectral_energy(s) +
            a->logarithmic * ((y > x) - (y < x)) / ((y + a->floor) * s->count);
        f->re[k] *= y > 0 ? slope / y : 0;
        f->im[k] *= y > 0 ? slope / y : 0;
    }
}

static void spectral_add(const tb_call *c, const spectral_frame *f, int64_t row,
                         int64_t j)
{
    const tb_stft_attr *how = f->how;
    int64_t n = how->n_fft, start = j * how->hop - how->left;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t k = 0; k <= n / 2; k++)
            sum += f->re[k] * how->cosine[k * i % n] -
                   f->im[k] * how->sine[k * i % n];
        *spectral_sample(c->out[1], row, start + i) +=
            (real)(how->window[i] * sum);
    }
}

static double spectral_scale(const tb_call *c, const tb_stft_attr *how)
{
    const tb_spectral_distance_attr *a = c->node->attr;
    spectral_frame f = spectral_frame_of(c, how);
    spectral_sums s = {.quiet = a->quiet[how - a->scale]};
    int64_t rows = spectral_rows(c), frames = spectral_frames(c, how);
    for (int64_t row = 0; row < rows; row++)
        for (int64_t j = 0; j < frames; j++) {
            spectral_transform(c, &f, row, j);
            spectral_measure(&f, a->floor, &s);
        }
    for (int64_t row = 0; c->out[1]->data && row < rows; row++)
        for (int64_t j = 0; j < frames; j++) {
            spectral_transform(c, &f, row, j);
            spectral_slopes(&f, a, &s);
            spectral_add(c, &f, row, j);
        }
    return a->linear * s.squares / spectral_energy(&s) +
           a->logarithmic * s.logs / s.count;
}

static TB_REALTIME void spectral_distance_run(const tb_call *c, int phase,
                                              int part, int parts)
{
    const tb_spectral_distance_attr *a = c->node->attr;
    double sum = 0;
    bool empty = tb_is_empty(c->in[0]);
    (void)phase, (void)part, (void)parts;
    if (c->out[1]->data)
        zero_tensor(c, c->out[1]);
    for (int i = 0; i < a->scales && !empty; i++)
        sum += spectral_scale(c, &a->scale[i]);
    if (c->out[0]->data)
        *(real *)c->out[0]->data = (real)sum;
}

static const tb_kernel_entry spectral_distance_kernels[] = {
    {&tb_op_spectral_distance,
     {.run = spectral_distance_run, .scratch = spectral_distance_scratch}},
    {0}};
