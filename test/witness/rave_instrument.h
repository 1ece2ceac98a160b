/* The small RAVE as an instrument: it learns to rebuild sound by spectral
   distances and a divergence whose weight rises, with a codebook of latent
   samples beside it; then its encoder stands still, and its decoder learns
   against two discriminators. */
#ifndef TB_TEST_WITNESS_RAVE_INSTRUMENT_H
#define TB_TEST_WITNESS_RAVE_INSTRUMENT_H

#include "models/instrument.h"
#include "rave_losses.h"

enum { CODES = 6 };
#define CODES_KEPT 0.9  /* of the averages of the codebook, each step */
#define CODE_DEAD 0.004 /* a code that is nearest to fewer of the samples */

typedef struct rave_config {
    int adversarial_from; /* step; -1: on command */
    double share;         /* of the epochs; 0: not by them */
    int patience;         /* tests; 0: it does not begin by a metric ... */
    int waits_for;        /* ... but by this one */
    int every; /* 1: decoder and discriminators in the same steps; 2: in turn */
    bool fed;  /* noise is a feed, as PyTorch had it */
    bool codes;     /* with a codebook */
    bool plain;     /* losses that are means over rows alone */
    double dropout; /* of latent samples, while the encoder learns */
    double full_kl; /* weight of the divergence when it has risen */
    int kl_steps;
} rave_config;

/* ---- network ---- */

static inline tb_symbols rave_symbols(const void *config)
{
    (void)config;
    return (tb_symbols){
        .type = TB_REAL, .channels = LATENT, .frames = 1, .per = HOP};
}

static inline tb_sound_format rave_format(const void *config)
{
    (void)config;
    return (tb_sound_format){8000, 1};
}

/* [codes], [codes, latent], [codes, latent] */
static inline tb_value *code_sizes(tb_graph *g)
{
    return tb_param(g, "enc.codes.size", tb_dims(CODES));
}

static inline tb_value *code_sums(tb_graph *g)
{
    return tb_param(g, "enc.codes.sum", tb_dims(CODES, LATENT));
}

static inline tb_value *codebook(tb_graph *g)
{
    return tb_param(g, "enc.codes.mean", tb_dims(CODES, LATENT));
}

/* z [rows, latent, time] -> i64 [rows, time]: by |c|^2 - 2 c z */
static inline tb_value *nearest(tb_value *z)
{
    tb_value *c = z ? codebook(z->graph) : NULL;
    tb_value *size = tb_sum(tb_map(c, TB_SQUARE, 0, 0), TB_AXIS(1), false);
    tb_value *near = tb_linear(tb_permute(z, (int[]){0, 2, 1}), c, NULL);
    return tb_argmax(tb_sub(tb_scale(near, 2), size), 2);
}

/* [rows, latent, time] */
static inline tb_value *code_of(tb_value *z)
{
    tb_value *q = z ? tb_embedding(codebook(z->graph), nearest(z)) : NULL;
    return tb_permute(q, (int[]){0, 2, 1});
}

static inline tb_value *rave_encode_method(tb_builder *b, tb_value *sound)
{
    const rave_config *c = b->config;
    rave r = {.graph = b->graph, .x = sound};
    rave_encode(&r);
    return c->codes ? code_of(r.mean) : r.mean;
}

static inline tb_value *rave_decode_method(tb_builder *b, tb_value *symbols,
                                           const tb_prime *prime)
{
    (void)b;
    (void)prime;
    return from_bands(decoder(symbols, NULL));
}

static const tb_network rave_network = {.symbols = rave_symbols,
                                        .encode = rave_encode_method,
                                        .decode = rave_decode_method};

/* ---- learning ---- */

enum { AUTOENCODER, DECODER, DISCRIMINATORS };
enum { RECONSTRUCTION, ADVERSARIAL };
enum { GENERATOR, JUDGES };

typedef struct rave_learning {
    const rave_config *c;
    const tb_learning_size *size;
    tb_learning *l;
    rave r; /* of the autoencoder */
} rave_learning;

static inline tb_objective *rave_objective(rave_learning *x, int i,
                                           const char *name, tb_graph *g)
{
    tb_objective *o = &x->l->objective[i];
    *o = (tb_objective){.name = name, .graph = g};
    return o;
}

static inline tb_value *rave_feed(rave_learning *x, tb_objective *o, int feed)
{
    const char *name = feed ? "noise" : "sound";
    tb_value *v =
        tb_input(o->graph, name, TB_REAL, tb_dims(x->size->rows, 1, TB_FRAMES));
    o->input[o->input_count++] =
        (tb_learning_input){v, TB_INPUT_FEED, feed, NULL};
    return v;
}

/* What the decoder hears: codes, with a gradient as if they were the samples.
 */
static inline tb_value *quantised(tb_value *z)
{
    return tb_add(z, tb_detach(tb_sub(code_of(z), z)));
}

/* `learning`: samples of latent space are dropped. */
static inline rave rave_rebuilt(rave_learning *x, tb_objective *o,
                                bool learning)
{
    rave r = {.graph = o->graph, .x = rave_feed(x, o, 0)};
    r.noise = x->c->fed ? rave_feed(x, o, 1) : NULL;
    rave_encode(&r);
    r.z = tb_add(r.mean, tb_mul(r.scale, latent_noise(r.noise, r.mean)));
    if (x->c->codes)
        r.z = quantised(r.z);
    if (learning)
        r.z = tb_dropout(r.z, x->c->dropout);
    r.decoded_bands = decoder(r.z, r.noise);
    r.y = from_bands(r.decoded_bands);
    return r;
}

/* Sums over rows, unlike distances that are relative to all of them. */
static inline tb_value *rave_distances(const rave_learning *x, const rave *r)
{
    return x->c->plain ? tb_add(mean_of(tb_l1(r->x, r->y)),
                                mean_of(tb_l2(r->bands, r->decoded_bands)))
                       : distances(r);
}

/* Latent samples are drawn to their codes. */
static inline tb_value *commitment(tb_value *z)
{
    return mean_of(tb_l2(z, code_of(z)));
}

static inline tb_value *as_number(tb_value *x)
{
    return tb_reshape(x, tb_dims(1));
}

static inline void rave_autoencoder(rave_learning *x)
{
    tb_objective *o =
        rave_objective(x, AUTOENCODER, "autoencoder", tb_graph_new());
    x->r = rave_rebuilt(x, o, !x->size->testing);
    tb_value *weight = tb_input(o->graph, "kl", TB_REAL, tb_dims(1));
    o->input[o->input_count++] =
        (tb_learning_input){weight, TB_INPUT_NUMBER, 0, NULL};
    tb_value *near = rave_distances(x, &x->r);
    tb_value *loss = tb_add(near, tb_mul(divergence(&x->r), weight));
    if (x->c->codes)
        loss = tb_add(loss, tb_scale(commitment(x->r.mean), 0.1));
    o->loss = as_number(loss);
    o->groups = 1u << GENERATOR;
    x->l->metric[0] = (tb_metric){.name = "distance",
                                  .title = "spectral distance",
                                  .better = TB_LOWER_IS_BETTER,
                                  .objective = AUTOENCODER,
                                  .value = as_number(near),
                                  .tested = true};
    x->l->metric[1] = (tb_metric){.name = "divergence",
                                  .title = "divergence of latent samples",
                                  .better = TB_LOWER_IS_BETTER,
                                  .objective = AUTOENCODER,
                                  .value = as_number(divergence(&x->r))};
}

static inline void rave_decoder(rave_learning *x)
{
    tb_objective *o = rave_objective(x, DECODER, "decoder", tb_graph_new());
    rave r = rave_rebuilt(x, o, false);
    judgement real = judge(r.x), fake = judge(r.y);
    tb_value *matching =
        x->c->plain ? mean_of(tb_l1(real.features[0][1], fake.features[0][1]))
                    : feature_matching(&real, &fake);
    o->loss = as_number(tb_add(tb_add(rave_distances(x, &r), deception(&fake)),
                               tb_scale(matching, 10)));
    o->groups = 1u << GENERATOR;
    o->frozen[0] = "enc.";
    x->l->metric[2] = (tb_metric){.name = "deception",
                                  .title = "the decoder's loss",
                                  .better = TB_NEITHER_IS_BETTER,
                                  .objective = DECODER,
                                  .value = o->loss};
    x->r.y = r.y;
}

static inline void rave_discriminators(rave_learning *x)
{
    tb_objective *o =
        rave_objective(x, DISCRIMINATORS, "discriminators", tb_graph_new());
    tb_value *sound = rave_feed(x, o, 0);
    tb_value *made = tb_input(o->graph, "made", TB_REAL,
                              tb_dims(x->size->rows, 1, TB_FRAMES));
    o->input[o->input_count++] =
        (tb_learning_input){made, TB_INPUT_OUTPUT, DECODER, x->r.y};
    judgement real = judge(sound), fake = judge(made);
    o->loss = as_number(discrimination(&real, &fake));
    o->groups = 1u << JUDGES;
    x->l->metric[3] = (tb_metric){.name = "discrimination",
                                  .title = "the discriminators' loss",
                                  .better = TB_NEITHER_IS_BETTER,
                                  .objective = DISCRIMINATORS,
                                  .value = o->loss};
}

/* ---- the codebook ---- */

/* Distance of a latent sample to a code, squared. */
static inline double away(const double *z, int64_t stride, const double *code)
{
    double sum = 0;
    for (int k = 0; k < LATENT; k++)
        sum += (z[k * stride] - code[k]) * (z[k * stride] - code[k]);
    return sum;
}

/* Sample i of z [rows, latent, frames]. */
static inline const double *sample_of(const double *z, int64_t frames,
                                      int64_t i)
{
    return z + i / frames * LATENT * frames + i % frames;
}

enum { LATENT_FRAMES = FRAMES / HOP };

/* One round of Lloyd's: the means of those nearest. */
static inline void lloyd(const double *z, int64_t samples, double *codes,
                         double *sizes)
{
    double sums[CODES * LATENT] = {0};
    for (int k = 0; k < CODES; k++)
        sizes[k] = 0;
    for (int64_t i = 0; i < samples; i++) {
        const double *at = sample_of(z, LATENT_FRAMES, i);
        int best = 0;
        for (int k = 1; k < CODES; k++)
            if (away(at, LATENT_FRAMES, codes + k * LATENT) <
                away(at, LATENT_FRAMES, codes + best * LATENT))
                best = k;
        sizes[best] += 1;
        for (int j = 0; j < LATENT; j++)
            sums[best * LATENT + j] += at[j * LATENT_FRAMES];
    }
    for (int k = 0; k < CODES; k++)
        for (int j = 0; j < LATENT && sizes[k] > 0; j++)
            codes[k * LATENT + j] = sums[k * LATENT + j] / sizes[k];
}

/* Averages that stand for these codes. */
static inline void write_codes(tb_params *p, const double *codes,
                               const double *sizes)
{
    double sums[CODES * LATENT];
    for (int i = 0; i < CODES * LATENT; i++)
        sums[i] = codes[i] * sizes[i / LATENT];
    tb_params_set(p, tb_params_find(p, "enc.codes.mean"), codes);
    tb_params_set(p, tb_params_find(p, "enc.codes.size"), sizes);
    tb_params_set(p, tb_params_find(p, "enc.codes.sum"), sums);
}

static inline tb_status k_means(const void *config, tb_params *p,
                                const double *z, int64_t n, uint64_t seed,
                                tb_error *error)
{
    double codes[CODES * LATENT], sizes[CODES];
    int64_t samples = n / LATENT;
    (void)config;
    (void)seed;
    (void)error;
    for (int k = 0; k < CODES; k++)
        for (int j = 0; j < LATENT; j++)
            codes[k * LATENT + j] = sample_of(
                z, LATENT_FRAMES, k * samples / CODES)[j * LATENT_FRAMES];
    for (int round = 0; round < 4; round++)
        lloyd(z, samples, codes, sizes);
    for (int k = 0; k < CODES; k++)
        sizes[k] = (sizes[k] > 0 ? sizes[k] : 1) / (double)samples;
    write_codes(p, codes, sizes);
    return TB_OK;
}

/* Codes that nobody is near to become a sample that was drawn. */
static inline tb_status revive(const void *config, tb_params *p,
                               const double *z, int64_t n, uint64_t seed,
                               tb_error *error)
{
    double codes[CODES * LATENT], sizes[CODES];
    uint64_t samples = (uint64_t)(n / LATENT);
    (void)config;
    (void)error;
    tb_params_get(p, tb_params_find(p, "enc.codes.mean"), codes);
    tb_params_get(p, tb_params_find(p, "enc.codes.size"), sizes);
    for (int k = 0; k < CODES; k++) {
        if (sizes[k] >= CODE_DEAD)
            continue;
        const double *at =
            sample_of(z, LATENT_FRAMES,
                      (int64_t)((seed >> 8) + (uint64_t)k) % (int64_t)samples);
        for (int j = 0; j < LATENT; j++)
            codes[k * LATENT + j] = at[j * LATENT_FRAMES];
        sizes[k] = 1.0 / CODES;
    }
    write_codes(p, codes, sizes);
    return TB_OK;
}

/* CODES_KEPT of the old, the rest of what came. */
static inline tb_value *averaged(tb_value *old, tb_value *now)
{
    return tb_add(tb_scale(old, CODES_KEPT), tb_scale(now, 1 - CODES_KEPT));
}

/* How many samples, and which on average, each code is nearest to. */
static inline void rave_codebook(rave_learning *x)
{
    tb_learning *l = x->l;
    tb_value *z = x->r.mean;
    tb_value *hit = tb_one_hot(nearest(z), CODES); /* [rows, time, codes] */
    double samples = (double)x->size->rows * LATENT_FRAMES;
    tb_value *count = tb_sum(tb_sum(hit, TB_AXIS(0), false), TB_AXIS(0), false);
    tb_value *sum = tb_sum(tb_matmul(tb_permute(hit, (int[]){0, 2, 1}),
                                     tb_permute(z, (int[]){0, 2, 1})),
                           TB_AXIS(0), false);
    tb_graph *g = l->update = tb_graph_new();
    tb_value *counts = tb_input(g, "counts", TB_REAL, tb_dims(CODES));
    tb_value *sums = tb_input(g, "sums", TB_REAL, tb_dims(CODES, LATENT));
    tb_value *size = averaged(code_sizes(g), counts);
    tb_value *total = averaged(code_sums(g), sums);
    tb_value *mean = tb_div(
        total, tb_reshape(tb_map(size, TB_CLAMP, 1e-9, 1), tb_dims(CODES, 1)));
    l->statistic_count = 2;
    l->statistic[0] =
        (tb_statistic){AUTOENCODER, tb_scale(count, 1 / samples), counts};
    l->statistic[1] =
        (tb_statistic){AUTOENCODER, tb_scale(sum, 1 / samples), sums};
    l->update_count = 3;
    l->updates[0] = (tb_buffer_update){"enc.codes.size", size};
    l->updates[1] = (tb_buffer_update){"enc.codes.sum", total};
    l->updates[2] = (tb_buffer_update){"enc.codes.mean", mean};
    l->hook_count = 2;
    l->hook[0] =
        (tb_hook){"k-means", TB_HOOK_START, 0, AUTOENCODER, z, k_means, NULL};
    l->hook[1] =
        (tb_hook){"dead codes", TB_HOOK_EVERY, 5, AUTOENCODER, z, revive, NULL};
}

/* ---- all of it ---- */

static inline void rave_program(rave_learning *x)
{
    tb_learning *l = x->l;
    int every = x->c->every > 1 ? x->c->every : 1;
    const tb_optimiser_settings *o = &x->size->optimiser;
    for (int i = 0; i < l->feed_count; i++)
        l->feed[i] = (tb_feed){.name = i ? "noise" : "sound",
                               .kind = TB_FEED_EXCERPTS,
                               .window = x->size->window};
    l->number[0] = (tb_scheduled){.name = "kl",
                                  .to = x->c->full_kl,
                                  .steps = x->c->kl_steps,
                                  .phase = -1};
    l->phase[RECONSTRUCTION] =
        (tb_learning_phase){.name = "reconstruction",
                            .turn_count = 1,
                            .turn = {{AUTOENCODER, 1, 0}}};
    l->phase[ADVERSARIAL] = (tb_learning_phase){
        .name = "adversarial",
        .from = x->c->adversarial_from,
        .share = x->c->share,
        .metric = x->c->waits_for,
        .patience = x->c->patience,
        .turn_count = 2,
        .turn = {{DECODER, every, 0}, {DISCRIMINATORS, every, every - 1}}};
    l->group[GENERATOR] = (tb_group){.name = "generator",
                                     .prefix = {"enc.", "dec."},
                                     .optimiser = *o,
                                     .rate = x->size->rate};
    l->group[JUDGES] = (tb_group){.name = "judges",
                                  .prefix = {"dis."},
                                  .optimiser = *o,
                                  .rate = x->size->rate};
    l->group[JUDGES].optimiser.average = 0;
    l->group[JUDGES].rate.rate /= 10;
    l->grain = FRAMES;
    l->listening = TB_LISTEN_CLIPS;
}

static inline tb_status rave_learn(const void *config,
                                   const tb_learning_size *size,
                                   tb_learning *learning, tb_error *error)
{
    const rave_config *c = config;
    *learning = (tb_learning){.feed_count = c->fed ? 2 : 1,
                              .number_count = 1,
                              .objective_count = 3,
                              .phase_count = 2,
                              .group_count = 2,
                              .metric_count = 4};
    rave_learning x = {.c = c, .size = size, .l = learning};
    rave_autoencoder(&x);
    if (c->codes)
        rave_codebook(&x);
    rave_decoder(&x);
    rave_discriminators(&x);
    rave_program(&x);
    tb_status status = TB_OK;
    for (int i = 0; i < 3 && !status; i++)
        status = tb_graph_check(learning->objective[i].graph, error);
    if (!status && learning->update)
        status = tb_graph_check(learning->update, error);
    if (status)
        tb_learning_clear(learning);
    return status;
}

/* The weights that PyTorch had. */
static inline void rave_init(const void *config, tb_params *params,
                             uint64_t seed)
{
    (void)config;
    (void)seed;
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *q = tb_params_at(params, i);
        double *x = calloc((size_t)q->n, sizeof *x);
        for (int64_t k = 0; k < q->n; k++)
            x[k] = weight_at(q, k);
        tb_params_set(params, i, x);
        free(x);
    }
}

static const tb_buffer_row rave_buffers[] = {{"enc.codes.", TB_WRITER_STEP},
                                             {NULL, TB_WRITER_STEP}};

static const tb_setting rave_rows[] = {
    TB_SETTING_INT(rave_config, adversarial_from, "-1", -1, 1000000, "steps",
                   "When the decoder learns against discriminators."),
    TB_SETTING_FLOAT(rave_config, share, "0", 0, 1, NULL,
                     "Part of the epochs after which phase 2 begins."),
    TB_SETTING_INT(rave_config, patience, "0", 0, 1000, "tests",
                   "Or after so many tests that were not better."),
    TB_SETTING_INT(rave_config, waits_for, "0", 0, 1, NULL,
                   "Of the distance, or of the divergence."),
    TB_SETTING_INT(rave_config, every, "2", 1, 8, "steps",
                   "Steps of the decoder and of the discriminators in turn."),
    TB_SETTING_BOOL(rave_config, fed, "no", "Noise comes from outside."),
    TB_SETTING_BOOL(rave_config, codes, "yes", "With a codebook."),
    TB_SETTING_BOOL(rave_config, plain, "no", "Losses are means over rows."),
    TB_SETTING_FLOAT(rave_config, dropout, "0.1", 0, 0.9, NULL,
                     "Part of the latent samples that is left out."),
    TB_SETTING_FLOAT(rave_config, full_kl, "0.1", 0, 10, NULL,
                     "Weight of the divergence."),
    TB_SETTING_INT(rave_config, kl_steps, "20", 0, 1000000, "steps",
                   "Time in which that rises."),
};

static const tb_settings rave_settings = {
    "network", rave_rows, sizeof rave_rows / sizeof *rave_rows, NULL, 0};

static const tb_instrument rave_instrument = {.name = "rave-witness",
                                              .about = "for tests",
                                              .settings = &rave_settings,
                                              .config_size =
                                                  sizeof(rave_config),
                                              .format = rave_format,
                                              .network = &rave_network,
                                              .buffers = rave_buffers,
                                              .init = rave_init,
                                              .learn = rave_learn};

#endif
