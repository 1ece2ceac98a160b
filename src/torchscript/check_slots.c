/* Which slots change: what an object held when it was loaded is what it holds
   for good where no program sets the slot. */
#include "torchscript/checking.h"

#include <string.h>

bool tb_check_is_written(const tb_check *c, const char *name)
{
    for (const tb_known_name *n = c->written; n; n = n->next)
        if (strcmp(n->name, name) == 0)
            return true;
    return false;
}

static void note_written(tb_check *c, const tb_script_block *block);

static void note_target(tb_check *c, const tb_expression *target)
{
    if (target->kind == TB_EXPR_TUPLE || target->kind == TB_EXPR_LIST)
        for (int i = 0; i < target->items.count; i++)
            note_target(c, target->items.at[i]);
    if (target->kind != TB_EXPR_ATTRIBUTE ||
        tb_check_is_written(c, target->attribute.name))
        return;
    tb_known_name *n = tb_check_memory(c, sizeof *n);
    if (!n)
        return;
    *n =
        (tb_known_name){target->attribute.name, tb_known_nothing(), c->written};
    c->written = n;
}

static void note_statement(tb_check *c, const tb_statement *s)
{
    switch (s->kind) {
    case TB_STMT_ASSIGN:
        for (int i = 0; i < s->assign.count; i++)
            note_target(c, s->assign.targets[i]);
        return;
    case TB_STMT_AUGMENT:
        note_target(c, s->augment.target);
        return;
    case TB_STMT_IF:
    case TB_STMT_WHILE:
        note_written(c, &s->branch.body);
        note_written(c, &s->branch.otherwise);
        return;
    case TB_STMT_FOR:
        note_target(c, s->loop.target);
        note_written(c, &s->loop.body);
        return;
    case TB_STMT_WITH:
        note_written(c, &s->with.body);
        return;
    default:
        return;
    }
}

static void note_written(tb_check *c, const tb_script_block *block)
{
    for (int i = 0; i < block->count; i++)
        note_statement(c, block->at[i]);
}

void tb_check_note_slots(tb_check *c)
{
    tb_syntax *s = c->m->syntax;
    for (int i = 0; i < tb_syntax_function_count(s); i++)
        note_written(c, &tb_syntax_function_at(s, i)->body);
    for (int i = 0; i < tb_syntax_class_count(s); i++) {
        const tb_script_class_source *class = tb_syntax_class_at(s, i);
        for (int k = 0; k < class->method_count; k++)
            note_written(c, &class->methods[k]->body);
    }
}
