/* Loops over several tensors of one shape side by side, with as few and as
   long rows as their memory allows: axes that lie in memory as one become one.
   Axes of one element repeat, and shapes are aligned at the last axis. */
#ifndef TB_ENGINE_CPU_NEST_H
#define TB_ENGINE_CPU_NEST_H

#include "engine/cpu/kernel.h"

enum { TB_NEST_MAX = 4 };

typedef struct tb_nest {
    int tensors, axes; /* axes above rows and columns */
    int64_t n[TB_RANK];
    int64_t by[TB_NEST_MAX][TB_RANK];
    int64_t rows, cols;
    int64_t row[TB_NEST_MAX], col[TB_NEST_MAX]; /* strides */
    int64_t start[TB_NEST_MAX]; /* of the first element, from `data` */
} tb_nest;

/* Columns have stride 1 in the first tensor and 1 or 0 in the others; where no
   axis is like that there is one column. Over the part of `shape` that the call
   computes; the first tensor's strides give the order. */
tb_nest tb_nest_of(const tb_call *c, const tb_tensor *shape, int tensors,
                   const tb_tensor *const *t);

/* A block of rows and columns. */
typedef struct tb_nest_block {
    int64_t at[TB_NEST_MAX]; /* offsets of its first element */
    int rows, cols;
} tb_nest_block;

/* Parts of roughly equal size for so many threads, and the blocks of a part:
   call with *step = 0 first, until it gives false. */
int tb_nest_parts(const tb_nest *nest, int threads);
bool tb_nest_next(const tb_nest *nest, int part, int parts, int64_t *step,
                  tb_nest_block *block);

#endif
