/* A graph of ONNX being made: tensors, nodes, what goes in and comes out (the
   messages of onnx.proto, IR version 7, operators of version 13, which are
   those of ONNX 1.8 and all later). Values are known by their names. */
#ifndef TB_ONNX_ONNX_GRAPH_H
#define TB_ONNX_ONNX_GRAPH_H

#include "base/paths.h"
#include "base/safetensors.h"
#include "engine/graph.h"
#include "onnx/protobuf.h"

typedef struct tb_onnx_graph {
    tb_arena *arena; /* of the caller's, which must outlive it */
    tb_protobuf nodes, tensors, inputs, outputs, texts;
    int names; /* given so far */
    bool failed;
} tb_onnx_graph;

void tb_onnx_graph_init(tb_onnx_graph *g, tb_arena *arena);

/* Text in the arena. Without any the graph has failed, and it is empty. */
const char *tb_onnx_text(tb_onnx_graph *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The number by which ONNX knows a type: of TB_REAL, TB_I64 and TB_BOOL. */
int tb_onnx_type(tb_type type);

/* ---- tensors ---- */

/* Elements in logical order, which must outlive the graph; its name (null: a
   new one), which it gives back. */
const char *tb_onnx_tensor(tb_onnx_graph *g, const char *name, tb_type type,
                           tb_shape shape, const void *data);

/* Whole numbers [n], and one number without axes; copied. */
const char *tb_onnx_integers(tb_onnx_graph *g, int n, const int64_t *x);
const char *tb_onnx_number(tb_onnx_graph *g, tb_type type, double x);

/* ---- nodes ---- */

/* One being described: of an kind, then its inputs in order ("": left out),
   then its attributes. */
typedef struct tb_onnx_node {
    tb_onnx_graph *graph;
    tb_protobuf message;
} tb_onnx_node;

tb_onnx_node tb_onnx_begin(tb_onnx_graph *g, const char *kind);
void tb_onnx_input(tb_onnx_node *n, const char *name);
void tb_onnx_set_integer(tb_onnx_node *n, const char *name, int64_t x);
void tb_onnx_set_integers(tb_onnx_node *n, const char *name, int count,
                          const int64_t *x);
void tb_onnx_set_real(tb_onnx_node *n, const char *name, double x);
void tb_onnx_set_text(tb_onnx_node *n, const char *name, const char *text);

/* Adds it to the graph; the new name of its output. */
const char *tb_onnx_end(tb_onnx_node *n);

/* The same of nodes without attributes. */
const char *tb_onnx_one(tb_onnx_graph *g, const char *kind, const char *x);
const char *tb_onnx_two(tb_onnx_graph *g, const char *kind, const char *x,
                        const char *y);

/* ---- ends ---- */

/* An axis of TB_FRAMES is told by a name. A tensor of that name is what an
   input has where nobody gives it. */
void tb_onnx_graph_input(tb_onnx_graph *g, const char *name, tb_type type,
                         tb_shape shape, const char *frames);
void tb_onnx_graph_output(tb_onnx_graph *g, const char *name, tb_type type,
                          tb_shape shape, const char *frames, const char *from);

/* ---- the file ---- */

/* A note beside the graph. */
void tb_onnx_note(tb_onnx_graph *g, const char *key, const char *value);

/* TB_ERR_MEMORY where something failed before; TB_ERR_UNSUPPORTED where it
   would be longer than the 2 GB that the format allows. */
tb_status tb_onnx_save(tb_onnx_graph *g, const char *name, tb_file *file,
                       tb_error *error);

#endif
