#include "models/wavenet.h"

#include "nn/layers.h"

#include <assert.h>

static const char *const inputs[] = {"linear", "embedding", NULL};

static_assert(offsetof(tb_wavenet, sound) == 0,
              "tb_sample_levels stands for the whole");

static const tb_setting rows[] = {
    TB_SAMPLE_LEVELS_ROWS,
    TB_SETTING_CHOICE(tb_wavenet, input, "embedding", inputs,
                      "Samples are read as a learned vector or a number."),
    TB_SETTING_INTS(tb_wavenet, kernel_sizes, "4", 1, 64, NULL,
                    "Taps of all layers, of a block's or of each."),
    TB_SETTING_INTS(tb_wavenet, blocks, "5", 1, 32, NULL,
                    "Layers of each block; each looks further back."),
    TB_SETTING_BOOL(tb_wavenet, gated, "yes",
                    "Layers choose, moment by moment, what they pass on."),
    TB_SETTING_INT(tb_wavenet, dims_dilated, "64", 1, 8192, NULL,
                   "Size of the layers: how much each can tell apart."),
    TB_SETTING_INT(tb_wavenet, residuals_dim, "64", 0, 8192, NULL,
                   "Size of what layers only add to (0: they replace it)."),
    TB_SETTING_INT(tb_wavenet, skips_dim, "64", 0, 8192, NULL,
                   "What all layers tell the head (0: only the last does)."),
    TB_SETTING_INT(tb_wavenet, groups, "1", 1, 1024, NULL,
                   "Layers work in so many groups: faster, knows less."),
    TB_SETTING_INT(tb_wavenet, head_size, "64", 1, 8192, NULL,
                   "Size of the head, which says the next sample."),
    TB_SETTING_INT(tb_wavenet, head_layers, "1", 0, 8, NULL,
                   "Its layers before the logits."),
    TB_SETTING_CHOICE(tb_wavenet, head_activation, "mish", tb_activation_names,
                      "Its activation."),
    TB_SETTING_BOOL(tb_wavenet, learned_temperature, "yes",
                    "The network chooses how sure it is, sample by sample."),
    TB_SETTING_FLOAT(tb_wavenet, min_temperature, "0.001", 1e-6, 1, NULL,
                     "The lowest temperature that it can choose."),
    TB_LABELS_ROW(tb_wavenet),
};

static const char *const small[] = {"output=logistics", "training.window=1024",
                                    NULL};

/* As SampleRNN's was. On the same music 0.3 bits behind the predictor after 15
   minutes on two cores, and 0.21 at best. With stuck and piece in place of mute
   0.26, 0.87: noise with rests. The standard network with softer, stuck and
   piece is 0.44 behind, for 0.66, holds chords, and falls silent in five of
   eight examples: what hears 64 ms does not know for how long it has been
   soft. */
static const char *const exact[] = {
    "output=logistics",   "adaptive_guess=16",  "smallest_scale=0.1",
    "past_noise=0.5",     "tell_noise=yes",     "training.window=1024",
    "training.softer=24", "training.mute=0.03", NULL};

static const char *const mimikit[] = {"kernel_sizes=8,8,4,2",
                                      "output=levels",
                                      "blocks=4",
                                      "dims_dilated=1024",
                                      "residuals_dim=0",
                                      "skips_dim=0",
                                      "groups=8",
                                      "head_size=1024",
                                      "training.learning_rate=0.001",
                                      "training.batch=16",
                                      "training.window=2048",
                                      "training.beta1=0.91",
                                      "training.beta2=0.95",
                                      NULL};

static const char *const mimikit_default[] = {"kernel_sizes=2",
                                              "output=levels",
                                              "blocks=4",
                                              "dims_dilated=128",
                                              "residuals_dim=0",
                                              "skips_dim=0",
                                              "head_size=128",
                                              "training.learning_rate=0.001",
                                              "training.batch=16",
                                              "training.window=2048",
                                              NULL};

static const tb_preset presets[] = {
    {"small", "hears 64 ms; learns on a laptop", small},
    {"exact", "foresees best, but gets stuck when it plays; to measure with",
     exact},
    {"mimikit", "hears 32 ms, 1024 wide, as in its notebook; wants a GPU",
     mimikit},
    {"mimikit_default", "hears 1 ms, as that project's network by itself",
     mimikit_default},
};

const tb_settings tb_wavenet_settings = {"network", rows,
                                         sizeof rows / sizeof *rows, presets,
                                         sizeof presets / sizeof *presets};

/* ---- sizes for budgets ---- */

#define SIZE(size, rate)                                                       \
    {                                                                          \
        "dims_dilated=" size, "residuals_dim=" size, "skips_dim=" size,        \
            "head_size=" size, "training.window=1024", "training.batch=8",     \
            "training.learning_rate=" rate, NULL                               \
    }

static const char *const light[] = SIZE("64", "0.003");
static const char *const full[] = SIZE("128", "0.002");

/* What the second one wants is not measured: as much as SampleRNN's of the same
   step in size. */
const tb_network_size tb_wavenet_sizes[] = {
    {"layers of 64", light, 1, 0, 0, NULL},
    {"layers of 128", full, 3.5, 1.25, 0, NULL},
    {NULL, NULL, 0, 0, 0, NULL}};

/* ---- layers ---- */

enum {
    /* Frames; all that a window can be. */
    LONGEST = 1 << 20
};

static int deepest(const tb_wavenet *c)
{
    int most = 0;
    for (int i = 0; i < c->blocks.count; i++)
        most = c->blocks.at[i] > most ? c->blocks.at[i] : most;
    return most;
}

int tb_wavenet_layer_count(const tb_wavenet *c)
{
    int n = 0;
    for (int i = 0; i < c->blocks.count; i++)
        n += c->blocks.at[i];
    return n;
}

/* Taps of the layer that is the `inner`th of a block and the i-th of all. */
static int64_t taps_at(const tb_wavenet *c, int i, int inner)
{
    if (c->kernel_sizes.count == tb_wavenet_layer_count(c))
        return c->kernel_sizes.at[i];
    return c->kernel_sizes.at[c->kernel_sizes.count == 1 ? 0 : inner];
}

tb_wavenet_layer tb_wavenet_layer_at(const tb_wavenet *c, int i)
{
    int begin = 0;
    tb_wavenet_layer l = {.dilation = 1};
    for (int b = 0; begin + c->blocks.at[b] <= i; b++)
        begin += c->blocks.at[b];
    for (int k = begin; k < i; k++)
        if (l.dilation < LONGEST)
            l.dilation *= taps_at(c, k, k - begin);
    l.taps = taps_at(c, i, i - begin);
    return l;
}

/* Of the first `layers` layers. */
static int64_t field_of(const tb_wavenet *c, int layers)
{
    int64_t n = 1;
    for (int i = 0; i < layers; i++) {
        tb_wavenet_layer l = tb_wavenet_layer_at(c, i);
        n += (l.taps - 1) * l.dilation;
    }
    return n;
}

int64_t tb_wavenet_receptive_field(const tb_wavenet *c)
{
    return field_of(c, tb_wavenet_layer_count(c));
}

/* ---- what goes together ---- */

static tb_status check_kernels(const tb_wavenet *c, tb_error *error)
{
    int given = c->kernel_sizes.count, depth = deepest(c);
    int all = tb_wavenet_layer_count(c);
    if (given == 1 || given == depth || given == all)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "WaveNet: kernel_sizes has %d sizes. Give one for all "
                   "layers, %d for those of %s, or %d, one for each layer.",
                   given, depth,
                   c->blocks.count > 1 ? "the longest block" : "the block",
                   all);
}

/* A block that grows too far is told with the depth that it may have. */
static tb_status check_field(const tb_wavenet *c, tb_error *error)
{
    int begin = 0, layers = 0;
    while (layers < tb_wavenet_layer_count(c) &&
           field_of(c, layers + 1) <= LONGEST)
        layers++;
    if (layers == tb_wavenet_layer_count(c))
        return TB_OK;
    int b = 0;
    while (begin + c->blocks.at[b] <= layers)
        begin += c->blocks.at[b++];
    if (layers == begin)
        return tb_fail(
            error, TB_ERR_ARGUMENT,
            "WaveNet would listen to more than %d samples. Leave out block %d "
            "and what follows it.",
            LONGEST, b + 1);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "WaveNet would listen to more than %d samples: block %d has "
                   "%d layers. With these kernels %d are possible.",
                   LONGEST, b + 1, c->blocks.at[b], layers - begin);
}

static int common_divisor(int a, int b)
{
    return b ? common_divisor(b, a % b) : a;
}

static tb_status check_groups(const tb_wavenet *c, tb_error *error)
{
    int both = common_divisor(c->dims_dilated, c->residuals_dim);
    int less = c->groups, more = c->groups;
    if (both % c->groups == 0)
        return TB_OK;
    while (both % less)
        less--;
    while (more < both && both % more)
        more++;
    return tb_fail(
        error, TB_ERR_ARGUMENT,
        "WaveNet: %d groups do not divide %s (%d%s%.0d). The nearest "
        "that do are %d%s%.0d.",
        c->groups,
        c->residuals_dim ? "dims_dilated and residuals_dim" : "dims_dilated",
        c->dims_dilated, c->residuals_dim ? " and " : "", c->residuals_dim,
        less, more <= both && both % more == 0 ? " and " : "",
        more <= both && both % more == 0 ? more : 0);
}

tb_status tb_wavenet_check(const void *config, tb_error *error)
{
    tb_status status = check_kernels(config, error);
    if (status == TB_OK)
        status = check_field(config, error);
    if (status == TB_OK)
        status = check_groups(config, error);
    return status
               ? status
               : tb_labels_check(((const tb_wavenet *)config)->labels, error);
}
