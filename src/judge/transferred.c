#include "judge/transferred.h"

#include "base/median.h"
#include "base/memory.h"
#include "dsp/describe.h"
#include "judge/spectra_apart.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = 800, FIRST = 1, WIDTH = 12, ROWS = 2 * MOST };
static const double QUIET = -60;    /* dBFS: what is softer is not measured */
static const float SURE = 0.8f;     /* strength of a pitch that counts */
static const double HALF_TONE = 50; /* cents */

/* ---- pitch and loudness ---- */

static bool has_pitch(const tb_description *d, int64_t j)
{
    return d->pitch[j] > 0 && d->strength[j] >= SURE &&
           (double)d->loudness[j] > QUIET;
}

static double cents(float a, float b)
{
    return fabs(1200 * log2((double)a / (double)b));
}

static void measure_pitch(const tb_description *source,
                          const tb_description *made, double *room,
                          tb_transferred *out)
{
    int64_t n = source->frames < made->frames ? source->frames : made->frames;
    int64_t both = 0, had = 0, kept = 0;
    for (int64_t j = 0; j < n; j++) {
        if (!has_pitch(source, j))
            continue;
        had++;
        if (!has_pitch(made, j))
            continue;
        room[both] = cents(source->pitch[j], made->pitch[j]);
        kept += room[both++] <= HALF_TONE;
    }
    out->pitch_cents = tb_median(room, both);
    out->pitch_kept = had ? (double)kept / (double)had : NAN;
}

static void measure_loudness(const tb_description *source,
                             const tb_description *made, tb_transferred *out)
{
    int64_t n = source->frames < made->frames ? source->frames : made->frames;
    int64_t count = 0;
    double level = 0, sum = 0;
    for (int64_t j = 0; j < n; j++) {
        if ((double)source->loudness[j] <= QUIET)
            continue;
        level += (double)made->loudness[j] - (double)source->loudness[j];
        count++;
    }
    level /= (double)count;
    for (int64_t j = 0; j < n; j++)
        if ((double)source->loudness[j] > QUIET)
            sum += fabs((double)made->loudness[j] -
                        (double)source->loudness[j] - level);
    out->level_db = count ? level : NAN;
    out->loudness_db = count ? sum / (double)count : NAN;
}

/* ---- colour ---- */

/* Rows of MFCC, [count, WIDTH], of evenly spread windows that sound. */
typedef struct colours {
    int count;
    double rows[MOST][WIDTH];
} colours;

static int64_t count_loud(const tb_description *d)
{
    int64_t n = 0;
    for (int64_t j = 0; j < d->frames; j++)
        n += (double)d->loudness[j] > QUIET;
    return n;
}

static void read_colours(const tb_description *d, colours *c)
{
    int64_t loud = count_loud(d), seen = 0;
    int wanted = loud < MOST ? (int)loud : MOST;
    c->count = 0;
    for (int64_t j = 0; j < d->frames && c->count < wanted; j++) {
        if ((double)d->loudness[j] <= QUIET)
            continue;
        if (seen++ * wanted / loud < c->count)
            continue;
        const float *mfcc = d->mfcc + j * d->coefficients + FIRST;
        for (int k = 0; k < WIDTH; k++)
            c->rows[c->count][k] = (double)mfcc[k];
        c->count++;
    }
}

/* What makes the deviation of each number 1, over both. */
static void find_scales(const colours *a, const colours *b, double scale[WIDTH])
{
    int n = a->count + b->count;
    for (int k = 0; k < WIDTH; k++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < n; i++) {
            double x = i < a->count ? a->rows[i][k] : b->rows[i - a->count][k];
            sum += x;
            squares += x * x;
        }
        double variance = squares / n - sum / n * (sum / n);
        scale[k] = variance > 1e-12 ? 1 / sqrt(variance) : 0;
    }
}

static double away(const double *x, const double *y, const double *scale)
{
    double sum = 0;
    for (int k = 0; k < WIDTH; k++) {
        double d = (x[k] - y[k]) * scale[k];
        sum += d * d;
    }
    return sum;
}

/* The median of squared distances, of evenly spread pairs. */
static double width_of(const colours *a, const colours *b, const double *scale,
                       double *room)
{
    int n = a->count + b->count;
    int64_t count = 0;
    for (int i = 0; i < ROWS; i++) {
        int p = (int)((int64_t)i * 7919 % n),
            q = (int)((int64_t)i * 104729 % n);
        const double *x = p < a->count ? a->rows[p] : b->rows[p - a->count];
        const double *y = q < a->count ? a->rows[q] : b->rows[q - a->count];
        if (p != q)
            room[count++] = away(x, y, scale);
    }
    double m = tb_median(room, count);
    return m > 1e-12 ? m : 1;
}

static double alike(const colours *a, const colours *b, const double *scale,
                    double width)
{
    double sum = 0;
    for (int i = 0; i < a->count; i++)
        for (int j = 0; j < b->count; j++)
            sum += exp(-away(a->rows[i], b->rows[j], scale) / width);
    return sum / a->count / b->count;
}

static double discrepancy(const colours *a, const colours *b, double *room)
{
    double scale[WIDTH];
    if (a->count < 2 || b->count < 2)
        return NAN;
    find_scales(a, b, scale);
    double width = width_of(a, b, scale, room);
    double square = alike(a, a, scale, width) + alike(b, b, scale, width) -
                    2 * alike(a, b, scale, width);
    return sqrt(fmax(square, 0));
}

/* ---- the course ---- */

void tb_transfer_course_clear(tb_transfer_course *c)
{
    tb_free(c->seconds);
    for (int i = 0; i < 2; i++) {
        tb_free(c->loudness[i]);
        tb_free(c->pitch[i]);
    }
    *c = (tb_transfer_course){0};
}

static tb_status fill_course(const tb_description d[2], tb_transfer_course *c,
                             tb_error *error)
{
    int64_t n = d[0].frames < d[1].frames ? d[0].frames : d[1].frames;
    bool good = true;
    *c = (tb_transfer_course){.count = (int)n};
    c->seconds = tb_alloc_array((size_t)n + 1, sizeof *c->seconds);
    for (int i = 0; i < 2; i++) {
        c->loudness[i] = tb_alloc_array((size_t)n + 1, sizeof(double));
        c->pitch[i] = tb_alloc_array((size_t)n + 1, sizeof(double));
        good &= c->loudness[i] && c->pitch[i];
    }
    if (!good || !c->seconds) {
        tb_transfer_course_clear(c);
        return tb_fail_memory(error);
    }
    for (int64_t j = 0; j < n; j++) {
        c->seconds[j] = (double)j * d[0].hop / d[0].sample_rate;
        for (int i = 0; i < 2; i++) {
            c->loudness[i][j] = fmax((double)d[i].loudness[j], -80);
            c->pitch[i][j] =
                has_pitch(&d[i], j) ? log2((double)d[i].pitch[j] / 55) : NAN;
        }
    }
    return TB_OK;
}

/* ---- the whole ---- */

static tb_status describe_all(const tb_mono sounds[3], double sample_rate,
                              tb_description d[3], tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < 3 && !status; i++)
        if (sounds[i].frames > 0)
            status = tb_describe(sounds[i].x, sounds[i].frames, sample_rate,
                                 NULL, &d[i], error);
    return status;
}

static tb_status measure_colours(const tb_description d[3], tb_transferred *out,
                                 tb_error *error)
{
    colours *c = tb_alloc_array(3, sizeof *c);
    double *room = tb_alloc_array(ROWS, sizeof *room);
    tb_status status = c && room ? TB_OK : tb_fail_memory(error);
    if (!status) {
        for (int i = 0; i < 3; i++)
            read_colours(&d[i], &c[i]);
        out->from_source = discrepancy(&c[1], &c[0], room);
        out->from_target = discrepancy(&c[1], &c[2], room);
        out->source_from_target = discrepancy(&c[0], &c[2], room);
    }
    tb_free(c);
    tb_free(room);
    return status;
}

tb_status tb_transfer_measure(tb_mono source, tb_mono made, tb_mono target,
                              double sample_rate, tb_transferred *out,
                              tb_transfer_course *course, tb_error *error)
{
    const tb_mono sounds[3] = {source, made, target};
    tb_description d[3];
    memset(d, 0, sizeof d);
    memset(out, 0, sizeof *out);
    if (course)
        *course = (tb_transfer_course){0};
    int64_t both = source.frames < made.frames ? source.frames : made.frames;
    tb_status status = describe_all(sounds, sample_rate, d, error);
    if (!status)
        status = tb_spectra_apart(source.x, made.x, both, sample_rate,
                                  &out->spectrum_db, error);
    double *room = tb_alloc_array((size_t)d[0].frames + 1, sizeof *room);
    if (!status && !room)
        status = tb_fail_memory(error);
    if (!status) {
        measure_pitch(&d[0], &d[1], room, out);
        measure_loudness(&d[0], &d[1], out);
        status = measure_colours(d, out, error);
    }
    if (!status && course)
        status = fill_course(d, course, error);
    tb_free(room);
    for (int i = 0; i < 3; i++)
        tb_description_clear(&d[i]);
    return status;
}
