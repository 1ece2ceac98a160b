/* Correlation, its weight gradient and packing against naive sums in double,
   and the promise that the cut into calls changes no bit. */
#include "fast_test.h"

typedef struct shape {
    int rows, taps, ins, outs;
    int ldx, xtap; /* 0: ins; xtap may be negative */
    int ldy;       /* 0: outs */
    bool listed;   /* give the taps as a list of offsets */
} shape;

static const shape shapes[] = {
    {1, 1, 1, 1, 0, 0, 0, false},         {5, 1, 7, 3, 0, 0, 5, false},
    {13, 3, 1, 16, 0, 1, 0, false},       {7, 15, 1, 20, 0, 0, 0, false},
    {31, 3, 5, 33, 6, 12, 40, false},     {10, 2, 96, 24, 0, 0, 0, false},
    {12, 4, 16, 64, 32, 48, 0, false},    {1, 3, 96, 96, 0, 0, 0, false},
    {2, 1, 130, 200, 0, 0, 0, false},     {3, 2, 64, 136, 0, 192, 0, false},
    {4, 1, 400, 80, 0, 0, 0, false},      {200, 3, 120, 40, 0, 360, 0, false},
    {400, 2, 350, 17, 350, 700, 0, true}, {19, 9, 12, 8, 24, 36, 9, true},
    {300, 5, 16, 16, 64, 16, 0, false},   {9, 3, 10, 32, 10, -30, 0, false},
    {600, 7, 4, 12, 8, 12, 0, false},     {6, 0, 4, 18, 4, 0, 0, false},
    {5, 2, 0, 18, 4, 0, 0, false},        {8, 41, 4, 16, 64, 16, 0, false},
    {1, 3, 20, 150, 0, 0, 0, false},      {7, 2, 33, 128, 0, 0, 0, true},
};

typedef struct problem {
    shape s;
    ptrdiff_t offsets[64], before; /* before: how far taps reach back */
    size_t n_x, n_w, n_y, n_packed;
    float *x, *w, *bias, *y, *packed;
} problem;

static void pose(problem *p, shape s)
{
    s.ldx = s.ldx ? s.ldx : s.ins;
    s.xtap = s.xtap ? s.xtap : s.ins;
    s.ldy = s.ldy ? s.ldy : s.outs;
    p->s = s;
    ptrdiff_t last = 0;
    p->before = 0;
    for (int t = 0; t < s.taps; t++) {
        p->offsets[t] = (ptrdiff_t)s.xtap * (s.listed ? t * t % 11 : t);
        last = p->offsets[t] > last ? p->offsets[t] : last;
        p->before = -p->offsets[t] > p->before ? -p->offsets[t] : p->before;
    }
    p->n_x =
        (size_t)(p->before + (s.rows - 1) * (ptrdiff_t)s.ldx + last + s.ins);
    p->n_w = (size_t)s.outs * s.ins * s.taps;
    p->n_y = (size_t)(s.rows - 1) * s.ldy + s.outs;
    p->n_packed = tb_packed_size(s.outs, s.taps, s.ins);
    p->x = room(p->n_x);
    p->w = room(p->n_w);
    p->bias = room((size_t)s.outs);
    p->y = room(p->n_y);
    p->packed = room(p->n_packed);
}

static void drop(problem *p)
{
    done(p->x);
    done(p->w);
    done(p->bias);
    done(p->y);
    done(p->packed);
}

static tb_weights logical(const problem *p)
{
    return (tb_weights){.by_out = p->s.ins * p->s.taps,
                        .by_in = p->s.taps,
                        .by_tap = 1,
                        .outs = p->s.outs,
                        .ins = p->s.ins,
                        .taps = p->s.taps};
}

static tb_corr correlation(const problem *p)
{
    return (tb_corr){.x = p->x + p->before,
                     .ldx = p->s.ldx,
                     .xtap = p->s.xtap,
                     .offsets = p->s.listed ? p->offsets : NULL,
                     .w = p->packed,
                     .bias = p->bias,
                     .y = p->y,
                     .ldy = p->s.ldy,
                     .rows = p->s.rows,
                     .taps = p->s.taps,
                     .ins = p->s.ins,
                     .outs = p->s.outs};
}

static double x_at(const problem *p, int row, int tap, int in)
{
    return p->x[p->before + (ptrdiff_t)row * p->s.ldx + p->offsets[tap] + in];
}

/* By naive sums, with what `y` holds where no output is. */
static double *expected_corr(const problem *p, const float *start,
                             ptrdiff_t start_row)
{
    double *want = malloc((p->n_y + 1) * sizeof *want);
    for (size_t i = 0; i < p->n_y; i++)
        want[i] = p->y[i];
    for (int i = 0; i < p->s.rows; i++)
        for (int o = 0; o < p->s.outs; o++) {
            double sum = start ? start[i * start_row + o] : 0;
            for (int t = 0; t < p->s.taps; t++)
                for (int k = 0; k < p->s.ins; k++)
                    sum += x_at(p, i, t, k) *
                           p->w[((size_t)o * p->s.ins + k) * p->s.taps + t];
            want[(size_t)i * p->s.ldy + o] = sum;
        }
    return want;
}

static void check_values(const tb_fast *f, problem *p)
{
    tb_weights w = logical(p);
    f->pack(&w, p->w, p->packed);
    OK_NAMED(guarded(p->packed, p->n_packed), "pack stays within");
    for (int kind = 0; kind < 3; kind++) {
        tb_corr c = correlation(p);
        c.accumulate = kind == 2;
        c.bias = kind ? p->bias : NULL;
        double *want = expected_corr(p, kind == 2 ? p->y : c.bias,
                                     kind == 2 ? p->s.ldy : 0);
        f->corr(&c);
        OK_NAMED(distance(p->y, want, p->n_y) <= 2e-6, "corr is the sum");
        OK_NAMED(guarded(p->y, p->n_y), "corr stays within");
        free(want);
    }
}

/* All rows at once, in pieces of `piece`, and by single panels. */
static void check_bits(const tb_fast *f, problem *p, bool half)
{
    uint16_t *halves = malloc((p->n_packed + 1) * sizeof *halves);
    tb_weights w = logical(p);
    f->pack_f16(&w, p->w, halves);
    void (*run)(const tb_corr *) = half ? f->corr_f16 : f->corr;
    tb_corr c = correlation(p);
    if (half)
        c.w = halves;
    run(&c);
    float *other = room(p->n_y);
    memcpy(other, p->y, p->n_y * sizeof *other);
    static const int pieces[] = {1, 2, 3, 4, 5, 6, 7, 11, 100};
    bool same = true;
    for (size_t q = 0; q < sizeof pieces / sizeof *pieces; q++) {
        for (int i = 0; i < p->s.rows; i += pieces[q]) {
            tb_corr part = c;
            part.x += (ptrdiff_t)i * c.ldx;
            part.y = other + (ptrdiff_t)i * c.ldy;
            part.rows = p->s.rows - i < pieces[q] ? p->s.rows - i : pieces[q];
            run(&part);
        }
        same = same && same_bits(other, p->y, p->n_y * sizeof *other);
    }
    OK_NAMED(same, "rows in pieces give the same bits");
    size_t panel = tb_packed_size(1, p->s.taps, p->s.ins);
    for (int o = 0, outs; o < p->s.outs; o += outs) {
        tb_corr part = c;
        size_t at = o / TB_PANEL * panel;
        int left = p->s.outs - o;
        bool group = half && tb_panels(left) >= TB_GROUP;
        int most = group ? TB_GROUP * TB_PANEL : TB_PANEL;
        outs = left < most ? left : most;
        part.w = half ? (void *)(halves + at) : (void *)(p->packed + at);
        part.bias += o;
        part.y = other + o;
        part.outs = outs;
        run(&part);
    }
    OK_NAMED(same_bits(other, p->y, p->n_y * sizeof *other),
             "panels or groups one by one give the same bits");
    OK_NAMED(guarded(other, p->n_y), "pieces stay within");
    done(other);
    free(halves);
}

/* 16-bit weights give the bits of rounded 32-bit weights. */
static void check_half(const tb_fast *f, problem *p)
{
    tb_weights w = logical(p);
    uint16_t *halves = malloc((p->n_packed + 1) * sizeof *halves);
    float *rounded = room(p->n_w), *packed = room(p->n_packed);
    float *other = room(p->n_y);
    memcpy(other, p->y, p->n_y * sizeof *other);
    f->to_half(p->n_w, halves, p->w);
    f->from_half(p->n_w, rounded, halves);
    f->pack(&w, rounded, packed);
    f->pack_f16(&w, p->w, halves);
    tb_corr c = correlation(p);
    c.w = packed;
    f->corr(&c);
    c.w = halves;
    c.y = other;
    f->corr_f16(&c);
    OK_NAMED(same_bits(other, p->y, p->n_y * sizeof *other),
             "16-bit weights are the rounded ones");
    done(other);
    done(packed);
    done(rounded);
    free(halves);
}

static double *expected_outer(const problem *p, const float *start)
{
    double *want = calloc(p->n_packed + 1, sizeof *want);
    for (size_t i = 0; start && i < p->n_packed; i++)
        want[i] = start[i];
    for (int o = 0; o < p->s.outs; o++)
        for (int t = 0; t < p->s.taps; t++)
            for (int k = 0; k < p->s.ins; k++) {
                size_t row = ((size_t)(o / TB_PANEL) * p->s.taps + t);
                double *at =
                    want + (row * p->s.ins + k) * TB_PANEL + o % TB_PANEL;
                for (int i = 0; i < p->s.rows; i++)
                    *at += x_at(p, i, t, k) * p->y[(size_t)i * p->s.ldy + o];
            }
    return want;
}

static tb_outer gradient(const problem *p, const tb_outer_run *run, float *dw)
{
    return (tb_outer){.run = run,
                      .ldx = p->s.ldx,
                      .xtap = p->s.xtap,
                      .offsets = p->s.listed ? p->offsets : NULL,
                      .ldy = p->s.ldy,
                      .dw = dw,
                      .runs = 1,
                      .rows = p->s.rows,
                      .taps = p->s.taps,
                      .ins = p->s.ins,
                      .outs = p->s.outs};
}

static void run_outer(const tb_fast *f, const tb_outer *o)
{
    size_t n = f->outer_scratch(o);
    float *scratch = room(n);
    f->outer(o, scratch);
    OK_NAMED(guarded(scratch, n), "outer keeps to its scratch");
    done(scratch);
}

/* Pieces of 7 rows one by one, the next three as runs of one call, and so on.
 */
static void outer_in_pieces(const tb_fast *f, tb_outer o, float *dw)
{
    enum { PIECE = 7 };
    const tb_outer_run whole = o.run[0];
    tb_outer_run runs[3];
    int at = 0, rows = o.rows;
    o.run = runs;
    o.dw = dw;
    for (int turn = 0; at < rows; turn++, o.accumulate = true) {
        o.rows = rows - at < PIECE ? rows - at : PIECE;
        o.runs = turn % 2 && at + 3 * PIECE <= rows ? 3 : 1;
        for (int i = 0; i < o.runs; i++, at += o.rows) {
            runs[i].x = whole.x + (ptrdiff_t)at * o.ldx;
            runs[i].dy = whole.dy + (ptrdiff_t)at * o.ldy;
        }
        run_outer(f, &o);
    }
}

static void check_outer(const tb_fast *f, problem *p)
{
    for (size_t i = 0; i < p->n_y; i++)
        p->y[i] = noise();
    float *dw = room(p->n_packed), *pieces = room(p->n_packed);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        memcpy(pieces, dw, p->n_packed * sizeof *dw);
        double *want = expected_outer(p, accumulate ? dw : NULL);
        tb_outer_run run = {p->x + p->before, p->y};
        tb_outer o = gradient(p, &run, dw);
        o.accumulate = accumulate;
        run_outer(f, &o);
        OK_NAMED(distance(dw, want, p->n_packed) <= 2e-6, "outer is the sum");
        OK_NAMED(guarded(dw, p->n_packed), "outer stays within");
        outer_in_pieces(f, o, pieces);
        OK_NAMED(same_bits(dw, pieces, p->n_packed * sizeof *dw),
                 "outer over pieces gives the same bits");
        free(want);
    }
    done(pieces);
    done(dw);
}

static void check_packing(const tb_fast *f, problem *p)
{
    tb_weights w = logical(p);
    float *back = room(p->n_w);
    f->pack(&w, p->w, p->packed);
    f->unpack(&w, p->packed, back, false);
    OK_NAMED(same_bits(back, p->w, p->n_w * sizeof *back),
             "unpack undoes pack");
    f->unpack(&w, p->packed, back, true);
    bool twice = true;
    for (size_t i = 0; i < p->n_w; i++)
        twice = twice && back[i] == 2 * p->w[i];
    OK_NAMED(twice && guarded(back, p->n_w), "unpack adds when asked");
    done(back);
}

static void check_column_sums(const tb_fast *f)
{
    enum { ROWS = 37, COLS = 77, LD = 80 };
    float *x = room(ROWS * LD), *sums = room(COLS), *parts = room(COLS);
    double want[COLS];
    f->column_sums(ROWS, COLS, x, LD, sums, false);
    for (int j = 0; j < COLS; j++) {
        want[j] = 0;
        for (int i = 0; i < ROWS; i++)
            want[j] += x[i * LD + j];
    }
    OK_NAMED(distance(sums, want, COLS) < 1e-6, "column sums");
    f->column_sums(20, COLS, x, LD, parts, false);
    f->column_sums(ROWS - 20, 50, x + 20 * LD, LD, parts, true);
    f->column_sums(ROWS - 20, COLS - 50, x + 20 * LD + 50, LD, parts + 50,
                   true);
    OK_NAMED(same_bits(sums, parts, sizeof want / 2) && guarded(parts, COLS),
             "column sums in parts give the same bits");
    done(x);
    done(sums);
    done(parts);
}

/* The transposed role by strides alone: pack(w^T) reversed in time. */
static void check_transposed(const tb_fast *f)
{
    enum { OUTS = 5, INS = 18, TAPS = 3 };
    float *w = room(OUTS * INS * TAPS);
    size_t n = tb_packed_size(INS, TAPS, OUTS);
    float *packed = room(n);
    tb_weights t = {.by_out = TAPS,
                    .by_in = INS * TAPS,
                    .by_tap = -1,
                    .outs = INS,
                    .ins = OUTS,
                    .taps = TAPS};
    f->pack(&t, w + TAPS - 1, packed);
    bool good = guarded(packed, n);
    for (int i = 0; i < INS; i++)
        for (int k = 0; k < TAPS; k++)
            for (int o = 0; o < OUTS; o++)
                good =
                    good &&
                    packed[((i / TB_PANEL * TAPS + k) * OUTS + o) * TB_PANEL +
                           i % TB_PANEL] ==
                        w[(o * INS + i) * TAPS + TAPS - 1 - k];
    OK_NAMED(good, "pack transposes and reverses by strides");
    done(packed);
    done(w);
}

/* What is not an output is zero. */
static void check_padding(const tb_fast *f)
{
    enum { OUTS = 19, INS = 3, TAPS = 2, SIZE = 2 * TB_PANEL * INS * TAPS };
    tb_weights w = {INS * TAPS, TAPS, 1, OUTS, INS, TAPS};
    float from[OUTS * INS * TAPS], packed[SIZE];
    uint16_t halves[SIZE];
    for (int i = 0; i < OUTS * INS * TAPS; i++)
        from[i] = 1;
    EQ(tb_packed_size(OUTS, TAPS, INS), SIZE);
    f->pack(&w, from, packed);
    f->pack_f16(&w, from, halves);
    bool good = true;
    for (int i = 0; i < SIZE; i++) {
        int out = i / (TB_PANEL * INS * TAPS) * TB_PANEL + i % TB_PANEL;
        good = good && packed[i] == (out < OUTS) &&
               halves[i] == (out < OUTS ? 0x3c00 : 0);
    }
    OK_NAMED(good, "panels are padded with zeros");
}

/* Every binary16 there is, to float and back. */
static void check_halves(const tb_fast *f)
{
    static uint16_t all[65536], back[65536];
    static float wide[65536];
    for (int i = 0; i < 65536; i++)
        all[i] = (uint16_t)i;
    f->from_half(65536, wide, all);
    f->to_half(65536, back, wide);
    bool good = true;
    for (int i = 0; i < 65536; i++) {
        int size = i & 0x7fff, exponent = size >> 10;
        double want = exponent ? ldexp(1024 + (size & 1023), exponent - 25)
                               : ldexp(size, -24);
        want = i & 0x8000 ? -want : want;
        if (size > 0x7c00)
            good = good && isnan(wide[i]) && (back[i] & 0x7fff) > 0x7c00;
        else if (size == 0x7c00)
            good = good && isinf(wide[i]) && back[i] == i;
        else
            good = good && wide[i] == want && back[i] == i;
    }
    OK_NAMED(good, "every 16-bit float is read and written");
    float ties[] = {1 + 0x1p-11f, 1 + 3 * 0x1p-11f, 65519, 65520, 0x1p-25f};
    uint16_t want[] = {0x3c00, 0x3c02, 0x7bff, 0x7c00, 0}, got[5];
    f->to_half(5, got, ties);
    OK_NAMED(same_bits(got, want, sizeof got), "halves round to even");
}

int main(void)
{
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++) {
        for (size_t q = 0; q < sizeof shapes / sizeof *shapes; q++) {
            problem p;
            pose(&p, shapes[q]);
            check_values(f, &p);
            check_bits(f, &p, false);
            check_bits(f, &p, true);
            check_half(f, &p);
            check_outer(f, &p);
            check_packing(f, &p);
            drop(&p);
        }
        check_column_sums(f);
        check_transposed(f);
        check_padding(f);
        check_halves(f);
    }
    return tap_done();
}
