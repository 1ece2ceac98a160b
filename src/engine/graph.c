#include "engine/graph.h"

#include "base/arena.h"
#include "base/names.h"
#include "engine/op.h"
#include "engine/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tb_graph {
    tb_arena *arena;
    tb_node *first, *last;
    int nodes, values;
    tb_names params;    /* their values */
    const char *prefix; /* of names; null: none */
    tb_error error;
};

tb_shape tb_dims_of(int rank, const int64_t *dim)
{
    tb_shape s = {rank, {0}};
    for (int i = 0; i < rank && i < TB_RANK; i++)
        s.dim[i] = dim[i];
    return s;
}

tb_graph *tb_graph_new(void)
{
    tb_graph *g = calloc(1, sizeof *g);
    if (g && !(g->arena = tb_arena_new())) {
        free(g);
        return NULL;
    }
    return g;
}

void tb_graph_free(tb_graph *g)
{
    if (!g)
        return;
    tb_names_clear(&g->params);
    tb_arena_free(g->arena);
    free(g);
}

tb_status tb_graph_check(const tb_graph *g, tb_error *error)
{
    if (!g)
        return tb_fail_memory(error);
    if (g->error.status && error)
        *error = g->error;
    return g->error.status;
}

tb_value *tb_graph_fail(tb_graph *g, const char *format, ...)
{
    if (!g || g->error.status)
        return NULL;
    va_list args;
    va_start(args, format);
    g->error.status = TB_ERR_ARGUMENT;
    vsnprintf(g->error.text, sizeof g->error.text, format, args);
    va_end(args);
    return NULL;
}

int tb_graph_nodes(const tb_graph *g)
{
    return g->nodes;
}

int tb_graph_values(const tb_graph *g)
{
    return g->values;
}

tb_node *tb_graph_first(const tb_graph *g)
{
    return g->first;
}

void *tb_graph_alloc(tb_graph *g, size_t bytes)
{
    void *p = tb_arena_alloc(g->arena, bytes);
    if (!p && !g->error.status)
        tb_fail_memory(&g->error);
    return p;
}

static bool takes_type(tb_graph *g, const tb_op *op, tb_type type)
{
    unsigned types = op->types ? op->types : 1u << TB_REAL | 1u << TB_I64;
    if (types >> type & 1)
        return true;
    tb_graph_fail(g,
                  "%s does not compute with numbers of that type: cast them "
                  "first.",
                  op->name);
    return false;
}

tb_node *tb_node_new(tb_graph *g, const tb_op *op, int n_in,
                     tb_value *const *in, const void *attr, size_t attr_size)
{
    if (!g || g->error.status)
        return NULL;
    for (int i = 0; i < n_in; i++)
        if (!in[i] || !takes_type(g, op, in[i]->type))
            return NULL;
    tb_node *n = tb_graph_alloc(g, sizeof *n);
    void *copy = n && attr_size ? tb_graph_alloc(g, attr_size) : NULL;
    tb_value **list =
        n && n_in ? tb_graph_alloc(g, sizeof *in * (size_t)n_in) : NULL;
    if (!n || (attr_size && !copy) || (n_in && !list))
        return NULL;
    if (attr_size)
        memcpy(copy, attr, attr_size);
    *n = (tb_node){.graph = g,
                   .op = op,
                   .id = g->nodes++,
                   .n_in = n_in,
                   .in = list,
                   .window = TB_POINTWISE,
                   .attr = copy,
                   .attr_size = attr_size};
    for (int i = 0; i < n_in; i++)
        list[i] = in[i];
    if (g->last)
        g->last->next = n;
    else
        g->first = n;
    g->last = n;
    return n;
}

/* Time lies outermost but for the first axis; all else as written. */
static void default_order(tb_value *v)
{
    int at = 0;
    if (v->rank && v->time != 0)
        v->order[at++] = 0;
    if (v->time >= 0)
        v->order[at++] = v->time;
    for (int i = 1; i < v->rank; i++)
        if (i != v->time)
            v->order[at++] = i;
    if (v->time == 0)
        for (int i = 0; i < v->rank; i++)
            v->order[i] = i;
}

/* The list of outputs doubles whenever it is full. */
static bool has_room(tb_node *n)
{
    if (n->n_out & (n->n_out - 1))
        return true;
    size_t room = n->n_out ? 2 * (size_t)n->n_out : 1;
    tb_value **more = tb_graph_alloc(n->graph, room * sizeof *more);
    if (more && n->n_out)
        memcpy(more, n->out, (size_t)n->n_out * sizeof *more);
    n->out = more ? more : n->out;
    return more != NULL;
}

static tb_value *add_output(tb_graph *g, tb_node *n, tb_type type,
                            tb_shape shape)
{
    int frames = 0;
    if (shape.rank > TB_RANK || shape.rank < 0)
        return tb_graph_fail(g, "%s: a value has at most %d axes.", n->op->name,
                             TB_RANK);
    tb_value *v = tb_graph_alloc(g, sizeof *v);
    if (!v)
        return NULL;
    *v = (tb_value){.graph = g,
                    .node = n,
                    .slot = n->n_out,
                    .type = type,
                    .rank = shape.rank,
                    .time = -1};
    for (int i = 0; i < shape.rank; i++) {
        v->dim[i] = shape.dim[i];
        if (shape.dim[i] == TB_FRAMES) {
            v->time = i;
            frames++;
        } else if (shape.dim[i] < 0 || shape.dim[i] > INT32_MAX) {
            return tb_graph_fail(g, "%s: axis %d cannot have %lld elements.",
                                 n->op->name, i, (long long)shape.dim[i]);
        }
    }
    if (frames > 1)
        return tb_graph_fail(g, "%s: only one axis can count frames.",
                             n->op->name);
    if (!has_room(n))
        return NULL;
    default_order(v);
    v->id = g->values++;
    n->out[n->n_out++] = v;
    return v;
}

tb_value *tb_node_output(tb_node *n, tb_type type, tb_shape shape)
{
    return n ? add_output(n->graph, n, type, shape) : NULL;
}

tb_value *tb_node_output_like(tb_node *n, const tb_value *like)
{
    if (!n || !like)
        return NULL;
    tb_value *v = tb_node_output(n, like->type, tb_value_shape(like));
    tb_value_order_as(v, like);
    return v;
}

void tb_value_order_as(tb_value *v, const tb_value *like)
{
    if (v && v->rank == like->rank)
        memcpy(v->order, like->order, sizeof v->order);
}

void tb_value_order_of(tb_value *v, int n, tb_value *const *like)
{
    for (int i = 0; v && i < n; i++)
        if (tb_has_shape(like[i], tb_value_shape(v))) {
            tb_value_order_as(v, like[i]);
            return;
        }
}

void tb_value_order_last(tb_value *v, int axis)
{
    int at = 0;
    if (!v)
        return;
    for (int i = 0; i < v->rank; i++)
        if (v->order[i] != axis)
            v->order[at++] = v->order[i];
    v->order[at] = axis;
}

tb_shape tb_value_shape(const tb_value *v)
{
    return v ? tb_dims_of(v->rank, v->dim) : (tb_shape){0};
}

bool tb_has_shape(const tb_value *v, tb_shape shape)
{
    return v->rank == shape.rank &&
           memcmp(v->dim, shape.dim, sizeof *v->dim * (size_t)v->rank) == 0;
}

/* ---- sources ---- */

static tb_value *source(tb_graph *g, const tb_op *op, const char *name,
                        tb_type type, tb_shape shape, const void *attr,
                        size_t size)
{
    tb_node *n = tb_node_new(g, op, 0, NULL, attr, size);
    if (!n)
        return NULL;
    if (name && !(n->name = tb_arena_strdup(g->arena, name)))
        return tb_graph_fail(g, "There is not enough memory.");
    return add_output(g, n, type, shape);
}

tb_value *tb_input(tb_graph *g, const char *name, tb_type type, tb_shape shape)
{
    return source(g, &tb_op_input, name, type, shape, NULL, 0);
}

/* As it stands in the graph; null where there is no memory. */
static const char *full_name(tb_graph *g, const char *name)
{
    return g && g->prefix && name
               ? tb_arena_printf(g->arena, "%s%s", g->prefix, name)
               : name;
}

const char *tb_graph_enter(tb_graph *g, const char *prefix)
{
    const char *before = g ? g->prefix : NULL;
    const char *inner = full_name(g, prefix);
    if (!inner)
        tb_graph_fail(g, "There is not enough memory.");
    if (g)
        g->prefix = inner;
    return before;
}

void tb_graph_leave(tb_graph *g, const char *before)
{
    if (g)
        g->prefix = before;
}

static tb_value *new_param(tb_graph *g, const char *name, tb_shape shape)
{
    tb_value *v = source(g, &tb_op_param, name, TB_REAL, shape, NULL, 0);
    if (v && !tb_names_add(&g->params, v->node->name, v))
        return tb_graph_fail(g, "There is not enough memory.");
    return v;
}

tb_value *tb_param(tb_graph *g, const char *name, tb_shape shape)
{
    if (!(name = full_name(g, name)))
        return tb_graph_fail(g, "There is not enough memory.");
    tb_value *old = g ? tb_names_find(&g->params, name) : NULL;
    if (!old)
        return new_param(g, name, shape);
    if (!tb_has_shape(old, shape))
        return tb_graph_fail(g, "The parameter %s is used with two shapes.",
                             name);
    return old;
}

tb_value *tb_fill_type(tb_graph *g, tb_type type, tb_shape shape, double x)
{
    return source(g, &tb_op_fill, NULL, type, shape, &x, sizeof x);
}

tb_value *tb_fill(tb_graph *g, tb_shape shape, double x)
{
    return tb_fill_type(g, TB_REAL, shape, x);
}

tb_value *tb_constant_type(tb_graph *g, tb_type type, tb_shape shape,
                           tb_type stored, const void *x)
{
    size_t n = tb_type_size(stored, sizeof(float));
    if (!g || g->error.status)
        return NULL;
    for (int i = 0; i < shape.rank && i < TB_RANK; i++)
        n *= (size_t)(shape.dim[i] > 0 ? shape.dim[i] : 0);
    void *copy = tb_graph_alloc(g, n + 1);
    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, x, n);
    tb_constant_attr attr = {{copy, stored, false}};
    return source(g, &tb_op_constant, NULL, type, shape, &attr, sizeof attr);
}

tb_value *tb_constant(tb_graph *g, tb_shape shape, const double *x)
{
    return tb_constant_type(g, TB_REAL, shape, TB_F64, x);
}

tb_value *tb_state(tb_graph *g, const char *name, tb_type type, tb_shape shape,
                   double init)
{
    tb_state_attr attr = {.init = init};
    return source(g, &tb_op_state, full_name(g, name), type, shape, &attr,
                  sizeof attr);
}

static bool same_kind(const tb_value *a, const tb_value *b)
{
    return a->type == b->type && tb_has_shape(a, tb_value_shape(b));
}

void tb_state_next(tb_value *state, tb_value *next)
{
    if (!state || !next)
        return;
    if (!same_kind(state, next))
        tb_graph_fail(state->graph, "The state %s changes its shape.",
                      state->node->name);
    else
        ((tb_state_attr *)state->node->attr)->next = next;
}

void tb_state_any_order(tb_value *state)
{
    if (state)
        ((tb_state_attr *)state->node->attr)->any_order = true;
}

tb_value *tb_feedback(tb_graph *g, const char *name, tb_type type,
                      tb_shape shape, int64_t period)
{
    tb_feedback_attr attr = {NULL, period};
    return source(g, &tb_op_feedback, name, type, shape, &attr, sizeof attr);
}

void tb_feedback_close(tb_value *feedback, tb_value *source_value)
{
    if (!feedback || !source_value)
        return;
    if (!same_kind(feedback, source_value))
        tb_graph_fail(feedback->graph, "The loop of %s changes its shape.",
                      feedback->node->name);
    else
        ((tb_feedback_attr *)feedback->node->attr)->source = source_value;
}

const tb_op tb_op_input = {.name = "input", .time = TB_TIME_SOURCE};
const tb_op tb_op_param = {.name = "param", .time = TB_TIME_SOURCE};
const tb_op tb_op_fill = {.name = "fill", .time = TB_TIME_SOURCE};
const tb_op tb_op_constant = {.name = "constant", .time = TB_TIME_SOURCE};
const tb_op tb_op_state = {.name = "state", .time = TB_TIME_SOURCE};
const tb_op tb_op_feedback = {.name = "feedback", .time = TB_TIME_SOURCE};
