#include "torchscript/emit_stream.h"

#include "engine/ops.h"
#include "engine/ops/recover.h"
#include "engine/plan.h"
#include "engine/select.h"
#include "engine/source.h"
#include "torchscript/emit_program.h"
#include "torchscript/emit_time.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what there is ---- */

static tb_status begin(tb_emitter *e)
{
    const tb_graph *g = e->source->graph;
    size_t nodes = (size_t)tb_graph_nodes(g) + 1;
    size_t values = (size_t)tb_graph_values(g) + 1;
    e->arena = tb_made_module_arena(e->module);
    e->needed = tb_arena_array(e->arena, nodes, sizeof *e->needed);
    e->fixed = tb_arena_array(e->arena, values, sizeof *e->fixed);
    e->times = tb_arena_array(e->arena, values, sizeof *e->times);
    e->values = tb_arena_array(e->arena, values, sizeof *e->values);
    if (!e->needed || !e->fixed || !e->times || !e->values ||
        !tb_select(g, 1, &e->source->output, e->needed))
        return tb_fail_memory(e->error);
    tb_select_fixed(g, e->needed, e->fixed);
    return TB_OK;
}

static bool counts_rows(const tb_value *v)
{
    for (int i = 0; i < v->rank; i++)
        if (v->dim[i] > 0 && v->dim[i] % TB_EMITTED_ROWS == 0)
            return true;
    return false;
}

bool tb_emit_is_run(const tb_emitter *e, const tb_node *n)
{
    bool runs = false;
    for (int i = 0; i < n->n_out; i++)
        runs |= !e->fixed[n->out[i]->id] || counts_rows(n->out[i]);
    return e->needed[n->id] && runs;
}

/* ---- what parameters alone decide ---- */

static const tb_value *learned_of(const tb_value *v)
{
    if (v->node->op == &tb_op_param)
        return v;
    for (int i = 0; i < v->node->n_in; i++) {
        const tb_value *of = learned_of(v->node->in[i]);
        if (of)
            return of;
    }
    return NULL;
}

/* "w_decoder_net_3_weight": of the parameter that it is, or is made of. */
static const char *slot_of(tb_emitter *e, const tb_value *v)
{
    const tb_value *from = learned_of(v);
    if (!from)
        return tb_emit_text(e, "constant_%d", v->id);
    size_t n = strlen(from->node->name);
    bool normed = v->node->op == &tb_op_weight_norm;
    if (normed && n > 2 && strcmp(from->node->name + n - 2, "_v") == 0)
        n -= 2;
    const char *name =
        from == v || normed
            ? tb_emit_text(e, "w_%.*s", (int)n, from->node->name)
            : tb_emit_text(e, "w_%s_%d", from->node->name, v->id);
    for (char *c = (char *)name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return name;
}

/* A copy in logical order. */
static const void *copy_of(tb_emitter *e, const tb_tensor *t)
{
    size_t size = tb_type_size(t->type, sizeof(float));
    char *copy = tb_arena_array(e->arena, (size_t)tb_elements(t, 1), size);
    int64_t index[TB_RANK] = {0}, n = 0;
    if (!copy || tb_is_empty(t))
        return copy;
    do
        memcpy(copy + (size_t)n++ * size,
               (const char *)t->data + (size_t)tb_offset_of(t, index) * size,
               size);
    while (tb_next_index(t, index));
    return copy;
}

static void fold(tb_emitter *e, const tb_value *v, const void *data)
{
    const char *slot = slot_of(e, v);
    tb_made_slot_tensor(
        e->object, slot,
        tb_made_tensor_shared(e->module, v->type, tb_value_shape(v), data),
        learned_of(v) ? TB_SLOT_PARAMETER : TB_SLOT_BUFFER);
    e->values[v->id].name = tb_emit_text(e, "self.%s", slot);
}

static bool is_known_type(const tb_value *v)
{
    return v->type == TB_REAL || v->type == TB_I64 || v->type == TB_BOOL;
}

/* Parameters as they lie; what is computed of them by a plan that runs once. */
static tb_status fold_all(tb_emitter *e, int count, const tb_output *list)
{
    const tb_params *params = e->source->params;
    tb_plan_settings how = {.params = (tb_params *)params, .frames = 1};
    tb_plan *p =
        count ? tb_plan_new(e->source->graph, count, list, &how, e->error)
              : NULL;
    if (count && !p)
        return e->error->status;
    if (p)
        tb_plan_run(p, 0, NULL);
    for (int i = 0; i < count; i++) {
        const tb_value *v = list[i].value;
        const void *data = copy_of(e, tb_plan_tensor(p, v));
        if (!data)
            e->status = tb_fail_memory(e->error);
        fold(e, v, data);
    }
    tb_plan_free(p);
    return e->status;
}

static tb_status fold_parameters(tb_emitter *e)
{
    const tb_graph *g = e->source->graph;
    tb_output *list = calloc((size_t)tb_graph_values(g) + 1, sizeof *list);
    int count = 0;
    if (!list)
        return tb_fail_memory(e->error);
    for (const tb_node *n = tb_graph_first(g); n; n = n->next)
        for (int i = 0; tb_emit_is_run(e, n) && i < n->n_in; i++) {
            tb_value *v = n->in[i];
            tb_emitted_value *x = &e->values[v->id];
            if (!e->fixed[v->id] || counts_rows(v) || x->is_folded)
                continue;
            x->is_folded = true;
            if (!is_known_type(v))
                tb_emit_refuse(e, n, "complex numbers");
            else if (v->node->op == &tb_op_param)
                fold(e, v,
                     tb_params_value(
                         e->source->params,
                         tb_params_find(e->source->params, v->node->name)));
            else
                list[count++].value = v;
        }
    tb_status status = e->status ? e->status : fold_all(e, count, list);
    free(list);
    return status;
}

static tb_status write_object(tb_emitter *e)
{
    tb_made_slot_tensor(e->object, "clock",
                        tb_made_tensor_new(e->module, TB_I64, tb_dims(1), NULL),
                        TB_SLOT_BUFFER);
    if (e->source->chance)
        tb_made_slot_object(e->object, "chance", e->source->chance);
    if (e->source->layers)
        tb_made_slot_object(e->object, "layers", e->source->layers);
    if (e->source->spectra)
        tb_made_slot_object(e->object, "spectra", e->source->spectra);
    tb_emit_program(e);
    return e->status;
}

tb_status tb_emit_stream(tb_made_module *m, const char *class_name,
                         const tb_stream_source *source,
                         tb_emitted_stream *emitted, tb_error *error)
{
    tb_error own;
    tb_emitter e = {.source = source,
                    .module = m,
                    .object = tb_made_object_new(m, class_name),
                    .error = error ? error : &own};
    if (!e.object)
        return tb_fail_memory(error);
    e.text = tb_made_source(e.object);
    tb_status status = begin(&e);
    if (!status)
        status = tb_emit_times(&e);
    if (!status)
        status = fold_parameters(&e);
    if (!status)
        status = write_object(&e);
    if (!status)
        *emitted =
            (tb_emitted_stream){e.object, e.quantum, tb_emit_lateness(&e)};
    return status;
}

tb_status tb_emit_find_needs(const tb_stream_source *source,
                             tb_emitted_needs *needs, tb_error *error)
{
    bool *needed =
        calloc((size_t)tb_graph_nodes(source->graph) + 1, sizeof *needed);
    *needs = (tb_emitted_needs){false};
    if (!needed || !tb_select(source->graph, 1, &source->output, needed)) {
        free(needed);
        return tb_fail_memory(error);
    }
    for (const tb_node *n = tb_graph_first(source->graph); n; n = n->next) {
        if (!needed[n->id])
            continue;
        bool spectra = n->op == &tb_op_recover || n->op == &tb_op_istft;
        bool scan = n->op->time == TB_TIME_SCAN && !spectra;
        needs->chance |= n->op == &tb_op_noise || n->op == &tb_op_sample;
        needs->layers |= scan || n->op == &tb_op_attention;
        needs->spectra |= spectra;
    }
    free(needed);
    return TB_OK;
}
