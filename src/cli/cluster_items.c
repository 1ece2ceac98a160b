#include "cli/cluster_items.h"

#include "audio/cut.h"
#include "base/memory.h"
#include "dsp/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WIDTH = 64 };

/* A recording without labels that is shorter is sorted as a whole, and a longer
   one in pieces. */
static const double WHOLE_SECONDS = 4, EVEN_SECONDS = 1;

void cli_items_clear(cli_items *items)
{
    tb_free(items->sources);
    free(items->at);
    free(items->rows);
    *items = (cli_items){0};
}

static tb_status add_item(cli_items *items, cli_item item, tb_error *error)
{
    if (item.end <= item.start)
        return TB_OK;
    if (items->count == items->room) {
        int room = items->room ? 2 * items->room : 256;
        cli_item *larger = realloc(items->at, (size_t)room * sizeof *larger);
        items->at = larger ? larger : items->at;
        float *rows = realloc(items->rows, (size_t)room * (size_t)items->width *
                                               sizeof *rows);
        items->rows = rows ? rows : items->rows;
        if (!larger || !rows)
            return tb_fail_memory(error);
        items->room = room;
    }
    items->at[items->count++] = item;
    return TB_OK;
}

/* ---- which stretches ---- */

static tb_status add_even(cli_items *items, int source, double seconds,
                          tb_error *error)
{
    const cli_source *s = &items->sources[source];
    double length = seconds * s->sample_rate;
    int count = (int)floor((double)s->frames / length + 0.5);
    int64_t *at = tb_alloc_array((size_t)count + 2, sizeof *at);
    if (!at)
        return tb_fail_memory(error);
    for (int i = 0; i + 1 < count; i++)
        at[i] = (int64_t)((i + 1) * length);
    tb_status status =
        cli_find_cuts(s, at, count > 1 ? count - 1 : 0, false, error);
    for (int i = 0; (i < count || i == 0) && !status; i++) {
        int64_t from = i > 0 ? at[i - 1] : 0;
        int64_t to = i + 1 < count ? at[i] : s->frames;
        status = add_item(items, (cli_item){source, from, to, true}, error);
    }
    tb_free(at);
    return status;
}

static tb_status add_labels(cli_items *items, int source,
                            const tb_labels *labels, tb_error *error)
{
    const cli_source *s = &items->sources[source];
    tb_status status = TB_OK;
    for (int i = 0; i < labels->count && !status; i++) {
        tb_extent e = tb_label_extent(labels, i, s->sample_rate, s->frames);
        status = add_item(
            items, (cli_item){source, e.start, e.start + e.frames, false},
            error);
    }
    return status;
}

/* Labels of one kind, "labels" for those without; how many goes to `*found`. */
static tb_status add_kind(cli_items *items, int source, const char *kind,
                          int *found, tb_error *error)
{
    tb_labels labels = {0};
    const char *path = items->sources[source].path;
    tb_status status = strcmp(kind, "labels")
                           ? tb_labels_of(path, kind, &labels, error)
                           : tb_labels_own(path, &labels, error);
    *found = labels.count;
    if (!status)
        status = add_labels(items, source, &labels, error);
    tb_labels_clear(&labels);
    return status;
}

static tb_status fail_no_labels(const char *path, const char *kind,
                                tb_error *error)
{
    const char *how = strcmp(kind, "slices") == 0     ? "timbrel slice"
                      : strcmp(kind, "segments") == 0 ? "timbrel segment"
                                                      : "Audacity";
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "There are no %s beside '%s'. Make them with %s, or sort "
                   "files or times with --of.",
                   kind, path, how);
}

/* Whatever there is, in the order in which people go. */
static tb_status add_likely(cli_items *items, int source, tb_error *error)
{
    static const char *const kinds[] = {"labels", "slices", "segments"};
    const cli_source *s = &items->sources[source];
    int found = 0;
    tb_status status = TB_OK;
    for (int i = 0; i < 3 && !found && !status; i++)
        status = add_kind(items, source, kinds[i], &found, error);
    if (status || found)
        return status;
    double seconds = (double)s->frames / s->sample_rate;
    return seconds < WHOLE_SECONDS
               ? add_item(items, (cli_item){source, 0, s->frames, false}, error)
               : add_even(items, source, EVEN_SECONDS, error);
}

static tb_status add_source(cli_items *items, int source, const char *of,
                            tb_error *error)
{
    const cli_source *s = &items->sources[source];
    double seconds;
    int found = 0;
    if (!of)
        return add_likely(items, source, error);
    if (strcmp(of, "files") == 0)
        return add_item(items, (cli_item){source, 0, s->frames, false}, error);
    if (tb_parse_seconds(of, strlen(of), &seconds) && seconds >= 0.02)
        return add_even(items, source, seconds, error);
    if (strcmp(of, "slices") && strcmp(of, "segments") && strcmp(of, "labels"))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--of is slices, segments, labels, files or a time from "
                       "20ms on, as 500ms, not '%s'.",
                       of);
    tb_status status = add_kind(items, source, of, &found, error);
    return status || found ? status : fail_no_labels(s->path, of, error);
}

/* ---- what they are like ---- */

/* What twice the length counts, beside groups of deviation 1. It is not brought
   to a deviation of its own, and is left out of stretches that were made equal:
   they differ by nothing that is heard. */
static const float OCTAVE = 0.3f;

/* How many frames it takes until nine tenths of the energy have sounded. */
static int64_t sounding(const tb_feature_rows *f, int64_t from, int64_t to)
{
    double all = 0, past = 0;
    to = to < f->frames ? to : f->frames;
    for (int64_t j = from; j < to; j++)
        all += pow(10, f->loudness[j] / 10);
    for (int64_t j = from; j < to; j++) {
        past += pow(10, f->loudness[j] / 10);
        if (past >= 0.9 * all)
            return j - from;
    }
    return to - from;
}

/* Mean and deviation of each column over the frames whose middle lies in the
   stretch, or of the nearest one; louder frames count more. Last how long it
   sounds. */
static void describe(const tb_feature_rows *f, const cli_item *item, float *out)
{
    double sum[MOST_WIDTH] = {0}, squares[MOST_WIDTH] = {0}, all = 0;
    int64_t from = (item->start - f->size / 2 + f->hop - 1) / f->hop;
    int64_t to = (item->end - f->size / 2) / f->hop;
    from = from < 0 ? 0 : from < f->frames ? from : f->frames - 1;
    to = to > from ? to : from + 1;
    for (int64_t j = from; j < to && j < f->frames; j++) {
        double weight = pow(10, f->loudness[j] / 20) + 1e-6;
        all += weight;
        for (int k = 0; k < f->width; k++) {
            double x = f->rows[j * f->width + k];
            sum[k] += weight * x;
            squares[k] += weight * x * x;
        }
    }
    for (int k = 0; k < f->width; k++) {
        double mean = sum[k] / all;
        out[k] = (float)mean;
        out[f->width + k] =
            (float)sqrt(fmax(0, squares[k] / all - mean * mean));
    }
    out[2 * f->width] =
        item->even ? 0 : OCTAVE * log2f(1 + (float)sounding(f, from, to));
}

static tb_status feed(void *context, const float *mono, int64_t n,
                      tb_error *error)
{
    return tb_features_feed(context, mono, n, error);
}

static tb_status describe_source(cli_prepare *p, cli_items *items, int first,
                                 unsigned set, tb_error *error)
{
    const cli_source *s = &items->sources[items->source_count - 1];
    tb_features *features = tb_features_new(s->sample_rate, set, error);
    tb_status status = features ? TB_OK : error->status;
    if (!status)
        status = cli_hear(p, s->path, feed, features, error);
    if (!status)
        status = tb_features_finish(features, error);
    if (!status) {
        tb_feature_rows rows = tb_features_rows(features);
        for (int i = first; i < items->count; i++)
            describe(&rows, &items->at[i],
                     items->rows + (size_t)i * (size_t)items->width);
    }
    tb_features_free(features);
    return status;
}

/* How things change counts half as much as what they are. */
static void standardise(cli_items *items, unsigned set)
{
    int half = tb_feature_width(set), stride = items->width;
    tb_features_standardise(items->rows, items->count, stride, set, 1);
    tb_features_standardise(items->rows + half, items->count, stride, set, 0.5);
}

tb_status cli_items_find(cli_prepare *p, cli_items *items, tb_error *error)
{
    unsigned set;
    const char *by = cli_value(p->args, "by"), *of = cli_value(p->args, "of");
    tb_status status =
        tb_features_parse(by ? by : "timbre,pitch,noise", &set, error);
    if (status)
        return status;
    items->width = 2 * tb_feature_width(set) + 1;
    items->sources =
        tb_alloc_array((size_t)p->corpus->count, sizeof *items->sources);
    if (!items->sources)
        return tb_fail_memory(error);
    for (int i = 0; i < p->corpus->count && !status; i++) {
        int first = items->count;
        status =
            cli_measure(p, p->corpus->files[i].path, &items->sources[i], error);
        items->source_count = i + 1;
        if (!status)
            status = add_source(items, i, of, error);
        if (!status)
            status = describe_source(p, items, first, set, error);
    }
    if (!status)
        standardise(items, set);
    return status;
}
