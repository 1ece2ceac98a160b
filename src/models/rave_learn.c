#include "models/rave.h"

#include "engine/ops/elementwise.h"
#include "models/rave_latents.h"
#include "models/rave_targets.h"

#include <stdio.h>

static const double MOMENTUM = 0.1; /* of running statistics */

/* ---- running statistics ---- */

static void follow(tb_learning *l, const tb_rave_norm *n, const char *which,
                   tb_value *now)
{
    char name[160];
    if (!now || l->statistic_count == TB_MOST_STATISTICS)
        return;
    int i = l->statistic_count++;
    snprintf(name, sizeof name, "%s.%s", n->name, which);
    tb_shape shape = tb_value_shape(now);
    tb_value *mean = tb_input(l->update, which, TB_REAL, shape);
    tb_value *old = tb_param(l->update, name, shape);
    l->statistic[i] = (tb_statistic){0, now, mean};
    l->updates[i] = (tb_buffer_update){
        old ? old->node->name : NULL,
        tb_add(tb_scale(old, 1 - MOMENTUM), tb_scale(mean, MOMENTUM))};
    l->update_count = l->statistic_count;
}

static void follow_all(tb_learning *l, const tb_rave_signals *s)
{
    if (!s->norm_count)
        return;
    l->update = tb_graph_new();
    for (int i = 0; l->update && i < s->norm_count; i++) {
        follow(l, &s->norm[i], "running_mean", s->norm[i].mean);
        follow(l, &s->norm[i], "running_var", s->norm[i].variance);
    }
}

/* ---- all of it ---- */

static tb_metric metric(const char *name, const char *title, tb_better better,
                        const tb_value *value, bool tested)
{
    return (tb_metric){.name = name,
                       .title = title,
                       .better = better,
                       .value = value,
                       .tested = tested};
}

static tb_rave_signals rebuild(const tb_rave *c, const tb_learning_size *size,
                               tb_objective *o)
{
    tb_value *sound = tb_input(o->graph, "sound", TB_REAL,
                               tb_dims(size->rows, c->channels, TB_FRAMES));
    o->input[o->input_count++] =
        (tb_learning_input){sound, TB_INPUT_FEED, 0, NULL};
    tb_rave_how how = {.encoder_learns = !size->testing,
                       .draws = !size->testing,
                       .noise = TB_RAVE_NOISE_NONE};
    return tb_rave_rebuilt(c, sound, &how);
}

static int64_t latent_frames(const tb_rave *c, const tb_learning_size *size)
{
    return size->window / tb_rave_ratio(c);
}

/* Adds what keeps latents in order, by the scheduled weight. */
static void weigh_latents(const tb_rave *c, tb_learning *l, tb_objective *o,
                          const tb_rave_order *order)
{
    tb_value *weight = tb_input(o->graph, "divergence", TB_REAL, tb_dims(1));
    o->input[o->input_count++] =
        (tb_learning_input){weight, TB_INPUT_NUMBER, 0, NULL};
    o->loss = tb_add(o->loss, tb_mul(order->loss, weight));
    l->number_count = 1;
    l->number[0] = (tb_scheduled){.name = "divergence_weight",
                                  .from = c->divergence_start,
                                  .to = c->divergence,
                                  .steps = c->divergence_steps,
                                  .phase = -1,
                                  .shape = TB_RAMP_GEOMETRIC};
    l->metric[l->metric_count++] = metric(
        order->name, order->title, TB_NEITHER_IS_BETTER, order->loss, false);
}

static tb_status first_phase(const tb_rave *c, const tb_learning_size *size,
                             tb_learning *l, tb_error *error)
{
    tb_objective *o = &l->objective[0];
    *o = (tb_objective){
        .name = "autoencoder", .graph = tb_graph_new(), .groups = 1};
    if (!o->graph)
        return tb_fail_memory(error);
    tb_rave_signals s = rebuild(c, size, o);
    tb_value *distance = tb_rave_distance(c, &s);
    o->loss = distance;
    l->metric[l->metric_count++] = metric("distance", "spectral distance",
                                          TB_LOWER_IS_BETTER, distance, true);
    tb_rave_order order = tb_rave_order_of(c, latent_frames(c, size), &s);
    if (order.loss)
        weigh_latents(c, l, o, &order);
    follow_all(l, &s);
    tb_rave_learn_codes(c, size->rows, latent_frames(c, size), 0, &s, l);
    tb_status status = tb_graph_check(o->graph, error);
    return status || !l->update ? status : tb_graph_check(l->update, error);
}

static tb_status check(const tb_rave *c, const tb_learning_size *size,
                       tb_error *error)
{
    int64_t ratio = tb_rave_ratio(c);
    if (size->window < ratio)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A frame of latents stands for %lld samples, more than "
                       "the window of %lld: take window=%lld or more.",
                       (long long)ratio, (long long)size->window,
                       (long long)(16 * ratio));
    return tb_rave_check_crop(c, size->window, error);
}

tb_status tb_rave_learn(const void *config, const tb_learning_size *size,
                        tb_learning *l, tb_error *error)
{
    const tb_rave *c = config;
    tb_status status = check(c, size, error);
    if (status)
        return status;
    *l = (tb_learning){.feed_count = 1,
                       .objective_count = 1,
                       .phase_count = 1,
                       .group_count = 1,
                       .grain = tb_rave_ratio(c),
                       .listening = TB_LISTEN_CLIPS};
    l->feed[0] = (tb_feed){
        .name = "sound", .kind = TB_FEED_EXCERPTS, .window = size->window};
    l->phase[0] = (tb_learning_phase){
        .name = "reconstruction", .turn_count = 1, .turn = {{0, 1, 0}}};
    l->group[0] = (tb_group){.name = "generator",
                             .prefix = {"encoder.", "decoder."},
                             .optimiser = size->optimiser,
                             .rate = size->rate};
    status = first_phase(c, size, l, error);
    if (status)
        tb_learning_clear(l);
    return status;
}
