/* Correlation: how rows, panels and the chain are cut into tiles. */
#ifndef TB_ENGINE_CPU_FAST_CORR_H
#define TB_ENGINE_CPU_FAST_CORR_H

#include "engine/cpu/fast/tile.h"

enum {
    TB_BLOCK = 192,    /* rows of x that stay in the second-level cache */
    TB_WIDE = 4,       /* the most panels of a tile */
    TB_NEXT = 1 << 16, /* weights that come ahead of their use */
    TB_NARROW = (TB_PV + 1) / 2 /* vectors for half a panel */
};

#define TB_CORR_TILES(R)                                                       \
    TB_TILE(corr_plain_##R, R, 1, TB_PV, false, true)                          \
    TB_TILE(corr_plain_half_##R, R, 1, TB_PV, true, true)                      \
    TB_TILE(corr_narrow_##R, R, 1, TB_NARROW, false, true)                     \
    TB_TILE(corr_narrow_half_##R, R, 1, TB_NARROW, true, true)
#define TB_CORR_WIDE(R, P)                                                     \
    TB_TILE(corr_wide_##R, R, P, TB_PV, false, true)                           \
    TB_TILE(corr_wide_half_##R, R, P, TB_PV, true, true)
#define TB_CORR_PAIR(R)                                                        \
    TB_TILE(corr_pair_##R, R, 2, TB_PV, false, true)                           \
    TB_TILE(corr_pair_half_##R, R, 2, TB_PV, true, true)
TB_EACH_TILE(TB_CORR_TILES)
TB_EACH_WIDE_TILE(TB_CORR_WIDE)
TB_EACH_PAIR_TILE(TB_CORR_PAIR)

/* By rows; a wide tile is null where one panel alone fills the registers. */
typedef struct tb_corr_tiles {
    tb_tile_fn *plain[TB_TILE_ROWS + 1], *narrow[TB_TILE_ROWS + 1];
    tb_tile_fn *wide[TB_TILE_ROWS + 1], *pair[TB_TILE_ROWS + 1];
    int panels[TB_TILE_ROWS + 1]; /* of the wide tile */
} tb_corr_tiles;

#define TB_PLAIN(R) .plain[R] = corr_plain_##R, .narrow[R] = corr_narrow_##R,
#define TB_PLAIN_HALF(R)                                                       \
    .plain[R] = corr_plain_half_##R, .narrow[R] = corr_narrow_half_##R,
#define TB_WIDER(R, P) .wide[R] = corr_wide_##R, .panels[R] = P,
#define TB_WIDER_HALF(R, P) .wide[R] = corr_wide_half_##R, .panels[R] = P,
#define TB_PAIR(R) .pair[R] = corr_pair_##R,
#define TB_PAIR_HALF(R) .pair[R] = corr_pair_half_##R,
/* For floats and for halves. */
static const tb_corr_tiles corr_all_tiles[] = {
    {TB_EACH_TILE(TB_PLAIN) TB_EACH_WIDE_TILE(TB_WIDER)
         TB_EACH_PAIR_TILE(TB_PAIR)},
    {TB_EACH_TILE(TB_PLAIN_HALF) TB_EACH_WIDE_TILE(TB_WIDER_HALF)
         TB_EACH_PAIR_TILE(TB_PAIR_HALF)},
};
#undef TB_PAIR
#undef TB_PAIR_HALF
#undef TB_PLAIN
#undef TB_PLAIN_HALF
#undef TB_WIDER
#undef TB_WIDER_HALF

static inline const tb_corr_tiles *corr_tiles(bool half)
{
    return &corr_all_tiles[half];
}

/* A part of the chain, for the rows of one block. */
typedef struct tb_corr_part {
    const tb_corr *c;
    const tb_corr_tiles *tiles;
    const float *x, *start; /* start: [outs], or null where y is */
    float *y;
    int rows;
    int tap, taps, in, ins;
    bool half;
} tb_corr_part;

static const float tb_zeros[TB_PANEL * TB_WIDE];

/* Whether a panel lies beside others. */
static inline bool corr_is_grouped(const tb_corr_part *p, int panel)
{
    return p->half && panel / TB_GROUP < (int)tb_panels(p->c->outs) / TB_GROUP;
}

static inline tb_tile corr_tile(const tb_corr_part *p, int panel)
{
    const tb_corr *c = p->c;
    int inside = corr_is_grouped(p, panel) ? panel % TB_GROUP : 0;
    ptrdiff_t win = corr_is_grouped(p, panel) ? TB_GROUP * TB_PANEL : TB_PANEL;
    ptrdiff_t wtap = c->ins * win, wpanel = c->taps * c->ins * TB_PANEL;
    ptrdiff_t at = (panel - inside) * wpanel + inside * TB_PANEL +
                   p->tap * wtap + p->in * win;
    tb_tile t = {.x = p->x + p->in,
                 .row = c->ldx,
                 .xtap = c->xtap,
                 .w = p->half ? (const void *)((const uint16_t *)c->w + at)
                              : (const void *)((const float *)c->w + at),
                 .wtap = wtap,
                 .wpanel = win > TB_PANEL ? TB_PANEL : wpanel,
                 .win = win,
                 .taps = p->taps,
                 .ins = p->ins,
                 .start = tb_zeros,
                 .start_panel = TB_PANEL,
                 .y = p->y + panel * TB_PANEL,
                 .ldy = c->ldy,
                 .ypanel = TB_PANEL};
    t.next = t.w;
    if (c->offsets)
        t.offsets = c->offsets + p->tap;
    else
        t.x += p->tap * c->xtap;
    return t;
}

static inline void corr_start(const tb_corr_part *p, tb_tile *t, int panel,
                              bool first)
{
    if (!first || p->c->accumulate) {
        t->start = t->y;
        t->start_row = t->ldy;
    } else if (p->c->bias) {
        t->start = p->c->bias + panel * TB_PANEL;
    }
}

/* A tile whose panel is not full works beside y. */
static inline void corr_edge(const tb_corr_part *p, tb_tile t, int rows,
                             int cols)
{
    float beside[TB_TILE_ROWS * TB_PANEL] = {0};
    float *y = t.y;
    ptrdiff_t ldy = t.ldy;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            beside[i * TB_PANEL + j] = t.start[i * t.start_row + j];
    t.start = t.y = beside;
    t.start_row = t.ldy = TB_PANEL;
    (cols <= TB_PANEL / 2 ? p->tiles->narrow : p->tiles->plain)[rows](&t);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            y[i * ldy + j] = beside[i * TB_PANEL + j];
}

static inline void corr_rows(const tb_corr_part *p, tb_tile t, int cols)
{
    for (int i = 0, take; i < p->rows; i += take) {
        take = tb_tile_rows(p->rows - i);
        if (cols < TB_PANEL)
            corr_edge(p, t, take, cols);
        else
            p->tiles->plain[take](&t);
        t.x += take * t.row;
        t.y += take * t.ldy;
        t.start += take * t.start_row;
    }
}

/* Makes floats of a part's panel of halves, where enough rows share them. */
static inline void corr_widen(tb_tile *t, float *room)
{
    const uint16_t *w = t->w;
    for (int tap = 0; tap < t->taps; tap++)
        for (int in = 0; in < t->ins; in++)
            for (int k = 0; k < TB_PANEL; k += TB_LANES)
                vf_store(room + ((size_t)tap * t->ins + in) * TB_PANEL + k,
                         vf_load_half(w + tap * t->wtap + in * t->win + k));
    t->w = room;
    t->wtap = (ptrdiff_t)t->ins * TB_PANEL;
}

/* Halves: the other pair of the group, or else the first of the next. */
static inline void corr_next_half(const tb_corr_part *p, tb_tile *t, int panel,
                                  int full, bool whole)
{
    int inside = panel % TB_GROUP;
    ptrdiff_t group = p->c->taps * p->c->ins * t->win;
    ptrdiff_t part = (ptrdiff_t)p->taps * p->ins * t->win;
    const uint16_t *w = t->w;
    if (!corr_is_grouped(p, panel))
        return;
    t->next_in = t->win;
    if (inside + 2 < TB_GROUP)
        t->next = w + 2 * TB_PANEL;
    else if (full >= 2 + TB_GROUP || whole)
        t->next = w - inside * TB_PANEL + group;
    else
        t->next = (const uint16_t *)p->c->w + part +
                  ((ptrdiff_t)p->tap * p->c->ins + p->in) * t->win;
}

/* What follows two panels is on its way while they are computed, if it stays in
   the second-level cache until then: the next panels of this part of the chain;
   the first of the next part; or what lies behind all, where programs keep the
   weights that they read next. */
static inline void corr_next(const tb_corr_part *p, tb_tile *t, int panel,
                             int full)
{
    ptrdiff_t each = (ptrdiff_t)p->taps * p->ins * TB_PANEL;
    bool whole = p->taps == p->c->taps && p->ins == p->c->ins;
    const float *w = t->w;
    if (2 * each > TB_NEXT << p->half)
        return;
    if (p->half) {
        corr_next_half(p, t, panel, full, whole);
        return;
    }
    t->next_in = TB_PANEL;
    if (full >= 4 || whole)
        t->next = w + 2 * t->wpanel;
    else
        t->next = (const float *)p->c->w + each +
                  ((ptrdiff_t)p->tap * p->c->ins + p->in) * TB_PANEL;
}

/* Reading two panels at once hides the way to memory, and costs no more. */
static inline void corr_pair(const tb_corr_part *p, tb_tile t, int panel,
                             int full)
{
    int tiles = (p->rows + TB_PAIR_ROWS - 1) / TB_PAIR_ROWS;
    corr_next(p, &t, panel, full);
    ptrdiff_t share = (ptrdiff_t)p->taps * p->ins * t.next_in / tiles;
    share *= p->half ? sizeof(uint16_t) : sizeof(float);
    t.next_in /= tiles;
    for (int left = p->rows; left; tiles--) {
        int take = (left + tiles - 1) / tiles;
        p->tiles->pair[take](&t);
        t.next = (const char *)t.next + share;
        t.x += take * t.row;
        t.y += take * t.ldy;
        t.start += take * t.start_row;
        left -= take;
    }
}

/* One panel, or as many as the tiles for so few rows take; returns how many. */
static inline int corr_panel(const tb_corr_part *p, int panel, bool first)
{
    int full = p->c->outs / TB_PANEL - panel;
    int cols = p->c->outs - panel * TB_PANEL;
    int wide = p->rows <= TB_TILE_ROWS ? p->tiles->panels[p->rows] : 0;
    tb_tile t = corr_tile(p, panel);
    corr_start(p, &t, panel, first);
    if (wide && full >= wide) {
        p->tiles->wide[p->rows](&t);
        return wide;
    }
    if (full >= 2 && p->tiles->pair[TB_PAIR_ROWS]) {
        corr_pair(p, t, panel, full);
        return 2;
    }
    if (TB_WIDEN && p->half && p->rows > TB_TILE_ROWS) {
        float room[TB_WIDEN ? TB_CHUNK * TB_PANEL : 1];
        tb_corr_part floats = *p;
        floats.tiles = corr_tiles(false);
        corr_widen(&t, room);
        corr_rows(&floats, t, cols < TB_PANEL ? cols : TB_PANEL);
    } else {
        corr_rows(p, t, cols < TB_PANEL ? cols : TB_PANEL);
    }
    return 1;
}

/* Cuts the chain so that the panels' part stays in the cache while the rows
   pass, unless they pass in one tile. */
static inline void corr_block(tb_corr_part p)
{
    int taps = p.c->taps, ins = p.c->ins, count = (int)tb_panels(p.c->outs);
    int cut_ins = ins, cut_taps = taps;
    bool once = p.rows <= TB_TILE_ROWS && p.tiles->wide[p.rows];
    if (!once && ins > TB_CHUNK) {
        int cuts = (ins + TB_CHUNK - 1) / TB_CHUNK;
        cut_ins = (ins + cuts - 1) / cuts;
        cut_taps = 1;
    } else if (!once && ins > 0 && taps > TB_CHUNK / ins) {
        cut_taps = TB_CHUNK / ins;
    }
    p.tap = 0;
    do {
        p.taps = taps - p.tap < cut_taps ? taps - p.tap : cut_taps;
        p.in = 0;
        do {
            p.ins = ins - p.in < cut_ins ? ins - p.in : cut_ins;
            for (int panel = 0; panel < count;)
                panel += corr_panel(&p, panel, p.tap + p.in == 0);
        } while ((p.in += cut_ins) < ins);
    } while ((p.tap += cut_taps) < taps);
}

static inline void corr_run(const tb_corr *given, bool half)
{
    tb_corr c = *given;
    if (c.rows <= 0 || c.outs <= 0)
        return;
    if (c.taps <= 0 || c.ins <= 0)
        c.taps = c.ins = 0;              /* one empty part: the start alone */
    if (!c.offsets && c.xtap == c.ins) { /* taps lie behind each other */
        c.ins *= c.taps;
        c.taps = 1;
    }
    int blocks = (c.rows + TB_BLOCK - 1) / TB_BLOCK;
    int size = (c.rows + blocks - 1) / blocks;
    size = (size + TB_TILE_ROWS - 1) / TB_TILE_ROWS * TB_TILE_ROWS;
    tb_corr_part p = {.c = &c, .tiles = corr_tiles(half), .half = half};
    for (int i = 0; i < c.rows; i += size) {
        p.rows = c.rows - i < size ? c.rows - i : size;
        p.x = c.x + i * c.ldx;
        p.y = c.y + i * c.ldy;
        corr_block(p);
    }
}

static inline TB_REALTIME void fast_corr(const tb_corr *c)
{
    corr_run(c, false);
}

static inline TB_REALTIME void fast_corr_f16(const tb_corr *c)
{
    corr_run(c, true);
}

#endif
