/* Buffers: what steps make of statistics, and what host code writes. */
#include "base/memory.h"
#include "base/random.h"
#include "engine/arithmetic.h"
#include "engine/source.h"
#include "train/trainer_state.h"

#include <string.h>

/* ---- opening ---- */

static size_t bytes_of(const tb_trainer *t)
{
    return (size_t)tb_params_total(t->params) * sizeof(float);
}

/* Objectives whose statistics a value is made of, by value id. */
static void find_sources(const tb_learning *l, unsigned *mask)
{
    for (int i = 0; i < l->statistic_count; i++)
        mask[l->statistic[i].mean->id] = 1u << l->statistic[i].objective;
    for (tb_node *n = tb_graph_first(l->update); n; n = n->next)
        for (int i = 0; i < n->n_in; i++)
            for (int k = 0; k < n->n_out; k++)
                mask[n->out[k]->id] |= mask[n->in[i]->id];
}

static tb_status find_written(tb_trainer *t, tb_error *error)
{
    const tb_learning *l = &t->learn;
    unsigned *mask =
        tb_alloc_array((size_t)tb_graph_values(l->update) + 1, sizeof *mask);
    if (!mask)
        return tb_fail_memory(error);
    find_sources(l, mask);
    tb_status status = TB_OK;
    for (int i = 0; i < l->update_count && !status; i++) {
        const tb_tensor *x = tb_plan_value(t->update, l->updates[i].value);
        int k = tb_params_find(t->params, l->updates[i].name);
        t->written[i] = (tb_written){
            .parameter = k, .objectives = mask[l->updates[i].value->id]};
        if (k < 0 || tb_tensor_count(x) != tb_params_at(t->params, k)->n)
            status = tb_fail(error, TB_ERR_ARGUMENT,
                             "There is no buffer '%s' of the size of its "
                             "update.",
                             l->updates[i].name);
        else if (!(t->written[i].before = t->storage->alloc(
                       (size_t)tb_params_at(t->params, k)->n * sizeof(float))))
            status = tb_fail_memory(error);
    }
    tb_free(mask);
    return status;
}

static int64_t elements_of(const tb_value *v)
{
    int64_t n = 1;
    for (int k = 0; k < v->rank; k++)
        n *= v->dim[k];
    return n;
}

size_t tb_trainer_statistics_bytes(const tb_trainer *t)
{
    return (size_t)t->statistic_at[t->learn.statistic_count] * sizeof(float);
}

static tb_status make_room(tb_trainer *t, tb_error *error)
{
    const tb_learning *l = &t->learn;
    int64_t most = 0;
    for (int i = 0; i < l->statistic_count; i++) {
        const tb_statistic *s = &l->statistic[i];
        int64_t n = elements_of(s->mean);
        const tb_tensor *x =
            tb_plan_value(t->learning[s->objective].plan, s->value);
        if (!x || x->type != TB_REAL || tb_tensor_count(x) != n)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "Statistic %d of %s has another size than its mean, "
                           "or is not real.",
                           i + 1, l->objective[s->objective].name);
        t->statistic_at[i + 1] = t->statistic_at[i] + n;
        most = n > most ? n : most;
    }
    t->statistics = t->storage->alloc(tb_trainer_statistics_bytes(t) + 1);
    t->statistic = t->storage->alloc((size_t)most * sizeof(float) + 1);
    return t->statistics && t->statistic ? TB_OK : tb_fail_memory(error);
}

static tb_status plan_update(tb_trainer *t, tb_error *error)
{
    tb_output outputs[TB_MOST_STATISTICS];
    const tb_learning *l = &t->learn;
    for (int i = 0; i < l->update_count; i++)
        outputs[i] = (tb_output){l->updates[i].value, NULL};
    const tb_plan_settings settings = {.params = t->params,
                                       .workspace = t->workspace,
                                       .frames = 1,
                                       .threads = 1,
                                       .apart = true};
    t->update =
        tb_plan_new(l->update, l->update_count, outputs, &settings, error);
    return t->update ? TB_OK : TB_ERR_ARGUMENT;
}

tb_status tb_trainer_open_buffers(tb_trainer *t, tb_error *error)
{
    const tb_learning *l = &t->learn;
    tb_status status = TB_OK;
    if (!l->update || l->update_count == 0)
        return TB_OK;
    status = plan_update(t, error);
    if (!status)
        status = find_written(t, error);
    return status ? status : make_room(t, error);
}

/* ---- what steps write ---- */

void tb_trainer_add_statistics(tb_trainer *t, unsigned turn, int micro)
{
    if (t->update && micro == 0)
        t->storage->clear(t->statistics, tb_trainer_statistics_bytes(t));
    for (int i = 0; t->update && i < t->learn.statistic_count; i++) {
        const tb_statistic *s = &t->learn.statistic[i];
        if (!(turn >> s->objective & 1))
            continue;
        tb_trainer_pack(
            t, t->statistic,
            tb_plan_value(t->learning[s->objective].plan, s->value));
        t->storage->arithmetic->add(
            t->statistics + t->statistic_at[i], t->statistic,
            t->statistic_at[i + 1] - t->statistic_at[i], (float)t->micro);
    }
}

/* A buffer stays as it is in steps that do not measure what it is made of: one
   of an encoder that is frozen, or of another's turn. */
static bool is_written(const tb_written *w, unsigned turn)
{
    return (w->objectives & ~turn) == 0;
}

static bool is_any_written(const tb_trainer *t, unsigned turn)
{
    bool any = false;
    for (int i = 0; i < t->learn.update_count; i++)
        any |= is_written(&t->written[i], turn);
    return any;
}

static float *buffer_of(const tb_trainer *t, const tb_written *w)
{
    return (float *)tb_params_memory(t->params) +
           tb_params_at(t->params, w->parameter)->offset;
}

static size_t written_bytes(const tb_trainer *t, const tb_written *w)
{
    return (size_t)tb_params_at(t->params, w->parameter)->n * sizeof(float);
}

static void write_buffer(tb_trainer *t, int i)
{
    tb_written *w = &t->written[i];
    float *buffer = buffer_of(t, w);
    t->storage->move(w->before, buffer, written_bytes(t, w));
    tb_trainer_pack(t, buffer,
                    tb_plan_value(t->update, t->learn.updates[i].value));
    tb_params_moved_at(t->params, w->parameter);
    w->is = true;
}

void tb_trainer_update_buffers(tb_trainer *t, unsigned turn)
{
    const tb_learning *l = &t->learn;
    for (int i = 0; i < l->update_count; i++)
        t->written[i].is = false;
    if (!t->update || !is_any_written(t, turn))
        return;
    for (int i = 0; i < l->statistic_count; i++) {
        const tb_tensor *x = tb_plan_value(t->update, l->statistic[i].mean);
        if (x)
            tb_trainer_unpack(t, x, t->statistics + t->statistic_at[i]);
    }
    tb_plan_run(t->update, 0, NULL);
    for (int i = 0; i < l->update_count; i++)
        if (is_written(&t->written[i], turn))
            write_buffer(t, i);
}

/* One that is written twice has its first value last. */
void tb_trainer_undo_buffers(tb_trainer *t)
{
    for (int i = t->learn.update_count - 1; i >= 0; i--) {
        tb_written *w = &t->written[i];
        if (!w->is)
            continue;
        t->storage->move(buffer_of(t, w), w->before, written_bytes(t, w));
        tb_params_moved_at(t->params, w->parameter);
        w->is = false;
    }
}

/* ---- what hooks write ---- */

static bool is_round(const tb_trainer *t, int64_t steps)
{
    return steps > 0 && t->steps > 0 && t->steps % steps == 0;
}

/* Whether a parameter is still as empty as it was made. */
static bool is_zero(const tb_trainer *t, const char *name)
{
    int i = name ? tb_params_find(t->params, name) : -1;
    const float *x = i >= 0 ? tb_params_value(t->params, i) : NULL;
    int64_t n = x ? tb_params_at(t->params, i)->n : 0, k = 0;
    while (k < n && x[k] == 0)
        k++;
    return x && k == n;
}

static bool is_due(const tb_trainer *t, const tb_hook *h)
{
    switch (h->time) {
    case TB_HOOK_START:
        return t->steps == 0 && (!t->taken || is_zero(t, h->fills));
    case TB_HOOK_EVERY:
        return is_round(t, h->steps);
    case TB_HOOK_EVERY_AT_FIRST:
        return t->phase == 0 && is_round(t, h->steps);
    default:
        return t->phase >= h->steps && t->steps == t->began[h->steps];
    }
}

/* The value in all micro-batches, one after the other; the caller frees. */
static tb_status look(tb_trainer *t, const tb_hook *h, double **x, int64_t *n,
                      tb_error *error)
{
    unsigned needed = tb_trainer_needed(&t->learn, 1u << h->objective);
    const tb_planned *p = tb_trainer_planned(t, 0, h->objective);
    const tb_tensor *value = tb_plan_value(p->plan, h->value);
    int64_t each = tb_tensor_count(value);
    tb_status status = TB_OK;
    *n = each * t->micro;
    *x = tb_alloc_array((size_t)*n + 1, sizeof **x);
    if (!*x)
        return tb_fail_memory(error);
    for (int m = 0; m < t->micro && !status; m++) {
        for (int o = 0; o <= h->objective && !status; o++)
            if (needed >> o & 1)
                status = tb_trainer_run(t, 0, o, m, false, error);
        if (!status)
            status = tb_trainer_look_at_all(t, value, *x + m * each, error);
    }
    tb_trainer_restore(t);
    return status;
}

/* Puts the value after what was heard before. */
static tb_status add_heard(tb_trainer *t, int hook, const double *x, int64_t n,
                           tb_error *error)
{
    int64_t before = t->listened[hook].n;
    double *all = tb_alloc_array((size_t)(before + n), sizeof *all);
    if (!all)
        return tb_fail_memory(error);
    if (before > 0)
        memcpy(all, t->listened[hook].x, (size_t)before * sizeof *x);
    memcpy(all + before, x, (size_t)n * sizeof *x);
    tb_free(t->listened[hook].x);
    t->listened[hook].x = all;
    t->listened[hook].n = before + n;
    return TB_OK;
}

static bool listens(const tb_trainer *t, const tb_hook *h)
{
    return h->time == TB_HOOK_START && h->value && is_due(t, h);
}

int64_t tb_trainer_listens(tb_trainer *t)
{
    int64_t most = 0;
    for (int i = 0; i < t->learn.hook_count; i++) {
        const tb_hook *h = &t->learn.hook[i];
        const tb_planned *p = tb_trainer_planned(t, 0, h->objective);
        int64_t n =
            listens(t, h)
                ? t->micro * tb_tensor_count(tb_plan_value(p->plan, h->value))
                : 0;
        most = n > most ? n : most;
    }
    return most;
}

tb_status tb_trainer_listen(tb_trainer *t, const tb_batch *batch,
                            tb_error *error)
{
    tb_status status = TB_OK;
    tb_trainer_begin_batch(t, batch);
    for (int i = 0; i < t->learn.hook_count && !status; i++) {
        int64_t n = 0;
        double *x = NULL;
        if (!listens(t, &t->learn.hook[i]))
            continue;
        status = look(t, &t->learn.hook[i], &x, &n, error);
        if (!status)
            status = add_heard(t, i, x, n, error);
        tb_free(x);
    }
    return status;
}

static void forget_heard(tb_trainer *t, int hook)
{
    tb_free(t->listened[hook].x);
    t->listened[hook].x = NULL;
    t->listened[hook].n = 0;
}

void tb_trainer_close_buffers(tb_trainer *t)
{
    for (int i = 0; i < TB_MOST_HOOKS; i++)
        forget_heard(t, i);
}

/* Each hook of a step has random numbers of its own. */
static uint64_t seed_of(const tb_trainer *t, int hook)
{
    tb_rng rng = {tb_trainer_seed(t, 0), (uint64_t)hook};
    return tb_rng_next(&rng);
}

static tb_status run_hook(tb_trainer *t, int i, tb_error *error)
{
    const tb_hook *h = &t->learn.hook[i];
    int64_t n = 0;
    double *x = NULL;
    tb_status status = h->value ? look(t, h, &x, &n, error) : TB_OK;
    if (!status && t->listened[i].n > 0) {
        status = add_heard(t, i, x, n, error);
        tb_free(x);
        x = t->listened[i].x;
        n = t->listened[i].n;
        t->listened[i].x = NULL;
    }
    if (!status)
        status =
            h->run(t->settings.config, t->params, x, n, seed_of(t, i), error);
    tb_params_touch(t->params);
    tb_free(x);
    forget_heard(t, i);
    return status;
}

/* Steps with hooks are rare: weights are kept for one, not for all. */
static tb_status keep_unhooked(tb_trainer *t, tb_error *error)
{
    if (t->unhooked)
        return TB_OK;
    t->unhooked = t->storage->alloc(bytes_of(t));
    if (!t->unhooked)
        return tb_fail_memory(error);
    t->storage->move(t->unhooked, tb_params_memory(t->params), bytes_of(t));
    return TB_OK;
}

tb_status tb_trainer_run_hooks(tb_trainer *t, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < t->learn.hook_count && !status; i++) {
        if (!is_due(t, &t->learn.hook[i]))
            continue;
        status = keep_unhooked(t, error);
        if (!status)
            status = run_hook(t, i, error);
    }
    return status;
}

void tb_trainer_undo_hooks(tb_trainer *t)
{
    if (!t->unhooked)
        return;
    t->storage->move(tb_params_memory(t->params), t->unhooked, bytes_of(t));
    tb_params_moved(t->params);
    tb_trainer_forget_unhooked(t);
}

void tb_trainer_forget_unhooked(tb_trainer *t)
{
    t->storage->free(t->unhooked);
    t->unhooked = NULL;
}
