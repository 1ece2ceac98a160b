#include "corpus/only.h"

#include "base/memory.h"
#include "corpus/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMED = 12 };

/* Stretches of all files, in their order, that do not touch. */
typedef struct tb_wanted {
    tb_region *at;
    int count, room;
    char there[400]; /* some of the labels that there are */
    int named;
} tb_wanted;

static tb_status add(tb_wanted *w, tb_region region, tb_error *error)
{
    tb_region *last = w->count > 0 ? &w->at[w->count - 1] : NULL;
    int64_t end = region.start + region.frames;
    if (region.frames < 1)
        return TB_OK;
    if (last && last->file == region.file &&
        region.start <= last->start + last->frames) {
        if (end > last->start + last->frames)
            last->frames = end - last->start;
        return TB_OK;
    }
    tb_region *at = tb_array_grown(w->at, w->count, &w->room, sizeof *at);
    if (!at)
        return tb_fail_memory(error);
    w->at = at;
    w->at[w->count++] = region;
    return TB_OK;
}

/* Remembers a label's name for an error, once. */
static void note_name(tb_wanted *w, const char *name)
{
    size_t used = strlen(w->there), length = strlen(name);
    const char *found = strstr(w->there, name);
    bool again = found && (found[length] == ',' || found[length] == 0) &&
                 (found == w->there || found[-1] == ' ');
    if (!length || again || w->named >= MOST_NAMED ||
        used + length + 3 > sizeof w->there)
        return;
    snprintf(w->there + used, sizeof w->there - used, "%s%s", used ? ", " : "",
             name);
    w->named++;
}

/* Labels come by their starts, so that regions do. */
static tb_status add_file(tb_wanted *w, const tb_corpus *corpus, int file,
                          int64_t frames, double sample_rate, const char *names,
                          tb_error *error)
{
    tb_labels labels = {0};
    tb_status status =
        tb_labels_of(corpus->files[file].path, NULL, &labels, error);
    for (int i = 0; i < labels.count && !status; i++) {
        if (!tb_label_is_one_of(&labels.at[i], names)) {
            note_name(w, labels.at[i].name);
            continue;
        }
        tb_extent e = tb_label_extent(&labels, i, sample_rate, frames);
        status = add(w, (tb_region){file, e.start, e.frames}, error);
    }
    tb_labels_clear(&labels);
    return status;
}

/* What of `regions` is wanted; both are in order. Takes the place of them. */
static tb_status cut_down(tb_region **regions, int *count, int64_t *total,
                          const tb_wanted *w, tb_error *error)
{
    size_t most = (size_t)*count + (size_t)w->count;
    tb_region *kept = tb_alloc_array(most + 1, sizeof *kept);
    int made = 0;
    if (!kept)
        return tb_fail_memory(error);
    *total = 0;
    for (int i = 0; i < *count; i++)
        for (int k = 0; k < w->count; k++) {
            const tb_region *a = &(*regions)[i], *b = &w->at[k];
            int64_t end_a = a->start + a->frames, end_b = b->start + b->frames;
            int64_t from = a->start > b->start ? a->start : b->start;
            int64_t to = end_a < end_b ? end_a : end_b;
            if (a->file != b->file || to <= from)
                continue;
            kept[made++] = (tb_region){a->file, from, to - from};
            *total += to - from;
        }
    tb_free(*regions);
    *regions = kept;
    *count = made;
    return TB_OK;
}

static tb_status fail_nothing(const tb_wanted *w, const char *names,
                              tb_error *error)
{
    if (w->there[0])
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "No stretch with the label '%s' is there to learn from. "
                       "There are: %s.",
                       names, w->there);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "No stretch with the label '%s' is there: beside the "
                   "recordings lie no label files. Make them with 'timbrel "
                   "segment', 'timbrel cluster' or Audacity; those of bell.wav "
                   "are called bell.txt.",
                   names);
}

tb_status tb_holdout_only(tb_holdout *h, const tb_corpus *corpus,
                          const int64_t *frames, double sample_rate,
                          const char *names, tb_error *error)
{
    tb_wanted w = {0};
    tb_status status = TB_OK;
    for (int i = 0; i < corpus->count && !status; i++)
        status = add_file(&w, corpus, i, frames[i], sample_rate, names, error);
    if (!status)
        status = cut_down(&h->training, &h->training_count, &h->training_frames,
                          &w, error);
    if (!status)
        status = cut_down(&h->held_out, &h->held_out_count, &h->held_out_frames,
                          &w, error);
    if (!status && h->training_count == 0)
        status = fail_nothing(&w, names, error);
    tb_free(w.at);
    return status;
}
