/* The graph: a network written once. Building computes nothing: each call adds
   a node to an arena and gives the value (or values) that it will produce.
   From the graph the engine derives gradients (engine/grad.h), a static plan
   over a known number of frames (engine/plan.h) and a stream
   (engine/stream.h).

   Builders accept null values and then give null; the graph remembers its
   first error, which tb_graph_check tells once, when building is over. A graph
   is built by one thread and is read-only afterwards. */
#ifndef TB_ENGINE_GRAPH_H
#define TB_ENGINE_GRAPH_H

#include "base/realtime.h"
#include "base/status.h"
#include "engine/tensor.h"

typedef struct tb_graph tb_graph;
typedef struct tb_value tb_value;
typedef struct tb_node tb_node;
typedef struct tb_op tb_op;

/* The shape of a value in logical order, that of PyTorch. At most one axis
   counts frames: its dimension is TB_FRAMES. */
typedef struct tb_shape {
    int rank;
    int64_t dim[TB_RANK];
} tb_shape;

/* tb_dims(2, 3, TB_FRAMES) is the shape [2, 3, frames]. */
#define tb_dims(...)                                                           \
    tb_dims_of((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),      \
               (int64_t[]){__VA_ARGS__})
tb_shape tb_dims_of(int rank, const int64_t *dim);

/* How an op sees time: output frame j reads input frames
   ceil((j*down - back)/up) to floor((j*down + ahead)/up), and `tail` frames
   exist past the input's end. Everything that time analysis, lengths and
   buffers need to know. */
typedef struct tb_window {
    int64_t down, up, ahead, back, tail;
} tb_window;

#define TB_POINTWISE ((tb_window){1, 1, 0, 0, 0})

struct tb_value {
    tb_graph *graph;
    tb_node *node; /* what makes it */
    int slot;      /* which of the node's outputs it is */
    int id;
    tb_type type;
    int rank;
    int time; /* axis that counts frames, or -1 */
    int64_t dim[TB_RANK];
    int order[TB_RANK];   /* axes as they lie in memory, outermost first */
    const tb_value *like; /* has as many frames as this one (gradients) */
};

struct tb_node {
    tb_graph *graph;
    const tb_op *op;
    int id;
    int n_in, n_out;
    tb_value **in, **out; /* as many as there are, in the graph's arena */
    tb_window window;
    const void *attr; /* the op's own settings, in the graph's arena */
    size_t attr_size;
    const char *name; /* of parameters, inputs and states; else null */
    tb_node *next;
};

tb_graph *tb_graph_new(void);
void tb_graph_free(tb_graph *g);

/* The first error of building, if any. */
tb_status tb_graph_check(const tb_graph *g, tb_error *error);

/* Remembers an error unless there is one already; gives null. */
tb_value *tb_graph_fail(tb_graph *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

TB_REALTIME int tb_graph_nodes(const tb_graph *g);
TB_REALTIME int tb_graph_values(const tb_graph *g);
TB_REALTIME tb_node *tb_graph_first(const tb_graph *g);

/* Memory that lives as long as the graph; null (and an error) when there is
   none. */
void *tb_graph_alloc(tb_graph *g, size_t bytes);

/* For ops: a node with copies of `attr`, whose outputs are added with
   tb_node_output. Null if any input is null (a missing optional input is
   left out by the caller, not null). */
tb_node *tb_node_new(tb_graph *g, const tb_op *op, int n_in,
                     tb_value *const *in, const void *attr, size_t attr_size);
tb_value *tb_node_output(tb_node *n, tb_type type, tb_shape shape);

/* The same with the shape, type and memory order of `like`. */
tb_value *tb_node_output_like(tb_node *n, const tb_value *like);

/* The memory order of a value with as many axes; or of the first of n values
   that has v's shape. Nothing for a null v. */
void tb_value_order_as(tb_value *v, const tb_value *like);
void tb_value_order_of(tb_value *v, int n, tb_value *const *like);

/* Puts an axis last in memory (channels of convolutions). */
void tb_value_order_last(tb_value *v, int axis);

tb_shape tb_value_shape(const tb_value *v);
bool tb_has_shape(const tb_value *v, tb_shape shape);

/* ---- where values come from ---- */

/* A signal or other value from outside. With a TB_FRAMES dimension it is a
   signal of period 1. */
tb_value *tb_input(tb_graph *g, const char *name, tb_type type, tb_shape shape);

/* A parameter, by its name in checkpoints; the same name twice gives the same
   value (and must have the same shape). */
tb_value *tb_param(tb_graph *g, const char *name, tb_shape shape);

/* Names of parameters and states begin with `prefix` from now on, inside of
   what was entered before, until tb_graph_leave gets what this gave: one
   network inside another. */
const char *tb_graph_enter(tb_graph *g, const char *prefix);
void tb_graph_leave(tb_graph *g, const char *before);

/* All elements are `x` (of a complex value: the real parts). */
tb_value *tb_fill(tb_graph *g, tb_shape shape, double x);
tb_value *tb_fill_type(tb_graph *g, tb_type type, tb_shape shape, double x);

/* Given numbers, copied, in logical order. */
tb_value *tb_constant(tb_graph *g, tb_shape shape, const double *x);

/* The same of any type; the elements of `x` are stored as `stored` (not
   TB_REAL; TB_C64: pairs of floats) and become `type` when they are read, as
   tb_cast would make them. */
tb_value *tb_constant_type(tb_graph *g, tb_type type, tb_shape shape,
                           tb_type stored, const void *x);

/* State: reads what tb_state_next named in the run before, `init` in the
   first. Its next value is committed after each run. */
tb_value *tb_state(tb_graph *g, const char *name, tb_type type, tb_shape shape,
                   double init);
void tb_state_next(tb_value *state, tb_value *next);

/* Lets a plan choose how the state lies in memory, for those who look at its
   strides. */
void tb_state_any_order(tb_value *state);

/* A value from the future that closes a loop: frame j is frame j of what
   tb_feedback_close names. Legal when the loop's age is -1 or less.
   Static plans take it as an input. `period`: base frames between its frames.
 */
tb_value *tb_feedback(tb_graph *g, const char *name, tb_type type,
                      tb_shape shape, int64_t period);
void tb_feedback_close(tb_value *feedback, tb_value *source);

#endif
