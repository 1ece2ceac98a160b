#include "torchscript/checking.h"

#include <string.h>

enum { MOST_KNOWN = 64 }; /* of a call's arguments; the rest may be anything */

/* What is known of the arguments by position, behind `first` that are there
   already; those by name are gone through. Behind one that is refused nothing
   is known. */
static int check_arguments(tb_check *c, const tb_expression *e, int first,
                           tb_known *known)
{
    for (int i = 0; i < e->call.count; i++) {
        const tb_expression *a = e->call.arguments[i].value;
        tb_known x = a->kind == TB_EXPR_TYPE ? tb_known_nothing()
                                             : tb_check_expression(c, a);
        if (i < e->call.positional && first + i < MOST_KNOWN)
            known[first + i] = x;
    }
    int count = first + e->call.positional;
    return count < MOST_KNOWN ? count : MOST_KNOWN;
}

static tb_known check_method(tb_check *c, const tb_expression *e)
{
    bool in_place;
    const char *name = e->call.callee->attribute.name;
    tb_known known[MOST_KNOWN];
    tb_known object = known[0] =
        tb_check_expression(c, e->call.callee->attribute.object);
    int count = check_arguments(c, e, 1, known);
    if (!object.class) {
        if (!tb_builtin_called(name, &in_place) &&
            tb_check_in_some_class(c, name, true))
            return tb_known_nothing();
        return tb_check_builtin(c, name, count, known, e);
    }
    const tb_script_function *f = tb_script_class_method(object.class, name);
    const char *base = object.class->source->base;
    if (f)
        tb_check_add(c, f, object);
    else if (!base || !strstr(base, "Interface"))
        tb_check_refuse(c, "%s has no method %s", object.class->source->name,
                        name);
    else if (!tb_check_in_some_class(c, name, true))
        tb_check_refuse(c, "no class has a method %s", name);
    return f ? tb_known_type(c, f->return_type) : tb_known_nothing();
}

static tb_known check_of_module(tb_check *c, const char *dotted,
                                const tb_expression *e)
{
    tb_known known[MOST_KNOWN] = {{0}};
    check_arguments(c, e, 0, known);
    const tb_script_function *f = tb_syntax_function(c->m->syntax, dotted);
    tb_script_class *class = tb_script_module_class(c->m, dotted);
    if (f) {
        tb_check_add(c, f, known[0]);
        return tb_known_type(c, f->return_type);
    }
    if (class) {
        const tb_script_function *init =
            tb_script_class_method(class, "__init__");
        if (init)
            tb_check_add(c, init, (tb_known){.class = class});
        return (tb_known){.class = class};
    }
    size_t n = strlen(dotted);
    if (n < 8 || strcmp(dotted + n - 8, ".__new__") != 0)
        tb_check_refuse(c, "%s is not in the model", dotted);
    return tb_known_nothing();
}

/* True where it is a form of the language (interpret_call.c). */
static bool check_form(tb_check *c, const char *name, const tb_expression *e,
                       tb_known *out)
{
    const tb_call_argument *a = e->call.arguments;
    int n = e->call.positional;
    *out = tb_known_nothing();
    if (n > 0 && a[0].value->kind == TB_EXPR_TYPE) {
        if (n == 2) {
            tb_check_expression(c, a[1].value);
            *out = tb_known_type(c, a[0].value->annotation);
        }
        return true;
    }
    if (n == 2 && a[1].value->kind == TB_EXPR_TYPE) {
        tb_check_expression(c, a[0].value);
        return true;
    }
    if (n != 2 || strcmp(name, "getattr") != 0 ||
        a[1].value->kind != TB_EXPR_STRING)
        return false;
    tb_known object = tb_check_expression(c, a[0].value);
    if (object.class)
        *out = tb_check_slot(c, &object, a[1].value->string.text);
    return true;
}

static tb_known check_named(tb_check *c, const char *name,
                            const tb_expression *e)
{
    tb_known known[MOST_KNOWN], out;
    if (check_form(c, name, e, &out))
        return out;
    int count = check_arguments(c, e, 0, known);
    if (e->call.callee->kind == TB_EXPR_NAME && tb_check_local(c, name))
        return out; /* a function that was given a name */
    return tb_check_builtin(c, name, count, known, e);
}

tb_known tb_check_call(tb_check *c, const tb_expression *e)
{
    const tb_expression *callee = e->call.callee;
    char room[128];
    if (callee->kind == TB_EXPR_NAME)
        return check_named(c, callee->name, e);
    if (callee->kind != TB_EXPR_ATTRIBUTE) {
        tb_check_refuse(c, "what is called has no name");
        return tb_known_nothing();
    }
    const char *dotted = callee->attribute.dotted;
    if (!dotted || strncmp(dotted, "CONSTANTS.", 10) == 0)
        return check_method(c, e);
    if (strncmp(dotted, "__torch__.", 10) == 0)
        return check_of_module(c, dotted, e);
    return check_named(c, tb_builtin_name(dotted, room, sizeof room), e);
}
