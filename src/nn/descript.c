/* The discriminators of the descript codec. */
#include "engine/ops/frames.h"
#include "engine/ops/reduce.h"
#include "nn/discriminators.h"
#include "nn/layers.h"
#include "nn/sound_spectra.h"

#include <stdio.h>

enum {
    NAME = 128,
    STACK = 160,
    LAYER = 192,
    FULL = 256,
    BANDS = 5,
    LAYERS = 5
};

typedef struct tb_kernel_size {
    int64_t taps[2], stride[2]; /* along frames, and what lies beside them */
} tb_kernel_size;

static tb_value *conv(tb_value *x, const char *name, int64_t out,
                      const tb_kernel_size *k, bool score)
{
    char full[FULL];
    if (!x)
        return NULL;
    tb_conv_attr how = {.axes = 2,
                        .stride = {k->stride[0], k->stride[1]},
                        .dilation = {1, 1},
                        .left = {k->taps[0] / 2, k->taps[1] / 2},
                        .right = {k->taps[0] / 2, k->taps[1] / 2},
                        .groups = 1};
    snprintf(full, sizeof full, score ? "%s.weight" : "%s.0.weight", name);
    tb_value *w = tb_weight(x->graph, full,
                            tb_dims(out, x->dim[1], k->taps[0], k->taps[1]),
                            TB_LAYER_WEIGHT_NORM);
    snprintf(full, sizeof full, score ? "%s.bias" : "%s.0.bias", name);
    tb_value *y = tb_conv(x, w, tb_param(x->graph, full, tb_dims(out)), how);
    return score ? y : tb_map(y, TB_LEAKY_RELU, 0.1, 0);
}

/* There is always something reflected at the end. */
static void judge_period(tb_critic *j, tb_value *x, const char *name,
                         const tb_descript *how, int period)
{
    static const int64_t channels[] = {1, 4, 16, 32, 32};
    char layer[LAYER];
    int64_t more = period - how->frames % period;
    x = tb_fold(tb_reflect(x, how->frames, 0, more), period);
    for (int i = 0; i < LAYERS; i++) {
        const tb_kernel_size k = {{5, 1}, {i < LAYERS - 1 ? 3 : 1, 1}};
        snprintf(layer, sizeof layer, "%s.convs.%d", name, i);
        x = conv(x, layer, channels[i] * how->capacity, &k, false);
        tb_judge_feature(j, x);
    }
    snprintf(layer, sizeof layer, "%s.conv_post", name);
    tb_judge_feature(
        j, conv(x, layer, 1, &(tb_kernel_size){{3, 1}, {1, 1}}, true));
}

static tb_value *judge_band(tb_critic *j, tb_value *x, const char *name,
                            int64_t capacity)
{
    static const tb_kernel_size kernels[] = {{{3, 9}, {1, 1}},
                                             {{3, 9}, {1, 2}},
                                             {{3, 9}, {1, 2}},
                                             {{3, 9}, {1, 2}},
                                             {{3, 3}, {1, 1}}};
    char layer[LAYER];
    for (int i = 0; i < LAYERS; i++) {
        snprintf(layer, sizeof layer, "%s.%d", name, i);
        x = conv(x, layer, capacity, &kernels[i], false);
        tb_judge_feature(j, x);
    }
    return x;
}

static void judge_spectrum(tb_critic *j, tb_value *x, const char *name,
                           const tb_descript *how, int64_t size)
{
    static const double edges[] = {0, 0.1, 0.25, 0.5, 0.75, 1};
    char layer[STACK];
    tb_value *bands[BANDS];
    tb_value *all = tb_spectra_as_channels(
        tb_sound_spectra(tb_reflect(x, how->frames, size / 2, size / 2), size,
                         false),
        true);
    double bins = (double)(size / 2 + 1);
    for (int i = 0; i < BANDS; i++) {
        tb_value *band = tb_slice(all, 3, (int64_t)(edges[i] * bins),
                                  (int64_t)(edges[i + 1] * bins), 1);
        snprintf(layer, sizeof layer, "%s.band_convs.%d", name, i);
        bands[i] = judge_band(j, band, layer, how->capacity);
    }
    snprintf(layer, sizeof layer, "%s.conv_post", name);
    tb_judge_feature(j, conv(tb_concat(BANDS, bands, 3), layer, 1,
                             &(tb_kernel_size){{3, 3}, {1, 1}}, true));
}

static tb_value *levelled(tb_value *x)
{
    x = tb_sub(x, tb_mean(x, TB_AXIS(2), true));
    tb_value *peak =
        tb_reduce(tb_map(x, TB_ABS, 0, 0), TB_REDUCE_MAX, TB_AXIS(2), true);
    return tb_div(tb_scale(x, 0.8), tb_map(peak, TB_AFFINE, 1, 1e-9));
}

void tb_judge_descript(tb_critique *j, tb_value *x, const char *name,
                       const tb_descript *how)
{
    char net[NAME];
    x = levelled(x);
    for (int i = 0; i < how->periods + how->sizes; i++) {
        snprintf(net, sizeof net, "%s.discriminators.%d", name, i);
        if (i < how->periods)
            judge_period(tb_critique_add(j), x, net, how, how->period[i]);
        else
            judge_spectrum(tb_critique_add(j), x, net, how,
                           how->size[i - how->periods]);
    }
}
