/* The micro-kernel under every product of matrices: a tile of a few rows by
   the columns of one or more panels, held in registers while one operand is
   broadcast and the other streams by. Each element of the tile is one chain of
   multiply-adds in the order (tap, in), so neither the size of the tile nor a
   cut of the chain into several calls can change a bit. */
#ifndef TB_ENGINE_CPU_FAST_TILE_H
#define TB_ENGINE_CPU_FAST_TILE_H

#include "engine/cpu/fast/vec.h"

typedef struct tb_tile {
    const float *x;      /* of the tile's first row */
    ptrdiff_t row, step; /* from row to row, from in to in */
    ptrdiff_t xtap;
    const ptrdiff_t *offsets;
    const void *w;          /* [tap][in][16], float or binary16 */
    ptrdiff_t wtap, wpanel; /* from tap to tap, panel to panel */
    ptrdiff_t win;          /* from in to in, of binary16 */
    const void *next;  /* weights that are read after these, on their way while
                          this tile is computed; panels lie as those of w */
    ptrdiff_t next_in; /* from in to in: less where several tiles share what
                          comes next */
    int taps, ins;
    const float *start; /* what the chains begin with */
    ptrdiff_t start_row, start_panel;
    float *y;
    ptrdiff_t ldy, ypanel;
} tb_tile;

enum { TB_TILE_MOST = 8 }; /* vectors in a row of a tile, at most */

/* What is constant in each instance below. */
typedef struct tb_tile_kind {
    int rows, panels;
    int vectors; /* per panel; half of TB_PV when the rest is padding */
    bool half, unit_step;
} tb_tile_kind;

/* Vector j of one member's weights. */
TB_INLINE vf tb_tile_weight(tb_tile_kind kind, const void *w, ptrdiff_t at,
                            ptrdiff_t wpanel, int j)
{
    at += j / kind.vectors * wpanel + j % kind.vectors * TB_LANES;
    if (kind.half)
        return vf_load_half((const uint16_t *)w + at);
    return vf_load((const float *)w + at);
}

/* One member of the chains. What is fewer, rows or vectors, is held. */
TB_INLINE void tb_tile_step(vf sum[][TB_TILE_MOST], tb_tile_kind kind,
                            const float *x, ptrdiff_t row, const void *w,
                            ptrdiff_t at, ptrdiff_t wpanel)
{
    int wide = kind.panels * kind.vectors;
    vf held[TB_TILE_MOST];
    if (kind.rows >= wide) {
        TB_UNROLL
        for (int j = 0; j < wide; j++)
            held[j] = tb_tile_weight(kind, w, at, wpanel, j);
        TB_UNROLL
        for (int i = 0; i < kind.rows; i++) {
            vf a = vf_set(x[i * row]);
            TB_UNROLL
            for (int j = 0; j < wide; j++)
                sum[i][j] = vf_fma(a, held[j], sum[i][j]);
        }
        return;
    }
    TB_UNROLL
    for (int i = 0; i < kind.rows; i++)
        held[i] = vf_set(x[i * row]);
    TB_UNROLL
    for (int j = 0; j < wide; j++) {
        vf b = tb_tile_weight(kind, w, at, wpanel, j);
        TB_UNROLL
        for (int i = 0; i < kind.rows; i++)
            sum[i][j] = vf_fma(held[i], b, sum[i][j]);
    }
}

/* What is read once for few rows is on its way before it is needed, further
   ahead than the processor would think of. */
TB_INLINE void tb_tile_ahead(const void *w, ptrdiff_t at)
{
    enum { AHEAD = 16 << 10, LINE = 64 };
    const char *next = (const char *)((const uint16_t *)w + at) + AHEAD;
    TB_UNROLL
    for (size_t i = 0; i < TB_GROUP * TB_PANEL * sizeof(uint16_t); i += LINE)
        __builtin_prefetch(next + i, 0, 3);
}

/* Pairs of panels are computed slowly enough for the weights of the next pair
   to come meanwhile from beyond the second-level cache; of halves both lie in
   one line. */
TB_INLINE void tb_tile_next(tb_tile_kind kind, const void *next, ptrdiff_t at,
                            ptrdiff_t wpanel)
{
    if (kind.half) {
        __builtin_prefetch((const uint16_t *)next + at, 0, 2);
        return;
    }
    __builtin_prefetch((const float *)next + at, 0, 2);
    __builtin_prefetch((const float *)next + at + wpanel, 0, 2);
}

TB_INLINE void tb_tile_run(const tb_tile *t, tb_tile_kind kind)
{
    int rows = kind.rows, nv = kind.vectors;
    int wide = kind.panels * nv;
    vf sum[TB_TILE_ROWS][TB_TILE_MOST];
    TB_UNROLL
    for (int i = 0; i < rows; i++) {
        TB_UNROLL
        for (int j = 0; j < wide; j++)
            sum[i][j] = vf_load(t->start + i * t->start_row +
                                j / nv * t->start_panel + j % nv * TB_LANES);
    }
    ptrdiff_t step = kind.unit_step ? 1 : t->step, row = t->row;
    ptrdiff_t in = kind.half ? t->win : TB_PANEL;
    ptrdiff_t next = 0;
    for (int tap = 0; tap < t->taps; tap++) {
        const float *x = t->x + (t->offsets ? t->offsets[tap] : tap * t->xtap);
        ptrdiff_t at = tap * t->wtap;
        for (int k = 0; k < t->ins; k++, x += step, at += in) {
            if (kind.half && kind.panels == TB_GROUP)
                tb_tile_ahead(t->w, at);
            if (kind.panels == 2 && kind.unit_step) {
                tb_tile_next(kind, t->next, next, t->wpanel);
                next += t->next_in;
            }
            tb_tile_step(sum, kind, x, row, t->w, at, t->wpanel);
        }
    }
    TB_UNROLL
    for (int i = 0; i < rows; i++) {
        TB_UNROLL
        for (int j = 0; j < wide; j++)
            vf_store(t->y + i * t->ldy + j / nv * t->ypanel + j % nv * TB_LANES,
                     sum[i][j]);
    }
}

typedef TB_REALTIME void tb_tile_fn(const tb_tile *t);

#define TB_TILE(NAME, ROWS, PANELS, VECTORS, HALF, UNIT)                       \
    static inline TB_REALTIME void NAME(const tb_tile *t)                      \
    {                                                                          \
        tb_tile_run(t, (tb_tile_kind){ROWS, PANELS, VECTORS, HALF, UNIT});     \
    }

/* How many of the rows that are left the next tile takes: no tile of one or
   two rows unless there are no more, for they keep too few chains going. */
static inline int tb_tile_rows(int left)
{
    if (left <= TB_TILE_ROWS)
        return left;
    return left >= 2 * TB_TILE_ROWS ? TB_TILE_ROWS : (left + 1) / 2;
}

#endif
