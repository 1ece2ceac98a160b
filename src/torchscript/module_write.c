#include "torchscript/module_write.h"

#include "base/memory.h"
#include "torchscript/archive_write.h"
#include "torchscript/pickle_write.h"

#include <stdio.h>
#include <string.h>

typedef enum slot_value {
    SLOT_TENSOR,
    SLOT_OBJECT,
    SLOT_INT,
    SLOT_BOOL,
    SLOT_TEXT,
    SLOT_TEXTS
} slot_value;

typedef struct made_slot {
    const char *name;
    slot_value value;
    tb_made_slot_kind kind;
    tb_made_tensor *tensor;
    tb_made_object *object;
    int64_t integer;
    const char *const *texts;
    struct made_slot *next;
} made_slot;

/* What was written is known by the number under which the pickle remembers it.
 */
struct tb_made_tensor {
    tb_type type;
    tb_shape shape;
    const void *data;
    int64_t n;
    int key; /* "data/KEY" */
    bool shared, written;
    uint32_t remembered;
    tb_made_tensor *next;
};

struct tb_made_object {
    tb_made_module *module;
    const char *class_name; /* without "__torch__." */
    const char *full_name;
    tb_source_text source;
    made_slot *first, *last;
    bool written;
    uint32_t remembered;
    tb_made_object *next;
};

typedef struct made_extra {
    const char *name, *text;
    struct made_extra *next;
} made_extra;

struct tb_made_module {
    tb_arena *arena;
    tb_made_object *objects, *last_object;
    tb_made_tensor *tensors, *last_tensor;
    made_extra *extras;
    int tensor_count;
    tb_error error;
};

tb_made_module *tb_made_module_new(void)
{
    tb_made_module *m = tb_alloc(sizeof *m);
    if (!m)
        return NULL;
    m->arena = tb_arena_new();
    if (m->arena)
        return m;
    tb_free(m);
    return NULL;
}

void tb_made_module_free(tb_made_module *m)
{
    if (!m)
        return;
    for (tb_made_object *o = m->objects; o; o = o->next)
        tb_source_clear(&o->source);
    tb_arena_free(m->arena);
    tb_free(m);
}

tb_arena *tb_made_module_arena(tb_made_module *m)
{
    return m->arena;
}

static void *allocate(tb_made_module *m, size_t bytes)
{
    void *memory = tb_arena_alloc(m->arena, bytes);
    if (!memory && !m->error.status)
        tb_fail_memory(&m->error);
    return memory;
}

static const char *copy_of(tb_made_module *m, const char *text)
{
    char *copy = tb_arena_strdup(m->arena, text);
    if (!copy && !m->error.status)
        tb_fail_memory(&m->error);
    return copy;
}

/* ---- objects ---- */

tb_made_object *tb_made_object_new(tb_made_module *m, const char *class_name)
{
    tb_made_object *o = allocate(m, sizeof *o);
    if (!o)
        return NULL;
    *o = (tb_made_object){
        .module = m,
        .class_name = copy_of(m, class_name),
        .full_name = tb_arena_printf(m->arena, "__torch__.%s", class_name)};
    o->source.depth = 1;
    if (!o->class_name || !o->full_name)
        return NULL;
    if (m->last_object)
        m->last_object->next = o;
    else
        m->objects = o;
    m->last_object = o;
    return o;
}

const char *tb_made_class_name(const tb_made_object *o)
{
    return o ? o->full_name : NULL;
}

tb_source_text *tb_made_source(tb_made_object *o)
{
    return o ? &o->source : NULL;
}

/* ---- tensors ---- */

static int64_t elements_of(const tb_shape *shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape->rank; i++)
        n *= shape->dim[i];
    return n;
}

tb_made_tensor *tb_made_tensor_new(tb_made_module *m, tb_type type,
                                   tb_shape shape, const void *data)
{
    tb_made_tensor *t = allocate(m, sizeof *t);
    if (!t)
        return NULL;
    *t = (tb_made_tensor){.type = type,
                          .shape = shape,
                          .data = data,
                          .n = elements_of(&shape),
                          .key = m->tensor_count++};
    if (m->last_tensor)
        m->last_tensor->next = t;
    else
        m->tensors = t;
    m->last_tensor = t;
    return t;
}

tb_made_tensor *tb_made_tensor_shared(tb_made_module *m, tb_type type,
                                      tb_shape shape, const void *data)
{
    int64_t n = elements_of(&shape);
    size_t bytes = (size_t)n * tb_type_size(type, sizeof(float));
    size_t dims = (size_t)shape.rank * sizeof *shape.dim;
    if (!data && !m->error.status)
        tb_fail_memory(&m->error);
    if (!data)
        return NULL;
    for (tb_made_tensor *t = m->tensors; t; t = t->next)
        if (t->shared && t->type == type && t->shape.rank == shape.rank &&
            memcmp(t->shape.dim, shape.dim, dims) == 0 &&
            (t->data == data || memcmp(t->data, data, bytes) == 0))
            return t;
    tb_made_tensor *t = tb_made_tensor_new(m, type, shape, data);
    if (t)
        t->shared = true;
    return t;
}

/* ---- slots ---- */

static made_slot *new_slot(tb_made_object *o, const char *name,
                           slot_value value)
{
    made_slot *s = o ? allocate(o->module, sizeof *s) : NULL;
    if (!s)
        return NULL;
    *s = (made_slot){.name = copy_of(o->module, name), .value = value};
    if (o->last)
        o->last->next = s;
    else
        o->first = s;
    o->last = s;
    return s;
}

void tb_made_slot_tensor(tb_made_object *o, const char *name,
                         tb_made_tensor *tensor, tb_made_slot_kind kind)
{
    made_slot *s = tensor ? new_slot(o, name, SLOT_TENSOR) : NULL;
    if (!s)
        return;
    s->tensor = tensor;
    s->kind = kind;
}

bool tb_made_has_slot(const tb_made_object *o, const char *name)
{
    for (const made_slot *s = o->first; s; s = s->next)
        if (s->name && strcmp(s->name, name) == 0)
            return true;
    return false;
}

void tb_made_slot_object(tb_made_object *o, const char *name,
                         tb_made_object *value)
{
    made_slot *s = value ? new_slot(o, name, SLOT_OBJECT) : NULL;
    if (s)
        s->object = value;
}

void tb_made_slot_int(tb_made_object *o, const char *name, int64_t x)
{
    made_slot *s = new_slot(o, name, SLOT_INT);
    if (s)
        s->integer = x;
}

void tb_made_slot_bool(tb_made_object *o, const char *name, bool x)
{
    made_slot *s = new_slot(o, name, SLOT_BOOL);
    if (s)
        s->integer = x;
}

void tb_made_slot_text(tb_made_object *o, const char *name, const char *text)
{
    made_slot *s = new_slot(o, name, SLOT_TEXT);
    const char **copy = s ? allocate(o->module, 2 * sizeof *copy) : NULL;
    if (copy)
        copy[0] = copy_of(o->module, text);
    if (s)
        s->texts = copy;
}

void tb_made_slot_texts(tb_made_object *o, const char *name,
                        const char *const *texts)
{
    made_slot *s = new_slot(o, name, SLOT_TEXTS);
    size_t n = 0;
    while (texts[n])
        n++;
    const char **copy = s ? allocate(o->module, (n + 1) * sizeof *copy) : NULL;
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = copy_of(o->module, texts[i]);
    if (s)
        s->texts = copy;
}

void tb_made_slot_ints(tb_made_object *o, const char *name, int n,
                       const int64_t *x)
{
    int64_t *copy = o ? allocate(o->module, (size_t)n * sizeof *copy) : NULL;
    if (!copy)
        return;
    memcpy(copy, x, (size_t)n * sizeof *copy);
    tb_made_slot_tensor(o, name,
                        tb_made_tensor_new(o->module, TB_I64, tb_dims(n), copy),
                        TB_SLOT_BUFFER);
}

void tb_made_extra(tb_made_module *m, const char *name, const char *text)
{
    made_extra *e = allocate(m, sizeof *e);
    if (!e)
        return;
    *e = (made_extra){copy_of(m, name), copy_of(m, text), m->extras};
    m->extras = e;
}

/* ---- the source ---- */

static void write_names(tb_source_text *t, const tb_made_object *o,
                        const char *list, tb_made_slot_kind kind)
{
    tb_source_line(t, "%s = [", list);
    for (const made_slot *s = o->first; s; s = s->next)
        if (s->value == SLOT_TENSOR && s->kind == kind)
            tb_source_line(t, "  \"%s\",", s->name);
    tb_source_line(t, "  ]");
}

static const char *type_of(const made_slot *s)
{
    static const char *const types[] = {"Tensor", NULL,  "int",
                                        "bool",   "str", "List[str]"};
    return s->value == SLOT_OBJECT ? s->object->full_name : types[s->value];
}

static void write_class(tb_source_text *t, const tb_made_object *o)
{
    t->depth = 0;
    tb_source_line(t, "class %s(Module):", o->class_name);
    t->depth = 1;
    write_names(t, o, "__parameters__", TB_SLOT_PARAMETER);
    write_names(t, o, "__buffers__", TB_SLOT_BUFFER);
    for (const made_slot *s = o->first; s; s = s->next)
        tb_source_line(t, "%s : %s", s->name, type_of(s));
    t->depth = 0;
    if (o->source.at)
        tb_source_line(t, "%s", o->source.at);
}

/* ---- the objects ---- */

static const char *storage_of(tb_type type)
{
    return type == TB_I64    ? "LongStorage"
           : type == TB_BOOL ? "BoolStorage"
                             : "FloatStorage";
}

/* _rebuild_tensor_v2(storage, offset, sizes, strides, needs a gradient, hooks)
 */
static void pickle_tensor(tb_pickle_writer *p, tb_made_tensor *t)
{
    int64_t stride[TB_RANK], size = 1;
    char key[32];
    if (t->written) {
        tb_pickle_again(p, t->remembered);
        return;
    }
    for (int i = t->shape.rank - 1; i >= 0; i--) {
        stride[i] = size;
        size *= t->shape.dim[i];
    }
    snprintf(key, sizeof key, "%d", t->key);
    tb_pickle_global(p, "torch._utils", "_rebuild_tensor_v2");
    tb_pickle_open_tuple(p);
    tb_pickle_open_tuple(p);
    tb_pickle_text(p, "storage");
    tb_pickle_global(p, "torch", storage_of(t->type));
    tb_pickle_text(p, key);
    tb_pickle_text(p, "cpu");
    tb_pickle_int(p, t->n);
    tb_pickle_close_tuple(p);
    tb_pickle_persistent(p);
    tb_pickle_int(p, 0);
    tb_pickle_ints(p, t->shape.rank, t->shape.dim);
    tb_pickle_ints(p, t->shape.rank, stride);
    tb_pickle_bool(p, false);
    tb_pickle_global(p, "collections", "OrderedDict");
    tb_pickle_ints(p, 0, NULL);
    tb_pickle_call(p);
    tb_pickle_close_tuple(p);
    tb_pickle_call(p);
    t->remembered = tb_pickle_remember(p);
    t->written = true;
}

static void pickle_object(tb_pickle_writer *p, tb_made_object *o);

static void pickle_slot(tb_pickle_writer *p, const made_slot *s)
{
    tb_pickle_text(p, s->name);
    switch (s->value) {
    case SLOT_TENSOR:
        pickle_tensor(p, s->tensor);
        break;
    case SLOT_OBJECT:
        pickle_object(p, s->object);
        break;
    case SLOT_INT:
        tb_pickle_int(p, s->integer);
        break;
    case SLOT_BOOL:
        tb_pickle_bool(p, s->integer != 0);
        break;
    case SLOT_TEXT:
        tb_pickle_text(p, s->texts[0]);
        break;
    case SLOT_TEXTS:
        tb_pickle_open_list(p);
        for (const char *const *text = s->texts; *text; text++)
            tb_pickle_text(p, *text);
        tb_pickle_close_list(p, "List[str]");
    }
}

static void pickle_object(tb_pickle_writer *p, tb_made_object *o)
{
    if (o->written) {
        tb_pickle_again(p, o->remembered);
        return;
    }
    tb_pickle_open_object(p, o->class_name);
    for (const made_slot *s = o->first; s; s = s->next)
        pickle_slot(p, s);
    tb_pickle_close_object(p);
    o->remembered = tb_pickle_remember(p);
    o->written = true;
}

/* ---- the file ---- */

static tb_status check_names(const tb_made_module *m, tb_error *error)
{
    for (const tb_made_object *o = m->objects; o; o = o->next)
        for (const made_slot *s = o->first; s; s = s->next)
            for (const made_slot *r = o->first; r != s; r = r->next)
                if (strcmp(r->name, s->name) == 0)
                    return tb_fail(error, TB_ERR_UNSUPPORTED,
                                   "%s has two slots called '%s'.",
                                   o->class_name, s->name);
    return TB_OK;
}

static tb_status add_source(const tb_made_module *m, tb_archive_writer *w,
                            tb_error *error)
{
    tb_source_text all = {.at = NULL};
    for (const tb_made_object *o = m->objects; o; o = o->next) {
        write_class(&all, o);
        all.failed |= o->source.failed;
    }
    tb_status status = all.failed
                           ? tb_fail_memory(error)
                           : tb_archive_writer_add(w, "code/__torch__.py",
                                                   all.at, all.size, error);
    tb_source_clear(&all);
    return status;
}

static tb_status add_objects(const tb_made_object *root, tb_archive_writer *w,
                             tb_error *error)
{
    tb_pickle_writer p;
    tb_pickle_begin(&p);
    pickle_object(&p, (tb_made_object *)root);
    tb_pickle_end(&p);
    tb_status status =
        p.failed ? tb_fail_memory(error)
                 : tb_archive_writer_add(w, "data.pkl", p.at, p.size, error);
    tb_pickle_clear(&p);
    return status;
}

static tb_status add_text(tb_archive_writer *w, const char *name,
                          const char *text, size_t bytes, tb_error *error)
{
    return tb_archive_writer_add(w, name, text, bytes, error);
}

static tb_status add_tensors(const tb_made_module *m, tb_archive_writer *w,
                             tb_error *error)
{
    tb_status status = TB_OK;
    for (const tb_made_tensor *t = m->tensors; !status && t; t = t->next) {
        char name[32];
        size_t size = tb_type_size(t->type, sizeof(float));
        snprintf(name, sizeof name, "data/%d", t->key);
        if (t->written)
            status = tb_archive_writer_add(w, name, t->data,
                                           (size_t)t->n * size, error);
    }
    return status;
}

static tb_status add_extras(const tb_made_module *m, tb_archive_writer *w,
                            tb_error *error)
{
    tb_status status = TB_OK;
    for (const made_extra *e = m->extras; !status && e; e = e->next) {
        char name[256];
        snprintf(name, sizeof name, "extra/%s", e->name);
        status = add_text(w, name, e->text, strlen(e->text), error);
    }
    return status;
}

/* Constants: the empty tuple. Version 4: whole numbers are divided as
   PyTorch 1.8 and all later ones do. */
static tb_status add_all(const tb_made_module *m, const tb_made_object *root,
                         tb_archive_writer *w, tb_error *error)
{
    tb_status status = add_objects(root, w, error);
    if (!status)
        status = add_source(m, w, error);
    if (!status)
        status = add_text(w, "constants.pkl", "\x80\x02).", 4, error);
    if (!status)
        status = add_text(w, "version", "4\n", 2, error);
    if (!status)
        status = add_extras(m, w, error);
    if (!status)
        status = add_tensors(m, w, error);
    return status ? status : tb_archive_writer_finish(w, error);
}

/* A module must say that it is in evaluation. */
static void add_training(tb_made_module *m)
{
    for (tb_made_object *o = m->objects; o; o = o->next)
        tb_made_slot_bool(o, "training", false);
}

tb_status tb_made_module_save(tb_made_module *m, const tb_made_object *root,
                              const char *name, tb_file *file, tb_error *error)
{
    add_training(m);
    if (m->error.status)
        return tb_fail(error, m->error.status, "%s", m->error.text);
    tb_status status = check_names(m, error);
    tb_archive_writer *w =
        status ? NULL : tb_archive_writer_new(file, name, error);
    if (!w)
        return status ? status : TB_ERR_MEMORY;
    status = add_all(m, root, w, error);
    tb_archive_writer_free(w);
    return status;
}
