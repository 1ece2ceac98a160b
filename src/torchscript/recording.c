#include "torchscript/recording.h"

#include "engine/ops.h"
#include "torchscript/recording_guard.h"
#include "torchscript/recording_scalar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Weights of more elements are parameters, which plans prepare and read where
   they lie; smaller ones become constants, by which others can be folded. */
enum { MOST_OF_CONSTANT = 1024 };

tb_status tb_recording_init(tb_recording *r, tb_error *error)
{
    *r = (tb_recording){.arena = tb_arena_new(), .graph = tb_graph_new()};
    if (r->arena && r->graph)
        return TB_OK;
    tb_recording_clear(r);
    return tb_fail_memory(error);
}

void tb_recording_leave(tb_recording *r)
{
    for (tb_storage_use *u = r->uses; u; u = u->next)
        u->storage->use = NULL;
    for (tb_script_draft *d = r->drafts; d; d = d->next)
        *d->holder = NULL;
    r->uses = NULL;
    r->drafts = NULL;
}

void tb_recording_clear(tb_recording *r)
{
    tb_recording_leave(r);
    tb_guards_clear(r->guards);
    tb_graph_free(r->graph);
    tb_arena_free(r->arena);
    *r = (tb_recording){0};
}

bool tb_recording_fail(tb_recording *r, tb_status status, const char *format,
                       ...)
{
    if (r->error.status)
        return false;
    va_list args;
    va_start(args, format);
    r->error.status = status;
    vsnprintf(r->error.text, sizeof r->error.text, format, args);
    va_end(args);
    return false;
}

static void *no_memory(tb_recording *r)
{
    tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
    return NULL;
}

/* ---- sources: what storages hold before the call ---- */

/* The shape of t where it is all of its storage or leading rows of it, else a
   row. Of a storage that changes, only the leading part that calls reach:
   caches of torch have rows for more voices than there are. */
static tb_shape shape_of_storage(const tb_script_tensor *t)
{
    const tb_script_storage *s = t->storage;
    int64_t count = tb_script_tensor_count(t);
    bool leads = t->offset == 0 && tb_script_tensor_is_contiguous(t) &&
                 t->rank > 0 && count > 0 &&
                 s->count % (count / t->dim[0]) == 0;
    tb_shape shape =
        leads ? tb_script_tensor_shape(t) : tb_dims_of(1, &s->count);
    if (leads)
        shape.dim[0] = s->count / (count / t->dim[0]);
    if (s->changes && s->extent > 0 && s->extent < s->count) {
        int64_t row = s->count / shape.dim[0];
        shape.dim[0] = (s->extent + row - 1) / row;
    }
    return shape;
}

static tb_type stored_type(tb_dtype dtype)
{
    tb_type type = tb_dtype_type(dtype);
    return type == TB_REAL ? TB_F32 : type;
}

static tb_value *source_of(tb_recording *r, tb_storage_use *use)
{
    const tb_script_storage *s = use->storage;
    tb_type type = tb_dtype_type(s->dtype);
    if (s->changes) {
        tb_value *state = tb_state(r->graph, s->name, type, use->shape, 0);
        tb_state_any_order(state);
        return state;
    }
    if (!s->data && !s->file)
        return tb_fill_type(r->graph, type, use->shape, 0);
    if (s->data && (type != TB_REAL || s->count <= MOST_OF_CONSTANT))
        return tb_constant_type(r->graph, type, use->shape,
                                stored_type(s->dtype), s->data);
    return tb_param(r->graph, s->name, use->shape);
}

static tb_storage_use *new_use(tb_recording *r, tb_script_storage *s,
                               tb_shape shape)
{
    tb_storage_use *use = tb_arena_alloc(r->arena, sizeof *use);
    if (!use)
        return no_memory(r);
    *use = (tb_storage_use){.storage = s,
                            .next = r->uses,
                            .shape = shape,
                            .version = ++*r->versions};
    r->uses = s->use = use;
    return use;
}

static tb_storage_use *use_of(tb_recording *r, const tb_script_tensor *t)
{
    if (t->storage->use)
        return t->storage->use;
    tb_storage_use *use = new_use(r, t->storage, shape_of_storage(t));
    if (use && t->storage->count > 0) {
        use->is_state = t->storage->changes;
        use->now = use->source = source_of(r, use);
    }
    return use;
}

static bool is_same_shape(tb_shape a, tb_shape b)
{
    bool same = a.rank == b.rank;
    for (int i = 0; same && i < a.rank; i++)
        same = a.dim[i] == b.dim[i];
    return same;
}

/* Whether t is all that is used of its storage, in order. */
static bool is_whole(const tb_script_tensor *t, const tb_storage_use *use)
{
    return t->offset == 0 && tb_script_tensor_is_contiguous(t) &&
           tb_script_tensor_count(t) == tb_script_elements(use->shape);
}

/* Whether it lies in rows of a state that this recording does not have. */
static bool is_beyond(const tb_script_tensor *t, const tb_storage_use *use)
{
    return use->is_state &&
           tb_script_tensor_reach(t) > tb_script_elements(use->shape);
}

tb_storage_use *tb_recording_use(tb_recording *r, const tb_script_tensor *t)
{
    tb_storage_use *use = use_of(r, t);
    int64_t reach = tb_script_tensor_reach(t);
    if (use && reach > use->reach)
        use->reach = reach;
    if (use && is_beyond(t, use))
        r->again = true;
    return use;
}

/* ---- reading and writing ---- */

tb_value *tb_recording_read(tb_recording *r, tb_script_tensor *t)
{
    if (tb_span_is_open(t) && !tb_recording_settle(r, t))
        return NULL;
    if (t->apart)
        return t->value;
    tb_storage_use *use = tb_recording_use(r, t);
    tb_shape shape = tb_script_tensor_shape(t);
    if (!use || !use->now || tb_script_tensor_count(t) == 0)
        return NULL;
    if (is_beyond(t, use)) /* the next recording will have it */
        return tb_fill_type(r->graph, use->now->type, shape, 0);
    if (t->value && t->version == use->version)
        return t->value;
    if (t->span)
        t->value = tb_span_read(r, t);
    else if (!is_whole(t, use))
        t->value = tb_as_strided(use->now, shape, t->stride, t->offset);
    else if (is_same_shape(shape, use->shape))
        t->value = use->now;
    else
        t->value = tb_reshape(use->now, shape);
    t->version = use->version;
    return t->value;
}

/* From now on this storage is state; a recording that took it for constant
   must be made again. */
static void becomes_state(tb_recording *r, tb_storage_use *use)
{
    if (!use->source || use->storage->changes)
        return;
    use->storage->changes = true;
    r->again = true;
}

bool tb_recording_write(tb_recording *r, tb_script_tensor *t, tb_value *v)
{
    if (t->apart)
        return tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                 "it writes into a view of another type");
    tb_storage_use *use = tb_recording_use(r, t);
    if (!use)
        return false;
    if (tb_script_tensor_count(t) == 0)
        return true;
    if (v && v->type != use->now->type)
        return tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                 "numbers of another type are written");
    becomes_state(r, use);
    if (is_beyond(t, use))
        return true;
    if (tb_span_is_open(t) && !tb_recording_settle(r, t))
        return false;
    if (t->span) {
        if (!tb_span_write(r, t, v))
            return false;
        t->value = v;
        t->version = use->version;
        return true;
    }
    if (!is_whole(t, use))
        use->now = tb_write_view(use->now, tb_script_tensor_shape(t), t->stride,
                                 t->offset, v);
    else
        use->now =
            v && tb_has_shape(v, use->shape) ? v : tb_reshape(v, use->shape);
    use->version = ++*r->versions;
    use->written = true;
    t->value = v;
    t->version = use->version;
    return use->now != NULL;
}

/* ---- new tensors ---- */

static tb_script_tensor *fresh(tb_recording *r, tb_dtype dtype, tb_shape shape)
{
    tb_script_tensor *t = tb_arena_alloc(r->arena, sizeof *t);
    tb_script_storage *s = tb_arena_alloc(r->arena, sizeof *s);
    if (!t || !s)
        return no_memory(r);
    r->elements += tb_script_elements(shape);
    if (r->most > 0 && r->elements > r->most) {
        tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                          "its tensors hold more than %lld numbers in one call",
                          (long long)r->most);
        return NULL;
    }
    *s =
        (tb_script_storage){.dtype = dtype, .count = tb_script_elements(shape)};
    *t = (tb_script_tensor){.storage = s, .dtype = dtype, .rank = shape.rank};
    memcpy(t->dim, shape.dim, sizeof t->dim);
    tb_script_tensor_pack(t);
    return new_use(r, s, shape) ? t : NULL;
}

tb_script_tensor *tb_recording_tensor(tb_recording *r, tb_dtype dtype,
                                      tb_value *v)
{
    tb_script_tensor *t = v ? fresh(r, dtype, tb_value_shape(v)) : NULL;
    if (!t)
        return NULL;
    t->storage->use->now = t->value = v;
    t->version = t->storage->use->version;
    return t;
}

tb_script_tensor *tb_recording_empty(tb_recording *r, tb_dtype dtype,
                                     tb_shape shape)
{
    return fresh(r, dtype, shape);
}

tb_script_tensor *tb_recording_view(tb_recording *r, tb_script_tensor *t)
{
    if (!tb_recording_settle(r, t))
        return NULL;
    tb_script_tensor *view = tb_arena_alloc(r->arena, sizeof *view);
    if (!view)
        return no_memory(r);
    *view = *t;
    view->value = NULL;
    return view;
}

tb_value *tb_recording_draw(tb_recording *r, tb_noise_kind kind, tb_shape shape)
{
    if (r->silent)
        return tb_fill(r->graph, shape, 0);
    tb_drawn *d = tb_arena_alloc(r->arena, sizeof *d);
    const char *name = tb_arena_printf(r->arena, "chance %d", r->draw_count++);
    if (!d || !name)
        return no_memory(r);
    *d = (tb_drawn){.value = tb_input(r->graph, name, TB_REAL, shape),
                    .kind = kind,
                    .shape = shape};
    if (r->last_draw)
        r->last_draw->next = d;
    else
        r->draws = d;
    r->last_draw = d;
    return d->value;
}

/* ---- drafts ---- */

const tb_script_items *tb_items_read(const tb_script_items *items,
                                     const tb_script_draft *draft)
{
    return draft ? &draft->items : items;
}

/* A copy with room for so many. */
static bool copy_items(tb_recording *r, tb_script_items *to,
                       const tb_script_items *from, int room)
{
    *to = (tb_script_items){.count = from->count, .capacity = room};
    to->at = tb_arena_array(r->arena, (size_t)room, sizeof *to->at);
    if (!to->at)
        return no_memory(r);
    if (from->count)
        memcpy(to->at, from->at, (size_t)from->count * sizeof *to->at);
    return true;
}

tb_script_items *tb_items_write(tb_recording *r, tb_script_items *items,
                                tb_script_draft **draft)
{
    if (!items->kept)
        return items;
    if (*draft)
        return &(*draft)->items;
    tb_script_draft *d = tb_arena_alloc(r->arena, sizeof *d);
    if (!d)
        return no_memory(r);
    *d = (tb_script_draft){
        .original = items, .holder = draft, .next = r->drafts};
    if (!copy_items(r, &d->items, items, items->count + 4))
        return NULL;
    *draft = r->drafts = d;
    return &d->items;
}

bool tb_slot_write(tb_recording *r, tb_script_object *o, int slot,
                   tb_script_value x)
{
    tb_script_items *items = tb_items_write(r, &o->items, &o->draft);
    if (!items || !tb_recording_settle_value(r, &x))
        return false;
    items->at[slot] = x;
    if (!o->draft)
        return true;
    if (!o->draft->assigned)
        o->draft->assigned =
            tb_arena_array(r->arena, (size_t)items->count, sizeof(bool));
    if (!o->draft->assigned)
        return no_memory(r);
    return o->draft->assigned[slot] = true;
}

bool tb_items_append(tb_recording *r, tb_script_items *items, tb_script_value x)
{
    tb_script_items larger;
    if (!tb_recording_settle_value(r, &x))
        return false;
    if (items->count == items->capacity) {
        if (!copy_items(r, &larger, items, 2 * items->count + 4))
            return false;
        *items = larger;
    }
    items->at[items->count++] = x;
    return true;
}
