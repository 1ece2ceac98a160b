/* What a call leaves behind besides numbers of state. */
#include "base/memory.h"
#include "engine/ops.h"
#include "engine/source.h"
#include "torchscript/formula.h"
#include "torchscript/recording_guard.h"
#include "torchscript/recording_scalar.h"
#include "torchscript/same_value.h"
#include "torchscript/script_plan_state.h"

#include <stdlib.h>
#include <string.h>

/* What was made of a list, a dict or an object: several slots may hold it. */
typedef struct kept_once {
    const void *from;
    tb_script_value to;
    struct kept_once *next;
} kept_once;

typedef struct keeper {
    tb_script_plan *p;
    tb_arena *arena; /* of what is kept */
    bool copies;     /* of tensors that were there before, too */
    kept_once *once;
    tb_error *error;
} keeper;

static tb_status add_result(keeper *k, tb_value *v, tb_script_storage *s)
{
    tb_script_plan *p = k->p;
    if (!v)
        return tb_fail(k->error, TB_ERR_UNSUPPORTED,
                       "a tensor without elements is left behind");
    if (p->result_count == TB_MOST_RESULTS)
        return tb_fail(k->error, TB_ERR_UNSUPPORTED,
                       "more than %d tensors are left behind", TB_MOST_RESULTS);
    p->results[p->result_count++] = (tb_plan_result){
        .value = tb_contiguous(v), .storage = s, .is_answer = k->copies};
    return TB_OK;
}

/* One that is free, of the same size and type; null: there is none. */
static tb_script_storage *spare_storage(const tb_script_module *m,
                                        const tb_script_tensor *t)
{
    tb_script_storage *s = m->made_storages;
    while (s && !(s->is_spare && s->dtype == t->dtype &&
                  s->count == tb_script_tensor_count(t)))
        s = s->made_before;
    return s;
}

static tb_script_storage *new_storage(keeper *k, const tb_script_tensor *t)
{
    tb_script_module *m = k->p->module;
    tb_arena *arena = k->copies ? k->arena : m->arena;
    tb_script_storage *s = tb_arena_alloc(arena, sizeof *s);
    if (!s)
        return NULL;
    *s = (tb_script_storage){.dtype = t->dtype,
                             .count = tb_script_tensor_count(t),
                             .changes = !k->copies};
    s->extent = s->count; /* of what every run fills */
    s->name = tb_arena_printf(arena, "made.%d", m->made++);
    if (!s->name || !tb_script_storage_hold(s, arena, s->count))
        return NULL;
    if (!k->copies) {
        s->made_before = m->made_storages;
        m->made_storages = s;
    }
    return s;
}

static tb_script_storage *storage_for(keeper *k, const tb_script_tensor *t)
{
    tb_script_module *m = k->p->module;
    tb_script_storage *s = k->copies ? NULL : spare_storage(m, t);
    s = s ? s : new_storage(k, t);
    if (!s || k->copies)
        return s;
    s->is_spare = false;
    s->home = NULL;
    m->made_bytes += (size_t)s->held * tb_dtype_size(s->dtype);
    return s;
}

/* A tensor that a call made becomes one of the module's, with a storage that
   each run fills. */
static tb_status keep_tensor(keeper *k, tb_script_value *x, bool owned)
{
    tb_script_plan *p = k->p;
    tb_script_tensor *from = x->tensor;
    tb_script_tensor *t = tb_arena_alloc(k->arena, sizeof *t);
    if (!t)
        return tb_fail_memory(k->error);
    bool there = from->storage->name && !from->apart && !k->copies &&
                 !from->storage->owned; /* by another slot */
    *t = *from;
    t->value = NULL;
    t->left = !k->copies;
    x->tensor = t;
    if (there)
        return TB_OK;
    tb_script_storage *s = storage_for(k, from);
    if (!s)
        return tb_fail_memory(k->error);
    s->owned = owned;
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
    tb_script_items copy = {
        .kept = true, .left = !k->copies, .count = items->count};
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

static bool is_kept(const keeper *k, tb_script_value *x)
{
    const kept_once *o = k->once;
    while (o && o->from != x->list)
        o = o->next;
    if (o)
        *x = o->to;
    return o != NULL;
}

static bool remember(keeper *k, const void *from, const tb_script_value *x)
{
    kept_once *o = tb_arena_alloc(k->p->arena, sizeof *o);
    if (o)
        *o = (kept_once){from, *x, k->once};
    k->once = o ? o : k->once;
    return o != NULL;
}

/* Tuples never change: what they hold belongs to who holds them. */
static tb_status keep_list(keeper *k, tb_script_value *x, bool owned, int depth)
{
    const tb_script_list *from = x->list;
    tb_script_list *list = tb_arena_alloc(k->arena, sizeof *list);
    if (!list)
        return tb_fail_memory(k->error);
    list->items = from->items;
    x->list = list;
    if (x->kind != TB_SCRIPT_TUPLE && !remember(k, from, x))
        return tb_fail_memory(k->error);
    return keep_items(k, &list->items, owned && x->kind == TB_SCRIPT_TUPLE,
                      depth);
}

static tb_status keep_object(keeper *k, tb_script_value *x, int depth)
{
    tb_script_object *o = tb_arena_alloc(k->arena, sizeof *o);
    if (!o)
        return tb_fail_memory(k->error);
    const tb_script_object *from = x->object;
    *o = *from;
    x->object = o;
    if (!remember(k, from, x))
        return tb_fail_memory(k->error);
    return keep_items(k, &o->items, true, depth);
}

/* A copy that lives as long as the module, of what the recording made. */
static tb_status keep(keeper *k, tb_script_value *x, bool owned, int depth)
{
    if (depth > 64)
        return tb_fail(k->error, TB_ERR_UNSUPPORTED,
                       "lists lie too deep in each other");
    switch (x->kind) {
    case TB_SCRIPT_BOOL:
    case TB_SCRIPT_INT:
    case TB_SCRIPT_FLOAT:
        return tb_pin(&k->p->r, x) ? TB_OK : tb_fail_memory(k->error);
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
        return tb_recording_settle(&k->p->r, x->tensor)
                   ? keep_tensor(k, x, owned)
                   : tb_fail_memory(k->error);
    case TB_SCRIPT_LIST:
    case TB_SCRIPT_TUPLE:
    case TB_SCRIPT_DICT: /* begins as a list does */
        return x->list->items.kept || is_kept(k, x)
                   ? TB_OK
                   : keep_list(k, x, owned, depth);
    case TB_SCRIPT_OBJECT:
        return x->object->items.kept || is_kept(k, x)
                   ? TB_OK
                   : keep_object(k, x, depth);
    default:
        return TB_OK;
    }
}

/* ---- slots whose tensors calls put there ---- */

/* Numbers that go to where a slot has had its own. */
typedef struct rewrite {
    tb_script_tensor *to;
    tb_value *v;
    struct rewrite *next;
} rewrite;

static bool is_alike(const tb_script_tensor *a, const tb_script_tensor *b)
{
    bool same = a->storage->owned && a->dtype == b->dtype && a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    return same && tb_script_tensor_count(a) > 0;
}

/* Whether x can take the place of `old` by its numbers alone: tensors of the
   same form, or tuples of such. */
static bool fits(const tb_script_value *old, const tb_script_value *x)
{
    if (old->kind != x->kind)
        return false;
    if (x->kind == TB_SCRIPT_TENSOR)
        return old->tensor == x->tensor || is_alike(old->tensor, x->tensor);
    if (x->kind != TB_SCRIPT_TUPLE)
        return !x->formula && tb_script_is_same(old, x);
    const tb_script_items *a = &old->list->items, *b = &x->list->items;
    bool fit = a->count == b->count;
    for (int i = 0; fit && i < a->count; i++)
        fit = fits(&a->at[i], &b->at[i]);
    return fit;
}

/* What x holds is read before anything is written: slots may be exchanged. */
static bool list_rewrites(tb_recording *r, const tb_script_value *old,
                          const tb_script_value *x, rewrite **list)
{
    bool ok = true;
    if (x->kind == TB_SCRIPT_TENSOR && old->tensor != x->tensor) {
        rewrite *w = tb_arena_alloc(r->arena, sizeof *w);
        tb_value *v = tb_recording_read(r, x->tensor);
        if (!w || !v)
            return tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                     "a tensor that is kept has no numbers");
        *w = (rewrite){old->tensor, tb_contiguous(v), *list};
        *list = w;
    }
    for (int i = 0;
         ok && x->kind == TB_SCRIPT_TUPLE && i < x->list->items.count; i++)
        ok = list_rewrites(r, &old->list->items.at[i], &x->list->items.at[i],
                           list);
    return ok;
}

bool tb_script_settle_slots(tb_script_plan *p)
{
    rewrite *list = NULL;
    bool ok = true;
    for (tb_script_draft *d = p->r.drafts; ok && d; d = d->next)
        for (int i = 0; ok && i < d->items.count && i < d->original->count;
             i++) {
            if (!fits(&d->original->at[i], &d->items.at[i]))
                continue;
            ok = list_rewrites(&p->r, &d->original->at[i], &d->items.at[i],
                               &list);
            d->items.at[i] = d->original->at[i];
        }
    for (rewrite *w = list; ok && w; w = w->next)
        ok = tb_recording_write(&p->r, w->to, w->v);
    return ok;
}

/* ---- objects and lists ---- */

/* A formula is something else, even where it comes to as much now. */
static bool stays(const tb_script_draft *d, int i)
{
    const tb_formula *f = d->items.at[i].formula;
    return tb_script_is_same(&d->items.at[i], &d->original->at[i]) &&
           (!f || tb_formula_is_slot(f, d->original, i));
}

static bool changes(const tb_script_draft *d)
{
    bool same = d->items.count == d->original->count;
    for (int i = 0; same && i < d->items.count; i++)
        same = stays(d, i);
    return !same;
}

void tb_script_mark_slots(tb_script_plan *p)
{
    for (tb_script_draft *d = p->r.drafts; d; d = d->next)
        if (!d->original->changes && changes(d)) {
            d->original->changes = p->r.again = true;
            p->module->lists_change |= !d->assigned;
        }
}

/* Runs copy contents to where the list or dict has its own, which grows by
   doubling. */
static bool has_room(keeper *k, tb_script_items *items, int count)
{
    if (count <= items->capacity)
        return true;
    tb_arena *arena = items->left ? k->arena : k->p->module->arena;
    tb_script_value *at = tb_arena_array(arena, 2 * (size_t)count, sizeof *at);
    if (!at)
        return false;
    if (items->count)
        memcpy(at, items->at, (size_t)items->count * sizeof *at);
    items->at = at;
    items->capacity = 2 * count;
    return true;
}

/* Storages of what a slot once held are used again: it comes back to the very
   same, and plans that were recorded then hold. */
typedef struct tb_kept_slot {
    const tb_script_items *items;
    int slot;
    tb_script_value value;
    struct tb_kept_slot *next;
} tb_kept_slot;

static tb_status fill_again(keeper *k, const tb_script_value *old,
                            const tb_script_value *x)
{
    tb_status status = TB_OK;
    if (x->kind == TB_SCRIPT_TENSOR)
        return old->tensor == x->tensor
                   ? TB_OK
                   : add_result(k, tb_recording_read(&k->p->r, x->tensor),
                                old->tensor->storage);
    for (int i = 0;
         !status && x->kind == TB_SCRIPT_TUPLE && i < x->list->items.count; i++)
        status = fill_again(k, &old->list->items.at[i], &x->list->items.at[i]);
    return status;
}

static tb_status keep_slot(keeper *k, const tb_script_items *items, int slot,
                           tb_script_value *x)
{
    tb_script_module *m = k->p->module;
    for (tb_kept_slot *s = m->kept; s; s = s->next)
        if (s->items == items && s->slot == slot && fits(&s->value, x)) {
            tb_status status = fill_again(k, &s->value, x);
            *x = s->value;
            return status;
        }
    tb_status status = keep(k, x, true, 0);
    if (status || tb_script_is_number(x) || x->kind == TB_SCRIPT_NONE)
        return status;
    tb_kept_slot *s = tb_arena_alloc(m->left, sizeof *s);
    if (!s)
        return tb_fail_memory(k->error);
    *s = (tb_kept_slot){items, slot, *x, m->kept};
    m->kept = s;
    return TB_OK;
}

/* New contents: what was there before stays what it is. */
static tb_status keep_contents(keeper *k, const tb_script_draft *d,
                               tb_plan_effect *e)
{
    const tb_script_items *before = d->original;
    tb_script_value *at =
        tb_arena_array(k->p->arena, (size_t)d->items.count + 1, sizeof *at);
    if (!at || !has_room(k, d->original, d->items.count))
        return tb_fail_memory(k->error);
    for (int i = 0; i < d->items.count; i++) {
        if (!tb_pin_all(&k->p->r, &d->items.at[i]))
            return tb_fail_memory(k->error);
        bool same = i < before->count &&
                    tb_script_is_same(&d->items.at[i], &before->at[i]);
        at[i] = same ? before->at[i] : d->items.at[i];
        tb_status status = same ? TB_OK : keep_slot(k, d->original, i, &at[i]);
        if (status)
            return status;
    }
    *e = (tb_plan_effect){.target = d->original, .slot = -1};
    e->contents = at;
    e->count = d->items.count;
    return TB_OK;
}

static tb_status keep_slots(keeper *k, const tb_script_draft *d,
                            tb_plan_effect *e, int *n)
{
    for (int i = 0; i < d->items.count; i++) {
        tb_script_value *x = &d->items.at[i];
        if (stays(d, i)) {
            if (d->assigned[i] && !x->formula &&
                !tb_guard_slot(&k->p->r, d->original, i))
                return tb_fail_memory(k->error);
            continue;
        }
        e[*n] = (tb_plan_effect){.target = d->original, .slot = i, .value = *x};
        if (x->formula) {
            e[*n].formula = x->formula;
            e[(*n)++].value.formula = NULL;
            continue;
        }
        tb_status status = keep_slot(k, d->original, i, &e[(*n)++].value);
        if (status)
            return status;
    }
    return TB_OK;
}

tb_status tb_script_keep_effects(tb_script_plan *p, tb_error *error)
{
    tb_script_module *m = p->module;
    m->left = m->left ? m->left : tb_arena_new();
    keeper k = {.p = p, .arena = m->left, .error = error};
    size_t room = 1;
    for (tb_script_draft *d = p->r.drafts; d; d = d->next)
        room += d->assigned ? (size_t)d->items.count : 1;
    p->effects = tb_arena_array(p->arena, room, sizeof *p->effects);
    if (!p->effects || !m->left)
        return tb_fail_memory(error);
    for (tb_script_draft *d = p->r.drafts; d; d = d->next) {
        if (!d->assigned && !changes(d))
            continue;
        tb_status status =
            d->assigned ? keep_slots(&k, d, p->effects, &p->effect_count)
                        : keep_contents(&k, d, &p->effects[p->effect_count++]);
        if (status)
            return status;
    }
    return TB_OK;
}

tb_status tb_script_keep_value(tb_script_plan *p, tb_error *error)
{
    keeper k = {.p = p, .arena = p->arena, .copies = true, .error = error};
    return keep(&k, &p->value, false, 0);
}

/* ---- states that nobody reads ---- */

/* A state that is written to and not read is no input of anything: its new
   numbers are results. */
tb_status tb_script_keep_unread(tb_script_plan *p, tb_error *error)
{
    keeper k = {.p = p, .error = error};
    size_t n = (size_t)tb_graph_values(p->r.graph) + TB_MOST_RESULTS;
    bool *seen = calloc(n, 1);
    tb_value **stack = calloc(n, sizeof *stack);
    tb_status status = seen && stack ? TB_OK : tb_fail_memory(error);
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
                status = add_result(&k, u->now, u->storage);
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
