#include "base/memory.h"
#include "judge/quotes_parts.h"

#include <math.h>
#include <string.h>

enum {
    BANDS = 17,
    FRAMES = 3,
    FRAME_HOP = TB_PRINT_WINDOW / 2,
    BINS = TB_PRINT_WINDOW / 2 + 1
};

/* A moment stands out when it is the largest within this. */
#define PEAK_SECONDS 0.008
/* What is quieter, after emphasis, quotes nothing. */
#define QUIETEST 1e-4f
#define LOWEST_HZ 120
/* Bands end below the low-pass. */
#define HIGHEST_PART 0.4
/* A band must be this much stronger to count as stronger, and what lies below
   the second share of the whole is taken for the noise of 8 bits: comparisons
   that chance would decide come out the same. */
#define STRONGER 1.2
#define FLOOR_SHARE 0.003

typedef struct tb_printer {
    tb_spectrum *spectrum;
    int edge[BANDS + 1]; /* bins */
    int64_t peak;        /* samples */
} tb_printer;

void tb_prints_clear(tb_prints *p)
{
    tb_free(p->position);
    tb_free(p->print);
    memset(p, 0, sizeof *p);
}

static tb_status make_room(tb_prints *p, tb_error *error)
{
    if (p->count < p->capacity)
        return TB_OK;
    int64_t capacity = p->capacity ? 2 * p->capacity : 1024;
    uint32_t *position = tb_alloc_array((size_t)capacity, sizeof *position);
    uint64_t *print = tb_alloc_array((size_t)capacity, sizeof *print);
    if (!position || !print) {
        tb_free(position);
        tb_free(print);
        return tb_fail_memory(error);
    }
    if (p->count > 0) {
        memcpy(position, p->position, (size_t)p->count * sizeof *position);
        memcpy(print, p->print, (size_t)p->count * sizeof *print);
    }
    tb_free(p->position);
    tb_free(p->print);
    p->position = position;
    p->print = print;
    p->capacity = capacity;
    return TB_OK;
}

static int is_peak(const float *x, int64_t i, int64_t reach)
{
    float height = fabsf(x[i]);
    if (height < QUIETEST)
        return 0;
    for (int64_t d = 1; d <= reach; d++)
        if (fabsf(x[i - d]) >= height || fabsf(x[i + d]) > height)
            return 0;
    return 1;
}

static void band_powers(const tb_printer *p, const float *x, int64_t n,
                        int64_t start, double *bands)
{
    float power[BINS];
    double total = 0;
    tb_spectrum_power(p->spectrum, x, n, start, power);
    for (int b = 0; b < BANDS; b++) {
        bands[b] = 0;
        for (int k = p->edge[b]; k < p->edge[b + 1]; k++)
            bands[b] += power[k];
        total += bands[b];
        bands[b] /= p->edge[b + 1] - p->edge[b];
    }
    for (int b = 0; b < BANDS; b++)
        bands[b] += FLOOR_SHARE * total / (p->edge[BANDS] - p->edge[0]) * BANDS;
}

/* Three windows around the moment: 16 comparisons between neighbouring bands
   in each, and 16 between the first and the last window. */
static uint64_t print_at(const tb_printer *p, const float *x, int64_t n,
                         int64_t moment)
{
    double bands[FRAMES][BANDS];
    uint64_t print = 0;
    for (int f = 0; f < FRAMES; f++)
        band_powers(p, x, n, moment + (f - 2) * FRAME_HOP, bands[f]);
    for (int f = 0; f < FRAMES; f++)
        for (int b = 0; b + 1 < BANDS; b++)
            print = print << 1 | (bands[f][b] > STRONGER * bands[f][b + 1]);
    for (int b = 0; b + 1 < BANDS; b++)
        print = print << 1 | (bands[0][b] > STRONGER * bands[FRAMES - 1][b]);
    return print;
}

static tb_status open_printer(tb_printer *p, double sample_rate,
                              tb_error *error)
{
    double ratio = HIGHEST_PART * sample_rate / LOWEST_HZ;
    p->spectrum = tb_spectrum_new(TB_PRINT_WINDOW);
    p->peak = (int64_t)(PEAK_SECONDS * sample_rate);
    for (int b = 0; b <= BANDS; b++) {
        double hz = LOWEST_HZ * pow(ratio, (double)b / BANDS);
        p->edge[b] = (int)(hz * TB_PRINT_WINDOW / sample_rate + 0.5);
        if (b > 0 && p->edge[b] <= p->edge[b - 1])
            p->edge[b] = p->edge[b - 1] + 1;
    }
    return p->spectrum ? TB_OK : tb_fail_memory(error);
}

tb_status tb_prints_add(tb_prints *prints, const float *x, int64_t n,
                        int64_t origin, double sample_rate, tb_error *error)
{
    tb_printer printer;
    tb_status status = open_printer(&printer, sample_rate, error);
    for (int64_t i = TB_PRINT_REACH; !status && i + TB_PRINT_REACH <= n; i++) {
        if (!is_peak(x, i, printer.peak))
            continue;
        status = make_room(prints, error);
        if (status)
            break;
        prints->position[prints->count] = (uint32_t)(origin + i);
        prints->print[prints->count++] = print_at(&printer, x, n, i);
    }
    tb_spectrum_free(printer.spectrum);
    return status;
}
