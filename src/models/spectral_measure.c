#include "models/spectral_measure.h"

#include "base/memory.h"
#include "dsp/principal.h"
#include "models/spectral_codes.h"
#include "nn/init.h"

#include <math.h>

static const double KEPT_AT_FIRST = 0.9;

const tb_buffer_row tb_spectral_buffers[] = {{"frames.", TB_WRITER_HOOK},
                                             {NULL, 0}};

/* ---- at the start ---- */

/* Waves along a frame, slower ones first, until there is something better. */
static void fill_waves(double *x, int64_t count, int64_t n)
{
    static const double HALF_TURN = 3.141592653589793;
    for (int64_t a = 0; a < count; a++)
        for (int64_t i = 0; i < n; i++)
            x[a * n + i] =
                sqrt((a ? 2 : 1) / (double)n) *
                cos(HALF_TURN * (double)a * ((double)i + 0.5) / (double)n);
}

static void set(tb_params *params, const char *name, const double *x)
{
    int i = tb_params_find(params, name);
    if (i >= 0 && x)
        tb_params_set(params, i, x);
}

void tb_spectral_init(const void *config, tb_params *params, uint64_t seed)
{
    const tb_spectral_frames *c = config;
    int64_t n = tb_spectral_levels(c);
    tb_init_params(params, seed);
    tb_init_fill(params, TB_FRAMES_DEVIATION, 1);
    tb_init_fill(params, TB_FRAMES_MOST, 1e6);
    tb_init_fill(params, TB_FRAMES_LOUDEST, 1e6);
    tb_init_fill(params, TB_FRAMES_KEPT, KEPT_AT_FIRST);
    if (!c->components)
        return;
    double *x = tb_alloc_array((size_t)c->components * (size_t)n, sizeof *x);
    if (x)
        fill_waves(x, c->components, n);
    set(params, TB_FRAMES_COMPONENTS, x);
    tb_free(x);
}

/* What hardly ever changes is not blown up; `most` becomes that of symbols, and
   a little more. */
static void keep_apart(double *deviation, double *most, int64_t n)
{
    double widest = 0;
    for (int64_t i = 0; i < n; i++)
        widest = fmax(widest, deviation[i]);
    for (int64_t i = 0; i < n; i++) {
        deviation[i] = fmax(deviation[i], fmax(0.02 * widest, 1e-6));
        most[i] = 1.05 * most[i] / deviation[i];
    }
}

/* How far levels get from their mean: x [frames, n]. */
static void find_most(const double *x, int64_t frames, int64_t n,
                      const double *mean, double *most)
{
    for (int64_t i = 0; i < n; i++)
        most[i] = 0;
    for (int64_t j = 0; j < frames; j++)
        for (int64_t i = 0; i < n; i++)
            most[i] = fmax(most[i], fabs(x[j * n + i] - mean[i]));
}

/* 1 dB above all of x [frames, n]. */
static void find_loudest(const tb_spectral_frames *c, const double *x,
                         int64_t frames, int64_t n, double *loudest)
{
    double more = pow(10, 1.0 / 20);
    for (int64_t i = 0; i < n; i++)
        loudest[i] = 0;
    for (int64_t j = 0; j < frames; j++)
        for (int64_t i = 0; i < n; i++)
            loudest[i] = fmax(loudest[i], x[j * n + i]);
    for (int64_t i = 0; i < n; i++)
        loudest[i] = c->scale == TB_SCALE_MAGNITUDE ? loudest[i] * more
                                                    : loudest[i] + log(more);
}

/* ---- what symbols say of levels ---- */

/* Levels x [frames, levels] about their mean, and directions [components,
   levels] if there are any. */
typedef struct measured_levels {
    const tb_spectral_frames *how;
    const double *x, *mean, *directions;
    int64_t frames, levels;
} measured_levels;

/* Vectors [frames, numbers]. */
static float *vectors_of(const measured_levels *h)
{
    int64_t numbers = tb_spectral_numbers(h->how), n = h->levels;
    float *y = tb_alloc_array((size_t)(h->frames * numbers) + 1, sizeof *y);
    for (int64_t j = 0; y && j < h->frames; j++)
        for (int64_t a = 0; a < numbers; a++) {
            const double *x = h->x + j * n;
            double sum = h->how->components ? 0 : x[a] - h->mean[a];
            for (int64_t i = 0; h->how->components && i < n; i++)
                sum += h->directions[a * n + i] * (x[i] - h->mean[i]);
            y[j * numbers + a] = (float)sum;
        }
    return y;
}

/* What of a frame's levels is not in its vector [numbers]: left [levels]. */
static void leave(const measured_levels *h, int64_t frame, const float *vector,
                  double *left)
{
    int64_t numbers = tb_spectral_numbers(h->how), n = h->levels;
    for (int64_t i = 0; i < n; i++)
        left[i] = h->x[frame * n + i] - h->mean[i];
    for (int64_t a = 0; a < numbers; a++) {
        if (!h->how->components)
            left[a] -= (double)vector[a];
        for (int64_t i = 0; h->how->components && i < n; i++)
            left[i] -= (double)vector[a] * h->directions[a * n + i];
    }
}

/* Its deviation in all frames, level by level, of vectors [frames, numbers]. */
static tb_status measure_left_out(const measured_levels *h, tb_params *params,
                                  const float *vectors, tb_error *error)
{
    int64_t numbers = tb_spectral_numbers(h->how), n = h->levels;
    double *left = tb_alloc_array((size_t)n, sizeof *left);
    double *sum = tb_alloc_array((size_t)n, sizeof *sum);
    tb_status status = left && sum ? TB_OK : tb_fail_memory(error);
    for (int64_t i = 0; i < n && !status; i++)
        sum[i] = 0;
    for (int64_t j = 0; j < h->frames && !status; j++) {
        leave(h, j, vectors + j * numbers, left);
        for (int64_t i = 0; i < n; i++)
            sum[i] += left[i] * left[i];
    }
    for (int64_t i = 0; i < n && !status; i++)
        sum[i] = sqrt(sum[i] / (double)(h->frames > 0 ? h->frames : 1));
    if (!status)
        set(params, TB_FRAMES_LEFT_OUT, sum);
    tb_free(left);
    tb_free(sum);
    return status;
}

static tb_status measure_symbols(const measured_levels *h, tb_params *params,
                                 uint64_t seed, tb_error *error)
{
    bool coded = tb_spectral_is_coded(h->how);
    if (!coded && !tb_spectral_leaves_out(h->how))
        return TB_OK;
    float *vectors = vectors_of(h);
    tb_status status = vectors ? TB_OK : tb_fail_memory(error);
    if (!status && coded)
        status =
            tb_spectral_learn_codes(h->how, params, vectors, h->frames,
                                    tb_spectral_numbers(h->how), seed, error);
    if (!status && tb_spectral_leaves_out(h->how))
        status = measure_left_out(h, params, vectors, error);
    tb_free(vectors);
    return status;
}

/* x [frames, levels of all channels] */
tb_status tb_spectral_measure(const void *config, tb_params *params,
                              const double *x, int64_t count, uint64_t seed,
                              tb_error *error)
{
    const tb_spectral_frames *c = config;
    int64_t n = tb_spectral_levels(c), k = c->components;
    double *all = tb_alloc_array((size_t)(4 * n + 2 * k + n * k), sizeof *all);
    tb_status status = TB_OK;
    if (!all)
        return tb_fail_memory(error);
    double *mean = all, *deviation = all + n, *most = deviation + n + k;
    double *directions = most + n + k, *loudest = directions + n * k;
    tb_mean_and_deviation(x, count / n, n, mean, deviation);
    find_most(x, count / n, n, mean, most);
    find_loudest(c, x, count / n, n, loudest);
    if (k)
        status = tb_principal_components(x, count / n, n, k, mean, seed,
                                         directions, deviation, most, error);
    if (!status) {
        keep_apart(deviation, most, k ? k : n);
        set(params, TB_FRAMES_MEAN, mean);
        set(params, TB_FRAMES_DEVIATION, deviation);
        set(params, TB_FRAMES_MOST, most);
        set(params, TB_FRAMES_LOUDEST, loudest);
        set(params, TB_FRAMES_COMPONENTS, directions);
        const measured_levels h = {c, x, mean, directions, count / n, n};
        status = measure_symbols(&h, params, seed, error);
    }
    tb_free(all);
    return status;
}
