#include "models/wavenet.h"

#include "engine/ops/shape.h"
#include "nn/init.h"
#include "nn/layers.h"

#include <stdio.h>

enum { NAME = 48 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What goes from layer to layer. */
static int64_t width(const tb_wavenet *c)
{
    return c->residuals_dim ? c->residuals_dim : c->dims_dilated;
}

/* What the head reads. */
static int64_t found(const tb_wavenet *c)
{
    return c->skips_dim ? c->skips_dim : c->dims_dilated;
}

static tb_value *without_first(tb_value *x, int64_t frames)
{
    return frames ? tb_pad(x, 2, -frames, 0) : x;
}

/* ---- dilated layers ---- */

static tb_value *one_tap(tb_value *x, int layer, const char *what, int64_t out)
{
    char name[NAME];
    snprintf(name, sizeof name, "layers.%d.%s", layer, what);
    return tb_conv_layer(x, name, out, 1, tb_conv_plain(1, 1), 0);
}

/* The frames of `condition` that go with those of x, which come to an end
   together. */
static tb_value *conditioned(tb_value *x, int layer, tb_value *condition,
                             int64_t gone)
{
    if (!condition || !x)
        return x;
    if (condition->dim[2] != 1)
        condition = without_first(condition, gone);
    return tb_add(x, one_tap(condition, layer, "condition", x->dim[1]));
}

/* Of the spare frames as many are left out as the kernel needs to hear nothing
   but sound; where there are none, it begins with zeros, as a voice does. */
static tb_value *dilated(const tb_wavenet *c, int layer, tb_value *x,
                         int64_t gone)
{
    char name[NAME];
    tb_wavenet_layer l = tb_wavenet_layer_at(c, layer);
    tb_conv_attr how = tb_conv_causal(l.taps, 1, l.dilation);
    how.groups = c->groups;
    how.left[0] -= gone;
    snprintf(name, sizeof name, "layers.%d.dilated", layer);
    return tb_conv_layer(x, name, (1 + c->gated) * c->dims_dilated, l.taps, how,
                         0);
}

tb_value *tb_wavenet_layers(const tb_wavenet *c, tb_value *x,
                            tb_value *condition, int64_t spare)
{
    tb_value *skips = NULL, *gates = NULL;
    int64_t all = spare;
    int n = tb_wavenet_layer_count(c);
    for (int i = 0; i < n; i++) {
        tb_wavenet_layer l = tb_wavenet_layer_at(c, i);
        int64_t gone = least((l.taps - 1) * l.dilation, spare);
        spare -= gone;
        gates = dilated(c, i, x, gone);
        gates = conditioned(gates, i, condition, all - spare);
        gates = c->gated ? tb_gated(gates, 1) : tb_map(gates, TB_TANH, 0, 0);
        if (c->skips_dim) {
            tb_value *skip =
                one_tap(without_first(gates, spare), i, "skip", c->skips_dim);
            skips = i ? tb_add(skips, skip) : skip;
        }
        if (c->residuals_dim && i + 1 < n)
            x = tb_add(without_first(x, gone),
                       one_tap(gates, i, "residual", c->residuals_dim));
        else
            x = gates;
    }
    x = c->skips_dim ? tb_activation(skips, c->head_activation)
                     : without_first(gates, spare);
    return tb_transpose(x, 1, 2);
}

/* ---- before and behind them ---- */

/* What the layers read, [rows, width, frames of sound]: frame j knows samples
   before frame j. With a context the first frame, which knows none, is left
   out. */
static tb_value *past(const tb_wavenet *c, tb_value *levels, int64_t gone)
{
    int64_t ch = c->sound.channels;
    tb_conv_attr how = tb_conv_plain(ch, 1);
    tb_value *x, *numbers = tb_sample_numbers(levels, &c->sound);
    how.left[0] = ch - gone * ch;
    how.right[0] = -1;
    if (c->input == TB_WAVENET_LINEAR)
        return tb_conv_layer(numbers, "input", width(c), ch, how, 0);
    x = tb_sample_vectors(levels, numbers, "embedding.weight", width(c),
                          &c->sound);
    bool fits = ch == 1 && x && x->dim[1] == width(c);
    return fits ? tb_pad(x, 2, how.left[0], how.right[0])
                : tb_conv_layer(x, "input", width(c), ch, how, 0);
}

/* What the layers found for each sample of a frame, together with the last
   samples. */
static tb_value *split(const tb_wavenet *c, tb_value *x, tb_value *levels,
                       int64_t context)
{
    tb_conv_attr how = tb_conv_plain(1, 1);
    if (c->sound.channels == 1)
        return x;
    how.left[0] = c->sound.channels - context;
    how.right[0] = -1;
    x = tb_frames_to_samples(x, "sample.up", c->sound.channels, found(c), 0);
    tb_value *last =
        tb_conv_layer(tb_sample_numbers(levels, &c->sound), "sample.input",
                      found(c), c->sound.channels, how, 0);
    return tb_activation(tb_add(x, tb_transpose(last, 1, 2)),
                         c->head_activation);
}

tb_distribution tb_wavenet_head(const tb_wavenet *c, tb_value *x,
                                tb_value *levels, int64_t context)
{
    const tb_sample_head head = {.mlp = {.layers = c->head_layers,
                                         .hidden = c->head_size,
                                         .activation = c->head_activation},
                                 .learned_temperature = c->learned_temperature,
                                 .lowest = c->min_temperature};
    return tb_sample_distribution(x, &head, levels, context, &c->sound);
}

tb_distribution tb_wavenet_next(const tb_wavenet *c, tb_value *levels,
                                tb_value *condition, tb_value *doubt,
                                int64_t context)
{
    int64_t frames = context / c->sound.channels, gone = least(frames, 1);
    tb_value *x = past(c, levels, gone);
    if (condition && condition->time == 2)
        condition = without_first(condition, gone);
    if (doubt)
        x = tb_add(x, tb_conv_layer(doubt, "doubt", width(c), 1,
                                    tb_conv_plain(1, 1), TB_LAYER_NO_BIAS));
    x = tb_wavenet_layers(c, x, condition, frames - gone);
    return tb_wavenet_head(c, split(c, x, levels, context), levels, context);
}

/* ---- what the frame asks for ---- */

static int64_t context_of(const void *config)
{
    const tb_wavenet *c = config;
    return tb_sample_reach(&c->sound,
                           tb_wavenet_receptive_field(c) * c->sound.channels);
}

static int64_t grain_of(const void *config)
{
    return ((const tb_wavenet *)config)->sound.channels;
}

static tb_distribution loop(tb_builder *b, tb_value *levels, int64_t context)
{
    const tb_wavenet *c = b->config;
    tb_value *condition = tb_label_condition(b, c->labels, 1, 0);
    tb_value *doubt, *heard = tb_sample_heard(b, levels, &doubt);
    return tb_wavenet_next(c, heard, condition, doubt, context);
}

static const char *labels_of(const void *config)
{
    return ((const tb_wavenet *)config)->labels;
}

static void init(const void *config, tb_params *params, uint64_t seed)
{
    tb_init_params(params, seed);
    tb_sample_init(config, params);
}

static const tb_network network = {.symbols = tb_sample_symbols,
                                   .encode = tb_sample_encode,
                                   .loop = loop,
                                   .context = context_of,
                                   .labels = labels_of,
                                   .grain = grain_of,
                                   .mulaw = tb_sample_mulaw,
                                   .coarse_nats = tb_sample_coarse_nats,
                                   .decode = tb_sample_decode};

const tb_instrument tb_wavenet_instrument = {
    .name = "wavenet",
    .about = "Dilated convolutions over a fixed stretch of the last samples.",
    .settings = &tb_wavenet_settings,
    .sizes = tb_wavenet_sizes,
    .config_size = sizeof(tb_wavenet),
    .preset = "small",
    .advice = tb_sample_advice,
    .check = tb_wavenet_check,
    .format = tb_sample_format,
    .network = &network,
    .init = init};
