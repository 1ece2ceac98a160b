/* A network being written as ONNX; for the rows and those who run them. */
#ifndef TB_ONNX_ONNX_ROWS_H
#define TB_ONNX_ONNX_ROWS_H

#include "engine/op.h"
#include "onnx/onnx_emit.h"

typedef struct tb_onnx_emitter {
    tb_onnx_graph *graph;
    const tb_onnx_source *source;
    tb_arena *arena;
    bool *needed, *fixed; /* by node and value id */
    const char **names;   /* by value id; null: not yet */
    int64_t *frames;      /* by value id, of a sound of one grain */
    tb_status status;
    tb_error *error;
} tb_onnx_emitter;

typedef void (*tb_onnx_row_function)(tb_onnx_emitter *e, const tb_node *n);

typedef struct tb_onnx_row {
    const tb_op *op;
    tb_onnx_row_function emit;
} tb_onnx_row;

/* Tables, each ends with a null op. */
extern const tb_onnx_row tb_onnx_arithmetic[], tb_onnx_layers[],
    tb_onnx_shapes[], tb_onnx_frames[];

/* The name of input i of a node. */
const char *tb_onnx_read(tb_onnx_emitter *e, const tb_node *n, int i);

/* Output 0 of the node is called so. */
void tb_onnx_give(tb_onnx_emitter *e, const tb_node *n, const char *name);

/* Refuses the node, in a sentence that names it and `what`. */
void tb_onnx_refuse(tb_onnx_emitter *e, const tb_node *n, const char *what);

/* x with the shape of a value; its axis of time takes what is left. */
const char *tb_onnx_reshape(tb_onnx_emitter *e, const char *x,
                            const tb_value *like);
const char *tb_onnx_reshape_to(tb_onnx_emitter *e, const char *x, int rank,
                               const int64_t *dims);

/* The axes of x in another order. */
const char *tb_onnx_transpose(tb_onnx_emitter *e, const char *x, int rank,
                              const int64_t *axes);

/* x as a whole number of groups of n frames: what is left over at its end (the
   same for all lengths of whole grains) is cut off, or filled up with zeros. */
const char *tb_onnx_cut(tb_onnx_emitter *e, const char *x, const tb_value *v,
                        int64_t n);
const char *tb_onnx_fill(tb_onnx_emitter *e, const char *x, const tb_value *v,
                         int64_t n);

/* Elements `from` to `to`, and every so many-th, along an axis. */
const char *tb_onnx_slice(tb_onnx_emitter *e, const char *x, int axis,
                          int64_t from, int64_t to, int64_t step);

/* Room for n floats of a constant; null: without memory, and it has failed. */
float *tb_onnx_room(tb_onnx_emitter *e, int64_t n);

#endif
