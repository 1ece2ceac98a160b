#include "dsp/pqmf.h"

#include "base/memory.h"
#include "dsp/window.h"

#include <math.h>
#include <stdbool.h>

#define PI 3.14159265358979323846

const char *const tb_pqmf_searches[] = {"exact", "rave", NULL};

/* ---- the prototype ---- */

/* A design under search: what depends on the cut-off is in `h`, and the window
   on the taps alone. */
typedef struct prototype {
    int bands, taps, room;
    double attenuation;
    double *h, *window; /* [room] */
} prototype;

/* Kaiser's formulas (Oppenheim and Schafer 1989, section 7.4). */
static double kaiser_beta(double attenuation)
{
    if (attenuation > 50)
        return 0.1102 * (attenuation - 8.7);
    double over = attenuation - 21;
    return over > 0 ? 0.5842 * pow(over, 0.4) + 0.07886 * over : 0;
}

/* An odd number, for a transition as wide as the band that passes. */
static int kaiser_taps(double attenuation, double cutoff)
{
    double n = ceil((attenuation - 7.95) / (2.285 * cutoff) + 1);
    return 2 * (int)floor(n / 2) + 1;
}

static void design(prototype *p, double cutoff)
{
    int wanted = kaiser_taps(p->attenuation, cutoff);
    int taps = wanted < p->room ? wanted : p->room;
    if (taps != p->taps)
        tb_window_kaiser(taps, kaiser_beta(p->attenuation), p->window);
    p->taps = taps;
    for (int i = 0; i < taps; i++) {
        int t = i - taps / 2;
        p->h[i] = p->window[i] * (t ? sin(cutoff * t) / (PI * t) : cutoff / PI);
    }
}

/* The prototype times itself, `lag` frames later. */
static double product(const prototype *p, int lag)
{
    double sum = 0;
    for (int i = lag; i < p->taps; i++)
        sum += p->h[i] * p->h[i - lag];
    return sum;
}

/* The largest product with itself that should vanish. */
static double largest_product(prototype *p, double cutoff)
{
    double largest = 0;
    design(p, cutoff);
    for (int lag = 2 * p->bands; lag < p->taps; lag += 2 * p->bands)
        largest = fmax(largest, fabs(product(p, lag)));
    return largest;
}

/* What reconstruction adds to the signal: the sum of their squares. */
static double distortion(prototype *p, double cutoff)
{
    double sum = 0, level;
    design(p, cutoff);
    level = product(p, 0);
    for (int lag = 2 * p->bands; lag < p->taps; lag += 2 * p->bands)
        sum += pow(product(p, lag) / level, 2);
    return sum;
}

/* ---- the search ---- */

/* Steps over an interval, then over the neighbourhood of the best, and again:
   the sum has several valleys, and jumps where the taps become more. */
static double search_exact(prototype *p)
{
    enum { STEPS = 64, ROUNDS = 5 };
    double low = 0.5 * PI / p->bands, high = 0.75 * PI / p->bands, best = low;
    for (int round = 0; round < ROUNDS; round++) {
        double step = (high - low) / STEPS, least = INFINITY;
        for (int i = 0; i <= STEPS; i++) {
            double found = distortion(p, low + i * step);
            if (found < least) {
                least = found;
                best = low + i * step;
            }
        }
        low = best - step;
        high = best + step;
    }
    return best;
}

/* A simplex of two points (Nelder and Mead 1965), from 1/bands and a twentieth
   more, until they and what is found there are within 1e-4: where it stops is
   part of the banks of published models. */
static double search_as_rave(prototype *p)
{
    const double enough = 1e-4;
    double a = 1.0 / p->bands, b = 1.05 * a;
    double at_a = largest_product(p, a), at_b = largest_product(p, b);
    for (int i = 0; i < 200; i++) {
        if (at_b < at_a) {
            double swap = a, at_swap = at_a;
            a = b, at_a = at_b;
            b = swap, at_b = at_swap;
        }
        if (fabs(b - a) <= enough && fabs(at_b - at_a) <= enough)
            break;
        double beyond = 2 * a - b, found = largest_product(p, beyond);
        if (found < at_a) {
            double further = 3 * a - 2 * b;
            double there = largest_product(p, further);
            b = there < found ? further : beyond;
            at_b = fmin(there, found);
            continue;
        }
        double between = found < at_b ? 1.5 * a - 0.5 * b : 0.5 * (a + b);
        double there = largest_product(p, between);
        bool better = found < at_b ? there <= found : there < at_b;
        b = better ? between : a + 0.5 * (b - a);
        at_b = better ? there : largest_product(p, b);
    }
    return a;
}

/* ---- the bank ---- */

/* The whole bank gives the sum of the squares, times twice the bands. */
static void set_level(prototype *p)
{
    double level = sqrt(2 * p->bands * product(p, 0));
    for (int i = 0; i < p->taps; i++)
        p->h[i] /= level;
}

static void modulate(const prototype *p, tb_pqmf *bank)
{
    for (int k = 0; k < p->bands; k++)
        for (int i = 0; i < p->taps; i++) {
            double t = i - p->taps / 2, phase = k % 2 ? -PI / 4 : PI / 4;
            bank->filters[k * p->taps + i] =
                2 * p->h[i] *
                cos((2 * k + 1) * PI / (2 * p->bands) * t + phase);
        }
}

static tb_status check(int bands, double attenuation, tb_error *error)
{
    if (bands < 2 || bands > TB_PQMF_MOST_BANDS || (bands & (bands - 1)))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A filter bank has 2, 4, 8, 16, 32 or 64 bands, "
                       "not %d.",
                       bands);
    if (!(attenuation >= 20 && attenuation <= 160))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A filter bank attenuates by 20 to 160 dB, not by "
                       "%g.",
                       attenuation);
    return TB_OK;
}

tb_status tb_pqmf_init(tb_pqmf *bank, int bands, double attenuation,
                       tb_pqmf_search search, tb_error *error)
{
    *bank = (tb_pqmf){0};
    tb_status status = check(bands, attenuation, error);
    if (status)
        return status;
    prototype p = {.bands = bands, .attenuation = attenuation};
    p.room = kaiser_taps(attenuation, 0.2 * PI / bands);
    p.h = tb_alloc_array(2 * (size_t)p.room, sizeof *p.h);
    if (p.h) {
        p.window = p.h + p.room;
        bank->cutoff =
            search == TB_PQMF_RAVE ? search_as_rave(&p) : search_exact(&p);
        design(&p, bank->cutoff);
        if (search == TB_PQMF_EXACT)
            set_level(&p);
        bank->filters =
            tb_alloc_array((size_t)p.taps * (size_t)bands, sizeof(double));
    }
    if (bank->filters) {
        bank->bands = bands;
        bank->taps = p.taps;
        modulate(&p, bank);
    }
    tb_free(p.h);
    return bank->filters ? TB_OK : tb_fail_memory(error);
}

void tb_pqmf_clear(tb_pqmf *bank)
{
    tb_free(bank->filters);
    *bank = (tb_pqmf){0};
}
