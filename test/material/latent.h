/* Two small instruments: an autoencoder of eight samples in three numbers, and
   one that foresees those numbers and stands on a checkpoint of the first. */
#ifndef TB_TEST_MATERIAL_LATENT_H
#define TB_TEST_MATERIAL_LATENT_H

#include "engine/ops.h"
#include "models/checkpoint.h"
#include "models/instrument.h"
#include "nn/layers.h"

enum { LATENT_NUMBERS = 3, LATENT_SAMPLES = 8 };

/* ---- the autoencoder ---- */

typedef struct boxes {
    double sample_rate;
} boxes;

static const tb_setting boxes_rows[] = {
    TB_SETTING_FLOAT(boxes, sample_rate, "8000", 1000, 192000, "Hz",
                     "Sample rate."),
};

static const tb_settings boxes_settings = {"network", boxes_rows, 1, NULL, 0};

static inline tb_sound_format boxes_format(const void *config)
{
    return (tb_sound_format){((const boxes *)config)->sample_rate, 1};
}

static inline tb_symbols boxes_symbols(const void *config)
{
    (void)config;
    return (tb_symbols){.type = TB_REAL,
                        .channels = LATENT_NUMBERS,
                        .frames = 1,
                        .per = LATENT_SAMPLES};
}

static inline tb_value *boxes_encode(tb_builder *b, tb_value *sound)
{
    (void)b;
    return tb_conv_layer(sound, "encoder", LATENT_NUMBERS, LATENT_SAMPLES,
                         tb_conv_plain(LATENT_SAMPLES, 1), 0);
}

static inline tb_value *boxes_decode(tb_builder *b, tb_value *symbols,
                                     const tb_prime *prime)
{
    (void)prime;
    return tb_conv_transposed(
        symbols,
        tb_param(b->graph, "decoder.weight",
                 tb_dims(LATENT_NUMBERS, 1, LATENT_SAMPLES)),
        tb_param(b->graph, "decoder.bias", tb_dims(1)),
        tb_conv_plain(LATENT_SAMPLES, 1));
}

static inline tb_status boxes_learn(const void *config,
                                    const tb_learning_size *size,
                                    tb_learning *l, tb_error *error)
{
    *l = (tb_learning){.objective_count = 1};
    tb_graph *g = tb_graph_new();
    if (!g)
        return tb_fail_memory(error);
    tb_builder b = {
        .graph = g, .config = config, .rows = size->rows, .learning = true};
    tb_value *sound =
        tb_input(g, "sound", TB_REAL, tb_dims(size->rows, 1, TB_FRAMES));
    tb_value *again = boxes_decode(&b, boxes_encode(&b, sound), NULL);
    tb_value *off = tb_map(tb_sub(again, sound), TB_SQUARE, 0, 0);
    tb_value *loss = tb_reshape(tb_mean(off, TB_ALL_AXES, false), tb_dims(1));
    l->feed_count = l->phase_count = l->metric_count = l->group_count = 1;
    l->feed[0] = (tb_feed){
        .name = "sound", .kind = TB_FEED_EXCERPTS, .window = size->window};
    l->objective[0] = (tb_objective){.name = "again",
                                     .graph = g,
                                     .loss = loss,
                                     .groups = 1,
                                     .input_count = 1,
                                     .input = {{sound, TB_INPUT_FEED, 0, 0}}};
    l->phase[0] = (tb_learning_phase){
        .name = "learning", .turn_count = 1, .turn = {{0, 1, 0}}};
    l->group[0] = (tb_group){.name = "all",
                             .prefix = {""},
                             .optimiser = size->optimiser,
                             .rate = size->rate};
    l->metric[0] = (tb_metric){.name = "distance",
                               .title = "distance",
                               .better = TB_LOWER_IS_BETTER,
                               .value = loss,
                               .tested = true};
    l->grain = LATENT_SAMPLES;
    l->listening = TB_LISTEN_CLIPS;
    tb_status status = tb_graph_check(g, error);
    if (status)
        tb_learning_clear(l);
    return status;
}

static const tb_network boxes_network = {
    .symbols = boxes_symbols, .encode = boxes_encode, .decode = boxes_decode};

static const tb_instrument boxes_instrument = {
    .name = "boxes",
    .about = "for tests: eight samples in three numbers",
    .settings = &boxes_settings,
    .config_size = sizeof(boxes),
    .format = boxes_format,
    .network = &boxes_network,
    .learn = boxes_learn};

/* ---- the one that stands on it ---- */

typedef struct prior {
    double sample_rate;
    int numbers, samples; /* of the base's symbols */
    char base[1024];
} prior;

static const tb_setting prior_rows[] = {
    TB_SETTING_FLOAT(prior, sample_rate, "16000", 1000, 192000, "Hz",
                     "Sample rate: the base's."),
    TB_SETTING_INT(prior, numbers, "1", 1, 65536, NULL, "The base's."),
    TB_SETTING_INT(prior, samples, "1", 1, 65536, NULL, "The base's."),
    TB_SETTING_TEXT(prior, base, "", "The checkpoint that it stands on."),
};

static const tb_settings prior_settings = {"network", prior_rows, 4, NULL, 0};

static inline tb_sound_format prior_format(const void *config)
{
    return (tb_sound_format){((const prior *)config)->sample_rate, 1};
}

static inline tb_symbols prior_symbols(const void *config)
{
    const prior *c = config;
    return (tb_symbols){.type = TB_REAL,
                        .channels = c->numbers,
                        .frames = 1,
                        .per = c->samples};
}

static inline tb_status prior_stand(void *config, const tb_checkpoint *base,
                                    tb_error *error)
{
    prior *c = config;
    if (!base->instrument->network)
        return tb_fail(error, TB_ERR_ARGUMENT, "A network is needed.");
    tb_symbols s = base->instrument->network->symbols(base->config);
    c->sample_rate = base->instrument->format(base->config).sample_rate;
    c->numbers = s.channels;
    c->samples = (int)s.per;
    return TB_OK;
}

static inline int64_t prior_context(const void *config)
{
    (void)config;
    return 1;
}

/* The last numbers, without what the base's encoder adds to them, say the next
   ones. */
static inline tb_distribution prior_loop(tb_builder *b, tb_value *symbols,
                                         int64_t context)
{
    const prior *c = b->config;
    tb_conv_attr one = tb_conv_plain(1, 1);
    tb_value *middle =
        tb_reshape(tb_param(b->graph, "encoder.bias", tb_dims(c->numbers)),
                   tb_dims(1, c->numbers, 1));
    tb_value *last = tb_pad(symbols, 2, 1 - context, -1 + !context);
    tb_value *x = tb_sub(last, middle);
    x = tb_map(tb_conv_layer(x, "hidden", 8, 1, one, 0), TB_TANH, 0, 0);
    return tb_normal_distribution(
        tb_conv_layer(x, "mean", c->numbers, 1, one, 0),
        tb_conv_layer(x, "deviation", c->numbers, 1, one, 0));
}

static const tb_buffer_row prior_buffers[] = {
    {"encoder.bias", TB_WRITER_CHECKPOINT}, {NULL, 0}};

static const tb_network prior_network = {
    .symbols = prior_symbols, .loop = prior_loop, .context = prior_context};

static const char *const stands_on[] = {"base", NULL};

static const tb_instrument prior_instrument = {
    .name = "prior",
    .about = "for tests: foresees the numbers of its base",
    .settings = &prior_settings,
    .config_size = sizeof(prior),
    .format = prior_format,
    .network = &prior_network,
    .buffers = prior_buffers,
    .bases = stands_on,
    .stand = prior_stand};

/* ---- one that stands on another's levels (tiny.h) ---- */

#ifdef TB_TEST_TRAIN_TINY_H

typedef struct echoing {
    tiny_config tiny;
    char base[1024];
} echoing;

static const tb_setting echoing_rows[] = {
    TB_SETTING_TEXT(echoing, base, "", "The checkpoint that it stands on."),
};

static const tb_settings echoing_settings = {"network", echoing_rows, 1, NULL,
                                             0};

static const tb_network echoing_network = {
    .symbols = tiny_symbols, .loop = tiny_loop, .context = tiny_context};

/* Draws from anywhere, with no states that go on. */
static inline tb_status echoing_learn(const void *config,
                                      const tb_learning_size *size,
                                      tb_learning *l, tb_error *error);

static const tb_instrument echoing_instrument = {
    .name = "echoing",
    .about = "for tests: foresees the levels of its base",
    .settings = &echoing_settings,
    .config_size = sizeof(echoing),
    .format = tiny_format,
    .network = &echoing_network,
    .init = tiny_init,
    .learn = echoing_learn,
    .bases = stands_on};

static inline tb_status echoing_learn(const void *config,
                                      const tb_learning_size *size,
                                      tb_learning *l, tb_error *error)
{
    tb_status status =
        tb_learn_to_foresee(&echoing_instrument, config, size, l, error);
    l->feed[0].excerpts = true;
    return status;
}

#endif

#endif
