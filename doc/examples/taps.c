/* An instrument as small as can be: the next sample from the last ones, through
   one hidden layer. doc/adding-a-network.md tells what each thing is for. */
#include "dsp/interleave.h"
#include "dsp/mulaw_ops.h"
#include "engine/ops/shape.h"
#include "models/instrument.h"
#include "nn/layers.h"

extern const tb_instrument taps_instrument;

typedef struct taps {
    double sample_rate;
    int levels, past, hidden;
} taps;

static const tb_setting rows[] = {
    TB_SETTING_FLOAT(taps, sample_rate, "8000", 1000, 192000, "Hz",
                     "Sample rate that the network hears and speaks."),
    TB_SETTING_INT(taps, levels, "64", 2, 4096, NULL,
                   "Levels that a sample can have."),
    TB_SETTING_INT(taps, past, "32", 1, 65536, "samples",
                   "How far back it hears."),
    TB_SETTING_INT(taps, hidden, "16", 1, 8192, NULL, "Size of its layer."),
};

static const char *const wide[] = {"hidden=256", "training.learning_rate=0.001",
                                   NULL};
static const tb_preset presets[] = {{"wide", "knows more sounds", wide}};
static const char *const few[] = {"hidden=64", "training.batch=16", NULL};
static const char *const many[] = {"hidden=256", "training.batch=16", NULL};
static const tb_network_size sizes[] = {{"64 units", few, 1, 0, 0, NULL},
                                        {"256 units", many, 2.7, 1.25, 0, NULL},
                                        {NULL, NULL, 0, 0, 0, NULL}};
static const tb_settings settings = {"network", rows,
                                     sizeof rows / sizeof *rows, presets,
                                     sizeof presets / sizeof *presets};

static tb_sound_format format(const void *config)
{
    const taps *c = config;
    return (tb_sound_format){.sample_rate = c->sample_rate, .channels = 1};
}

static tb_symbols symbols(const void *config)
{
    const taps *c = config;
    return (tb_symbols){
        .type = TB_I64, .levels = c->levels, .frames = 1, .per = 1};
}

static int64_t context(const void *config)
{
    const taps *c = config;
    return c->past;
}

static tb_mulaw law_of(const taps *c)
{
    tb_mulaw law = {0};
    tb_mulaw_init(&law, c->levels, 1, NULL);
    return law;
}

static double mulaw(const void *config)
{
    return law_of(config).compression;
}

static tb_value *encode(tb_builder *b, tb_value *sound)
{
    tb_mulaw law = law_of(b->config);
    return tb_interleave(tb_mulaw_levels(sound, &law));
}

static tb_value *decode(tb_builder *b, tb_value *levels, const tb_prime *prime)
{
    tb_mulaw law = law_of(b->config);
    (void)prime;
    return tb_deinterleave(tb_mulaw_samples(levels, &law), 1);
}

/* Frame j hears samples j - past ... j - 1 of what follows the context. */
static tb_distribution loop(tb_builder *b, tb_value *levels, int64_t heard)
{
    const taps *c = b->config;
    tb_conv_attr how = tb_conv_plain(1, 1);
    how.left[0] = c->past - heard;
    how.right[0] = -1;
    tb_value *x = decode(b, levels, NULL);
    x = tb_conv_layer(x, "input", c->hidden, c->past, how, 0);
    x = tb_transpose(tb_map(x, TB_TANH, 0, 0), 1, 2);
    return tb_levels_distribution(tb_linear_layer(x, "head", c->levels, 0));
}

static const tb_network network = {.symbols = symbols,
                                   .encode = encode,
                                   .loop = loop,
                                   .context = context,
                                   .mulaw = mulaw,
                                   .decode = decode};

const tb_instrument taps_instrument = {
    .name = "taps",
    .about = "The next sample from the last ones, through one layer.",
    .settings = &settings,
    .config_size = sizeof(taps),
    .sizes = sizes,
    .format = format,
    .network = &network};
