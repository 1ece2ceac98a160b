#include "torchscript/formula.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const tb_builtin *const tables[] = {
    tb_functions_scalar,   tb_functions_list,     tb_functions_unary,
    tb_functions_binary,   tb_functions_compare,  tb_functions_shape,
    tb_functions_join,     tb_functions_make,     tb_functions_reduce,
    tb_functions_write,    tb_functions_network,  tb_functions_fourier,
    tb_functions_index,    tb_functions_text,     tb_functions_recurrent,
    tb_functions_special,  tb_functions_fold,     tb_functions_product,
    tb_functions_sequence, tb_functions_question, tb_functions_pad,
    tb_functions_gather,   tb_functions_loss,     tb_functions_attention,
    tb_functions_window,   tb_functions_axes,     tb_functions_chance,
    tb_functions_matrix,   tb_functions_whole,    tb_functions_gamma,
    tb_functions_letters,  tb_functions_iterate,
};

const tb_builtin *const *tb_builtin_tables(int *count)
{
    *count = (int)(sizeof tables / sizeof *tables);
    return tables;
}

/* ---- by name ---- */

/* Rows by the hash of their names, each in the first free slot from there on.
   Whoever comes first fills it; threads that come together do so at once, in
   the same order, and so write the same: a row's slot is free or has that row
   already, and slots before it have rows that come before. No lock is needed,
   and a row that was found is a row. */
enum { SLOT_BITS = 11, SLOTS = 1 << SLOT_BITS };
static _Atomic(const tb_builtin *) slots[SLOTS];
static atomic_bool filled;

/* Where rows of the first n letters' name begin; FNV-1a, 32 bits. */
static unsigned first_slot(const char *name, size_t n)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return (hash ^ hash >> SLOT_BITS) % SLOTS;
}

/* The slot of this name, or the free one where it belongs. */
static unsigned slot_of(const char *name, size_t n)
{
    unsigned at = first_slot(name, n);
    for (;; at = (at + 1) % SLOTS) {
        const tb_builtin *row = atomic_load(&slots[at]);
        if (!row || (strncmp(row->name, name, n) == 0 && !row->name[n]))
            return at;
    }
}

static void fill_slots(void)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++) {
            unsigned at = slot_of(row->name, strlen(row->name));
            if (!atomic_load(&slots[at])) /* of two alike, the first */
                atomic_store(&slots[at], row);
        }
    atomic_store(&filled, true);
}

static const tb_builtin *named(const char *name, size_t n)
{
    if (!atomic_load(&filled))
        fill_slots();
    return atomic_load(&slots[slot_of(name, n)]);
}

const tb_builtin *tb_builtin_named(const char *name)
{
    return named(name, strlen(name));
}

const tb_builtin *tb_builtin_called(const char *name, bool *in_place)
{
    size_t n = strlen(name);
    const tb_builtin *row = named(name, n);
    *in_place = !row && n > 1 && name[n - 1] == '_';
    if (*in_place && strncmp(name, "__i", 3) == 0) { /* __iand__ */
        char plain[32];
        int length = snprintf(plain, sizeof plain, "__%s", name + 3);
        return length < (int)sizeof plain ? tb_builtin_named(plain) : NULL;
    }
    return *in_place ? named(name, n - 1) : row;
}

int tb_parameter_index(const char *parameters, const char *name)
{
    size_t n = strlen(name);
    int index = 0;
    for (const char *p = parameters; *p; index++) {
        size_t length = strcspn(p, " ");
        if (length == n && strncmp(p, name, n) == 0)
            return index;
        p += length;
        p += strspn(p, " ");
    }
    return -1;
}

/* ---- calls ---- */

/* unsqueeze_ and its like: the tensor itself gets another shape, and so has
   whoever holds it. One that was there before the call is what it was: others
   may count on that. */
static bool reshape_in_place(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_value view;
    tb_script_tensor *t = c->arg[0].tensor;
    const tb_storage_use *use = tb_recording_use(c->r, t);
    if (!use || use->source)
        return tb_refuse(c, "a tensor that was there before keeps its shape");
    if (!c->function->run(c, &view))
        return false;
    *t = *view.tensor;
    *out = c->arg[0];
    return true;
}

static bool is_of_shape(const tb_builtin *f)
{
    static const char names[] =
        "unsqueeze squeeze transpose swapaxes swapdims t";
    return tb_parameter_index(names, f->name) >= 0;
}

bool tb_builtin_run(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_value result = tb_script_none();
    *out = tb_script_none();
    if (tb_is_formula_call(c))
        return tb_formula_call(c, out);
    if (!tb_settle_formulas(c) || !tb_arguments_fit(c))
        return false;
    if (!c->in_place)
        return c->function->run(c, out);
    if (c->arg[0].kind == TB_SCRIPT_LIST &&
        strcmp(c->function->name, "add") == 0) { /* longer, and itself */
        *out = c->arg[0];
        return tb_builtin_named("extend")->run(c, &result);
    }
    if (!tb_is_tensor(c, 0))
        return tb_refuse(c, "only tensors are changed in place");
    if (is_of_shape(c->function))
        return reshape_in_place(c, out);
    if (tb_script_tensor_count(c->arg[0].tensor) == 0) {
        *out = c->arg[0];
        return true;
    }
    if (!c->function->run(c, &result))
        return false;
    return result.kind == TB_SCRIPT_TENSOR
               ? tb_write_result(c, &result, out)
               : tb_refuse(c, "it cannot be done in place");
}
