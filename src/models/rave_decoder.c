#include "models/rave_layers.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "nn/filtered_noise.h"
#include "nn/layers.h"

#include <stdio.h>

/* ---- heads ---- */

/* 2 sigmoid(x)^2.3 + 1e-7: a level (Engel et al. 2020, "DDSP", equation 5) */
static tb_value *level(tb_value *x)
{
    x = tb_map(tb_map(x, TB_SIGMOID, 0, 0), TB_POW, 2.3, 0);
    return tb_map(x, TB_AFFINE, 2, 1e-7);
}

/* Convolutions to frames of magnitudes of noise. */
static tb_value *noise(const tb_rave *c, const tb_rave_how *how, tb_value *x,
                       const char *name, int64_t hidden,
                       tb_value *(*layer)(tb_rave_chain *, tb_value *, int64_t,
                                          int64_t))
{
    int64_t signals = tb_rave_width(c, c->says);
    int count = c->noise_ratios.count;
    tb_rave_chain chain = {.c = c, .name = name, .snake = c->version > 0};
    for (int i = 0; i < count; i++) {
        bool last = i == count - 1;
        x = layer(&chain, x, last ? signals * c->noise_bins : hidden,
                  c->noise_ratios.at[i]);
        if (!last)
            x = tb_rave_activation(&chain, x);
    }
    tb_filtered_noise filter = {signals, tb_rave_product(&c->noise_ratios),
                                c->noise_cropped || c->compat == TB_RAVE_2_3};
    return tb_filtered_noise_of(level(tb_map(x, TB_AFFINE, 1, -5)), &filter,
                                how->band_noise);
}

/* ---- version 1 ---- */

static tb_value *first_noise_layer(tb_rave_chain *chain, tb_value *x,
                                   int64_t out, int64_t ratio)
{
    return tb_rave_chain_conv(chain, x,
                              (tb_rave_conv){.out = out,
                                             .taps = 3,
                                             .stride = ratio,
                                             .plain = true,
                                             .biased = true});
}

/* An upsampling is a Sequential within the chain. */
static tb_value *first_up(tb_rave_chain *chain, tb_value *x, int64_t out,
                          int64_t ratio)
{
    char outer[TB_RAVE_NAME], inner[TB_RAVE_NAME + 8], name[TB_RAVE_NAME];
    snprintf(inner, sizeof inner, "%s.net", tb_rave_next(chain, outer));
    tb_rave_chain within = {
        .c = chain->c, .name = inner, .snake = chain->snake};
    x = tb_rave_activation(&within, x);
    return tb_rave_up(chain->c, x, tb_rave_next(&within, name), out, ratio);
}

static tb_value *with_noise(tb_value *y, tb_value *hiss, int noise)
{
    if (!y || noise == TB_RAVE_NOISE_NONE)
        return y;
    if (noise == TB_RAVE_NOISE_AS_LEARNED)
        hiss =
            tb_mul(hiss, tb_param(y->graph, "decoder.warmed_up", tb_dims(1)));
    return tb_add(y, hiss);
}

static tb_value *first_heads(const tb_rave *c, const tb_rave_how *how,
                             tb_value *x)
{
    tb_rave_conv wave = {
        .out = tb_rave_width(c, c->says), .taps = 7, .biased = true};
    tb_rave_conv loud = {.out = 1, .taps = 3, .biased = true};
    tb_value *y =
        tb_map(tb_rave_conv_layer(c, x, "decoder.synth.branches.0", wave),
               TB_TANH, 0, 0);
    y = tb_mul(
        y, level(tb_rave_conv_layer(c, x, "decoder.synth.branches.1", loud)));
    if (!c->noise_bins)
        return y;
    tb_value *hiss = noise(c, how, x, "decoder.synth.branches.2.net",
                           x ? x->dim[1] : 0, first_noise_layer);
    return with_noise(y, hiss, how->noise);
}

static tb_value *first_decoder(tb_rave_chain *chain, const tb_rave_how *how,
                               tb_value *x)
{
    const tb_rave *c = chain->c;
    const tb_int_list *ratios = tb_rave_decoder_ratios(c);
    int64_t n = (int64_t)c->capacity << ratios->count;
    x = tb_rave_chain_conv(chain, x,
                           (tb_rave_conv){.out = n, .taps = 7, .biased = true});
    for (int i = 0; i < ratios->count; i++) {
        x = first_up(chain, x, n /= 2, ratios->at[i]);
        x = tb_rave_units(chain, x, i);
    }
    return first_heads(c, how, x);
}

/* ---- version 2 ---- */

/* The first of 2 * ratio taps lies `ratio` frames back, causal or not. */
static tb_value *second_noise_layer(tb_rave_chain *chain, tb_value *x,
                                    int64_t out, int64_t ratio)
{
    char name[TB_RAVE_NAME];
    tb_conv_attr how = tb_conv_plain(ratio, 1);
    how.left[0] = ratio;
    return tb_conv_layer(x, tb_rave_next(chain, name), out, 2 * ratio, how,
                         TB_LAYER_NO_BIAS);
}

static tb_value *second_heads(tb_rave_chain *chain, const tb_rave_how *how,
                              tb_value *x)
{
    const tb_rave *c = chain->c;
    int64_t out = tb_rave_width(c, c->says);
    tb_rave_conv wave = {.out = c->amplitude ? 2 * out : out,
                         .taps = 2 * c->kernel + 1};
    tb_value *hiss = NULL;
    x = tb_rave_activation(chain, x);
    if (c->noise_bins)
        hiss = noise(c, how, x, "decoder.noise_module.net", c->noise_hidden,
                     second_noise_layer);
    x = c->noise_bins
            ? tb_rave_conv_layer(c, x, "decoder.waveform_module", wave)
            : tb_rave_chain_conv(chain, x, wave);
    if (c->amplitude)
        x = tb_mul(tb_slice(x, 1, 0, out, 1),
                   tb_map(tb_slice(x, 1, out, 2 * out, 1), TB_SIGMOID, 0, 0));
    return tb_map(c->noise_bins ? tb_add(x, hiss) : x, TB_TANH, 0, 0);
}

/* Remembers latents: layers as wide as there are of them. */
static tb_value *remembered(tb_rave_chain *chain, tb_value *x)
{
    char outer[TB_RAVE_NAME], name[TB_RAVE_NAME + 8];
    if (!x || chain->c->gru_layers == 0)
        return x;
    const tb_recurrent how = {.cell = TB_CELL_GRU,
                              .layers = chain->c->gru_layers,
                              .hidden = x->dim[1]};
    snprintf(name, sizeof name, "%s.gru", tb_rave_next(chain, outer));
    return tb_transpose(tb_recurrent_layer(tb_transpose(x, 1, 2), name, &how),
                        1, 2);
}

static tb_value *second_decoder(tb_rave_chain *chain, const tb_rave_how *how,
                                tb_value *x)
{
    const tb_rave *c = chain->c;
    const tb_int_list *ratios = tb_rave_decoder_ratios(c);
    int64_t n = (int64_t)c->capacity << ratios->count;
    char name[TB_RAVE_NAME];
    x = remembered(chain, x);
    x = tb_rave_chain_conv(chain, x,
                           (tb_rave_conv){.out = n, .taps = c->kernel});
    for (int i = ratios->count - 1; i >= 0; i--) {
        x = tb_rave_activation(chain, x);
        x = tb_rave_up(c, x, tb_rave_next(chain, name), n /= 2, ratios->at[i]);
        x = tb_rave_units(chain, x, i);
    }
    return second_heads(chain, how, x);
}

tb_value *tb_rave_decoder(const tb_rave *c, const tb_rave_how *how,
                          tb_value *latents)
{
    tb_rave_chain chain = {.c = c,
                           .name = "decoder.net",
                           .snake = true,
                           .adapts = how->adapts,
                           .units = &c->units};
    return c->version == 0 ? first_decoder(&chain, how, latents)
                           : second_decoder(&chain, how, latents);
}
