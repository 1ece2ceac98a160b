#include "torchscript/script_plan_state.h"

#include "base/memory.h"
#include "engine/ops.h"
#include "engine/source.h"
#include "torchscript/interpreter.h"
#include "torchscript/recording_guard.h"
#include "torchscript/script_draws.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_RECORDINGS = 8,
    MOST_ELEMENTS = 1 << 28,
    MOST_STEPS = 2 * 1000 * 1000
};

/* ---- storages between runs ---- */

/* The tensor that holds s in the plan; null: it does not. */
static const tb_tensor *held(const tb_script_plan *p,
                             const tb_script_storage *s)
{
    for (int i = 0; i < p->state_count; i++)
        if (p->states[i].storage == s)
            return p->states[i].tensor;
    return NULL;
}

static TB_REALTIME void copy_tensor(const tb_tensor *t, char *flat,
                                    bool into_tensor)
{
    size_t size = tb_type_size(t->type, sizeof(float));
    int64_t index[TB_RANK] = {0};
    if (tb_is_contiguous(t)) {
        size_t bytes = (size_t)tb_elements(t, 1) * size;
        memcpy(into_tensor ? t->data : flat, into_tensor ? flat : t->data,
               bytes);
        return;
    }
    do {
        char *at = (char *)t->data + tb_offset_of(t, index) * (int64_t)size;
        memcpy(into_tensor ? at : flat, into_tensor ? flat : at, size);
        flat += size;
    } while (tb_next_index(t, index));
}

const void *tb_script_storage_bring(tb_script_storage *s)
{
    const tb_tensor *t = s->home ? held(s->home, s) : NULL;
    if (t)
        copy_tensor(t, s->data, false);
    return s->data;
}

void tb_script_storage_give(tb_script_storage *s, const tb_tensor *to)
{
    if (tb_script_storage_bring(s))
        copy_tensor(to, s->data, true);
}

void tb_script_give_numbers(const float *numbers, const tb_tensor *to)
{
    copy_tensor(to, (char *)(uintptr_t)numbers, true);
}

/* ---- parameters ---- */

static const void *find_weights(void *context, const tb_parameter *parameter)
{
    const tb_recording *r = context;
    for (const tb_storage_use *u = r->uses; u; u = u->next)
        if (u->storage->name && strcmp(u->storage->name, parameter->name) == 0)
            return u->storage->data ? u->storage->data : u->storage->file;
    return NULL;
}

tb_params *tb_recording_params(tb_recording *r, tb_error *error)
{
    const tb_graph *g = r->graph;
    return tb_params_new_over(1, &g, sizeof(float), find_weights, r, error);
}

/* ---- recording ---- */

static bool add_inputs(tb_script_plan *p, int count,
                       const tb_script_argument *arguments,
                       tb_script_value *values)
{
    static const char *const names[] = {"input 1", "input 2", "input 3",
                                        "input 4", "input 5", "input 6"};
    int room = sizeof names / sizeof *names;
    p->input_count = 0;
    for (int i = 0; i < count; i++) {
        values[i] = arguments[i].value;
        if (!arguments[i].is_input)
            continue;
        if (p->input_count == room)
            return false;
        tb_value *v = tb_input(p->r.graph, names[p->input_count], TB_REAL,
                               arguments[i].shape);
        p->input[p->input_count++] = v;
        if (arguments[i].control)
            p->r.controls[p->r.control_count++] =
                (tb_known_input){v, arguments[i].control};
        p->control[p->input_count - 1] = arguments[i].control;
        values[i] = tb_script_of_tensor(
            tb_recording_tensor(&p->r, TB_DTYPE_FLOAT32, v));
        if (!values[i].tensor)
            return false;
    }
    return true;
}

/* How far calls reach into storages, for the next recording. */
static void note_reach(tb_recording *r)
{
    for (tb_storage_use *u = r->uses; u; u = u->next)
        if (u->storage->changes && u->reach > u->storage->extent) {
            r->again |= u->storage->extent > 0 || u->reach < u->storage->count;
            u->storage->extent = u->reach;
        }
}

static tb_status record_once(tb_script_plan *p, const char *method, int count,
                             const tb_script_argument *arguments,
                             tb_error *error)
{
    tb_script_value values[TB_MOST_ARGUMENTS];
    tb_status status = tb_recording_init(&p->r, error);
    if (status)
        return status;
    p->r.silent = p->settings.silent;
    p->r.most = p->settings.most_elements;
    p->r.most_steps = p->settings.most_steps;
    p->r.versions = &p->module->versions;
    p->r.lasting = p->module->arena;
    p->r.version = p->module->version;
    p->r.lists_change = p->module->lists_change;
    if (count > TB_MOST_ARGUMENTS || !add_inputs(p, count, arguments, values))
        return tb_fail(error, TB_ERR_ARGUMENT, "too many arguments");
    if (tb_interpret(p->module, &p->r, &p->module->root, method, count, values,
                     &p->value) &&
        tb_script_settle_slots(p)) {
        tb_script_mark_slots(p);
        note_reach(&p->r);
        return TB_OK;
    }
    if (p->r.again)
        return TB_OK;
    if (p->r.error.status && error)
        *error = p->r.error;
    status = p->r.error.status ? p->r.error.status
                               : tb_graph_check(p->r.graph, error);
    return status ? status
                  : tb_fail(error, TB_ERR_UNSUPPORTED,
                            "%s leaves a tensor behind that has no numbers",
                            method);
}

static tb_status record(tb_script_plan *p, const char *method, int count,
                        const tb_script_argument *arguments, tb_error *error)
{
    for (int i = 0; i < MOST_RECORDINGS; i++) {
        tb_status status = record_once(p, method, count, arguments, error);
        if (status || !p->r.again)
            return status;
        p->module->epoch++;
        tb_recording_clear(&p->r);
    }
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "%s does other things each time: it cannot be planned",
                   method);
}

/* ---- chance ---- */

/* Numbers of a method's own (FNV-1a of its name). */
static uint64_t luck_of(const char *method)
{
    uint64_t x = 0xcbf29ce484222325;
    for (; *method; method++)
        x = (x ^ (unsigned char)*method) * 0x100000001b3;
    return x;
}

/* Records the same call of one unit, to see what of its draws is shorter. */
static tb_script_plan *record_unit(const tb_script_plan *p, const char *method,
                                   int count,
                                   const tb_script_argument *arguments,
                                   int64_t units)
{
    tb_error ignored;
    tb_script_argument shorter[TB_MOST_ARGUMENTS];
    tb_script_plan *unit = tb_alloc(sizeof *unit);
    if (!unit)
        return NULL;
    unit->module = p->module;
    unit->settings = p->settings;
    memcpy(shorter, arguments, (size_t)count * sizeof *shorter);
    for (int i = 0; i < count; i++)
        if (shorter[i].is_input && shorter[i].units == units)
            shorter[i].shape.dim[shorter[i].shape.rank - 1] /= units;
    bool ok = record(unit, method, count, shorter, &ignored) == TB_OK;
    tb_recording_leave(&unit->r);
    if (ok)
        return unit;
    tb_script_plan_free(unit);
    return NULL;
}

static tb_status place_draws(tb_script_plan *p, const char *method, int count,
                             const tb_script_argument *arguments,
                             tb_error *error)
{
    int64_t units = 1;
    p->luck = luck_of(method);
    if (p->r.draw_count == 0)
        return TB_OK;
    for (int i = 0; i < count; i++)
        if (arguments[i].is_input && arguments[i].units > units)
            units = arguments[i].units;
    tb_script_plan *unit =
        units > 1 ? record_unit(p, method, count, arguments, units) : NULL;
    p->draws = tb_script_draws_new(p->arena, &p->r,
                                   units == 1 ? &p->r
                                   : unit     ? &unit->r
                                              : NULL,
                                   units, p->plan);
    tb_script_plan_free(unit);
    return p->draws ? TB_OK : tb_fail_memory(error);
}

/* ---- states and guards ---- */

static tb_status add_states(tb_script_plan *p, tb_error *error)
{
    int n = 0;
    for (tb_storage_use *u = p->r.uses; u; u = u->next)
        n++;
    p->states = tb_arena_array(p->arena, (size_t)n + 1, sizeof *p->states);
    if (!p->states)
        return tb_fail_memory(error);
    for (tb_storage_use *u = p->r.uses; u; u = u->next) {
        if (!u->is_state)
            continue;
        tb_script_storage_bring(u->storage);
        if (!tb_script_storage_hold(u->storage, p->module->arena,
                                    tb_script_elements(u->shape)))
            return tb_fail_memory(error);
        if (u->written)
            tb_state_next(u->source, u->now);
        p->states[p->state_count++] =
            (tb_state_binding){u->storage, u->source, NULL};
    }
    return TB_OK;
}

/* Numbers that come from slots. */
static tb_status add_scalars(tb_script_plan *p, tb_error *error)
{
    int n = 0;
    for (const tb_scalar *s = p->r.scalars; s; s = s->next)
        n++;
    p->scalars = tb_arena_array(p->arena, (size_t)n + 1, sizeof *p->scalars);
    if (!p->scalars)
        return tb_fail_memory(error);
    for (const tb_scalar *s = p->r.scalars; s; s = s->next)
        p->scalars[p->scalar_count++] = (tb_scalar_binding){s, NULL};
    return TB_OK;
}

/* ---- making ---- */

/* Looked for once: runs allocate nothing, not even a mirror. */
static void find_tensors(tb_script_plan *p)
{
    for (int i = 0; i < p->input_count; i++)
        p->input_tensor[i] = tb_plan_tensor(p->plan, p->input[i]);
    for (int i = 0; i < p->state_count; i++)
        p->states[i].tensor = tb_plan_tensor(p->plan, p->states[i].state);
    for (int i = 0; i < p->scalar_count; i++)
        p->scalars[i].tensor =
            tb_plan_tensor(p->plan, p->scalars[i].scalar->value);
    for (int i = 0; i < p->result_count; i++)
        p->results[i].tensor = tb_plan_tensor(p->plan, p->results[i].value);
}

static tb_status compile(tb_script_plan *p, const tb_script_plan_settings *s,
                         tb_error *error)
{
    tb_output outputs[TB_MOST_RESULTS];
    tb_status status = tb_graph_check(p->r.graph, error);
    if (status || p->result_count == 0)
        return status;
    for (int i = 0; i < p->result_count; i++)
        outputs[i] = (tb_output){.value = p->results[i].value};
    p->params = tb_recording_params(&p->r, error);
    if (!p->params)
        return TB_ERR_MEMORY;
    tb_plan_settings settings = {.params = p->params,
                                 .workspace = s->workspace,
                                 .prepared = p->module->prepared,
                                 .weights_stay = true,
                                 .frames = 1,
                                 .half_weights = s->half_weights,
                                 .threads = s->threads};
    p->plan =
        tb_plan_new(p->r.graph, p->result_count, outputs, &settings, error);
    if (!p->plan)
        return error ? error->status : TB_ERR_MEMORY;
    find_tensors(p);
    tb_plan_prepare(p->plan);
    if (p->module->archive) /* the weights are not read there any more */
        tb_archive_drop(p->module->archive, NULL);
    return TB_OK;
}

static tb_status finish(tb_script_plan *p, const tb_script_plan_settings *s,
                        tb_error *error)
{
    tb_status status = tb_script_keep_effects(p, error);
    if (!status)
        status = tb_script_keep_value(p, error);
    if (!status) /* after all that is kept has been read */
        status = add_states(p, error);
    if (!status)
        status = add_scalars(p, error);
    if (!status)
        status = tb_script_keep_unread(p, error);
    if (!status)
        status = compile(p, s, error);
    return status;
}

tb_script_plan *tb_script_plan_new(tb_script_module *m, const char *method,
                                   int count,
                                   const tb_script_argument *arguments,
                                   const tb_script_plan_settings *settings,
                                   tb_error *error)
{
    tb_script_plan *p = tb_alloc(sizeof *p);
    if (!p || !(p->arena = tb_arena_new())) {
        tb_free(p);
        tb_fail_memory(error);
        return NULL;
    }
    p->module = m;
    p->settings = *settings;
    if (p->settings.most_elements <= 0)
        p->settings.most_elements = MOST_ELEMENTS;
    if (p->settings.most_steps <= 0)
        p->settings.most_steps = MOST_STEPS;
    tb_status status = record(p, method, count, arguments, error);
    if (!status)
        status = finish(p, settings, error);
    tb_recording_leave(&p->r);
    p->epoch = m->epoch;
    if (!status)
        status = place_draws(p, method, count, arguments, error);
    if (!status)
        return p;
    tb_script_plan_free(p);
    return NULL;
}

void tb_script_plan_free(tb_script_plan *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->state_count; i++)
        if (p->states[i].storage->home == p) {
            tb_script_storage_bring(p->states[i].storage);
            p->states[i].storage->home = NULL;
        }
    tb_plan_free(p->plan);
    tb_params_free(p->params);
    tb_recording_clear(&p->r);
    tb_arena_free(p->arena);
    tb_free(p);
}

/* ---- running ---- */

bool tb_script_plan_holds(const tb_script_plan *p)
{
    return p->epoch == p->module->epoch &&
           tb_guards_hold(p->r.guards, TB_ALL_GUARDS);
}

const tb_tensor *tb_script_plan_input(const tb_script_plan *p, int i)
{
    return i < p->input_count ? p->input_tensor[i] : NULL;
}

static void take_states(tb_script_plan *p)
{
    for (int i = 0; i < p->state_count; i++) {
        tb_state_binding *b = &p->states[i];
        if (!b->tensor || b->storage->home == p)
            continue;
        tb_script_storage_give(b->storage, b->tensor);
        b->storage->home = p;
    }
}

static void leave_results(tb_script_plan *p)
{
    for (int i = 0; i < p->result_count; i++) {
        tb_script_storage *s = p->results[i].storage;
        tb_script_storage_bring(s);
        s->home = NULL;
        copy_tensor(p->results[i].tensor, s->data, false);
    }
}

/* Formulas are of what was there before. */
void tb_script_plan_leave(tb_script_plan *p)
{
    for (int i = 0; i < p->effect_count; i++)
        if (p->effects[i].formula)
            p->effects[i].value = tb_formula_value(p->effects[i].formula);
    for (int i = 0; i < p->effect_count; i++) {
        const tb_plan_effect *e = &p->effects[i];
        if (e->slot >= 0) {
            e->target->at[e->slot] = e->value;
        } else {
            memcpy(e->target->at, e->contents,
                   (size_t)e->count * sizeof *e->contents);
            e->target->count = e->count;
        }
    }
}

void tb_script_plan_seek(tb_script_plan *p, int64_t units)
{
    p->position = units;
}

static void begin_run(tb_script_plan *p, uint64_t seed)
{
    take_states(p);
    for (int i = 0; i < p->input_count; i++)
        if (p->control[i] && p->input_tensor[i])
            tb_script_give_numbers(p->control[i], p->input_tensor[i]);
    for (int i = 0; i < p->scalar_count; i++)
        if (p->scalars[i].tensor)
            tb_scalar_give(p->scalars[i].scalar, p->scalars[i].tensor);
    if (p->draws)
        tb_script_draws_fill(p->draws, seed ^ p->luck, p->position);
}

static void end_run(tb_script_plan *p)
{
    leave_results(p);
    tb_script_plan_leave(p);
}

void tb_script_plan_run(tb_script_plan *p, uint64_t seed)
{
    if (p->plan) {
        begin_run(p, seed);
        tb_plan_run_alone(p->plan, 0);
    }
    end_run(p);
}

void tb_script_plan_run_wide(tb_script_plan *p, uint64_t seed, tb_pool *pool)
{
    if (p->plan) {
        begin_run(p, seed);
        tb_plan_run(p->plan, 0, pool);
    }
    end_run(p);
}

const tb_script_value *tb_script_plan_value(const tb_script_plan *p)
{
    return &p->value;
}

double tb_script_plan_delay(const tb_script_plan *p, int64_t samples)
{
    for (int i = 0; i < p->result_count; i++)
        if (p->value.kind == TB_SCRIPT_TENSOR &&
            p->results[i].storage == p->value.tensor->storage)
            return tb_recording_delay(&p->r, p->results[i].value, samples);
    return -1;
}

void tb_script_plan_memory(const tb_script_plan *p, tb_script_memory *memory)
{
    size_t size = p->settings.half_weights ? sizeof(uint16_t) : sizeof(float);
    *memory = (tb_script_memory){.work = p->plan ? tb_plan_bytes(p->plan) : 0};
    for (int i = 0; p->params && i < tb_params_count(p->params); i++)
        memory->weights += (size_t)tb_params_at(p->params, i)->n * size;
    for (int i = 0; i < p->state_count; i++)
        if (p->states[i].tensor)
            memory->states +=
                (size_t)tb_elements(p->states[i].tensor, 1) *
                tb_type_size(p->states[i].tensor->type, sizeof(float));
}

const tb_plan *tb_script_plan_plan(const tb_script_plan *p)
{
    return p->plan;
}
