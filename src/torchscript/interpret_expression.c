#include "torchscript/interpreter.h"
#include "torchscript/recording_guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool tb_interpreter_fail(tb_interpreter *in, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return tb_recording_fail(in->r, TB_ERR_UNSUPPORTED, "%s", text);
}

bool tb_interpreter_step(tb_interpreter *in)
{
    return ++in->r->steps <= in->r->most_steps ||
           tb_interpreter_fail(in, "it does not come to an end");
}

const tb_script_items *tb_elements_of(tb_interpreter *in,
                                      const tb_script_value *x)
{
    tb_script_value list;
    switch (x->kind) {
    case TB_SCRIPT_LIST:
    case TB_SCRIPT_TUPLE:
        return tb_items_read(&x->list->items, x->list->draft);
    case TB_SCRIPT_OBJECT: /* a named tuple */
        return tb_items_read(&x->object->items, x->object->draft);
    case TB_SCRIPT_STRING:
    case TB_SCRIPT_DICT:
    case TB_SCRIPT_TENSOR:
        return tb_call_builtin(in, "list", 1, x, &list) ? &list.list->items
                                                        : NULL;
    default:
        tb_interpreter_fail(in, "%s has no elements to go through",
                            tb_script_kind_name(x->kind));
        return NULL;
    }
}

/* ---- truth ---- */

static bool truth_of(tb_frame *f, tb_script_value *x, bool *truth)
{
    switch (x->kind) {
    case TB_SCRIPT_NONE:
        *truth = false;
        return true;
    case TB_SCRIPT_BOOL:
    case TB_SCRIPT_INT:
    case TB_SCRIPT_FLOAT:
        *truth = tb_script_number(x) != 0;
        return tb_pin_truth(f->in->r, x);
    case TB_SCRIPT_STRING:
        *truth = *x->string != 0;
        return true;
    case TB_SCRIPT_TENSOR:
        if (tb_script_tensor_count(x->tensor) != 1)
            return tb_interpreter_fail(
                f->in, "a tensor of several numbers is neither true nor false");
        return tb_recording_truth(f->in->r, x->tensor, truth);
    default: {
        const tb_script_items *items = tb_elements_of(f->in, x);
        *truth = items && items->count > 0;
        return items != NULL;
    }
    }
}

bool tb_is_true(tb_frame *f, const tb_expression *e, bool *truth)
{
    tb_script_value x;
    return tb_evaluate(f, e, &x) && truth_of(f, &x, truth);
}

/* ---- operators ---- */

const char *tb_operator_name(tb_script_op op)
{
    static const char *const names[TB_SCRIPT_OPS] = {
        [TB_OP_EQ] = "eq",
        [TB_OP_NE] = "ne",
        [TB_OP_LT] = "lt",
        [TB_OP_LE] = "le",
        [TB_OP_GT] = "gt",
        [TB_OP_GE] = "ge",
        [TB_OP_IS] = "__is__",
        [TB_OP_IS_NOT] = "__isnot__",
        [TB_OP_BIT_OR] = "__or__",
        [TB_OP_BIT_XOR] = "__xor__",
        [TB_OP_BIT_AND] = "__and__",
        [TB_OP_ADD] = "add",
        [TB_OP_SUB] = "sub",
        [TB_OP_MUL] = "mul",
        [TB_OP_DIV] = "div",
        [TB_OP_FLOOR_DIV] = "floordiv",
        [TB_OP_MOD] = "remainder",
        [TB_OP_MATMUL] = "matmul",
        [TB_OP_SHIFT_LEFT] = "__lshift__",
        [TB_OP_SHIFT_RIGHT] = "__rshift__",
        [TB_OP_NEG] = "neg",
        [TB_OP_INVERT] = "bitwise_not",
        [TB_OP_POW] = "pow",
    };
    return names[op];
}

static bool contains(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    tb_script_value pair[2];
    if (!tb_evaluate(f, e->left, &pair[1]) ||
        !tb_evaluate(f, e->right, &pair[0]) ||
        !tb_call_builtin(f->in, "__contains__", 2, pair, out))
        return false;
    out->boolean ^= e->op == TB_OP_NOT_IN;
    return true;
}

static bool connect(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    bool truth = false;
    if (!tb_is_true(f, e->left, &truth))
        return false;
    if (truth == (e->op == TB_OP_AND) && !tb_is_true(f, e->right, &truth))
        return false;
    *out = tb_script_bool(truth);
    return true;
}

static bool binary(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    tb_script_value pair[2];
    switch (e->op) {
    case TB_OP_AND:
    case TB_OP_OR:
        return connect(f, e, out);
    case TB_OP_IN:
    case TB_OP_NOT_IN:
        return contains(f, e, out);
    default:
        if (!tb_operator_name((tb_script_op)e->op))
            return tb_interpreter_fail(f->in, "this operator is not known");
        return tb_evaluate(f, e->left, &pair[0]) &&
               tb_evaluate(f, e->right, &pair[1]) &&
               tb_call_builtin(f->in, tb_operator_name((tb_script_op)e->op), 2,
                               pair, out);
    }
}

static bool unary(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    bool truth = false;
    tb_script_value x;
    if (e->op == TB_OP_NOT) {
        if (!tb_is_true(f, e->left, &truth))
            return false;
        *out = tb_script_bool(!truth);
        return true;
    }
    return tb_evaluate(f, e->left, &x) &&
           tb_call_builtin(f->in, tb_operator_name((tb_script_op)e->op), 1, &x,
                           out);
}

/* ---- literals ---- */

static bool sequence(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    tb_script_value x;
    tb_script_list *list = tb_new_list(f->in->r);
    if (!list)
        return false;
    for (int i = 0; i < e->items.count; i++)
        if (!tb_evaluate(f, e->items.at[i], &x) ||
            !tb_items_append(f->in->r, &list->items, x))
            return false;
    *out = (tb_script_value){.kind = e->kind == TB_EXPR_LIST ? TB_SCRIPT_LIST
                                                             : TB_SCRIPT_TUPLE,
                             .list = list};
    return true;
}

static bool dictionary(tb_frame *f, const tb_expression *e,
                       tb_script_value *out)
{
    tb_script_value x;
    tb_script_dict *dict = tb_arena_alloc(f->in->r->arena, sizeof *dict);
    if (!dict)
        return tb_interpreter_fail(f->in, "there is not enough memory");
    for (int i = 0; i < e->items.count; i++)
        if (!tb_evaluate(f, e->items.at[i], &x) ||
            !tb_items_append(f->in->r, &dict->items, x))
            return false;
    *out = (tb_script_value){.kind = TB_SCRIPT_DICT, .dict = dict};
    return true;
}

static bool comprehension(tb_frame *f, const tb_expression *e,
                          tb_script_value *out)
{
    tb_script_value iterable, x;
    tb_script_list *list = tb_new_list(f->in->r);
    if (!list || !tb_evaluate(f, e->comprehension.iterable, &iterable))
        return false;
    const tb_script_items *items = tb_elements_of(f->in, &iterable);
    for (int i = 0; items && i < items->count; i++) {
        bool wanted = true;
        if (!tb_interpreter_step(f->in) ||
            !tb_assign(f, e->comprehension.target, items->at[i]))
            return false;
        if (e->comprehension.condition &&
            !tb_is_true(f, e->comprehension.condition, &wanted))
            return false;
        if (wanted && (!tb_evaluate(f, e->comprehension.element, &x) ||
                       !tb_items_append(f->in->r, &list->items, x)))
            return false;
    }
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return items != NULL;
}

static bool imaginary(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    double *pair = tb_arena_array(f->in->r->arena, 2, sizeof *pair);
    if (!pair)
        return tb_interpreter_fail(f->in, "there is not enough memory");
    pair[1] = e->real;
    *out = (tb_script_value){.kind = TB_SCRIPT_COMPLEX, .complex = pair};
    return true;
}

static bool name(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    const tb_script_value *x = tb_frame_find(f, e->name);
    if (!x)
        return tb_interpreter_fail(f->in, "the name %s means nothing here",
                                   e->name);
    *out = *x;
    return true;
}

bool tb_dtype_named(const char *text, tb_script_value *out)
{
    for (int i = 0; i <= TB_DTYPE_BFLOAT16; i++) {
        const char *type = tb_dtype_name((tb_dtype)i);
        if (type && strncmp(text, "torch.", 6) == 0 &&
            strcmp(text + 6, type) == 0) {
            *out = tb_script_int(i);
            return true;
        }
    }
    return false;
}

/* CONSTANTS.c7, or a class or function that is named in full. */
static bool dotted(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    const char *text = e->attribute.dotted;
    tb_script_module *m = f->in->module;
    int i = -1;
    if (sscanf(text, "CONSTANTS.c%d", &i) == 1 && i >= 0 &&
        i < m->constants.count) {
        *out = m->constants.at[i];
        return true;
    }
    if (tb_dtype_named(text, out))
        return true;
    tb_script_class *class = tb_script_module_class(m, text);
    if (class) {
        *out = (tb_script_value){.kind = TB_SCRIPT_CLASS, .class = class};
        return true;
    }
    out->kind = TB_SCRIPT_FUNCTION;
    out->function = tb_syntax_function(m->syntax, text);
    return out->function || tb_interpreter_fail(f->in, "%s is not known", text);
}

static bool attribute(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    tb_script_value object;
    const char *text = e->attribute.dotted;
    if (text) {
        const tb_expression *o = e->attribute.object;
        bool member =
            o->kind == TB_EXPR_ATTRIBUTE && o->attribute.dotted &&
            tb_script_module_class(f->in->module, o->attribute.dotted);
        if (!member)
            return dotted(f, e, out);
    }
    return tb_evaluate(f, e->attribute.object, &object) &&
           tb_get_attribute(f->in, &object, e->attribute.name, out);
}

static bool choice(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    bool truth = false;
    return tb_is_true(f, e->choice.condition, &truth) &&
           tb_evaluate(f, truth ? e->choice.yes : e->choice.no, out);
}

bool tb_evaluate(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    *out = tb_script_none();
    switch (e->kind) {
    case TB_EXPR_NONE:
        return true;
    case TB_EXPR_BOOL:
        *out = tb_script_bool(e->boolean);
        return true;
    case TB_EXPR_INT:
        *out = tb_script_int(e->integer);
        return true;
    case TB_EXPR_FLOAT:
        *out = tb_script_float(e->real);
        return true;
    case TB_EXPR_COMPLEX:
        return imaginary(f, e, out);
    case TB_EXPR_STRING:
        *out = tb_script_string(e->string.text);
        return true;
    case TB_EXPR_NAME:
        return name(f, e, out);
    case TB_EXPR_LIST:
    case TB_EXPR_TUPLE:
        return sequence(f, e, out);
    case TB_EXPR_DICT:
        return dictionary(f, e, out);
    case TB_EXPR_UNARY:
        return unary(f, e, out);
    case TB_EXPR_BINARY:
        return binary(f, e, out);
    case TB_EXPR_ATTRIBUTE:
        return attribute(f, e, out);
    case TB_EXPR_CALL:
        return tb_evaluate_call(f, e, out);
    case TB_EXPR_SUBSCRIPT:
        return tb_evaluate_index(f, e, out);
    case TB_EXPR_CHOICE:
        return choice(f, e, out);
    case TB_EXPR_COMPREHENSION:
        return comprehension(f, e, out);
    default:
        return tb_interpreter_fail(f->in,
                                   "this kind of expression is not known");
    }
}
