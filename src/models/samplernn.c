#include "models/samplernn.h"

#include "engine/ops/shape.h"
#include "models/frame_sizes.h"
#include "nn/init.h"
#include "nn/layers.h"

#include <stdio.h>

enum { NAME = 64 };

/* ---- sizes ---- */

/* Tiers that remember: all but the sample-level network. */
static int tiers_of(const tb_samplernn *c)
{
    return c->frame_sizes.count - 1;
}

/* In interleaved samples. */
static int64_t frame_size(const tb_samplernn *c, int i)
{
    return (int64_t)c->frame_sizes.at[i] * c->sound.channels;
}

/* What tier i, or the sample-level network below all tiers, works with. */
static int64_t hidden(const tb_samplernn *c, int i)
{
    if (i == tiers_of(c))
        return c->head_size;
    return c->hidden.at[c->hidden.count == 1 ? 0 : i];
}

static unsigned flags_of(const tb_samplernn *c)
{
    return c->weight_norm ? TB_LAYER_WEIGHT_NORM : 0;
}

/* The longest frame, rounded up to whole frames of the top tier, so that all
   tiers keep step with the rows of a batch. */
static int64_t context_of(const void *config)
{
    const tb_samplernn *c = config;
    int64_t top = frame_size(c, 0), longest = top;
    for (int i = 1; i < c->frame_sizes.count; i++)
        if (frame_size(c, i) > longest)
            longest = frame_size(c, i);
    longest = tb_sample_reach(&c->sound, longest);
    return (longest + top - 1) / top * top;
}

/* ---- the network ---- */

typedef struct body {
    tb_builder *builder;
    const tb_samplernn *config;
    tb_value *samples; /* [rows, numbers, frames], 0 is silence */
    tb_value *levels;  /* i64 [rows, frames] */
    tb_value *doubt;   /* whether they are exact; null: none */
    int64_t context;
} body;

/* Frames of `size` samples that lie before frame j * stride of what is to be
   learned: [rows, frames, out]. */
static tb_value *past_frames(const body *b, tb_value *x, const char *name,
                             int64_t size, int64_t stride, int64_t out)
{
    tb_conv_attr how = tb_conv_plain(stride, 1);
    how.left[0] = size - b->context;
    how.right[0] = -1;
    x = tb_conv_layer(x, name, out, size, how, flags_of(b->config));
    return tb_transpose(x, 1, 2);
}

static tb_value *weigh(tb_value *x, tb_value *mix, int i)
{
    return tb_mul(x, tb_slice(mix, 0, i, i + 1, 1));
}

static tb_value *join(const body *b, const char *tier, tb_value *x,
                      tb_value *above)
{
    char name[NAME + 8];
    if (!above || !x)
        return x;
    if (b->config->inputs_mode == TB_SAMPLERNN_STATIC_MIX) {
        snprintf(name, sizeof name, "%s.mix", tier);
        tb_value *mix = tb_param(x->graph, name, tb_dims(2));
        return tb_add(weigh(x, mix, 0), weigh(above, mix, 1));
    }
    x = tb_add(x, above);
    return b->config->inputs_mode == TB_SAMPLERNN_MEAN ? tb_scale(x, 0.5) : x;
}

/* What tier i says to the one below: [rows, its frames, its size]. */
static tb_value *tier(const body *b, int i, tb_value *above)
{
    const tb_samplernn *c = b->config;
    char name[NAME], part[NAME + 8];
    int64_t size = frame_size(c, i);
    int64_t below = i + 1 < tiers_of(c) ? frame_size(c, i + 1) : 1;
    tb_recurrent how = {.cell = c->cell,
                        .layers = c->layers,
                        .hidden = hidden(c, i),
                        .first = c->h0,
                        .dropout = c->dropout,
                        .flags = flags_of(c)};
    snprintf(name, sizeof name, "tiers.%d", i);
    snprintf(part, sizeof part, "%s.input", name);
    tb_value *x = past_frames(b, b->samples, part, size, size, hidden(c, i));
    x = join(b, name, x, above);
    snprintf(part, sizeof part, "%s.labels", name);
    x = tb_add_labels(b->builder, x, part, c->labels, c->frame_sizes.at[i],
                      b->context / size);
    snprintf(part, sizeof part, "%s.doubt", name);
    x = tb_add_doubt(x, b->doubt, part);
    snprintf(part, sizeof part, "%s.rnn", name);
    x = tb_recurrent_layer(x, part, &how);
    snprintf(part, sizeof part, "%s.up", name);
    return tb_frames_to_samples(x, part, size / below, hidden(c, i + 1),
                                flags_of(c));
}

static tb_distribution sample_level(const body *b, tb_value *above)
{
    const tb_samplernn *c = b->config;
    int last = tiers_of(c);
    tb_value *in = b->samples;
    if (c->input == TB_SAMPLERNN_EMBEDDING)
        in = tb_sample_vectors(b->levels, b->samples, "sample.embedding.weight",
                               c->embedding_size, &c->sound);
    const tb_sample_head head = {.mlp = {.layers = c->head_layers,
                                         .hidden = c->head_size,
                                         .activation = c->head_activation,
                                         .flags = flags_of(c)},
                                 .learned_temperature = c->learned_temperature,
                                 .lowest = c->min_temperature};
    tb_value *x = past_frames(b, in, "sample.input", frame_size(c, last), 1,
                              hidden(c, last));
    x = tb_add_doubt(x, b->doubt, "sample.doubt");
    x = tb_activation(join(b, "sample", x, above), c->head_activation);
    return tb_sample_distribution(x, &head, b->levels, b->context, &c->sound);
}

static tb_distribution loop(tb_builder *builder, tb_value *levels,
                            int64_t context)
{
    const tb_samplernn *c = builder->config;
    tb_value *doubt, *heard = tb_sample_heard(builder, levels, &doubt);
    body b = {.builder = builder,
              .config = c,
              .samples = tb_sample_numbers(heard, &c->sound),
              .levels = heard,
              .doubt = doubt,
              .context = context};
    tb_value *x = NULL;
    for (int i = 0; i < tiers_of(c); i++)
        x = tier(&b, i, x);
    return sample_level(&b, x);
}

/* ---- what the frame asks for ---- */

static tb_status check(const void *config, tb_error *error)
{
    const tb_samplernn *c = config;
    if (c->frame_sizes.count < 2)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "SampleRNN needs at least two frame sizes: one tier and "
                       "the last samples, as in 16,8.");
    if (c->hidden.count != 1 && c->hidden.count != tiers_of(c))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "SampleRNN: hidden has %d sizes, but there are %d tiers "
                       "(frame sizes but the last). Give one size for all of "
                       "them, or one for each.",
                       c->hidden.count, tiers_of(c));
    tb_status status =
        tb_frame_sizes_check("SampleRNN", &c->frame_sizes, tiers_of(c), error);
    return status ? status : tb_labels_check(c->labels, error);
}

/* Windows are whole frames of the top tier. */
static int64_t grain_of(const void *config)
{
    return frame_size(config, 0);
}

static const char *labels_of(const void *config)
{
    return ((const tb_samplernn *)config)->labels;
}

static void init(const void *config, tb_params *params, uint64_t seed)
{
    const tb_samplernn *c = config;
    char name[NAME];
    tb_init_params(params, seed);
    for (int i = 1; i < tiers_of(c); i++) {
        snprintf(name, sizeof name, "tiers.%d.mix", i);
        tb_init_fill(params, name, 0.5);
    }
    tb_init_fill(params, "sample.mix", 0.5);
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

static const tb_suits suits = {
    0.5, 0.6, 0.6, 0.5,
    "It plays sample by sample: textures and gestures with the colour of your "
    "sounds, in some noise."};

const tb_instrument tb_samplernn_instrument = {
    .name = "samplernn",
    .about = "Recurrent tiers over longer and longer frames of samples.",
    .settings = &tb_samplernn_settings,
    .suits = &suits,
    .sizes = tb_samplernn_sizes,
    .config_size = sizeof(tb_samplernn),
    .preset = "small",
    .advice = tb_sample_advice,
    .check = check,
    .format = tb_sample_format,
    .network = &network,
    .init = init};
