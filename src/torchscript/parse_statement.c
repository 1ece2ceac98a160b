#include "torchscript/parsing.h"

static tb_statement *new_statement(tb_parser *p, tb_statement_kind kind)
{
    tb_statement *node = tb_parser_take(p, sizeof *node);
    if (node) {
        node->kind = (uint8_t)kind;
        node->line = p->token.line;
    }
    return node;
}

/* ---- statements of one line ---- */

static bool ends_statement(const tb_parser *p)
{
    return tb_parser_at(p, TB_TOKEN_LINE_END) ||
           tb_parser_at(p, TB_TOKEN_SEMICOLON);
}

/* pass, break, continue; return and raise with or without a value. */
static tb_statement *parse_word_statement(tb_parser *p, tb_statement_kind kind)
{
    tb_statement *node = new_statement(p, kind);
    tb_parser_advance(p);
    if (node && kind >= TB_STMT_RETURN && !ends_statement(p))
        node->value = tb_parse_expressions(p);
    return node;
}

static tb_statement *parse_assert(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_ASSERT);
    tb_parser_advance(p);
    if (!node)
        return NULL;
    node->assertion.condition = tb_parse_expression(p);
    if (tb_parser_accept(p, TB_TOKEN_COMMA))
        node->assertion.message = tb_parse_expression(p);
    return node;
}

static tb_statement *parse_delete(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_DELETE);
    size_t mark = p->scratch_used;
    tb_parser_advance(p);
    if (!node)
        return NULL;
    do {
        tb_expression *target = tb_parse_expression(p);
        tb_parser_check_target(p, target);
        tb_parser_push(p, &target, sizeof target);
    } while (tb_parser_accept(p, TB_TOKEN_COMMA));
    node->targets.at = tb_parser_pop_all(p, mark, sizeof *node->targets.at,
                                         &node->targets.count);
    return node;
}

/* Behind the first of a = b = value. */
static void parse_assignment(tb_parser *p, tb_statement *node,
                             tb_expression *first)
{
    size_t mark = p->scratch_used;
    node->kind = TB_STMT_ASSIGN;
    tb_expression *value = first;
    while (tb_parser_accept(p, TB_TOKEN_ASSIGN)) {
        tb_parser_check_target(p, value);
        tb_parser_push(p, &value, sizeof value);
        value = tb_parse_expressions(p);
    }
    node->assign.targets = tb_parser_pop_all(
        p, mark, sizeof *node->assign.targets, &node->assign.count);
    node->assign.value = value;
}

/* Behind the target of `target : type` or `target : type = value`. */
static void parse_declaration(tb_parser *p, tb_statement *node,
                              tb_expression *target)
{
    size_t mark = p->scratch_used;
    tb_parser_advance(p);
    node->kind = TB_STMT_ASSIGN;
    tb_parser_check_target(p, target);
    tb_parser_push(p, &target, sizeof target);
    node->assign.targets = tb_parser_pop_all(
        p, mark, sizeof *node->assign.targets, &node->assign.count);
    node->assign.type = tb_parse_type(p);
    if (tb_parser_accept(p, TB_TOKEN_ASSIGN))
        node->assign.value = tb_parse_expressions(p);
}

static void parse_augmented(tb_parser *p, tb_statement *node,
                            tb_expression *target)
{
    static const uint8_t ops[TB_TOKENS] = {
        [TB_TOKEN_PLUS_ASSIGN] = TB_OP_ADD,
        [TB_TOKEN_MINUS_ASSIGN] = TB_OP_SUB,
        [TB_TOKEN_STAR_ASSIGN] = TB_OP_MUL,
        [TB_TOKEN_SLASH_ASSIGN] = TB_OP_DIV,
        [TB_TOKEN_PERCENT_ASSIGN] = TB_OP_MOD,
        [TB_TOKEN_AT_ASSIGN] = TB_OP_MATMUL,
        [TB_TOKEN_AND_ASSIGN] = TB_OP_BIT_AND,
        [TB_TOKEN_OR_ASSIGN] = TB_OP_BIT_OR,
        [TB_TOKEN_XOR_ASSIGN] = TB_OP_BIT_XOR,
        [TB_TOKEN_POWER_ASSIGN] = TB_OP_POW,
        [TB_TOKEN_FLOOR_DIV_ASSIGN] = TB_OP_FLOOR_DIV,
        [TB_TOKEN_LEFT_ASSIGN] = TB_OP_SHIFT_LEFT,
        [TB_TOKEN_RIGHT_ASSIGN] = TB_OP_SHIFT_RIGHT,
    };
    node->kind = TB_STMT_AUGMENT;
    tb_parser_check_target(p, target);
    node->augment.op = (tb_script_op)ops[p->token.kind];
    node->augment.target = target;
    tb_parser_advance(p);
    node->augment.value = tb_parse_expressions(p);
}

static tb_statement *parse_value_statement(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_EXPRESSION);
    tb_expression *first = tb_parse_expressions(p);
    if (!node || !first)
        return NULL;
    if (tb_parser_at(p, TB_TOKEN_ASSIGN))
        parse_assignment(p, node, first);
    else if (tb_parser_at(p, TB_TOKEN_COLON))
        parse_declaration(p, node, first);
    else if (p->token.kind >= TB_TOKEN_PLUS_ASSIGN)
        parse_augmented(p, node, first);
    else
        node->value = first;
    return node;
}

static tb_statement *parse_simple(tb_parser *p)
{
    switch (p->token.kind) {
    case TB_TOKEN_PASS:
        return parse_word_statement(p, TB_STMT_PASS);
    case TB_TOKEN_BREAK:
        return parse_word_statement(p, TB_STMT_BREAK);
    case TB_TOKEN_CONTINUE:
        return parse_word_statement(p, TB_STMT_CONTINUE);
    case TB_TOKEN_RETURN:
        return parse_word_statement(p, TB_STMT_RETURN);
    case TB_TOKEN_RAISE:
        return parse_word_statement(p, TB_STMT_RAISE);
    case TB_TOKEN_ASSERT:
        return parse_assert(p);
    case TB_TOKEN_DEL:
        return parse_delete(p);
    default:
        return parse_value_statement(p);
    }
}

/* ---- statements with blocks ---- */

static void refuse_else(tb_parser *p)
{
    if (tb_parser_at(p, TB_TOKEN_ELSE))
        tb_parser_fail(p, p->token.line,
                       "A loop has an 'else', which does not belong to "
                       "TorchScript.");
}

static tb_statement *parse_if(tb_parser *p);

/* An `elif` is an `if` alone in the other block. */
static void parse_elif(tb_parser *p, tb_script_block *block)
{
    size_t mark = p->scratch_used;
    tb_statement *node = tb_parser_enter(p) ? parse_if(p) : NULL;
    tb_parser_leave(p);
    tb_parser_push(p, &node, sizeof node);
    block->at = tb_parser_pop_all(p, mark, sizeof *block->at, &block->count);
}

static tb_statement *parse_if(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_IF);
    tb_parser_advance(p);
    if (!node)
        return NULL;
    node->branch.condition = tb_parse_expression(p);
    tb_parse_block(p, &node->branch.body);
    if (tb_parser_at(p, TB_TOKEN_ELIF))
        parse_elif(p, &node->branch.otherwise);
    else if (tb_parser_accept(p, TB_TOKEN_ELSE))
        tb_parse_block(p, &node->branch.otherwise);
    return node;
}

static tb_statement *parse_while(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_WHILE);
    tb_parser_advance(p);
    if (!node)
        return NULL;
    node->branch.condition = tb_parse_expression(p);
    tb_parse_block(p, &node->branch.body);
    refuse_else(p);
    return node;
}

static tb_statement *parse_for(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_FOR);
    tb_parser_advance(p);
    if (!node)
        return NULL;
    node->loop.target = tb_parse_targets(p);
    tb_parser_expect(p, TB_TOKEN_IN);
    node->loop.iterable = tb_parse_expressions(p);
    tb_parse_block(p, &node->loop.body);
    refuse_else(p);
    return node;
}

/* Behind `with` or a comma between its items. */
static tb_statement *parse_with(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_WITH);
    tb_parser_advance(p);
    if (!node)
        return NULL;
    node->with.context = tb_parse_expression(p);
    if (tb_parser_accept(p, TB_TOKEN_AS)) {
        node->with.target = tb_parse_expression(p);
        tb_parser_check_target(p, node->with.target);
    }
    if (!tb_parser_at(p, TB_TOKEN_COMMA)) {
        tb_parse_block(p, &node->with.body);
        return node;
    }
    size_t mark = p->scratch_used;
    tb_statement *inner = tb_parser_enter(p) ? parse_with(p) : NULL;
    tb_parser_leave(p);
    tb_parser_push(p, &inner, sizeof inner);
    node->with.body.at = tb_parser_pop_all(p, mark, sizeof *node->with.body.at,
                                           &node->with.body.count);
    return node;
}

/* A function within another goes by its own name alone. */
static tb_statement *parse_def(tb_parser *p)
{
    tb_statement *node = new_statement(p, TB_STMT_DEF);
    tb_script_function *function = tb_parse_function(p, NULL);
    if (node)
        node->function = function;
    return node;
}

static tb_statement *parse_compound(tb_parser *p)
{
    switch (p->token.kind) {
    case TB_TOKEN_IF:
        return parse_if(p);
    case TB_TOKEN_WHILE:
        return parse_while(p);
    case TB_TOKEN_FOR:
        return parse_for(p);
    case TB_TOKEN_WITH:
        return parse_with(p);
    case TB_TOKEN_AT:
    case TB_TOKEN_DEF:
        return parse_def(p);
    default:
        return NULL;
    }
}

/* ---- blocks ---- */

static void push(tb_parser *p, tb_statement *statement)
{
    tb_parser_push(p, &statement, sizeof statement);
}

/* Statements with semicolons between them up to the end of the line. */
static void push_simple(tb_parser *p)
{
    do
        push(p, parse_simple(p));
    while (tb_parser_accept(p, TB_TOKEN_SEMICOLON) && !ends_statement(p));
    tb_parser_end_line(p);
}

static void push_line(tb_parser *p)
{
    tb_statement *compound = parse_compound(p);
    if (compound)
        push(p, compound);
    else
        push_simple(p);
}

static void push_lines(tb_parser *p)
{
    if (!tb_parser_expect(p, TB_TOKEN_INDENT))
        return;
    while (!tb_parser_at(p, TB_TOKEN_DEDENT) && !tb_parser_at(p, TB_TOKEN_END))
        push_line(p);
    tb_parser_expect(p, TB_TOKEN_DEDENT);
}

void tb_parse_block(tb_parser *p, tb_script_block *block)
{
    size_t mark = p->scratch_used;
    tb_parser_expect(p, TB_TOKEN_COLON);
    if (!tb_parser_enter(p) || !tb_parser_accept(p, TB_TOKEN_LINE_END))
        push_simple(p);
    else
        push_lines(p);
    tb_parser_leave(p);
    block->at = tb_parser_pop_all(p, mark, sizeof *block->at, &block->count);
}
