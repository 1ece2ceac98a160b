#include "nn/discriminators.h"

#include "engine/ops/frames.h"
#include "engine/ops/reduce.h"
#include "nn/layers.h"
#include "nn/sound_spectra.h"

#include <stdio.h>

enum { NAME = 128, LAYER = 192, FULL = 256 };

static tb_value *leaky(tb_value *x)
{
    return tb_map(x, TB_LEAKY_RELU, 0.2, 0);
}

/* ---- along one axis, with another beside it or not ---- */

/* x [batch, in, frames] or [batch, in, frames, beside] */
static tb_value *conv(tb_value *x, const char *name, int64_t out, int64_t taps,
                      int64_t stride, unsigned flags)
{
    char full[FULL];
    if (!x)
        return NULL;
    tb_conv_attr how = tb_conv_centred(taps, stride, 1);
    how.left[0] = how.right[0] = taps / 2;
    how.axes = x->rank - 2;
    how.stride[1] = how.dilation[1] = 1;
    tb_shape shape = {x->rank, {out, x->dim[1], taps, 1}};
    snprintf(full, sizeof full, "%s.weight", name);
    tb_value *w = tb_weight(x->graph, full, shape, flags);
    snprintf(full, sizeof full, "%s.bias", name);
    return tb_conv(x, w, tb_param(x->graph, full, tb_dims(out)), how);
}

/* Layers and activations are counted together. */
static void convnet(tb_critic *j, tb_value *x, const char *name,
                    const tb_convnet *how)
{
    char layer[LAYER];
    for (int i = 0; i <= how->layers; i++) {
        bool score = i == how->layers;
        snprintf(layer, sizeof layer, "%s.net.%d", name, 2 * i);
        x = conv(i ? leaky(x) : x, layer, score ? 1 : how->capacity << i,
                 score ? 1 : how->taps, score ? 1 : how->stride,
                 score ? 0 : TB_LAYER_WEIGHT_NORM);
        tb_judge_feature(j, x);
    }
}

void tb_judge_scales(tb_critique *j, tb_value *x, const char *name,
                     const tb_convnet *how, int count)
{
    char net[NAME];
    for (int i = 0; i < count; i++) {
        snprintf(net, sizeof net, "%s.layers.%d", name, i);
        convnet(tb_critique_add(j), x, net, how);
        x = tb_mean(tb_fold(x, 2), TB_AXIS(3), false);
    }
}

void tb_judge_periods(tb_critique *j, tb_value *x, const char *name,
                      const tb_convnet *how, int count, const int *periods)
{
    char net[NAME];
    for (int i = 0; i < count; i++) {
        snprintf(net, sizeof net, "%s.layers.%d", name, i);
        tb_value *folded = tb_fold(tb_pad(x, 2, 0, periods[i] - 1), periods[i]);
        convnet(tb_critique_add(j), folded, net, how);
    }
}

/* ---- spectra, [batch, 2 channels, frames, bins] ---- */

typedef struct tb_spectral_layer {
    int64_t bins, frames, stride, dilation; /* stride of bins, dilation of
                                               frames */
} tb_spectral_layer;

/* Weights lie as RAVE's do, bins before frames. */
static tb_value *spectral_conv(tb_value *x, const char *name, int64_t out,
                               const tb_spectral_layer *l)
{
    char full[FULL];
    if (!x)
        return NULL;
    int64_t beside = (l->frames - 1) * l->dilation / 2;
    tb_conv_attr how = {.axes = 2,
                        .stride = {1, l->stride},
                        .dilation = {l->dilation, 1},
                        .left = {beside, l->bins / 2},
                        .right = {beside, l->bins / 2},
                        .groups = 1};
    snprintf(full, sizeof full, "%s.weight", name);
    tb_value *w =
        tb_weight(x->graph, full, tb_dims(out, x->dim[1], l->bins, l->frames),
                  TB_LAYER_WEIGHT_NORM);
    snprintf(full, sizeof full, "%s.bias", name);
    return tb_conv(x, tb_transpose(w, 2, 3),
                   tb_param(x->graph, full, tb_dims(out)), how);
}

static void spectral_net(tb_critic *j, tb_value *x, const char *name,
                         int64_t capacity)
{
    static const tb_spectral_layer layers[] = {{9, 3, 1, 1}, {9, 3, 2, 1},
                                               {9, 3, 2, 2}, {9, 3, 2, 4},
                                               {3, 3, 1, 1}, {3, 3, 1, 1}};
    enum { LAYERS = sizeof layers / sizeof *layers };
    char layer[LAYER];
    for (int i = 0; i < LAYERS; i++) {
        bool score = i == LAYERS - 1;
        snprintf(layer, sizeof layer, score ? "%s.net.%d" : "%s.net.%d.0", name,
                 i);
        x = spectral_conv(x, layer, score ? 1 : capacity, &layers[i]);
        x = score ? x : leaky(x);
        tb_judge_feature(j, x);
    }
}

void tb_judge_spectra(tb_critique *j, tb_value *x, const char *name,
                      int64_t capacity, int count, const int64_t *sizes)
{
    char net[NAME];
    for (int i = 0; i < count; i++) {
        snprintf(net, sizeof net, "%s.nets.%d", name, i);
        tb_value *bins = tb_sound_spectra(x, sizes[i], true);
        tb_value *both = tb_spectra_as_channels(bins, false);
        spectral_net(tb_critique_add(j), both, net, capacity);
    }
}
