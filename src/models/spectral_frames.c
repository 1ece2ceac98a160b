#include "models/spectral_frames.h"

#include "dsp/mel_ops.h"
#include "dsp/spectra_ops.h"
#include "engine/ops/complex.h"
#include "engine/ops/conv.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/random.h"
#include "engine/ops/shape.h"
#include "models/spectral_codes.h"
#include "models/spectral_measure.h"
#include "nn/layers.h"

#include <math.h>

/* Steps towards bins that have these bands. */
enum { MEL_STEPS = 8 };

static const tb_control left_out_control = {
    .name = "left_out",
    .help = "Noise in place of what frames leave out, with left_out.",
    .type = TB_CONTROL_REAL,
    .low = 0,
    .high = 4,
    .standard = 1,
    .length = 1,
    .per_row = true};

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

int64_t tb_spectral_levels(const tb_spectral_frames *c)
{
    return levels_of(c) * c->channels;
}

bool tb_spectral_is_coded(const tb_spectral_frames *c)
{
    return c->head == TB_HEAD_CODES;
}

bool tb_spectral_leaves_out(const tb_spectral_frames *c)
{
    return c->left_out && (c->components > 0 || tb_spectral_is_coded(c));
}

static bool is_measured(const tb_spectral_frames *c)
{
    return c->normalise || c->components || tb_spectral_is_coded(c);
}

static double floor_of(const tb_spectral_frames *c)
{
    return pow(10, c->floor / 20);
}

int64_t tb_spectral_numbers(const tb_spectral_frames *c)
{
    return c->components ? c->components : tb_spectral_levels(c);
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
    if (tb_spectral_is_coded(c))
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

const char *tb_spectral_differ(const void *a, const void *b)
{
    const tb_spectral_frames *c = a, *d = b;
    if (c->fft_size != d->fft_size)
        return "fft_size";
    if (c->fft_window != d->fft_window)
        return "fft_window";
    if (c->scale != d->scale)
        return "scale";
    bool same = c->scale == TB_SCALE_MAGNITUDE || c->floor == d->floor;
    return same ? NULL : "floor";
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
    return tb_param(x->graph, TB_FRAMES_COMPONENTS,
                    tb_dims(c->components, tb_spectral_levels(c), 1));
}

/* Levels without their mean, or their principal components. */
static tb_value *vectors_of(const tb_spectral_frames *c, tb_value *levels)
{
    tb_value *x =
        tb_sub(levels, buffer(levels, TB_FRAMES_MEAN, tb_spectral_levels(c)));
    return c->components
               ? tb_conv(x, components(c, levels), NULL, tb_conv_plain(1, 1))
               : x;
}

static tb_value *levels_of_vectors(const tb_spectral_frames *c, tb_value *x)
{
    if (x && c->components)
        x = tb_conv_transposed(x, components(c, x), NULL, tb_conv_plain(1, 1));
    return x ? tb_add(x, buffer(x, TB_FRAMES_MEAN, tb_spectral_levels(c)))
             : NULL;
}

static tb_value *deviation_of(const tb_spectral_frames *c, tb_value *x)
{
    return buffer(x, TB_FRAMES_DEVIATION, tb_spectral_numbers(c));
}

static tb_value *symbols_of(const tb_spectral_frames *c, tb_value *levels)
{
    if (!levels || !is_measured(c))
        return levels;
    tb_value *x = vectors_of(c, levels);
    return tb_spectral_is_coded(c) ? tb_spectral_codes_of(c, x)
                                   : tb_div(x, deviation_of(c, levels));
}

/* What a network said is as far from the mean as the recordings ever are: what
   is said from there does not go astray. */
static tb_value *known(const tb_spectral_frames *c, tb_value *x)
{
    if (!x || (!c->normalise && !c->components))
        return x;
    tb_value *most = buffer(x, TB_FRAMES_MOST, tb_spectral_numbers(c));
    x = tb_combine(TB_MIN, x, most);
    return tb_combine(TB_MAX, x, tb_scale(most, -1));
}

static tb_value *levels_of_symbols(const tb_spectral_frames *c, tb_value *x)
{
    if (!x || !is_measured(c))
        return x;
    return levels_of_vectors(
        c, tb_spectral_is_coded(c)
               ? tb_spectral_vectors(c, x, tb_spectral_numbers(c))
               : tb_mul(known(c, x), deviation_of(c, x)));
}

/* What frames leave out, as noise that is as loud: as hot as what was drawn. */
static tb_value *filled(tb_builder *b, tb_value *levels)
{
    const tb_spectral_frames *c = b->config;
    if (!levels || !tb_spectral_leaves_out(c))
        return levels;
    tb_value *much = tb_builder_control(b, &left_out_control);
    if (b->temperature)
        much = tb_mul(much, b->temperature);
    tb_value *noise =
        tb_mul(tb_noise(levels, TB_NORMAL_NOISE, tb_value_shape(levels)),
               buffer(levels, TB_FRAMES_LEFT_OUT, tb_spectral_levels(c)));
    return tb_add(levels,
                  tb_mul(noise, tb_reshape(much, tb_dims(b->rows, 1, 1))));
}

/* No level is louder than in any recording: what frames are put together from,
   one by one, may add up to more. */
static tb_value *no_louder(const tb_spectral_frames *c, tb_value *levels)
{
    if (!levels || !is_measured(c))
        return levels;
    return tb_combine(TB_MIN, levels,
                      buffer(levels, TB_FRAMES_LOUDEST, tb_spectral_levels(c)));
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
    tb_value *levels = filled(b, levels_of_symbols(c, symbols));
    levels = within(c, part_channels(c, no_louder(c, levels)));
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
    if (tb_spectral_is_coded(c))
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
    if (tb_spectral_is_coded(b->config))
        return tb_spectral_past(heard_codes(b, symbols), context, spare);
    return tb_spectral_noisy(b, tb_spectral_past(symbols, context, spare));
}

/* What of the last frame goes on by itself. */
static tb_value *kept(const tb_spectral_frames *c, tb_value *last)
{
    return tb_mul(known(c, last),
                  buffer(last, TB_FRAMES_KEPT, tb_spectral_numbers(c)));
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
    if (tb_spectral_is_coded(c))
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
