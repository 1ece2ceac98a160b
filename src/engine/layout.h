/* How values lie in memory: strides from the order of axes, halos, and which
   values share the memory of another. Used by static plans. */
#ifndef TB_ENGINE_LAYOUT_H
#define TB_ENGINE_LAYOUT_H

#include "base/realtime.h"
#include "engine/backend.h"
#include "engine/order.h"

typedef struct tb_layout {
    const tb_graph *graph;
    size_t real_size;
    int n_nodes, n_values;
    tb_node **nodes;        /* those needed, in order */
    int64_t *frames;        /* by value id */
    tb_halo *halo;          /* by value id */
    tb_tensor *tensors;     /* by value id; data is an offset until bound */
    int *root;              /* by value id: whose memory it lies in, or -1 */
    const tb_value **whole; /* by value id: the root, unless it is a view */
    int64_t *offset;        /* by value id: bytes from the root's data */
    int *last;  /* by value id: the last step that reads its memory */
    bool *used; /* by value id */
    bool *kept; /* by value id: has memory of its own for good */
    tb_axis_order *orders; /* by value id */
    bool *view;            /* by step: the node only looks at its input */
    const tb_node **host;  /* by value id: the pad or concatenation in whose
                              result it is written, or null */
    int *born; /* by value id: the first step that writes its memory */
    int *step; /* by node id: its place in `nodes`, or -1 */
} tb_layout;

/* A value that is kept, and how it is to lie. */
typedef struct tb_layout_output {
    tb_value *value;
    tb_halo around;             /* at least */
    const tb_axis_order *order; /* null: as it was built */
} tb_layout_output;

/* Everything but where roots lie. False when there is no memory. */
bool tb_layout_init(tb_layout *l, const tb_graph *g, int n_outputs,
                    const tb_layout_output *outputs, int64_t frames,
                    size_t real_size);
void tb_layout_clear(tb_layout *l);

/* Strides of a value with that many frames and that halo in an order (null:
   logical order); gives elements in all and the offset of `data`. */
int64_t tb_layout_strides(const tb_value *v, int64_t frames, tb_halo halo,
                          const tb_axis_order *order, tb_tensor *t,
                          int64_t *data_offset);

/* Whether a step copies because its op could not be a view; a pad whose input
   lies within it only clears what is around. */
bool tb_layout_copies(const tb_layout *l, int step);

/* Bytes of a root, and where its data starts within them. */
TB_REALTIME size_t tb_layout_root_bytes(const tb_layout *l, int value,
                                        size_t *data_at);

#endif
