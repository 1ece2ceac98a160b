/* Calls with numbers that are formulas: of numbers alone they give another one,
   some take them as they are, and whoever needs to know them has them guarded.
 */
#include "torchscript/formula.h"
#include "torchscript/recording_guard.h"
#include "torchscript/recording_scalar.h"

#include <string.h>

static bool is_called(const tb_builtin_call *c, const char *name)
{
    return strcmp(c->function->name, name) == 0;
}

bool tb_is_formula_call(const tb_builtin_call *c)
{
    bool any = false, numbers = c->count >= 1 && c->count <= 2 && !c->in_place;
    for (int i = 0; i < TB_MOST_ARGUMENTS; i++) {
        numbers =
            numbers && (i < c->count ? tb_script_is_number(&c->arg[i])
                                     : c->arg[i].kind == TB_SCRIPT_ABSENT);
        any |= c->arg[i].formula != NULL;
    }
    return numbers && any;
}

/* The smaller or larger of two numbers of a kind: which one it is, is guarded,
   and it stays what it was. */
static bool choose(tb_builtin_call *c, bool smaller, tb_script_value *out)
{
    tb_script_value is, a = c->arg[0], b = c->arg[1];
    tb_builtin_call comparison = {.r = c->r,
                                  .function =
                                      tb_builtin_named(smaller ? "lt" : "gt"),
                                  .count = 2,
                                  .arg = {b, a}};
    if (!tb_formula_call(&comparison, &is) || !tb_pin_truth(c->r, &is))
        return false;
    *out = is.boolean ? b : a;
    return true;
}

bool tb_formula_call(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_value arguments[] = {c->arg[0], c->arg[1]};
    bool smaller = is_called(c, "min");
    if ((smaller || is_called(c, "max")) && c->count == 2 &&
        c->arg[0].kind == c->arg[1].kind)
        return choose(c, smaller, out);
    c->arg[0].formula = c->arg[1].formula = NULL;
    if (!c->function->run(c, out))
        return false;
    if (tb_formula_of_call(c->r->arena, c->function, c->count, arguments, out))
        return true;
    out->formula = NULL;
    return tb_pin(c->r, &arguments[0]) && tb_pin(c->r, &arguments[1]);
}

/* ---- what takes formulas as they are ---- */

/* Arguments (as bits) that may stay as they are. */
static unsigned free_arguments(tb_builtin_call *c)
{
    enum { FIRST_TWO = 3, BOUNDS = 12, CHOICES = 6, INDEX = 4 };
    if (!tb_any_tensor(c, 3))
        return 0;
    bool combines =
        tb_combines_numbers(c->function) && c->function->kind != TB_NUMBER_POW;
    if (combines || tb_compares_numbers(c->function) || is_called(c, "fill_"))
        return FIRST_TWO;
    if (is_called(c, "where"))
        return CHOICES;
    if (is_called(c, "select") || is_called(c, "narrow"))
        return tb_is_tensor(c, 0) ? INDEX : 0;
    bool steps = c->arg[4].kind == TB_SCRIPT_ABSENT ||
                 (c->arg[4].kind == TB_SCRIPT_INT && c->arg[4].integer == 1 &&
                  !c->arg[4].formula);
    return is_called(c, "slice") && tb_is_tensor(c, 0) && steps ? BOUNDS : 0;
}

/* An open span that is copied from or to. */
static bool keeps_open(const tb_builtin_call *c)
{
    return is_called(c, "copy_") && !c->in_place;
}

/* Lists of numbers are few and short: sizes, places. */
static bool settle_list(tb_recording *r, const tb_script_value *list, int depth)
{
    enum { MOST_DEPTH = 4 };
    bool ok = true;
    if ((list->kind != TB_SCRIPT_LIST && list->kind != TB_SCRIPT_TUPLE) ||
        depth > MOST_DEPTH)
        return true;
    const tb_script_items *items =
        tb_items_read(&list->list->items, list->list->draft);
    for (int i = 0; ok && i < items->count; i++)
        ok = tb_pin(r, &items->at[i]) &&
             settle_list(r, &items->at[i], depth + 1);
    return ok;
}

bool tb_pin_all(tb_recording *r, tb_script_value *x)
{
    return tb_pin(r, x) && settle_list(r, x, 0);
}

static bool settle_all(tb_builtin_call *c, unsigned except)
{
    bool ok = true, open = keeps_open(c);
    for (int i = 0; ok && i < TB_MOST_ARGUMENTS; i++) {
        tb_script_value *x = &c->arg[i];
        if (!(except >> i & 1) && !tb_pin(c->r, x))
            return false;
        if (x->kind == TB_SCRIPT_TENSOR && tb_span_is_open(x->tensor) && !open)
            ok = tb_recording_settle(c->r, x->tensor);
        ok = ok && settle_list(c->r, x, 0);
    }
    return ok;
}

bool tb_settle_formulas(tb_builtin_call *c)
{
    return settle_all(c, free_arguments(c));
}
