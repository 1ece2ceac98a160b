/* An instrument of two objectives in the smallest graphs there are. */
#ifndef TB_TEST_TRAIN_TOY_H
#define TB_TEST_TRAIN_TOY_H

#include "engine/ops.h"
#include "train/trainer.h"

#include <stdio.h>

enum { FRAMES = 8 };

/* Objective i: a number times the mean of a sound times the parameter that it
   reads. */
typedef struct toy_config {
    tb_learning program; /* all but graphs */
    const char *reads[2];
    bool carries;        /* the first has a state, which adds to its loss */
    bool chained;        /* the second reads twice the sound from the first */
    bool wider;          /* ... in an input of two channels */
    bool tested;         /* losses are measured on held-out sound */
    bool backwards;      /* the first reads from the second */
    bool shared;         /* both are of one graph, with its inputs */
    double dropout;      /* of the sound */
    const char *written; /* a buffer that goes halfway to the second's mean */
} toy_config;

static inline tb_sound_format toy_format(const void *config)
{
    (void)config;
    return (tb_sound_format){1000, 1};
}

static inline void toy_declare(const void *config, tb_graph *g)
{
    (void)config;
    tb_param(g, "a.w", tb_dims(1));
    tb_param(g, "b.w", tb_dims(1));
    tb_param(g, "b.mean", tb_dims(1));
}

static inline void toy_init(const void *config, tb_params *params,
                            uint64_t seed)
{
    const double one = 1;
    (void)config;
    (void)seed;
    for (int i = 0; i < tb_params_count(params); i++)
        tb_params_set(params, i, &one);
}

static inline tb_value *mean(tb_value *x)
{
    return tb_reshape(tb_mean(x, TB_ALL_AXES, false), tb_dims(1));
}

/* [rows]: half of the last one, and the mean of the sound. */
static inline tb_value *carried(tb_value *sound, int rows)
{
    tb_value *h =
        tb_state(sound ? sound->graph : NULL, "h", TB_REAL, tb_dims(rows), 0.5);
    tb_value *m = tb_reshape(tb_mean(sound, TB_AXIS(2), false), tb_dims(rows));
    tb_value *next = tb_add(tb_scale(h, 0.5), m);
    tb_state_next(h, next);
    return next;
}

static inline tb_value *add_input(tb_objective *o, const char *name,
                                  tb_shape shape, tb_learning_input input)
{
    input.value = tb_input(o->graph, name, TB_REAL, shape);
    o->input[o->input_count++] = input;
    return input.value;
}

/* What it makes for others: twice its sound. */
static inline tb_value *toy_objective(const toy_config *c, int rows,
                                      tb_learning *l, int i,
                                      const tb_value *made)
{
    tb_objective *o = &l->objective[i];
    tb_shape signal = tb_dims(rows, 1, TB_FRAMES);
    o->name = i ? "second" : "first";
    o->graph = tb_graph_new();
    tb_value *sound = add_input(
        o, "sound", signal, (tb_learning_input){NULL, TB_INPUT_FEED, 0, NULL});
    tb_value *number =
        add_input(o, "number", tb_dims(1),
                  (tb_learning_input){NULL, TB_INPUT_NUMBER, 0, NULL});
    sound = tb_dropout(sound, c->dropout);
    tb_shape shape = tb_dims(rows, c->wider ? 2 : 1, TB_FRAMES);
    tb_value *x =
        made ? add_input(o, "made", shape,
                         (tb_learning_input){NULL, TB_INPUT_OUTPUT, !i, made})
             : sound;
    tb_value *w = tb_param(o->graph, c->reads[i], tb_dims(1));
    o->loss = tb_mul(tb_mul(mean(x), number), w);
    if (c->carries && i == 0)
        o->loss = tb_add(o->loss, mean(carried(sound, rows)));
    l->metric[i] = (tb_metric){.name = o->name,
                               .title = o->name,
                               .objective = i,
                               .value = o->loss,
                               .tested = c->tested};
    return tb_scale(sound, 2);
}

/* The second, over what the first has heard. */
static inline void toy_share(const toy_config *c, tb_learning *l, tb_value *x)
{
    tb_objective *o = &l->objective[1];
    const tb_objective *first = &l->objective[0];
    o->name = "second";
    o->graph = first->graph;
    o->input_count = first->input_count;
    for (int i = 0; i < o->input_count; i++)
        o->input[i] = first->input[i];
    o->loss = tb_mul(mean(x), tb_param(o->graph, c->reads[1], tb_dims(1)));
    l->metric[1] = (tb_metric){
        .name = "second", .title = "second", .objective = 1, .value = o->loss};
}

/* Halfway between what it was and the mean of the second's sound. */
static inline void toy_update(const toy_config *c, tb_learning *l)
{
    tb_graph *g = l->update = tb_graph_new();
    tb_value *seen = tb_input(g, "seen", TB_REAL, tb_dims(1));
    tb_value *old = tb_param(g, "b.mean", tb_dims(1));
    l->statistic_count = l->update_count = 1;
    l->statistic[0] =
        (tb_statistic){1, mean(l->objective[1].input[0].value), seen};
    l->updates[0] =
        (tb_buffer_update){c->written, tb_scale(tb_add(old, seen), 0.5)};
}

static inline tb_status toy_check(const tb_learning *l, tb_error *error)
{
    tb_status status = tb_graph_check(l->objective[0].graph, error);
    if (!status)
        status = tb_graph_check(l->objective[1].graph, error);
    return status || !l->update_count ? status
                                      : tb_graph_check(l->update, error);
}

static inline tb_status toy_learn(const void *config,
                                  const tb_learning_size *size,
                                  tb_learning *learning, tb_error *error)
{
    const toy_config *c = config;
    *learning = c->program;
    learning->feed_count = learning->number_count = 1;
    learning->metric_count = learning->objective_count = 2;
    learning->feed[0] = (tb_feed){
        .name = "sound", .kind = TB_FEED_TRACKS, .window = size->window};
    for (int i = 0; i < learning->group_count; i++) {
        learning->group[i].optimiser = size->optimiser;
        learning->group[i].rate = size->rate;
    }
    tb_value *twice = toy_objective(c, size->rows, learning, 0, NULL);
    tb_value *back = NULL;
    if (c->shared)
        toy_share(c, learning, tb_scale(twice, 0.5));
    else
        back = toy_objective(c, size->rows, learning, 1,
                             c->chained ? twice : NULL);
    if (c->backwards)
        add_input(&learning->objective[0], "back",
                  tb_dims(size->rows, 1, TB_FRAMES),
                  (tb_learning_input){NULL, TB_INPUT_OUTPUT, 1, back});
    if (c->written)
        toy_update(c, learning);
    for (int i = 0; i < learning->hook_count; i++)
        if (learning->hook[i].objective == 1)
            learning->hook[i].value = learning->objective[1].input[0].value;
    tb_status status = toy_check(learning, error);
    if (status)
        tb_learning_clear(learning);
    return status;
}

static const tb_buffer_row toy_buffers[] = {{"b.mean", TB_WRITER_STEP},
                                            {NULL, TB_WRITER_STEP}};

static const tb_settings toy_settings = {"network", NULL, 0, NULL, 0};

static const tb_instrument toy = {.name = "toy",
                                  .about = "for tests",
                                  .settings = &toy_settings,
                                  .config_size = sizeof(toy_config),
                                  .format = toy_format,
                                  .declare = toy_declare,
                                  .buffers = toy_buffers,
                                  .init = toy_init,
                                  .learn = toy_learn};

/* Both objectives in every step, a.w by the first and b.w by the second. */
static inline toy_config new_config(void)
{
    return (toy_config){
        .program =
            {.phase_count = 1,
             .group_count = 2,
             .phase = {{.name = "only",
                        .turn_count = 2,
                        .turn = {{0, 1, 0}, {1, 1, 0}}}},
             .group = {{.name = "a", .prefix = {"a."}},
                       {.name = "b", .prefix = {"b."}}},
             .objective = {{.groups = 1}, {.groups = 2}},
             .number = {{.name = "number", .from = 1, .to = 1, .phase = -1}}},
        .reads = {"a.w", "b.w"}};
}

static inline tb_trainer_settings settings_of(const toy_config *config,
                                              int rows, int micro)
{
    return (tb_trainer_settings){
        .instrument = &toy,
        .config = config,
        .rows = rows,
        .micro_batches = micro,
        .window = FRAMES,
        .optimiser = {.kind = TB_OPTIMISER_SGD},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 1, .steps = 1},
        .seed = 1,
        .threads = 1};
}

static inline tb_trainer *open_toy(const toy_config *config, int rows,
                                   int micro)
{
    tb_error error = {0};
    tb_trainer_settings s = settings_of(config, rows, micro);
    tb_trainer *t = tb_trainer_new(&s, &error);
    if (!t)
        fprintf(stderr, "# %s\n", error.text);
    return t;
}

#endif
