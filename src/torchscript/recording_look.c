#include "torchscript/recording_guard.h"

#include "engine/ops.h"
#include "engine/source.h"
#include "torchscript/recording_scalar.h"
#include "torchscript/script_plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- numbers that a storage holds ---- */

static TB_REALTIME double number(tb_type type, const void *data, int64_t i)
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

double tb_script_tensor_number(const tb_tensor *t, int64_t i)
{
    int64_t at = 0;
    for (int a = t->rank - 1; a >= 0; a--) {
        at += i % t->dim[a] * t->stride[a];
        i /= t->dim[a];
    }
    return number(t->type, t->data, at);
}

double tb_script_storage_number(tb_script_storage *s, int64_t i)
{
    return tb_script_storage_at(s, tb_script_storage_bring(s), i);
}

double tb_script_storage_at(const tb_script_storage *s, const void *data,
                            int64_t i)
{
    return i < s->held ? number(tb_dtype_type(s->dtype), data, i)
           : s->file   ? tb_dtype_read(s->dtype, s->file, i)
                       : 0;
}

static void look_in_storage(const tb_script_tensor *t, double *x)
{
    int64_t n = tb_script_tensor_count(t);
    const void *data = tb_script_storage_bring(t->storage);
    for (int64_t i = 0; i < n; i++)
        x[i] = tb_script_storage_at(t->storage, data,
                                    tb_script_tensor_place(t, i));
}

/* ---- numbers that must be computed ---- */

/* What a plan of one number costs beside a statement. */
enum { LOOK_STEPS = 100 };

/* The nodes that v is made of: sources may be fixed numbers and state. */
typedef struct ancestry {
    tb_recording *r;
    bool *seen; /* by value */
    tb_value **stack;
    int depth;
    bool has_params;
} ancestry;

static bool is_control(const tb_recording *r, const tb_value *v)
{
    for (int i = 0; i < r->control_count; i++)
        if (r->controls[i].value == v)
            return true;
    return false;
}

static bool is_scalar(const tb_recording *r, const tb_value *v)
{
    const tb_scalar *s = r->scalars;
    while (s && s->value != v)
        s = s->next;
    return s != NULL;
}

static bool take_source(ancestry *w, const tb_value *v)
{
    if (v->node->op == &tb_op_input && !is_control(w->r, v) &&
        !is_scalar(w->r, v))
        return tb_recording_fail(
            w->r, TB_ERR_UNSUPPORTED,
            "what it does depends on the sound itself (a number of the signal "
            "decides), which cannot be planned beforehand");
    w->has_params |= v->node->op == &tb_op_param;
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

static bool evaluate(tb_recording *r, tb_value *v, double *x, tb_look look)
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
    return tb_guard_computed(r, v, params, x, look);
}

static bool look_at(tb_recording *r, tb_script_tensor *t, double *x,
                    tb_look look)
{
    if (!tb_recording_settle(r, t))
        return false;
    int64_t n = tb_script_tensor_count(t);
    if (n > TB_MOST_LOOKED)
        return tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                 "it looks at %lld numbers of a tensor at once",
                                 (long long)n);
    if (n == 0)
        return true;
    tb_storage_use *use = t->apart ? NULL : tb_recording_use(r, t);
    if (use && use->source && !use->written) {
        look_in_storage(t, x);
        return !use->is_state || tb_guard_storage(r, t, x, look);
    }
    tb_value *v = tb_recording_read(r, t);
    return v ? evaluate(r, v, x, look)
             : tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                 "a tensor has no numbers to look at");
}

bool tb_recording_look(tb_recording *r, tb_script_tensor *t, double *x)
{
    return look_at(r, t, x, TB_LOOK_NUMBER);
}

bool tb_recording_truth(tb_recording *r, tb_script_tensor *t, bool *truth)
{
    double x = 0;
    if (!look_at(r, t, &x, TB_LOOK_TRUTH))
        return false;
    *truth = x != 0;
    return true;
}
