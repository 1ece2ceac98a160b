/* Steps of recurrent cells: values against double, gradients against finite
   differences of the same formulas in double. */
#include "fast_test.h"

enum { ROWS = 3, MOST = 40 };

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* out: c, h. in: sums of i, f, g, o, then c before. */
static void lstm(const double *in, double *out)
{
    double c = sigmoid(in[1]) * in[4] + sigmoid(in[0]) * tanh(in[2]);
    out[0] = c;
    out[1] = sigmoid(in[3]) * tanh(c);
}

/* in: r, z, n from the input, the same from the state, h before. */
static double gru(const double *in)
{
    double r = sigmoid(in[0] + in[3]), z = sigmoid(in[1] + in[4]);
    double n = tanh(in[2] + r * in[5]);
    return (1 - z) * n + z * in[6];
}

/* The gradient of dc c + dh h to input k. */
static double lstm_slope(const double *in, int k, double dc, double dh)
{
    double moved[5], up[2], down[2], h = 1e-6;
    memcpy(moved, in, sizeof moved);
    moved[k] = in[k] + h;
    lstm(moved, up);
    moved[k] = in[k] - h;
    lstm(moved, down);
    return (dc * (up[0] - down[0]) + dh * (up[1] - down[1])) / (2 * h);
}

static double gru_slope(const double *in, int k)
{
    double moved[7], h = 1e-6;
    memcpy(moved, in, sizeof moved);
    moved[k] = in[k] + h;
    double up = gru(moved);
    moved[k] = in[k] - h;
    return (up - gru(moved)) / (2 * h);
}

static bool close_to(float got, double want)
{
    return fabs(got - want) <= 2e-6;
}

/* Rows of `n` with room between them that must stay as it is. */
typedef struct array {
    float *p, *was;
    ptrdiff_t ld;
    int n;
} array;

static array fresh(int n, int gap)
{
    size_t all = (size_t)ROWS * (n + gap);
    array a = {.p = room(all), .was = room(all), .ld = n + gap, .n = n};
    for (size_t i = 0; i < all; i++)
        a.p[i] *= 3;
    memcpy(a.was, a.p, all * sizeof *a.p);
    return a;
}

static bool kept(const array *a, bool all)
{
    bool good = guarded(a->p, (size_t)(ROWS * a->ld));
    for (int i = 0; i < ROWS; i++)
        for (int j = all ? 0 : a->n; j < a->ld; j++)
            good = good && a->p[i * a->ld + j] == a->was[i * a->ld + j];
    return good;
}

static void drop(array *a)
{
    done(a->p);
    done(a->was);
}

static void check_lstm(const tb_fast *f, int units)
{
    array g = fresh(4 * units, 5), before = fresh(units, 0);
    array c = fresh(units, 1), h = fresh(units, 2), dh = fresh(units, 3);
    array dc = fresh(units, 4), dg = fresh(4 * units, 1);
    tb_lstm step = {ROWS,      units, g.p,  g.ld, before.p,
                    before.ld, c.p,   c.ld, h.p,  h.ld};
    f->lstm(&step);
    tb_lstm_back back = {ROWS, units, g.p,   g.ld, before.p, c.p,  before.ld,
                         c.ld, dh.p,  dh.ld, dc.p, dc.ld,    dg.p, dg.ld};
    f->lstm_back(&back);
    bool good = true, gradients = true;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < units; j++) {
            double in[5], out[2];
            for (int k = 0; k < 4; k++)
                in[k] = g.was[i * g.ld + k * units + j];
            in[4] = before.p[i * before.ld + j];
            lstm(in, out);
            good = good && close_to(c.p[i * c.ld + j], out[0]) &&
                   close_to(h.p[i * h.ld + j], out[1]);
            double by_c = dc.was[i * dc.ld + j], by_h = dh.p[i * dh.ld + j];
            for (int k = 0; k < 4; k++)
                gradients =
                    gradients && close_to(dg.p[i * dg.ld + k * units + j],
                                          lstm_slope(in, k, by_c, by_h));
            gradients = gradients && close_to(dc.p[i * dc.ld + j],
                                              lstm_slope(in, 4, by_c, by_h));
        }
    OK_NAMED(good && kept(&g, false) && kept(&c, false) && kept(&h, false),
             "LSTM step");
    OK_NAMED(gradients && kept(&dc, false) && kept(&dg, false),
             "LSTM gradients");
    OK_NAMED(kept(&before, true) && kept(&dh, true), "LSTM inputs stay");
    /* everything in place, and the last units alone */
    memcpy(dc.p, dc.was, (size_t)(ROWS * dc.ld) * sizeof *dc.p);
    back.dgates = g.p;
    back.ld_dgates = g.ld;
    f->lstm_back(&back);
    bool same = true;
    for (int i = 0; i < ROWS; i++)
        same = same && same_bits(g.p + i * g.ld, dg.p + i * dg.ld,
                                 4 * (size_t)units * sizeof *g.p);
    memcpy(g.p, g.was, (size_t)(ROWS * g.ld) * sizeof *g.p);
    step.c = before.p;
    step.ld_c = before.ld;
    f->lstm(&step);
    for (int i = 0; i < ROWS; i++)
        same = same && same_bits(before.p + i * before.ld, c.p + i * c.ld,
                                 (size_t)units * sizeof *c.p);
    OK_NAMED(same, "LSTM in place: the same bits");
    array *all[] = {&g, &before, &c, &h, &dh, &dc, &dg};
    for (int i = 0; i < 7; i++)
        drop(all[i]);
}

/* Every gradient over what it is a gradient of. `apart`: already done into
   other arrays. */
static void check_gru_in_place(const tb_fast *f, tb_gru_back apart, array *x,
                               array *by_h, array *dh)
{
    tb_gru_back back = apart;
    size_t wide = 3 * (size_t)apart.units * sizeof(float);
    back.dx_gates = x->p;
    back.ld_dx_gates = x->ld;
    back.dh_gates = by_h->p;
    back.ld_dh_gates = by_h->ld;
    back.dh_before = dh->p;
    back.ld_dh_before = dh->ld;
    f->gru_back(&back);
    bool same = true;
    for (int i = 0; i < ROWS; i++)
        same = same &&
               same_bits(x->p + i * x->ld,
                         apart.dx_gates + i * apart.ld_dx_gates, wide) &&
               same_bits(by_h->p + i * by_h->ld,
                         apart.dh_gates + i * apart.ld_dh_gates, wide) &&
               same_bits(dh->p + i * dh->ld,
                         apart.dh_before + i * apart.ld_dh_before, wide / 3);
    OK_NAMED(same, "GRU in place: the same bits");
}

static void check_gru(const tb_fast *f, int units)
{
    array x = fresh(3 * units, 2), by_h = fresh(3 * units, 1);
    array before = fresh(units, 1), h = fresh(units, 3), dh = fresh(units, 0);
    array dx = fresh(3 * units, 0), dg = fresh(3 * units, 4);
    array dbefore = fresh(units, 2);
    tb_gru step = {ROWS,    units,    x.p,       x.ld, by_h.p,
                   by_h.ld, before.p, before.ld, h.p,  h.ld};
    f->gru(&step);
    tb_gru_back back = {.rows = ROWS,
                        .units = units,
                        .gates = x.p,
                        .h_gates = by_h.p,
                        .h_before = before.p,
                        .dh = dh.p,
                        .ld_gates = x.ld,
                        .ld_h_gates = by_h.ld,
                        .ld_h_before = before.ld,
                        .ld_dh = dh.ld,
                        .dx_gates = dx.p,
                        .dh_gates = dg.p,
                        .ld_dx_gates = dx.ld,
                        .ld_dh_gates = dg.ld,
                        .dh_before = dbefore.p,
                        .ld_dh_before = dbefore.ld};
    f->gru_back(&back);
    bool good = true, gradients = true;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < units; j++) {
            double in[7], d = dh.p[i * dh.ld + j];
            for (int k = 0; k < 3; k++) {
                in[k] = x.was[i * x.ld + k * units + j];
                in[3 + k] = by_h.p[i * by_h.ld + k * units + j];
            }
            in[6] = before.p[i * before.ld + j];
            good = good && close_to(h.p[i * h.ld + j], gru(in));
            for (int k = 0; k < 3; k++)
                gradients = gradients &&
                            close_to(dx.p[i * dx.ld + k * units + j],
                                     d * gru_slope(in, k)) &&
                            close_to(dg.p[i * dg.ld + k * units + j],
                                     d * gru_slope(in, 3 + k));
            gradients = gradients && close_to(dbefore.p[i * dbefore.ld + j],
                                              d * gru_slope(in, 6));
        }
    OK_NAMED(good && kept(&x, false) && kept(&h, false), "GRU step");
    OK_NAMED(gradients && kept(&dx, false) && kept(&dg, false) &&
                 kept(&dbefore, false),
             "GRU gradients");
    OK_NAMED(kept(&by_h, true) && kept(&before, true) && kept(&dh, true),
             "GRU inputs stay");
    check_gru_in_place(f, back, &x, &by_h, &dh);
    array *all[] = {&x, &by_h, &before, &h, &dh, &dx, &dg, &dbefore};
    for (int i = 0; i < 8; i++)
        drop(all[i]);
}

/* A unit has the same bits among 5 units as among 40. */
static void check_alone(const tb_fast *f)
{
    float many[4 * MOST], few[4 * 5], c[MOST] = {0}, h[MOST], c5[5], h5[5];
    float zero[MOST] = {0};
    for (int i = 0; i < 4 * MOST; i++)
        many[i] = 3 * noise();
    for (int k = 0; k < 4; k++)
        memcpy(few + 5 * k, many + MOST * k + 11, 5 * sizeof *few);
    f->lstm(&(tb_lstm){1, MOST, many, 0, zero, 0, c, 0, h, 0});
    f->lstm(&(tb_lstm){1, 5, few, 0, zero, 0, c5, 0, h5, 0});
    OK_NAMED(same_bits(c + 11, c5, sizeof c5) &&
                 same_bits(h + 11, h5, sizeof h5),
             "units in another company: the same bits");
}

int main(void)
{
    static const int sizes[] = {1, 4, 7, 8, 19, MOST};
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++) {
        for (size_t q = 0; q < sizeof sizes / sizeof *sizes; q++) {
            check_lstm(f, sizes[q]);
            check_gru(f, sizes[q]);
        }
        check_alone(f);
    }
    return tap_done();
}
