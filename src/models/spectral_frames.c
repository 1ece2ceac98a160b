#include "models/spectral_frames.h"

#include "base/memory.h"
#include "dsp/mel_ops.h"
#include "dsp/principal.h"
#include "dsp/spectra_ops.h"
#include "engine/ops/complex.h"
#include "engine/ops/conv.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/random.h"
#include "engine/ops/shape.h"
#include "models/spectral_codes.h"
#include "nn/init.h"
#include "nn/layers.h"

#include <math.h>

/* Steps towards bins that have these bands. */
enum { MEL_STEPS = 8 };

/* Buffers that tb_spectral_measure writes. */
static const char MEAN[] = "frames.mean", DEVIATION[] = "frames.deviation",
                  MOST[] = "frames.most", COMPONENTS[] = "frames.components";

/* How much of the last frame goes on, number by number: learned from here. */
static const char KEPT[] = "head.kept";
static const double KEPT_AT_FIRST = 0.9;

const tb_buffer_row tb_spectral_buffers[] = {{"frames.", TB_WRITER_HOOK},
                                             {NULL, 0}};

/* ---- sizes ---- */

static tb_spectra spectra_of(const tb_spectral_frames *c)
{
    return (tb_spectra){c->fft_size, c->hop, (tb_window_kind)c->fft_window};
}

/* Numbers of a channel before they are symbols. */
static int64_t levels_of(const tb_spectral_frames *c)
{
    return c->scale == TB_SCALE_MEL ? c->bands : c->fft_size / 2 + 1;
}

static bool is_coded(const tb_spectral_frames *c)
{
    return c->head == TB_HEAD_CODES;
}

static double floor_of(const tb_spectral_frames *c)
{
    return pow(10, c->floor / 20);
}

int64_t tb_spectral_numbers(const tb_spectral_frames *c)
{
    return c->components ? c->components : levels_of(c) * c->channels;
}

int64_t tb_spectral_incomplete(const tb_spectral_frames *c)
{
    return (c->fft_size - 1) / c->hop;
}

/* Neighbours of a group, of both channels. */
static int64_t group_of(const tb_spectral_frames *c)
{
    int64_t each = c->components ? 1 : c->channels;
    int64_t units = tb_spectral_numbers(c) / each;
    return (units + c->groups - 1) / c->groups * each;
}

tb_sound_format tb_spectral_format(const void *config)
{
    const tb_spectral_frames *c = config;
    return (tb_sound_format){c->sample_rate, c->channels};
}

tb_symbols tb_spectral_symbols(const void *config)
{
    const tb_spectral_frames *c = config;
    if (is_coded(c))
        return (tb_symbols){.type = TB_I64,
                            .channels = c->codes,
                            .levels = c->code_levels,
                            .frames = 1,
                            .per = c->hop};
    return (tb_symbols){.type = TB_REAL,
                        .channels = (int)tb_spectral_numbers(c),
                        .frames = 1,
                        .per = c->hop};
}

/* ---- levels ---- */

/* [rows, channels, frames] as lines [rows * channels, frames]. */
static tb_value *lines_of(tb_value *sound)
{
    return sound ? tb_reshape(sound,
                              tb_dims(sound->dim[0] * sound->dim[1], TB_FRAMES))
                 : NULL;
}

static tb_mel *mel_of(const tb_spectral_frames *c)
{
    const tb_mel_shape shape = {c->fft_size, c->sample_rate,     c->bands,
                                0,           c->sample_rate / 2, TB_MEL_SLANEY,
                                TB_MEL_MEAN};
    return tb_mel_new_of(&shape);
}

static tb_value *bands_of(const tb_spectral_frames *c, tb_value *magnitudes)
{
    tb_mel *mel = magnitudes ? mel_of(c) : NULL;
    tb_value *bands = mel ? tb_bands_of_spectra(magnitudes, mel) : NULL;
    if (magnitudes && !mel)
        tb_graph_fail(magnitudes->graph, "There is not enough memory.");
    tb_mel_free(mel);
    return bands;
}

/* Spectra [lines, bins, frames, 2] to levels [lines, levels, frames]. */
static tb_value *levels_of_spectra(const tb_spectral_frames *c, tb_value *s)
{
    if (c->scale == TB_SCALE_LOG)
        return tb_spectra_levels(s, floor_of(c));
    tb_value *magnitudes = s ? tb_magnitude(tb_as_complex(s)) : NULL;
    if (c->scale == TB_SCALE_MAGNITUDE)
        return tb_scale(magnitudes, c->fft_size / 4.0);
    return tb_map(tb_scale(bands_of(c, magnitudes), 1 / floor_of(c)), TB_LOG1P,
                  0, 0);
}

static tb_value *bins_of_bands(const tb_spectral_frames *c, tb_value *bands)
{
    tb_mel *mel = bands ? mel_of(c) : NULL;
    tb_mel_inverse *inverse = mel ? tb_mel_inverse_new(mel) : NULL;
    tb_value *bins =
        inverse ? tb_spectra_of_bands(bands, inverse, MEL_STEPS) : NULL;
    if (bands && !inverse)
        tb_graph_fail(bands->graph, "There is not enough memory.");
    tb_mel_inverse_free(inverse);
    tb_mel_free(mel);
    return bins;
}

/* What a network may say beyond all that there is does no harm: full scale and
   12 dB. */
static tb_value *within(const tb_spectral_frames *c, tb_value *levels)
{
    double most =
        c->scale == TB_SCALE_MAGNITUDE ? c->fft_size : log1p(4 / floor_of(c));
    return tb_map(levels, TB_CLAMP, 0, most);
}

static tb_value *magnitudes_of_levels(const tb_spectral_frames *c,
                                      tb_value *levels)
{
    if (c->scale == TB_SCALE_MAGNITUDE)
        return tb_scale(levels, 4.0 / c->fft_size);
    tb_value *x = tb_level_magnitudes(levels, floor_of(c));
    return c->scale == TB_SCALE_MEL ? bins_of_bands(c, x) : x;
}

/* ---- both channels as one frame ---- */

/* Lines [rows * channels, levels, frames] to [rows, levels * channels, frames];
   and back. */
static tb_value *join_channels(const tb_spectral_frames *c, tb_value *x)
{
    int64_t n = levels_of(c), ch = c->channels;
    if (!x || ch == 1)
        return x;
    int64_t rows = x->dim[0] / ch;
    x = tb_transpose(tb_reshape(x, tb_dims(rows, ch, n, TB_FRAMES)), 1, 2);
    return x ? tb_reshape(x, tb_dims(rows, n * ch, TB_FRAMES)) : NULL;
}

static tb_value *part_channels(const tb_spectral_frames *c, tb_value *x)
{
    int64_t n = levels_of(c), ch = c->channels;
    if (!x || ch == 1)
        return x;
    int64_t rows = x->dim[0];
    x = tb_transpose(tb_reshape(x, tb_dims(rows, n, ch, TB_FRAMES)), 1, 2);
    return x ? tb_reshape(x, tb_dims(rows * ch, n, TB_FRAMES)) : NULL;
}

/* ---- levels and symbols ---- */

static tb_value *buffer(tb_value *x, const char *name, int64_t n)
{
    return tb_reshape(tb_param(x->graph, name, tb_dims(n)), tb_dims(1, n, 1));
}

static tb_value *components(const tb_spectral_frames *c, tb_value *x)
{
    return tb_param(x->graph, COMPONENTS,
                    tb_dims(c->components, levels_of(c) * c->channels, 1));
}

static bool is_measured(const tb_spectral_frames *c)
{
    return c->normalise || c->components || is_coded(c);
}

/* Levels without their mean, or their principal components. */
static tb_value *vectors_of(const tb_spectral_frames *c, tb_value *levels)
{
    tb_value *x =
        tb_sub(levels, buffer(levels, MEAN, levels_of(c) * c->channels));
    return c->components
               ? tb_conv(x, components(c, levels), NULL, tb_conv_plain(1, 1))
               : x;
}

static tb_value *levels_of_vectors(const tb_spectral_frames *c, tb_value *x)
{
    if (x && c->components)
        x = tb_conv_transposed(x, components(c, x), NULL, tb_conv_plain(1, 1));
    return x ? tb_add(x, buffer(x, MEAN, levels_of(c) * c->channels)) : NULL;
}

static tb_value *deviation_of(const tb_spectral_frames *c, tb_value *x)
{
    return buffer(x, DEVIATION, tb_spectral_numbers(c));
}

static tb_value *symbols_of(const tb_spectral_frames *c, tb_value *levels)
{
    if (!levels || !is_measured(c))
        return levels;
    tb_value *x = vectors_of(c, levels);
    return is_coded(c) ? tb_spectral_codes_of(c, x)
                       : tb_div(x, deviation_of(c, levels));
}

/* What a network said is as far from the mean as the recordings ever are: what
   is said from there does not go astray. */
static tb_value *known(const tb_spectral_frames *c, tb_value *x)
{
    if (!x || (!c->normalise && !c->components))
        return x;
    tb_value *most = buffer(x, MOST, tb_spectral_numbers(c));
    x = tb_combine(TB_MIN, x, most);
    return tb_combine(TB_MAX, x, tb_scale(most, -1));
}

static tb_value *levels_of_symbols(const tb_spectral_frames *c, tb_value *x)
{
    if (!x || !is_measured(c))
        return x;
    return levels_of_vectors(
        c, is_coded(c) ? tb_spectral_vectors(c, x, tb_spectral_numbers(c))
                       : tb_mul(known(c, x), deviation_of(c, x)));
}

/* ---- encode and decode ---- */

tb_value *tb_spectral_encode(tb_builder *b, tb_value *sound)
{
    const tb_spectral_frames *c = b->config;
    tb_spectra how = spectra_of(c);
    tb_value *levels = join_channels(
        c, levels_of_spectra(c, tb_spectra_of(lines_of(sound), &how)));
    if (is_measured(c))
        b->measured = tb_transpose(
            tb_pad(levels, 2, -tb_spectral_incomplete(c), 0), 1, 2);
    return symbols_of(c, levels);
}

tb_value *tb_spectral_decode(tb_builder *b, tb_value *symbols,
                             const tb_prime *prime)
{
    const tb_spectral_frames *c = b->config;
    tb_spectra how = spectra_of(c);
    tb_value *truth = lines_of(prime->sound);
    tb_value *known = tb_frame_ends(prime->primed, c->hop);
    tb_value *levels =
        within(c, part_channels(c, levels_of_symbols(c, symbols)));
    levels = tb_levels_from_known(levels, known, tb_spectral_incomplete(c) + 1);
    tb_value *spectra = tb_spectra_recovered(magnitudes_of_levels(c, levels),
                                             &how, &tb_recovery_usual,
                                             tb_spectra_of(truth, &how), known);
    tb_value *y = tb_sound_of_spectra(spectra, &how);
    if (truth)
        y = tb_mend_seam(y, truth, prime->primed, c->hop);
    return y ? tb_reshape(y, tb_dims(b->rows, c->channels, TB_FRAMES)) : NULL;
}

/* ---- what a network reads, and says ---- */

tb_value *tb_spectral_past(tb_value *symbols, int64_t context, int64_t spare)
{
    if (symbols && symbols->type == TB_I64)
        return NULL;
    return tb_pad(symbols, 2, 1 - context + spare, -1);
}

/* Codes as the numbers that they stand for. */
static tb_value *heard_codes(const tb_builder *b, tb_value *symbols)
{
    const tb_spectral_frames *c = b->config;
    if (b->learning && c->past_noise > 0)
        symbols = tb_spectral_confused(c, symbols);
    tb_value *x = tb_spectral_vectors(c, symbols, tb_spectral_numbers(c));
    return x ? tb_div(x, deviation_of(c, x)) : NULL;
}

tb_value *tb_spectral_noisy(tb_builder *b, tb_value *x)
{
    const tb_spectral_frames *c = b->config;
    if (is_coded(c))
        return heard_codes(b, x);
    x = known(c, x);
    if (!x || !b->learning || c->past_noise == 0)
        return x;
    return tb_add(x, tb_scale(tb_noise(x, TB_NORMAL_NOISE, tb_value_shape(x)),
                              c->past_noise));
}

tb_value *tb_spectral_heard(tb_builder *b, tb_value *symbols, int64_t context,
                            int64_t spare)
{
    if (is_coded(b->config))
        return tb_spectral_past(heard_codes(b, symbols), context, spare);
    return tb_spectral_noisy(b, tb_spectral_past(symbols, context, spare));
}

/* What of the last frame goes on by itself. */
static tb_value *kept(const tb_spectral_frames *c, tb_value *last)
{
    return tb_mul(known(c, last), buffer(last, KEPT, tb_spectral_numbers(c)));
}

static tb_distribution plain(const tb_spectral_frames *c, tb_value *found,
                             tb_value *last)
{
    tb_value *x = tb_transpose(
        tb_linear_layer(found, "head", tb_spectral_numbers(c), 0), 1, 2);
    x = c->residual ? tb_add(kept(c, last), x) : x;
    return tb_plain_distribution(tb_activation(x, c->plain_activation));
}

tb_distribution tb_spectral_head(const tb_spectral_frames *c, tb_value *found,
                                 tb_value *last)
{
    int64_t n = tb_spectral_numbers(c), size = group_of(c);
    const int64_t out[] = {c->choices * n, c->choices * n,
                           c->choices * c->groups};
    tb_value *said[3];
    if (is_coded(c))
        return tb_codes_distribution(found, "head", c->codes, c->code_levels);
    if (!found || !last)
        return tb_plain_distribution(NULL);
    if (c->head == TB_HEAD_PLAIN)
        return plain(c, found, last);
    int64_t rows = found->dim[0];
    tb_shape vectors = tb_dims(rows, TB_FRAMES, c->choices, n);
    tb_linear_parts(found, "head", 3, out, 0, said);
    tb_value *mean = tb_reshape(said[0], vectors);
    tb_value *deviation =
        tb_map(tb_reshape(said[1], vectors), TB_SOFTPLUS, 0, 0);
    deviation = tb_map(tb_map(deviation, TB_AFFINE, 1, c->least_deviation),
                       TB_LOG, 0, 0);
    if (c->residual)
        mean = tb_add(mean, tb_reshape(tb_transpose(kept(c, last), 1, 2),
                                       tb_dims(rows, TB_FRAMES, 1, n)));
    tb_value *logits =
        tb_reshape(said[2], tb_dims(rows, TB_FRAMES, c->groups, c->choices));
    return tb_frames_of_normals(logits, mean, deviation, size);
}

/* ---- buffers ---- */

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
    int64_t n = levels_of(c) * c->channels;
    tb_init_params(params, seed);
    tb_init_fill(params, DEVIATION, 1);
    tb_init_fill(params, MOST, 1e6);
    tb_init_fill(params, KEPT, KEPT_AT_FIRST);
    if (!c->components)
        return;
    double *x = tb_alloc_array((size_t)c->components * (size_t)n, sizeof *x);
    if (x)
        fill_waves(x, c->components, n);
    set(params, COMPONENTS, x);
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

/* Vectors [frames, numbers] of levels x [frames, n]. */
static float *vectors_at(const tb_spectral_frames *c, const double *x,
                         int64_t frames, int64_t n, const double *mean,
                         const double *directions)
{
    int64_t numbers = tb_spectral_numbers(c);
    float *y = tb_alloc_array((size_t)(frames * numbers) + 1, sizeof *y);
    for (int64_t j = 0; y && j < frames; j++)
        for (int64_t a = 0; a < numbers; a++) {
            double sum = c->components ? 0 : x[j * n + a] - mean[a];
            for (int64_t i = 0; c->components && i < n; i++)
                sum += directions[a * n + i] * (x[j * n + i] - mean[i]);
            y[j * numbers + a] = (float)sum;
        }
    return y;
}

static tb_status measure_codes(const tb_spectral_frames *c, tb_params *params,
                               const double *x, int64_t frames, int64_t n,
                               const double *mean, const double *directions,
                               uint64_t seed, tb_error *error)
{
    float *vectors = vectors_at(c, x, frames, n, mean, directions);
    tb_status status =
        vectors ? tb_spectral_learn_codes(c, params, vectors, frames,
                                          tb_spectral_numbers(c), seed, error)
                : tb_fail_memory(error);
    tb_free(vectors);
    return status;
}

/* x [frames, levels of all channels] */
tb_status tb_spectral_measure(const void *config, tb_params *params,
                              const double *x, int64_t count, uint64_t seed,
                              tb_error *error)
{
    const tb_spectral_frames *c = config;
    int64_t n = levels_of(c) * c->channels, k = c->components;
    double *all = tb_alloc_array((size_t)(3 * n + 2 * k + n * k), sizeof *all);
    tb_status status = TB_OK;
    if (!all)
        return tb_fail_memory(error);
    double *mean = all, *deviation = all + n, *most = deviation + n + k;
    double *directions = most + n + k;
    tb_mean_and_deviation(x, count / n, n, mean, deviation);
    find_most(x, count / n, n, mean, most);
    if (k)
        status = tb_principal_components(x, count / n, n, k, mean, seed,
                                         directions, deviation, most, error);
    if (!status) {
        keep_apart(deviation, most, k ? k : n);
        set(params, MEAN, mean);
        set(params, DEVIATION, deviation);
        set(params, MOST, most);
        set(params, COMPONENTS, directions);
        if (is_coded(c))
            status = measure_codes(c, params, x, count / n, n, mean, directions,
                                   seed, error);
    }
    tb_free(all);
    return status;
}
