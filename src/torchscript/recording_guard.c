#include "torchscript/recording_guard.h"

#include "engine/plan.h"
#include "engine/source.h"
#include "torchscript/script_plan.h"

#include <string.h>

typedef enum guard_kind {
    GUARD_STORAGE,
    GUARD_SLOT,
    GUARD_COUNTER,
    GUARD_COMPUTED
} guard_kind;

/* What a guard's plan is given before it runs. */
typedef struct guard_source {
    tb_script_storage *storage; /* null: a control */
    const float *control;
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
    tb_script_value value;
    tb_script_counter counter;
    tb_comparison how;
    int64_t with;
    bool truth;
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

bool tb_guard_slot(tb_recording *r, const tb_script_items *items, int slot)
{
    for (tb_guard *g = r->guards; g; g = g->next)
        if (g->kind == GUARD_SLOT && g->items == items && g->slot == slot)
            return true;
    tb_guard *g = add(r, GUARD_SLOT, TB_LOOK_NUMBER, 0, NULL);
    if (!g)
        return false;
    g->items = items;
    g->slot = slot;
    g->value = items->at[slot];
    return true;
}

/* ---- counters ---- */

bool tb_read_slot(tb_recording *r, const tb_script_object *object, int slot,
                  tb_script_value *out)
{
    const tb_script_draft *d = object->draft;
    if (d && d->assigned && d->assigned[slot])
        return true;
    if (out->kind != TB_SCRIPT_INT)
        return tb_guard_slot(r, &object->items, slot);
    tb_script_counter *c = tb_arena_alloc(r->arena, sizeof *c);
    if (!c)
        return tb_recording_fail(r, TB_ERR_MEMORY,
                                 "There is not enough memory.");
    *c = (tb_script_counter){&object->items, slot, 0};
    out->counter = c;
    return true;
}

bool tb_pin(tb_recording *r, tb_script_value *x)
{
    const tb_script_counter *c = x->counter;
    x->counter = NULL;
    return !c || x->kind != TB_SCRIPT_INT ||
           tb_guard_slot(r, c->items, c->slot);
}

bool tb_guard_counter(tb_recording *r, const tb_script_counter *counter,
                      tb_comparison how, int64_t with, bool truth)
{
    tb_guard *g = add(r, GUARD_COUNTER, TB_LOOK_NUMBER, 0, NULL);
    if (!g)
        return false;
    g->counter = *counter;
    g->how = how;
    g->with = with;
    g->truth = truth;
    return true;
}

static TB_REALTIME bool compare(int64_t x, tb_comparison how, int64_t y)
{
    switch (how) {
    case TB_LT:
        return x < y;
    case TB_LE:
        return x <= y;
    case TB_GT:
        return x > y;
    case TB_GE:
        return x >= y;
    case TB_EQ:
        return x == y;
    default:
        return x != y;
    }
}

static TB_REALTIME bool counter_holds(const tb_guard *g)
{
    const tb_script_value *now = &g->counter.items->at[g->counter.slot];
    return now->kind == TB_SCRIPT_INT &&
           compare(now->integer + g->counter.plus, g->how, g->with) == g->truth;
}

/* ---- values that are the same ---- */

static TB_REALTIME bool is_same_tensor(const tb_script_tensor *a,
                                       const tb_script_tensor *b)
{
    bool same = a->storage == b->storage && a->dtype == b->dtype &&
                a->rank == b->rank && a->offset == b->offset &&
                a->apart == b->apart;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i] && a->stride[i] == b->stride[i];
    return same;
}

enum { MOST_DEPTH = 16 };

static TB_REALTIME bool is_same(const tb_script_value *a,
                                const tb_script_value *b, int depth)
{
    if (a->kind != b->kind || depth > MOST_DEPTH)
        return false;
    switch (a->kind) {
    case TB_SCRIPT_ABSENT:
    case TB_SCRIPT_NONE:
    case TB_SCRIPT_DEVICE:
        return true;
    case TB_SCRIPT_BOOL:
        return a->boolean == b->boolean;
    case TB_SCRIPT_INT:
        return a->integer == b->integer;
    case TB_SCRIPT_FLOAT:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case TB_SCRIPT_COMPLEX:
        return memcmp(a->complex, b->complex, 2 * sizeof *a->complex) == 0;
    case TB_SCRIPT_STRING:
        return strcmp(a->string, b->string) == 0;
    case TB_SCRIPT_TENSOR:
        return a->tensor == b->tensor || is_same_tensor(a->tensor, b->tensor);
    case TB_SCRIPT_TUPLE: {
        const tb_script_items *x = &a->list->items, *y = &b->list->items;
        bool same = x->count == y->count;
        for (int i = 0; x != y && same && i < x->count; i++)
            same = is_same(&x->at[i], &y->at[i], depth + 1);
        return same;
    }
    default:
        return a->list == b->list;
    }
}

bool tb_script_is_same(const tb_script_value *a, const tb_script_value *b)
{
    return is_same(a, b, 0);
}

/* ---- what is computed ---- */

static bool find_sources(tb_recording *r, tb_guard *g)
{
    int n = r->control_count;
    for (const tb_storage_use *u = r->uses; u; u = u->next)
        n += u->is_state;
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
        g->sources[g->source_count++] = (guard_source){u->storage, NULL, to};
    }
    for (int i = 0; i < r->control_count; i++) {
        const tb_tensor *to = tb_plan_tensor(g->plan, r->controls[i].value);
        if (to)
            g->sources[g->source_count++] =
                (guard_source){NULL, r->controls[i].numbers, to};
    }
    return true;
}

static TB_REALTIME void compute(const tb_guard *g)
{
    for (int i = 0; i < g->source_count; i++) {
        const guard_source *s = &g->sources[i];
        if (s->storage)
            tb_script_storage_give(s->storage, s->to);
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

bool tb_guards_hold(const tb_guard *first)
{
    bool holds = true;
    for (const tb_guard *g = first; g && holds; g = g->next)
        holds = g->kind == GUARD_STORAGE   ? storage_holds(g)
                : g->kind == GUARD_COUNTER ? counter_holds(g)
                : g->kind == GUARD_SLOT
                    ? is_same(&g->value, &g->items->at[g->slot], 0)
                    : computed_holds(g);
    return holds;
}

uint64_t tb_guards_counted(const tb_guard *first)
{
    uint64_t hash = 0;
    for (const tb_guard *g = first; g; g = g->next)
        if (g->kind == GUARD_COUNTER) {
            hash ^= (uint64_t)g->counter.items->at[g->counter.slot].integer;
            hash *= 0x100000001b3;
        }
    return hash;
}

void tb_guards_clear(tb_guard *first)
{
    for (tb_guard *g = first; g; g = g->next) {
        tb_plan_free(g->plan);
        tb_params_free(g->params);
    }
}
