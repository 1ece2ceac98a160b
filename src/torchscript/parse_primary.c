#include <math.h>
#include <string.h>

#include "torchscript/parsing.h"

/* ---- constants, names ---- */

/* inf and nan are written as names. */
static bool is_real_name(const char *name, tb_expression *node)
{
    static const struct {
        const char *name;
        tb_expression_kind kind;
        double value;
    } reals[] = {{"inf", TB_EXPR_FLOAT, (double)INFINITY},
                 {"nan", TB_EXPR_FLOAT, (double)NAN},
                 {"infj", TB_EXPR_COMPLEX, (double)INFINITY},
                 {"nanj", TB_EXPR_COMPLEX, (double)NAN}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (strcmp(name, reals[i].name) == 0) {
            node->kind = (uint8_t)reals[i].kind;
            node->real = reals[i].value;
            return true;
        }
    return false;
}

/* Words of Python that TorchScript has not, and that no model uses as names. */
static bool is_foreign(const char *name)
{
    static const char *const words[] = {
        "async",  "await",  "except",   "finally", "from", "global",
        "import", "lambda", "nonlocal", "try",     "yield"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

static tb_expression *parse_name(tb_parser *p)
{
    tb_expression *node = tb_parser_node(p, TB_EXPR_NAME, p->token.line);
    if (!node)
        return NULL;
    if (is_foreign(p->token.text)) {
        tb_parser_fail(p, node->line, "'%s' does not belong to TorchScript.",
                       p->token.text);
        return NULL;
    }
    if (!is_real_name(p->token.text, node))
        node->name = p->token.text;
    tb_parser_advance(p);
    return node;
}

/* 2^63 is a number only with a minus before it: parse_negated. */
tb_expression *tb_parse_integer(tb_parser *p, bool negative)
{
    tb_expression *node = tb_parser_node(p, TB_EXPR_INT, p->token.line);
    if (!node)
        return NULL;
    if (!negative && p->token.integer > INT64_MAX) {
        tb_parser_fail(p, node->line, "%llu is too large for 64 bits.",
                       (unsigned long long)p->token.integer);
        return NULL;
    }
    node->integer = p->token.integer > INT64_MAX
                        ? INT64_MIN
                        : (int64_t)p->token.integer * (negative ? -1 : 1);
    tb_parser_advance(p);
    return node;
}

static tb_expression *parse_real(tb_parser *p, tb_expression_kind kind)
{
    tb_expression *node = tb_parser_node(p, kind, p->token.line);
    if (!node)
        return NULL;
    node->real = p->token.real;
    tb_parser_advance(p);
    return node;
}

static tb_expression *parse_word(tb_parser *p, tb_expression_kind kind)
{
    tb_expression *node = tb_parser_node(p, kind, p->token.line);
    if (!node)
        return NULL;
    node->boolean = tb_parser_at(p, TB_TOKEN_TRUE);
    tb_parser_advance(p);
    return node;
}

/* Strings that follow each other are one. */
static tb_expression *parse_string(tb_parser *p)
{
    tb_expression *node = tb_parser_node(p, TB_EXPR_STRING, p->token.line);
    size_t mark = p->scratch_used;
    if (!node)
        return NULL;
    node->string.text = p->token.text;
    node->string.length = p->token.text_length;
    tb_parser_advance(p);
    if (!tb_parser_at(p, TB_TOKEN_STRING))
        return node;
    tb_parser_push(p, node->string.text, node->string.length);
    while (tb_parser_at(p, TB_TOKEN_STRING)) {
        tb_parser_push(p, p->token.text, p->token.text_length);
        tb_parser_advance(p);
    }
    node->string.length = p->scratch_used - mark;
    node->string.text = tb_syntax_intern(
        p->syntax, node->string.length ? p->scratch + mark : "",
        node->string.length);
    p->scratch_used = mark;
    if (!node->string.text)
        tb_parser_fail_memory(p);
    return node;
}

/* ---- brackets ---- */

/* Behind a '(': values up to the ')'. One without a comma is just itself. */
static tb_expression *parse_parentheses(tb_parser *p)
{
    int line = p->token.line;
    size_t mark = p->scratch_used;
    bool comma = false;
    tb_expression *first = NULL;
    tb_parser_advance(p);
    while (!tb_parser_at(p, TB_TOKEN_CLOSE_PAREN)) {
        tb_expression *item = tb_parse_expression(p);
        first = first ? first : item;
        tb_parser_push_item(p, item);
        if (!tb_parser_accept(p, TB_TOKEN_COMMA))
            break;
        comma = true;
    }
    tb_parser_expect(p, TB_TOKEN_CLOSE_PAREN);
    if (first && !comma) {
        p->scratch_used = mark;
        return first;
    }
    tb_expression *node = tb_parser_node(p, TB_EXPR_TUPLE, line);
    if (node)
        tb_parser_pop_items(p, mark, node);
    return node;
}

/* Behind the element: `for target in iterable if condition`. */
static tb_expression *parse_comprehension(tb_parser *p, tb_expression *element,
                                          int line)
{
    tb_expression *node = tb_parser_node(p, TB_EXPR_COMPREHENSION, line);
    if (!node)
        return NULL;
    tb_parser_advance(p);
    node->comprehension.element = element;
    node->comprehension.target = tb_parse_targets(p);
    tb_parser_expect(p, TB_TOKEN_IN);
    node->comprehension.iterable = tb_parse_unchosen(p);
    if (tb_parser_accept(p, TB_TOKEN_IF))
        node->comprehension.condition = tb_parse_unchosen(p);
    tb_parser_grow(p, node, element);
    tb_parser_grow(p, node, node->comprehension.target);
    tb_parser_grow(p, node, node->comprehension.iterable);
    tb_parser_grow(p, node, node->comprehension.condition);
    return node;
}

static tb_expression *parse_list(tb_parser *p)
{
    int line = p->token.line;
    size_t mark = p->scratch_used;
    tb_expression *node = NULL;
    tb_parser_advance(p);
    while (!tb_parser_at(p, TB_TOKEN_CLOSE_BRACKET)) {
        tb_expression *item = tb_parse_expression(p);
        if (p->scratch_used == mark && tb_parser_at(p, TB_TOKEN_FOR)) {
            node = parse_comprehension(p, item, line);
            break;
        }
        tb_parser_push_item(p, item);
        if (!tb_parser_accept(p, TB_TOKEN_COMMA))
            break;
    }
    tb_parser_expect(p, TB_TOKEN_CLOSE_BRACKET);
    if (node)
        return node;
    node = tb_parser_node(p, TB_EXPR_LIST, line);
    if (node)
        tb_parser_pop_items(p, mark, node);
    return node;
}

static tb_expression *parse_dict(tb_parser *p)
{
    int line = p->token.line;
    size_t mark = p->scratch_used;
    tb_parser_advance(p);
    while (!tb_parser_at(p, TB_TOKEN_CLOSE_BRACE)) {
        tb_parser_push_item(p, tb_parse_expression(p));
        tb_parser_expect(p, TB_TOKEN_COLON);
        tb_parser_push_item(p, tb_parse_expression(p));
        if (!tb_parser_accept(p, TB_TOKEN_COMMA))
            break;
    }
    tb_parser_expect(p, TB_TOKEN_CLOSE_BRACE);
    tb_expression *node = tb_parser_node(p, TB_EXPR_DICT, line);
    if (node)
        tb_parser_pop_items(p, mark, node);
    return node;
}

tb_expression *tb_parse_primary(tb_parser *p)
{
    switch (p->token.kind) {
    case TB_TOKEN_NAME:
        return parse_name(p);
    case TB_TOKEN_INT:
        return tb_parse_integer(p, false);
    case TB_TOKEN_FLOAT:
        return parse_real(p, TB_EXPR_FLOAT);
    case TB_TOKEN_COMPLEX:
        return parse_real(p, TB_EXPR_COMPLEX);
    case TB_TOKEN_STRING:
        return parse_string(p);
    case TB_TOKEN_NONE:
        return parse_word(p, TB_EXPR_NONE);
    case TB_TOKEN_TRUE:
    case TB_TOKEN_FALSE:
        return parse_word(p, TB_EXPR_BOOL);
    case TB_TOKEN_ELLIPSIS:
        return parse_word(p, TB_EXPR_ELLIPSIS);
    case TB_TOKEN_OPEN_PAREN:
        return parse_parentheses(p);
    case TB_TOKEN_OPEN_BRACKET:
        return parse_list(p);
    case TB_TOKEN_OPEN_BRACE:
        return parse_dict(p);
    default:
        tb_parser_fail_expected(p, "A value");
        return NULL;
    }
}
