/* What the engine knows of an op. The table of all ops stands in ops.c. */
#ifndef TB_ENGINE_OP_H
#define TB_ENGINE_OP_H

#include "engine/graph.h"

typedef enum tb_op_time {
    TB_TIME_FRAME, /* frame by frame, or by its window */
    TB_TIME_SCAN,  /* forwards from frame to frame, with state */
    TB_TIME_WHOLE, /* needs all frames: infinite age, does not stream */
    TB_TIME_SOURCE /* has no inputs */
} tb_op_time;

/* Writes gradient nodes: dout[i] is the gradient of output i, or null where
   nothing depends on it; sets din[i] for the inputs with want[i]. */
typedef void (*tb_vjp)(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din);

struct tb_op {
    const char *name;
    tb_op_time time;
    tb_vjp vjp; /* null: no gradient flows through */

    /* A view: sets the data pointer (an offset from in->data, in elements,
       through *offset) and strides of `out`, whose dims are set; false if
       memory cannot be seen that way, and then a kernel copies. */
    bool (*view)(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                 int64_t *offset);

    /* For ops over all frames: the node's window tells how frames of input 1
       (a gradient) read those of input 0, outside of it too. */
    bool paced_by_gradient;

    /* Output 0 may be written over input i if bit i is set and nobody needs
       that input afterwards (same type, same elements, same order). */
    unsigned in_place;

    /* Its kernels read and write values in any order of axes equally well. */
    bool any_order;

    /* Types that its inputs may have (bit i: type i); 0: reals and i64. */
    unsigned types;
};

#define TB_ANY_TYPE (~0u)

/* The settings of the node, typed. */
#define TB_ATTR(type, node) ((const type *)(node)->attr)

#endif
