#include "torchscript/script_plan.h"

#include "base/memory.h"
#include "engine/ops.h"
#include "engine/source.h"
#include "torchscript/interpreter.h"
#include "torchscript/script_draws.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_RECORDINGS = 8,
    MOST_RESULTS = 256,
    MOST_ELEMENTS = 1 << 28,
    MOST_STEPS = 2 * 1000 * 1000
};

/* A storage that the plan keeps as state while it runs. */
typedef struct state_binding {
    tb_script_storage *storage;
    tb_value *state;
    const tb_tensor *tensor; /* where the plan has it; null: it does not */
} state_binding;

/* What a number that steered the recording was. */
typedef struct guard {
    tb_script_storage *storage;
    void *bytes;
    size_t size;
} guard;

/* A value that each run leaves in a storage. */
typedef struct result {
    tb_value *value;
    tb_script_storage *storage;
    const tb_tensor *tensor;
} result;

/* Contents that a run leaves in a list, dict or object. */
typedef struct effect {
    tb_script_items *target, items;
} effect;

struct tb_script_plan {
    tb_script_module *module;
    tb_script_plan_settings settings;
    tb_recording r;
    tb_arena *arena;
    tb_params *params;
    tb_plan *plan; /* null: nothing is computed */
    tb_value *input[TB_MOST_ARGUMENTS];
    const tb_tensor *input_tensor[TB_MOST_ARGUMENTS];
    int input_count;
    state_binding *states;
    guard *guards;
    effect *effects;
    int state_count, guard_count, effect_count, result_count;
    result results[MOST_RESULTS];
    tb_script_value value; /* what the method returned, kept */
    uint64_t epoch;
    tb_script_draws *draws; /* null: nothing is drawn by chance */
    uint64_t luck;          /* of the method: each draws its own numbers */
    int64_t position;
};

/* ---- storages between runs ---- */

static size_t element_size(const tb_script_storage *s)
{
    return tb_type_size(tb_dtype_type(s->dtype), sizeof(float));
}

/* The tensor that holds s in the plan; null: it does not. */
static const tb_tensor *held(const tb_script_plan *p,
                             const tb_script_storage *s)
{
    for (int i = 0; i < p->state_count; i++)
        if (p->states[i].storage == s)
            return p->states[i].tensor;
    return NULL;
}

static void copy_tensor(const tb_tensor *t, char *flat, bool into_tensor)
{
    size_t size = tb_type_size(t->type, sizeof(float));
    int64_t index[TB_RANK] = {0};
    if (tb_is_contiguous(t)) {
        size_t bytes = (size_t)tb_elements(t, 1) * size;
        memcpy(into_tensor ? t->data : flat, into_tensor ? flat : t->data,
               bytes);
        return;
    }
    do {
        char *at = (char *)t->data + tb_offset_of(t, index) * (int64_t)size;
        memcpy(into_tensor ? at : flat, into_tensor ? flat : at, size);
        flat += size;
    } while (tb_next_index(t, index));
}

const void *tb_script_storage_bring(tb_script_storage *s)
{
    const tb_tensor *t = s->home ? held(s->home, s) : NULL;
    if (t)
        copy_tensor(t, s->data, false);
    return s->data;
}

void tb_script_storage_give(tb_script_storage *s, const tb_tensor *to)
{
    if (tb_script_storage_bring(s))
        copy_tensor(to, s->data, true);
}

/* ---- parameters ---- */

static const void *find_weights(void *context, const tb_parameter *parameter)
{
    const tb_recording *r = context;
    for (const tb_storage_use *u = r->uses; u; u = u->next)
        if (u->storage->name && strcmp(u->storage->name, parameter->name) == 0)
            return u->storage->data ? u->storage->data : u->storage->file;
    return NULL;
}

tb_params *tb_recording_params(tb_recording *r, tb_error *error)
{
    const tb_graph *g = r->graph;
    return tb_params_new_over(1, &g, sizeof(float), find_weights, r, error);
}

/* ---- what a call leaves behind ---- */

typedef struct keeper {
    tb_script_plan *p;
    tb_arena *arena; /* of what is kept */
    bool copies;     /* of tensors that were there before, too */
    tb_error *error;
} keeper;

static tb_status add_result(keeper *k, tb_value *v, tb_script_storage *s)
{
    tb_script_plan *p = k->p;
    if (!v)
        return tb_fail(k->error, TB_ERR_UNSUPPORTED,
                       "a tensor without elements is left behind");
    if (p->result_count == MOST_RESULTS)
        return tb_fail(k->error, TB_ERR_UNSUPPORTED,
                       "more than %d tensors are left behind", MOST_RESULTS);
    p->results[p->result_count++] = (result){tb_contiguous(v), s, NULL};
    return TB_OK;
}

/* A tensor that a call made becomes one of the module's, with a storage that
   each run fills. */
static tb_status keep_tensor(keeper *k, tb_script_value *x, bool owned)
{
    tb_script_plan *p = k->p;
    tb_arena *arena = k->arena;
    tb_script_tensor *t = tb_arena_alloc(arena, sizeof *t);
    tb_script_storage *s = tb_arena_alloc(arena, sizeof *s);
    if (!t || !s)
        return tb_fail_memory(k->error);
    tb_script_tensor *from = x->tensor;
    bool there = from->storage->name && !from->apart && !k->copies;
    *t = *from;
    t->value = NULL;
    x->tensor = t;
    if (there)
        return TB_OK;
    *s = (tb_script_storage){.dtype = from->dtype,
                             .count = tb_script_tensor_count(from),
                             .owned = owned};
    s->name = tb_arena_printf(arena, "made.%d", p->module->made++);
    if (!s->name || !tb_script_storage_hold(s, arena, s->count))
        return tb_fail_memory(k->error);
    t->storage = s;
    t->apart = false;
    t->offset = 0;
    tb_script_tensor_pack(t);
    return s->count ? add_result(k, tb_recording_read(&p->r, from), s) : TB_OK;
}

static tb_status keep(keeper *k, tb_script_value *x, bool owned, int depth);

static tb_status keep_items(keeper *k, tb_script_items *items, bool owned,
                            int depth)
{
    tb_script_items copy = {.kept = true, .count = items->count};
    copy.capacity = items->count + 1;
    copy.at = tb_arena_array(k->arena, (size_t)copy.capacity, sizeof *copy.at);
    if (!copy.at)
        return tb_fail_memory(k->error);
    for (int i = 0; i < items->count; i++) {
        copy.at[i] = items->at[i];
        tb_status status = keep(k, &copy.at[i], owned, depth + 1);
        if (status)
            return status;
    }
    *items = copy;
    return TB_OK;
}

static tb_status keep_list(keeper *k, tb_script_value *x, int depth)
{
    tb_script_list *list = tb_arena_alloc(k->arena, sizeof *list);
    if (!list)
        return tb_fail_memory(k->error);
    list->items = x->list->items;
    x->list = list;
    return keep_items(k, &list->items, false, depth);
}

static tb_status keep_object(keeper *k, tb_script_value *x, int depth)
{
    tb_script_object *o = tb_arena_alloc(k->arena, sizeof *o);
    if (!o)
        return tb_fail_memory(k->error);
    *o = *x->object;
    x->object = o;
    return keep_items(k, &o->items, true, depth);
}

/* A copy that lives as long as the module, of what the recording made. */
static tb_status keep(keeper *k, tb_script_value *x, bool owned, int depth)
{
    if (depth > 64)
        return tb_fail(k->error, TB_ERR_UNSUPPORTED,
                       "lists lie too deep in each other");
    switch (x->kind) {
    case TB_SCRIPT_STRING:
        x->string = tb_arena_strdup(k->arena, x->string);
        return x->string ? TB_OK : tb_fail_memory(k->error);
    case TB_SCRIPT_COMPLEX: {
        double *pair = tb_arena_array(k->arena, 2, sizeof *pair);
        if (!pair)
            return tb_fail_memory(k->error);
        memcpy(pair, x->complex, 2 * sizeof *pair);
        x->complex = pair;
        return TB_OK;
    }
    case TB_SCRIPT_TENSOR:
        return keep_tensor(k, x, owned);
    case TB_SCRIPT_LIST:
    case TB_SCRIPT_TUPLE:
    case TB_SCRIPT_DICT: /* begins as a list does */
        return x->list->items.kept ? TB_OK : keep_list(k, x, depth);
    case TB_SCRIPT_OBJECT:
        return x->object->items.kept ? TB_OK : keep_object(k, x, depth);
    default:
        return TB_OK;
    }
}

/* A slot whose tensor a call once put there gets the numbers of the new one
   where they are alike: then the slot is state like any other. */
static bool write_to_old(tb_recording *r, const tb_script_value *old,
                         tb_script_value *x)
{
    if (old->kind != TB_SCRIPT_TENSOR || x->kind != TB_SCRIPT_TENSOR ||
        old->tensor == x->tensor || !old->tensor->storage->owned)
        return true;
    tb_script_tensor *a = old->tensor, *b = x->tensor;
    bool same = a->dtype == b->dtype && a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    if (!same || tb_script_tensor_count(a) == 0)
        return true;
    tb_value *v = tb_recording_read(r, b);
    *x = *old;
    return v && tb_recording_write(r, a, tb_contiguous(v));
}

static bool is_same_value(const tb_script_value *a, const tb_script_value *b)
{
    if (a->kind == TB_SCRIPT_TENSOR || b->kind == TB_SCRIPT_TENSOR)
        return a->kind == b->kind && a->tensor == b->tensor;
    if (a->kind == TB_SCRIPT_FLOAT && b->kind == TB_SCRIPT_FLOAT)
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    return a->kind == b->kind && tb_script_equal(a, b);
}

static bool changes(const tb_script_draft *d)
{
    bool same = d->items.count == d->original->count;
    for (int i = 0; same && i < d->items.count; i++)
        same = is_same_value(&d->items.at[i], &d->original->at[i]);
    return !same;
}

/* New contents: what was there before stays what it is. */
static tb_status keep_changed(keeper *k, const tb_script_items *before,
                              tb_script_items *items)
{
    tb_script_value *at =
        tb_arena_array(k->arena, (size_t)items->count + 1, sizeof *at);
    if (!at)
        return tb_fail_memory(k->error);
    for (int i = 0; i < items->count; i++) {
        bool same =
            i < before->count && is_same_value(&items->at[i], &before->at[i]);
        at[i] = same ? before->at[i] : items->at[i];
        tb_status status = same ? TB_OK : keep(k, &at[i], true, 0);
        if (status)
            return status;
    }
    *items = (tb_script_items){true, items->count, items->count + 1, at};
    return TB_OK;
}

static tb_status keep_effects(keeper *k)
{
    tb_script_plan *p = k->p;
    int n = 0;
    for (tb_script_draft *d = p->r.drafts; d; d = d->next)
        n++;
    p->effects = tb_arena_array(p->arena, (size_t)n + 1, sizeof *p->effects);
    if (!p->effects)
        return tb_fail_memory(k->error);
    for (tb_script_draft *d = p->r.drafts; d; d = d->next) {
        if (!changes(d))
            continue;
        effect *e = &p->effects[p->effect_count++];
        *e = (effect){.target = d->original, .items = d->items};
        tb_status status = keep_changed(k, d->original, &e->items);
        if (status)
            return status;
    }
    return TB_OK;
}

/* ---- recording ---- */

static bool add_inputs(tb_script_plan *p, int count,
                       const tb_script_argument *arguments,
                       tb_script_value *values)
{
    static const char *const names[] = {"input 1", "input 2", "input 3",
                                        "input 4", "input 5", "input 6"};
    int room = sizeof names / sizeof *names;
    p->input_count = 0;
    for (int i = 0; i < count; i++) {
        values[i] = arguments[i].value;
        if (!arguments[i].is_input)
            continue;
        if (p->input_count == room)
            return false;
        tb_value *v = tb_input(p->r.graph, names[p->input_count], TB_REAL,
                               arguments[i].shape);
        p->input[p->input_count++] = v;
        values[i] = tb_script_of_tensor(
            tb_recording_tensor(&p->r, TB_DTYPE_FLOAT32, v));
        if (!values[i].tensor)
            return false;
    }
    return true;
}

static bool settle_slots(tb_script_plan *p)
{
    for (tb_script_draft *d = p->r.drafts; d; d = d->next)
        for (int i = 0; i < d->items.count && i < d->original->count; i++)
            if (!write_to_old(&p->r, &d->original->at[i], &d->items.at[i]))
                return false;
    return true;
}

/* How far calls reach into storages, for the next recording. */
static void note_reach(tb_recording *r)
{
    for (tb_storage_use *u = r->uses; u; u = u->next)
        if (u->storage->changes && u->reach > u->storage->extent) {
            r->again |= u->storage->extent > 0 || u->reach < u->storage->count;
            u->storage->extent = u->reach;
        }
}

static tb_status record_once(tb_script_plan *p, const char *method, int count,
                             const tb_script_argument *arguments,
                             tb_error *error)
{
    tb_script_value values[TB_MOST_ARGUMENTS];
    tb_status status = tb_recording_init(&p->r, error);
    if (status)
        return status;
    p->r.silent = p->settings.silent;
    p->r.most = p->settings.most_elements;
    p->r.most_steps = p->settings.most_steps;
    p->r.versions = &p->module->versions;
    p->r.lasting = p->module->arena;
    p->r.version = p->module->version;
    if (count > TB_MOST_ARGUMENTS || !add_inputs(p, count, arguments, values))
        return tb_fail(error, TB_ERR_ARGUMENT, "too many arguments");
    if (tb_interpret(p->module, &p->r, &p->module->root, method, count, values,
                     &p->value) &&
        settle_slots(p)) {
        note_reach(&p->r);
        return TB_OK;
    }
    if (p->r.again)
        return TB_OK;
    if (p->r.error.status && error)
        *error = p->r.error;
    status = p->r.error.status ? p->r.error.status
                               : tb_graph_check(p->r.graph, error);
    return status ? status
                  : tb_fail(error, TB_ERR_UNSUPPORTED,
                            "%s leaves a tensor behind that has no numbers",
                            method);
}

static tb_status record(tb_script_plan *p, const char *method, int count,
                        const tb_script_argument *arguments, tb_error *error)
{
    for (int i = 0; i < MOST_RECORDINGS; i++) {
        tb_status status = record_once(p, method, count, arguments, error);
        if (status || !p->r.again)
            return status;
        p->module->epoch++;
        tb_recording_clear(&p->r);
    }
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "%s does other things each time: it cannot be planned",
                   method);
}

/* ---- chance ---- */

/* Numbers of a method's own (FNV-1a of its name). */
static uint64_t luck_of(const char *method)
{
    uint64_t x = 0xcbf29ce484222325;
    for (; *method; method++)
        x = (x ^ (unsigned char)*method) * 0x100000001b3;
    return x;
}

/* Records the same call of one unit, to see what of its draws is shorter. */
static tb_script_plan *record_unit(const tb_script_plan *p, const char *method,
                                   int count,
                                   const tb_script_argument *arguments,
                                   int64_t units)
{
    tb_error ignored;
    tb_script_argument shorter[TB_MOST_ARGUMENTS];
    tb_script_plan *unit = tb_alloc(sizeof *unit);
    if (!unit)
        return NULL;
    unit->module = p->module;
    unit->settings = p->settings;
    memcpy(shorter, arguments, (size_t)count * sizeof *shorter);
    for (int i = 0; i < count; i++)
        if (shorter[i].is_input && shorter[i].units == units)
            shorter[i].shape.dim[shorter[i].shape.rank - 1] /= units;
    bool ok = record(unit, method, count, shorter, &ignored) == TB_OK;
    tb_recording_leave(&unit->r);
    if (ok)
        return unit;
    tb_script_plan_free(unit);
    return NULL;
}

static tb_status place_draws(tb_script_plan *p, const char *method, int count,
                             const tb_script_argument *arguments,
                             tb_error *error)
{
    int64_t units = 1;
    p->luck = luck_of(method);
    if (p->r.draw_count == 0)
        return TB_OK;
    for (int i = 0; i < count; i++)
        if (arguments[i].is_input && arguments[i].units > units)
            units = arguments[i].units;
    tb_script_plan *unit =
        units > 1 ? record_unit(p, method, count, arguments, units) : NULL;
    p->draws = tb_script_draws_new(p->arena, &p->r,
                                   units == 1 ? &p->r
                                   : unit     ? &unit->r
                                              : NULL,
                                   units, p->plan);
    tb_script_plan_free(unit);
    return p->draws ? TB_OK : tb_fail_memory(error);
}

/* ---- states and guards ---- */

static tb_status add_states(tb_script_plan *p, tb_error *error)
{
    int n = 0;
    for (tb_storage_use *u = p->r.uses; u; u = u->next)
        n++;
    p->states = tb_arena_array(p->arena, (size_t)n + 1, sizeof *p->states);
    p->guards = tb_arena_array(p->arena, (size_t)n + 1, sizeof *p->guards);
    if (!p->states || !p->guards)
        return tb_fail_memory(error);
    for (tb_storage_use *u = p->r.uses; u; u = u->next) {
        if (!u->is_state)
            continue;
        tb_script_storage_bring(u->storage);
        if (!tb_script_storage_hold(u->storage, p->module->arena,
                                    tb_script_elements(u->shape)))
            return tb_fail_memory(error);
        if (u->written)
            tb_state_next(u->source, u->now);
        p->states[p->state_count++] =
            (state_binding){u->storage, u->source, NULL};
    }
    return TB_OK;
}

static tb_status add_guards(tb_script_plan *p, tb_error *error)
{
    for (tb_storage_use *u = p->r.uses; u; u = u->next) {
        if (!u->guarded || !u->is_state)
            continue;
        guard *g = &p->guards[p->guard_count++];
        g->storage = u->storage;
        g->size = (size_t)u->storage->held * element_size(u->storage);
        g->bytes = tb_arena_alloc(p->arena, g->size + 1);
        if (!g->bytes)
            return tb_fail_memory(error);
        memcpy(g->bytes, tb_script_storage_bring(u->storage), g->size);
    }
    return TB_OK;
}

/* A state that is written to and not read is no input of anything: its new
   numbers are results. */
static tb_status add_unread(tb_script_plan *p, keeper *k)
{
    size_t n = (size_t)tb_graph_values(p->r.graph) + MOST_RESULTS;
    bool *seen = calloc(n, 1);
    tb_value **stack = calloc(n, sizeof *stack);
    tb_status status = seen && stack ? TB_OK : tb_fail_memory(k->error);
    size_t depth = 0;
    bool more = true;
    for (int i = 0; !status && i < p->result_count; i++)
        if (!seen[p->results[i].value->id]) {
            seen[p->results[i].value->id] = true;
            stack[depth++] = p->results[i].value;
        }
    while (!status && more) {
        while (depth > 0) {
            tb_value *v = stack[--depth];
            tb_node *node = v->node;
            const tb_state_attr *state =
                node->op == &tb_op_state ? node->attr : NULL;
            for (int i = 0; i < node->n_in + (state && state->next); i++) {
                tb_value *in = i < node->n_in ? node->in[i] : state->next;
                if (!seen[in->id]) {
                    seen[in->id] = true;
                    stack[depth++] = in;
                }
            }
        }
        more = false;
        for (tb_storage_use *u = p->r.uses; u && !status && !more; u = u->next)
            if (u->is_state && u->written && !seen[u->source->id]) {
                seen[u->source->id] = more = true;
                status = add_result(k, u->now, u->storage);
                if (!seen[u->now->id]) {
                    seen[u->now->id] = true;
                    stack[depth++] = u->now;
                }
            }
    }
    free(seen);
    free(stack);
    return status;
}

/* ---- making ---- */

/* Looked for once: runs allocate nothing, not even a mirror. */
static void find_tensors(tb_script_plan *p)
{
    for (int i = 0; i < p->input_count; i++)
        p->input_tensor[i] = tb_plan_tensor(p->plan, p->input[i]);
    for (int i = 0; i < p->state_count; i++)
        p->states[i].tensor = tb_plan_tensor(p->plan, p->states[i].state);
    for (int i = 0; i < p->result_count; i++)
        p->results[i].tensor = tb_plan_tensor(p->plan, p->results[i].value);
}

static tb_status compile(tb_script_plan *p, const tb_script_plan_settings *s,
                         tb_error *error)
{
    tb_output outputs[MOST_RESULTS];
    tb_status status = tb_graph_check(p->r.graph, error);
    if (status || p->result_count == 0)
        return status;
    for (int i = 0; i < p->result_count; i++)
        outputs[i] = (tb_output){.value = p->results[i].value};
    p->params = tb_recording_params(&p->r, error);
    if (!p->params)
        return TB_ERR_MEMORY;
    tb_plan_settings settings = {.params = p->params,
                                 .frames = 1,
                                 .half_weights = s->half_weights,
                                 .threads = s->threads};
    p->plan =
        tb_plan_new(p->r.graph, p->result_count, outputs, &settings, error);
    if (!p->plan)
        return error ? error->status : TB_ERR_MEMORY;
    find_tensors(p);
    tb_plan_prepare(p->plan);
    if (p->module->archive) /* the weights are not read there any more */
        tb_archive_drop(p->module->archive, NULL);
    return TB_OK;
}

static tb_status finish(tb_script_plan *p, const tb_script_plan_settings *s,
                        tb_error *error)
{
    keeper k = {.p = p, .arena = p->module->arena, .error = error};
    tb_status status = keep_effects(&k);
    k.arena = p->arena;
    k.copies = true;
    if (!status)
        status = keep(&k, &p->value, false, 0);
    if (!status) /* after all that is kept has been read */
        status = add_states(p, error);
    if (!status)
        status = add_guards(p, error);
    if (!status)
        status = add_unread(p, &k);
    if (!status)
        status = compile(p, s, error);
    return status;
}

tb_script_plan *tb_script_plan_new(tb_script_module *m, const char *method,
                                   int count,
                                   const tb_script_argument *arguments,
                                   const tb_script_plan_settings *settings,
                                   tb_error *error)
{
    tb_script_plan *p = tb_alloc(sizeof *p);
    if (!p || !(p->arena = tb_arena_new())) {
        tb_free(p);
        tb_fail_memory(error);
        return NULL;
    }
    p->module = m;
    p->settings = *settings;
    if (p->settings.most_elements <= 0)
        p->settings.most_elements = MOST_ELEMENTS;
    if (p->settings.most_steps <= 0)
        p->settings.most_steps = MOST_STEPS;
    tb_status status = record(p, method, count, arguments, error);
    if (!status)
        status = finish(p, settings, error);
    tb_recording_leave(&p->r);
    if (!status)
        status = place_draws(p, method, count, arguments, error);
    p->epoch = m->epoch;
    if (!status)
        return p;
    tb_script_plan_free(p);
    return NULL;
}

void tb_script_plan_free(tb_script_plan *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->state_count; i++)
        if (p->states[i].storage->home == p) {
            tb_script_storage_bring(p->states[i].storage);
            p->states[i].storage->home = NULL;
        }
    tb_plan_free(p->plan);
    tb_params_free(p->params);
    tb_recording_clear(&p->r);
    tb_arena_free(p->arena);
    tb_free(p);
}

/* ---- running ---- */

bool tb_script_plan_holds(const tb_script_plan *p)
{
    bool holds = p->epoch == p->module->epoch;
    for (int i = 0; holds && i < p->guard_count; i++) {
        const guard *g = &p->guards[i];
        holds =
            memcmp(g->bytes, tb_script_storage_bring(g->storage), g->size) == 0;
    }
    return holds;
}

const tb_tensor *tb_script_plan_input(const tb_script_plan *p, int i)
{
    return i < p->input_count ? p->input_tensor[i] : NULL;
}

static void take_states(tb_script_plan *p)
{
    for (int i = 0; i < p->state_count; i++) {
        state_binding *b = &p->states[i];
        if (!b->tensor || b->storage->home == p)
            continue;
        tb_script_storage_give(b->storage, b->tensor);
        b->storage->home = p;
    }
}

static void leave_results(tb_script_plan *p)
{
    for (int i = 0; i < p->result_count; i++) {
        tb_script_storage *s = p->results[i].storage;
        tb_script_storage_bring(s);
        s->home = NULL;
        copy_tensor(p->results[i].tensor, s->data, false);
    }
    for (int i = 0; i < p->effect_count; i++)
        *p->effects[i].target = p->effects[i].items;
    if (p->effect_count > 0)
        p->module->epoch++;
}

void tb_script_plan_seek(tb_script_plan *p, int64_t units)
{
    p->position = units;
}

void tb_script_plan_run(tb_script_plan *p, uint64_t seed)
{
    if (p->plan) {
        take_states(p);
        if (p->draws)
            tb_script_draws_fill(p->draws, seed ^ p->luck, p->position);
        tb_plan_run_alone(p->plan, 0);
    }
    leave_results(p);
}

const tb_script_value *tb_script_plan_value(const tb_script_plan *p)
{
    return &p->value;
}

double tb_script_plan_delay(const tb_script_plan *p, int64_t samples)
{
    for (int i = 0; i < p->result_count; i++)
        if (p->value.kind == TB_SCRIPT_TENSOR &&
            p->results[i].storage == p->value.tensor->storage)
            return tb_recording_delay(&p->r, p->results[i].value, samples);
    return -1;
}

void tb_script_plan_memory(const tb_script_plan *p, tb_script_memory *memory)
{
    size_t size = p->settings.half_weights ? sizeof(uint16_t) : sizeof(float);
    *memory = (tb_script_memory){.work = p->plan ? tb_plan_bytes(p->plan) : 0};
    for (int i = 0; p->params && i < tb_params_count(p->params); i++)
        memory->weights += (size_t)tb_params_at(p->params, i)->n * size;
    for (int i = 0; i < p->state_count; i++)
        if (p->states[i].tensor)
            memory->states += (size_t)tb_elements(p->states[i].tensor, 1) *
                              element_size(p->states[i].storage);
}

const tb_plan *tb_script_plan_plan(const tb_script_plan *p)
{
    return p->plan;
}
