/* Syntax trees as text, with every bracket: for comparing them. */
#ifndef TB_TEST_PRINTED_SYNTAX_H
#define TB_TEST_PRINTED_SYNTAX_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "torchscript/syntax.h"

typedef struct printed {
    char text[8192];
    size_t length;
} printed;

static void print_expression(printed *out, const tb_expression *e);
static void print_function(printed *out, const tb_script_function *f,
                           int indent);

__attribute__((format(printf, 2, 3))) static inline void
put(printed *out, const char *format, ...)
{
    size_t room = sizeof out->text - out->length;
    va_list args;
    va_start(args, format);
    int more = vsnprintf(out->text + out->length, room, format, args);
    va_end(args);
    if (more > 0)
        out->length += (size_t)more < room ? (size_t)more : room - 1;
}

/* ---- types ---- */

static inline void print_type(printed *out, const tb_annotation *type)
{
    put(out, "%s", type ? type->name : "?");
    for (int i = 0; type && i < type->count; i++) {
        put(out, i ? ", " : "[");
        print_type(out, type->arguments[i]);
    }
    if (type && type->count)
        put(out, "]");
}

/* ---- expressions ---- */

static inline void print_string(printed *out, const char *text, size_t length)
{
    put(out, "\"");
    for (size_t i = 0; i < length; i++)
        if (text[i] >= ' ' && text[i] < 127 && text[i] != '"')
            put(out, "%c", text[i]);
        else
            put(out, "\\%03o", (unsigned)(unsigned char)text[i]);
    put(out, "\"");
}

static inline void print_items(printed *out, tb_expression *const *items,
                               int count, const char *between)
{
    for (int i = 0; i < count; i++) {
        put(out, "%s", i ? between : "");
        print_expression(out, items[i]);
    }
}

static inline void print_dict(printed *out, const tb_expression *e)
{
    put(out, "{");
    for (int i = 0; i < e->items.count; i++) {
        put(out, "%s", !i ? "" : i % 2 ? ": " : ", ");
        print_expression(out, e->items.at[i]);
    }
    put(out, "}");
}

static inline const char *op_sign(int op)
{
    static const char *const signs[TB_SCRIPT_OPS] = {
        [TB_OP_OR] = "or",         [TB_OP_AND] = "and",
        [TB_OP_NOT] = "not ",      [TB_OP_EQ] = "==",
        [TB_OP_NE] = "!=",         [TB_OP_LT] = "<",
        [TB_OP_LE] = "<=",         [TB_OP_GT] = ">",
        [TB_OP_GE] = ">=",         [TB_OP_IS] = "is",
        [TB_OP_IS_NOT] = "is not", [TB_OP_IN] = "in",
        [TB_OP_NOT_IN] = "not in", [TB_OP_BIT_OR] = "|",
        [TB_OP_BIT_XOR] = "^",     [TB_OP_BIT_AND] = "&",
        [TB_OP_SHIFT_LEFT] = "<<", [TB_OP_SHIFT_RIGHT] = ">>",
        [TB_OP_ADD] = "+",         [TB_OP_SUB] = "-",
        [TB_OP_MUL] = "*",         [TB_OP_DIV] = "/",
        [TB_OP_FLOOR_DIV] = "//",  [TB_OP_MOD] = "%",
        [TB_OP_MATMUL] = "@",      [TB_OP_NEG] = "-",
        [TB_OP_INVERT] = "~",      [TB_OP_POW] = "**"};
    return signs[op];
}

/* The dotted names of builtins have a mark: '. */
static inline void print_attribute(printed *out, const tb_expression *e)
{
    if (e->attribute.dotted) {
        put(out, "'%s", e->attribute.dotted);
        return;
    }
    print_expression(out, e->attribute.object);
    put(out, ".%s", e->attribute.name);
}

static inline void print_call(printed *out, const tb_expression *e)
{
    print_expression(out, e->call.callee);
    put(out, "(");
    for (int i = 0; i < e->call.count; i++) {
        const tb_call_argument *argument = &e->call.arguments[i];
        put(out, "%s%s%s", i ? ", " : "", argument->name ? argument->name : "",
            argument->name ? "=" : "");
        print_expression(out, argument->value);
    }
    put(out, ")");
}

static inline void print_slice(printed *out, const tb_expression *e)
{
    if (e->slice.first)
        print_expression(out, e->slice.first);
    put(out, ":");
    if (e->slice.last)
        print_expression(out, e->slice.last);
    put(out, ":");
    if (e->slice.step)
        print_expression(out, e->slice.step);
}

static inline void print_subscript(printed *out, const tb_expression *e)
{
    print_expression(out, e->subscript.object);
    put(out, "[");
    print_items(out, e->subscript.indices, e->subscript.count, ", ");
    put(out, "]");
}

static inline void print_comprehension(printed *out, const tb_expression *e)
{
    put(out, "[");
    print_expression(out, e->comprehension.element);
    put(out, " for ");
    print_expression(out, e->comprehension.target);
    put(out, " in ");
    print_expression(out, e->comprehension.iterable);
    if (e->comprehension.condition) {
        put(out, " if ");
        print_expression(out, e->comprehension.condition);
    }
    put(out, "]");
}

static inline void print_operator(printed *out, const tb_expression *e)
{
    put(out, "(");
    if (e->kind == TB_EXPR_UNARY)
        put(out, "%s", op_sign(e->op));
    print_expression(out, e->left);
    if (e->kind == TB_EXPR_BINARY) {
        put(out, " %s ", op_sign(e->op));
        print_expression(out, e->right);
    }
    put(out, ")");
}

static inline void print_choice(printed *out, const tb_expression *e)
{
    put(out, "(");
    print_expression(out, e->choice.yes);
    put(out, " if ");
    print_expression(out, e->choice.condition);
    put(out, " else ");
    print_expression(out, e->choice.no);
    put(out, ")");
}

static inline void print_list(printed *out, const tb_expression *e)
{
    put(out, e->kind == TB_EXPR_LIST ? "[" : "(");
    print_items(out, e->items.at, e->items.count, ", ");
    put(out, e->kind == TB_EXPR_LIST ? "]" : e->items.count == 1 ? ",)" : ")");
}

static inline void print_constant(printed *out, const tb_expression *e)
{
    if (e->kind == TB_EXPR_NONE)
        put(out, "None");
    else if (e->kind == TB_EXPR_BOOL)
        put(out, e->boolean ? "True" : "False");
    else if (e->kind == TB_EXPR_INT)
        put(out, "%lld", (long long)e->integer);
    else if (e->kind == TB_EXPR_FLOAT)
        put(out, "f%.17g", e->real);
    else if (e->kind == TB_EXPR_COMPLEX)
        put(out, "j%.17g", e->real);
    else if (e->kind == TB_EXPR_STRING)
        print_string(out, e->string.text, e->string.length);
    else
        put(out, "...");
}

static inline void print_named(printed *out, const tb_expression *e)
{
    put(out, "%s", e->name);
}

static inline void print_written_type(printed *out, const tb_expression *e)
{
    put(out, "<");
    print_type(out, e->annotation);
    put(out, ">");
}

static inline void print_expression(printed *out, const tb_expression *e)
{
    static void (*const print[TB_EXPR_KINDS])(printed *,
                                              const tb_expression *) = {
        [TB_EXPR_NONE] = print_constant,
        [TB_EXPR_BOOL] = print_constant,
        [TB_EXPR_INT] = print_constant,
        [TB_EXPR_FLOAT] = print_constant,
        [TB_EXPR_COMPLEX] = print_constant,
        [TB_EXPR_STRING] = print_constant,
        [TB_EXPR_ELLIPSIS] = print_constant,
        [TB_EXPR_NAME] = print_named,
        [TB_EXPR_TYPE] = print_written_type,
        [TB_EXPR_LIST] = print_list,
        [TB_EXPR_TUPLE] = print_list,
        [TB_EXPR_DICT] = print_dict,
        [TB_EXPR_UNARY] = print_operator,
        [TB_EXPR_BINARY] = print_operator,
        [TB_EXPR_ATTRIBUTE] = print_attribute,
        [TB_EXPR_CALL] = print_call,
        [TB_EXPR_SUBSCRIPT] = print_subscript,
        [TB_EXPR_SLICE] = print_slice,
        [TB_EXPR_CHOICE] = print_choice,
        [TB_EXPR_COMPREHENSION] = print_comprehension,
    };
    print[e->kind](out, e);
}

/* ---- statements ---- */

static void print_block(printed *out, const tb_script_block *block, int indent);

static inline void print_value(printed *out, const char *word,
                               const tb_expression *value)
{
    put(out, "%s", word);
    if (value && *word)
        put(out, " ");
    if (value)
        print_expression(out, value);
}

static inline void print_assign(printed *out, const tb_statement *s)
{
    for (int i = 0; i < s->assign.count; i++) {
        put(out, "%s", i ? " = " : "");
        print_expression(out, s->assign.targets[i]);
    }
    if (s->assign.type) {
        put(out, " : ");
        print_type(out, s->assign.type);
    }
    if (s->assign.value)
        print_value(out, " =", s->assign.value);
}

static inline void print_augment(printed *out, const tb_statement *s)
{
    print_expression(out, s->augment.target);
    put(out, " %s= ", op_sign(s->augment.op));
    print_value(out, "", s->augment.value);
}

static inline void print_assert(printed *out, const tb_statement *s)
{
    print_value(out, "assert", s->assertion.condition);
    if (s->assertion.message)
        print_value(out, ",", s->assertion.message);
}

static inline void print_if(printed *out, const tb_statement *s, int indent)
{
    print_value(out, s->kind == TB_STMT_IF ? "if" : "while",
                s->branch.condition);
    print_block(out, &s->branch.body, indent);
    if (s->branch.otherwise.count) {
        put(out, "%*selse", 2 * indent, "");
        print_block(out, &s->branch.otherwise, indent);
    }
}

static inline void print_for(printed *out, const tb_statement *s, int indent)
{
    print_value(out, "for", s->loop.target);
    print_value(out, " in", s->loop.iterable);
    print_block(out, &s->loop.body, indent);
}

static inline void print_with(printed *out, const tb_statement *s, int indent)
{
    print_value(out, "with", s->with.context);
    if (s->with.target)
        print_value(out, " as", s->with.target);
    print_block(out, &s->with.body, indent);
}

static inline void print_simple(printed *out, const tb_statement *s)
{
    static const char *const words[TB_STMT_KINDS] = {
        [TB_STMT_PASS] = "pass",         [TB_STMT_BREAK] = "break",
        [TB_STMT_CONTINUE] = "continue", [TB_STMT_EXPRESSION] = "",
        [TB_STMT_RETURN] = "return",     [TB_STMT_RAISE] = "raise"};
    if (s->kind == TB_STMT_ASSIGN)
        print_assign(out, s);
    else if (s->kind == TB_STMT_AUGMENT)
        print_augment(out, s);
    else if (s->kind == TB_STMT_ASSERT)
        print_assert(out, s);
    else if (s->kind == TB_STMT_DELETE) {
        put(out, "del ");
        print_items(out, s->targets.at, s->targets.count, ", ");
    } else
        print_value(out, words[s->kind], s->value);
    put(out, "\n");
}

static inline void print_statement(printed *out, const tb_statement *s,
                                   int indent)
{
    if (s->kind == TB_STMT_DEF) {
        print_function(out, s->function, indent);
        return;
    }
    put(out, "%*s", 2 * indent, "");
    if (s->kind == TB_STMT_IF || s->kind == TB_STMT_WHILE)
        print_if(out, s, indent);
    else if (s->kind == TB_STMT_FOR)
        print_for(out, s, indent);
    else if (s->kind == TB_STMT_WITH)
        print_with(out, s, indent);
    else
        print_simple(out, s);
}

static inline void print_block(printed *out, const tb_script_block *block,
                               int indent)
{
    put(out, ":\n");
    for (int i = 0; i < block->count; i++)
        print_statement(out, block->at[i], indent + 1);
}

/* ---- functions and classes ---- */

static inline void print_parameter(printed *out, const tb_script_parameter *x)
{
    put(out, "%s%s", x->keyword_only ? "*" : "", x->name);
    if (x->type) {
        put(out, ": ");
        print_type(out, x->type);
    }
    if (x->default_value)
        print_value(out, " =", x->default_value);
}

static inline void print_function(printed *out, const tb_script_function *f,
                                  int indent)
{
    for (int i = 0; i < f->decorator_count; i++) {
        put(out, "%*s@", 2 * indent, "");
        print_expression(out, f->decorators[i]);
        put(out, "\n");
    }
    put(out, "%*sdef %s(", 2 * indent, "", f->qualified);
    for (int i = 0; i < f->parameter_count; i++) {
        put(out, "%s", i ? ", " : "");
        print_parameter(out, &f->parameters[i]);
    }
    put(out, ")");
    if (f->return_type) {
        put(out, " -> ");
        print_type(out, f->return_type);
    }
    print_block(out, &f->body, indent);
}

static inline void print_fields(printed *out, const char *what,
                                const tb_script_field *fields, int count)
{
    for (int i = 0; i < count; i++) {
        put(out, "  %s %s", what, fields[i].name);
        if (fields[i].type) {
            put(out, " : ");
            print_type(out, fields[i].type);
        }
        if (fields[i].value)
            print_value(out, " =", fields[i].value);
        put(out, "\n");
    }
}

static inline void print_names(printed *out, const char *what,
                               const tb_name_list *list)
{
    for (int i = 0; i < list->count; i++)
        put(out, "%s%s", i ? " " : what, list->at[i]);
    if (list->count)
        put(out, "\n");
}

static inline void print_class(printed *out, const tb_script_class_source *c)
{
    put(out, "class %s(%s)\n", c->qualified, c->base ? c->base : "");
    print_names(out, "  parameters ", &c->parameters);
    print_names(out, "  buffers ", &c->buffers);
    print_names(out, "  pre-hooks ", &c->pre_hooks);
    print_names(out, "  hooks ", &c->hooks);
    print_fields(out, "slot", c->slots, c->slot_count);
    print_fields(out, "constant", c->constants, c->constant_count);
    for (int i = 0; i < c->method_count; i++)
        print_function(out, c->methods[i], 1);
}

static inline void print_syntax(printed *out, const tb_syntax *syntax)
{
    for (int i = 0; i < tb_syntax_class_count(syntax); i++)
        print_class(out, tb_syntax_class_at(syntax, i));
    for (int i = 0; i < tb_syntax_function_count(syntax); i++)
        print_function(out, tb_syntax_function_at(syntax, i), 0);
}

#endif
