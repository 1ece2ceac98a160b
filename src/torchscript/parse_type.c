#include <string.h>

#include "torchscript/parsing.h"

/* Types are written as expressions and read as such first. */

static const char *strip(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 ? name + length : name;
}

/* The dotted name of an expression that is one; null, after an error. */
static const char *written_name(tb_parser *p, const tb_expression *expression)
{
    if (expression->kind == TB_EXPR_NAME)
        return expression->name;
    if (expression->kind == TB_EXPR_STRING)
        return expression->string.text;
    if (expression->kind == TB_EXPR_NONE)
        return tb_parser_dotted(p, "NoneType", NULL);
    if (expression->kind == TB_EXPR_ELLIPSIS)
        return tb_parser_dotted(p, "...", NULL);
    if (expression->kind != TB_EXPR_ATTRIBUTE) {
        tb_parser_fail(p, expression->line, "A type was expected.");
        return NULL;
    }
    if (expression->attribute.dotted)
        return expression->attribute.dotted;
    const char *before = written_name(p, expression->attribute.object);
    return before ? tb_parser_dotted(p, before, expression->attribute.name)
                  : NULL;
}

static const char *type_name(tb_parser *p, const tb_expression *expression)
{
    const char *name = written_name(p, expression);
    if (!name)
        return NULL;
    const char *bare = strip(strip(name, "typing."), "torch.");
    if (bare != name)
        name = tb_parser_dotted(p, bare, NULL);
    if (name && (strcmp(name, "Future") == 0 || strcmp(name, "RRef") == 0)) {
        tb_parser_fail(p, expression->line,
                       "The model computes in several threads or on several "
                       "machines ('%s'), which is not supported.",
                       name);
        return NULL;
    }
    return name;
}

static tb_annotation *new_type(tb_parser *p, const char *name)
{
    tb_annotation *type = name ? tb_parser_take(p, sizeof *type) : NULL;
    if (type)
        type->name = name;
    return type;
}

static void push_type(tb_parser *p, const tb_expression *expression)
{
    tb_annotation *type = expression ? tb_parser_type_of(p, expression) : NULL;
    tb_parser_push(p, &type, sizeof type);
}

static tb_annotation *with_arguments(tb_parser *p, tb_annotation *type,
                                     tb_expression *const *items, int count)
{
    size_t mark = p->scratch_used;
    if (!type)
        return NULL;
    for (int i = 0; i < count; i++)
        push_type(p, items[i]);
    type->arguments =
        tb_parser_pop_all(p, mark, sizeof *type->arguments, &type->count);
    return tb_parser_good(p) ? type : NULL;
}

static tb_annotation *new_union(tb_parser *p, tb_expression *const *items,
                                int count)
{
    tb_annotation *type = new_type(p, tb_parser_dotted(p, "Union", NULL));
    return with_arguments(p, type, items, count);
}

/* Tuple[()] has one index, which is an empty tuple. */
static tb_annotation *of_subscript(tb_parser *p, const tb_expression *node)
{
    tb_expression *const *items = node->subscript.indices;
    int count = node->subscript.count;
    if (count == 1 && items[0]->kind == TB_EXPR_TUPLE) {
        count = items[0]->items.count;
        items = items[0]->items.at;
    }
    tb_annotation *type = new_type(p, type_name(p, node->subscript.object));
    return with_arguments(p, type, items, count);
}

tb_annotation *tb_parser_type_of(tb_parser *p, const tb_expression *expression)
{
    if (expression->kind == TB_EXPR_SUBSCRIPT)
        return of_subscript(p, expression);
    if (expression->kind == TB_EXPR_TUPLE)
        return new_union(p, expression->items.at, expression->items.count);
    if (expression->kind == TB_EXPR_BINARY && expression->op == TB_OP_BIT_OR) {
        tb_expression *const sides[] = {expression->left, expression->right};
        return new_union(p, sides, 2);
    }
    return new_type(p, type_name(p, expression));
}

tb_annotation *tb_parse_type(tb_parser *p)
{
    const tb_expression *expression = tb_parse_expression(p);
    return expression && tb_parser_good(p) ? tb_parser_type_of(p, expression)
                                           : NULL;
}
