#include "torchscript/recording_guard.h"

#include "engine/plan.h"
#include "engine/source.h"
#include "torchscript/formula.h"
#include "torchscript/recording_scalar.h"
#include "torchscript/same_value.h"
#include "torchscript/script_plan.h"

#include <string.h>

enum { MOST_DEPTH = 16 }; /* of lists in each other */

typedef enum guard_kind {
    GUARD_STORAGE,
    GUARD_SLOT,
    GUARD_FORM, /* of a slot, whatever its numbers are */
    GUARD_CONTENTS,
    GUARD_FORMULA,
    GUARD_COMPUTED
} guard_kind;

/* What a guard's plan is given before it runs. */
typedef struct guard_source {
    tb_script_storage *storage; /* or: */
    const float *control;
    const tb_scalar *scalar;
    const tb_tensor *to;
} guard_source;

struct tb_guard {
    struct tb_guard *next;
    guard_kind kind;
    tb_look look;
    int count;
    double *was;
    tb_script_storage *storage;
    int64_t *places;
    const tb_script_items *items;
    int slot;
    tb_script_value value, *contents;
    const tb_formula *formula;
    tb_plan *plan;
    tb_params *params;
    const tb_tensor *output;
    guard_source *sources;
    int source_count;
};

static tb_guard *add(tb_recording *r, guard_kind kind, tb_look look, int count,
                     const double *x)
{
    tb_guard *g = tb_arena_alloc(r->arena, sizeof *g);
    double *was = tb_arena_array(r->arena, (size_t)count + 1, sizeof *was);
    if (!g || !was) {
        tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
        return NULL;
    }
    if (x)
        memcpy(was, x, (size_t)count * sizeof *x);
    *g = (tb_guard){.next = r->guards,
                    .kind = kind,
                    .look = look,
                    .count = count,
                    .was = was};
    r->guards = g;
    return g;
}

static TB_REALTIME bool is_alike(const tb_guard *g, int i, double x)
{
    return g->look == TB_LOOK_TRUTH ? (x != 0) == (g->was[i] != 0)
                                    : memcmp(&x, &g->was[i], sizeof x) == 0;
}

/* ---- state as it lies there ---- */

bool tb_guard_storage(tb_recording *r, const tb_script_tensor *t,
                      const double *x, tb_look look)
{
    int n = (int)tb_script_tensor_count(t);
    tb_guard *g = add(r, GUARD_STORAGE, look, n, x);
    if (!g)
        return false;
    g->storage = t->storage;
    g->places = tb_arena_array(r->arena, (size_t)n + 1, sizeof *g->places);
    for (int i = 0; g->places && i < n; i++)
        g->places[i] = tb_script_tensor_place(t, i);
    return g->places ||
           tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
}

static TB_REALTIME bool storage_holds(const tb_guard *g)
{
    const void *data = tb_script_storage_bring(g->storage);
    bool holds = true;
    for (int i = 0; holds && i < g->count; i++)
        holds = is_alike(g, i,
                         tb_script_storage_at(g->storage, data, g->places[i]));
    return holds;
}

/* ---- slots ---- */

static bool guard_slot(tb_recording *r, guard_kind kind,
                       const tb_script_items *items, int slot)
{
    for (tb_guard *g = r->guards; g; g = g->next)
        if (g->kind == kind && g->items == items && g->slot == slot)
            return true;
    tb_guard *g = add(r, kind, TB_LOOK_NUMBER, 0, NULL);
    if (!g)
        return false;
    g->items = items;
    g->slot = slot;
    g->value = items->at[slot];
    return true;
}

bool tb_guard_slot(tb_recording *r, const tb_script_items *items, int slot)
{
    return guard_slot(r, GUARD_SLOT, items, slot);
}

/* ---- contents of lists ---- */

static bool add_contents(tb_recording *r, const tb_script_items *items)
{
    for (tb_guard *g = r->guards; g; g = g->next)
        if (g->kind == GUARD_CONTENTS && g->items == items)
            return true;
    tb_guard *g = add(r, GUARD_CONTENTS, TB_LOOK_NUMBER, 0, NULL);
    if (!g)
        return false;
    g->items = items;
    g->slot = items->count;
    g->contents =
        tb_arena_array(r->arena, (size_t)items->count + 1, sizeof *g->contents);
    if (g->contents && items->count)
        memcpy(g->contents, items->at,
               (size_t)items->count * sizeof *items->at);
    return g->contents ||
           tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
}

static bool guard_contents(tb_recording *r, const tb_script_value *x, int depth)
{
    bool ok = true;
    if ((x->kind != TB_SCRIPT_LIST && x->kind != TB_SCRIPT_TUPLE &&
         x->kind != TB_SCRIPT_DICT) ||
        !x->list->items.kept || depth > MOST_DEPTH)
        return true;
    const tb_script_items *items = &x->list->items; /* a dict's lie alike */
    if (items->changes && !add_contents(r, items))
        return false;
    for (int i = 0; ok && i < items->count; i++)
        ok = guard_contents(r, &items->at[i], depth + 1);
    return ok;
}

bool tb_guard_contents(tb_recording *r, const tb_script_value *x)
{
    return !r->lists_change || guard_contents(r, x, 0);
}

static TB_REALTIME bool contents_hold(const tb_guard *g)
{
    bool same = g->items->count == g->slot;
    for (int i = 0; same && i < g->slot; i++)
        same = tb_script_is_same(&g->contents[i], &g->items->at[i]);
    return same;
}

/* ---- formulas ---- */

static bool is_tuple_of_numbers(const tb_script_value *x, int depth)
{
    bool is = x->kind == TB_SCRIPT_TUPLE && depth < TB_MOST_PATH;
    for (int i = 0; is && i < x->list->items.count; i++) {
        const tb_script_value *part = &x->list->items.at[i];
        is = tb_script_is_number(part) || part->kind == TB_SCRIPT_NONE ||
             part->kind == TB_SCRIPT_STRING ||
             is_tuple_of_numbers(part, depth + 1);
    }
    return is;
}

typedef struct tuple_place {
    const tb_script_items *items;
    int slot, depth, path[TB_MOST_PATH];
} tuple_place;

/* A tuple of a slot with formulas in the place of its numbers. */
static bool read_tuple(tb_recording *r, tuple_place *at, tb_script_value *x)
{
    const tb_script_items *from = &x->list->items;
    tb_script_list *list = tb_new_list(r);
    bool ok = list != NULL;
    int depth = at->depth++;
    for (int i = 0; ok && i < from->count; i++) {
        tb_script_value part = from->at[i];
        at->path[depth] = i;
        if (part.kind == TB_SCRIPT_TUPLE)
            ok = read_tuple(r, at, &part);
        if (part.kind == TB_SCRIPT_INT || part.kind == TB_SCRIPT_FLOAT)
            ok = (part.formula =
                      tb_formula_of_slot(r->arena, at->items, at->slot,
                                         part.kind, at->depth, at->path));
        ok = ok && tb_items_append(r, &list->items, part);
    }
    at->depth = depth;
    x->list = list;
    return ok || tb_recording_fail(r, TB_ERR_MEMORY,
                                   "There is not enough "
                                   "memory.");
}

bool tb_read_slot(tb_recording *r, const tb_script_object *object, int slot,
                  tb_script_value *out)
{
    const tb_script_draft *d = object->draft;
    if (d && d->assigned && d->assigned[slot])
        return true;
    tuple_place place = {.items = &object->items, .slot = slot};
    if (is_tuple_of_numbers(out, 0))
        return guard_slot(r, GUARD_FORM, &object->items, slot) &&
               read_tuple(r, &place, out);
    if (out->kind != TB_SCRIPT_INT && out->kind != TB_SCRIPT_FLOAT)
        return tb_guard_slot(r, &object->items, slot);
    out->formula =
        tb_formula_of_slot(r->arena, &object->items, slot, out->kind, 0, NULL);
    return out->formula ||
           tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
}

static bool guard_formula(tb_recording *r, const tb_formula *f,
                          const tb_script_value *x, tb_look look)
{
    for (const tb_guard *g = r->guards; g; g = g->next)
        if (g->kind == GUARD_FORMULA && g->formula == f && g->look == look)
            return true;
    tb_guard *g = add(r, GUARD_FORMULA, look, 0, NULL);
    if (!g)
        return false;
    g->formula = f;
    g->value = *x;
    return true;
}

static bool pin(tb_recording *r, tb_script_value *x, tb_look look)
{
    const tb_formula *f = x->formula;
    x->formula = NULL;
    return !f || guard_formula(r, f, x, look);
}

bool tb_pin(tb_recording *r, tb_script_value *x)
{
    return pin(r, x, TB_LOOK_NUMBER);
}

bool tb_pin_truth(tb_recording *r, tb_script_value *x)
{
    return pin(r, x, TB_LOOK_TRUTH);
}

static TB_REALTIME bool formula_holds(const tb_guard *g)
{
    tb_script_value now = tb_formula_value(g->formula);
    if (g->look == TB_LOOK_NUMBER)
        return tb_script_is_same(&now, &g->value);
    return tb_script_is_number(&now) &&
           (tb_script_number(&now) != 0) == (tb_script_number(&g->value) != 0);
}

/* ---- what is computed ---- */

static bool find_sources(tb_recording *r, tb_guard *g)
{
    int n = r->control_count;
    for (const tb_storage_use *u = r->uses; u; u = u->next)
        n += u->is_state;
    for (const tb_scalar *x = r->scalars; x; x = x->next)
        n++;
    g->sources = tb_arena_array(r->arena, (size_t)n + 1, sizeof *g->sources);
    if (!g->sources)
        return tb_recording_fail(r, TB_ERR_MEMORY,
                                 "There is not enough memory.");
    for (const tb_storage_use *u = r->uses; u; u = u->next) {
        const tb_tensor *to =
            u->is_state ? tb_plan_tensor(g->plan, u->source) : NULL;
        if (!to)
            continue;
        tb_script_storage_bring(u->storage);
        if (!tb_script_storage_hold(u->storage, r->lasting,
                                    tb_script_elements(u->shape)))
            return tb_recording_fail(r, TB_ERR_MEMORY,
                                     "There is not enough memory.");
        g->sources[g->source_count++] =
            (guard_source){.storage = u->storage, .to = to};
    }
    for (int i = 0; i < r->control_count; i++) {
        const tb_tensor *to = tb_plan_tensor(g->plan, r->controls[i].value);
        if (to)
            g->sources[g->source_count++] =
                (guard_source){.control = r->controls[i].numbers, .to = to};
    }
    for (const tb_scalar *x = r->scalars; x; x = x->next) {
        const tb_tensor *to = tb_plan_tensor(g->plan, x->value);
        if (to)
            g->sources[g->source_count++] =
                (guard_source){.scalar = x, .to = to};
    }
    return true;
}

static TB_REALTIME void compute(const tb_guard *g)
{
    for (int i = 0; i < g->source_count; i++) {
        const guard_source *s = &g->sources[i];
        if (s->storage)
            tb_script_storage_give(s->storage, s->to);
        else if (s->scalar)
            tb_scalar_give(s->scalar, s->to);
        else
            tb_script_give_numbers(s->control, s->to);
    }
    tb_plan_run_alone(g->plan, 0);
}

bool tb_guard_computed(tb_recording *r, tb_value *v, tb_params *params,
                       double *x, tb_look look)
{
    int64_t n = 1;
    tb_error error = {0};
    for (int i = 0; i < v->rank; i++)
        n *= v->dim[i];
    tb_guard *g = add(r, GUARD_COMPUTED, look, (int)n, NULL);
    tb_plan_settings settings = {.params = params, .frames = 1};
    if (!g) {
        tb_params_free(params);
        return false;
    }
    g->params = params;
    g->plan =
        tb_plan_new(r->graph, 1, &(tb_output){.value = v}, &settings, &error);
    if (!g->plan)
        return tb_recording_fail(r, error.status, "%s", error.text);
    g->output = tb_plan_tensor(g->plan, v);
    if (!g->output || !find_sources(r, g))
        return tb_recording_fail(r, TB_ERR_MEMORY,
                                 "There is not enough memory.");
    compute(g);
    for (int i = 0; i < g->count; i++)
        x[i] = g->was[i] = tb_script_tensor_number(g->output, i);
    return true;
}

static TB_REALTIME bool computed_holds(const tb_guard *g)
{
    bool holds = true;
    if (g->source_count == 0)
        return true;
    compute(g);
    for (int i = 0; holds && i < g->count; i++)
        holds = is_alike(g, i, tb_script_tensor_number(g->output, i));
    return holds;
}

/* ---- all ---- */

bool tb_guards_hold(const tb_guard *first, int most)
{
    bool holds = true;
    for (const tb_guard *g = first; g && holds && most > 0; g = g->next, most--)
        holds = g->kind == GUARD_STORAGE    ? storage_holds(g)
                : g->kind == GUARD_FORMULA  ? formula_holds(g)
                : g->kind == GUARD_CONTENTS ? contents_hold(g)
                : g->kind == GUARD_FORM
                    ? tb_script_has_form(&g->value, &g->items->at[g->slot])
                : g->kind == GUARD_SLOT
                    ? tb_script_is_same(&g->value, &g->items->at[g->slot])
                    : computed_holds(g);
    return holds;
}

bool tb_guards_hold_after(const tb_guard *first, int count)
{
    for (; first && count > 0; count--)
        first = first->next;
    return tb_guards_hold(first, TB_ALL_GUARDS);
}

bool tb_guards_are_numbers(const tb_guard *first)
{
    bool are = true;
    for (const tb_guard *g = first; g && are; g = g->next)
        are = g->kind == GUARD_FORMULA || g->kind == GUARD_SLOT ||
              g->kind == GUARD_FORM || g->kind == GUARD_CONTENTS ||
              (g->kind == GUARD_COMPUTED && g->source_count == 0);
    return are;
}

static void visit_guard(const tb_guard *g,
                        void (*visit)(void *context,
                                      const tb_script_items *items, int slot),
                        void *context)
{
    if (g->kind == GUARD_SLOT || g->kind == GUARD_FORM)
        visit(context, g->items, g->slot);
    if (g->kind == GUARD_CONTENTS)
        visit(context, g->items, -1);
    if (g->kind == GUARD_FORMULA)
        tb_formula_slots(g->formula, visit, context);
    for (int i = 0; i < g->source_count; i++)
        if (g->sources[i].scalar)
            tb_scalar_slots(g->sources[i].scalar, visit, context);
}

void tb_guards_slots(const tb_guard *first,
                     void (*visit)(void *context, const tb_script_items *items,
                                   int slot),
                     void *context)
{
    for (const tb_guard *g = first; g; g = g->next)
        visit_guard(g, visit, context);
}

typedef struct guard_question {
    bool (*changes)(const void *context, const tb_script_items *items,
                    int slot);
    const void *context;
    bool any;
} guard_question;

static void ask(void *context, const tb_script_items *items, int slot)
{
    guard_question *q = context;
    q->any |= q->changes(q->context, items, slot);
}

int tb_guards_sort(tb_guard **first,
                   bool (*changes)(const void *context,
                                   const tb_script_items *items, int slot),
                   const void *context)
{
    tb_guard *front = NULL, *back = NULL, **front_end = &front,
             **back_end = &back;
    int n = 0;
    for (tb_guard *g = *first; g; g = g->next) {
        guard_question q = {changes, context, false};
        visit_guard(g, ask, &q);
        tb_guard ***end = q.any ? &front_end : &back_end;
        **end = g;
        *end = &g->next;
        n += q.any;
    }
    *back_end = NULL;
    *front_end = back;
    *first = front;
    return n;
}

void tb_guards_clear(tb_guard *first)
{
    for (tb_guard *g = first; g; g = g->next) {
        tb_plan_free(g->plan);
        tb_params_free(g->params);
    }
}
