#include "torchscript/emit_stream.h"

#include "engine/fixed.h"
#include "engine/ops.h"
#include "engine/ops/recover.h"
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

/* "w_decoder_net_3_weight": of the parameter that it is, or is made of. */
static const char *slot_of(tb_emitter *e, const tb_value *v)
{
    const char *of = tb_fixed_name(e->arena, v);
    const char *name = of ? tb_emit_text(e, "w_%s", of)
                          : tb_emit_text(e, "constant_%d", v->id);
    for (char *c = (char *)name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return name;
}

static void fold(tb_emitter *e, const tb_value *v, const void *data)
{
    const char *slot = slot_of(e, v);
    bool learned = strncmp(slot, "w_", 2) == 0;
    tb_made_slot_tensor(
        e->object, slot,
        tb_made_tensor_shared(e->module, v->type, tb_value_shape(v), data),
        learned ? TB_SLOT_PARAMETER : TB_SLOT_BUFFER);
    e->values[v->id].name = tb_emit_text(e, "self.%s", slot);
}

/* What the nodes read of it, each once; how many there are. */
static int list_folded(tb_emitter *e, tb_value **list)
{
    int count = 0;
    for (const tb_node *n = tb_graph_first(e->source->graph); n; n = n->next)
        for (int i = 0; tb_emit_is_run(e, n) && i < n->n_in; i++) {
            tb_value *v = n->in[i];
            tb_emitted_value *x = &e->values[v->id];
            if (!e->fixed[v->id] || counts_rows(v) || x->is_folded)
                continue;
            x->is_folded = true;
            if (tb_fixed_has_type(v))
                list[count++] = v;
            else
                tb_emit_refuse(e, n, "complex numbers");
        }
    return count;
}

static tb_status fold_parameters(tb_emitter *e)
{
    const tb_graph *g = e->source->graph;
    size_t most = (size_t)tb_graph_values(g) + 1;
    tb_value **list = tb_arena_array(e->arena, most, sizeof *list);
    const void **data = tb_arena_array(e->arena, most, sizeof *data);
    if (!list || !data)
        return tb_fail_memory(e->error);
    int count = list_folded(e, list);
    if (!e->status)
        e->status = tb_fixed_data(g, e->source->params, count, list, e->arena,
                                  data, e->error);
    for (int i = 0; !e->status && i < count; i++)
        fold(e, list[i], data[i]);
    return e->status;
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
