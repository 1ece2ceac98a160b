#include "torchscript/checking.h"

#include <string.h>

tb_known tb_known_nothing(void)
{
    return (tb_known){.kind = TB_SCRIPT_ABSENT};
}

tb_known tb_known_kind(tb_script_kind kind)
{
    return (tb_known){.kind = kind};
}

/* None may stand where something else comes later, so it is not held against
   anybody. */
static tb_script_kind kind_of(const tb_script_value *x)
{
    return x->kind == TB_SCRIPT_NONE ? TB_SCRIPT_ABSENT : x->kind;
}

tb_known tb_known_value(const tb_script_value *x)
{
    return (tb_known){
        .kind = kind_of(x),
        .value = x,
        .class = x->kind == TB_SCRIPT_OBJECT ? x->object->class : NULL};
}

tb_known tb_known_literal(tb_check *c, tb_script_value x)
{
    tb_script_value *copy = tb_check_memory(c, sizeof *copy);
    if (copy)
        *copy = x;
    return (tb_known){.kind = kind_of(&x), .value = copy, .is_literal = true};
}

tb_known tb_known_type(tb_check *c, const tb_annotation *type)
{
    tb_known x = tb_known_nothing();
    if (!type)
        return x;
    x.kind = tb_script_kind_of_type(type->name);
    x.type = type;
    if (strncmp(type->name, "__torch__.", 10) == 0)
        x.class = tb_script_module_class(c->m, type->name);
    return x;
}

tb_known tb_known_element(tb_check *c, const tb_known *x)
{
    if (x->kind == TB_SCRIPT_TENSOR || x->kind == TB_SCRIPT_STRING)
        return tb_known_kind(x->kind);
    if (x->kind == TB_SCRIPT_LIST && x->type && x->type->count == 1)
        return tb_known_type(c, x->type->arguments[0]);
    return tb_known_nothing();
}

tb_known tb_known_element_at(tb_check *c, const tb_known *x, int64_t i)
{
    if (x->kind == TB_SCRIPT_DICT && x->type && x->type->count == 2)
        return tb_known_type(c, x->type->arguments[1]);
    if (x->kind != TB_SCRIPT_TUPLE || !x->type)
        return tb_known_element(c, x);
    i = i < 0 ? i + x->type->count : i;
    return i >= 0 && i < x->type->count
               ? tb_known_type(c, x->type->arguments[i])
               : tb_known_nothing();
}

bool tb_known_same(const tb_known *a, const tb_known *b)
{
    return a->class == b->class && a->kind == b->kind &&
           (a->value && b->value && a->class ? a->value->object ==
                                                   b->value->object
                                             : a->value == b->value);
}

/* ---- names ---- */

const tb_known_name *tb_check_local(const tb_check *c, const char *name)
{
    const tb_known_name *n = c->locals;
    while (n && n->name != name)
        n = n->next;
    return n;
}

tb_known tb_known_common(const tb_known *a, const tb_known *b)
{
    tb_known x = tb_known_nothing();
    if (tb_known_same(a, b))
        return *a;
    if (a->kind == b->kind && !a->class && !b->class)
        x.kind = a->kind;
    if (a->class == b->class && !a->value && !b->value)
        x.class = a->class;
    return x;
}

void tb_check_set_local(tb_check *c, const char *name, tb_known x)
{
    tb_known_name *n = (tb_known_name *)tb_check_local(c, name);
    if (n) {
        n->is = tb_known_common(&n->is, &x);
        return;
    }
    n = tb_check_memory(c, sizeof *n);
    if (!n)
        return;
    *n = (tb_known_name){name, x, c->locals};
    c->locals = n;
}

/* ---- slots ---- */

/* A class's constant is what stands there. */
static tb_known constant_of(tb_check *c, const tb_script_field *f)
{
    tb_known x = tb_known_type(c, f->type);
    if (!f->value)
        return x;
    tb_known said = tb_check_expression(c, f->value);
    if (x.kind == said.kind)
        x.value = said.value;
    return x;
}

tb_known tb_check_slot(tb_check *c, const tb_known *object, const char *name)
{
    const tb_script_class_source *s = object->class->source;
    int slot = tb_script_class_slot(object->class, name);
    if (slot < 0) {
        int constant = tb_script_class_constant(object->class, name);
        if (constant >= 0)
            return constant_of(c, &s->constants[constant]);
        if (!tb_script_class_is_enum(object->class) &&
            !tb_script_class_method(object->class, name))
            tb_check_refuse(c, "%s has no %s", s->name, name);
        return tb_known_nothing();
    }
    tb_known x = tb_known_type(c, s->slots[slot].type);
    if (object->value && !tb_check_is_written(c, name)) {
        const tb_script_items *items = &object->value->object->items;
        if (slot < items->count) {
            tb_known there = tb_known_value(&items->at[slot]);
            there.type = x.type;
            if (x.kind == TB_SCRIPT_NONE) /* and never anything else */
                there.kind = TB_SCRIPT_NONE;
            return there;
        }
    }
    return x;
}
