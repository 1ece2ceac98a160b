#include "corpus/labels.h"

#include "base/memory.h"
#include "base/name_list.h"
#include "base/paths.h"
#include "base/setting_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 << 20, MOST_LABELS = 1 << 20, MOST_NAME = 1000 };

/* Longer than any recording; keeps frames in 64 bits. */
static const double MOST_SECONDS = 1e7;

static const char *const kinds[] = {NULL, "slices", "segments", "clusters"};

enum { KINDS = sizeof kinds / sizeof *kinds };

void tb_labels_clear(tb_labels *labels)
{
    for (int i = 0; i < labels->count; i++)
        tb_free(labels->at[i].name);
    tb_free(labels->at);
    *labels = (tb_labels){0};
}

static bool make_room(tb_labels *labels)
{
    tb_sound_label *at =
        tb_array_grown(labels->at, labels->count, &labels->room, sizeof *at);
    labels->at = at ? at : labels->at;
    return at != NULL;
}

static tb_status add(tb_labels *labels, double start, double end,
                     const char *name, size_t length, tb_error *error)
{
    if (!make_room(labels))
        return tb_fail_memory(error);
    char *copy = tb_alloc(length + 1);
    if (!copy)
        return tb_fail_memory(error);
    memcpy(copy, name, length);
    labels->at[labels->count++] = (tb_sound_label){start, end, copy};
    return TB_OK;
}

tb_status tb_labels_add(tb_labels *labels, double start, double end,
                        const char *name, tb_error *error)
{
    return add(labels, start, end, name, strlen(name), error);
}

/* ---- reading ---- */

/* A time of a line: what stands before the next tab or its end. Steps over
   both. */
static bool take_time(const char **at, const char *end, double *seconds)
{
    char text[64];
    size_t length = 0;
    while (*at + length < end && (*at)[length] != '\t')
        length++;
    if (length >= sizeof text)
        return false;
    memcpy(text, *at, length);
    text[length] = 0;
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    *at += length;
    *at += *at < end;
    const char *rest = text;
    return tb_number_parse(text, &rest, seconds) && !*rest && *seconds >= 0 &&
           *seconds <= MOST_SECONDS;
}

static tb_status parse_line(tb_labels *labels, const char *line,
                            const char *end, const char *what, int number,
                            tb_error *error)
{
    double from, to;
    const char *at = line;
    if (line == end || *line == '\\')
        return TB_OK;
    if (labels->count >= MOST_LABELS)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' has more than %d labels: divide it.", what,
                       MOST_LABELS);
    if (!take_time(&at, end, &from) || !take_time(&at, end, &to) || to < from ||
        end - at > MOST_NAME)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s', line %d, is no label: a start and an end in "
                       "seconds and a name, parted by tabs, are expected, as "
                       "Audacity exports them.",
                       what, number);
    return add(labels, from, to, at, (size_t)(end - at), error);
}

static int by_start(const void *a, const void *b)
{
    const tb_sound_label *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

void tb_labels_sort(tb_labels *labels)
{
    if (labels->count > 0)
        qsort(labels->at, (size_t)labels->count, sizeof *labels->at, by_start);
}

tb_status tb_labels_parse(const char *text, size_t bytes, const char *what,
                          tb_labels *labels, tb_error *error)
{
    const char *at = text, *end = text + bytes;
    tb_status status = TB_OK;
    if (bytes >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    if (memchr(text, 0, bytes))
        return tb_fail(error, TB_ERR_FORMAT, "'%s' is no text.", what);
    for (int number = 1; at < end && !status; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        stop = stop ? stop : end;
        if (stop > at && stop[-1] == '\r')
            stop--;
        status = parse_line(labels, at, stop, what, number, error);
        at = next;
    }
    tb_labels_sort(labels);
    return status;
}

tb_status tb_labels_read(const char *path, tb_labels *labels, tb_error *error)
{
    void *text;
    size_t bytes;
    tb_status status = tb_read_file(path, MOST_BYTES, &text, &bytes, error);
    if (status)
        return status;
    status = tb_labels_parse(text, bytes, path, labels, error);
    tb_free(text);
    return status;
}

/* ---- writing ---- */

static void write_time(FILE *to, double seconds)
{
    char text[64];
    snprintf(text, sizeof text, "%.6f", seconds);
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    fputs(text, to);
}

static void write_label(FILE *to, const tb_sound_label *label)
{
    write_time(to, label->start);
    fputc('\t', to);
    write_time(to, label->end);
    fputc('\t', to);
    for (const char *c = label->name; *c; c++)
        fputc(*c == '\t' || *c == '\n' || *c == '\r' ? ' ' : *c, to);
    fputc('\n', to);
}

tb_status tb_labels_write(const char *path, const tb_labels *labels,
                          bool replace, tb_error *error)
{
    tb_file *file = tb_file_begin(path, error);
    if (!file)
        return error ? error->status : TB_ERR_FILE;
    for (int i = 0; i < labels->count; i++)
        write_label(tb_file_stream(file), &labels->at[i]);
    return replace ? tb_file_commit(file, error)
                   : tb_file_commit_new(file, error);
}

/* ---- beside recordings ---- */

char *tb_labels_path(const char *recording, const char *folder,
                     const char *kind)
{
    char *stem = tb_path_stem(recording), *path = NULL;
    char *own = folder ? NULL : tb_path_folder(recording);
    size_t size = stem ? strlen(stem) + 64 : 0;
    char *name = stem ? tb_alloc(size) : NULL;
    if (!folder)
        folder = own && strcmp(own, ".") == 0 ? NULL : own;
    if (name && (folder || own)) {
        snprintf(name, size, "%s%s%s.txt", stem, kind ? "." : "",
                 kind ? kind : "");
        path = tb_path_join(folder, name);
    }
    tb_free(stem);
    tb_free(own);
    tb_free(name);
    return path;
}

static tb_status add_kind(const char *recording, const char *kind,
                          tb_labels *labels, tb_error *error)
{
    char *path = tb_labels_path(recording, NULL, kind);
    if (!path)
        return tb_fail_memory(error);
    tb_status status =
        tb_exists(path) ? tb_labels_read(path, labels, error) : TB_OK;
    tb_free(path);
    return status;
}

tb_status tb_labels_own(const char *recording, tb_labels *labels,
                        tb_error *error)
{
    return add_kind(recording, NULL, labels, error);
}

tb_status tb_labels_of(const char *recording, const char *kind,
                       tb_labels *labels, tb_error *error)
{
    tb_status status = TB_OK;
    if (kind)
        return add_kind(recording, kind, labels, error);
    for (int i = 0; i < KINDS && !status; i++)
        status = add_kind(recording, kinds[i], labels, error);
    return status;
}

static size_t trimmed(const char **text, size_t length)
{
    while (length > 0 && **text == ' ') {
        ++*text;
        length--;
    }
    while (length > 0 && (*text)[length - 1] == ' ')
        length--;
    return length;
}

bool tb_label_is_one_of(const tb_sound_label *label, const char *names)
{
    const char *mine = label->name;
    size_t length = trimmed(&mine, strlen(mine));
    size_t n = 0;
    for (const char *one; (one = tb_name_list_next(&names, &n));)
        if (n > 0 && n == length && memcmp(one, mine, n) == 0)
            return true;
    return false;
}

static int64_t frame_at(double seconds, double sample_rate, int64_t total)
{
    double frame = floor(seconds * sample_rate + 0.5);
    return frame < (double)total ? (int64_t)frame : total;
}

tb_extent tb_label_extent(const tb_labels *labels, int i, double sample_rate,
                          int64_t total)
{
    const tb_sound_label *label = &labels->at[i];
    double end = label->end;
    if (end == label->start) {
        end = INFINITY;
        for (int k = i + 1; k < labels->count && isinf(end); k++)
            if (labels->at[k].start > label->start)
                end = labels->at[k].start;
    }
    int64_t from = frame_at(label->start, sample_rate, total);
    return (tb_extent){from, frame_at(end, sample_rate, total) - from};
}
