/* The values of a module out of its pickles. */
#include "torchscript/script_load.h"

#include "torchscript/pickled_torch.h"
#include "torchscript/script_tensor.h"

#include <stdio.h>
#include <string.h>

/* ---- values ---- */

typedef struct module_loader {
    tb_script_module *m;
    const char *folder; /* of the storages */
    const char *what;
    tb_script_value *known; /* by number of the pickled value */
    struct known_storage {
        tb_archive_entry *entry;
        tb_script_storage *storage;
    } * storages; /* as many as the archive has entries, at most */
    int storage_count;
    tb_error *error;
} module_loader;

static tb_status load(module_loader *l, tb_pickled *p, tb_script_value *out);

static tb_status load_items(module_loader *l, tb_pickled *const *from,
                            size_t count, tb_script_items *to)
{
    to->at = tb_arena_array(l->m->arena, count + 1, sizeof *to->at);
    if (!to->at || count > INT32_MAX / 2)
        return tb_fail_memory(l->error);
    to->kept = true;
    to->count = to->capacity = (int)count;
    for (size_t i = 0; i < count; i++) {
        tb_status status = load(l, from[i], &to->at[i]);
        if (status)
            return status;
    }
    return TB_OK;
}

/* ---- tensors ---- */

/* Small ones, and those that the engine has other types for, are converted at
   once: programs look at them. */
enum { SMALL = 1024 };

static tb_status make_own(tb_script_module *m, tb_script_storage *s,
                          tb_error *error)
{
    return tb_script_storage_hold(s, m->arena, s->count)
               ? TB_OK
               : tb_fail_memory(error);
}

static tb_status new_storage(module_loader *l, const tb_pickled_tensor *t,
                             tb_script_storage **out)
{
    tb_script_storage *s = tb_arena_alloc(l->m->arena, sizeof *s);
    if (!s)
        return tb_fail_memory(l->error);
    *s = (tb_script_storage){.dtype = t->dtype, .count = t->storage_elements};
    *out = s;
    s->name =
        tb_arena_printf(l->m->arena, "%s.%d", l->folder, l->storage_count);
    if (!s->name)
        return tb_fail_memory(l->error);
    tb_status status = s->count ? tb_archive_data(l->m->archive, t->storage,
                                                  &s->file, l->error)
                                : TB_OK;
    if (status || s->count == 0)
        return status;
    bool as_is = t->dtype == TB_DTYPE_FLOAT32 && s->count > SMALL;
    return as_is ? TB_OK : make_own(l->m, s, l->error);
}

static tb_status storage_of(module_loader *l, const tb_pickled_tensor *t,
                            tb_script_storage **out)
{
    for (int i = 0; t->storage && i < l->storage_count; i++)
        if (l->storages[i].entry == t->storage) {
            *out = l->storages[i].storage;
            return TB_OK;
        }
    tb_status status = new_storage(l, t, out);
    if (status)
        return status;
    l->storages[l->storage_count].entry = t->storage;
    l->storages[l->storage_count++].storage = *out;
    return TB_OK;
}

static tb_status load_tensor(module_loader *l, const tb_pickled *p,
                             tb_script_value *out)
{
    tb_pickled_tensor t;
    tb_status status = tb_pickled_tensor_read(p, l->m->archive, l->folder,
                                              l->what, &t, l->error);
    if (status)
        return status;
    if (t.rank > TB_RANK)
        return tb_fail(l->error, TB_ERR_UNSUPPORTED,
                       "%s holds a tensor of %d axes; up to %d are possible.",
                       l->what, t.rank, TB_RANK);
    tb_script_tensor *tensor = tb_arena_alloc(l->m->arena, sizeof *tensor);
    if (!tensor)
        return tb_fail_memory(l->error);
    *tensor = (tb_script_tensor){
        .dtype = t.dtype, .rank = t.rank, .offset = t.offset};
    for (int i = 0; i < t.rank; i++) {
        tensor->dim[i] = t.sizes[i];
        tensor->stride[i] = t.strides[i];
    }
    *out = tb_script_of_tensor(tensor);
    return storage_of(l, &t, &tensor->storage);
}

/* ---- objects ---- */

static tb_status load_slots(module_loader *l, const tb_pickled *p,
                            tb_script_object *o)
{
    const tb_script_class_source *s = o->class->source;
    o->items.at = tb_arena_array(l->m->arena, (size_t)s->slot_count + 1,
                                 sizeof *o->items.at);
    if (!o->items.at)
        return tb_fail_memory(l->error);
    o->items.kept = true;
    o->items.count = o->items.capacity = s->slot_count;
    for (int i = 0; i < s->slot_count; i++) {
        tb_pickled *slot = tb_pickled_find(p, s->slots[i].name);
        if (!slot)
            return tb_fail(l->error, TB_ERR_FORMAT,
                           "%s: an object of class %s has no value for %s.",
                           l->what, s->name, s->slots[i].name);
        tb_status status = load(l, slot, &o->items.at[i]);
        if (status)
            return status;
    }
    return TB_OK;
}

static tb_script_class *class_of(module_loader *l, const tb_pickled *global)
{
    char name[1024];
    if (!tb_pickled_is(global, TB_PICKLED_GLOBAL))
        return NULL;
    int n = snprintf(name, sizeof name, "%s.%s", global->module, global->name);
    return n > 0 && n < (int)sizeof name ? tb_script_module_class(l->m, name)
                                         : NULL;
}

static tb_status unknown(module_loader *l, const tb_pickled *p)
{
    bool named = tb_pickled_is(p->of, TB_PICKLED_GLOBAL);
    return tb_fail(l->error, TB_ERR_UNSUPPORTED,
                   "%s holds an object of %s.%s, of which it has no source.",
                   l->what, named ? p->of->module : "an unknown",
                   named ? p->of->name : "class");
}

static tb_script_object *new_object(module_loader *l, const tb_pickled *p,
                                    tb_script_value *out)
{
    tb_script_object *o = tb_arena_alloc(l->m->arena, sizeof *o);
    if (!o)
        return NULL;
    o->class = class_of(l, p->of);
    *out = (tb_script_value){.kind = TB_SCRIPT_OBJECT, .object = o};
    l->known[p->number] = *out;
    return o;
}

static tb_status load_object(module_loader *l, const tb_pickled *p,
                             tb_script_value *out)
{
    tb_script_class *class = class_of(l, p->of);
    if (!class || tb_script_class_is_enum(class))
        return unknown(l, p);
    tb_script_object *o = new_object(l, p, out);
    return o ? load_slots(l, p, o) : tb_fail_memory(l->error);
}

static tb_status load_member(module_loader *l, const tb_pickled *p,
                             tb_script_class *class, tb_script_value *out)
{
    tb_script_value value;
    tb_status status = load(l, p->args, &value);
    if (status)
        return status;
    *out = tb_script_enum_member(l->m, class, NULL, &value);
    return out->kind == TB_SCRIPT_OBJECT
               ? TB_OK
               : tb_fail(l->error, TB_ERR_FORMAT,
                         "%s holds a member of %s that it does not have.",
                         l->what, class->source->name);
}

/* A named tuple. */
static tb_status load_named(module_loader *l, const tb_pickled *p,
                            tb_script_value *out)
{
    tb_script_class *class = class_of(l, p->of);
    if (class && p->args && tb_script_class_is_enum(class))
        return load_member(l, p, class, out);
    if (!class || !tb_pickled_is(p->args, TB_PICKLED_TUPLE) ||
        tb_script_class_is_enum(class))
        return unknown(l, p);
    if (p->args->count != (size_t) class->source->slot_count)
        return tb_fail(l->error, TB_ERR_FORMAT,
                       "%s: a %s has %d values, not %zu.", l->what,
                       class->source->name, class->source->slot_count,
                       p->args->count);
    tb_script_object *o = new_object(l, p, out);
    return o ? load_items(l, p->args->items, p->args->count, &o->items)
             : tb_fail_memory(l->error);
}

static tb_status load_call(module_loader *l, tb_pickled *p,
                           tb_script_value *out)
{
    const char *type = NULL;
    double parts[2];
    tb_pickled *inner = tb_pickled_untag(p, &type);
    if (type)
        return load(l, inner, out);
    if (tb_pickled_is_tensor(p))
        return load_tensor(l, p, out);
    if (tb_pickled_device(p)) {
        *out = (tb_script_value){.kind = TB_SCRIPT_DEVICE};
        return TB_OK;
    }
    if (tb_pickled_complex(p, parts)) {
        double *pair = tb_arena_array(l->m->arena, 2, sizeof *pair);
        if (!pair)
            return tb_fail_memory(l->error);
        memcpy(pair, parts, sizeof parts);
        *out = (tb_script_value){.kind = TB_SCRIPT_COMPLEX, .complex = pair};
        return TB_OK;
    }
    return load_named(l, p, out);
}

static tb_status load_list(module_loader *l, const tb_pickled *p,
                           tb_script_value *out)
{
    tb_script_list *list = tb_arena_alloc(l->m->arena, sizeof *list);
    if (!list)
        return tb_fail_memory(l->error);
    *out = (tb_script_value){
        .kind = p->kind == TB_PICKLED_LIST ? TB_SCRIPT_LIST : TB_SCRIPT_TUPLE,
        .list = list};
    l->known[p->number] = *out;
    return load_items(l, p->items, p->count, &list->items);
}

static tb_status load_dict(module_loader *l, const tb_pickled *p,
                           tb_script_value *out)
{
    tb_script_dict *dict = tb_arena_alloc(l->m->arena, sizeof *dict);
    if (!dict)
        return tb_fail_memory(l->error);
    *out = (tb_script_value){.kind = TB_SCRIPT_DICT, .dict = dict};
    l->known[p->number] = *out;
    return load_items(l, p->items, p->count, &dict->items);
}

static tb_status load_new(module_loader *l, tb_pickled *p, tb_script_value *out)
{
    switch (p->kind) {
    case TB_PICKLED_NONE:
        *out = tb_script_none();
        return TB_OK;
    case TB_PICKLED_BOOL:
        *out = tb_script_bool(p->integer != 0);
        return TB_OK;
    case TB_PICKLED_INT:
        *out = tb_script_int(p->integer);
        return TB_OK;
    case TB_PICKLED_REAL:
        *out = tb_script_float(p->real);
        return TB_OK;
    case TB_PICKLED_TEXT:
        *out = tb_script_string(tb_arena_strdup(l->m->arena, p->text));
        return out->string ? TB_OK : tb_fail_memory(l->error);
    case TB_PICKLED_LIST:
    case TB_PICKLED_TUPLE:
        return load_list(l, p, out);
    case TB_PICKLED_DICT:
        return load_dict(l, p, out);
    case TB_PICKLED_OBJECT:
        return load_object(l, p, out);
    case TB_PICKLED_CALL:
        return load_call(l, p, out);
    default:
        return tb_fail(l->error, TB_ERR_UNSUPPORTED,
                       "%s holds a kind of value that models do not have.",
                       l->what);
    }
}

static tb_status load(module_loader *l, tb_pickled *p, tb_script_value *out)
{
    tb_script_value *known = &l->known[p->number];
    if (known->kind == TB_SCRIPT_ABSENT) {
        tb_script_value x;
        tb_status status = load_new(l, p, &x);
        if (status)
            return status;
        *known = x;
    }
    *out = *known;
    return TB_OK;
}

/* ---- pickles ---- */

static tb_status unpickle(tb_script_module *m, const char *name,
                          tb_arena *arena, tb_unpickled *u, tb_error *error)
{
    const void *data = NULL;
    tb_archive_entry *entry = tb_archive_find(m->archive, name);
    if (!entry)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is no TorchScript model: it has no %s.",
                       tb_archive_name(m->archive), name);
    tb_status status = tb_archive_data(m->archive, entry, &data, error);
    if (!status)
        status = tb_unpickle(data, entry->bytes, name, arena, u, error);
    if (!status && u->depth < 0)
        status = tb_fail(error, TB_ERR_UNSUPPORTED,
                         "'%s': a value of %s holds itself.",
                         tb_archive_name(m->archive), name);
    return status;
}

tb_status tb_script_load(tb_script_module *m, const char *name,
                         const char *folder, tb_script_value *out,
                         tb_error *error)
{
    tb_unpickled u;
    tb_arena *arena = tb_arena_new();
    module_loader l = {.m = m, .folder = folder, .what = name, .error = error};
    tb_status status =
        arena ? unpickle(m, name, arena, &u, error) : tb_fail_memory(error);
    if (!status) {
        size_t entries = tb_archive_count(m->archive);
        l.known = tb_arena_array(arena, u.count + 1, sizeof *l.known);
        l.storages = tb_arena_array(arena, entries + 1, sizeof *l.storages);
        status = l.known && l.storages ? load(&l, u.root, out)
                                       : tb_fail_memory(error);
    }
    tb_arena_free(arena);
    return status;
}
