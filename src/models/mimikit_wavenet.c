/* mimikit's WaveNet, of levels or (its FreqNet) of spectra.

   Levels are vectors of a table. Ours are measured from that of silence, so
   that nothing lies before the beginning: what is taken from all of them goes
   into the biases of those who read them. Between the skips' sum and the head's
   first layer lies nothing in mimikit: of levels, that layer is put into the
   skips. */
#include "base/settings.h"
#include "dsp/mulaw.h"
#include "models/mimikit.h"

#include <string.h>

enum { MOST = TB_LIST_MAX };

typedef struct mimikit_layers {
    tb_mimikit *m;
    int64_t kernels[MOST], blocks[MOST];
    int kernel_count, block_count, count; /* of layers */
    int64_t width, skips, groups;         /* skips 0: none */
    bool gated, adds;                     /* has residuals */
} mimikit_layers;

/* ---- its configuration ---- */

static void refuse_if(tb_mimikit *m, bool is_so, const char *what)
{
    if (is_so)
        tb_mimikit_refuse(m, "%s, which is not known here", what);
}

static bool is_text(tb_mimikit *m, const char *key, const char *text)
{
    return strcmp(tb_mimikit_text(m, key), text) == 0;
}

/* Earlier versions did not know all of these. */
static bool is_on(tb_mimikit *m, const char *key)
{
    return tb_mimikit_has(m, key) && tb_mimikit_flag(m, key);
}

static void refuse_unknown(tb_mimikit *m)
{
    int64_t none;
    refuse_if(m, tb_mimikit_integers(m, "dims_1x1", 1, 65536, &none, 1) > 0,
              "its layers have a condition (dims_1x1)");
    refuse_if(m, is_on(m, "with_affine_residuals"),
              "its layers have affine residuals (with_affine_residuals)");
    refuse_if(m, is_on(m, "layerwise_inputs"),
              "its input is added to each layer (layerwise_inputs)");
    refuse_if(m, is_on(m, "reverse_layer_order"),
              "its layers are in reverse order (reverse_layer_order)");
    refuse_if(m, tb_mimikit_integer(m, "stride", 1, 65536) != 1,
              "its layers have a stride");
    refuse_if(m, !is_text(m, "act_f", "Tanh"),
              "its layers have an act_f other than Tanh");
    refuse_if(m, tb_mimikit_has(m, "act_g") && !is_text(m, "act_g", "Sigmoid"),
              "its layers have an act_g other than Sigmoid");
    /* 0 and 1 play alike: as much is heard as one frame needs. */
    tb_mimikit_integer(m, "pad_side", 0, 1);
}

/* Without blocks all kernels are one. */
static void read_blocks(mimikit_layers *l)
{
    l->kernel_count =
        tb_mimikit_integers(l->m, "kernel_sizes", 1, 64, l->kernels, MOST);
    l->block_count =
        tb_mimikit_integers(l->m, "blocks", 1, 32, l->blocks, MOST);
    if (l->block_count == 0)
        l->blocks[l->block_count++] = l->kernel_count;
    for (int i = 0; i < l->block_count; i++)
        l->count += (int)l->blocks[i];
    tb_mimikit_set_integers(l->m, "kernel_sizes", l->kernels, l->kernel_count);
    tb_mimikit_set_integers(l->m, "blocks", l->blocks, l->block_count);
}

static int64_t size_or_0(tb_mimikit *m, const char *key)
{
    return tb_mimikit_has(m, key) ? tb_mimikit_integer(m, key, 1, 8192) : 0;
}

/* Residuals of another width than the layers' are not there, whatever the
   configuration says. */
static void read_sizes(mimikit_layers *l)
{
    tb_mimikit *m = l->m;
    if (tb_mimikit_integers(m, "dims_dilated", 1, 8192, &l->width, 1) != 1)
        tb_mimikit_refuse(m, "its dims_dilated must be one number");
    l->gated = tb_mimikit_has(m, "act_g");
    l->adds = size_or_0(m, "residuals_dim") == l->width;
    l->skips = size_or_0(m, "skips_dim");
    l->groups = tb_mimikit_integer(m, "groups", 1, 1024);
    tb_mimikit_set(m, "gated", "%s", l->gated ? "yes" : "no");
    tb_mimikit_set(m, "dims_dilated", "%d", (int)l->width);
    tb_mimikit_set(m, "residuals_dim", "%d", l->adds ? (int)l->width : 0);
    tb_mimikit_set(m, m->io.spectra ? "layer_groups" : "groups", "%d",
                   (int)l->groups);
}

/* ---- its layers ---- */

static int64_t taps_of(const mimikit_layers *l, int layer)
{
    if (l->kernel_count == l->count)
        return l->kernels[layer];
    return l->kernels[l->kernel_count ? layer % l->kernel_count : 0];
}

/* What a layer reads is less by `zero` [width] from here on. */
static void hear_from(tb_mimikit_layer *layer, const float *zero,
                      int64_t groups)
{
    int64_t out = layer->shape.dim[0], in = layer->shape.dim[1];
    int64_t taps = layer->shape.dim[2];
    for (int64_t o = 0; layer->weight && layer->bias && o < out; o++) {
        int64_t first = o / (out / groups) * in;
        for (int64_t i = 0; i < in * taps; i++)
            layer->bias[o] +=
                layer->weight[o * in * taps + i] * zero[first + i / taps];
    }
}

static void take_dilated(const mimikit_layers *l, int i, const float *zero)
{
    tb_mimikit *m = l->m;
    tb_mimikit_layer dilated = tb_mimikit_layer_of(
        m,
        tb_mimikit_name(m, "layers.%d.conv_dil.0%s", i, l->gated ? ".0" : ""),
        tb_dims((1 + l->gated) * l->width, l->width / l->groups,
                taps_of(l, i)));
    if (i == 0 && zero)
        hear_from(&dilated, zero, l->groups);
    tb_mimikit_give(m, &dilated, tb_mimikit_name(m, "layers.%d.dilated", i));
}

static void take_residual(const mimikit_layers *l, int i, const float *zero)
{
    tb_mimikit *m = l->m;
    tb_mimikit_layer residual =
        tb_mimikit_layer_of(m, tb_mimikit_name(m, "layers.%d.conv_res", i),
                            tb_dims(l->width, l->width, 1));
    for (int64_t k = 0; i == 0 && zero && residual.bias && k < l->width; k++)
        residual.bias[k] += zero[k];
    tb_mimikit_give(m, &residual, tb_mimikit_name(m, "layers.%d.residual", i));
}

/* `head` (null: none) is put into the skips, its bias into the first. */
static void take_skip(const mimikit_layers *l, int i,
                      const tb_mimikit_layer *head)
{
    tb_mimikit *m = l->m;
    tb_mimikit_layer skip =
        tb_mimikit_layer_of(m, tb_mimikit_name(m, "layers.%d.conv_skip", i),
                            tb_dims(l->skips, l->width, 1));
    if (head)
        skip = tb_mimikit_then(m, &skip, head, 1, i == 0);
    tb_mimikit_give(m, &skip, tb_mimikit_name(m, "layers.%d.skip", i));
}

/* The last layer's residual is there when the blocks were not told; nothing
   reads it but a head without skips. */
static void leave_last_residual(const mimikit_layers *l)
{
    static const char *const kinds[] = {"weight", "bias"};
    for (int k = 0; k < 2; k++) {
        const char *name = tb_mimikit_name(l->m, "layers.%d.conv_res.%s",
                                           l->count - 1, kinds[k]);
        if (!tb_mimikit_has_tensor(l->m, name))
            continue;
        refuse_if(l->m, !l->skips, "its last layer has a residual");
        tb_mimikit_shape(l->m, name);
    }
}

/* `zero` [width] is taken from what the layers read; null: nothing is. */
static void take_layers(const mimikit_layers *l, const float *zero,
                        const tb_mimikit_layer *head)
{
    for (int i = 0; i < l->count; i++) {
        take_dilated(l, i, zero);
        if (l->skips)
            take_skip(l, i, head);
        if (l->adds && i + 1 < l->count)
            take_residual(l, i, zero);
    }
    leave_last_residual(l);
}

/* ---- around them ---- */

static void take_levels(const mimikit_layers *l)
{
    tb_mimikit *m = l->m;
    tb_mulaw law = {0};
    m->instrument = "wavenet";
    tb_mimikit_set_levels(m);
    refuse_if(m, strcmp(m->io.input, "EmbeddingIO") != 0,
              "it reads levels by another module than EmbeddingIO");
    tb_mimikit_set(m, "input", "embedding");
    tb_mimikit_set(m, "skips_dim", "%d", l->skips ? m->io.head_size : 0);
    const char *table = "input_modules.0.0.weight";
    const float *levels =
        tb_mimikit_floats(m, table, tb_dims(m->io.levels, l->width));
    tb_mimikit_take(m, table, "embedding.weight");
    if (!levels || tb_mulaw_init(&law, m->io.levels, m->io.mulaw, NULL))
        return;
    const float *silence = levels + tb_mulaw_quantise(&law, 0) * l->width;
    if (l->skips) {
        const tb_mimikit_layer head = tb_mimikit_head_layer(m, 0);
        take_layers(l, silence, &head);
    } else {
        take_layers(l, silence, NULL);
    }
    tb_mimikit_set_head(m, l->skips ? 1 : 0);
}

static void take_spectra(const mimikit_layers *l)
{
    tb_mimikit *m = l->m;
    int64_t bins = m->io.fft / 2 + 1;
    m->instrument = "freqnet";
    tb_mimikit_set_spectra(m);
    tb_mimikit_set(m, "skips_dim", "%d", (int)l->skips);
    tb_mimikit_set(m, "activation", "none");
    tb_mimikit_set(m, "dropout", "0");
    const tb_mimikit_layer in = tb_mimikit_sum_of(
        m, "input_modules.0.0", m->io.input_chunks, tb_dims(l->width, bins, 1));
    tb_mimikit_give(m, &in, "input");
    take_layers(l, NULL, NULL);
    const tb_mimikit_layer head =
        tb_mimikit_sum_of(m, "output_modules.0.0", m->io.output_chunks,
                          tb_dims(bins, l->skips ? l->skips : l->width));
    tb_mimikit_give(m, &head, "head");
}

static void convert(tb_mimikit *m)
{
    mimikit_layers l = {.m = m};
    refuse_unknown(m);
    read_blocks(&l);
    read_sizes(&l);
    if (l.groups < 1 || l.width % l.groups)
        tb_mimikit_refuse(m, "its groups do not divide its dims_dilated");
    else if (m->io.spectra)
        take_spectra(&l);
    else
        take_levels(&l);
}

const tb_mimikit_network tb_mimikit_wavenet = {"WaveNet.Config", convert};
