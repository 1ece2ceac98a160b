#include "dsp/linear_prediction.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { DEFAULT_ORDER = 32, DEFAULT_INTERVAL = 128, WINDOW_PER_ORDER = 20 };

/* White noise this far below the signal, and absolutely, keeps fits sound. */
#define NOISE_SHARE 1e-7
#define NOISE_POWER 1e-10
/* Residuals are averaged over about this many samples, and are never 0. */
#define SCALE_SAMPLES 96
#define LEAST_SCALE 1e-5
#define FIRST_SCALE 0.05

/* With q = l^2 the window's autocorrelation at lag k is
       r(k) = l^k sum over m of (m + 1) (m + 1 + k) q^m x[t - m] x[t - m - k]
            = l^k (s2(k) + k s1(k)),
   where sp(k) weighs the product of m samples ago with (m + 1)^p q^m. */
struct tb_lp {
    tb_lp_settings settings;
    double l;
    double *s0, *s1, *s2; /* [order + 1], up to the last fit */
    double *block;        /* [3, order + 1]: the same since then */
    double *weight;       /* [3, interval]: of m samples before the next fit */
    double *r, *a, *swap; /* [order + 1] */
    double *past;         /* [2 order]: x[t - 1 - j] is past[at + j] */
    int at, since;        /* `since` samples were heard since the last fit */
    double power;         /* of the residual */
};

static tb_status check(const tb_lp_settings *s, tb_error *error)
{
    if (s->order < 1 || s->order > TB_LP_MOST_ORDER || s->interval < 1 ||
        s->interval > 65536 || !(s->window >= 1) || !(s->window <= 1e7))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Linear prediction of order %d over a window of %g "
                       "samples each %d is not possible: choose an order from "
                       "1 to %d.",
                       s->order, s->window, s->interval, TB_LP_MOST_ORDER);
    return TB_OK;
}

static tb_lp_settings complete(const tb_lp_settings *given)
{
    tb_lp_settings s = given ? *given : (tb_lp_settings){0};
    s.order = s.order ? s.order : DEFAULT_ORDER;
    s.interval = s.interval ? s.interval : DEFAULT_INTERVAL;
    s.window = s.window != 0 ? s.window : (double)WINDOW_PER_ORDER * s.order;
    return s;
}

static void weigh(tb_lp *lp)
{
    int n = lp->settings.interval;
    double q = lp->l * lp->l;
    for (int m = 0; m < n; m++) {
        double fade = pow(q, m);
        lp->weight[m] = fade;
        lp->weight[n + m] = (m + 1) * fade;
        lp->weight[2 * n + m] = (m + 1) * (m + 1) * fade;
    }
}

tb_lp *tb_lp_new(const tb_lp_settings *given, tb_error *error)
{
    tb_lp_settings s = complete(given);
    if (check(&s, error))
        return NULL;
    size_t taps = (size_t)s.order + 1, interval = (size_t)s.interval;
    tb_lp *lp = tb_alloc(sizeof *lp);
    double *memory =
        tb_alloc_array(9 * taps + 2 * taps + 3 * interval, sizeof *memory);
    if (!lp || !memory) {
        tb_free(lp);
        tb_free(memory);
        tb_fail_memory(error);
        return NULL;
    }
    lp->settings = s;
    lp->l = exp(-1 / s.window);
    lp->s0 = memory;
    lp->s1 = lp->s0 + taps;
    lp->s2 = lp->s1 + taps;
    lp->block = lp->s2 + taps;
    lp->r = lp->block + 3 * taps;
    lp->a = lp->r + taps;
    lp->swap = lp->a + taps;
    lp->past = lp->swap + taps;
    lp->weight = lp->past + 2 * taps;
    weigh(lp);
    tb_lp_restart(lp);
    return lp;
}

void tb_lp_free(tb_lp *lp)
{
    if (lp)
        tb_free(lp->s0);
    tb_free(lp);
}

void tb_lp_restart(tb_lp *lp)
{
    size_t taps = (size_t)lp->settings.order + 1;
    memset(lp->s0, 0, 11 * taps * sizeof *lp->s0);
    lp->at = lp->settings.order;
    lp->since = 0;
    lp->power = FIRST_SCALE * FIRST_SCALE;
}

/* ---- fitting ---- */

/* Moves the sums on by one interval, and adds those of the interval. */
static void merge(tb_lp *lp)
{
    int taps = lp->settings.order + 1, n = lp->settings.interval;
    double fade = pow(lp->l, 2.0 * n);
    for (int k = 0; k < taps; k++) {
        double s0 = lp->s0[k], s1 = lp->s1[k], s2 = lp->s2[k];
        lp->s2[k] = fade * (s2 + 2.0 * n * s1 + (double)n * n * s0) +
                    lp->block[2 * taps + k];
        lp->s1[k] = fade * (s1 + n * s0) + lp->block[taps + k];
        lp->s0[k] = fade * s0 + lp->block[k];
        lp->block[k] = lp->block[taps + k] = lp->block[2 * taps + k] = 0;
    }
}

/* Levinson and Durbin: a[1 ... order] from r[0 ... order]. */
static void solve(tb_lp *lp)
{
    int order = lp->settings.order;
    double *a = lp->a, *next = lp->swap, error = lp->r[0];
    memset(a, 0, ((size_t)order + 1) * sizeof *a);
    for (int i = 1; i <= order && error > 0; i++) {
        double sum = lp->r[i];
        for (int j = 1; j < i; j++)
            sum -= a[j] * lp->r[i - j];
        double reflection = sum / error;
        if (!(fabs(reflection) < 1))
            break;
        for (int j = 1; j < i; j++)
            next[j] = a[j] - reflection * a[i - j];
        memcpy(a + 1, next + 1, ((size_t)i - 1) * sizeof *a);
        a[i] = reflection;
        error *= 1 - reflection * reflection;
    }
}

static void fit(tb_lp *lp)
{
    double fade = 1;
    merge(lp);
    for (int k = 0; k <= lp->settings.order; k++, fade *= lp->l)
        lp->r[k] = fade * (lp->s2[k] + k * lp->s1[k]);
    /* The window's own energy is about (window / 2)^3 2. */
    double energy = 0.25 * pow(lp->settings.window, 3);
    lp->r[0] += NOISE_SHARE * lp->r[0] + NOISE_POWER * energy;
    solve(lp);
    lp->since = 0;
}

/* ---- running ---- */

static tb_lp_guess guess_next(const tb_lp *lp)
{
    const double *past = lp->past + lp->at;
    double sum = 0;
    for (int j = 0; j < lp->settings.order; j++)
        sum += lp->a[j + 1] * past[j];
    return (tb_lp_guess){sum, sqrt(lp->power) + LEAST_SCALE};
}

/* Products with x and the past of it; then x is past. */
static void hear(tb_lp *lp, double x)
{
    int order = lp->settings.order, taps = order + 1, n = lp->settings.interval;
    int m = n - 1 - lp->since;
    double w0 = lp->weight[m] * x, w1 = lp->weight[n + m] * x;
    double w2 = lp->weight[2 * n + m] * x;
    if (lp->at == 0) {
        memcpy(lp->past + order + 1, lp->past,
               (size_t)order * sizeof *lp->past);
        lp->at = order + 1;
    }
    lp->past[--lp->at] = x;
    const double *past = lp->past + lp->at;
    for (int k = 0; k < taps; k++) {
        lp->block[k] += w0 * past[k];
        lp->block[taps + k] += w1 * past[k];
        lp->block[2 * taps + k] += w2 * past[k];
    }
    if (++lp->since == n)
        fit(lp);
}

void tb_lp_run(tb_lp *lp, const float *x, int64_t n, tb_lp_guess *guess)
{
    const double keep = 1 - 1.0 / SCALE_SAMPLES;
    for (int64_t i = 0; i < n; i++) {
        double sample = isfinite(x[i]) ? x[i] : 0;
        tb_lp_guess g = guess_next(lp);
        if (guess)
            guess[i] = g;
        double residual = sample - g.mean;
        lp->power = keep * lp->power + (1 - keep) * residual * residual;
        hear(lp, sample);
    }
}

static double below(double x)
{
    return 0.5 * erfc(-x * 0.7071067811865476);
}

/* From the nearer end, where the difference is exact. */
static double mass(double low, double high)
{
    return low > 0 ? below(-low) - below(-high) : below(high) - below(low);
}

double tb_lp_mass(const tb_lp_guess *g, double low, double high)
{
    double from = (low - g->mean) / g->scale, to = (high - g->mean) / g->scale;
    return 0.25 * mass(2 * from, 2 * to) + 0.5 * mass(from, to) +
           0.25 * mass(from / 2, to / 2);
}
