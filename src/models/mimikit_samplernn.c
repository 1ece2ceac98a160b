/* Nothing lies in mimikit's SampleRNN between where its sample-level network
   meets the tiers and the first layer of its head: that layer is put into the
   two that lead there, and what remains is of our shape. The last tier's
   features, which mimikit confuses in training, are right when it plays. */
#include "models/mimikit.h"

#include <string.h>

enum { MOST_TIERS = 32 };

typedef struct mimikit_tiers {
    tb_mimikit *m;
    int64_t sizes[MOST_TIERS]; /* of frames; the last is no tier */
    int count, layers;
    int64_t hidden;
    const char *cell;
    bool has_bias;
} mimikit_tiers;

static void read_sizes(mimikit_tiers *t)
{
    tb_mimikit *m = t->m;
    t->count =
        tb_mimikit_integers(m, "frame_sizes", 1, 65536, t->sizes, MOST_TIERS);
    for (int i = 1; i < t->count - 1; i++)
        if (t->sizes[i - 1] % t->sizes[i])
            tb_mimikit_refuse(m, "its frame_sizes do not divide each other");
    if (t->count < 2)
        tb_mimikit_refuse(m, "its frame_sizes must be two at least");
    tb_mimikit_set_integers(m, "frame_sizes", t->sizes, t->count);
}

static void read_cells(mimikit_tiers *t)
{
    tb_mimikit *m = t->m;
    t->hidden = tb_mimikit_integer(m, "hidden_dim", 1, 8192);
    t->layers = (int)tb_mimikit_integer(m, "n_rnn", 1, 8);
    t->cell = tb_mimikit_text(m, "rnn_class");
    t->has_bias = tb_mimikit_flag(m, "rnn_bias");
    bool remembers = strcmp(t->cell, "none") != 0;
    t->layers = remembers ? t->layers : 0;
    tb_mimikit_set(m, "hidden", "%d", (int)t->hidden);
    tb_mimikit_set(m, "cell", "%s", remembers ? t->cell : "gru");
    tb_mimikit_set(m, "layers", "%d", t->layers);
    tb_mimikit_set(m, "h0", "%s",
                   remembers ? tb_mimikit_text(m, "h0_init") : "zeros");
}

/* PyTorch's recurrent layers are called as ours; without biases ours has
   zeros. */
static void take_memory(const mimikit_tiers *t, int tier)
{
    static const char *const kinds[] = {"weight_ih", "weight_hh", "bias_ih",
                                        "bias_hh"};
    tb_mimikit *m = t->m;
    int64_t gates = strcmp(t->cell, "lstm") == 0  ? 4
                    : strcmp(t->cell, "gru") == 0 ? 3
                                                  : 1;
    for (int i = 0; i < 4 * t->layers; i++) {
        const char *name = tb_mimikit_name(m, "tiers.%d.rnn.%s_l%d", tier,
                                           kinds[i % 4], i / 4);
        bool bias = i % 4 >= 2;
        if (bias && !t->has_bias)
            tb_mimikit_make(m, name, tb_dims(gates * t->hidden));
        else
            tb_mimikit_take_as(m, name, name,
                               bias ? tb_dims(gates * t->hidden)
                                    : tb_dims(gates * t->hidden, t->hidden));
    }
}

/* With one input all ways to mix are the same; a weight of its own is 1. */
static const char *input_of(const mimikit_tiers *t, int tier)
{
    tb_mimikit *m = t->m;
    const char *mix = tb_mimikit_name(m, "tiers.%d.input_module.weights", tier);
    if (tb_mimikit_has_tensor(m, mix))
        tb_mimikit_shape(m, mix);
    return tb_mimikit_name(m, "tiers.%d.input_module.heads.0.2", tier);
}

static void take_tier(const mimikit_tiers *t, int i,
                      const tb_mimikit_layer *head)
{
    tb_mimikit *m = t->m;
    int64_t size = t->sizes[i], width = t->hidden;
    bool is_last = i == t->count - 2;
    int64_t below = is_last ? size : size / t->sizes[i + 1];
    tb_mimikit_layer in =
        tb_mimikit_layer_of(m, input_of(t, i), tb_dims(width, 1, size));
    tb_mimikit_hear_levels(m, &in);
    tb_mimikit_give(m, &in, tb_mimikit_name(m, "tiers.%d.input", i));
    take_memory(t, i);
    tb_mimikit_layer up =
        tb_mimikit_layer_of(m, tb_mimikit_name(m, "tiers.%d.up_sampler.fc", i),
                            tb_dims(width * below, width));
    if (is_last)
        up = tb_mimikit_then(m, &up, head, (int)below, false);
    tb_mimikit_give(m, &up, tb_mimikit_name(m, "tiers.%d.up", i));
}

static void take_samples(const mimikit_tiers *t, const tb_mimikit_layer *head)
{
    tb_mimikit *m = t->m;
    int last = t->count - 1;
    const char *name = tb_mimikit_name(m, "%s.2.cv", input_of(t, last));
    tb_mimikit_layer in =
        tb_mimikit_layer_of(m, name, tb_dims(t->hidden, 1, t->sizes[last]));
    tb_mimikit_hear_levels(m, &in);
    in = tb_mimikit_then(m, &in, head, 1, true);
    tb_mimikit_give(m, &in, "sample.input");
}

static void convert(tb_mimikit *m)
{
    mimikit_tiers t = {.m = m};
    m->instrument = "samplernn";
    if (strcmp(m->io.input, "FramedLinearIO") != 0)
        tb_mimikit_refuse(m,
                          "its tiers read '%.100s' where FramedLinearIO is "
                          "known",
                          m->io.input);
    tb_mimikit_set_levels(m);
    tb_mimikit_set(m, "input", "linear");
    read_sizes(&t);
    read_cells(&t);
    if (t.count < 2)
        return;
    const tb_mimikit_layer head = tb_mimikit_head_layer(m, 0);
    for (int i = 0; i < t.count - 1; i++)
        take_tier(&t, i, &head);
    take_samples(&t, &head);
    tb_mimikit_set_head(m, 1);
}

const tb_mimikit_network tb_mimikit_samplernn = {"SampleRNN.Config", convert};
