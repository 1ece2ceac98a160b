#include "torchscript/script_model.h"

#include "base/memory.h"
#include "engine/frames.h"
#include "torchscript/script_check.h"
#include "torchscript/script_sound.h"
#include "torchscript/script_tidy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_METHODS = 64, MOST_ATTRIBUTES = 256 };

/* ---- asking the module ---- */

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

/* Numbers of a slot called "<name><ending>". */
static int numbers_at(const tb_script_model *m, const char *name,
                      const char *ending, int most, double *out)
{
    char slot[256];
    snprintf(slot, sizeof slot, "%s%s", name, ending);
    const tb_script_value *x = tb_script_slot(&m->module->root, slot);
    return x ? numbers_of(x, most, out) : 0;
}

/* Null, and p is gone: there is no memory to undo it. */
static tb_script_plan *run_once(tb_script_model *m, tb_script_plan *p,
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

/* A call on the control thread: its plan runs once. Null: it failed. */
static tb_script_plan *call_once(tb_script_model *m, const char *method, int n,
                                 const tb_script_argument *arguments,
                                 tb_error *error)
{
    tb_script_plan *p = tb_script_plan_new(m->module, method, n, arguments,
                                           &m->settings, error);
    return p ? run_once(m, p, error) : NULL;
}

static bool has_method(const tb_script_model *m, const char *name)
{
    return tb_script_class_method(m->module->root.object->class, name) != NULL;
}

int tb_script_model_numbers(tb_script_model *model, const char *name, int most,
                            double *out)
{
    tb_error ignored;
    int n = numbers_at(model, name, "", most, out);
    tb_script_plan *p = n == 0 && has_method(model, name)
                            ? call_once(model, name, 0, NULL, &ignored)
                            : NULL;
    if (p)
        n = numbers_of(tb_script_plan_value(p), most, out);
    tb_script_plan_free(p);
    return n;
}

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
    if (numbers_at(m, name, "_cycle", 1, &x) != 1 || !(x >= 1 && x <= 1 << 20))
        return 0;
    int cycle = (int)x;
    bool whole = cycle % (int)numbers[1] == 0 && cycle % (int)numbers[3] == 0;
    return whole ? cycle : 0;
}

static int symbol_of(const tb_script_model *m, const char *name)
{
    double x = 0;
    return numbers_at(m, name, "_symbol", 1, &x) == 1 && x >= 1 && x <= 1 << 20
               ? (int)x
               : 1;
}

/* "improvise_cycles", where there is one. */
static const char *cycles_of(tb_script_model *m, const char *name)
{
    char cycles[256];
    snprintf(cycles, sizeof cycles, "%s_cycles", name);
    return has_method(m, cycles) && !refusal_of(m, cycles)
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
    if (m->method_count == MOST_METHODS || !has_method(m, name) ||
        numbers_at(m, name, "_params", 4, x) != 4)
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
    if (m->method_count > 0 || !has_method(m, "forward") ||
        !has_method(m, "is_input_mono") || !has_method(m, "is_output_mono"))
        return true;
    int in = 2 - says_yes(m, "is_input_mono");
    int out = 2 - says_yes(m, "is_output_mono");
    if (has_method(m, set_host))
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
    if (!has_method(model, set_host))
        return TB_OK;
    tb_script_plan *p = call_once(model, set_host, 2, arguments, error);
    tb_script_plan_free(p);
    return p ? TB_OK : error && error->status ? error->status : TB_ERR_MEMORY;
}

/* ---- attributes' names ---- */

static bool add_attribute(tb_script_model *m, const char *name)
{
    double x[TB_MOST_ATTRIBUTE_VALUES];
    char setter[256];
    snprintf(setter, sizeof setter, "set_%s", name);
    int n = numbers_at(m, name, "_params", TB_MOST_ATTRIBUTE_VALUES, x);
    if (m->attribute_count == MOST_ATTRIBUTES || strcmp(name, "none") == 0 ||
        n == 0 || !has_method(m, setter))
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
    tb_script_plan *p =
        has_method(m, asking) ? call_once(m, asking, 0, NULL, &ignored) : NULL;
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

static tb_status refuse(const tb_script_model *m, const char *name,
                        const char *refusal, tb_error *error)
{
    return tb_fail(error, TB_ERR_UNSUPPORTED, "'%s' cannot do %s here: %s",
                   tb_archive_name(m->module->archive), name, refusal);
}

static void find_rate(tb_script_model *m)
{
    static const char *const names[] = {"sr", "sampling_rate", "sample_rate",
                                        "_sample_rate", NULL};
    for (const char *const *name = names; *name && m->sample_rate <= 0; name++)
        if (numbers_at(m, *name, "", 1, &m->sample_rate) != 1 ||
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
        refuse(m, m->methods[0].name, m->methods[0].refusal, error);
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
            refuse(model, name, model->methods[i].refusal, error);
            return NULL;
        }
        snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "",
                 model->methods[i].name);
    }
    tb_fail(error, TB_ERR_ARGUMENT, "'%s' has no method %s; it has %s.",
            tb_archive_name(model->module->archive), name, names);
    return NULL;
}

/* ---- attributes ---- */

static bool read_value(tb_script_attribute_type type, const char *text,
                       tb_script_value *out)
{
    char *end = NULL;
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
        *out = tb_script_float(strtod(text, &end));
        return *text && !*end;
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
        status = refuse(m, setter, a->refusal, error);
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
    p = p ? run_once(model, p, error) : NULL;
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
    switch (x->kind) {
    case TB_SCRIPT_BOOL:
        snprintf(text, size, "%s", x->boolean ? "true" : "false");
        return;
    case TB_SCRIPT_INT:
        snprintf(text, size, "%lld", (long long)x->integer);
        return;
    case TB_SCRIPT_FLOAT:
        snprintf(text, size, "%.6g", x->real);
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
    if (!has_method(model, getter))
        return true;
    tb_script_plan *p = call_once(model, getter, 0, NULL, &ignored);
    if (!p)
        return ignored.status != TB_ERR_MEMORY;
    print_value(tb_script_plan_value(p), text, size);
    tb_script_plan_free(p);
    return true;
}
