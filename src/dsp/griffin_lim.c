#include "dsp/griffin_lim.h"

#include "base/memory.h"
#include "base/random.h"
#include "dsp/rfft.h"
#include "dsp/spectra_ops.h"
#include "engine/fft.h"
#include "engine/ops.h"
#include "engine/stream.h"

#include <math.h>
#include <string.h>

typedef struct inversion {
    const tb_griffin_lim *how;
    const float *magnitudes;
    int64_t frames, n, bins;
    float *y;      /* [n] */
    float *last;   /* [n]: y of the iteration before */
    double *next;  /* [n]: what frames add up to */
    double *power; /* [n]: the sum of their squared windows */
    double *window;
    float *wave; /* [size] */
    float *z;    /* [2 bins] */
    tb_rfft *fft;
} inversion;

tb_griffin_lim tb_griffin_lim_usual(int size, int hop)
{
    return (tb_griffin_lim){.size = size,
                            .hop = hop,
                            .before = size / 2,
                            .window = TB_WINDOW_HANN,
                            .iterations = 32,
                            .momentum = 0.99};
}

/* ---- frames ---- */

static int64_t start_of(const inversion *v, int64_t j)
{
    return j * v->how->hop - v->how->before;
}

/* Samples of frame j that there are: from i to what is given. */
static int64_t samples_of(const inversion *v, int64_t j, int64_t *i)
{
    int64_t start = start_of(v, j), to = v->n - start;
    *i = start < 0 ? -start : 0;
    return to < v->how->size ? to : v->how->size;
}

/* The spectrum of frame j of y, and so much of how y changed: transforms are
   linear, so that spectra of an iteration before need not be kept. */
static void analyse(inversion *v, int64_t j, double momentum)
{
    int64_t i, to = samples_of(v, j, &i), start = start_of(v, j);
    memset(v->wave, 0, sizeof *v->wave * (size_t)v->how->size);
    for (; i < to; i++) {
        double now = (double)v->y[start + i];
        double more = momentum * (now - (double)v->last[start + i]);
        v->wave[i] = (float)(v->window[i] * (now + more));
    }
    tb_rfft_forward(v->fft, v->wave, v->z);
}

static double magnitude_of(const inversion *v, int64_t j, int64_t k)
{
    float s = v->magnitudes[j * v->bins + k];
    return s > 0 && s <= 1e30f ? (double)s : 0;
}

/* Frame j keeps the phases of z and takes the magnitudes given. */
static void take_magnitudes(inversion *v, int64_t j)
{
    for (int64_t k = 0; k < v->bins; k++) {
        float re = v->z[2 * k], im = v->z[2 * k + 1];
        float power = re * re + im * im, s = (float)magnitude_of(v, j, k);
        bool has = power > 1e-36f;
        float by = has ? s / sqrtf(power) : s;
        v->z[2 * k] = by * (has ? re : 1);
        v->z[2 * k + 1] = by * (has ? im : 0);
    }
}

static void add(inversion *v, int64_t j)
{
    int64_t i, to = samples_of(v, j, &i), start = start_of(v, j);
    tb_rfft_inverse(v->fft, v->z, v->wave);
    for (; i < to; i++)
        v->next[start + i] += v->window[i] * (double)v->wave[i];
}

static void finish_iteration(inversion *v)
{
    for (int64_t i = 0; i < v->n; i++) {
        double y = v->power[i] > 0 ? v->next[i] / v->power[i] : 0;
        v->last[i] = v->y[i];
        v->y[i] = (float)y;
        v->next[i] = 0;
    }
}

/* Where windows hardly reach nothing is known: there shares stay small. */
static void weigh(inversion *v)
{
    const double little = 1e-3;
    double most = 0;
    for (int64_t j = 0; j < v->frames; j++) {
        int64_t i, to = samples_of(v, j, &i), start = start_of(v, j);
        for (; i < to; i++)
            v->power[start + i] += v->window[i] * v->window[i];
    }
    for (int64_t i = 0; i < v->n; i++)
        most = fmax(most, v->power[i]);
    for (int64_t i = 0; i < v->n; i++)
        v->power[i] = fmax(v->power[i], little * most);
}

/* ---- starts ---- */

static void start_anyhow(inversion *v)
{
    tb_rng rng = {v->how->seed, 0};
    for (int64_t j = 0; j < v->frames; j++) {
        for (int64_t k = 0; k < v->bins; k++) {
            double angle = 6.283185307179586 * tb_rng_uniform(&rng);
            double s = magnitude_of(v, j, k);
            v->z[2 * k] = (float)(s * cos(angle));
            v->z[2 * k + 1] = (float)(s * sin(angle));
        }
        add(v, j);
    }
    finish_iteration(v);
}

enum { BLOCK = 16 };

/* Magnitudes to spectra with phases, a graph of one input. */
static tb_value *recovering(tb_graph *g, const inversion *v)
{
    const tb_spectra how = {v->how->size, v->how->hop, v->how->window};
    return tb_spectra_recovered(
        tb_input(g, "magnitudes", TB_REAL, tb_dims(1, v->bins, TB_FRAMES)),
        &how, &tb_recovery_usual, NULL, NULL);
}

/* Frames that have come are added to those before. */
static void take_frames(inversion *v, const tb_tensor *t)
{
    for (int64_t j = 0; j < t->dim[2]; j++) {
        const float *z = (const float *)t->data + j * t->stride[2];
        for (int64_t k = 0; k < v->bins; k++)
            for (int i = 0; i < 2; i++)
                v->z[2 * k + i] = z[k * t->stride[1] + i * t->stride[3]];
        if (t->first + j < v->frames)
            add(v, t->first + j);
    }
}

static void give_frames(const inversion *v, tb_tensor t, int64_t from,
                        int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        for (int64_t k = 0; k < v->bins; k++)
            ((float *)t.data)[j * t.stride[2] + k * t.stride[1]] =
                (float)magnitude_of(v, from + j, k);
}

static void run_through(inversion *v, tb_stream *s, const tb_value *in,
                        const tb_value *out)
{
    for (int64_t j = 0; !tb_stream_done(s); j += BLOCK) {
        int64_t left = v->frames - j, n = left < BLOCK ? left : BLOCK;
        if (n > 0)
            give_frames(v, tb_stream_write(s, in, n), j, n);
        else
            tb_stream_finish(s);
        tb_stream_run(s, n > 0 ? n : BLOCK);
        tb_tensor fresh = tb_stream_read(s, out);
        take_frames(v, &fresh);
    }
    finish_iteration(v);
}

static tb_status start_streamed(inversion *v, tb_error *error)
{
    tb_graph *g = tb_graph_new();
    tb_value *y = g ? recovering(g, v) : NULL;
    tb_stream_settings settings = {.n_max = BLOCK};
    tb_stream_plan *plan = NULL;
    tb_stream *s = NULL;
    tb_status status = g ? tb_graph_check(g, error) : tb_fail_memory(error);
    if (status == TB_OK) {
        plan = tb_stream_plan_new(g, 1, &y, &settings, error);
        s = plan ? tb_stream_new(plan, 0, error) : NULL;
        status = s ? TB_OK : TB_ERR_MEMORY;
    }
    if (s)
        run_through(v, s, tb_graph_first(g)->out[0], y);
    tb_stream_free(s);
    tb_stream_plan_free(plan);
    tb_graph_free(g);
    return status;
}

/* ---- set-up ---- */

static tb_status check(const tb_griffin_lim *how, tb_error *error)
{
    if (how->size < 1 || how->size > TB_FFT_MOST || how->hop < 1 ||
        how->hop > how->size || how->before < 0 || how->before >= how->size)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Spectra of %d samples every %d: the hop must be from 1 "
                       "to the size.",
                       how->size, how->hop);
    if (how->iterations < 0 || !(how->momentum >= 0) || how->momentum >= 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Griffin-Lim: iterations are 0 or more, their momentum "
                       "is from 0 to below 1.");
    return TB_OK;
}

static bool make_room(inversion *v)
{
    size_t n = (size_t)v->n, size = (size_t)v->how->size;
    v->last = tb_alloc_array(n, sizeof *v->last);
    v->next = tb_alloc_array(n, sizeof *v->next);
    v->power = tb_alloc_array(n, sizeof *v->power);
    v->window = tb_alloc_array(size, sizeof *v->window);
    v->wave = tb_alloc_array(size, sizeof *v->wave);
    v->z = tb_alloc_array(2 * (size_t)v->bins, sizeof *v->z);
    v->fft = tb_rfft_new(v->how->size);
    if (!v->last || !v->next || !v->power || !v->window || !v->wave || !v->z ||
        !v->fft)
        return false;
    tb_window_fill(v->how->window, v->how->size, v->window);
    return true;
}

static void free_room(inversion *v)
{
    tb_free(v->last);
    tb_free(v->next);
    tb_free(v->power);
    tb_free(v->window);
    tb_free(v->wave);
    tb_free(v->z);
    tb_rfft_free(v->fft);
}

static void iterate(inversion *v, int i)
{
    for (int64_t j = 0; j < v->frames; j++) {
        analyse(v, j, i ? v->how->momentum : 0);
        take_magnitudes(v, j);
        add(v, j);
    }
    finish_iteration(v);
}

tb_status tb_sound_of_magnitudes(const tb_griffin_lim *how,
                                 const float *magnitudes, int64_t frames,
                                 float *y, int64_t n, tb_error *error)
{
    inversion v = {.how = how,
                   .magnitudes = magnitudes,
                   .frames = frames,
                   .n = n,
                   .bins = how->size / 2 + 1,
                   .y = y};
    tb_status status = check(how, error);
    if (status)
        return status;
    memset(y, 0, sizeof *y * (size_t)n);
    if (!make_room(&v))
        status = tb_fail_memory(error);
    if (status == TB_OK)
        weigh(&v);
    if (status == TB_OK && how->start == TB_START_RANDOM)
        start_anyhow(&v);
    else if (status == TB_OK)
        status = start_streamed(&v, error);
    for (int i = 0; status == TB_OK && i < how->iterations; i++)
        iterate(&v, i);
    free_room(&v);
    return status;
}

double tb_spectral_convergence(const tb_griffin_lim *how,
                               const float *magnitudes, int64_t frames,
                               const float *y, int64_t n)
{
    inversion v = {.how = how,
                   .magnitudes = magnitudes,
                   .frames = frames,
                   .n = n,
                   .bins = how->size / 2 + 1};
    double off = 0, all = 0;
    bool good = check(how, NULL) == TB_OK && make_room(&v);
    if (good)
        v.y = v.last;
    for (int64_t i = 0; good && i < n; i++)
        v.y[i] = y[i];
    for (int64_t j = 0; good && j < frames; j++) {
        analyse(&v, j, 0);
        for (int64_t k = 0; k < v.bins; k++) {
            double re = (double)v.z[2 * k], im = (double)v.z[2 * k + 1];
            double s = magnitude_of(&v, j, k);
            off += pow(sqrt(re * re + im * im) - s, 2);
            all += s * s;
        }
    }
    free_room(&v);
    return good ? 10 * log10(off / all) : NAN;
}
