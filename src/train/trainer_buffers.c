/* Buffers: what steps make of statistics, and what host code writes. */
#include "base/memory.h"
#include "base/random.h"
#include "engine/source.h"
#include "train/trainer_state.h"

#include <string.h>

/* ---- opening ---- */

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
        const tb_tensor *x = tb_plan_tensor(t->update, l->updates[i].value);
        int k = tb_params_find(t->params, l->updates[i].name);
        t->written[i] = (tb_written){k, mask[l->updates[i].value->id]};
        if (k < 0 || tb_tensor_count(x) != tb_params_at(t->params, k)->n)
            status = tb_fail(error, TB_ERR_ARGUMENT,
                             "There is no buffer '%s' of the size of its "
                             "update.",
                             l->updates[i].name);
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

static tb_status make_room(tb_trainer *t, tb_error *error)
{
    const tb_learning *l = &t->learn;
    for (int i = 0; i < l->statistic_count; i++) {
        const tb_statistic *s = &l->statistic[i];
        int64_t n = elements_of(s->mean);
        const tb_tensor *x =
            tb_plan_tensor(t->learning[s->objective].plan, s->value);
        if (!x || tb_tensor_count(x) != n)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "Statistic %d of %s has another size than its mean.",
                           i + 1, l->objective[s->objective].name);
        t->statistic_at[i + 1] = t->statistic_at[i] + n;
    }
    t->statistics = tb_alloc_array(
        (size_t)t->statistic_at[l->statistic_count] + 1, sizeof *t->statistics);
    return t->statistics ? TB_OK : tb_fail_memory(error);
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
                                       .threads = 1};
    t->update =
        tb_plan_new(l->update, l->update_count, outputs, &settings, error);
    return t->update ? TB_OK : TB_ERR_ARGUMENT;
}

tb_status tb_trainer_open_buffers(tb_trainer *t, tb_error *error)
{
    const tb_learning *l = &t->learn;
    tb_status status = TB_OK;
    if (l->hook_count > 0 &&
        !(t->unhooked = tb_alloc_array((size_t)tb_params_total(t->params),
                                       sizeof *t->unhooked)))
        return tb_fail_memory(error);
    if (!l->update || l->update_count == 0)
        return TB_OK;
    status = plan_update(t, error);
    if (!status)
        status = find_written(t, error);
    return status ? status : make_room(t, error);
}

/* ---- what steps write ---- */

void tb_trainer_add_statistics(tb_trainer *t, unsigned turn)
{
    for (int i = 0; t->update && i < t->learn.statistic_count; i++) {
        const tb_statistic *s = &t->learn.statistic[i];
        if (turn >> s->objective & 1)
            tb_tensor_add_to(
                tb_plan_tensor(t->learning[s->objective].plan, s->value),
                1.0 / t->micro, t->statistics + t->statistic_at[i]);
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

void tb_trainer_update_buffers(tb_trainer *t, unsigned turn)
{
    const tb_learning *l = &t->learn;
    float *weights = tb_params_data(t->params);
    if (!t->update || !is_any_written(t, turn))
        return;
    for (int i = 0; i < l->statistic_count; i++) {
        const tb_tensor *x = tb_plan_tensor(t->update, l->statistic[i].mean);
        if (x)
            tb_tensor_write(x, t->statistics + t->statistic_at[i]);
    }
    tb_plan_run(t->update, 0, NULL);
    for (int i = 0; i < l->update_count; i++) {
        const tb_parameter *p =
            tb_params_at(t->params, t->written[i].parameter);
        if (!is_written(&t->written[i], turn))
            continue;
        tb_tensor_read(tb_plan_tensor(t->update, l->updates[i].value),
                       weights + p->offset);
        tb_params_touch_at(t->params, t->written[i].parameter);
    }
}

/* ---- what hooks write ---- */

static bool is_due(const tb_trainer *t, const tb_hook *h)
{
    switch (h->time) {
    case TB_HOOK_START:
        return t->steps == 0 && !t->taken;
    case TB_HOOK_EVERY:
        return h->steps > 0 && t->steps > 0 && t->steps % h->steps == 0;
    default:
        return t->phase >= h->steps && t->steps == t->began[h->steps];
    }
}

/* The value in all micro-batches, one after the other; the caller frees. */
static tb_status look(tb_trainer *t, const tb_hook *h, const tb_batch *batch,
                      double **x, int64_t *n, tb_error *error)
{
    unsigned needed = tb_trainer_needed(&t->learn, 1u << h->objective);
    const tb_planned *p = tb_trainer_planned(t, 0, h->objective);
    int64_t each = tb_tensor_count(tb_plan_tensor(p->plan, h->value));
    tb_status status = TB_OK;
    *n = each * t->micro;
    *x = tb_alloc_array((size_t)*n + 1, sizeof **x);
    if (!*x)
        return tb_fail_memory(error);
    for (int m = 0; m < t->micro && !status; m++) {
        for (int o = 0; o <= h->objective && !status; o++)
            if (needed >> o & 1)
                status = tb_trainer_run(t, batch, 0, o, m, false, error);
        tb_tensor_add_to(tb_plan_tensor(p->plan, h->value), 1, *x + m * each);
    }
    tb_trainer_restore(t);
    return status;
}

/* Each hook of a step has random numbers of its own. */
static uint64_t seed_of(const tb_trainer *t, int hook)
{
    tb_rng rng = {tb_trainer_seed(t, 0), (uint64_t)hook};
    return tb_rng_next(&rng);
}

static tb_status run_hook(tb_trainer *t, int i, const tb_batch *batch,
                          tb_error *error)
{
    const tb_hook *h = &t->learn.hook[i];
    int64_t n = 0;
    double *x = NULL;
    tb_status status = h->value ? look(t, h, batch, &x, &n, error) : TB_OK;
    if (!status)
        status =
            h->run(t->settings.config, t->params, x, n, seed_of(t, i), error);
    tb_params_touch(t->params);
    tb_free(x);
    return status;
}

static size_t bytes_of(const tb_trainer *t)
{
    return (size_t)tb_params_total(t->params) * sizeof(float);
}

tb_status tb_trainer_run_hooks(tb_trainer *t, const tb_batch *batch,
                               tb_error *error)
{
    tb_status status = TB_OK;
    t->hooked = false;
    for (int i = 0; i < t->learn.hook_count && !status; i++) {
        if (!is_due(t, &t->learn.hook[i]))
            continue;
        if (!t->hooked)
            memcpy(t->unhooked, tb_params_data(t->params), bytes_of(t));
        t->hooked = true;
        status = run_hook(t, i, batch, error);
    }
    return status;
}

void tb_trainer_undo_hooks(tb_trainer *t)
{
    if (!t->hooked)
        return;
    memcpy(tb_params_data(t->params), t->unhooked, bytes_of(t));
    tb_params_touch(t->params);
}
