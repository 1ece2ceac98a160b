#include "dsp/segments.h"

#include "base/memory.h"
#include "dsp/novelty.h"

#include <math.h>
#include <string.h>

/* A side of the checkerboard has at most so many rows: for a longer one
   features are summed up, so that an hour takes the same time with any. */
enum { MOST_HALF = 64 };

/* Means of `of` features each, [points, width], all of equal weight. */
static tb_status sum_up(const tb_feature_rows *f, unsigned set, int64_t of,
                        int64_t points, float **rows, tb_error *error)
{
    int width = f->width;
    *rows = tb_alloc_array((size_t)points, (size_t)width * sizeof **rows);
    if (!*rows)
        return tb_fail_memory(error);
    for (int64_t i = 0; i < points * of && i < f->frames; i++)
        for (int k = 0; k < width; k++)
            (*rows)[i / of * width + k] += f->rows[i * width + k] / (float)of;
    tb_features_standardise(*rows, points, width, set, 1);
    return TB_OK;
}

static tb_status pick(tb_segments *s, const tb_segments_options *o,
                      double seconds_per_point, tb_error *error)
{
    double threshold = 0.16 * pow(2, 4 * (0.5 - o->sensitivity));
    int64_t least = (int64_t)ceil(o->shortest_seconds / seconds_per_point);
    size_t most = (size_t)(s->points / (least > 1 ? least : 1)) + 2;
    s->at = tb_alloc_array(most, sizeof *s->at);
    s->strength = tb_alloc_array(most, sizeof *s->strength);
    if (!s->at || !s->strength)
        return tb_fail_memory(error);
    s->count = tb_novelty_peaks(s->novelty, s->points, least, threshold, s->at);
    return TB_OK;
}

/* A border lies between the middles of two windows. */
static void tell_frames(tb_segments *s, const tb_feature_rows *f, int64_t of)
{
    for (int i = 0; i < s->count; i++) {
        s->strength[i] = s->novelty[s->at[i]];
        s->at[i] = s->at[i] * f->hop * of + (f->size - f->hop) / 2;
    }
}

tb_status tb_segments_find(const tb_feature_rows *f, unsigned set,
                           double sample_rate,
                           const tb_segments_options *options, tb_segments *out,
                           tb_error *error)
{
    tb_segments_options o = *options;
    double hop = (double)f->hop / sample_rate;
    float *rows = NULL;
    *out = (tb_segments){0};
    if (!(o.kernel_seconds > 0))
        o.kernel_seconds = fmin(16, fmax(0.5, (double)f->frames * hop / 2));
    if (!(o.shortest_seconds > 0))
        o.shortest_seconds = o.kernel_seconds / 4;
    double half = o.kernel_seconds / 2 / hop;
    int64_t of = (int64_t)ceil(half / MOST_HALF);
    out->points = f->frames / of > 0 ? f->frames / of : 1;
    out->novelty = tb_alloc_array((size_t)out->points, sizeof(float));
    tb_status status = out->novelty
                           ? sum_up(f, set, of, out->points, &rows, error)
                           : tb_fail_memory(error);
    if (!status)
        status = tb_novelty(rows, out->points, f->width,
                            (int)fmax(1, round(half / (double)of)),
                            out->novelty, error);
    if (!status)
        status = pick(out, &o, hop * (double)of, error);
    if (!status)
        tell_frames(out, f, of);
    tb_free(rows);
    return status;
}

void tb_segments_clear(tb_segments *s)
{
    tb_free(s->novelty);
    tb_free(s->at);
    tb_free(s->strength);
    *s = (tb_segments){0};
}
