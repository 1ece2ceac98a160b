#include "engine/cpu/slots.h"

#include <string.h>

enum {
    TB_MOST_SLOTS = 8,
    TB_ROWS_A_SLOT = 1024, /* fewer are not worth a slot */
    TB_PANELS_A_PART = 4,  /* cut by panels when there are twice as many */
    TB_RUNS_AT_ONCE = 16,
    TB_CACHED = 1 << 17 /* floats that caches keep */
};

static int panels_of(const tb_slots *s)
{
    return (int)tb_panels(s->outs);
}

static int smaller(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

/* Parts that one group's panels may be cut into. */
static int most_cuts(const tb_slots *s)
{
    int n = panels_of(s) / TB_PANELS_A_PART;
    return n < 2 || s->groups > 1 ? 1 : n;
}

/* Each part copies x again. */
static int cuts(const tb_slots *s, int threads)
{
    return smaller(most_cuts(s), threads);
}

static int slots(const tb_slots *s)
{
    int64_t n = s->total_rows / TB_ROWS_A_SLOT;
    if (most_cuts(s) > 1 || s->groups >= TB_MOST_SLOTS || n < 2)
        return 1;
    return smaller(n, TB_MOST_SLOTS);
}

static size_t packed(const tb_slots *s)
{
    return (size_t)s->groups * tb_packed_size(s->outs, s->taps, s->ins);
}

int tb_slots_parts(const tb_slots *s, int phase, int threads)
{
    return phase ? s->groups : slots(s) * s->groups * cuts(s, threads);
}

/* What one part computes: runs of equal rows are gathered and added at once.
   Without scratch, nothing is added, and its size is found. */
typedef struct tb_slot_part {
    const tb_slots *s;
    int group, first; /* output of the group */
    tb_outer o;
    tb_outer_run run[TB_RUNS_AT_ONCE]; /* the first o.runs */
    float *scratch;
    size_t needed;
} tb_slot_part;

static tb_outer outer_of(const tb_slots *s, int outs)
{
    return (tb_outer){.xtap = (ptrdiff_t)s->xtap,
                      .offsets = s->offsets,
                      .taps = s->taps,
                      .ins = s->ins,
                      .outs = outs};
}

static void add_gathered(tb_slot_part *p)
{
    if (!p->o.runs)
        return;
    if (p->scratch) {
        p->s->fast->outer(&p->o, p->scratch);
    } else {
        size_t floats = p->s->fast->outer_scratch(&p->o);
        p->needed = floats > p->needed ? floats : p->needed;
    }
    p->o.accumulate = true;
    p->o.runs = 0;
}

/* Rows from `start` of a run. Nothing has an address yet when only the size is
   asked for. */
static void gather(tb_slot_part *p, tb_slot_rows r, int64_t start)
{
    tb_outer *o = &p->o;
    if (o->runs == TB_RUNS_AT_ONCE || o->rows != r.rows || o->ldx != r.ldx ||
        o->ldy != r.ldy)
        add_gathered(p);
    o->run = p->run;
    o->rows = (int)r.rows;
    o->ldx = r.ldx;
    o->ldy = r.ldy;
    if (p->scratch)
        p->run[o->runs] = (tb_outer_run){
            r.at.x + start * r.ldx + (int64_t)p->group * p->s->ins,
            r.at.dy + start * r.ldy + (int64_t)p->group * p->s->outs +
                p->first};
    o->runs++;
}

/* The rows of one slot, counted through all runs. */
static void add_slot(tb_slot_part *p, int slot)
{
    const tb_slots *s = p->s;
    int64_t from = s->total_rows * slot / slots(s);
    int64_t to = s->total_rows * (slot + 1) / slots(s);
    for (int64_t i = 0, at = 0; i < s->runs && at < to; i++) {
        tb_slot_rows r = s->run(s->context, i);
        int64_t start = from > at ? from - at : 0;
        int64_t stop = to - at < r.rows ? to - at : r.rows;
        at += r.rows;
        if (start >= stop)
            continue;
        r.rows = stop - start;
        gather(p, r, start);
    }
    add_gathered(p);
}

/* Panels of a part that are summed at once, if each group is cut into
   `cut_into`. What needs no adding up is brought to dw while caches have it,
   if x, which is copied again each time, has fewer rows than that outputs. */
static int panels_at_once(const tb_slots *s, int cut_into)
{
    int all = (panels_of(s) + cut_into - 1) / cut_into;
    int64_t n = TB_CACHED / ((int64_t)TB_PANEL * s->taps * s->ins);
    n = n < TB_PANELS_A_PART ? TB_PANELS_A_PART : n;
    return slots(s) > 1 || s->total_rows > n * TB_PANEL ? all : smaller(n, all);
}

/* Floats for a part's copies, if each group is cut into `cut_into`. */
static size_t part_scratch(const tb_slots *s, int cut_into)
{
    int panels = panels_at_once(s, cut_into);
    tb_slot_part p = {.s = s,
                      .o = outer_of(s, smaller(panels * TB_PANEL, s->outs))};
    for (int i = 0; i < slots(s); i++)
        add_slot(&p, i);
    return (p.needed + 15) / 16 * 16 + 16;
}

/* And for its sums. */
static size_t part_sums(const tb_slots *s, int cut_into)
{
    int outs = smaller(panels_at_once(s, cut_into) * TB_PANEL, s->outs);
    return tb_packed_size(outs, s->taps, s->ins);
}

size_t tb_slots_scratch(const tb_slots *s, int threads)
{
    int c = cuts(s, threads);
    size_t parts = (size_t)tb_slots_parts(s, 0, threads);
    size_t sums =
        slots(s) > 1 ? (size_t)slots(s) * packed(s) : parts * part_sums(s, c);
    return sizeof(float) * (sums + parts * part_scratch(s, c) + 64);
}

/* Outputs of a group from `first` on, in one slot, to packed dw. */
static void sum_outs(const tb_slots *s, int slot, int group, int first,
                     int outs, float *dw, float *scratch)
{
    tb_slot_part p = {.s = s,
                      .group = group,
                      .first = first,
                      .o = outer_of(s, outs),
                      .scratch = scratch};
    p.o.dw = dw;
    add_slot(&p, slot);
    if (!p.o.accumulate)
        memset(dw, 0, sizeof *dw * tb_packed_size(outs, s->taps, s->ins));
}

/* The only slot: nothing is added up. */
static void finish_at_once(const tb_slots *s, int part, int parts,
                           float *scratch)
{
    int c = parts / s->groups, group = part / c, panels = panels_of(s);
    int last = smaller(panels * (part % c + 1) / c * TB_PANEL, s->outs);
    int step = panels_at_once(s, c) * TB_PANEL;
    float *dw = scratch + (size_t)part * part_sums(s, c);
    float *copies = scratch + (size_t)parts * part_sums(s, c) +
                    (size_t)part * part_scratch(s, c);
    tb_weights layout = s->layout;
    for (int first = panels * (part % c) / c * TB_PANEL; first < last;
         first += step) {
        layout.outs = smaller(step, last - first);
        sum_outs(s, 0, group, first, layout.outs, dw, copies);
        s->fast->unpack(&layout, dw,
                        s->dw + group * s->by_group + first * layout.by_out,
                        false);
    }
}

/* One of several slots. */
static void sum_part(const tb_slots *s, int part, float *scratch)
{
    int n = slots(s), slot = part / s->groups, group = part % s->groups;
    size_t one = tb_packed_size(s->outs, s->taps, s->ins);
    float *dw = scratch + (size_t)slot * packed(s) + (size_t)group * one;
    sum_outs(s, slot, group, 0, s->outs, dw,
             scratch + (size_t)n * packed(s) +
                 (size_t)part * part_scratch(s, 1));
}

static void finish_part(const tb_slots *s, int group, float *scratch)
{
    size_t one = tb_packed_size(s->outs, s->taps, s->ins);
    float *sum = scratch + (size_t)group * one;
    for (int k = 1; k < slots(s); k++)
        s->fast->axpby(one, sum, 1, sum + (size_t)k * packed(s), 1);
    s->fast->unpack(&s->layout, sum, s->dw + group * s->by_group, false);
}

void tb_slots_run(const tb_slots *s, int phase, int part, int parts,
                  float *scratch)
{
    if (slots(s) == 1 && phase == 0)
        finish_at_once(s, part, parts, scratch);
    else if (slots(s) > 1 && phase == 0)
        sum_part(s, part, scratch);
    else if (slots(s) > 1)
        finish_part(s, part, scratch);
}
