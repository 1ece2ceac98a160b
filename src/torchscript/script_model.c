#include "torchscript/script_model.h"

#include "base/memory.h"
#include "engine/frames.h"
#include "torchscript/script_asking.h"
#include "torchscript/script_check.h"

#include <stdio.h>
#include <string.h>

enum { MOST_METHODS = 64, MOST_ATTRIBUTES = 256 };

/* ---- names of methods and attributes ---- */

/* In the module's arena; null: it can run. */
static const char *refusal_of(tb_script_model *m, const char *method)
{
    tb_error error = {0};
    return tb_script_check(m->module, method, &error) == TB_ERR_UNSUPPORTED
               ? tb_arena_strdup(m->module->arena, error.text)
               : NULL;
}

/* With these numbers of its channels and ratios. */
static int cycle_of(const tb_script_model *m, const char *name,
                    const double *numbers)
{
    double x = 0;
    if (tb_script_numbers_at(m, name, "_cycle", 1, &x) != 1 ||
        !(x >= 1 && x <= 1 << 20))
        return 0;
    int cycle = (int)x;
    bool whole = cycle % (int)numbers[1] == 0 && cycle % (int)numbers[3] == 0;
    return whole ? cycle : 0;
}

static int symbol_of(const tb_script_model *m, const char *name)
{
    double x = 0;
    return tb_script_numbers_at(m, name, "_symbol", 1, &x) == 1 && x >= 1 &&
                   x <= 1 << 20
               ? (int)x
               : 1;
}

/* "improvise_cycles", where there is one. */
static const char *cycles_of(tb_script_model *m, const char *name)
{
    char cycles[256];
    snprintf(cycles, sizeof cycles, "%s_cycles", name);
    return tb_script_model_has(m, cycles) && !refusal_of(m, cycles)
               ? tb_arena_strdup(m->module->arena, cycles)
               : NULL;
}

/* Blocks hold whole cycles of all methods, where that is possible. */
static void hold_cycles(tb_script_model *m)
{
    for (int i = 0; i < m->method_count; i++) {
        int64_t cycle = m->methods[i].cycle;
        int64_t all = cycle ? m->ratio / tb_gcd(m->ratio, cycle) * cycle : 0;
        if (all > 0 && all <= 1 << 20)
            m->ratio = (int)all;
        else
            m->methods[i].cycle = 0;
        if (m->methods[i].cycle)
            m->methods[i].cycles = cycles_of(m, m->methods[i].name);
    }
}

typedef bool (*add_name)(tb_script_model *m, const char *name);

static bool add_method(tb_script_model *m, const char *name)
{
    double x[4];
    if (m->method_count == MOST_METHODS || !tb_script_model_has(m, name) ||
        tb_script_numbers_at(m, name, "_params", 4, x) != 4)
        return true;
    for (int i = 0; i < 4; i++)
        if (!(x[i] >= (i % 2) && x[i] <= 1 << 20))
            return true;
    tb_script_method *method = &m->methods[m->method_count++];
    *method = (tb_script_method){tb_arena_strdup(m->module->arena, name),
                                 (int)x[0],
                                 (int)x[1],
                                 (int)x[2],
                                 (int)x[3],
                                 refusal_of(m, name),
                                 false,
                                 cycle_of(m, name, x),
                                 symbol_of(m, name),
                                 NULL};
    for (int i = 1; i < 4; i += 2)
        if ((int)x[i] > m->ratio)
            m->ratio = (int)x[i];
    return method->name != NULL;
}

/* ---- Neutone's effects ---- */

static const char set_host[] = "set_daw_sample_rate_and_buffer_size";

static bool says_yes(tb_script_model *m, const char *name)
{
    double x = 0;
    return tb_script_model_numbers(m, name, 1, &x) == 1 && x != 0;
}

/* forward, which takes one channel or two. In queues of samples it takes both
   numbers, and gives as many. */
static bool add_effect(tb_script_model *m)
{
    enum { MOST_RATES = 16 };
    double rates[MOST_RATES];
    if (m->method_count > 0 || !tb_script_model_has(m, "forward") ||
        !tb_script_model_has(m, "is_input_mono") ||
        !tb_script_model_has(m, "is_output_mono"))
        return true;
    int in = 2 - says_yes(m, "is_input_mono");
    int out = 2 - says_yes(m, "is_output_mono");
    if (tb_script_model_has(m, set_host))
        in = out = 2;
    m->methods[m->method_count++] = (tb_script_method){
        "forward", in, 1, out, 1, refusal_of(m, "forward"), true, 0, 1, NULL};
    if (tb_script_model_numbers(m, "get_native_sample_rates", MOST_RATES,
                                rates) > 0)
        m->sample_rate = rates[0];
    return true;
}

tb_status tb_script_model_tell_host(tb_script_model *model, int64_t block,
                                    tb_error *error)
{
    enum { ANY_RATE = 48000 };
    double rate = model->sample_rate > 0 ? model->sample_rate : ANY_RATE;
    const tb_script_argument arguments[2] = {
        {.value = tb_script_int((int64_t)rate)},
        {.value = tb_script_int(block)}};
    if (!tb_script_model_has(model, set_host))
        return TB_OK;
    tb_script_plan *p =
        tb_script_model_call(model, set_host, 2, arguments, error);
    tb_script_plan_free(p);
    return p ? TB_OK : error && error->status ? error->status : TB_ERR_MEMORY;
}

/* ---- attributes' names ---- */

static bool add_attribute(tb_script_model *m, const char *name)
{
    double x[TB_MOST_ATTRIBUTE_VALUES];
    char setter[256];
    snprintf(setter, sizeof setter, "set_%s", name);
    int n =
        tb_script_numbers_at(m, name, "_params", TB_MOST_ATTRIBUTE_VALUES, x);
    if (m->attribute_count == MOST_ATTRIBUTES || strcmp(name, "none") == 0 ||
        n == 0 || !tb_script_model_has(m, setter))
        return true;
    tb_script_attribute *a = &m->attributes[m->attribute_count++];
    *a = (tb_script_attribute){.name = tb_arena_strdup(m->module->arena, name),
                               .count = n,
                               .refusal = refusal_of(m, setter)};
    for (int i = 0; i < n; i++)
        a->types[i] = x[i] >= 0 && x[i] <= TB_ATTRIBUTE_BUFFER
                          ? (tb_script_attribute_type)x[i]
                          : TB_ATTRIBUTE_FLOAT;
    return a->name != NULL;
}

/* Names that a method gives; where it does not, those of slots that end with
   _params. */
static bool add_names(tb_script_model *m, const char *asking, add_name add)
{
    const tb_script_class_source *s = m->module->root.object->class->source;
    tb_error ignored;
    bool ok = true;
    tb_script_plan *p = tb_script_model_has(m, asking)
                            ? tb_script_model_call(m, asking, 0, NULL, &ignored)
                            : NULL;
    const tb_script_value *list = p ? tb_script_plan_value(p) : NULL;
    if (list && list->kind == TB_SCRIPT_LIST) {
        for (int i = 0; ok && i < list->list->items.count; i++)
            if (list->list->items.at[i].kind == TB_SCRIPT_STRING)
                ok = add(m, list->list->items.at[i].string);
        tb_script_plan_free(p);
        return ok;
    }
    tb_script_plan_free(p);
    for (int i = 0; ok && i < s->slot_count; i++) {
        char name[256];
        size_t n = strlen(s->slots[i].name);
        if (n < 8 || n >= sizeof name ||
            strcmp(s->slots[i].name + n - 7, "_params") != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(n - 7), s->slots[i].name);
        ok = add(m, name);
    }
    return ok;
}

/* ---- opening ---- */

static void find_rate(tb_script_model *m)
{
    static const char *const names[] = {"sr", "sampling_rate", "sample_rate",
                                        "_sample_rate", NULL};
    for (const char *const *name = names; *name && m->sample_rate <= 0; name++)
        if (tb_script_numbers_at(m, *name, "", 1, &m->sample_rate) != 1 ||
            m->sample_rate < 100)
            m->sample_rate = 0;
}

static tb_status describe(tb_script_model *m, tb_error *error)
{
    tb_arena *arena = m->module->arena;
    m->ratio = 1;
    m->methods = tb_arena_array(arena, MOST_METHODS, sizeof *m->methods);
    m->attributes =
        tb_arena_array(arena, MOST_ATTRIBUTES, sizeof *m->attributes);
    if (!m->methods || !m->attributes ||
        !add_names(m, "get_methods", add_method) || !add_effect(m) ||
        !add_names(m, "get_attributes", add_attribute))
        return tb_fail_memory(error);
    hold_cycles(m);
    find_rate(m);
    m->parameters = tb_script_module_parameters(m->module);
    return TB_OK;
}

tb_script_model *tb_script_model_look(const char *path,
                                      const tb_script_plan_settings *settings,
                                      tb_error *error)
{
    tb_script_model *m = tb_alloc(sizeof *m);
    if (!m) {
        tb_fail_memory(error);
        return NULL;
    }
    if (settings)
        m->settings = *settings;
    m->module = tb_script_module_open(path, error);
    if (m->module && describe(m, error) == TB_OK)
        return m;
    tb_script_model_close(m);
    return NULL;
}

tb_script_model *tb_script_model_open(const char *path,
                                      const tb_script_plan_settings *settings,
                                      tb_error *error)
{
    tb_script_model *m = tb_script_model_look(path, settings, error);
    for (int i = 0; m && i < m->method_count; i++)
        if (!m->methods[i].refusal)
            return m;
    if (!m)
        return NULL;
    if (m->method_count > 0)
        tb_script_model_refuse(m, m->methods[0].name, m->methods[0].refusal,
                               error);
    else
        tb_fail(error, TB_ERR_UNSUPPORTED,
                "'%s' has no method to play: it says no channels and "
                "ratios (METHOD_params), as models for nn~ do, and is no "
                "effect of Neutone's.",
                tb_archive_name(m->module->archive));
    tb_script_model_close(m);
    return NULL;
}

void tb_script_model_close(tb_script_model *model)
{
    if (!model)
        return;
    tb_script_snapshot_forget(&model->before);
    tb_script_module_close(model->module);
    tb_free(model);
}

const tb_script_method *tb_script_model_method(const tb_script_model *model,
                                               const char *name,
                                               tb_error *error)
{
    char names[512] = "";
    for (int i = 0; i < model->method_count; i++) {
        size_t n = strlen(names);
        if (strcmp(model->methods[i].name, name) == 0) {
            if (!model->methods[i].refusal)
                return &model->methods[i];
            tb_script_model_refuse(model, name, model->methods[i].refusal,
                                   error);
            return NULL;
        }
        snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "",
                 model->methods[i].name);
    }
    tb_fail(error, TB_ERR_ARGUMENT, "'%s' has no method %s; it has %s.",
            tb_archive_name(model->module->archive), name, names);
    return NULL;
}
