#include "corpus/label_map.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/name_list.h"
#include "corpus/labels.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

/* Frames of one file, by their starts. */
typedef struct stretch {
    int64_t start, end;
    int64_t reach; /* the last end of it and all before */
    int label;
} stretch;

struct tb_label_map {
    stretch *at;
    int count, room;
    int *first; /* [files + 1]: the stretches of each */
    int64_t frames[MOST + 1];
    int stretches[MOST + 1];
};

static int number_of(const tb_sound_label *label, const char *names)
{
    char one[1024];
    for (int i = 1; i <= MOST && tb_name_list_at(names, i, one, sizeof one);
         i++)
        if (tb_label_is_one_of(label, one))
            return i;
    return 0;
}

static tb_status append(tb_label_map *m, int first, stretch s, tb_error *error)
{
    if (s.end <= s.start)
        return TB_OK;
    s.reach = s.end;
    if (m->count > first && m->at[m->count - 1].reach > s.end)
        s.reach = m->at[m->count - 1].reach;
    stretch *at = tb_array_grown(m->at, m->count, &m->room, sizeof *at);
    if (!at)
        return tb_fail_memory(error);
    m->at = at;
    m->at[m->count++] = s;
    return TB_OK;
}

static tb_status add_file(tb_label_map *m, const char *path, const char *names,
                          int64_t frames, double sample_rate, tb_error *error)
{
    tb_labels labels = {0};
    int first = m->count;
    tb_status status = tb_labels_of(path, NULL, &labels, error);
    if (!status && labels.count > 1)
        tb_labels_sort(&labels);
    for (int i = 0; i < labels.count && !status; i++) {
        int number = number_of(&labels.at[i], names);
        tb_extent e = tb_label_extent(&labels, i, sample_rate, frames);
        if (number)
            status = append(m, first,
                            (stretch){.start = e.start,
                                      .end = e.start + e.frames,
                                      .label = number},
                            error);
    }
    tb_labels_clear(&labels);
    return status;
}

/* What several cover counts for each of them. */
static void count_up(tb_label_map *m, int files, const int64_t *frames)
{
    for (int i = 0; i < files; i++) {
        int64_t reached = 0;
        m->frames[0] += frames[i];
        for (int k = m->first[i]; k < m->first[i + 1]; k++) {
            const stretch *s = &m->at[k];
            int64_t from = s->start > reached ? s->start : reached;
            m->frames[s->label] += s->end - s->start;
            m->stretches[s->label]++;
            m->frames[0] -= s->end > from ? s->end - from : 0;
            reached = s->end > reached ? s->end : reached;
        }
    }
}

static tb_status fill(tb_label_map *m, const tb_corpus *corpus,
                      const char *names, const int64_t *frames,
                      double sample_rate, tb_error *error)
{
    tb_status status = TB_OK;
    m->first = tb_alloc_array((size_t)corpus->count + 1, sizeof *m->first);
    if (!m->first)
        return tb_fail_memory(error);
    for (int i = 0; i < corpus->count && !status; i++) {
        status = add_file(m, corpus->files[i].path, names, frames[i],
                          sample_rate, error);
        m->first[i + 1] = m->count;
    }
    if (!status)
        count_up(m, corpus->count, frames);
    if (!status && m->count == 0)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "No stretch of the sounds has one of the labels '%s'. "
                         "Labels lie beside the recordings: those of bell.wav "
                         "in bell.txt, or in what 'timbrel segment' and "
                         "'timbrel cluster' write.",
                         names);
    return status;
}

tb_label_map *tb_label_map_new(const tb_corpus *corpus, const char *names,
                               const int64_t *frames, double sample_rate,
                               tb_error *error)
{
    tb_label_map *m = tb_alloc(sizeof *m);
    if (!m) {
        tb_fail_memory(error);
        return NULL;
    }
    if (fill(m, corpus, names, frames, sample_rate, error) == TB_OK)
        return m;
    tb_label_map_free(m);
    return NULL;
}

void tb_label_map_free(tb_label_map *map)
{
    if (!map)
        return;
    tb_free(map->at);
    tb_free(map->first);
    tb_free(map);
}

int tb_label_map_at(const tb_label_map *m, int file, int64_t frame)
{
    int low = m->first[file], high = m->first[file + 1];
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (m->at[middle].start <= frame)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > m->first[file] && m->at[low - 1].reach > frame)
        if (m->at[--low].end > frame)
            return m->at[low].label;
    return 0;
}

int64_t tb_label_map_frames(const tb_label_map *m, int label)
{
    return m->frames[label];
}

int tb_label_map_stretches(const tb_label_map *m, int label)
{
    return m->stretches[label];
}

uint64_t tb_label_map_hash(const tb_label_map *m)
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    for (int i = 0; i < m->count; i++) {
        const int64_t all[] = {m->at[i].start, m->at[i].end, m->at[i].label};
        tb_hash_add(&hash, all, sizeof all);
    }
    return tb_hash_get(&hash);
}

/* ---- what there is ---- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of labels, each once; the texts are the labels'. */
static int unlike(char **all, int count)
{
    int n = 0;
    if (count > 1)
        qsort(all, (size_t)count, sizeof *all, by_bytes);
    for (int i = 0; i < count; i++)
        if (all[i][0] && (n == 0 || strcmp(all[n - 1], all[i]) != 0))
            all[n++] = all[i];
    return n;
}

static tb_status write_names(char *const *all, int n, int most, char *names,
                             size_t size, tb_error *error)
{
    size_t used = 0;
    if (n == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There are no labels to learn: beside the recordings "
                       "lie no label files. Make them with 'timbrel segment', "
                       "'timbrel cluster' or Audacity; those of bell.wav are "
                       "called bell.txt.");
    if (n > most)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There are %d different labels, such as '%s' and '%s', "
                       "and a network learns up to %d. Name those that it "
                       "should learn: --labels %s,%s",
                       n, all[0], all[n - 1], most, all[0], all[n - 1]);
    for (int i = 0; i < n; i++) {
        size_t length = strlen(all[i]);
        if (strchr(all[i], ',') || used + length + 2 > size)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "The label '%.60s' cannot be learned: names are "
                           "short and without commas. Name those to learn: "
                           "--labels A,B",
                           all[i]);
        if (used)
            names[used++] = ',';
        memcpy(names + used, all[i], length + 1);
        used += length;
    }
    return TB_OK;
}

tb_status tb_label_names_all(const tb_corpus *corpus, int most, char *names,
                             size_t size, tb_error *error)
{
    tb_labels labels = {0};
    tb_status status = TB_OK;
    for (int i = 0; i < corpus->count && !status; i++)
        status = tb_labels_of(corpus->files[i].path, NULL, &labels, error);
    char **all =
        status ? NULL : tb_alloc_array((size_t)labels.count + 1, sizeof *all);
    if (!status && !all)
        status = tb_fail_memory(error);
    for (int i = 0; all && i < labels.count; i++)
        all[i] = labels.at[i].name;
    if (!status)
        status = write_names(all, unlike(all, labels.count), most, names, size,
                             error);
    tb_free(all);
    tb_labels_clear(&labels);
    return status;
}
