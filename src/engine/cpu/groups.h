/* Statistics: the elements of a tensor in groups, each of all that differ
   along some axes alone. Groups that lie side by side in memory are columns
   and are treated together; else the elements of a group lie together. The
   order in which a group is added up depends on its shape and layout alone. */
#ifndef TB_ENGINE_CPU_GROUPS_H
#define TB_ENGINE_CPU_GROUPS_H

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/kernel.h"

enum {
    TB_GROUPS_TENSORS = 3,
    TB_GROUPS_WIDE = 64,   /* columns of an item at most */
    TB_GROUPS_BLOCK = 4096 /* elements of a block at most */
};

typedef struct tb_group_axis {
    int64_t n, by[TB_GROUPS_TENSORS];
} tb_group_axis;

typedef struct tb_groups {
    const struct tb_fast *fast;
    int tensors, n_kept, n_inner;
    tb_group_axis kept[TB_RANK], inner[TB_RANK]; /* above rows and columns */
    tb_group_axis rows, cols;
    bool columns; /* are groups, not elements of one */
    int64_t size; /* elements of a group */
    int64_t start[TB_GROUPS_TENSORS];
} tb_groups;

/* Groups over `axes` of tensors of one shape (a stride may be 0), with the
   frames of the call. False if neither kind of axes lies together (stride 1)
   in the first `unit` tensors. */
TB_REALTIME bool tb_groups_of(tb_groups *g, const tb_call *c, unsigned axes,
                              int unit, int tensors, const tb_tensor *const *t);

/* Items are groups, or up to TB_GROUPS_WIDE side by side. */
TB_REALTIME int64_t tb_groups_items(const tb_groups *g);

typedef struct tb_group_item {
    int width;     /* groups */
    int64_t first; /* which along the columns the first of them is */
    int64_t at[TB_GROUPS_TENSORS];
} tb_group_item;

TB_REALTIME tb_group_item tb_groups_item(const tb_groups *g, int64_t i);

/* The blocks of an item, in order: call with *step = 0 first, until it gives
   false. */
typedef struct tb_group_block {
    int64_t at[TB_GROUPS_TENSORS];
    int rows, cols;
} tb_group_block;

TB_REALTIME bool tb_groups_next(const tb_groups *g, const tb_group_item *item,
                                int64_t *step, tb_group_block *block);

/* sum[group] += the block's rows at x. */
TB_REALTIME void tb_groups_add(const tb_groups *g, const tb_group_block *b,
                               const float *x, int64_t ld, double *sum);

/* One number for each group of an item as an operand beside a block. */
static inline tb_rows tb_groups_each(const tb_groups *g, const float *x)
{
    return (tb_rows){x, 0, g->columns};
}

#endif
