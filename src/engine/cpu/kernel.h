/* How the CPU backend calls a kernel. A kernel computes frames `from` to
   `from + count` of its node's outputs from tensors that the plan laid out; it
   allocates nothing, knows no graph and may be called from several threads,
   each with its own part. */
#ifndef TB_ENGINE_CPU_KERNEL_H
#define TB_ENGINE_CPU_KERNEL_H

#include "base/realtime.h"
#include "engine/graph.h"

enum { TB_TABLES = -1 }; /* an operand that is no input: see tb_kernel */

typedef struct tb_call {
    const tb_node *node;
    const tb_tensor **in;  /* as many as the node has */
    const tb_tensor **out; /* likewise; data is null: not wanted */

    /* Frames of the first output with a time axis; if none has one, of the
       first input with one (whole ops, statistics); else 0 and 1. */
    int64_t from, count;

    void *scratch;        /* as many bytes as the kernel asked for */
    const void *prepared; /* the prepared operand, if the kernel has one */
    tb_type prepared_as;  /* TB_REAL or TB_F16 */
    const struct tb_fast *fast; /* the processor's kernels; null: naive */
    uint64_t seed;              /* of random numbers: see base/random.h */
    uint32_t first_row;         /* number of row 0 in them */
    bool training;              /* dropout and batch statistics are on */
} tb_call;

/* Elements that a call computes along an axis of a tensor which has its time or
   none: where the axis counts frames, those of the call. */
static inline int64_t tb_call_extent(const tb_call *c, const tb_tensor *t,
                                     int axis)
{
    return axis == t->time ? c->count : t->dim[axis];
}

typedef struct tb_kernel {
    TB_REALTIME void (*run)(const tb_call *c, int phase, int part, int parts);

    /* Work is done phase by phase; the parts of a phase run in any order and
       at once. Null: one part. How work is cut into parts may depend on the
       number of threads, what a part computes for an element must not. */
    TB_REALTIME int (*parts)(const tb_call *c, int phase, int threads);
    int phases; /* 0 means 1 */

    /* Bytes of scratch for a call with the largest count. Null: none. */
    size_t (*scratch)(const tb_call *c, int threads);

    /* Whether the layouts of this call suit the kernel. Null: all do. */
    bool (*fits)(const tb_call *c);

    /* A kernel may want input `operand` (weights) in a form of its own, made
       when the weights change; or, as operand TB_TABLES, tables that depend on
       the node alone, made once. Null: none. `type` is TB_REAL
       or, for inference with 16-bit weights, TB_F16. */
    size_t (*prepared)(const tb_call *c, tb_type type);
    TB_REALTIME void (*prepare)(const tb_call *c, tb_type type, void *memory);
    int operand;
} tb_kernel;

typedef struct tb_kernel_entry {
    const tb_op *op;
    tb_kernel kernel;
} tb_kernel_entry;

/* Sets of kernels, each ended by an entry without op. A plan takes the first
   that fits from the fast set of its backend (if any), else the naive one. */
extern const tb_kernel_entry *const tb_kernels_naive[];   /* float */
extern const tb_kernel_entry *const tb_kernels_naive64[]; /* double */
extern const tb_kernel_entry *const tb_kernels_fast[];

#endif
