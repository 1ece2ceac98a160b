/* How a RAVE learns: first to rebuild what it hears, by distances of spectra;
   then, while the encoder stands still, its decoder learns against
   discriminators, in turn with these. */
#include "models/rave_losses.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "models/rave_latents.h"
#include "models/rave_targets.h"
#include "nn/init.h"

#include <stdio.h>

static const double MOMENTUM = 0.1; /* of running statistics */

/* Where the distance decides, it is tested so often at least. */
enum { TESTS_TO_WAIT = 3 };

enum { GENERATOR, DISCRIMINATORS }; /* groups */

/* Of the divergence: all latents together say less than that, twice in nats; of
   the discriminators' loss, each. */
static const double COLLAPSED = 0.05, CERTAIN = 0.02;

static const char collapsed[] =
    "The latents say next to nothing: they are drawn together so much that the "
    "decoder makes its sound without them. Begin another run with a smaller "
    "divergence.";
static const char certain[] =
    "The discriminators tell what is made from your recordings without fail, "
    "and so the decoder learns little from them. A smaller discriminator_rate "
    "may help, or a first phase that lasts longer.";
static const char drawn_ahead[] =
    "With latents that are drawn it comes nearer to held-out sound than with "
    "their means: these say little yet, and play too softly. Play it with "
    "--attribute spread=1, or let the next training draw latents together "
    "less: a tenth of divergence and of divergence_start.";
static const char second_phase[] =
    "From now on discriminators listen to what is made beside your recordings: "
    "it gets rougher at first, and then clearer, while what latents mean "
    "stays.";

/* ---- what is made small ---- */

static tb_value *as_number(tb_value *x)
{
    return tb_reshape(x, tb_dims(1));
}

/* ---- running statistics ---- */

static void follow(tb_learning *l, int objective, const tb_rave_norm *n,
                   const char *which, tb_value *now)
{
    char name[160];
    if (!now || l->statistic_count == TB_MOST_STATISTICS)
        return;
    int i = l->statistic_count++;
    snprintf(name, sizeof name, "%s.%s", n->name, which);
    tb_shape shape = tb_value_shape(now);
    tb_value *mean = tb_input(l->update, which, TB_REAL, shape);
    tb_value *old = tb_param(l->update, name, shape);
    l->statistic[i] = (tb_statistic){objective, now, mean};
    l->updates[i] = (tb_buffer_update){
        old ? old->node->name : NULL,
        tb_add(tb_scale(old, 1 - MOMENTUM), tb_scale(mean, MOMENTUM))};
    l->update_count = l->statistic_count;
}

static void follow_all(tb_learning *l, int objective, const tb_rave_signals *s)
{
    if (s->norm_count && !l->update)
        l->update = tb_graph_new();
    for (int i = 0; l->update && i < s->norm_count; i++) {
        follow(l, objective, &s->norm[i], "running_mean", s->norm[i].mean);
        follow(l, objective, &s->norm[i], "running_var", s->norm[i].variance);
    }
}

/* ---- parts of objectives ---- */

/* What the files of a learning are about while it is put together. */
typedef struct learner {
    const tb_rave *c;
    const tb_learning_size *size;
    tb_learning *l;
} learner;

static tb_objective *begin(const learner *x, int i, const char *name, int group)
{
    tb_objective *o = &x->l->objective[i];
    *o = (tb_objective){
        .name = name, .graph = tb_graph_new(), .groups = 1u << group};
    x->l->objective_count = i + 1;
    return o;
}

/* An input of sound. */
static tb_value *input(const learner *x, tb_objective *o, const char *name,
                       tb_learning_input from)
{
    from.value = tb_input(o->graph, name, TB_REAL,
                          tb_dims(x->size->rows, x->c->channels, TB_FRAMES));
    o->input[o->input_count++] = from;
    return from.value;
}

static tb_value *sound_of(const learner *x, tb_objective *o)
{
    return input(x, o, "sound", (tb_learning_input){.kind = TB_INPUT_FEED});
}

static void measure(const learner *x, tb_metric metric)
{
    x->l->metric[x->l->metric_count++] = metric;
}

/* Adds what keeps latents in order, by the scheduled weight. */
static void weigh_latents(const learner *x, int objective,
                          const tb_rave_order *order)
{
    const tb_rave *c = x->c;
    tb_objective *o = &x->l->objective[objective];
    tb_value *weight = tb_input(o->graph, "divergence", TB_REAL, tb_dims(1));
    o->input[o->input_count++] =
        (tb_learning_input){weight, TB_INPUT_NUMBER, 0, NULL};
    o->loss = tb_add(o->loss, tb_mul(order->loss, weight));
    if (objective != TB_RAVE_REBUILDS)
        return;
    x->l->number_count = 1;
    x->l->number[0] = (tb_scheduled){.name = "divergence_weight",
                                     .from = c->divergence_start,
                                     .to = c->divergence,
                                     .steps = c->divergence_steps,
                                     .phase = -1,
                                     .shape = TB_RAMP_GEOMETRIC};
    bool variational = c->latent_kind == TB_RAVE_VARIATIONAL;
    measure(x, (tb_metric){.name = order->name,
                           .title = order->title,
                           .value = order->loss,
                           .least = COLLAPSED,
                           .below = variational ? collapsed : NULL});
}

/* What an encoder that learns learns by beside what is heard of it. */
static void keep_order(const learner *x, int objective,
                       const tb_rave_signals *s)
{
    int64_t frames = x->size->window / tb_rave_ratio(x->c);
    tb_rave_order order = tb_rave_order_of(x->c, frames, s);
    if (order.loss)
        weigh_latents(x, objective, &order);
    follow_all(x->l, objective, s);
    tb_rave_learn_codes(x->c, x->size->rows, frames, objective, s, x->l);
}

/* ---- the first phase ---- */

/* The distance of held-out sound where latents are drawn, as RAVE tests, in
   place of their means. */
static tb_value *drawn_distance(const learner *x, const tb_rave_how *how,
                                const tb_rave_signals *means)
{
    tb_rave_signals s = *means;
    tb_value *noise =
        s.mean ? tb_noise(s.mean, TB_NORMAL_NOISE,
                          tb_dims(s.mean->dim[0], x->c->latents, TB_FRAMES))
               : NULL;
    s.latents = tb_add(s.mean, tb_mul(s.deviation, noise));
    tb_rave_decode(x->c, how, &s);
    return tb_rave_distance(x->c, &s);
}

static void rebuild(const learner *x)
{
    bool testing = x->size->testing;
    bool learns = x->c->learns == TB_RAVE_LEARNS_ALL;
    tb_objective *o = begin(x, TB_RAVE_REBUILDS, "autoencoder", GENERATOR);
    tb_rave_how how = {.encoder_learns = learns && !testing,
                       .draws = !testing,
                       .noise = testing ? TB_RAVE_NOISE_AS_LEARNED
                                        : TB_RAVE_NOISE_NONE};
    tb_rave_signals s = tb_rave_rebuilt(x->c, sound_of(x, o), &how);
    o->loss = tb_rave_distance(x->c, &s);
    measure(x, (tb_metric){.name = "distance",
                           .title = "spectral distance",
                           .better = TB_LOWER_IS_BETTER,
                           .value = o->loss,
                           .tested = true});
    if (x->c->latent_kind == TB_RAVE_VARIATIONAL)
        measure(x, (tb_metric){.name = "drawn_distance",
                               .title = "spectral distance, latents drawn",
                               .better = TB_LOWER_IS_BETTER,
                               .value = testing ? drawn_distance(x, &how, &s)
                                                : o->loss,
                               .tested = true,
                               .ahead = drawn_ahead});
    if (learns)
        keep_order(x, TB_RAVE_REBUILDS, &s);
    else
        o->frozen[0] = "encoder.";
}

/* ---- the second phase ---- */

/* The sound that was made, for those who judge it. */
static const tb_value *deceive(const learner *x)
{
    const tb_rave *c = x->c;
    int64_t frames = x->size->window;
    bool all = c->learns == TB_RAVE_LEARNS_ALL;
    bool learns = all && !c->encoder_freezes;
    bool follows = all && c->compat == TB_RAVE_2_3;
    tb_objective *o = begin(x, TB_RAVE_DECEIVES, "decoder", GENERATOR);
    tb_rave_how how = {.encoder_learns = learns || follows,
                       .draws = true,
                       .noise = TB_RAVE_NOISE};
    tb_rave_signals s = tb_rave_rebuilt(c, sound_of(x, o), &how);
    tb_critique real = tb_rave_judge(c, s.target, frames);
    tb_critique made = tb_rave_judge(c, s.made, frames);
    tb_rave_deception d = tb_rave_deceive(c, &s, &real, &made);
    o->loss = d.loss;
    if (learns)
        keep_order(x, TB_RAVE_DECEIVES, &s);
    else
        o->frozen[0] = "encoder.";
    if (follows && !learns)
        follow_all(x->l, TB_RAVE_DECEIVES, &s);
    x->l->metric[0].later = TB_RAVE_DECEIVES;
    x->l->metric[0].later_value = d.distance;
    measure(x, (tb_metric){.name = "features",
                           .title = "distance that discriminators hear",
                           .better = TB_LOWER_IS_BETTER,
                           .objective = TB_RAVE_DECEIVES,
                           .value = d.matching});
    measure(x, (tb_metric){.name = "deception",
                           .title = "what discriminators cost the decoder",
                           .objective = TB_RAVE_DECEIVES,
                           .value = d.deception});
    return s.made;
}

/* The average of all scores, over judges. */
static tb_value *score_of(const tb_critique *j)
{
    tb_value *sum = NULL;
    for (int i = 0; i < j->judges; i++) {
        const tb_critic *critic = &j->judge[i];
        tb_value *score = as_number(
            tb_mean(critic->feature[critic->features - 1], TB_ALL_AXES, false));
        sum = sum ? tb_add(sum, score) : score;
    }
    return tb_scale(sum, 1.0 / j->judges);
}

static void discriminate(const learner *x, const tb_value *made_there)
{
    const tb_rave *c = x->c;
    int64_t frames = x->size->window;
    tb_objective *o =
        begin(x, TB_RAVE_DISCRIMINATES, "discriminators", DISCRIMINATORS);
    tb_value *target = tb_rave_target(c, sound_of(x, o));
    tb_value *there = input(x, o, "made",
                            (tb_learning_input){.kind = TB_INPUT_OUTPUT,
                                                .index = TB_RAVE_DECEIVES,
                                                .output = made_there});
    tb_critique real = tb_rave_judge(c, target, frames);
    tb_critique made = tb_rave_judge(c, there, frames);
    o->loss = tb_discrimination((tb_adversary)c->adversary, &real, &made);
    measure(x, (tb_metric){.name = "discrimination",
                           .title = "what discriminators take wrongly",
                           .objective = TB_RAVE_DISCRIMINATES,
                           .least = CERTAIN * real.judges,
                           .below = certain,
                           .value = o->loss});
    measure(x, (tb_metric){.name = "score_real",
                           .title = "what discriminators say of recordings",
                           .objective = TB_RAVE_DISCRIMINATES,
                           .value = score_of(&real)});
    measure(x, (tb_metric){.name = "score_made",
                           .title = "what discriminators say of what is made",
                           .objective = TB_RAVE_DISCRIMINATES,
                           .value = score_of(&made)});
}

/* Version 1 has its noise from now on. */
static tb_status warm_up(const void *config, tb_params *params, const double *x,
                         int64_t n, uint64_t seed, tb_error *error)
{
    (void)config, (void)x, (void)n, (void)seed, (void)error;
    tb_init_fill(params, "decoder.warmed_up", 1);
    return TB_OK;
}

/* ---- all of it ---- */

static void set_feeds(const learner *x)
{
    x->l->feed_count = 1;
    x->l->feed[0] = (tb_feed){
        .name = "sound", .kind = TB_FEED_EXCERPTS, .window = x->size->window};
    x->l->grain = tb_rave_ratio(x->c);
    x->l->listening = TB_LISTEN_CLIPS;
}

static void set_groups(const learner *x)
{
    tb_group *judges = &x->l->group[DISCRIMINATORS];
    bool gains = x->c->learns == TB_RAVE_LEARNS_GAINS;
    x->l->group_count = 2;
    x->l->group[GENERATOR] = (tb_group){.name = "generator",
                                        .prefix = {"encoder.", "decoder."},
                                        .ending = gains ? ".weight_g" : NULL,
                                        .optimiser = x->size->optimiser,
                                        .rate = x->size->rate};
    *judges = (tb_group){.name = "discriminators",
                         .prefix = {"discriminator."},
                         .optimiser = x->size->optimiser,
                         .rate = {.kind = TB_SCHEDULE_CONSTANT, .steps = 1},
                         .anew = true};
    judges->optimiser.average = 0;
    judges->rate.rate = x->size->rate.rate * x->c->discriminator_rate;
}

/* The discriminators have the first of so many steps, as RAVE has it. */
static void take_turns(const tb_rave *c, tb_learning_phase *p)
{
    int every = c->discriminator_every;
    p->turn[p->turn_count++] = (tb_phase_turn){TB_RAVE_DISCRIMINATES, every, 0};
    for (int i = every > 1; i < every; i++)
        p->turn[p->turn_count++] = (tb_phase_turn){TB_RAVE_DECEIVES, every, i};
}

static void set_phases(const learner *x)
{
    const tb_rave *c = x->c;
    tb_learning_phase *second = &x->l->phase[1];
    x->l->phase_count = 2;
    x->l->phase[0] = (tb_learning_phase){.name = "reconstruction",
                                         .turn_count = 1,
                                         .turn = {{TB_RAVE_REBUILDS, 1, 0}}};
    *second = (tb_learning_phase){.name = "adversarial",
                                  .about = second_phase,
                                  .from = c->phase1,
                                  .share = c->phase1_share,
                                  .metric = 0,
                                  .patience = c->patience ? TESTS_TO_WAIT : 0,
                                  .patience_steps = c->patience,
                                  .annealed = true};
    take_turns(c, second);
    if (c->version == 0 && c->noise_bins)
        x->l->hook[x->l->hook_count++] = (tb_hook){
            .name = "noise", .time = TB_HOOK_PHASE, .steps = 1, .run = warm_up};
}

static tb_status check(const tb_rave *c, const tb_learning_size *size,
                       tb_error *error)
{
    int64_t ratio = tb_rave_ratio(c);
    if (c->directions)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Directions are found in what a network has learned: "
                       "leave directions=0, and export with --latent-size.");
    if (size->window < ratio)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A frame of latents stands for %lld samples, more than "
                       "the window of %lld: take window=%lld or more.",
                       (long long)ratio, (long long)size->window,
                       (long long)(16 * ratio));
    if (size->window < tb_rave_longest_spectrum(c))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Discriminators listen to %lld samples at once, more "
                       "than the window of %lld: take a longer window, or "
                       "shorter discriminator_spectra.",
                       (long long)tb_rave_longest_spectrum(c),
                       (long long)size->window);
    return tb_rave_check_crop(c, size->window, error);
}

/* Held-out sound is rebuilt alone: what discriminators say there tells nothing
   that could be held against something. */
static tb_status build(const learner *x, tb_error *error)
{
    tb_status status = TB_OK;
    set_feeds(x);
    set_groups(x);
    rebuild(x);
    if (!x->size->testing)
        discriminate(x, deceive(x));
    set_phases(x);
    if (x->size->testing)
        x->l->phase_count = 1;
    for (int i = 0; i < x->l->objective_count && !status; i++)
        status = x->l->objective[i].graph
                     ? tb_graph_check(x->l->objective[i].graph, error)
                     : tb_fail_memory(error);
    return status || !x->l->update ? status
                                   : tb_graph_check(x->l->update, error);
}

tb_status tb_rave_learn(const void *config, const tb_learning_size *size,
                        tb_learning *l, tb_error *error)
{
    const learner x = {config, size, l};
    *l = (tb_learning){0};
    tb_status status = check(config, size, error);
    if (!status)
        status = build(&x, error);
    if (status)
        tb_learning_clear(l);
    return status;
}
