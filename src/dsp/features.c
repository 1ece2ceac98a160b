#include "dsp/features.h"

#include "base/memory.h"
#include "dsp/describe.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 64, COEFFICIENTS = 13, GROUPS = 6 };

const char *const tb_feature_names[] = {
    "timbre", "harmony", "loudness", "brightness", "noise", "pitch", NULL};

static const int widths[GROUPS] = {12, 12, 1, 1, 1, 2};

struct tb_features {
    tb_describe_options options;
    double sample_rate;
    unsigned set;
    int width;
    float *heard; /* [room], what the next frames look at */
    int64_t room, count;
    float *rows, *loudness;
    int64_t frames, rows_room;
};

tb_status tb_features_parse(const char *names, unsigned *set, tb_error *error)
{
    *set = 0;
    while (true) {
        size_t n = strcspn(names, ",");
        int i = 0;
        while (i < GROUPS && (strlen(tb_feature_names[i]) != n ||
                              memcmp(tb_feature_names[i], names, n) != 0))
            i++;
        if (i == GROUPS)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "There is no descriptor '%.*s': choose among "
                           "timbre, harmony, loudness, brightness, noise, "
                           "pitch, with commas between.",
                           (int)n, names);
        *set |= 1u << i;
        if (!names[n])
            return TB_OK;
        names += n + 1;
    }
}

int tb_feature_width(unsigned set)
{
    int width = 0;
    for (int i = 0; i < GROUPS; i++)
        width += set >> i & 1 ? widths[i] : 0;
    return width;
}

tb_features *tb_features_new(double sample_rate, unsigned set, tb_error *error)
{
    tb_features *f = tb_alloc(sizeof *f);
    if (!f) {
        tb_fail_memory(error);
        return NULL;
    }
    f->sample_rate = sample_rate;
    f->set = set;
    f->width = tb_feature_width(set);
    f->options.size = tb_spectrum_size(0.07, sample_rate);
    f->options.hop = f->options.size / 2;
    f->options.low_hz = fmin(50, sample_rate / 8);
    f->options.coefficients = COEFFICIENTS;
    f->room = f->options.size + (AT_ONCE - 1) * (int64_t)f->options.hop;
    f->heard = tb_alloc_array((size_t)f->room, sizeof(float));
    if (f->heard)
        return f;
    tb_features_free(f);
    tb_fail_memory(error);
    return NULL;
}

void tb_features_free(tb_features *f)
{
    if (!f)
        return;
    tb_free(f->heard);
    free(f->rows);
    free(f->loudness);
    tb_free(f);
}

static tb_status make_room(tb_features *f, int64_t more, tb_error *error)
{
    if (f->frames + more <= f->rows_room)
        return TB_OK;
    int64_t room = 2 * f->rows_room + more + 1024;
    float *rows =
        realloc(f->rows, (size_t)room * (size_t)f->width * sizeof *rows);
    f->rows = rows ? rows : f->rows;
    float *loudness = realloc(f->loudness, (size_t)room * sizeof *loudness);
    f->loudness = loudness ? loudness : f->loudness;
    if (!rows || !loudness)
        return tb_fail_memory(error);
    f->rows_room = room;
    return TB_OK;
}

/* One frame's columns, in the order of the groups. */
static void fill_row(const tb_features *f, const tb_description *d, int64_t j,
                     float *row)
{
    unsigned set = f->set;
    if (set & TB_FEATURE_TIMBRE)
        for (int k = 1; k < COEFFICIENTS; k++)
            *row++ = d->mfcc[j * d->coefficients + k];
    if (set & TB_FEATURE_HARMONY)
        for (int k = 0; k < 12; k++)
            *row++ = d->chroma[j * 12 + k];
    if (set & TB_FEATURE_LOUDNESS)
        *row++ = d->loudness[j];
    if (set & TB_FEATURE_BRIGHTNESS)
        *row++ = log2f(d->centroid[j] + 20);
    if (set & TB_FEATURE_NOISE)
        *row++ = logf(d->flatness[j] + 1e-4f);
    if (set & TB_FEATURE_PITCH) {
        *row++ = d->pitch[j] > 0 ? d->strength[j] * log2f(d->pitch[j] / 50) : 0;
        *row++ = d->strength[j];
    }
}

static tb_status describe(tb_features *f, tb_error *error)
{
    tb_description d;
    tb_status status =
        tb_describe(f->heard, f->count, f->sample_rate, &f->options, &d, error);
    if (!status)
        status = make_room(f, d.frames, error);
    for (int64_t j = 0; j < d.frames && !status; j++) {
        f->loudness[f->frames] = d.loudness[j];
        fill_row(f, &d, j, f->rows + f->frames++ * f->width);
    }
    tb_description_clear(&d);
    return status;
}

tb_status tb_features_feed(tb_features *f, const float *x, int64_t n,
                           tb_error *error)
{
    while (n > 0) {
        int64_t take = f->room - f->count < n ? f->room - f->count : n;
        memcpy(f->heard + f->count, x, (size_t)take * sizeof *x);
        f->count += take;
        x += take;
        n -= take;
        if (f->count < f->room)
            continue;
        tb_status status = describe(f, error);
        if (status)
            return status;
        /* The next frame begins a hop after the last one. */
        int64_t used = AT_ONCE * (int64_t)f->options.hop;
        f->count -= used;
        memmove(f->heard, f->heard + used, (size_t)f->count * sizeof *x);
    }
    return TB_OK;
}

/* A rest that is shorter than a window belongs to the last frame, unless there
   is none. */
tb_status tb_features_finish(tb_features *f, tb_error *error)
{
    if (f->count < f->options.size && f->frames > 0)
        return TB_OK;
    return describe(f, error);
}

tb_feature_rows tb_features_rows(const tb_features *f)
{
    return (tb_feature_rows){.rows = f->rows,
                             .loudness = f->loudness,
                             .frames = f->frames,
                             .hop = f->options.hop,
                             .size = f->options.size,
                             .width = f->width};
}

/* Takes the mean out of a column and returns its variance. */
static double centre(float *column, int64_t n, int stride)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        sum += column[i * stride];
    double mean = n > 0 ? sum / (double)n : 0;
    for (int64_t i = 0; i < n; i++) {
        double d = column[i * stride] - mean;
        column[i * stride] = (float)d;
        squares += d * d;
    }
    return n > 0 ? squares / (double)n : 0;
}

void tb_features_standardise(float *rows, int64_t n, int stride, unsigned set,
                             double weight)
{
    for (int g = 0; g < GROUPS; g++) {
        double variance = 0;
        int width = set >> g & 1 ? widths[g] : 0;
        for (int k = 0; k < width; k++)
            variance += centre(rows + k, n, stride);
        double scale = variance > 1e-12 ? weight / sqrt(variance) : 0;
        for (int64_t i = 0; i < n; i++)
            for (int k = 0; k < width; k++)
                rows[i * stride + k] *= (float)scale;
        rows += width;
    }
}
