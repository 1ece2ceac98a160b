#include "torchscript/script_class.h"

#include "torchscript/script_module.h"

#include <string.h>

/* ---- classes ---- */

tb_script_class *tb_script_module_class(tb_script_module *m,
                                        const char *qualified)
{
    const tb_script_class_source *source =
        tb_syntax_class(m->syntax, qualified);
    if (!source)
        return NULL;
    for (tb_script_class *c = m->classes; c; c = c->next)
        if (c->source == source)
            return c;
    tb_script_class *c = tb_arena_alloc(m->arena, sizeof *c);
    if (!c)
        return NULL;
    *c = (tb_script_class){.source = source, .next = m->classes};
    return m->classes = c;
}

static int field_named(const tb_script_field *fields, int count,
                       const char *name)
{
    for (int i = 0; i < count; i++)
        if (fields[i].name == name)
            return i;
    for (int i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return i;
    return -1;
}

int tb_script_class_slot(const tb_script_class *class, const char *name)
{
    return field_named(class->source->slots, class->source->slot_count, name);
}

int tb_script_class_constant(const tb_script_class *class, const char *name)
{
    return field_named(class->source->constants, class->source->constant_count,
                       name);
}

const tb_script_function *tb_script_class_method(const tb_script_class *class,
                                                 const char *name)
{
    for (int i = 0; i < class->source->method_count; i++)
        if (strcmp(class->source->methods[i]->name, name) == 0)
            return class->source->methods[i];
    return NULL;
}

/* ---- enums ---- */

bool tb_script_class_is_enum(const tb_script_class *class)
{
    return class->source->base && strcmp(class->source->base, "Enum") == 0;
}

static tb_script_value literal(const tb_expression *e)
{
    switch (e->kind) {
    case TB_EXPR_INT:
        return tb_script_int(e->integer);
    case TB_EXPR_FLOAT:
        return tb_script_float(e->real);
    case TB_EXPR_STRING:
        return tb_script_string(e->string.text);
    default:
        return tb_script_none();
    }
}

static tb_script_object *new_member(tb_script_module *m, tb_script_class *class,
                                    int i)
{
    tb_script_object *o = tb_arena_alloc(m->arena, sizeof *o);
    tb_script_value *pair = tb_arena_array(m->arena, 2, sizeof *pair);
    if (!o || !pair)
        return NULL;
    pair[0] = tb_script_string(class->source->constants[i].name);
    pair[1] = literal(class->source->constants[i].value);
    o->class = class;
    o->items =
        (tb_script_items){.kept = true, .count = 2, .capacity = 2, .at = pair};
    return o;
}

static bool make_members(tb_script_module *m, tb_script_class *class)
{
    int n = class->source->constant_count;
    if (class->members)
        return true;
    class->members =
        tb_arena_array(m->arena, (size_t)n + 1, sizeof *class->members);
    for (int i = 0; class->members && i < n; i++)
        if (!(class->members[i] = new_member(m, class, i)))
            return false;
    return class->members != NULL;
}

static bool is_value(const tb_script_value *a, const tb_script_value *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == TB_SCRIPT_STRING ? strcmp(a->string, b->string) == 0
           : a->kind == TB_SCRIPT_INT  ? a->integer == b->integer
                                       : a->real == b->real;
}

tb_script_value tb_script_enum_member(tb_script_module *m,
                                      tb_script_class *class, const char *name,
                                      const tb_script_value *value)
{
    tb_script_value out = {.kind = TB_SCRIPT_ABSENT};
    if (!tb_script_class_is_enum(class) || !make_members(m, class))
        return out;
    for (int i = 0; i < class->source->constant_count; i++) {
        tb_script_object *o = class->members[i];
        if (name ? strcmp(o->items.at[0].string, name) == 0
                 : is_value(&o->items.at[1], value)) {
            out.kind = TB_SCRIPT_OBJECT;
            out.object = o;
        }
    }
    return out;
}

const tb_script_value *tb_script_slot(const tb_script_value *object,
                                      const char *name)
{
    if (object->kind != TB_SCRIPT_OBJECT)
        return NULL;
    int slot = tb_script_class_slot(object->object->class, name);
    return slot < 0 ? NULL : &object->object->items.at[slot];
}
