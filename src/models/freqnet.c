#include "models/freqnet.h"

#include "engine/ops/conv.h"
#include "engine/ops/random.h"
#include "nn/layers.h"

tb_wavenet tb_freqnet_layers(const tb_freqnet *c)
{
    return (tb_wavenet){.sound = {.channels = 1},
                        .kernel_sizes = c->kernel_sizes,
                        .blocks = c->blocks,
                        .gated = c->gated,
                        .dims_dilated = c->dims_dilated,
                        .residuals_dim = c->residuals_dim,
                        .skips_dim = c->skips_dim,
                        .groups = c->layer_groups,
                        .head_activation = c->activation};
}

int64_t tb_freqnet_receptive_field(const tb_freqnet *c)
{
    tb_wavenet layers = tb_freqnet_layers(c);
    return tb_wavenet_receptive_field(&layers);
}

static int64_t context_of(const void *config)
{
    const tb_freqnet *c = config;
    return tb_freqnet_receptive_field(c) + tb_spectral_incomplete(&c->frames);
}

static tb_distribution loop(tb_builder *b, tb_value *symbols, int64_t context)
{
    const tb_freqnet *c = b->config;
    tb_wavenet layers = tb_freqnet_layers(c);
    int64_t width = c->residuals_dim ? c->residuals_dim : c->dims_dilated;
    int64_t spare = context ? tb_freqnet_receptive_field(c) - 1 : 0;
    tb_value *label =
        tb_label_condition(b, c->labels, c->frames.hop, context - spare);
    tb_value *x = tb_spectral_heard(b, symbols, context, spare);
    x = tb_conv_layer(x, "input", width, 1, tb_conv_plain(1, 1), 0);
    x = tb_wavenet_layers(&layers, tb_dropout(x, c->dropout), label, spare);
    x = tb_dropout(x, c->dropout);
    return tb_spectral_head(&c->frames, x,
                            tb_spectral_past(symbols, context, 0));
}

static const char *labels_of(const void *config)
{
    return ((const tb_freqnet *)config)->labels;
}

static const tb_network network = {TB_SPECTRAL_NETWORK, .loop = loop,
                                   .context = context_of, .labels = labels_of};

static const tb_suits suits = {
    0.85, 0.85, 0.7, 1,
    "It plays spectrum by spectrum from the last two seconds alone: your "
    "harmonies and textures, which move on and do not come back."};

const tb_instrument tb_freqnet_instrument = {
    .name = "freqnet",
    .about = "WaveNet on spectra: says the next frame from the last ones.",
    .settings = &tb_freqnet_settings,
    .sizes = tb_freqnet_sizes,
    .suits = &suits,
    .config_size = sizeof(tb_freqnet),
    .preset = "small",
    .check = tb_freqnet_check,
    .format = tb_spectral_format,
    .network = &network,
    .buffers = tb_spectral_buffers,
    .init = tb_spectral_init};
