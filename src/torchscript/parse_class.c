#include <string.h>

#include "torchscript/parsing.h"

/* ---- functions ---- */

static void parse_parameter(tb_parser *p, bool keyword_only)
{
    tb_script_parameter parameter = {.keyword_only = keyword_only};
    parameter.name = tb_parser_name(p, "The name of a parameter");
    if (tb_parser_accept(p, TB_TOKEN_COLON))
        parameter.type = tb_parse_type(p);
    if (tb_parser_accept(p, TB_TOKEN_ASSIGN))
        parameter.default_value = tb_parse_expression(p);
    tb_parser_push(p, &parameter, sizeof parameter);
}

static void parse_parameters(tb_parser *p, tb_script_function *function)
{
    size_t mark = p->scratch_used;
    bool keyword_only = false;
    tb_parser_expect(p, TB_TOKEN_OPEN_PAREN);
    while (!tb_parser_at(p, TB_TOKEN_CLOSE_PAREN)) {
        if (!keyword_only && tb_parser_accept(p, TB_TOKEN_STAR))
            keyword_only = true;
        else
            parse_parameter(p, keyword_only);
        if (!tb_parser_accept(p, TB_TOKEN_COMMA))
            break;
    }
    tb_parser_expect(p, TB_TOKEN_CLOSE_PAREN);
    function->parameters = tb_parser_pop_all(
        p, mark, sizeof *function->parameters, &function->parameter_count);
}

static void parse_decorators(tb_parser *p, tb_script_function *function)
{
    size_t mark = p->scratch_used;
    while (tb_parser_accept(p, TB_TOKEN_AT)) {
        tb_expression *decorator = tb_parse_expression(p);
        tb_parser_push(p, &decorator, sizeof decorator);
        tb_parser_end_line(p);
    }
    function->decorators = tb_parser_pop_all(
        p, mark, sizeof *function->decorators, &function->decorator_count);
}

tb_script_function *tb_parse_function(tb_parser *p, const char *owner)
{
    tb_script_function *function = tb_parser_take(p, sizeof *function);
    if (!function)
        return NULL;
    parse_decorators(p, function);
    function->file = p->file;
    function->line = p->token.line;
    tb_parser_expect(p, TB_TOKEN_DEF);
    function->name = tb_parser_name(p, "The name of a function");
    if (!function->name)
        return NULL;
    function->qualified = tb_parser_dotted(p, owner, function->name);
    parse_parameters(p, function);
    if (tb_parser_accept(p, TB_TOKEN_ARROW))
        function->return_type = tb_parse_type(p);
    tb_parse_block(p, &function->body);
    return tb_parser_good(p) ? function : NULL;
}

/* ---- what a class declares ---- */

/* Fields and methods in the order of the source, before they are told apart. */
typedef struct class_member {
    enum { CLASS_SLOT, CLASS_CONSTANT, CLASS_METHOD } kind;
    tb_script_field field;
    tb_script_function *method;
} class_member;

static void push_field(tb_parser *p, const char *name, int line,
                       tb_annotation *type, tb_expression *value)
{
    class_member member = {.field = {name, type, value, line}};
    bool is_final = type && strcmp(type->name, "Final") == 0;
    if (is_final)
        member.field.type = type->count ? type->arguments[0] : NULL;
    if (value && (is_final || !type))
        member.kind = CLASS_CONSTANT;
    tb_parser_push(p, &member, sizeof member);
}

/* The strings of a list. */
static void read_names(tb_parser *p, tb_name_list *list)
{
    size_t mark = p->scratch_used;
    tb_expression *value = tb_parse_expression(p);
    if (!value || !tb_parser_good(p))
        return;
    for (int i = 0; value->kind == TB_EXPR_LIST && i < value->items.count; i++)
        if (value->items.at[i]->kind == TB_EXPR_STRING)
            tb_parser_push(p, &value->items.at[i]->string.text,
                           sizeof(const char *));
    list->at = tb_parser_pop_all(p, mark, sizeof *list->at, &list->count);
    if (value->kind != TB_EXPR_LIST || value->items.count != list->count)
        tb_parser_fail(p, value->line, "A list of names was expected.");
}

static tb_name_list *list_named(tb_script_class_source *class, const char *name)
{
    if (strcmp(name, "__parameters__") == 0)
        return &class->parameters;
    if (strcmp(name, "__buffers__") == 0)
        return &class->buffers;
    if (strcmp(name, "__forward_pre_hooks__") == 0)
        return &class->pre_hooks;
    return strcmp(name, "__forward_hooks__") == 0 ? &class->hooks : NULL;
}

/* __annotations__ = [] says nothing; __annotations__["0"] = type declares a
   slot whose name is no identifier. */
static void parse_annotation(tb_parser *p, int line)
{
    const char *name = NULL;
    if (tb_parser_accept(p, TB_TOKEN_ASSIGN)) {
        tb_parse_expression(p);
        return;
    }
    tb_parser_expect(p, TB_TOKEN_OPEN_BRACKET);
    if (tb_parser_at(p, TB_TOKEN_STRING)) {
        name = p->token.text;
        tb_parser_advance(p);
    } else
        tb_parser_fail_expected(p, "The name of an attribute in quotes");
    tb_parser_expect(p, TB_TOKEN_CLOSE_BRACKET);
    tb_parser_expect(p, TB_TOKEN_ASSIGN);
    push_field(p, name, line, tb_parse_type(p), NULL);
}

/* name : type, name : type = value, name = value */
static void parse_field(tb_parser *p, const char *name, int line)
{
    tb_annotation *type = NULL;
    tb_expression *value = NULL;
    if (tb_parser_accept(p, TB_TOKEN_COLON))
        type = tb_parse_type(p);
    else if (!tb_parser_at(p, TB_TOKEN_ASSIGN)) {
        tb_parser_fail_expected(p, "':' and a type");
        return;
    }
    if (tb_parser_accept(p, TB_TOKEN_ASSIGN))
        value = tb_parse_expressions(p);
    push_field(p, name, line, type, value);
}

static void parse_declared(tb_parser *p, tb_script_class_source *class)
{
    const char *name = p->token.text;
    tb_name_list *list = list_named(class, name);
    int line = p->token.line;
    tb_parser_advance(p);
    if (strcmp(name, "__annotations__") == 0)
        parse_annotation(p, line);
    else if (list && tb_parser_expect(p, TB_TOKEN_ASSIGN))
        read_names(p, list);
    else if (!list)
        parse_field(p, name, line);
    tb_parser_end_line(p);
}

static void parse_method(tb_parser *p, const tb_script_class_source *class)
{
    class_member member = {.kind = CLASS_METHOD};
    member.method = tb_parse_function(p, class->qualified);
    tb_parser_push(p, &member, sizeof member);
}

static void parse_class_line(tb_parser *p, tb_script_class_source *class)
{
    if (tb_parser_at(p, TB_TOKEN_DEF) || tb_parser_at(p, TB_TOKEN_AT))
        parse_method(p, class);
    else if (tb_parser_at(p, TB_TOKEN_NAME))
        parse_declared(p, class);
    else if (tb_parser_accept(p, TB_TOKEN_PASS) ||
             tb_parser_accept(p, TB_TOKEN_STRING) ||
             tb_parser_accept(p, TB_TOKEN_ELLIPSIS))
        tb_parser_end_line(p);
    else
        tb_parser_fail_expected(p, "An attribute or a method");
}

/* ---- classes ---- */

/* Moves fields of one kind into the tree. */
static tb_script_field *take_fields(tb_parser *p, size_t mark, int kind,
                                    int *count)
{
    size_t begin = p->scratch_used;
    for (size_t at = mark; at < begin; at += sizeof(class_member)) {
        class_member member;
        memcpy(&member, p->scratch + at, sizeof member);
        if ((int)member.kind == kind)
            tb_parser_push(p, &member.field, sizeof member.field);
    }
    return tb_parser_pop_all(p, begin, sizeof(tb_script_field), count);
}

static tb_script_function **take_methods(tb_parser *p, size_t mark, int *count)
{
    size_t begin = p->scratch_used;
    for (size_t at = mark; at < begin; at += sizeof(class_member)) {
        class_member member;
        memcpy(&member, p->scratch + at, sizeof member);
        if (member.kind == CLASS_METHOD)
            tb_parser_push(p, &member.method, sizeof member.method);
    }
    return tb_parser_pop_all(p, begin, sizeof(tb_script_function *), count);
}

static void parse_class_lines(tb_parser *p, tb_script_class_source *class)
{
    if (!tb_parser_accept(p, TB_TOKEN_LINE_END)) {
        parse_class_line(p, class);
        return;
    }
    if (!tb_parser_expect(p, TB_TOKEN_INDENT))
        return;
    while (!tb_parser_at(p, TB_TOKEN_DEDENT) && !tb_parser_at(p, TB_TOKEN_END))
        parse_class_line(p, class);
    tb_parser_expect(p, TB_TOKEN_DEDENT);
}

static void parse_body(tb_parser *p, tb_script_class_source *class)
{
    size_t mark = p->scratch_used;
    tb_parser_expect(p, TB_TOKEN_COLON);
    parse_class_lines(p, class);
    if (tb_parser_good(p)) { /* else parts of other lists lie there, too */
        class->slots = take_fields(p, mark, CLASS_SLOT, &class->slot_count);
        class->constants =
            take_fields(p, mark, CLASS_CONSTANT, &class->constant_count);
        class->methods = take_methods(p, mark, &class->method_count);
    }
    p->scratch_used = mark;
}

static void parse_base(tb_parser *p, tb_script_class_source *class)
{
    if (!tb_parser_accept(p, TB_TOKEN_OPEN_PAREN) ||
        tb_parser_accept(p, TB_TOKEN_CLOSE_PAREN))
        return;
    const tb_annotation *base = tb_parse_type(p);
    class->base = base ? base->name : NULL;
    tb_parser_expect(p, TB_TOKEN_CLOSE_PAREN);
}

void tb_parse_class(tb_parser *p)
{
    tb_script_class_source *class = tb_parser_take(p, sizeof *class);
    if (!class)
        return;
    class->file = p->file;
    class->line = p->token.line;
    tb_parser_advance(p);
    class->name = tb_parser_name(p, "The name of a class");
    class->qualified = tb_parser_dotted(p, p->qualifier, class->name);
    parse_base(p, class);
    parse_body(p, class);
    if (!tb_parser_good(p))
        return;
    if (tb_syntax_class(p->syntax, class->qualified))
        tb_parser_fail(p, class->line,
                       "There are two classes of the name "
                       "'%s'.",
                       class->qualified);
    else if (!tb_syntax_add_class(p->syntax, class))
        tb_parser_fail_memory(p);
}
