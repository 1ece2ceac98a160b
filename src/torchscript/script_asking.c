#include "torchscript/script_asking.h"

#include <stdio.h>

/* The numbers of a small tensor, of a list or of a tuple, or a number. */
static int numbers_of(const tb_script_value *x, int most, double *out)
{
    int n = 0;
    switch (x->kind) {
    case TB_SCRIPT_BOOL:
        out[0] = x->boolean;
        return 1;
    case TB_SCRIPT_INT:
        out[0] = (double)x->integer;
        return 1;
    case TB_SCRIPT_FLOAT:
        out[0] = x->real;
        return 1;
    case TB_SCRIPT_LIST:
    case TB_SCRIPT_TUPLE:
        for (int i = 0; i < x->list->items.count && n < most; i++)
            n += numbers_of(&x->list->items.at[i], most - n, out + n);
        return n;
    case TB_SCRIPT_TENSOR:
        if (tb_script_tensor_count(x->tensor) > most)
            return 0;
        for (; n < tb_script_tensor_count(x->tensor); n++)
            out[n] = tb_script_storage_number(
                x->tensor->storage, tb_script_tensor_place(x->tensor, n));
        return n;
    default:
        return 0;
    }
}

int tb_script_numbers_at(const tb_script_model *m, const char *name,
                         const char *ending, int most, double *out)
{
    char slot[256];
    snprintf(slot, sizeof slot, "%s%s", name, ending);
    const tb_script_value *x = tb_script_slot(&m->module->root, slot);
    return x ? numbers_of(x, most, out) : 0;
}

tb_script_plan *tb_script_model_run(tb_script_model *m, tb_script_plan *p,
                                    tb_error *error)
{
    if (m->on_trial && !tb_script_snapshot_take(&m->before, p)) {
        tb_fail_memory(error);
        tb_script_plan_free(p);
        return NULL;
    }
    tb_script_plan_run(p, 0);
    return p;
}

tb_script_plan *tb_script_model_call(tb_script_model *m, const char *method,
                                     int n, const tb_script_argument *arguments,
                                     tb_error *error)
{
    tb_script_plan *p = tb_script_plan_new(m->module, method, n, arguments,
                                           &m->settings, error);
    return p ? tb_script_model_run(m, p, error) : NULL;
}

bool tb_script_model_has(const tb_script_model *m, const char *name)
{
    return tb_script_class_method(m->module->root.object->class, name) != NULL;
}

int tb_script_model_numbers(tb_script_model *model, const char *name, int most,
                            double *out)
{
    tb_error ignored;
    int n = tb_script_numbers_at(model, name, "", most, out);
    tb_script_plan *p =
        n == 0 && tb_script_model_has(model, name)
            ? tb_script_model_call(model, name, 0, NULL, &ignored)
            : NULL;
    if (p)
        n = numbers_of(tb_script_plan_value(p), most, out);
    tb_script_plan_free(p);
    return n;
}

tb_status tb_script_model_refuse(const tb_script_model *m, const char *name,
                                 const char *refusal, tb_error *error)
{
    return tb_fail(error, TB_ERR_UNSUPPORTED, "'%s' cannot do %s here: %s",
                   tb_archive_name(m->module->archive), name, refusal);
}
