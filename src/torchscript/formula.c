#include "torchscript/formula.h"

#include "torchscript/same_value.h"

#include <string.h>

enum { MOST_SIZE = 256 };

static tb_formula *new_formula(tb_arena *arena, tb_formula_kind kind,
                               tb_script_kind type, const tb_formula *a,
                               const tb_formula *b)
{
    int size = 1 + (a ? a->size : 0) + (b ? b->size : 0);
    tb_formula *f = size <= MOST_SIZE ? tb_arena_alloc(arena, sizeof *f) : NULL;
    if (f)
        *f = (tb_formula){
            .kind = kind, .type = type, .size = size, .a = a, .b = b};
    return f;
}

const tb_formula *tb_formula_of_slot(tb_arena *arena,
                                     const tb_script_items *items, int slot,
                                     tb_script_kind type, int depth,
                                     const int *path)
{
    tb_formula *f = new_formula(arena, TB_FORMULA_SLOT, type, NULL, NULL);
    if (!f)
        return NULL;
    f->items = items;
    f->slot = slot;
    f->depth = depth;
    for (int i = 0; i < depth; i++)
        f->path[i] = path[i];
    return f;
}

bool tb_formula_is_slot(const tb_formula *f, const tb_script_items *items,
                        int slot)
{
    return f->kind == TB_FORMULA_SLOT && f->items == items && f->slot == slot &&
           f->depth == 0;
}

static const tb_formula *of_number(tb_arena *arena, const tb_script_value *x)
{
    if (x->formula)
        return x->formula;
    tb_formula *f = new_formula(arena, TB_FORMULA_NUMBER, x->kind, NULL, NULL);
    if (f)
        f->number = *x;
    return f;
}

/* ---- sums of whole numbers, in which equal terms come together ---- */

static bool is_same(const tb_formula *a, const tb_formula *b)
{
    return a == b || (a->kind == TB_FORMULA_SLOT &&
                      b->kind == TB_FORMULA_SLOT && a->items == b->items &&
                      a->slot == b->slot && a->depth == b->depth &&
                      memcmp(a->path, b->path, sizeof a->path) == 0);
}

static int64_t times(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static bool add_term(tb_formula *sum, const tb_formula *of, int64_t factor)
{
    int i = 0;
    while (i < sum->count && !is_same(sum->terms[i].of, of))
        i++;
    if (i == TB_MOST_TERMS)
        return false;
    if (i == sum->count)
        sum->terms[sum->count++] = (tb_formula_term){of, 0};
    sum->terms[i].times = plus(sum->terms[i].times, factor);
    if (sum->terms[i].times == 0)
        sum->terms[i] = sum->terms[--sum->count];
    return true;
}

/* Adds factor times x. */
static bool add_to(tb_formula *sum, const tb_script_value *x, int64_t factor)
{
    const tb_formula *f = x->formula;
    bool ok = true;
    if (!f) {
        sum->plus = plus(sum->plus, times(x->integer, factor));
        return true;
    }
    if (f->kind != TB_FORMULA_SUM)
        return add_term(sum, f, factor);
    sum->plus = plus(sum->plus, times(f->plus, factor));
    for (int i = 0; ok && i < f->count; i++)
        ok = add_term(sum, f->terms[i].of, times(f->terms[i].times, factor));
    return ok;
}

static bool list_terms(tb_formula *sum, tb_number_operation how,
                       const tb_script_value *x)
{
    const tb_script_value *known = x[0].formula ? &x[1] : &x[0];
    switch (how) {
    case TB_NUMBER_ADD:
        return add_to(sum, &x[0], 1) && add_to(sum, &x[1], 1);
    case TB_NUMBER_SUB:
        return add_to(sum, &x[0], 1) && add_to(sum, &x[1], -1);
    case TB_NUMBER_RSUB:
        return add_to(sum, &x[1], 1) && add_to(sum, &x[0], -1);
    case TB_NUMBER_MUL:
        return !known->formula &&
               add_to(sum, known == x ? &x[1] : &x[0], known->integer);
    default:
        return false;
    }
}

/* False: it is no sum. Without terms the result is the same in all calls. */
static bool as_sum(tb_arena *arena, tb_number_operation how,
                   const tb_script_value *x, tb_script_value *result)
{
    tb_formula sum = {.kind = TB_FORMULA_SUM, .type = TB_SCRIPT_INT, .size = 1};
    if (result->kind != TB_SCRIPT_INT || x[0].kind != TB_SCRIPT_INT ||
        x[1].kind != TB_SCRIPT_INT || !list_terms(&sum, how, x))
        return false;
    for (int i = 0; i < sum.count; i++)
        sum.size += sum.terms[i].of->size;
    if (sum.size > MOST_SIZE)
        return false;
    if (sum.count == 0)
        return true;
    if (sum.count == 1 && sum.terms[0].times == 1 && sum.plus == 0) {
        result->formula = sum.terms[0].of;
        return true;
    }
    tb_formula *f = tb_arena_alloc(arena, sizeof *f);
    if (!f)
        return false;
    *f = sum;
    result->formula = f;
    return true;
}

/* ---- other calls ---- */

static bool family(const tb_builtin *function, int count, tb_formula_kind *kind)
{
    *kind = tb_combines_numbers(function)   ? TB_FORMULA_COMBINE
            : tb_compares_numbers(function) ? TB_FORMULA_COMPARE
            : tb_maps_numbers(function)     ? TB_FORMULA_MAP
                                            : TB_FORMULA_CAST;
    bool two = *kind == TB_FORMULA_COMBINE || *kind == TB_FORMULA_COMPARE;
    return count == 1 + two &&
           (*kind != TB_FORMULA_CAST || tb_casts_numbers(function));
}

/* Whether it gives now what the function gave. */
static bool agrees(const tb_formula *f, const tb_script_value *x)
{
    tb_script_value now = tb_formula_value(f);
    return tb_script_is_same(&now, x);
}

bool tb_formula_of_call(tb_arena *arena, const tb_builtin *function, int count,
                        const tb_script_value *arguments, tb_script_value *x)
{
    tb_formula_kind kind;
    x->formula = NULL;
    if (!family(function, count, &kind))
        return false;
    if (kind == TB_FORMULA_COMBINE &&
        as_sum(arena, (tb_number_operation)function->kind, arguments, x))
        return !x->formula || agrees(x->formula, x);
    const tb_formula *a = of_number(arena, &arguments[0]);
    const tb_formula *b = count == 2 ? of_number(arena, &arguments[1]) : NULL;
    tb_formula *f =
        a && (b || count == 1) ? new_formula(arena, kind, x->kind, a, b) : NULL;
    if (!f)
        return false;
    f->row = function->kind;
    if (!agrees(f, x))
        return false;
    x->formula = f;
    return true;
}

/* ---- working out ---- */

static const tb_script_value nothing = {0};

static TB_REALTIME tb_script_value in_slot(const tb_formula *f)
{
    const tb_script_value *x = &f->items->at[f->slot];
    for (int i = 0; i < f->depth; i++) {
        if (x->kind != TB_SCRIPT_TUPLE || f->path[i] >= x->list->items.count)
            return nothing;
        x = &x->list->items.at[f->path[i]];
    }
    return x->kind == f->type ? *x : nothing;
}

static TB_REALTIME tb_script_value sum_of(const tb_formula *f)
{
    int64_t sum = f->plus;
    for (int i = 0; i < f->count; i++) {
        tb_script_value x = tb_formula_value(f->terms[i].of);
        if (x.kind != TB_SCRIPT_INT)
            return nothing;
        sum = plus(sum, times(x.integer, f->terms[i].times));
    }
    return tb_script_int(sum);
}

static TB_REALTIME tb_script_value cast_of(tb_script_kind type,
                                           const tb_script_value *x)
{
    double real = tb_script_number(x);
    if (type == TB_SCRIPT_BOOL)
        return tb_script_bool(real != 0);
    if (type == TB_SCRIPT_FLOAT)
        return tb_script_float(real);
    if (x->kind == TB_SCRIPT_INT)
        return tb_script_int(x->integer);
    return real > -9e18 && real < 9e18 ? tb_script_int((int64_t)real) : nothing;
}

static TB_REALTIME tb_script_value of_operands(const tb_formula *f)
{
    tb_script_value y, b = nothing, a = tb_formula_value(f->a);
    if (f->b)
        b = tb_formula_value(f->b);
    if (!tb_script_is_number(&a) || (f->b && !tb_script_is_number(&b)))
        return nothing;
    switch (f->kind) {
    case TB_FORMULA_COMBINE:
        return tb_combine_numbers((tb_number_operation)f->row, &a, &b, &y)
                   ? y
                   : nothing;
    case TB_FORMULA_COMPARE:
        return tb_script_bool(
            tb_compare_numbers((tb_comparison)f->row, &a, &b));
    case TB_FORMULA_MAP:
        return tb_map_number(f->row, &a, &y) ? y : nothing;
    default:
        return cast_of(f->type, &a);
    }
}

tb_script_value tb_formula_value(const tb_formula *f)
{
    switch (f->kind) {
    case TB_FORMULA_SLOT:
        return in_slot(f);
    case TB_FORMULA_NUMBER:
        return f->number;
    case TB_FORMULA_SUM:
        return sum_of(f);
    default:
        return of_operands(f);
    }
}

void tb_formula_slots(const tb_formula *f,
                      void (*visit)(void *context, const tb_script_items *items,
                                    int slot),
                      void *context)
{
    if (f->kind == TB_FORMULA_SLOT)
        visit(context, f->items, f->slot);
    for (int i = 0; i < f->count; i++)
        tb_formula_slots(f->terms[i].of, visit, context);
    if (f->a)
        tb_formula_slots(f->a, visit, context);
    if (f->b)
        tb_formula_slots(f->b, visit, context);
}
