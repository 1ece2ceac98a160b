#include "torchscript/checking.h"

#include <stdio.h>

static void check_all(tb_check *c, tb_expression *const *at, int count)
{
    for (int i = 0; i < count && !c->status; i++)
        if (at[i])
            tb_check_expression(c, at[i]);
}

/* What lists, records and unknown things may have under this name. */
bool tb_check_in_some_class(tb_check *c, const char *name, bool methods)
{
    bool found = false;
    for (int i = 0; i < tb_syntax_class_count(c->m->syntax); i++) {
        const tb_script_class_source *s = tb_syntax_class_at(c->m->syntax, i);
        tb_script_class *class = tb_script_module_class(c->m, s->qualified);
        const tb_script_function *f =
            class && methods ? tb_script_class_method(class, name) : NULL;
        if (f)
            tb_check_add(c, f, (tb_known){.class = class});
        found = found || f ||
                (class && !methods && tb_script_class_slot(class, name) >= 0);
    }
    return found;
}

static tb_known check_dotted(tb_check *c, const char *text)
{
    int i = -1;
    tb_script_value type;
    if (sscanf(text, "CONSTANTS.c%d", &i) == 1 && i >= 0 &&
        i < c->m->constants.count)
        return tb_known_value(&c->m->constants.at[i]);
    if (!tb_dtype_named(text, &type) && !tb_script_module_class(c->m, text) &&
        !tb_syntax_function(c->m->syntax, text))
        tb_check_refuse(c, "%s is not known", text);
    return tb_known_nothing();
}

static tb_known check_attribute(tb_check *c, const tb_expression *e)
{
    const tb_expression *o = e->attribute.object;
    const char *name = e->attribute.name;
    bool member = o->kind == TB_EXPR_ATTRIBUTE && o->attribute.dotted &&
                  tb_script_module_class(c->m, o->attribute.dotted);
    if (e->attribute.dotted)
        return member ? tb_known_nothing()
                      : check_dotted(c, e->attribute.dotted);
    tb_known object = tb_check_expression(c, o);
    if (object.class)
        return tb_check_slot(c, &object, name);
    bool in_place;
    if (!tb_builtin_called(name, &in_place) &&
        !tb_check_in_some_class(c, name, false))
        tb_check_refuse(c, "%s is not known", name);
    return tb_known_nothing();
}

static tb_known check_slice(tb_check *c, const tb_expression *e)
{
    tb_expression *const bounds[] = {e->slice.first, e->slice.last,
                                     e->slice.step};
    check_all(c, bounds, 3);
    return tb_known_nothing();
}

/* A part of a list or a text is one, too. */
static tb_known check_subscript(tb_check *c, const tb_expression *e)
{
    tb_known x = tb_check_expression(c, e->subscript.object);
    check_all(c, e->subscript.indices, e->subscript.count);
    const tb_expression *i = e->subscript.indices[0];
    if (e->subscript.count != 1)
        return tb_known_nothing();
    if (i->kind == TB_EXPR_SLICE) {
        x.value = NULL;
        return x.kind == TB_SCRIPT_TUPLE ? tb_known_kind(x.kind) : x;
    }
    if (x.kind == TB_SCRIPT_TUPLE && i->kind != TB_EXPR_INT)
        return tb_known_nothing();
    return tb_known_element_at(c, &x, i->kind == TB_EXPR_INT ? i->integer : 0);
}

static tb_known check_comprehension(tb_check *c, const tb_expression *e)
{
    tb_known x = tb_check_expression(c, e->comprehension.iterable);
    tb_check_target(c, e->comprehension.target, tb_known_element(c, &x));
    tb_check_expression(c, e->comprehension.element);
    if (e->comprehension.condition)
        tb_check_expression(c, e->comprehension.condition);
    return tb_known_kind(TB_SCRIPT_LIST);
}

static tb_known check_operator(tb_check *c, const tb_expression *e)
{
    tb_known pair[2] = {tb_check_expression(c, e->left), tb_known_nothing()};
    bool two = e->kind == TB_EXPR_BINARY;
    if (two)
        pair[1] = tb_check_expression(c, e->right);
    const char *name = tb_operator_name((tb_script_op)e->op);
    return name ? tb_check_builtin(c, name, 1 + two, pair, NULL)
                : tb_known_nothing();
}

static tb_known check_choice(tb_check *c, const tb_expression *e)
{
    tb_check_expression(c, e->choice.condition);
    tb_known yes = tb_check_expression(c, e->choice.yes);
    tb_known no = tb_check_expression(c, e->choice.no);
    return tb_known_common(&yes, &no);
}

static tb_known check_name(tb_check *c, const tb_expression *e)
{
    const tb_known_name *n = tb_check_local(c, e->name);
    return n ? n->is : tb_known_nothing();
}

/* What is written as it is. */
static tb_known literal(tb_check *c, const tb_expression *e)
{
    switch (e->kind) {
    case TB_EXPR_BOOL:
        return tb_known_literal(c, tb_script_bool(e->boolean));
    case TB_EXPR_INT:
        return tb_known_literal(c, tb_script_int(e->integer));
    case TB_EXPR_FLOAT:
        return tb_known_literal(c, tb_script_float(e->real));
    case TB_EXPR_STRING:
        return tb_known_literal(c, tb_script_string(e->string.text));
    case TB_EXPR_COMPLEX:
        return tb_known_kind(TB_SCRIPT_COMPLEX);
    default:
        return tb_known_nothing();
    }
}

/* A list or a tuple whose elements are known. */
static tb_known check_items(tb_check *c, const tb_expression *e)
{
    tb_script_kind kind =
        e->kind == TB_EXPR_LIST ? TB_SCRIPT_LIST : TB_SCRIPT_TUPLE;
    int n = e->items.count;
    tb_script_list *list = tb_check_memory(c, sizeof *list);
    tb_script_value *at =
        tb_check_memory(c, ((size_t)n + 1) * sizeof *list->items.at);
    bool known = true;
    for (int i = 0; i < n; i++) {
        tb_known x = tb_check_expression(c, e->items.at[i]);
        known = known && x.value;
        if (known && at)
            at[i] = *x.value;
    }
    if (!known || !list || !at)
        return tb_known_kind(kind);
    list->items = (tb_script_items){.count = n, .capacity = n, .at = at};
    return tb_known_literal(c, (tb_script_value){.kind = kind, .list = list});
}

tb_known tb_check_expression(tb_check *c, const tb_expression *e)
{
    if (c->status)
        return tb_known_nothing();
    switch (e->kind) {
    case TB_EXPR_NAME:
        return check_name(c, e);
    case TB_EXPR_ATTRIBUTE:
        return check_attribute(c, e);
    case TB_EXPR_CALL:
        return tb_check_call(c, e);
    case TB_EXPR_LIST:
    case TB_EXPR_TUPLE:
        return check_items(c, e);
    case TB_EXPR_DICT:
        check_all(c, e->items.at, e->items.count);
        return tb_known_kind(TB_SCRIPT_DICT);
    case TB_EXPR_UNARY:
    case TB_EXPR_BINARY:
        return check_operator(c, e);
    case TB_EXPR_SUBSCRIPT:
        return check_subscript(c, e);
    case TB_EXPR_SLICE:
        return check_slice(c, e);
    case TB_EXPR_CHOICE:
        return check_choice(c, e);
    case TB_EXPR_COMPREHENSION:
        return check_comprehension(c, e);
    case TB_EXPR_TYPE:
        tb_check_refuse(c, "a type is no value");
        return tb_known_nothing();
    default:
        return literal(c, e);
    }
}
