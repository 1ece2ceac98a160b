#include "torchscript/recording.h"

#include "base/memory.h"
#include "engine/ops.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "torchscript/script_plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- numbers that a storage holds ---- */

static double number(tb_type type, const void *data, int64_t i)
{
    switch (type) {
    case TB_I64:
        return (double)((const int64_t *)data)[i];
    case TB_BOOL:
        return ((const uint8_t *)data)[i];
    case TB_C64:
        return (double)((const float *)data)[2 * i];
    default:
        return (double)((const float *)data)[i];
    }
}

double tb_script_storage_number(tb_script_storage *s, int64_t i)
{
    const void *data = tb_script_storage_bring(s);
    return i < s->held ? number(tb_dtype_type(s->dtype), data, i)
           : s->file   ? tb_dtype_read(s->dtype, s->file, i)
                       : 0;
}

static bool look_in_storage(const tb_script_tensor *t, double *x)
{
    int64_t n = tb_script_tensor_count(t);
    for (int64_t i = 0; i < n; i++)
        x[i] =
            tb_script_storage_number(t->storage, tb_script_tensor_place(t, i));
    return true;
}

/* ---- numbers that must be computed ---- */

/* What a plan of one number costs beside a statement. */
enum { LOOK_STEPS = 100 };

/* The nodes that v is made of: sources may be fixed numbers and state. */
typedef struct ancestry {
    tb_recording *r;
    bool *seen; /* by value */
    tb_value **stack;
    int depth, states;
    bool has_params;
} ancestry;

static bool take_source(ancestry *w, const tb_value *v)
{
    if (v->node->op == &tb_op_input)
        return tb_recording_fail(
            w->r, TB_ERR_UNSUPPORTED,
            "what it does depends on the sound itself (a number of the signal "
            "decides), which cannot be planned beforehand");
    w->has_params |= v->node->op == &tb_op_param;
    for (tb_storage_use *u = w->r->uses; v->node->op == &tb_op_state && u;
         u = u->next)
        if (u->source == v)
            u->guarded = true;
    return true;
}

static bool walk_back(ancestry *w, tb_value *v)
{
    w->stack[w->depth++] = v;
    w->seen[v->id] = true;
    while (w->depth > 0) {
        const tb_value *at = w->stack[--w->depth];
        if (!take_source(w, at))
            return false;
        for (int i = 0; i < at->node->n_in; i++)
            if (!w->seen[at->node->in[i]->id]) {
                w->seen[at->node->in[i]->id] = true;
                w->stack[w->depth++] = at->node->in[i];
            }
    }
    return true;
}

static bool may_look(tb_recording *r, tb_value *v, bool *has_params)
{
    size_t n = (size_t)tb_graph_values(r->graph);
    ancestry w = {.r = r,
                  .seen = calloc(n, sizeof *w.seen),
                  .stack = calloc(n, sizeof *w.stack)};
    bool ok = w.seen && w.stack;
    if (!ok)
        tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
    ok = ok && walk_back(&w, v);
    *has_params = w.has_params;
    free(w.seen);
    free(w.stack);
    return ok;
}

static void read_output(const tb_tensor *t, double *x)
{
    int64_t index[TB_RANK] = {0}, i = 0;
    do
        x[i++] = number(t->type, t->data, tb_offset_of(t, index));
    while (tb_next_index(t, index));
}

static bool give_states(tb_recording *r, const tb_plan *plan)
{
    for (tb_storage_use *u = r->uses; u; u = u->next) {
        const tb_tensor *t =
            u->is_state ? tb_plan_tensor(plan, u->source) : NULL;
        if (!t)
            continue;
        tb_script_storage_bring(u->storage);
        if (!tb_script_storage_hold(u->storage, r->lasting,
                                    tb_script_elements(u->shape)))
            return tb_recording_fail(r, TB_ERR_MEMORY,
                                     "There is not enough memory.");
        tb_script_storage_give(u->storage, t);
    }
    return true;
}

static bool run_once(tb_recording *r, tb_value *v, tb_params *params, double *x)
{
    tb_error error = {0};
    tb_plan_settings settings = {.params = params, .frames = 1};
    tb_plan *plan =
        tb_plan_new(r->graph, 1, &(tb_output){.value = v}, &settings, &error);
    if (!plan)
        return tb_recording_fail(r, error.status, "%s", error.text);
    bool ok = give_states(r, plan);
    if (ok) {
        tb_plan_run(plan, 0, NULL);
        read_output(tb_plan_tensor(plan, v), x);
    }
    tb_plan_free(plan);
    return ok;
}

static bool evaluate(tb_recording *r, tb_value *v, double *x)
{
    bool has_params = false;
    tb_error error = {0};
    r->steps += LOOK_STEPS + tb_graph_values(r->graph) / 16;
    if (tb_graph_check(r->graph, &error))
        return tb_recording_fail(r, error.status, "%s", error.text);
    if (!may_look(r, v, &has_params))
        return false;
    tb_params *params = NULL;
    if (has_params && !(params = tb_recording_params(r, &error)))
        return tb_recording_fail(r, error.status, "%s", error.text);
    bool ok = run_once(r, v, params, x);
    tb_params_free(params);
    return ok;
}

bool tb_recording_look(tb_recording *r, tb_script_tensor *t, double *x)
{
    int64_t n = tb_script_tensor_count(t);
    if (n > TB_MOST_LOOKED)
        return tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                 "it looks at %lld numbers of a tensor at once",
                                 (long long)n);
    if (n == 0)
        return true;
    tb_storage_use *use = t->apart ? NULL : tb_recording_use(r, t);
    if (use && use->source && !use->written) {
        use->guarded |= use->is_state;
        return look_in_storage(t, x);
    }
    tb_value *v = tb_recording_read(r, t);
    return v ? evaluate(r, v, x)
             : tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                 "a tensor has no numbers to look at");
}
