#include "models/transformer.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "nn/init.h"
#include "nn/layers.h"

#include <stdio.h>

enum { NAME = 64 };

/* ---- how far back ---- */

static int last_of(const tb_transformer *c)
{
    return c->frame_sizes.count - 1;
}

int64_t tb_transformer_span(const tb_transformer *c, int i)
{
    return i < last_of(c) ? c->frame_sizes.at[i] : 1;
}

static int entry(const tb_int_list *list, int i)
{
    return list->at[list->count == 1 ? 0 : i];
}

int64_t tb_transformer_dim(const tb_transformer *c, int i)
{
    return entry(&c->dim, i);
}

tb_transformer_how tb_transformer_how_of(const tb_transformer *c, int i)
{
    return (tb_transformer_how){
        .layers = entry(&c->layers, i),
        .heads = c->heads,
        .window = entry(&c->look_back, i),
        .hidden = c->mlp_factor * tb_transformer_dim(c, i),
        .gated = c->gated,
        .norm = c->norm,
        .positions = c->positions,
        .dropout = c->dropout,
    };
}

/* Frames of sound before those that are learned: where entry i begins to say
   something, and where it begins to read its own frames. */
typedef struct reach {
    int64_t says, reads;
} reach;

static reach reach_of(const tb_transformer *c, int i)
{
    int64_t span = tb_transformer_span(c, i);
    tb_transformer_how how = tb_transformer_how_of(c, i);
    reach r = {0, 0};
    if (i < last_of(c)) {
        int64_t below = reach_of(c, i + 1).reads;
        r.says = (below + span - 1) / span * span;
    }
    r.reads = r.says + tb_transformer_past(&how) * span;
    return r;
}

/* Whole frames of the top tier, so that all tiers keep step. */
int64_t tb_transformer_context(const tb_transformer *c)
{
    int64_t ch = c->sound.channels, top = tb_transformer_span(c, 0), most = 0;
    for (int i = 0; i <= last_of(c); i++) {
        int64_t n = tb_sample_reach(&c->sound, c->frame_sizes.at[i] * ch);
        n = reach_of(c, i).reads + (n + ch - 1) / ch;
        most = n > most ? n : most;
    }
    return (most + top - 1) / top * top;
}

/* ---- the network ---- */

typedef struct heard {
    tb_builder *builder;
    const tb_transformer *config;
    tb_value *samples; /* [rows, numbers, frames * channels] */
    tb_value *levels;  /* i64 [rows, frames * channels] */
    tb_value *doubt;   /* whether they are exact; null: none */
    int64_t context;   /* in frames of sound */
} heard;

static reach reach_in(const heard *b, int i)
{
    return b->context ? reach_of(b->config, i) : (reach){0, 0};
}

/* Vectors of the last samples, without those that lie before what entry i
   reads: `gone` of them. */
static tb_value *vectors_of(const heard *b, const char *name, int64_t gone)
{
    const tb_transformer *c = b->config;
    char full[NAME + 24];
    bool fine = c->sound.output == TB_SAMPLE_OUTPUT_LOGISTICS;
    tb_value *levels = tb_pad(b->levels, 1, -gone, 0);
    tb_value *numbers = fine ? tb_pad(b->samples, 2, -gone, 0) : NULL;
    snprintf(full, sizeof full, "%s.embedding.weight", name);
    return tb_sample_vectors(levels, numbers, full, c->embedding_size,
                             &c->sound);
}

/* What entry i reads: a vector of each of its frames, [rows, frames, dim]. */
static tb_value *frames_of(const heard *b, int i, const char *name)
{
    const tb_transformer *c = b->config;
    int64_t ch = c->sound.channels, size = c->frame_sizes.at[i] * ch;
    int64_t before = (b->context - reach_in(b, i).reads) * ch;
    tb_value *x = b->samples;
    char full[NAME + 24];
    if (i == last_of(c) && c->embedding_size) {
        int64_t gone = before - tb_sample_reach(&c->sound, size);
        gone = gone > 0 ? gone : 0;
        x = vectors_of(b, name, gone);
        before -= gone;
    }
    tb_conv_attr how = tb_conv_plain(tb_transformer_span(c, i) * ch, 1);
    how.left[0] = size - before;
    how.right[0] = -1;
    snprintf(full, sizeof full, "%s.input", name);
    x = tb_conv_layer(x, full, tb_transformer_dim(c, i), size, how, 0);
    return tb_transpose(x, 1, 2);
}

static void name_of(const tb_transformer *c, int i, char name[NAME])
{
    if (i < last_of(c))
        snprintf(name, NAME, "tiers.%d", i);
    else
        snprintf(name, NAME, "sample");
}

/* What the tier above says of frames from which on entry i reads. */
static tb_value *join(const heard *b, int i, tb_value *x, tb_value *above)
{
    int64_t span = tb_transformer_span(b->config, i);
    if (!above || !x)
        return x;
    int64_t more = (reach_in(b, i - 1).says - reach_in(b, i).reads) / span;
    return tb_add(x, more ? tb_pad(above, 1, -more, 0) : above);
}

/* Entry i is told the doubt and the label of each of its frames. */
static tb_value *told(const heard *b, int i, tb_value *x, const char *name)
{
    int64_t span = tb_transformer_span(b->config, i);
    char full[NAME + 8];
    snprintf(full, sizeof full, "%s.doubt", name);
    x = tb_add_doubt(x, b->doubt, full);
    snprintf(full, sizeof full, "%s.labels", name);
    return tb_add_labels(b->builder, x, full, b->config->labels, span,
                         (b->context - reach_in(b, i).reads) / span);
}

/* What entry i found of each of its frames, or what it says to the one below.
 */
static tb_value *entry_of(const heard *b, int i, tb_value *above)
{
    const tb_transformer *c = b->config;
    tb_transformer_how how = tb_transformer_how_of(c, i);
    char name[NAME], up[NAME + 8];
    name_of(c, i, name);
    tb_value *x = join(b, i, frames_of(b, i, name), above);
    x = tb_transformer_layers(told(b, i, x, name), name, &how,
                              b->context ? tb_transformer_past(&how) : 0);
    if (i == last_of(c))
        return x;
    snprintf(up, sizeof up, "%s.up", name);
    return tb_frames_to_samples(
        x, up, tb_transformer_span(c, i) / tb_transformer_span(c, i + 1),
        tb_transformer_dim(c, i + 1), 0);
}

/* In stereo, a vector for each sample of a frame. */
static tb_value *split(const heard *b, tb_value *x)
{
    const tb_transformer *c = b->config;
    int64_t ch = c->sound.channels, dim = tb_transformer_dim(c, last_of(c));
    tb_conv_attr how = tb_conv_plain(1, 1);
    if (ch == 1)
        return x;
    how.left[0] = ch - b->context * ch;
    how.right[0] = -1;
    x = tb_frames_to_samples(x, "split.up", ch, dim, 0);
    tb_value *last = tb_conv_layer(b->samples, "split.input", dim, ch, how, 0);
    return tb_activation(tb_add(x, tb_transpose(last, 1, 2)),
                         c->head_activation);
}

static tb_distribution loop(tb_builder *builder, tb_value *levels,
                            int64_t context)
{
    const tb_transformer *c = builder->config;
    const tb_sample_head head = {.mlp = {.layers = c->head_layers,
                                         .hidden = c->head_size,
                                         .activation = c->head_activation},
                                 .learned_temperature = c->learned_temperature,
                                 .lowest = c->min_temperature};
    tb_value *doubt;
    levels = tb_sample_heard(builder, levels, &doubt);
    heard b = {builder, c,     tb_sample_numbers(levels, &c->sound),
               levels,  doubt, context / c->sound.channels};
    tb_value *x = NULL;
    for (int i = 0; i <= last_of(c); i++)
        x = entry_of(&b, i, x);
    return tb_sample_distribution(split(&b, x), &head, levels, context,
                                  &c->sound);
}

/* ---- what the frame asks for ---- */

static int64_t context_of(const void *config)
{
    const tb_transformer *c = config;
    return tb_transformer_context(c) * c->sound.channels;
}

static int64_t grain_of(const void *config)
{
    const tb_transformer *c = config;
    return tb_transformer_span(c, 0) * c->sound.channels;
}

static const char *labels_of(const void *config)
{
    return ((const tb_transformer *)config)->labels;
}

static const char *advice(const void *config)
{
    (void)config;
    return "A Transformer on samples is for long budgets: give it hours. In a "
           "quarter of an hour samplernn gets further.";
}

static void init(const void *config, tb_params *params, uint64_t seed)
{
    const tb_transformer *c = config;
    char name[NAME];
    tb_init_params(params, seed);
    for (int i = 0; i <= last_of(c); i++) {
        tb_transformer_how how = tb_transformer_how_of(c, i);
        name_of(c, i, name);
        tb_transformer_init(params, name, &how);
    }
    tb_sample_init(config, params);
}

static const tb_network network = {.symbols = tb_sample_symbols,
                                   .encode = tb_sample_encode,
                                   .loop = loop,
                                   .context = context_of,
                                   .grain = grain_of,
                                   .labels = labels_of,
                                   .mulaw = tb_sample_mulaw,
                                   .coarse_nats = tb_sample_coarse_nats,
                                   .decode = tb_sample_decode};

const tb_instrument tb_transformer_instrument = {
    .name = "transformer",
    .about = "Attention over the last samples, or over frames of them.",
    .settings = &tb_transformer_settings,
    .config_size = sizeof(tb_transformer),
    .preset = "small",
    .check = tb_transformer_check,
    .format = tb_sample_format,
    .advice = advice,
    .network = &network,
    .init = init};
