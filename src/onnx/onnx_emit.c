#include "engine/fixed.h"
#include "engine/frames.h"
#include "engine/ops.h"
#include "engine/select.h"
#include "engine/source.h"
#include "onnx/onnx_rows.h"

#include <string.h>

/* ---- for rows ---- */

void tb_onnx_refuse(tb_onnx_emitter *e, const tb_node *n, const char *what)
{
    if (!e->status)
        e->status = tb_fail(e->error, TB_ERR_UNSUPPORTED,
                            "Node %d (%s): %s cannot be written as ONNX.",
                            n->id, n->op->name, what);
}

const char *tb_onnx_read(tb_onnx_emitter *e, const tb_node *n, int i)
{
    const char *name = e->names[n->in[i]->id];
    if (!name)
        tb_onnx_refuse(e, n, "what it reads");
    return name ? name : "";
}

void tb_onnx_give(tb_onnx_emitter *e, const tb_node *n, const char *name)
{
    e->names[n->out[0]->id] = name;
}

const char *tb_onnx_reshape_to(tb_onnx_emitter *e, const char *x, int rank,
                               const int64_t *dims)
{
    return tb_onnx_two(e->graph, "Reshape", x,
                       tb_onnx_integers(e->graph, rank, dims));
}

const char *tb_onnx_reshape(tb_onnx_emitter *e, const char *x,
                            const tb_value *like)
{
    int64_t dims[TB_RANK];
    for (int i = 0; i < like->rank; i++)
        dims[i] = i == like->time ? -1 : like->dim[i];
    return tb_onnx_reshape_to(e, x, like->rank, dims);
}

const char *tb_onnx_transpose(tb_onnx_emitter *e, const char *x, int rank,
                              const int64_t *axes)
{
    tb_onnx_node n = tb_onnx_begin(e->graph, "Transpose");
    tb_onnx_input(&n, x);
    tb_onnx_set_integers(&n, "perm", rank, axes);
    return tb_onnx_end(&n);
}

const char *tb_onnx_slice(tb_onnx_emitter *e, const char *x, int axis,
                          int64_t from, int64_t to, int64_t step)
{
    const int64_t at = axis;
    tb_onnx_node n = tb_onnx_begin(e->graph, "Slice");
    tb_onnx_input(&n, x);
    tb_onnx_input(&n, tb_onnx_integers(e->graph, 1, &from));
    tb_onnx_input(&n, tb_onnx_integers(e->graph, 1, &to));
    tb_onnx_input(&n, tb_onnx_integers(e->graph, 1, &at));
    tb_onnx_input(&n, tb_onnx_integers(e->graph, 1, &step));
    return tb_onnx_end(&n);
}

const char *tb_onnx_cut(tb_onnx_emitter *e, const char *x, const tb_value *v,
                        int64_t n)
{
    int64_t over = e->frames[v->id] % n;
    return over ? tb_onnx_slice(e, x, v->time, 0, -over, 1) : x;
}

const char *tb_onnx_fill(tb_onnx_emitter *e, const char *x, const tb_value *v,
                         int64_t n)
{
    int64_t over = e->frames[v->id] % n, sides[2 * TB_RANK] = {0};
    sides[v->rank + v->time] = n - over;
    return over ? tb_onnx_two(e->graph, "Pad", x,
                              tb_onnx_integers(e->graph, 2 * v->rank, sides))
                : x;
}

float *tb_onnx_room(tb_onnx_emitter *e, int64_t n)
{
    float *x = tb_arena_array(e->arena, (size_t)n + 1, sizeof *x);
    if (!x && !e->status)
        e->status = tb_fail_memory(e->error);
    return x;
}

/* ---- what parameters alone decide ---- */

static bool is_run(const tb_onnx_emitter *e, const tb_node *n)
{
    bool runs = false;
    for (int i = 0; i < n->n_out; i++)
        runs |= !e->fixed[n->out[i]->id];
    return e->needed[n->id] && runs;
}

/* What nodes read of it, each once; how many there are. */
static int list_fixed(tb_onnx_emitter *e, tb_value **list)
{
    int count = 0;
    for (const tb_node *n = tb_graph_first(e->source->graph); n; n = n->next)
        for (int i = 0; is_run(e, n) && i < n->n_in; i++) {
            tb_value *v = n->in[i];
            if (!e->fixed[v->id] || e->names[v->id])
                continue;
            e->names[v->id] = "";
            list[count++] = v;
            if (!tb_fixed_has_type(v))
                tb_onnx_refuse(e, n, "what it reads");
        }
    return count;
}

static tb_status write_fixed(tb_onnx_emitter *e)
{
    const tb_graph *g = e->source->graph;
    size_t most = (size_t)tb_graph_values(g) + 1;
    tb_value **list = tb_arena_array(e->arena, most, sizeof *list);
    const void **data = tb_arena_array(e->arena, most, sizeof *data);
    if (!list || !data)
        return tb_fail_memory(e->error);
    int count = list_fixed(e, list);
    if (!e->status)
        e->status = tb_fixed_data(g, e->source->params, count, list, e->arena,
                                  data, e->error);
    for (int i = 0; !e->status && i < count; i++)
        e->names[list[i]->id] =
            tb_onnx_tensor(e->graph, tb_fixed_name(e->arena, list[i]),
                           list[i]->type, tb_value_shape(list[i]), data[i]);
    return e->status;
}

/* ---- what comes from outside ---- */

static void write_input(tb_onnx_emitter *e, const tb_onnx_port *p)
{
    tb_onnx_graph_input(e->graph, p->name, p->value->type,
                        tb_value_shape(p->value), p->frames);
    e->names[p->value->id] = p->name;
}

/* It has a value where nobody gives it one. */
static void write_control(tb_onnx_emitter *e, const tb_onnx_port *p)
{
    tb_shape shape = tb_value_shape(p->value);
    int64_t n = 1;
    for (int i = 0; i < shape.rank; i++)
        n *= shape.dim[i];
    float *x = tb_onnx_room(e, n);
    for (int64_t i = 0; x && i < n; i++)
        x[i] = (float)p->standard;
    write_input(e, p);
    if (p->value->type == TB_REAL)
        tb_onnx_tensor(e->graph, p->name, TB_REAL, shape, x);
}

static bool is_needed(const tb_onnx_emitter *e, const tb_value *v)
{
    return e->needed[v->node->id];
}

static void write_inputs(tb_onnx_emitter *e)
{
    const tb_onnx_source *s = e->source;
    write_input(e, &s->input);
    for (int i = 0; i < s->control_count; i++)
        if (is_needed(e, s->controls[i].value))
            write_control(e, &s->controls[i]);
}

/* A state is what it begins with. */
static void write_state(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_value *v = n->out[0];
    tb_shape shape = tb_value_shape(v);
    int64_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= shape.dim[i];
    float *x = tb_onnx_room(e, count);
    for (int64_t i = 0; x && i < count; i++)
        x[i] = (float)TB_ATTR(tb_state_attr, n)->init;
    if (v->type == TB_REAL)
        tb_onnx_give(e, n, tb_onnx_tensor(e->graph, NULL, TB_REAL, shape, x));
    else
        tb_onnx_refuse(e, n, "what it begins with");
}

/* ---- nodes ---- */

static tb_onnx_row_function row_of(const tb_op *op)
{
    static const tb_onnx_row *const tables[] = {
        tb_onnx_arithmetic, tb_onnx_layers, tb_onnx_shapes, tb_onnx_frames};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const tb_onnx_row *row = tables[i]; row->op; row++)
            if (row->op == op)
                return row->emit;
    return NULL;
}

static void write_node(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_row_function emit = row_of(n->op);
    if (n->op == &tb_op_state)
        write_state(e, n);
    else if (emit)
        emit(e, n);
    else if (n->op != &tb_op_input || !e->names[n->out[0]->id])
        tb_onnx_refuse(e, n, "this operation");
}

static tb_status begin(tb_onnx_emitter *e)
{
    const tb_graph *g = e->source->graph;
    tb_value *y = e->source->output.value;
    size_t nodes = (size_t)tb_graph_nodes(g) + 1;
    size_t values = (size_t)tb_graph_values(g) + 1;
    e->needed = tb_arena_array(e->arena, nodes, sizeof *e->needed);
    e->fixed = tb_arena_array(e->arena, values, sizeof *e->fixed);
    e->names = tb_arena_array(e->arena, values, sizeof *e->names);
    e->frames = tb_arena_array(e->arena, values, sizeof *e->frames);
    if (!e->needed || !e->fixed || !e->names || !e->frames ||
        !tb_select(g, 1, &y, e->needed))
        return tb_fail_memory(e->error);
    tb_lengths(g, e->source->grain, TB_NO_END, e->frames);
    tb_select_fixed(g, e->needed, e->fixed);
    return TB_OK;
}

tb_status tb_onnx_emit(tb_onnx_graph *g, const tb_onnx_source *s,
                       tb_error *error)
{
    tb_error own;
    tb_onnx_emitter e = {.graph = g,
                         .source = s,
                         .arena = g->arena,
                         .error = error ? error : &own};
    tb_status status = begin(&e);
    if (!status)
        status = write_fixed(&e);
    if (!status)
        write_inputs(&e);
    const tb_node *n = status ? NULL : tb_graph_first(s->graph);
    for (; n && !e.status; n = n->next)
        if (is_run(&e, n))
            write_node(&e, n);
    status = status ? status : e.status;
    const tb_value *y = s->output.value;
    if (!status)
        tb_onnx_graph_output(g, s->output.name, y->type, tb_value_shape(y),
                             s->output.frames, e.names[y->id]);
    return status;
}
