#include "torchscript/script_trial.h"

#include "torchscript/script_tidy.h"

#include <stdio.h>
#include <string.h>

void tb_script_trial_begin(tb_script_model *model)
{
    tb_script_tidy(model->module);
    model->on_trial = true;
}

void tb_script_trial_keep(tb_script_model *model)
{
    model->on_trial = false;
    tb_script_snapshot_forget(&model->before);
}

void tb_script_trial_undo(tb_script_model *model)
{
    model->on_trial = false;
    tb_script_snapshot_restore(&model->before);
}

/* ---- setters ---- */

static bool is_said_in_texts(const tb_script_attribute *a)
{
    for (int i = 0; i < a->count; i++)
        if (a->types[i] > TB_ATTRIBUTE_TEXT)
            return false;
    return true;
}

/* What it has now, in pieces; false: it does not say so many. */
static bool values_of(tb_script_model *m, const tb_script_attribute *a,
                      char *text, size_t size,
                      const char *values[TB_MOST_ATTRIBUTE_VALUES])
{
    int n = 0;
    if (!tb_script_model_get(m, a->name, text, size))
        return false;
    for (char *p = text; p; n++) {
        char *comma = strstr(p, ", ");
        if (n == a->count)
            return false;
        values[n] = p;
        p = comma ? comma + 2 : NULL;
        if (comma)
            *comma = 0;
    }
    return n == a->count;
}

static void try_setter(tb_script_model *m, tb_script_attribute *a)
{
    const char *values[TB_MOST_ATTRIBUTE_VALUES];
    char text[1024];
    tb_error error = {0};
    if (a->refusal || !is_said_in_texts(a) ||
        !values_of(m, a, text, sizeof text, values))
        return;
    tb_script_plan *p = tb_script_model_setting(m, a, a->count, values, &error);
    if (!p && error.status == TB_ERR_UNSUPPORTED)
        a->refusal = tb_arena_strdup(m->module->arena, error.text);
    tb_script_plan_free(p);
}

void tb_script_model_try_setters(tb_script_model *model)
{
    for (int i = 0; i < model->attribute_count; i++)
        try_setter(model, &model->attributes[i]);
}
