/* Making a trainer: the program, the store of parameters, and the rest in the
   order that it needs. */
#include "base/memory.h"
#include "models/base_checkpoint.h"
#include "train/trainer_state.h"

#include <string.h>

/* ---- names ---- */

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_buffer(const tb_trainer *t, const char *name)
{
    const tb_buffer_row *b = t->settings.instrument->buffers;
    for (; b && b->prefix; b++)
        if (begins(name, b->prefix))
            return true;
    return false;
}

static bool is_among(const char *name, const char *const prefixes[4])
{
    bool any = false;
    for (int i = 0; i < 4 && prefixes[i]; i++)
        any |= begins(name, prefixes[i]);
    return any;
}

static bool ends(const char *name, const char *ending)
{
    size_t n = strlen(name), m = ending ? strlen(ending) : 0;
    return m == 0 || (n >= m && strcmp(name + n - m, ending) == 0);
}

static bool is_of(const tb_group *group, const char *name)
{
    return is_among(name, group->prefix) && ends(name, group->ending);
}

unsigned tb_trainer_groups(const tb_trainer *t, const tb_objective *o,
                           const char *name)
{
    unsigned mask = 0;
    if (is_buffer(t, name) || tb_is_of_base(name) || is_among(name, o->frozen))
        return 0;
    for (int g = 0; g < t->learn.group_count; g++)
        if (o->groups >> g & 1 && is_of(&t->learn.group[g], name))
            mask |= 1u << g;
    return mask;
}

/* ---- the program ---- */

static tb_status build_one(tb_trainer *t, bool testing, tb_learning *l,
                           tb_error *error)
{
    const tb_trainer_settings *s = &t->settings;
    const tb_learning_size size = {.rows = testing ? s->test_rows : s->rows,
                                   .window = s->window,
                                   .base = s->base,
                                   .testing = testing,
                                   .optimiser = s->optimiser,
                                   .rate = s->schedule};
    tb_status status =
        tb_instrument_learn(s->instrument, s->config, &size, l, error);
    return status ? status : tb_trainer_check_program(l, error);
}

static tb_status build(tb_trainer *t, tb_error *error)
{
    const tb_trainer_settings *s = &t->settings;
    tb_status status = build_one(t, false, &t->learn, error);
    if (!status && s->test_rows > 0)
        status = build_one(t, true, &t->test, error);
    if (status)
        return status;
    t->declared =
        tb_instrument_declare(s->instrument, s->config, s->base, error);
    return t->declared ? TB_OK : TB_ERR_MEMORY;
}

/* ---- the store ---- */

/* What checkpoints hold comes first, in their order. */
static tb_params *new_params(const tb_trainer *t, tb_error *error)
{
    const tb_graph *graphs[2 + TB_MOST_OBJECTIVES] = {t->declared};
    int n = 1;
    for (int i = 0; i < t->learn.objective_count; i++) {
        bool known = false;
        for (int k = 1; k < n; k++)
            known |= graphs[k] == t->learn.objective[i].graph;
        if (!known)
            graphs[n++] = t->learn.objective[i].graph;
    }
    if (t->learn.update)
        graphs[n++] = t->learn.update;
    return tb_params_new(n, graphs, sizeof(float), error);
}

static tb_status make_store(tb_trainer *t, tb_error *error)
{
    t->params = new_params(t, error);
    if (!t->params)
        return TB_ERR_MEMORY;
    t->storage = tb_params_storage(t->params);
    t->workspace = tb_workspace_new();
    t->gradients = t->storage->alloc((size_t)tb_params_total(t->params) *
                                     sizeof *t->gradients);
    t->moved_by = tb_alloc_array((size_t)tb_params_count(t->params) + 1,
                                 sizeof *t->moved_by);
    t->pool = tb_pool_new(t->settings.threads > 0 ? t->settings.threads
                                                  : tb_cpu_count());
    return t->workspace && t->gradients && t->moved_by && t->pool
               ? TB_OK
               : tb_fail_memory(error);
}

/* ---- what goes in ---- */

static bool is_levels(const tb_feed *f)
{
    return f->kind == TB_FEED_LABELS ||
           (f->kind == TB_FEED_METHOD && f->symbols.type == TB_I64);
}

size_t tb_trainer_row_bytes(const tb_trainer *t, const tb_feed *f)
{
    return (size_t)(f->context + f->window) *
           (size_t)tb_feed_channels(f, t->channels) *
           (is_levels(f) ? sizeof(int64_t) : sizeof(float));
}

static tb_status make_given(tb_trainer *t, const tb_learning *l, int64_t rows,
                            tb_given *given, tb_error *error)
{
    for (int i = 0; i < l->feed_count; i++) {
        given->bytes[i] = (size_t)rows * tb_trainer_row_bytes(t, &l->feed[i]);
        given->feed[i] = t->storage->alloc(given->bytes[i]);
        if (is_levels(&l->feed[i]) &&
            !(given->levels[i] = tb_alloc(given->bytes[i])))
            return tb_fail_memory(error);
        if (!given->feed[i])
            return tb_fail_memory(error);
    }
    given->number = t->storage->alloc(TB_MOST_NUMBERS * sizeof(float));
    return given->number ? TB_OK : tb_fail_memory(error);
}

static tb_status make_all_given(tb_trainer *t, tb_error *error)
{
    int64_t rows = (int64_t)t->settings.rows * t->micro;
    t->reset = tb_alloc_array((size_t)rows, sizeof *t->reset);
    if (!t->reset)
        return tb_fail_memory(error);
    tb_status status = make_given(t, &t->learn, rows, &t->given[0], error);
    if (!status && t->settings.test_rows > 0)
        status =
            make_given(t, &t->test, t->settings.test_rows, &t->given[1], error);
    return status;
}

/* ---- all of it ---- */

tb_status tb_trainer_open(tb_trainer *t, tb_error *error)
{
    const tb_trainer_settings *s = &t->settings;
    t->channels = s->instrument->format(s->config).channels;
    t->micro = s->micro_batches > 0 ? s->micro_batches : 1;
    tb_status status = build(t, error);
    if (!status)
        status = make_store(t, error);
    if (!status)
        status = make_all_given(t, error);
    if (!status)
        status = tb_trainer_open_measured(t, error);
    if (!status)
        status = tb_trainer_open_plans(t, error);
    if (!status)
        status = tb_trainer_open_buffers(t, error);
    if (status)
        return status;
    tb_instrument_init(s->instrument, s->config, t->params, s->seed);
    status = tb_base_give(s->base, s->instrument, t->params, error);
    tb_params_touch(t->params);
    return status ? status : tb_trainer_open_groups(t, error);
}
