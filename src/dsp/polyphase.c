#include "dsp/polyphase.h"

#include "base/memory.h"

#include <math.h>

enum { CROSSINGS = 32, MOST_PHASES = 4096, MOST_REACH = 4096 };

static const double pi = 3.14159265358979323846;
static const double beta = 8; /* of the window: -80 dB */

static int64_t common(int64_t a, int64_t b)
{
    for (int64_t rest; b; a = b, b = rest)
        rest = a % b;
    return a;
}

/* The modified Bessel function of order 0, by its series. */
static double bessel(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-12 * sum; k++) {
        term *= x / 2 / k * (x / 2 / k);
        sum += term;
    }
    return sum;
}

static double sinc(double x)
{
    return fabs(x) < 1e-9 ? 1 : sin(pi * x) / (pi * x);
}

/* The taps for places rest / up behind a sample; their sum is 1, so that what
   stands still stays as it is. */
static void fill_row(const tb_polyphase *p, int64_t rest, double cutoff,
                     float *row)
{
    double sum = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < 2 * p->reach; k++) {
            double at = k - p->reach + 1 - (double)rest / (double)p->up;
            double inside = 1 - at * at / ((double)p->reach * p->reach);
            double tap = inside <= 0
                             ? 0
                             : sinc(cutoff * at) * bessel(beta * sqrt(inside));
            if (pass == 0)
                sum += tap;
            else
                row[k] = (float)(tap / sum);
        }
}

/* The middle of the filter's slope lies below the lower rate's half, so that
   its foot stands there. */
static tb_status fill_table(tb_polyphase *p, tb_error *error)
{
    const double slope = 0.92;
    double lower = p->up < p->down ? (double)p->up / (double)p->down : 1;
    double reach = ceil(CROSSINGS / lower);
    if (p->up > MOST_PHASES || reach > MOST_REACH)
        return TB_ERR_ARGUMENT;
    p->reach = (int)reach;
    p->table =
        tb_alloc_array((size_t)p->up * 2 * (size_t)p->reach, sizeof *p->table);
    if (!p->table)
        return tb_fail_memory(error);
    for (int64_t rest = 0; rest < p->up; rest++)
        fill_row(p, rest, lower * slope, p->table + rest * 2 * p->reach);
    return TB_OK;
}

tb_status tb_polyphase_init(tb_polyphase *p, int64_t from_rate, int64_t to_rate,
                            bool held, tb_error *error)
{
    *p = (tb_polyphase){0};
    tb_status status = from_rate < 1 || to_rate < 1 ? TB_ERR_ARGUMENT : TB_OK;
    if (!status) {
        int64_t both = common(from_rate, to_rate);
        p->up = to_rate / both;
        p->down = from_rate / both;
        if (!held && p->up != p->down)
            status = fill_table(p, error);
    }
    return status == TB_ERR_ARGUMENT
               ? tb_fail(error, status,
                         "Sound of %lld Hz cannot be played at %lld Hz: set "
                         "the host to 44100 or 48000 Hz.",
                         (long long)from_rate, (long long)to_rate)
               : status;
}

void tb_polyphase_clear(tb_polyphase *p)
{
    tb_free(p->table);
    *p = (tb_polyphase){0};
}

tb_rate_place tb_polyphase_place(const tb_polyphase *p, int64_t place)
{
    int64_t whole = place / p->up, rest = place % p->up;
    return rest < 0 ? (tb_rate_place){whole - 1, rest + p->up}
                    : (tb_rate_place){whole, rest};
}

float tb_polyphase_at(const tb_polyphase *p, const float *x, int64_t rest)
{
    enum { LANES = 8 };
    if (!p->table)
        return x[0];
    const float *row = p->table + rest * 2 * p->reach;
    float sum[LANES] = {0}, all = 0;
    int k = 0;
    for (; k + LANES <= 2 * p->reach; k += LANES)
        for (int i = 0; i < LANES; i++)
            sum[i] += row[k + i] * x[k + i];
    for (; k < 2 * p->reach; k++)
        all += row[k] * x[k];
    for (int i = 0; i < LANES; i++)
        all += sum[i];
    return all;
}

int tb_polyphase_window(const tb_polyphase *p)
{
    return p->reach ? 2 * p->reach : 1;
}
