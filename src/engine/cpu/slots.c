#include "engine/cpu/slots.h"

#include <string.h>

enum {
    TB_MOST_SLOTS = 8,
    TB_ROWS_A_SLOT = 1024, /* fewer are not worth a slot */
    TB_PANELS_A_PART = 4,  /* cut by panels when there are twice as many */
    TB_RUNS_AT_ONCE = 16
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

/* Floats for a part, if each group is cut into `cut_into`. */
static size_t part_scratch(const tb_slots *s, int cut_into)
{
    int panels = (panels_of(s) + cut_into - 1) / cut_into;
    tb_slot_part p = {.s = s,
                      .o = outer_of(s, smaller(panels * TB_PANEL, s->outs))};
    for (int i = 0; i < slots(s); i++)
        add_slot(&p, i);
    return (p.needed + 15) / 16 * 16 + 16;
}

size_t tb_slots_scratch(const tb_slots *s, int threads)
{
    size_t parts = (size_t)tb_slots_parts(s, 0, threads);
    size_t floats = (size_t)slots(s) * packed(s) +
                    parts * part_scratch(s, cuts(s, threads));
    return sizeof(float) * (floats + 64);
}

static void sum_part(const tb_slots *s, int part, int parts, float *scratch)
{
    int n = slots(s), c = parts / (n * s->groups);
    int slot = part / (s->groups * c);
    int group = part / c % s->groups, cut = part % c, panels = panels_of(s);
    int first = panels * cut / c * TB_PANEL;
    int last = panels * (cut + 1) / c * TB_PANEL;
    size_t one = tb_packed_size(s->outs, s->taps, s->ins);
    float *dw = scratch + (size_t)slot * packed(s) + (size_t)group * one +
                (size_t)first * (size_t)(s->taps * s->ins);
    tb_slot_part p = {.s = s,
                      .group = group,
                      .first = first,
                      .o = outer_of(s, smaller(last, s->outs) - first),
                      .scratch = scratch + (size_t)n * packed(s) +
                                 (size_t)part * part_scratch(s, c)};
    p.o.dw = dw;
    add_slot(&p, slot);
    if (!p.o.accumulate)
        memset(dw, 0, sizeof *dw * tb_packed_size(p.o.outs, s->taps, s->ins));
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
    if (phase == 0)
        sum_part(s, part, parts, scratch);
    else
        finish_part(s, part, scratch);
}
