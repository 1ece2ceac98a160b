#include "onnx/onnx_graph.h"

#include <stdarg.h>
#include <string.h>

/* Numbers of fields, as onnx.proto has them. */
enum {
    MODEL_IR = 1,
    MODEL_PRODUCER = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPERATORS = 8,
    MODEL_NOTES = 14,
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_TENSOR = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_OPERATOR = 4,
    NODE_ATTRIBUTE = 5,
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_REAL = 2,
    ATTRIBUTE_INTEGER = 3,
    ATTRIBUTE_TEXT = 4,
    ATTRIBUTE_INTEGERS = 8,
    ATTRIBUTE_TYPE = 20,
    TENSOR_DIM = 1,
    TENSOR_TYPE = 2,
    TENSOR_NAME = 8,
    TENSOR_DATA = 9,
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    TYPE_TENSOR = 1,
    TYPE_ELEMENT = 1,
    TYPE_SHAPE = 2,
    SHAPE_DIM = 1,
    DIM_NUMBER = 1,
    DIM_NAME = 2,
    OPERATORS_VERSION = 2,
    NOTE_KEY = 1,
    NOTE_VALUE = 2
};

enum { IR_VERSION = 7, OPERATORS = 13 };
static const size_t most_bytes = (size_t)1 << 31;

/* What an attribute is. */
enum { IS_REAL = 1, IS_INTEGER = 2, IS_TEXT = 3, IS_INTEGERS = 7 };

int tb_onnx_type(tb_type type)
{
    return type == TB_I64 ? 7 : type == TB_BOOL ? 9 : 1;
}

void tb_onnx_graph_init(tb_onnx_graph *g, tb_arena *arena)
{
    const tb_protobuf empty = {.arena = arena};
    *g = (tb_onnx_graph){.arena = arena,
                         .nodes = empty,
                         .tensors = empty,
                         .inputs = empty,
                         .outputs = empty,
                         .texts = empty};
}

const char *tb_onnx_text(tb_onnx_graph *g, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    char *copy = n < 0 || (size_t)n >= sizeof text
                     ? NULL
                     : tb_arena_strdup(g->arena, text);
    g->failed |= !copy;
    return copy ? copy : "";
}

static const char *new_name(tb_onnx_graph *g, const char *kind)
{
    return tb_onnx_text(g, "%s%d", kind, g->names++);
}

/* ---- tensors ---- */

const char *tb_onnx_tensor(tb_onnx_graph *g, const char *name, tb_type type,
                           tb_shape shape, const void *data)
{
    tb_protobuf t = {.arena = g->arena};
    size_t n = 1;
    name = name ? name : new_name(g, "c");
    for (int i = 0; i < shape.rank; i++) {
        tb_protobuf_integer(&t, TENSOR_DIM, shape.dim[i]);
        n *= (size_t)shape.dim[i];
    }
    tb_protobuf_integer(&t, TENSOR_TYPE, tb_onnx_type(type));
    tb_protobuf_text(&t, TENSOR_NAME, name);
    tb_protobuf_bytes(&t, TENSOR_DATA, data,
                      n * tb_type_size(type, sizeof(float)));
    tb_protobuf_message(&g->tensors, GRAPH_TENSOR, &t);
    return name;
}

const char *tb_onnx_integers(tb_onnx_graph *g, int n, const int64_t *x)
{
    int64_t *copy = tb_arena_array(g->arena, (size_t)n + 1, sizeof *copy);
    if (copy)
        memcpy(copy, x, (size_t)n * sizeof *x);
    return tb_onnx_tensor(g, NULL, TB_I64, tb_dims(n), copy);
}

const char *tb_onnx_number(tb_onnx_graph *g, tb_type type, double x)
{
    float *real = tb_arena_alloc(g->arena, sizeof *real);
    int64_t *whole = tb_arena_alloc(g->arena, sizeof *whole);
    if (real && whole) {
        *real = (float)x;
        *whole = (int64_t)x;
    }
    return tb_onnx_tensor(g, NULL, type, (tb_shape){0},
                          type == TB_I64 ? (void *)whole : (void *)real);
}

/* ---- nodes ---- */

tb_onnx_node tb_onnx_begin(tb_onnx_graph *g, const char *kind)
{
    tb_onnx_node n = {g, {.arena = g->arena}};
    tb_protobuf_text(&n.message, NODE_OPERATOR, kind);
    return n;
}

void tb_onnx_input(tb_onnx_node *n, const char *name)
{
    tb_protobuf_text(&n->message, NODE_INPUT, name);
}

static tb_protobuf attribute(tb_onnx_node *n, const char *name, int type)
{
    tb_protobuf a = {.arena = n->graph->arena};
    tb_protobuf_text(&a, ATTRIBUTE_NAME, name);
    tb_protobuf_integer(&a, ATTRIBUTE_TYPE, type);
    return a;
}

void tb_onnx_set_integer(tb_onnx_node *n, const char *name, int64_t x)
{
    tb_protobuf a = attribute(n, name, IS_INTEGER);
    tb_protobuf_integer(&a, ATTRIBUTE_INTEGER, x);
    tb_protobuf_message(&n->message, NODE_ATTRIBUTE, &a);
}

void tb_onnx_set_integers(tb_onnx_node *n, const char *name, int count,
                          const int64_t *x)
{
    tb_protobuf a = attribute(n, name, IS_INTEGERS);
    for (int i = 0; i < count; i++)
        tb_protobuf_integer(&a, ATTRIBUTE_INTEGERS, x[i]);
    tb_protobuf_message(&n->message, NODE_ATTRIBUTE, &a);
}

void tb_onnx_set_real(tb_onnx_node *n, const char *name, double x)
{
    tb_protobuf a = attribute(n, name, IS_REAL);
    tb_protobuf_real(&a, ATTRIBUTE_REAL, (float)x);
    tb_protobuf_message(&n->message, NODE_ATTRIBUTE, &a);
}

void tb_onnx_set_text(tb_onnx_node *n, const char *name, const char *text)
{
    tb_protobuf a = attribute(n, name, IS_TEXT);
    tb_protobuf_text(&a, ATTRIBUTE_TEXT, text);
    tb_protobuf_message(&n->message, NODE_ATTRIBUTE, &a);
}

static void end_as(tb_onnx_node *n, const char *name)
{
    tb_protobuf_text(&n->message, NODE_OUTPUT, name);
    tb_protobuf_message(&n->graph->nodes, GRAPH_NODE, &n->message);
}

const char *tb_onnx_end(tb_onnx_node *n)
{
    const char *name = new_name(n->graph, "v");
    end_as(n, name);
    return name;
}

const char *tb_onnx_one(tb_onnx_graph *g, const char *kind, const char *x)
{
    tb_onnx_node n = tb_onnx_begin(g, kind);
    tb_onnx_input(&n, x);
    return tb_onnx_end(&n);
}

const char *tb_onnx_two(tb_onnx_graph *g, const char *kind, const char *x,
                        const char *y)
{
    tb_onnx_node n = tb_onnx_begin(g, kind);
    tb_onnx_input(&n, x);
    tb_onnx_input(&n, y);
    return tb_onnx_end(&n);
}

/* ---- ends ---- */

static tb_protobuf shape_message(tb_onnx_graph *g, tb_shape shape,
                                 const char *frames)
{
    tb_protobuf s = {.arena = g->arena};
    for (int i = 0; i < shape.rank; i++) {
        tb_protobuf dim = {.arena = g->arena};
        if (shape.dim[i] == TB_FRAMES)
            tb_protobuf_text(&dim, DIM_NAME, frames);
        else
            tb_protobuf_integer(&dim, DIM_NUMBER, shape.dim[i]);
        tb_protobuf_message(&s, SHAPE_DIM, &dim);
    }
    return s;
}

static void add_value(tb_onnx_graph *g, tb_protobuf *to, int field,
                      const char *name, tb_type type, tb_shape shape,
                      const char *frames)
{
    tb_protobuf v = {.arena = g->arena}, t = v, tensor = v;
    tb_protobuf dims = shape_message(g, shape, frames);
    tb_protobuf_integer(&tensor, TYPE_ELEMENT, tb_onnx_type(type));
    tb_protobuf_message(&tensor, TYPE_SHAPE, &dims);
    tb_protobuf_message(&t, TYPE_TENSOR, &tensor);
    tb_protobuf_text(&v, VALUE_NAME, name);
    tb_protobuf_message(&v, VALUE_TYPE, &t);
    tb_protobuf_message(to, field, &v);
}

void tb_onnx_graph_input(tb_onnx_graph *g, const char *name, tb_type type,
                         tb_shape shape, const char *frames)
{
    add_value(g, &g->inputs, GRAPH_INPUT, name, type, shape, frames);
}

void tb_onnx_graph_output(tb_onnx_graph *g, const char *name, tb_type type,
                          tb_shape shape, const char *frames, const char *from)
{
    tb_onnx_node same = tb_onnx_begin(g, "Identity");
    tb_onnx_input(&same, from);
    end_as(&same, name);
    add_value(g, &g->outputs, GRAPH_OUTPUT, name, type, shape, frames);
}

/* ---- the file ---- */

void tb_onnx_note(tb_onnx_graph *g, const char *key, const char *value)
{
    tb_protobuf note = {.arena = g->arena};
    tb_protobuf_text(&note, NOTE_KEY, key);
    tb_protobuf_text(&note, NOTE_VALUE, value);
    tb_protobuf_message(&g->texts, MODEL_NOTES, &note);
}

tb_status tb_onnx_save(tb_onnx_graph *g, const char *name, tb_file *file,
                       tb_error *error)
{
    tb_protobuf graph = {.arena = g->arena}, model = graph, set = graph;
    tb_protobuf_append(&graph, &g->nodes);
    tb_protobuf_text(&graph, GRAPH_NAME, name);
    tb_protobuf_append(&graph, &g->tensors);
    tb_protobuf_append(&graph, &g->inputs);
    tb_protobuf_append(&graph, &g->outputs);
    tb_protobuf_integer(&model, MODEL_IR, IR_VERSION);
    tb_protobuf_text(&model, MODEL_PRODUCER, "Timbrel");
    tb_protobuf_text(&model, MODEL_PRODUCER_VERSION, TIMBREL_VERSION);
    tb_protobuf_message(&model, MODEL_GRAPH, &graph);
    tb_protobuf_integer(&set, OPERATORS_VERSION, OPERATORS);
    tb_protobuf_message(&model, MODEL_OPERATORS, &set);
    tb_protobuf_append(&model, &g->texts);
    if (g->failed || model.failed)
        return tb_fail_memory(error);
    if (model.size >= most_bytes)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "Its weights are more than the 2 GB that an ONNX file "
                       "may hold.");
    if (!tb_protobuf_write(&model, tb_file_stream(file)) ||
        fflush(tb_file_stream(file)))
        return tb_fail(error, TB_ERR_FILE,
                       "Cannot write the ONNX file: is the disk full?");
    return TB_OK;
}
