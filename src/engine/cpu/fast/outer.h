/* Sums of outer products over rows: the gradient of packed weights. Blocks of
   rows are copied so that both operands of the tile stream: x in groups as
   wide as a tile has rows, dy in panels. */
#ifndef TB_ENGINE_CPU_FAST_OUTER_H
#define TB_ENGINE_CPU_FAST_OUTER_H

#include "engine/cpu/fast/tile.h"

#define TB_OUTER_TILES(R)                                                      \
    TB_TILE(outer_##R, R, 1, TB_PV, false, false)                              \
    TB_TILE(outer_pair_##R, R, TB_OUTER_PANELS, TB_PV, false, false)

enum {
    TB_OUTER_PANELS = TB_PV == 1 ? 2 : 1, /* of a tile, where there are more */
    TB_OUTER_ROWS = 256,        /* of dy in a block, at most and ... */
    TB_OUTER_FEW = 64,          /* ... when the copied x would be too large: */
    TB_OUTER_LARGE = 192 << 10, /* floats */
    TB_OUTER_WHOLE = 16         /* ins up to which rows are copied whole */
};

TB_EACH_TILE(TB_OUTER_TILES)

/* How x is copied. Taps whose rows coincide share one copy of `unit` strided
   rows, of which each row of dy moves on by `move`, each tap by `shift`: what
   the tiles read in turn lies together, row i in phase i % move at i / move.
   Otherwise each tap has its own copy. Where taps are neighbours and ins few,
   the copied rows stay whole: all taps are one row of taps * ins values. */
typedef struct tb_outer_plan {
    tb_outer o; /* taps and ins as the tiles see them */
    int groups; /* of TB_TILE_ROWS ins */
    bool shared, whole;
    int width; /* of whole rows */
    ptrdiff_t unit;
    int move, shift;
    int block; /* rows of dy */
} tb_outer_plan;

static inline ptrdiff_t outer_gcd(ptrdiff_t a, ptrdiff_t b)
{
    while (b) {
        ptrdiff_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Rows of a phase, of which `rows` rows of dy read as many, each tap further
   on. */
static inline int outer_phase(const tb_outer_plan *p, int rows)
{
    return rows + (p->o.taps - 1) * p->shift / p->move;
}

/* Copied rows of x for `rows` rows of dy. */
static inline int outer_span(const tb_outer_plan *p, int rows)
{
    if (p->whole)
        return (rows - 1) * p->move + p->o.ins / p->width;
    return p->shared ? outer_phase(p, rows) * p->move : rows * p->o.taps;
}

static inline void outer_share(tb_outer_plan *p)
{
    const tb_outer *o = &p->o;
    if (o->taps < 2 || o->offsets || o->ldx <= 0 || o->xtap <= 0)
        return;
    p->unit = outer_gcd(o->ldx, o->xtap);
    ptrdiff_t move = o->ldx / p->unit, shift = o->xtap / p->unit;
    ptrdiff_t span = (p->block - 1) * move + (o->taps - 1) * shift + 1;
    if (span > (ptrdiff_t)p->block * o->taps)
        return;
    p->shared = true;
    p->move = (int)move;
    p->shift = (int)shift;
}

/* Floats of the copy of x. */
static inline size_t outer_copied(const tb_outer_plan *p)
{
    size_t wide =
        p->whole ? (size_t)p->width : (size_t)p->groups * TB_TILE_ROWS;
    return wide * (size_t)outer_span(p, p->block);
}

static inline tb_outer_plan outer_plan(const tb_outer *given)
{
    tb_outer_plan p = {.o = *given};
    tb_outer *o = &p.o;
    p.block = o->rows < TB_OUTER_ROWS ? o->rows : TB_OUTER_ROWS;
    outer_share(&p);
    p.whole = p.shared && p.shift == 1 && p.unit >= o->ins &&
              o->ins <= TB_OUTER_WHOLE;
    bool behind = !o->offsets && o->xtap == o->ins;
    if (p.whole || (behind && o->ins < 8 * TB_TILE_ROWS)) {
        p.shared = p.whole;
        p.width = o->ins;
        o->ins *= o->taps; /* fills the groups better */
        o->taps = 1;
    }
    p.groups = (o->ins + TB_TILE_ROWS - 1) / TB_TILE_ROWS;
    while (p.block > TB_OUTER_FEW && outer_copied(&p) > TB_OUTER_LARGE)
        p.block = (p.block + 1) / 2;
    return p;
}

static inline size_t fast_outer_scratch(const tb_outer *o)
{
    if (o->rows <= 0)
        return 0;
    tb_outer_plan p = outer_plan(o);
    return outer_copied(&p) + tb_panels(o->outs) * TB_PANEL * p.block;
}

/* rows of `width` values, `ld` apart, to rows of `to_width` behind each other
   with zeros at their ends. */
TB_INLINE void outer_copy(float *to, int to_width, const float *from,
                          ptrdiff_t ld, int rows, int width)
{
    if (width == to_width) {
        for (int i = 0; i < rows; i++, from += ld, to += to_width)
            memcpy(to, from, (size_t)to_width * sizeof *to);
        return;
    }
    for (int i = 0; i < rows; i++, from += ld, to += to_width)
        for (int j = 0; j < to_width; j++)
            to[j] = j < width ? from[j] : 0;
}

/* Known widths, for they are copied in a step or two. */
static inline void outer_copy_whole(const tb_outer_plan *p, const float *x,
                                    int span, float *to)
{
    switch (p->width) {
    case 1:
        outer_copy(to, 1, x, p->unit, span, 1);
        break;
    case 4:
        outer_copy(to, 4, x, p->unit, span, 4);
        break;
    case 8:
        outer_copy(to, 8, x, p->unit, span, 8);
        break;
    case 16:
        outer_copy(to, 16, x, p->unit, span, 16);
        break;
    default:
        for (int i = 0; i < span; i++, to += p->width, x += p->unit)
            for (int j = 0; j < p->width; j++)
                to[j] = x[j];
    }
}

/* A group's phases, as far as they are read. */
static inline void outer_copy_phases(const tb_outer_plan *p, const float *x,
                                     int rows, int width, float *to)
{
    int read = (rows - 1) * p->move + (p->o.taps - 1) * p->shift + 1;
    int phase = outer_phase(p, rows);
    for (int i = 0; i < p->move && i < read; i++)
        outer_copy(to + (size_t)i * phase * TB_TILE_ROWS, TB_TILE_ROWS,
                   x + i * p->unit, p->move * p->unit,
                   (read - i + p->move - 1) / p->move, width);
}

static inline void outer_copy_taps(const tb_outer_plan *p, const float *x,
                                   int rows, int width, float *to)
{
    const tb_outer *o = &p->o;
    for (int t = 0; t < o->taps; t++)
        outer_copy(to + (size_t)t * rows * TB_TILE_ROWS, TB_TILE_ROWS,
                   x + (o->offsets ? o->offsets[t] : t * o->xtap), o->ldx, rows,
                   width);
}

static inline void outer_copy_x(const tb_outer_plan *p, const float *x,
                                int rows, float *to)
{
    int span = outer_span(p, rows);
    if (p->whole) {
        outer_copy_whole(p, x, span, to);
        return;
    }
    for (int in = 0; in < p->o.ins; in += TB_TILE_ROWS) {
        int left = p->o.ins - in;
        (p->shared ? outer_copy_phases : outer_copy_taps)(
            p, x + in, rows, left < TB_TILE_ROWS ? left : TB_TILE_ROWS,
            to + (size_t)in * span);
    }
}

static inline void outer_copy_dy(const tb_outer *o, const float *dy, int rows,
                                 float *to)
{
    for (int col = 0; col < o->outs; col += TB_PANEL) {
        int width = o->outs - col < TB_PANEL ? o->outs - col : TB_PANEL;
        outer_copy(to, TB_PANEL, dy + col, o->ldy, rows, width);
        to += (size_t)rows * TB_PANEL;
    }
}

/* The first copied row that a tap reads. */
static inline size_t outer_tap_at(const tb_outer_plan *p, int rows, int tap)
{
    if (p->whole)
        return 0;
    if (!p->shared)
        return (size_t)tap * rows;
    int at = tap * p->shift;
    return (size_t)(at % p->move) * outer_phase(p, rows) + at / p->move;
}

/* All groups of one tap, for one panel or as many as a tile takes. */
static inline void outer_tap(const tb_outer_plan *p, int rows, int tap,
                             const float *x, const float *dy, float *dw,
                             int panels, bool first)
{
#define TB_OUTER_TILE(R) [R] = outer_##R,
#define TB_OUTER_PAIR(R) [R] = outer_pair_##R,
    static tb_tile_fn *const tiles[][TB_TILE_ROWS + 1] = {
        {TB_EACH_TILE(TB_OUTER_TILE)}, {TB_EACH_TILE(TB_OUTER_PAIR)}};
#undef TB_OUTER_TILE
#undef TB_OUTER_PAIR
    static const float zeros[TB_PANEL];
    size_t group = p->whole ? 1 : (size_t)outer_span(p, rows);
    ptrdiff_t dw_panel = (ptrdiff_t)p->o.taps * p->o.ins * TB_PANEL;
    x += outer_tap_at(p, rows, tap) * TB_TILE_ROWS;
    for (int in = 0; in < p->o.ins; in += TB_TILE_ROWS) {
        int left = p->o.ins - in;
        tb_tile t = {.x = x + in * group,
                     .row = 1,
                     .step = p->whole ? p->move * p->width : TB_TILE_ROWS,
                     .w = dy,
                     .wpanel = (ptrdiff_t)rows * TB_PANEL,
                     .taps = 1,
                     .ins = rows,
                     .start = first ? zeros : dw + in * TB_PANEL,
                     .start_row = first ? 0 : TB_PANEL,
                     .start_panel = first ? 0 : dw_panel,
                     .y = dw + in * TB_PANEL,
                     .ldy = TB_PANEL,
                     .ypanel = dw_panel};
        tiles[panels > 1][left < TB_TILE_ROWS ? left : TB_TILE_ROWS](&t);
    }
}

/* All panels, for one block of rows. */
static inline void outer_block(const tb_outer_plan *p, int rows, const float *x,
                               const float *dy, bool first)
{
    const tb_outer *o = &p->o;
    int panels = (int)tb_panels(o->outs), take;
    size_t dw_panel = (size_t)o->taps * o->ins * TB_PANEL;
    for (int i = 0; i < panels; i += take) {
        take = panels - i < TB_OUTER_PANELS ? 1 : TB_OUTER_PANELS;
        for (int tap = 0; tap < o->taps; tap++)
            outer_tap(p, rows, tap, x, dy + (size_t)i * rows * TB_PANEL,
                      o->dw + i * dw_panel + (size_t)tap * o->ins * TB_PANEL,
                      take, first);
    }
}

static inline void fast_outer(const tb_outer *given, float *scratch)
{
    if (given->rows <= 0 && !given->accumulate)
        memset(given->dw, 0,
               tb_packed_size(given->outs, given->taps, given->ins) *
                   sizeof *given->dw);
    if (given->rows <= 0)
        return;
    tb_outer_plan p = outer_plan(given);
    const tb_outer *o = &p.o;
    float *x = scratch, *dy = scratch + outer_copied(&p);
    for (int i = 0; i < o->rows; i += p.block) {
        int rows = o->rows - i < p.block ? o->rows - i : p.block;
        bool first = i == 0 && !o->accumulate;
        outer_copy_x(&p, o->x + i * o->ldx, rows, x);
        outer_copy_dy(o, o->dy + i * o->ldy, rows, dy);
        outer_block(&p, rows, x, dy, first);
    }
}

/* As many columns as fit in registers; the rows pass in order. */
static inline void fast_column_sums(int rows, int cols, const float *x,
                                    ptrdiff_t ld, float *out, bool accumulate)
{
    int j = 0;
    for (; j + 4 * TB_LANES <= cols; j += 4 * TB_LANES) {
        vf sum[4];
        for (int v = 0; v < 4; v++)
            sum[v] = accumulate ? vf_load(out + j + v * TB_LANES) : vf_set(0);
        for (int i = 0; i < rows; i++)
            for (int v = 0; v < 4; v++)
                sum[v] += vf_load(x + i * ld + j + v * TB_LANES);
        for (int v = 0; v < 4; v++)
            vf_store(out + j + v * TB_LANES, sum[v]);
    }
    for (; j < cols; j++) {
        float sum = accumulate ? out[j] : 0;
        for (int i = 0; i < rows; i++)
            sum += x[i * ld + j];
        out[j] = sum;
    }
}

#endif
