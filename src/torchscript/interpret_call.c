#include "torchscript/interpreter.h"
#include "torchscript/recording_guard.h"
#include "torchscript/recording_scalar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 200, MOST_POSITIONAL = 64 };

/* ---- functions of the module ---- */

/* The function that a method's or function's name was found for. */
const char *tb_short_name(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot ? dot + 1 : qualified;
}

/* Arguments by name come behind the others. */
static const tb_call_argument *keywords_of(const tb_expression *e)
{
    return e->call.count > e->call.positional
               ? e->call.arguments + e->call.positional
               : NULL;
}

const char *tb_function_label(const tb_script_function *f)
{
    const char *text = f->qualified, *before = text;
    for (const char *dot = text; (dot = strchr(dot, '.')); dot++) {
        before = text;
        text = dot + 1;
    }
    return before;
}

/* PyTorch's own, in Python: what a program calls as torch.norm. */
static bool is_wrapper(const tb_script_function *f)
{
    return strstr(f->qualified, "__torch__.torch.functional.") ||
           strstr(f->qualified, "__torch__.torch.nn.functional.");
}

/* Where the first error happened in the model goes before its text. */
static void locate(tb_interpreter *in)
{
    char text[sizeof in->r->error.text];
    if (in->located || !in->r->error.status || is_wrapper(in->function))
        return;
    in->located = true;
    memcpy(text, in->r->error.text, sizeof text);
    snprintf(in->r->error.text, sizeof in->r->error.text,
             "%s, line %d (%s): %.512s", in->function->file, in->line,
             tb_function_label(in->function), text);
}

static bool bind_defaults(tb_frame *f, const tb_script_function *function)
{
    for (int i = 0; i < function->parameter_count; i++) {
        const tb_script_parameter *p = &function->parameters[i];
        tb_script_value x;
        if (tb_frame_find(f, p->name))
            continue;
        if (!p->default_value)
            return tb_interpreter_fail(f->in, "%s needs its argument %s",
                                       function->name, p->name);
        if (!tb_evaluate(f, p->default_value, &x) ||
            !tb_frame_set(f, p->name, x))
            return false;
    }
    return true;
}

/* A whole number where a real one is wanted becomes one, and a number where a
   tensor is wanted a tensor without axes. */
static tb_script_value
as_declared(tb_interpreter *in, const tb_script_parameter *p, tb_script_value x)
{
    const char *type = p->type ? p->type->name : "";
    tb_script_value real;
    if (strcmp(type, "float") == 0 && x.kind == TB_SCRIPT_INT)
        return tb_call_builtin(in, "float", 1, &x, &real) ? real : x;
    if (strcmp(type, "Tensor") != 0 || !tb_script_is_number(&x))
        return x;
    tb_dtype dtype = tb_dtype_of_number(x.kind);
    tb_value *v = x.formula
                      ? tb_recording_scalar(in->r, &x, tb_dtype_type(dtype))
                      : tb_fill_type(in->r->graph, tb_dtype_type(dtype),
                                     (tb_shape){0}, tb_script_number(&x));
    tb_script_tensor *t = tb_recording_tensor(in->r, dtype, v);
    return t ? tb_script_of_tensor(t) : x;
}

/* Keywords are evaluated where the caller stands. */
static bool bind(tb_frame *f, const tb_script_function *function, int count,
                 const tb_script_value *arguments, int keyword_count,
                 const tb_call_argument *keywords, tb_frame *caller)
{
    tb_script_value x;
    if (count > function->parameter_count)
        return tb_interpreter_fail(f->in, "%s takes %d arguments, not %d",
                                   function->name, function->parameter_count,
                                   count);
    for (int i = 0; i < count; i++)
        if (!tb_frame_set(
                f, function->parameters[i].name,
                as_declared(f->in, &function->parameters[i], arguments[i])))
            return false;
    for (int i = 0; i < keyword_count; i++)
        if (!tb_evaluate(caller, keywords[i].value, &x) ||
            !tb_frame_set(f, keywords[i].name, x))
            return false;
    return bind_defaults(f, function);
}

bool tb_call_function(tb_interpreter *in, const tb_script_function *function,
                      int count, const tb_script_value *arguments,
                      int keyword_count, const tb_call_argument *keywords,
                      tb_frame *caller, tb_script_value *out)
{
    const tb_script_function *before = in->function;
    int line = in->line;
    tb_frame f = {.in = in, .result = tb_script_none()};
    if (in->depth >= MOST_DEPTH)
        return tb_interpreter_fail(in, "functions call each other too deep");
    if (!bind(&f, function, count, arguments, keyword_count, keywords, caller))
        return false;
    in->depth++;
    in->function = function;
    tb_flow flow = tb_run_block(&f, &function->body);
    if (flow == TB_FLOW_FAILED || in->r->error.status)
        locate(in);
    in->depth--;
    in->function = before;
    in->line = line;
    *out = f.result;
    return flow != TB_FLOW_FAILED && !in->r->error.status;
}

bool tb_interpret(tb_script_module *m, tb_recording *r,
                  const tb_script_value *object, const char *name, int count,
                  const tb_script_value *arguments, tb_script_value *result)
{
    tb_interpreter in = {.module = m, .r = r};
    tb_script_value list[MOST_POSITIONAL];
    const tb_script_function *method =
        object->kind == TB_SCRIPT_OBJECT
            ? tb_script_class_method(object->object->class, name)
            : NULL;
    if (!method || count >= MOST_POSITIONAL)
        return tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                                 "the model has no method %s", name);
    list[0] = *object;
    for (int i = 0; i < count; i++)
        list[i + 1] = arguments[i];
    return tb_call_function(&in, method, count + 1, list, 0, NULL, NULL,
                            result);
}

/* ---- attributes ---- */

static bool get_slot(tb_interpreter *in, const tb_script_object *object,
                     const char *name, tb_script_value *out)
{
    tb_script_class *class = object->class;
    int slot = tb_script_class_slot(class, name);
    if (tb_script_class_is_enum(class)) {
        *out = object->items.at[strcmp(name, "value") == 0];
        return true;
    }
    if (slot >= 0) {
        *out = tb_items_read(&object->items, object->draft)->at[slot];
        if (!tb_guard_contents(in->r, out) ||
            (object->items.changes && !tb_read_slot(in->r, object, slot, out)))
            return false;
        return out->kind != TB_SCRIPT_ABSENT ||
               tb_interpreter_fail(in, "%s has not got its %s yet",
                                   class->source->name, name);
    }
    int constant = tb_script_class_constant(class, name);
    if (constant < 0)
        return tb_interpreter_fail(in, "%s has no %s", class->source->name,
                                   name);
    tb_frame f = {.in = in};
    return tb_evaluate(&f, class->source->constants[constant].value, out);
}

bool tb_get_attribute(tb_interpreter *in, const tb_script_value *object,
                      const char *name, tb_script_value *out)
{
    if (object->kind == TB_SCRIPT_OBJECT)
        return get_slot(in, object->object, name, out);
    if (object->kind == TB_SCRIPT_CLASS) {
        *out = tb_script_enum_member(in->module, object->class, name, NULL);
        return out->kind == TB_SCRIPT_OBJECT ||
               tb_interpreter_fail(in, "%s has no %s",
                                   object->class->source->name, name);
    }
    return tb_call_builtin(in, name, 1, object, out);
}

bool tb_set_attribute(tb_interpreter *in, const tb_script_value *object,
                      const char *name, tb_script_value x)
{
    if (object->kind != TB_SCRIPT_OBJECT)
        return tb_interpreter_fail(in, "%s has no attributes to set",
                                   tb_script_kind_name(object->kind));
    tb_script_object *o = object->object;
    int slot = tb_script_class_slot(o->class, name);
    if (slot < 0)
        return tb_interpreter_fail(in, "%s has no %s to set",
                                   o->class->source->name, name);
    /* A tuple stays where it is the same: by numbers that are known. */
    if (x.kind == TB_SCRIPT_TUPLE && !tb_pin_all(in->r, &x))
        return false;
    return tb_slot_write(in->r, o, slot, x);
}

/* ---- making objects ---- */

static bool new_object(tb_interpreter *in, tb_script_class *class,
                       tb_script_value *out)
{
    tb_script_object *o = tb_arena_alloc(in->r->arena, sizeof *o);
    int n = class->source->slot_count;
    if (!o)
        return tb_interpreter_fail(in, "there is not enough memory");
    o->class = class;
    o->items.at =
        tb_arena_array(in->r->arena, (size_t)n + 1, sizeof *o->items.at);
    if (!o->items.at)
        return tb_interpreter_fail(in, "there is not enough memory");
    o->items.count = o->items.capacity = n;
    *out = (tb_script_value){.kind = TB_SCRIPT_OBJECT, .object = o};
    return true;
}

/* A class without __init__ (a named tuple) takes its slots in order. */
static bool fill_slots(tb_frame *f, tb_script_object *o, int count,
                       const tb_script_value *arguments, const tb_expression *e)
{
    const tb_script_class_source *s = o->class->source;
    if (count > o->items.count)
        return tb_interpreter_fail(f->in, "%s has %d values, not %d", s->name,
                                   o->items.count, count);
    for (int i = 0; i < count; i++)
        o->items.at[i] = arguments[i];
    for (int i = e->call.positional; i < e->call.count; i++) {
        int slot = tb_script_class_slot(o->class, e->call.arguments[i].name);
        if (slot < 0)
            return tb_interpreter_fail(f->in, "%s has no %s", s->name,
                                       e->call.arguments[i].name);
        if (!tb_evaluate(f, e->call.arguments[i].value, &o->items.at[slot]))
            return false;
    }
    for (int i = 0; i < o->items.count; i++)
        if (o->items.at[i].kind == TB_SCRIPT_ABSENT && s->slots[i].value &&
            !tb_evaluate(f, s->slots[i].value, &o->items.at[i]))
            return false;
    return true;
}

static bool construct(tb_frame *f, tb_script_class *class, int count,
                      tb_script_value *arguments, const tb_expression *e,
                      tb_script_value *out)
{
    tb_script_value nothing;
    const tb_script_function *init = tb_script_class_method(class, "__init__");
    if (!new_object(f->in, class, out))
        return false;
    if (!init)
        return fill_slots(f, out->object, count, arguments, e);
    memmove(arguments + 1, arguments, (size_t)count * sizeof *arguments);
    arguments[0] = *out;
    return tb_call_function(f->in, init, count + 1, arguments,
                            e->call.count - e->call.positional, keywords_of(e),
                            f, &nothing);
}

/* ---- special forms ---- */

static bool is_of_type(const tb_script_value *x, const tb_annotation *t)
{
    for (int i = 0; i < t->count; i++)
        if ((strcmp(t->name, "Union") == 0 ||
             strcmp(t->name, "Optional") == 0) &&
            is_of_type(x, t->arguments[i]))
            return true;
    if (strcmp(t->name, "Optional") == 0)
        return x->kind == TB_SCRIPT_NONE;
    tb_script_kind kind = tb_script_kind_of_type(t->name);
    if (kind != TB_SCRIPT_ABSENT)
        return x->kind == kind;
    return x->kind == TB_SCRIPT_OBJECT &&
           strcmp(x->object->class->source->qualified, t->name) == 0;
}

/* True (and *ok says how it went) where the name is a form of the language. */
static bool special_form(tb_frame *f, const char *name, const tb_expression *e,
                         tb_script_value *out, bool *ok)
{
    const tb_call_argument *a = e->call.arguments;
    int n = e->call.positional;
    bool typed = n > 0 && a[0].value->kind == TB_EXPR_TYPE;
    if (typed && n == 1) { /* uninitialized(T) */
        *out = tb_script_none();
        *ok = true;
        return true;
    }
    if (typed && n == 2) { /* annotate(T, x), unchecked_cast(T, x) */
        *ok = tb_evaluate(f, a[1].value, out);
        return true;
    }
    if (n == 2 && a[1].value->kind == TB_EXPR_TYPE) {
        tb_script_value x;
        *ok = tb_evaluate(f, a[0].value, &x);
        *out = tb_script_bool(*ok && is_of_type(&x, a[1].value->annotation));
        return true;
    }
    if (strcmp(name, "getattr") == 0 && n == 2 &&
        a[1].value->kind == TB_EXPR_STRING) {
        tb_script_value x;
        *ok = tb_evaluate(f, a[0].value, &x) &&
              tb_get_attribute(f->in, &x, a[1].value->string.text, out);
        return true;
    }
    return false;
}

/* ---- calls ---- */

static bool positional(tb_frame *f, const tb_expression *e,
                       tb_script_value *list, int *count)
{
    if (*count + e->call.positional >= MOST_POSITIONAL)
        return tb_interpreter_fail(f->in, "a call has too many arguments");
    for (int i = 0; i < e->call.positional; i++)
        if (!tb_evaluate(f, e->call.arguments[i].value, &list[(*count)++]))
            return false;
    return true;
}

static bool call_of_module(tb_frame *f, const char *dotted,
                           const tb_expression *e, tb_script_value *out)
{
    tb_script_module *m = f->in->module;
    tb_script_value list[MOST_POSITIONAL + 1];
    int count = 0;
    if (!positional(f, e, list, &count))
        return false;
    const tb_script_function *function = tb_syntax_function(m->syntax, dotted);
    if (function)
        return tb_call_function(f->in, function, count, list,
                                e->call.count - e->call.positional,
                                keywords_of(e), f, out);
    tb_script_class *class = tb_script_module_class(m, dotted);
    if (class)
        return construct(f, class, count, list, e, out);
    const char *name = tb_short_name(dotted);
    if (strcmp(name, "__new__") == 0 && count == 1 &&
        list[0].kind == TB_SCRIPT_CLASS)
        return new_object(f->in, list[0].class, out);
    return tb_interpreter_fail(f->in, "%s is not in the model", dotted);
}

/* x.float() gives a tensor, float(x) a number. */
static const char *method_builtin(const tb_script_value *x, const char *name)
{
    return x->kind != TB_SCRIPT_TENSOR  ? name
           : strcmp(name, "float") == 0 ? "_to_float"
           : strcmp(name, "int") == 0   ? "_to_int"
           : strcmp(name, "bool") == 0  ? "_to_bool"
                                        : name;
}

static bool call_method(tb_frame *f, const tb_expression *e,
                        tb_script_value *out)
{
    const tb_expression *callee = e->call.callee;
    const char *name = callee->attribute.name;
    tb_script_value list[MOST_POSITIONAL + 1];
    int count = 1;
    if (!tb_evaluate(f, callee->attribute.object, &list[0]) ||
        !positional(f, e, list, &count))
        return false;
    if (list[0].kind != TB_SCRIPT_OBJECT)
        return tb_evaluate_builtin(f, method_builtin(&list[0], name), count,
                                   list, e, out);
    const tb_script_function *method =
        tb_script_class_method(list[0].object->class, name);
    if (!method)
        return tb_interpreter_fail(f->in, "%s has no method %s",
                                   list[0].object->class->source->name, name);
    return tb_call_function(f->in, method, count, list,
                            e->call.count - e->call.positional, keywords_of(e),
                            f, out) &&
           (count != 2 || strcmp(name, "forward") != 0 ||
            tb_note_delay(f->in, &list[0], &list[1], out));
}

static bool call_named(tb_frame *f, const char *name, const tb_expression *e,
                       tb_script_value *out)
{
    tb_script_value list[MOST_POSITIONAL + 1];
    int count = 0;
    bool ok = false;
    const tb_script_value *local = tb_frame_find(f, name);
    if (local && local->kind == TB_SCRIPT_FUNCTION) {
        const tb_script_function *function = local->function;
        return positional(f, e, list, &count) &&
               tb_call_function(f->in, function, count, list,
                                e->call.count - e->call.positional,
                                keywords_of(e), f, out);
    }
    if (special_form(f, name, e, out, &ok))
        return ok;
    return positional(f, e, list, &count) &&
           tb_evaluate_builtin(f, name, count, list, e, out);
}

bool tb_evaluate_call(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    const tb_expression *callee = e->call.callee;
    char room[128];
    if (callee->kind == TB_EXPR_NAME)
        return call_named(f, callee->name, e, out);
    if (callee->kind != TB_EXPR_ATTRIBUTE)
        return tb_interpreter_fail(f->in, "what is called has no name");
    const char *dotted = callee->attribute.dotted;
    if (!dotted || strncmp(dotted, "CONSTANTS.", 10) == 0)
        return call_method(f, e, out);
    if (strncmp(dotted, "__torch__.", 10) == 0)
        return call_of_module(f, dotted, e, out);
    return call_named(f, tb_builtin_name(dotted, room, sizeof room), e, out);
}
