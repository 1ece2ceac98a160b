/* A network that foresees spectra frame by frame: a recurrent layer over the
   levels of the last frame says those of the next. Its decoder goes on
   with the phases of the prompt. An instrument of one file and one row. */
#ifndef TB_TEST_GENERATE_SPECTRAL_H
#define TB_TEST_GENERATE_SPECTRAL_H

#include "dsp/spectra_ops.h"
#include "engine/ops.h"
#include "models/instrument.h"
#include "nn/layers.h"

typedef struct spectral {
    double sample_rate;
    int channels, size, hop, hidden;
} spectral;

/* A hundredth of a percent is as good as silence. */
static const double spectral_floor = 1e-4;

static const tb_setting spectral_rows[] = {
    TB_SETTING_FLOAT(spectral, sample_rate, "8000", 1000, 192000, "Hz",
                     "Sample rate."),
    TB_SETTING_INT(spectral, channels, "1", 1, 2, NULL, "Channels."),
    TB_SETTING_INT(spectral, size, "256", 4, 65536, "samples", "Window."),
    TB_SETTING_INT(spectral, hop, "64", 1, 65536, "samples",
                   "From frame to frame."),
    TB_SETTING_INT(spectral, hidden, "48", 1, 4096, NULL,
                   "Size of the recurrent layer."),
};

static const tb_settings spectral_settings = {
    "network", spectral_rows, sizeof spectral_rows / sizeof *spectral_rows,
    NULL, 0};

static inline tb_status spectral_check(const void *config, tb_error *error)
{
    const spectral *c = config;
    if (c->size >= c->hop && c->size % c->hop == 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "The window must consist of whole hops.");
}

static inline tb_sound_format spectral_format(const void *config)
{
    const spectral *c = config;
    return (tb_sound_format){c->sample_rate, c->channels};
}

static inline tb_spectra spectral_spectra(const spectral *c)
{
    return (tb_spectra){c->size, c->hop, TB_WINDOW_BELL};
}

static inline tb_symbols spectral_symbols(const void *config)
{
    const spectral *c = config;
    return (tb_symbols){.type = TB_REAL,
                        .channels = c->channels * (c->size / 2 + 1),
                        .frames = 1,
                        .per = c->hop};
}

/* Frames whose windows begin before what is learned from begins. */
static inline int64_t spectral_context(const void *config)
{
    const spectral *c = config;
    return c->size / c->hop;
}

/* [rows, channels, frames] as lines [rows * channels, frames]. */
static inline tb_value *spectral_lines(tb_value *sound)
{
    return sound ? tb_reshape(sound,
                              tb_dims(sound->dim[0] * sound->dim[1], TB_FRAMES))
                 : NULL;
}

static inline tb_value *spectral_encode(tb_builder *b, tb_value *sound)
{
    tb_spectra how = spectral_spectra(b->config);
    tb_value *levels = tb_spectra_levels(
        tb_spectra_of(spectral_lines(sound), &how), spectral_floor);
    tb_symbols s = spectral_symbols(b->config);
    return levels ? tb_reshape(levels, tb_symbols_shape(&s, b->rows)) : NULL;
}

static inline tb_distribution spectral_loop(tb_builder *b, tb_value *levels,
                                            int64_t context)
{
    const spectral *c = b->config;
    const int64_t n = spectral_symbols(c).channels;
    const int64_t out[] = {n, n};
    tb_recurrent memory = {
        .cell = TB_CELL_GRU, .layers = 1, .hidden = c->hidden};
    tb_value *said[2];
    tb_value *last = tb_pad(levels, 2, 1 - context, -1 + !context);
    tb_value *x = last ? tb_transpose(last, 1, 2) : NULL;
    x = tb_recurrent_layer(tb_scale(x, 0.25), "rnn", &memory);
    tb_linear_parts(x, "head", 2, out, 0, said);
    if (!said[0] || !said[1])
        return tb_normal_distribution(NULL, NULL);
    tb_value *deviation =
        tb_map(tb_map(tb_transpose(said[1], 1, 2), TB_SOFTPLUS, 0, 0),
               TB_AFFINE, 1, -4);
    /* Half of what was: left to itself it does not drift away. */
    return tb_normal_distribution(
        tb_add(tb_scale(last, 0.5), tb_transpose(said[0], 1, 2)), deviation);
}

static inline tb_value *spectral_decode(tb_builder *b, tb_value *symbols,
                                        const tb_prime *prime)
{
    const spectral *c = b->config;
    tb_spectra how = spectral_spectra(c);
    int64_t lines = (int64_t)b->rows * c->channels;
    tb_shape shape = tb_dims(lines, tb_spectra_bins(&how), TB_FRAMES);
    tb_value *truth = spectral_lines(prime->sound);
    if (!symbols)
        return NULL;
    tb_value *known = tb_frame_ends(prime->primed, c->hop);
    tb_value *levels = tb_map(tb_reshape(symbols, shape), TB_CLAMP, 0, 10);
    levels = tb_levels_from_known(levels, known, c->size / c->hop);
    tb_value *y = tb_sound_of_spectra(
        tb_spectra_recovered(tb_level_magnitudes(levels, spectral_floor), &how,
                             &tb_recovery_usual, tb_spectra_of(truth, &how),
                             known),
        &how);
    if (truth)
        y = tb_mend_seam(y, truth, prime->primed, c->hop);
    return y ? tb_reshape(y, tb_dims(b->rows, c->channels, TB_FRAMES)) : NULL;
}

static const tb_network spectral_network = {.symbols = spectral_symbols,
                                            .encode = spectral_encode,
                                            .loop = spectral_loop,
                                            .context = spectral_context,
                                            .decode = spectral_decode,
                                            .primes = true};

static const tb_instrument spectral_instrument = {
    .name = "spectral",
    .about = "for tests",
    .settings = &spectral_settings,
    .config_size = sizeof(spectral),
    .check = spectral_check,
    .format = spectral_format,
    .network = &spectral_network};

#endif
