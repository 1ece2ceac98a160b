/* Rows: how kernels over the last axis in memory (channels) see two tensors,
   whatever axes and strides lie above it. */
#ifndef TB_ENGINE_CPU_ROWS_H
#define TB_ENGINE_CPU_ROWS_H

#include "engine/cpu/kernel.h"

/* So many elements behind `data`. Sizes and parts are asked for before there is
   memory: then null stays null. */
static inline float *tb_behind(void *data, int64_t elements)
{
    return data ? (float *)data + elements : NULL;
}

/* `groups` times `rows` rows; within a group rows lie ldx and ldy apart. */
typedef struct tb_row_set {
    int axes; /* above the rows */
    int64_t n[TB_RANK], by_x[TB_RANK], by_y[TB_RANK];
    int64_t groups, rows, ldx, ldy;
    float *x, *y; /* of the first row */
} tb_row_set;

/* The rows of x and y, which agree in all axes but `channel`, for the frames
   of the call. */
TB_REALTIME tb_row_set tb_rows_of(const tb_call *c, const tb_tensor *x,
                                  const tb_tensor *y, int channel);

/* Where a group's first rows lie. */
TB_REALTIME void tb_rows_group(const tb_row_set *s, int64_t group, float **x,
                               float **y);

/* Row blocks of at most `block` rows: how many there are, and the i-th. */
typedef struct tb_row_block {
    float *x, *y;
    int rows;
} tb_row_block;

TB_REALTIME int tb_rows_blocks(const tb_row_set *s, int64_t block);
TB_REALTIME tb_row_block tb_rows_block(const tb_row_set *s, int64_t block,
                                       int i);

#endif
