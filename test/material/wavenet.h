/* WaveNet (van den Oord et al. 2016) as an instrument: dilated causal layers
   with gates and skips over levels of samples, and a control that colours what
   it says, row by row. */
#ifndef TB_TEST_WAVENET_H
#define TB_TEST_WAVENET_H

#include "dsp/interleave.h"
#include "dsp/mulaw_ops.h"
#include "engine/ops.h"
#include "models/instrument.h"
#include "nn/layers.h"

typedef enum wavenet_input { WAVENET_EMBEDDING, WAVENET_LINEAR } wavenet_input;

typedef struct wavenet {
    double sample_rate;
    int levels, width, skips;
    tb_int_list dilations;
    int input; /* wavenet_input */
    bool coloured;
} wavenet;

static const char *const wavenet_inputs[] = {"embedding", "linear", NULL};

static const tb_setting wavenet_rows[] = {
    TB_SETTING_FLOAT(wavenet, sample_rate, "8000", 1000, 192000, "Hz",
                     "Sample rate that the network hears and speaks."),
    TB_SETTING_INT(wavenet, levels, "32", 2, 4096, NULL,
                   "Levels that a sample can have."),
    TB_SETTING_INT(wavenet, width, "6", 1, 512, NULL,
                   "Numbers that go from layer to layer."),
    TB_SETTING_INT(wavenet, skips, "8", 1, 512, NULL,
                   "Numbers that all layers give to the last ones."),
    TB_SETTING_INTS(wavenet, dilations, "1,2,4,8,1,2", 1, 4096, "samples",
                    "How far back each layer looks."),
    TB_SETTING_CHOICE(wavenet, input, "embedding", wavenet_inputs,
                      "What the first layer reads."),
    TB_SETTING_BOOL(wavenet, coloured, "no",
                    "Whether there is a control called colour."),
};

static const char *const wavenet_deep[] = {
    "dilations=1,2,4,8,16,32,64,128", "width=16", "training.window=512", NULL};

static const tb_preset wavenet_presets[] = {
    {"deep", "hears 32 ms", wavenet_deep}};

static const tb_settings wavenet_settings = {
    "network", wavenet_rows, sizeof wavenet_rows / sizeof *wavenet_rows,
    wavenet_presets, sizeof wavenet_presets / sizeof *wavenet_presets};

static const tb_control wavenet_colour = {.name = "colour",
                                          .help = "How it speaks.",
                                          .type = TB_CONTROL_REAL,
                                          .low = -1,
                                          .high = 1,
                                          .standard = 0.5,
                                          .length = 1,
                                          .per_row = true};

static inline tb_sound_format wavenet_format(const void *config)
{
    return (tb_sound_format){((const wavenet *)config)->sample_rate, 1};
}

static inline tb_symbols wavenet_symbols(const void *config)
{
    return (tb_symbols){.type = TB_I64,
                        .levels = ((const wavenet *)config)->levels,
                        .frames = 1,
                        .per = 1};
}

static inline double wavenet_mulaw(const void *config)
{
    (void)config;
    return 1;
}

/* Samples that one sample depends on. */
static inline int64_t wavenet_context(const void *config)
{
    const wavenet *c = config;
    int64_t n = 1;
    for (int i = 0; i < c->dilations.count; i++)
        n += c->dilations.at[i];
    return n;
}

static inline tb_mulaw wavenet_law(const wavenet *c)
{
    tb_mulaw law = {0};
    tb_mulaw_init(&law, c->levels, 1, NULL);
    return law;
}

static inline tb_value *wavenet_encode(tb_builder *b, tb_value *sound)
{
    tb_mulaw law = wavenet_law(b->config);
    return tb_interleave(tb_mulaw_levels(sound, &law));
}

static inline tb_value *wavenet_decode(tb_builder *b, tb_value *levels,
                                       const tb_prime *prime)
{
    tb_mulaw law = wavenet_law(b->config);
    (void)prime;
    return tb_deinterleave(tb_mulaw_samples(levels, &law), 1);
}

/* [rows, width, frames]: frame j is about sample j - 1. */
static inline tb_value *wavenet_past(tb_builder *b, tb_value *levels)
{
    const wavenet *c = b->config;
    tb_mulaw law = wavenet_law(c);
    tb_value *x;
    if (!levels)
        return NULL;
    if (c->input == WAVENET_LINEAR)
        x = tb_conv_layer(tb_deinterleave(tb_mulaw_samples(levels, &law), 1),
                          "first", c->width, 1, tb_conv_plain(1, 1), 0);
    else
        x = tb_transpose(tb_embedding(tb_param(b->graph, "embedding.weight",
                                               tb_dims(c->levels, c->width)),
                                      levels),
                         1, 2);
    return tb_pad(x, 2, 1, -1);
}

/* What the control adds to a layer: [rows, 2 width, 1]. */
static inline tb_value *wavenet_coloured(tb_builder *b, const char *name,
                                         tb_value *x)
{
    const wavenet *c = b->config;
    if (!c->coloured)
        return x;
    tb_value *colour =
        tb_reshape(tb_builder_control(b, &wavenet_colour), tb_dims(b->rows, 1));
    colour = tb_linear_layer(colour, name, 2 * c->width, TB_LAYER_NO_BIAS);
    return tb_add(x, tb_reshape(colour, tb_dims(b->rows, 2 * c->width, 1)));
}

static inline tb_distribution wavenet_loop(tb_builder *b, tb_value *levels,
                                           int64_t context)
{
    const wavenet *c = b->config;
    const tb_conv_attr one = tb_conv_plain(1, 1);
    tb_value *h = wavenet_past(b, levels), *skips = NULL;
    char name[32];
    for (int i = 0; i < c->dilations.count; i++) {
        snprintf(name, sizeof name, "layers.%d.dilated", i);
        tb_value *x =
            tb_conv_layer(h, name, 2 * c->width, 2,
                          tb_conv_causal(2, 1, c->dilations.at[i]), 0);
        snprintf(name, sizeof name, "layers.%d.colour", i);
        x = tb_gated(wavenet_coloured(b, name, x), 1);
        snprintf(name, sizeof name, "layers.%d.skip", i);
        tb_value *skip = tb_conv_layer(x, name, c->skips, 1, one, 0);
        skips = i ? tb_add(skips, skip) : skip;
        snprintf(name, sizeof name, "layers.%d.residual", i);
        if (i + 1 < c->dilations.count)
            h = tb_add(h, tb_conv_layer(x, name, c->width, 1, one, 0));
    }
    h = tb_conv_layer(tb_map(skips, TB_RELU, 0, 0), "head.0", c->skips, 1, one,
                      0);
    h = tb_conv_layer(tb_map(h, TB_RELU, 0, 0), "head.1", c->levels, 1, one, 0);
    return tb_levels_distribution(
        tb_transpose(tb_pad(h, 2, -context, 0), 1, 2));
}

static const tb_network wavenet_network = {.symbols = wavenet_symbols,
                                           .encode = wavenet_encode,
                                           .loop = wavenet_loop,
                                           .context = wavenet_context,
                                           .mulaw = wavenet_mulaw,
                                           .decode = wavenet_decode};

static const tb_instrument wavenet_instrument = {
    .name = "wavenet",
    .about = "Dilated layers over samples.",
    .settings = &wavenet_settings,
    .config_size = sizeof(wavenet),
    .format = wavenet_format,
    .network = &wavenet_network,
};

#endif
