#include "torchscript/parsing.h"

/* How tightly operators bind; more is tighter. */
enum binding {
    BIND_NOTHING,
    BIND_OR,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARISON,
    BIND_BIT_OR,
    BIND_BIT_XOR,
    BIND_BIT_AND,
    BIND_SHIFT,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_UNARY
};

/* `is` and `not` are the first words of two operators. */
static const struct {
    uint8_t op, binding;
} operators[TB_TOKENS] = {
    [TB_TOKEN_OR] = {TB_OP_OR, BIND_OR},
    [TB_TOKEN_AND] = {TB_OP_AND, BIND_AND},
    [TB_TOKEN_EQ] = {TB_OP_EQ, BIND_COMPARISON},
    [TB_TOKEN_NE] = {TB_OP_NE, BIND_COMPARISON},
    [TB_TOKEN_LT] = {TB_OP_LT, BIND_COMPARISON},
    [TB_TOKEN_LE] = {TB_OP_LE, BIND_COMPARISON},
    [TB_TOKEN_GT] = {TB_OP_GT, BIND_COMPARISON},
    [TB_TOKEN_GE] = {TB_OP_GE, BIND_COMPARISON},
    [TB_TOKEN_IS] = {TB_OP_IS, BIND_COMPARISON},
    [TB_TOKEN_IN] = {TB_OP_IN, BIND_COMPARISON},
    [TB_TOKEN_NOT] = {TB_OP_NOT_IN, BIND_COMPARISON},
    [TB_TOKEN_BAR] = {TB_OP_BIT_OR, BIND_BIT_OR},
    [TB_TOKEN_CARET] = {TB_OP_BIT_XOR, BIND_BIT_XOR},
    [TB_TOKEN_AMPERSAND] = {TB_OP_BIT_AND, BIND_BIT_AND},
    [TB_TOKEN_SHIFT_LEFT] = {TB_OP_SHIFT_LEFT, BIND_SHIFT},
    [TB_TOKEN_SHIFT_RIGHT] = {TB_OP_SHIFT_RIGHT, BIND_SHIFT},
    [TB_TOKEN_PLUS] = {TB_OP_ADD, BIND_SUM},
    [TB_TOKEN_MINUS] = {TB_OP_SUB, BIND_SUM},
    [TB_TOKEN_STAR] = {TB_OP_MUL, BIND_PRODUCT},
    [TB_TOKEN_SLASH] = {TB_OP_DIV, BIND_PRODUCT},
    [TB_TOKEN_FLOOR_DIV] = {TB_OP_FLOOR_DIV, BIND_PRODUCT},
    [TB_TOKEN_PERCENT] = {TB_OP_MOD, BIND_PRODUCT},
    [TB_TOKEN_AT] = {TB_OP_MATMUL, BIND_PRODUCT},
};

static tb_expression *parse_operand(tb_parser *p, int binding);
static tb_expression *parse_operators(tb_parser *p, int binding);

/* ---- nodes ---- */

tb_expression *tb_parser_node(tb_parser *p, tb_expression_kind kind, int line)
{
    tb_expression *node = tb_parser_take(p, sizeof *node);
    if (!node)
        return NULL;
    node->kind = (uint8_t)kind;
    node->line = line;
    node->height = 1;
    return node;
}

void tb_parser_grow(tb_parser *p, tb_expression *parent,
                    const tb_expression *child)
{
    if (!child || child->height < parent->height)
        return;
    parent->height = (uint16_t)(child->height + 1);
    if (parent->height > TB_SYNTAX_DEPTH) {
        tb_parser_fail(p, parent->line,
                       "An expression is nested deeper than %d levels.",
                       TB_SYNTAX_DEPTH);
    }
}

static tb_expression *new_pair(tb_parser *p, tb_expression_kind kind,
                               tb_script_op op, tb_expression *left,
                               tb_expression *right)
{
    if (!left || (kind == TB_EXPR_BINARY && !right))
        return NULL;
    tb_expression *node = tb_parser_node(p, kind, left->line);
    if (!node)
        return NULL;
    node->op = (uint8_t)op;
    node->left = left;
    node->right = right;
    tb_parser_grow(p, node, left);
    tb_parser_grow(p, node, right);
    return node;
}

void tb_parser_push_item(tb_parser *p, tb_expression *item)
{
    tb_parser_push(p, &item, sizeof item);
}

void tb_parser_pop_items(tb_parser *p, size_t mark, tb_expression *node)
{
    node->items.at =
        tb_parser_pop_all(p, mark, sizeof *node->items.at, &node->items.count);
    for (int i = 0; i < node->items.count; i++)
        tb_parser_grow(p, node, node->items.at[i]);
}

/* ---- operators ---- */

static tb_expression *parse_power(tb_parser *p)
{
    tb_expression *base = tb_parse_postfix(p);
    if (!tb_parser_accept(p, TB_TOKEN_POWER))
        return base;
    return new_pair(p, TB_EXPR_BINARY, TB_OP_POW, base,
                    parse_operand(p, BIND_UNARY));
}

static bool is_number(const tb_expression *node)
{
    return node->kind == TB_EXPR_INT || node->kind == TB_EXPR_FLOAT ||
           node->kind == TB_EXPR_COMPLEX;
}

/* Behind a minus. It belongs to a number right after it, but -2 ** 2 is
   -(2 ** 2). */
static tb_expression *parse_negated(tb_parser *p)
{
    bool is_integer = tb_parser_at(p, TB_TOKEN_INT);
    if (is_integer && p->token.integer > INT64_MAX)
        return tb_parse_integer(p, true);
    bool literal = is_integer || tb_parser_at(p, TB_TOKEN_FLOAT) ||
                   tb_parser_at(p, TB_TOKEN_COMPLEX) ||
                   tb_parser_at(p, TB_TOKEN_NAME);
    tb_expression *operand = parse_operand(p, BIND_UNARY);
    if (!operand || !literal || !is_number(operand))
        return new_pair(p, TB_EXPR_UNARY, TB_OP_NEG, operand, NULL);
    if (operand->kind == TB_EXPR_INT)
        operand->integer = -operand->integer;
    else
        operand->real = -operand->real;
    return operand;
}

static tb_expression *parse_prefixed(tb_parser *p, int binding)
{
    if (tb_parser_at(p, TB_TOKEN_NOT) && binding <= BIND_NOT) {
        tb_parser_advance(p);
        return new_pair(p, TB_EXPR_UNARY, TB_OP_NOT,
                        parse_operators(p, BIND_NOT), NULL);
    }
    if (tb_parser_accept(p, TB_TOKEN_MINUS))
        return parse_negated(p);
    if (tb_parser_accept(p, TB_TOKEN_PLUS))
        return parse_operand(p, BIND_UNARY);
    if (tb_parser_accept(p, TB_TOKEN_TILDE))
        return new_pair(p, TB_EXPR_UNARY, TB_OP_INVERT,
                        parse_operand(p, BIND_UNARY), NULL);
    return parse_power(p);
}

/* Everything that contains itself comes through here. */
static tb_expression *parse_operand(tb_parser *p, int binding)
{
    tb_expression *node =
        tb_parser_enter(p) ? parse_prefixed(p, binding) : NULL;
    tb_parser_leave(p);
    return node;
}

/* Goes behind an operator: the second word of `is not` and `not in` too. */
static tb_script_op read_operator(tb_parser *p)
{
    tb_token_kind kind = p->token.kind;
    tb_parser_advance(p);
    if (kind == TB_TOKEN_IS && tb_parser_accept(p, TB_TOKEN_NOT))
        return TB_OP_IS_NOT;
    if (kind == TB_TOKEN_NOT)
        tb_parser_expect(p, TB_TOKEN_IN);
    return (tb_script_op)operators[kind].op;
}

/* Operators that bind at least so tightly, from left to right. Python means
   two comparisons by a < b < c, PyTorch's own reader (a < b) < c. */
static tb_expression *parse_operators(tb_parser *p, int binding)
{
    tb_expression *left = parse_operand(p, binding);
    bool compared = false;
    while (left && operators[p->token.kind].binding >= binding) {
        int found = operators[p->token.kind].binding;
        if (found == BIND_NOTHING)
            break;
        if (found == BIND_COMPARISON && compared) {
            tb_parser_fail_expected(p, "A comparison of two values");
            return NULL;
        }
        compared = compared || found == BIND_COMPARISON;
        tb_script_op op = read_operator(p);
        left = new_pair(p, TB_EXPR_BINARY, op, left,
                        parse_operators(p, found + 1));
    }
    return left;
}

tb_expression *tb_parse_unchosen(tb_parser *p)
{
    return parse_operators(p, BIND_OR);
}

tb_expression *tb_parse_expression(tb_parser *p)
{
    tb_expression *yes = tb_parse_unchosen(p);
    if (!yes || !tb_parser_at(p, TB_TOKEN_IF))
        return yes;
    tb_expression *node = tb_parser_node(p, TB_EXPR_CHOICE, yes->line);
    if (!node || !tb_parser_enter(p)) {
        tb_parser_leave(p);
        return NULL;
    }
    tb_parser_advance(p);
    node->choice.yes = yes;
    node->choice.condition = tb_parse_unchosen(p);
    tb_parser_expect(p, TB_TOKEN_ELSE);
    node->choice.no = tb_parse_expression(p);
    tb_parser_leave(p);
    tb_parser_grow(p, node, yes);
    tb_parser_grow(p, node, node->choice.condition);
    tb_parser_grow(p, node, node->choice.no);
    return node;
}

/* ---- lists without brackets ---- */

static bool ends_list(const tb_parser *p)
{
    tb_token_kind kind = p->token.kind;
    return kind == TB_TOKEN_LINE_END || kind == TB_TOKEN_END ||
           kind == TB_TOKEN_IN || kind == TB_TOKEN_COLON ||
           kind == TB_TOKEN_SEMICOLON ||
           (kind >= TB_TOKEN_PLUS_ASSIGN && kind <= TB_TOKEN_RIGHT_ASSIGN) ||
           kind == TB_TOKEN_ASSIGN;
}

static tb_expression *parse_list_of(tb_parser *p,
                                    tb_expression *(*parse)(tb_parser *))
{
    size_t mark = p->scratch_used;
    tb_expression *first = parse(p);
    if (!first || !tb_parser_at(p, TB_TOKEN_COMMA))
        return first;
    tb_parser_push_item(p, first);
    while (tb_parser_accept(p, TB_TOKEN_COMMA) && !ends_list(p))
        tb_parser_push_item(p, parse(p));
    tb_expression *node = tb_parser_node(p, TB_EXPR_TUPLE, first->line);
    if (node)
        tb_parser_pop_items(p, mark, node);
    return node;
}

tb_expression *tb_parse_expressions(tb_parser *p)
{
    return parse_list_of(p, tb_parse_expression);
}

static tb_expression *parse_target(tb_parser *p)
{
    return parse_operators(p, BIND_BIT_OR);
}

tb_expression *tb_parse_targets(tb_parser *p)
{
    tb_expression *targets = parse_list_of(p, parse_target);
    tb_parser_check_target(p, targets);
    return targets;
}

void tb_parser_check_target(tb_parser *p, const tb_expression *target)
{
    if (!target || target->kind == TB_EXPR_NAME ||
        target->kind == TB_EXPR_ATTRIBUTE || target->kind == TB_EXPR_SUBSCRIPT)
        return;
    if (target->kind != TB_EXPR_TUPLE && target->kind != TB_EXPR_LIST) {
        tb_parser_fail(
            p, target->line,
            "Nothing can be assigned to what stands before '=', 'in' "
            "or ':' here.");
        return;
    }
    for (int i = 0; i < target->items.count; i++)
        tb_parser_check_target(p, target->items.at[i]);
}
