/* Sums of outer products over rows: the gradient of packed weights. Blocks of
   rows, or of several short runs of rows, are copied so that both operands of
   the tile stream: x in groups as wide as a tile has rows, dy in panels. */
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
    int block; /* rows of dy of a run */
    int runs;  /* in a block; more than one are whole */
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

/* Floats of the copy of x for `rows` rows of one run. */
static inline size_t outer_copied(const tb_outer_plan *p, int rows)
{
    size_t wide =
        p->whole ? (size_t)p->width : (size_t)p->groups * TB_TILE_ROWS;
    return wide * (size_t)outer_span(p, rows);
}

/* As many whole runs as make a block. */
static inline int outer_runs(const tb_outer_plan *p)
{
    if (p->block < p->o.rows)
        return 1;
    int runs = TB_OUTER_ROWS / p->block;
    runs = runs < p->o.runs ? runs : p->o.runs;
    while (runs > 1 && runs * outer_copied(p, p->block) > TB_OUTER_LARGE)
        runs--;
    return runs;
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
    while (p.block > TB_OUTER_FEW && outer_copied(&p, p.block) > TB_OUTER_LARGE)
        p.block = (p.block + 1) / 2;
    p.runs = outer_runs(&p);
    return p;
}

static inline TB_REALTIME size_t fast_outer_scratch(const tb_outer *o)
{
    if (o->rows <= 0 || o->runs <= 0)
        return 0;
    tb_outer_plan p = outer_plan(o);
    return (size_t)p.runs * (outer_copied(&p, p.block) +
                             tb_panels(o->outs) * TB_PANEL * p.block);
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
        int width = left < TB_TILE_ROWS ? left : TB_TILE_ROWS;
        float *group = to + (size_t)in * span;
        if (p->shared)
            outer_copy_phases(p, x + in, rows, width, group);
        else
            outer_copy_taps(p, x + in, rows, width, group);
    }
}

static inline void outer_copy_dy(const tb_outer *o, const float *dy, int rows,
                                 size_t panel, float *to)
{
    for (int col = 0; col < o->outs; col += TB_PANEL, to += panel) {
        int width = o->outs - col < TB_PANEL ? o->outs - col : TB_PANEL;
        outer_copy(to, TB_PANEL, dy + col, o->ldy, rows, width);
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

/* Copied rows, the same number of each run: what a tile sees as taps. */
typedef struct tb_outer_block {
    const float *x, *dy;
    int runs, rows;
    bool first;
} tb_outer_block;

#define TB_OUTER_TILE(R) [R] = outer_##R,
#define TB_OUTER_PAIR(R) [R] = outer_pair_##R,
static tb_tile_fn *const outer_tiles[][TB_TILE_ROWS + 1] = {
    {TB_EACH_TILE(TB_OUTER_TILE)}, {TB_EACH_TILE(TB_OUTER_PAIR)}};
#undef TB_OUTER_TILE
#undef TB_OUTER_PAIR
static const float outer_zeros[TB_PANEL];

/* All groups of one tap, for one panel or as many as a tile takes. */
static inline void outer_tap(const tb_outer_plan *p, const tb_outer_block *b,
                             int tap, int panel, int panels)
{
    ptrdiff_t dy_run = (ptrdiff_t)b->rows * TB_PANEL;
    ptrdiff_t dw_panel = (ptrdiff_t)p->o.taps * p->o.ins * TB_PANEL;
    size_t group = p->whole ? 1 : (size_t)outer_span(p, b->rows);
    const float *x = b->x + outer_tap_at(p, b->rows, tap) * TB_TILE_ROWS;
    float *dw = p->o.dw + panel * dw_panel + (size_t)tap * p->o.ins * TB_PANEL;
    for (int in = 0; in < p->o.ins; in += TB_TILE_ROWS) {
        int left = p->o.ins - in;
        tb_tile t = {.x = x + in * group,
                     .row = 1,
                     .step = p->whole ? p->move * p->width : TB_TILE_ROWS,
                     .xtap = (ptrdiff_t)outer_copied(p, b->rows),
                     .w = b->dy + panel * b->runs * dy_run,
                     .wtap = dy_run,
                     .wpanel = b->runs * dy_run,
                     .taps = b->runs,
                     .ins = b->rows,
                     .start = b->first ? outer_zeros : dw + in * TB_PANEL,
                     .start_row = b->first ? 0 : TB_PANEL,
                     .start_panel = b->first ? 0 : dw_panel,
                     .y = dw + in * TB_PANEL,
                     .ldy = TB_PANEL,
                     .ypanel = dw_panel};
        outer_tiles[panels > 1][left < TB_TILE_ROWS ? left : TB_TILE_ROWS](&t);
    }
}

/* All panels, for rows from `row` of `runs` runs. */
static inline void outer_block(const tb_outer_plan *p, int run, int runs,
                               int row, int rows, float *scratch)
{
    const tb_outer *o = &p->o;
    size_t one = outer_copied(p, rows);
    float *x = scratch, *dy = scratch + runs * one;
    for (int i = 0; i < runs; i++) {
        const tb_outer_run *r = &o->run[run + i];
        outer_copy_x(p, r->x + row * o->ldx, rows, x + i * one);
        outer_copy_dy(o, r->dy + row * o->ldy, rows,
                      (size_t)runs * rows * TB_PANEL,
                      dy + (size_t)i * rows * TB_PANEL);
    }
    tb_outer_block b = {x, dy, runs, rows, !o->accumulate && !run && !row};
    int panels = (int)tb_panels(o->outs), take;
    for (int i = 0; i < panels; i += take) {
        take = panels - i < TB_OUTER_PANELS ? 1 : TB_OUTER_PANELS;
        for (int tap = 0; tap < o->taps; tap++)
            outer_tap(p, &b, tap, i, take);
    }
}

static inline TB_REALTIME void fast_outer(const tb_outer *given, float *scratch)
{
    bool empty = given->rows <= 0 || given->runs <= 0;
    if (empty && !given->accumulate)
        memset(given->dw, 0,
               tb_packed_size(given->outs, given->taps, given->ins) *
                   sizeof *given->dw);
    if (empty)
        return;
    tb_outer_plan p = outer_plan(given);
    for (int i = 0; i < given->runs; i += p.runs)
        for (int row = 0; row < given->rows; row += p.block) {
            int runs = given->runs - i, rows = given->rows - row;
            outer_block(&p, i, runs < p.runs ? runs : p.runs, row,
                        rows < p.block ? rows : p.block, scratch);
        }
}

/* A few whole rows at a time, so that x streams by; each column adds up in the
   order of the rows. */
static inline TB_REALTIME void fast_column_sums(int rows, int cols,
                                                const float *x, ptrdiff_t ld,
                                                float *out, bool accumulate)
{
    enum { AT_ONCE = 8 };
    if (!accumulate)
        memset(out, 0, (size_t)(cols > 0 ? cols : 0) * sizeof *out);
    for (int i = 0; i < rows; i += AT_ONCE, x += AT_ONCE * ld) {
        int n = rows - i < AT_ONCE ? rows - i : AT_ONCE, j = 0;
        for (; j + TB_LANES <= cols; j += TB_LANES) {
            vf sum = vf_load(out + j);
            for (int k = 0; k < n; k++)
                sum += vf_load(x + k * ld + j);
            vf_store(out + j, sum);
        }
        for (; j < cols; j++)
            for (int k = 0; k < n; k++)
                out[j] += x[k * ld + j];
    }
}

#endif
