#include "torchscript/functions.h"

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
};

const tb_builtin *const *tb_builtin_tables(int *count)
{
    *count = (int)(sizeof tables / sizeof *tables);
    return tables;
}

const tb_builtin *tb_builtin_named(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++)
            if (strcmp(row->name, name) == 0)
                return row;
    return NULL;
}

const tb_builtin *tb_builtin_called(const char *name, bool *in_place)
{
    char plain[64];
    const tb_builtin *row = tb_builtin_named(name);
    size_t n = strlen(name);
    *in_place = !row && n > 1 && n < sizeof plain && name[n - 1] == '_';
    if (!*in_place)
        return row;
    memcpy(plain, name, n - 1);
    plain[n - 1] = 0;
    return tb_builtin_named(plain);
}

bool tb_builtin_run(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_value result = tb_script_none();
    *out = tb_script_none();
    if (!c->in_place)
        return c->function->run(c, out);
    if (c->arg[0].kind == TB_SCRIPT_LIST &&
        strcmp(c->function->name, "add") == 0) { /* longer, and itself */
        *out = c->arg[0];
        return tb_builtin_named("extend")->run(c, &result);
    }
    if (!tb_is_tensor(c, 0))
        return tb_refuse(c, "only tensors are changed in place");
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
