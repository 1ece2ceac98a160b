#include "models/frametransformer.h"

#include "engine/ops/random.h"
#include "engine/ops/shape.h"
#include "nn/layers.h"

#include <assert.h>

static_assert(offsetof(tb_frametransformer, frames) == 0,
              "tb_spectral_frames stands for the whole");

/* ---- settings ---- */

static const tb_setting rows[] = {
    TB_SPECTRAL_FRAMES_ROWS,
    TB_SETTING_INT(tb_frametransformer, dim, "192", 1, 8192, NULL,
                   "Size of the layers: what they can tell apart."),
    TB_SETTING_INT(tb_frametransformer, layers, "4", 1, 64, NULL,
                   "Layers, one above the other."),
    TB_SETTING_INT(tb_frametransformer, look_back, "32", 1, 4096, "frames",
                   "Frames that each layer compares."),
    TB_SETTING_INT(tb_frametransformer, heads, "4", 1, 256, NULL,
                   "Places that a layer can look at in one moment."),
    TB_SETTING_INT(tb_frametransformer, mlp_factor, "4", 1, 16, NULL,
                   "How much wider layers think than they remember."),
    TB_SETTING_BOOL(tb_frametransformer, gated, "no",
                    "Layers choose, moment by moment, what they pass on."),
    TB_SETTING_FLOAT(tb_frametransformer, dropout, "0.2", 0, 0.95, NULL,
                     "Part of each layer's output left out in training."),
    TB_SETTING_CHOICE(tb_frametransformer, norm, "layer", tb_transformer_norms,
                      "How numbers are kept in range between layers."),
    TB_SETTING_CHOICE(tb_frametransformer, positions, "learned",
                      tb_transformer_position_names,
                      "How layers know distances: learned, fixed or not."),
    TB_LABELS_ROW(tb_frametransformer),
};

static const char *const small[] = {
    "sample_rate=16000",   "components=64",
    "choices=8",           "past_noise=0.5",
    "training.batch=8",    "training.window=65536",
    "training.piece=16",   "training.learning_rate=0.001",
    "training.beta2=0.95", NULL};

static const char *const large[] = {"sample_rate=16000",
                                    "components=128",
                                    "choices=8",
                                    "past_noise=0.5",
                                    "dim=384",
                                    "layers=6",
                                    "heads=8",
                                    "training.batch=8",
                                    "training.window=65536",
                                    "training.piece=32",
                                    "training.learning_rate=0.0005",
                                    "training.beta2=0.95",
                                    NULL};

static const tb_preset presets[] = {
    {"small", "hears four seconds; learns on a laptop", small},
    {"large", "hears six seconds, twice as wide; for an hour and more", large},
};

const tb_settings tb_frametransformer_settings = {
    "network", rows, sizeof rows / sizeof *rows, presets,
    sizeof presets / sizeof *presets};

/* Not measured more finely than this: on the material of bench/sound.txt it
   scores 0.61 after 60 hearings of syllables, 0.57 after 100, and foresees
   better and better; an orchestra 0.09 after 100 and 0.14 after 168. */
static const tb_network_size sizes[] = {
    {"layers of 192", small, 1, 0, 100, NULL}, {NULL, NULL, 0, 0, 0, NULL}};

tb_status tb_frametransformer_check(const void *config, tb_error *error)
{
    const tb_frametransformer *c = config;
    int less = c->heads, more = c->heads;
    tb_status status = tb_labels_check(c->labels, error);
    if (status)
        return status;
    if (c->dim % c->heads == 0)
        return tb_spectral_check(config, error);
    while (c->dim % less)
        less--;
    while (more < c->dim && c->dim % more)
        more++;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "Transformer: %d heads do not divide dim (%d). The nearest "
                   "that do are %d and %d.",
                   c->heads, c->dim, less, c->dim % more ? c->dim : more);
}

/* ---- what it says ---- */

tb_transformer_how tb_frametransformer_layers(const tb_frametransformer *c)
{
    return (tb_transformer_how){.layers = c->layers,
                                .heads = c->heads,
                                .window = c->look_back,
                                .hidden = (int64_t)c->mlp_factor * c->dim,
                                .gated = c->gated,
                                .norm = c->norm,
                                .positions = c->positions,
                                .dropout = c->dropout};
}

static int64_t past_of(const tb_frametransformer *c)
{
    tb_transformer_how how = tb_frametransformer_layers(c);
    return tb_transformer_past(&how);
}

static int64_t context_of(const void *config)
{
    return 1 + past_of(config) + tb_spectral_incomplete(config);
}

static tb_distribution loop(tb_builder *b, tb_value *symbols, int64_t context)
{
    const tb_frametransformer *c = b->config;
    tb_transformer_how how = tb_frametransformer_layers(c);
    int64_t spare = context ? past_of(c) : 0;
    tb_value *x = tb_spectral_heard(b, symbols, context, spare);
    x = tb_linear_layer(tb_transpose(x, 1, 2), "input", c->dim, 0);
    x = tb_add_labels(b, x, "labels", c->labels, c->frames.hop,
                      context - spare);
    x = tb_transformer_layers(tb_dropout(x, c->dropout), "frame", &how, spare);
    return tb_spectral_head(&c->frames, x,
                            tb_spectral_past(symbols, context, 0));
}

static void init(const void *config, tb_params *params, uint64_t seed)
{
    tb_transformer_how how = tb_frametransformer_layers(config);
    tb_spectral_init(config, params, seed);
    tb_transformer_init(params, "frame", &how);
}

static const char *labels_of(const void *config)
{
    return ((const tb_frametransformer *)config)->labels;
}

static const tb_network network = {TB_SPECTRAL_NETWORK, .loop = loop,
                                   .context = context_of, .labels = labels_of};

/* Beside FrameRNN: an orchestra scores 0.09 and 0.28 after 15 minutes, another
   -0.20 and 0.06 after two; loops 0.29 and 0.36, syllables 0.57 and 0.35. */
static const tb_suits suits = {
    0.97, 0.85, 0.75, 2,
    "It plays spectrum by spectrum, and looks for what the last four seconds "
    "were like: your chords, progressions and phrases, which come back."};

const tb_instrument tb_frametransformer_instrument = {
    .name = "frametransformer",
    .about = "Attention over the last spectra, which says the next one.",
    .settings = &tb_frametransformer_settings,
    .sizes = sizes,
    .suits = &suits,
    .config_size = sizeof(tb_frametransformer),
    .preset = "small",
    .check = tb_frametransformer_check,
    .format = tb_spectral_format,
    .network = &network,
    .buffers = tb_spectral_buffers,
    .init = init};
