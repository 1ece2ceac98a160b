/* Attributes, set from texts and read as such. */
#include "base/setting_value.h"
#include "torchscript/script_asking.h"
#include "torchscript/script_sound.h"
#include "torchscript/script_tidy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_value(tb_script_attribute_type type, const char *text,
                       tb_script_value *out)
{
    char *end = NULL;
    const char *rest;
    double number;
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    bool no = strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    switch (type) {
    case TB_ATTRIBUTE_BOOL:
        *out = tb_script_bool(yes);
        return yes || no;
    case TB_ATTRIBUTE_INT:
        *out = tb_script_int(strtoll(text, &end, 10));
        return *text && !*end;
    case TB_ATTRIBUTE_FLOAT:
        if (!tb_number_parse(text, &rest, &number))
            return false;
        *out = tb_script_float(number);
        return !*rest;
    case TB_ATTRIBUTE_TEXT:
        *out = tb_script_string(text);
        return true;
    default:
        return false;
    }
}

/* One value from its text. */
static tb_status read_argument(tb_script_model *m, const tb_script_attribute *a,
                               int i, const char *text,
                               tb_script_argument *argument, tb_error *error)
{
    static const char *const kinds[] = {"true or false", "a whole number",
                                        "a number", "a text"};
    if (a->types[i] > TB_ATTRIBUTE_TEXT)
        return tb_script_sound_argument(m, a, i, text, argument, error);
    return read_value(a->types[i], text, &argument->value)
               ? TB_OK
               : tb_fail(error, TB_ERR_ARGUMENT, "%s=%s: it takes %s.", a->name,
                         text, kinds[a->types[i]]);
}

static const tb_script_attribute *
attribute_named(const tb_script_model *m, const char *name, tb_error *error)
{
    char names[512] = "";
    for (int i = 0; i < m->attribute_count; i++) {
        size_t n = strlen(names);
        if (strcmp(m->attributes[i].name, name) == 0)
            return &m->attributes[i];
        snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "",
                 m->attributes[i].name);
    }
    tb_fail(error, TB_ERR_ARGUMENT, "'%s' has no attribute %s%s%s.",
            tb_archive_name(m->module->archive), name,
            *names ? "; it has " : "", names);
    return NULL;
}

tb_script_plan *tb_script_model_setting(tb_script_model *m,
                                        const tb_script_attribute *a, int count,
                                        const char *const *values,
                                        tb_error *error)
{
    tb_script_argument arguments[TB_MOST_ATTRIBUTE_VALUES] = {{0}};
    char setter[256];
    tb_status status = TB_OK;
    if (a->count != count)
        status = tb_fail(error, TB_ERR_ARGUMENT, "%s takes %d values, not %d.",
                         a->name, a->count, count);
    snprintf(setter, sizeof setter, "set_%s", a->name);
    if (!status && a->refusal)
        status = tb_script_model_refuse(m, setter, a->refusal, error);
    for (int i = 0; i < count && !status; i++)
        status = read_argument(m, a, i, values[i], &arguments[i], error);
    return status ? NULL
                  : tb_script_plan_new(m->module, setter, count, arguments,
                                       &m->settings, error);
}

tb_status tb_script_model_set(tb_script_model *model, const char *name,
                              int count, const char *const *values,
                              tb_error *error)
{
    const tb_script_attribute *a = attribute_named(model, name, error);
    if (!a)
        return TB_ERR_ARGUMENT;
    if (!model->on_trial) /* which keeps what is there */
        tb_script_tidy(model->module);
    tb_script_plan *p = tb_script_model_setting(model, a, count, values, error);
    p = p ? tb_script_model_run(model, p, error) : NULL;
    if (!p)
        return error ? error->status : TB_ERR_ARGUMENT;
    const tb_script_value *answer = tb_script_plan_value(p);
    bool refused = answer->kind == TB_SCRIPT_INT && answer->integer != 0;
    tb_script_plan_free(p);
    return refused ? tb_fail(error, TB_ERR_ARGUMENT,
                             "The model does not take %s=%s.", name, values[0])
                   : TB_OK;
}

static void print_value(const tb_script_value *x, char *text, size_t size)
{
    size_t n = 0;
    char number[32];
    switch (x->kind) {
    case TB_SCRIPT_BOOL:
        snprintf(text, size, "%s", x->boolean ? "true" : "false");
        return;
    case TB_SCRIPT_INT:
        snprintf(text, size, "%lld", (long long)x->integer);
        return;
    case TB_SCRIPT_FLOAT:
        tb_number_digits(x->real, 6, number);
        snprintf(text, size, "%s", number);
        return;
    case TB_SCRIPT_STRING:
        snprintf(text, size, "%s", x->string);
        return;
    case TB_SCRIPT_LIST:
    case TB_SCRIPT_TUPLE:
        for (int i = 0; i < x->list->items.count && n + 3 < size; i++) {
            n += (size_t)snprintf(text + n, size - n, "%s", i ? ", " : "");
            print_value(&x->list->items.at[i], text + n, size - n);
            n += strlen(text + n);
        }
        return;
    default:
        snprintf(text, size, "%s", tb_script_kind_name(x->kind));
        return;
    }
}

bool tb_script_model_get(tb_script_model *model, const char *name, char *text,
                         size_t size)
{
    char getter[256];
    tb_error ignored;
    snprintf(text, size, "?");
    snprintf(getter, sizeof getter, "get_%s", name);
    if (!tb_script_model_has(model, getter))
        return true;
    tb_script_plan *p = tb_script_model_call(model, getter, 0, NULL, &ignored);
    if (!p)
        return ignored.status != TB_ERR_MEMORY;
    print_value(tb_script_plan_value(p), text, size);
    tb_script_plan_free(p);
    return true;
}
