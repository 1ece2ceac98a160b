#include "engine/cpu/slots.h"

enum {
    TB_MOST_SLOTS = 8,
    TB_ROWS_A_SLOT = 1024, /* fewer are not worth a slot */
    TB_PANELS_A_PART = 4   /* cut by panels when there are twice as many */
};

static int panels_of(const tb_slots *s)
{
    return (int)tb_panels(s->outs);
}

static int smaller(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

/* Parts of one group's panels. */
static int cuts(const tb_slots *s)
{
    int n = panels_of(s) / TB_PANELS_A_PART;
    return n < 2 || s->groups > 1 ? 1 : smaller(n, TB_MOST_SLOTS);
}

static int slots(const tb_slots *s)
{
    int64_t n = s->total_rows / TB_ROWS_A_SLOT;
    if (cuts(s) > 1 || s->groups >= TB_MOST_SLOTS || n < 2)
        return 1;
    return smaller(n, TB_MOST_SLOTS);
}

static size_t packed(const tb_slots *s)
{
    return (size_t)s->groups * tb_packed_size(s->outs, s->taps, s->ins);
}

int tb_slots_parts(const tb_slots *s, int phase)
{
    return phase ? s->groups : slots(s) * s->groups * cuts(s);
}

static tb_outer outer_of(const tb_slots *s, int rows)
{
    return (tb_outer){.xtap = (ptrdiff_t)s->xtap,
                      .offsets = s->offsets,
                      .rows = rows,
                      .taps = s->taps,
                      .ins = s->ins,
                      .outs = s->outs};
}

/* Room for the longest possible run. */
static size_t part_scratch(const tb_slots *s)
{
    size_t most = 0;
    int64_t longest = 0;
    for (int64_t i = 0; i < s->runs; i++) {
        tb_slot_rows r = s->run(s->context, i);
        if (r.rows <= longest)
            continue;
        longest = r.rows;
        tb_outer o = outer_of(s, (int)r.rows);
        o.ldx = r.ldx;
        o.ldy = r.ldy;
        size_t floats = s->fast->outer_scratch(&o);
        most = floats > most ? floats : most;
    }
    return (most + 15) / 16 * 16 + 16;
}

size_t tb_slots_scratch(const tb_slots *s)
{
    size_t floats = (size_t)slots(s) * packed(s) +
                    (size_t)tb_slots_parts(s, 0) * part_scratch(s);
    return sizeof(float) * (floats + 64);
}

static void add_run(const tb_slots *s, tb_slot_rows r, int group, int first,
                    int outs, float *dw, bool more, float *scratch)
{
    tb_outer o = outer_of(s, (int)r.rows);
    o.x = r.x + (int64_t)group * s->ins;
    o.ldx = r.ldx;
    o.dy = r.dy + (int64_t)group * s->outs + first;
    o.ldy = r.ldy;
    o.dw = dw;
    o.outs = outs;
    o.accumulate = more;
    s->fast->outer(&o, scratch);
}

/* Rows from `from` to `to`, counted through all runs. */
static void add_rows(const tb_slots *s, int64_t from, int64_t to, int group,
                     int first, int outs, float *dw, float *scratch)
{
    bool more = false;
    int64_t at = 0;
    for (int64_t i = 0; i < s->runs && at < to; i++) {
        tb_slot_rows r = s->run(s->context, i);
        int64_t start = from > at ? from - at : 0;
        int64_t stop = to - at < r.rows ? to - at : r.rows;
        at += r.rows;
        if (start >= stop)
            continue;
        r.x += start * r.ldx;
        r.dy += start * r.ldy;
        r.rows = stop - start;
        add_run(s, r, group, first, outs, dw, more, scratch);
        more = true;
    }
    size_t n = more ? 0 : tb_packed_size(outs, s->taps, s->ins);
    for (size_t i = 0; i < n; i++)
        dw[i] = 0;
}

static void sum_part(const tb_slots *s, int part, float *scratch)
{
    int n = slots(s), c = cuts(s), slot = part / (s->groups * c);
    int group = part / c % s->groups, cut = part % c, panels = panels_of(s);
    int first = panels * cut / c * TB_PANEL;
    int last = panels * (cut + 1) / c * TB_PANEL;
    size_t one = tb_packed_size(s->outs, s->taps, s->ins);
    float *dw = scratch + (size_t)slot * packed(s) + (size_t)group * one +
                (size_t)first * (size_t)(s->taps * s->ins);
    float *room =
        scratch + (size_t)n * packed(s) + (size_t)part * part_scratch(s);
    add_rows(s, s->total_rows * slot / n, s->total_rows * (slot + 1) / n, group,
             first, smaller(last, s->outs) - first, dw, room);
}

static void finish_part(const tb_slots *s, int group, float *scratch)
{
    size_t one = tb_packed_size(s->outs, s->taps, s->ins);
    float *sum = scratch + (size_t)group * one;
    for (int k = 1; k < slots(s); k++)
        s->fast->axpby(one, sum, 1, sum + (size_t)k * packed(s), 1);
    s->fast->unpack(&s->layout, sum, s->dw + group * s->by_group, false);
}

void tb_slots_run(const tb_slots *s, int phase, int part, float *scratch)
{
    if (phase == 0)
        sum_part(s, part, scratch);
    else
        finish_part(s, part, scratch);
}
