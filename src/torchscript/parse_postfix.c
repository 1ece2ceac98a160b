#include <string.h>

#include "torchscript/parsing.h"

static bool is_root(const char *name)
{
    return strcmp(name, "torch") == 0 || strcmp(name, "ops") == 0 ||
           strcmp(name, "CONSTANTS") == 0 || strcmp(name, "__torch__") == 0;
}

/* The name of what a builtin's or class's attribute is taken from, or null. */
static const char *dotted_name(const tb_expression *object)
{
    if (object->kind == TB_EXPR_ATTRIBUTE)
        return object->attribute.dotted;
    return object->kind == TB_EXPR_NAME && is_root(object->name) ? object->name
                                                                 : NULL;
}

static tb_expression *parse_attribute(tb_parser *p, tb_expression *object)
{
    tb_expression *node = tb_parser_node(p, TB_EXPR_ATTRIBUTE, object->line);
    tb_parser_advance(p);
    const char *name = tb_parser_name(p, "The name of an attribute");
    if (!node || !name)
        return NULL;
    const char *before = dotted_name(object);
    node->attribute.object = object;
    node->attribute.name = name;
    node->attribute.dotted = before ? tb_parser_dotted(p, before, name) : NULL;
    tb_parser_grow(p, node, object);
    return node;
}

static void parse_argument(tb_parser *p, tb_expression *node)
{
    tb_call_argument argument = {0};
    if (tb_parser_at(p, TB_TOKEN_STAR) || tb_parser_at(p, TB_TOKEN_POWER)) {
        tb_parser_fail_expected(p, "One argument after the other");
        return;
    }
    if (tb_parser_at(p, TB_TOKEN_NAME) && tb_lexer_at_assign(&p->lexer)) {
        argument.name = p->token.text;
        tb_parser_advance(p);
        tb_parser_advance(p);
    } else if (node->call.count > node->call.positional) {
        tb_parser_fail_expected(p, "The name of an argument and '='");
        return;
    } else
        node->call.positional++;
    argument.value = tb_parse_expression(p);
    tb_parser_grow(p, node, argument.value);
    tb_parser_push(p, &argument, sizeof argument);
    node->call.count++;
}

/* Some builtins take types, which are written like values. */
static void find_type_argument(tb_parser *p, tb_expression *node)
{
    static const struct {
        const char *name;
        int position;
    } takers[] = {{"annotate", 0},
                  {"isinstance", 1},
                  {"unchecked_cast", 0},
                  {"uninitialized", 0}};
    const tb_expression *callee = node->call.callee;
    if (callee->kind != TB_EXPR_NAME)
        return;
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
        int position = takers[i].position;
        if (position >= node->call.positional ||
            strcmp(callee->name, takers[i].name) != 0)
            continue;
        tb_expression *written = node->call.arguments[position].value;
        tb_expression *type = tb_parser_node(p, TB_EXPR_TYPE, written->line);
        if (!type)
            return;
        type->annotation = tb_parser_type_of(p, written);
        node->call.arguments[position].value = type;
    }
}

static tb_expression *parse_call(tb_parser *p, tb_expression *callee)
{
    tb_expression *node = tb_parser_node(p, TB_EXPR_CALL, callee->line);
    size_t mark = p->scratch_used;
    if (!node)
        return NULL;
    node->call.callee = callee;
    tb_parser_grow(p, node, callee);
    tb_parser_advance(p);
    while (!tb_parser_at(p, TB_TOKEN_CLOSE_PAREN)) {
        parse_argument(p, node);
        if (!tb_parser_accept(p, TB_TOKEN_COMMA))
            break;
    }
    tb_parser_expect(p, TB_TOKEN_CLOSE_PAREN);
    node->call.arguments = tb_parser_pop_all(
        p, mark, sizeof *node->call.arguments, &node->call.count);
    if (!tb_parser_good(p))
        return NULL;
    find_type_argument(p, node);
    return node;
}

/* One of a slice's three numbers; null where it is left out. */
static tb_expression *parse_bound(tb_parser *p)
{
    if (tb_parser_at(p, TB_TOKEN_COLON) || tb_parser_at(p, TB_TOKEN_COMMA) ||
        tb_parser_at(p, TB_TOKEN_CLOSE_BRACKET))
        return NULL;
    return tb_parse_expression(p);
}

static tb_expression *parse_index(tb_parser *p)
{
    int line = p->token.line;
    tb_expression *first =
        tb_parser_at(p, TB_TOKEN_COLON) ? NULL : tb_parse_expression(p);
    if (!tb_parser_accept(p, TB_TOKEN_COLON))
        return first;
    tb_expression *node = tb_parser_node(p, TB_EXPR_SLICE, line);
    if (!node)
        return NULL;
    node->slice.first = first;
    node->slice.last = parse_bound(p);
    if (tb_parser_accept(p, TB_TOKEN_COLON))
        node->slice.step = parse_bound(p);
    tb_parser_grow(p, node, node->slice.first);
    tb_parser_grow(p, node, node->slice.last);
    tb_parser_grow(p, node, node->slice.step);
    return node;
}

static tb_expression *parse_subscript(tb_parser *p, tb_expression *object)
{
    tb_expression *node = tb_parser_node(p, TB_EXPR_SUBSCRIPT, object->line);
    size_t mark = p->scratch_used;
    if (!node)
        return NULL;
    node->subscript.object = object;
    tb_parser_grow(p, node, object);
    tb_parser_advance(p);
    do {
        if (p->scratch_used > mark && tb_parser_at(p, TB_TOKEN_CLOSE_BRACKET))
            break;
        tb_parser_push_item(p, parse_index(p));
    } while (tb_parser_accept(p, TB_TOKEN_COMMA));
    tb_parser_expect(p, TB_TOKEN_CLOSE_BRACKET);
    node->subscript.indices = tb_parser_pop_all(
        p, mark, sizeof *node->subscript.indices, &node->subscript.count);
    for (int i = 0; i < node->subscript.count; i++)
        tb_parser_grow(p, node, node->subscript.indices[i]);
    return node;
}

tb_expression *tb_parse_postfix(tb_parser *p)
{
    tb_expression *node = tb_parse_primary(p);
    while (node) {
        if (tb_parser_at(p, TB_TOKEN_DOT))
            node = parse_attribute(p, node);
        else if (tb_parser_at(p, TB_TOKEN_OPEN_PAREN))
            node = parse_call(p, node);
        else if (tb_parser_at(p, TB_TOKEN_OPEN_BRACKET))
            node = parse_subscript(p, node);
        else
            break;
    }
    return node;
}
