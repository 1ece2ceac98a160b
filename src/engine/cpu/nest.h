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
TB_REALTIME void tb_nest_init(tb_nest *nest, const tb_call *c,
                              const tb_tensor *shape, int tensors,
                              const tb_tensor *const *t);

/* A block of rows and columns. */
typedef struct tb_nest_block {
    int64_t at[TB_NEST_MAX]; /* offsets of its first element */
    int rows, cols;
} tb_nest_block;

/* Of the output and all inputs beside it, and the parts of such a call. */
TB_REALTIME void tb_nest_of_all(tb_nest *nest, const tb_call *c);
TB_REALTIME int tb_nest_parts_of_all(const tb_call *c, int phase, int threads);

/* Parts of roughly equal size of so many elements for so many threads, and the
   blocks of a part: call with *step = 0 first, until it gives false. */
TB_REALTIME int tb_nest_parts(int64_t elements, int threads);
TB_REALTIME bool tb_nest_next(const tb_nest *nest, int part, int parts,
                              int64_t *step, tb_nest_block *block);

/* A block as runs of n elements: these lie `step` apart, runs `by`. */
typedef struct tb_nest_runs {
    int runs, n;
    int64_t step[TB_NEST_MAX], by[TB_NEST_MAX];
} tb_nest_runs;

TB_REALTIME tb_nest_runs tb_nest_runs_of(const tb_nest *nest,
                                         const tb_nest_block *block);

/* Pieces of runs for functions of contiguous numbers: what lies otherwise
   passes through a room of TB_PIECE numbers. */
enum { TB_PIECE = 512 };

static inline const float *tb_piece_take(const float *x, int64_t step, int n,
                                         float *room)
{
    if (step == 1)
        return x;
    for (int i = 0; i < n; i++)
        room[i] = x[i * step];
    return room;
}

static inline float *tb_piece_room(float *y, int64_t step, float *room)
{
    return step == 1 ? y : room;
}

static inline void tb_piece_give(float *y, int64_t step, int n,
                                 const float *room)
{
    for (int i = 0; i < n && step != 1; i++)
        y[i * step] = room[i];
}

#endif
