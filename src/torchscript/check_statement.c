#include "torchscript/checking.h"

/* What the source says is None never is anything else. */
static bool is_none_decided(tb_check *c, const tb_expression *e, bool *truth)
{
    tb_known x = tb_check_expression(c, e->left);
    tb_check_expression(c, e->right);
    *truth = e->op == TB_OP_IS;
    return e->right->kind == TB_EXPR_NONE && x.kind == TB_SCRIPT_NONE;
}

/* Whether a condition is always the same: a flag that nobody sets. */
static bool is_decided(tb_check *c, const tb_expression *e, bool *truth)
{
    if (e->kind == TB_EXPR_UNARY && e->op == TB_OP_NOT) {
        bool decided = is_decided(c, e->left, truth);
        *truth = !*truth;
        return decided;
    }
    if (e->kind == TB_EXPR_BOOL) {
        *truth = e->boolean;
        return true;
    }
    if (e->kind == TB_EXPR_BINARY &&
        (e->op == TB_OP_IS || e->op == TB_OP_IS_NOT))
        return is_none_decided(c, e, truth);
    tb_known x = tb_check_expression(c, e);
    if (!x.value || x.value->kind != TB_SCRIPT_BOOL || x.is_literal)
        return false;
    *truth = x.value->boolean;
    return true;
}

static void check_branch(tb_check *c, const tb_statement *s)
{
    bool truth = false, decided = is_decided(c, s->branch.condition, &truth);
    if (!decided || truth)
        tb_check_block(c, &s->branch.body);
    if (!decided || !truth)
        tb_check_block(c, &s->branch.otherwise);
}

void tb_check_target(tb_check *c, const tb_expression *target, tb_known x)
{
    if (target->kind == TB_EXPR_NAME)
        tb_check_set_local(c, target->name, x);
    else if (target->kind == TB_EXPR_TUPLE || target->kind == TB_EXPR_LIST)
        for (int i = 0; i < target->items.count; i++)
            tb_check_target(c, target->items.at[i],
                            tb_known_element_at(c, &x, i));
    else
        tb_check_expression(c, target);
}

static void check_assignment(tb_check *c, const tb_statement *s)
{
    tb_known x = tb_known_nothing();
    if (s->assign.value)
        x = tb_check_expression(c, s->assign.value);
    if (s->assign.type) { /* what is said holds, whatever came of it */
        tb_known said = tb_known_type(c, s->assign.type);
        said.value = said.kind == x.kind ? x.value : NULL;
        said.is_literal = x.is_literal;
        x = said;
    }
    for (int i = 0; s->assign.value && i < s->assign.count; i++)
        tb_check_target(c, s->assign.targets[i], x);
}

/* Tensors are changed in place, all else gets a new value. */
static void check_augment(tb_check *c, const tb_statement *s)
{
    tb_known pair[2] = {tb_check_expression(c, s->augment.target),
                        tb_check_expression(c, s->augment.value)};
    tb_check_builtin(c, tb_operator_name(s->augment.op), 2, pair, NULL);
    if (pair[0].kind != TB_SCRIPT_LIST) /* a longer list is still one */
        tb_check_target(c, s->augment.target, tb_known_nothing());
}

static void check_loop(tb_check *c, const tb_statement *s)
{
    tb_known x = tb_check_expression(c, s->loop.iterable);
    tb_check_target(c, s->loop.target, tb_known_element(c, &x));
    tb_check_block(c, &s->loop.body);
}

static void check_statement(tb_check *c, const tb_statement *s)
{
    c->line = s->line;
    switch (s->kind) {
    case TB_STMT_EXPRESSION:
    case TB_STMT_RETURN:
        if (s->value)
            tb_check_expression(c, s->value);
        return;
    case TB_STMT_ASSIGN:
        check_assignment(c, s);
        return;
    case TB_STMT_AUGMENT:
        check_augment(c, s);
        return;
    case TB_STMT_DELETE:
        for (int i = 0; i < s->targets.count; i++)
            tb_check_expression(c, s->targets.at[i]);
        return;
    case TB_STMT_ASSERT:
        tb_check_expression(c, s->assertion.condition);
        return;
    case TB_STMT_IF:
    case TB_STMT_WHILE:
        check_branch(c, s);
        return;
    case TB_STMT_FOR:
        check_loop(c, s);
        return;
    case TB_STMT_WITH:
        tb_check_block(c, &s->with.body);
        return;
    case TB_STMT_DEF:
        tb_check_refuse(c, "a function inside of another is not supported");
        return;
    default: /* nothing can be wrong, or (raise) all is already */
        return;
    }
}

void tb_check_block(tb_check *c, const tb_script_block *block)
{
    for (int i = 0; i < block->count && !c->status; i++)
        check_statement(c, block->at[i]);
}
