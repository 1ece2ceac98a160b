#include "corpus/holdout.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SHARE_OF_FILE = 5, MOST_PLACES = 6 };
static const double MOST_SECONDS = 120;

/* How ends are cut from the files that are long enough. */
typedef struct cut {
    int64_t tail, guard; /* frames */
    int eligible, chosen;
} cut;

static int64_t sum(const int64_t *frames, int files)
{
    int64_t total = 0;
    for (int i = 0; i < files; i++)
        total += frames[i];
    return total;
}

static bool long_enough(const cut *c, int64_t frames)
{
    return frames / SHARE_OF_FILE >= c->tail + c->guard;
}

/* Tail and guard of one chosen file. Where all long enough files are cut, they
   share the budget, without giving more than their share of themselves. */
static int64_t cut_off(const cut *c, int64_t frames, int64_t budget)
{
    if (c->chosen < c->eligible)
        return c->tail + c->guard;
    int64_t most = frames / SHARE_OF_FILE, even = budget / c->chosen;
    return even < most ? even : most;
}

/* Plans ends of `tail` frames, and how many frames they use up. */
static cut try_cut(const int64_t *frames, int files, int64_t budget,
                   int64_t tail, int64_t *used)
{
    cut c = {.tail = tail, .guard = tail / 8};
    int64_t affordable = budget / (c.tail + c.guard);
    for (int i = 0; i < files; i++)
        c.eligible += long_enough(&c, frames[i]);
    c.chosen = c.eligible < affordable ? c.eligible : (int)affordable;
    *used = c.chosen * (c.tail + c.guard);
    if (c.chosen < c.eligible || c.chosen == 0)
        return c;
    *used = 0;
    for (int i = 0; i < files; i++)
        if (long_enough(&c, frames[i]))
            *used += cut_off(&c, frames[i], budget);
    return c;
}

/* The longest tails of which enough can be had to use half of the budget. */
static cut choose_cut(const int64_t *frames, int files, int64_t budget,
                      double sample_rate)
{
    for (int seconds = 8; seconds >= 1; seconds /= 2) {
        int64_t used, tail = (int64_t)(seconds * sample_rate);
        cut c = try_cut(frames, files, budget, tail, &used);
        if (c.chosen > 0 && used >= budget / 2)
            return c;
    }
    return (cut){0};
}

/* True for `chosen` of every `of` in a row, evenly spread. */
static bool is_chosen(int64_t index, int64_t chosen, int64_t of)
{
    return (index + 1) * chosen / of > index * chosen / of;
}

static void add(tb_region *list, int *count, int64_t *total, tb_region region)
{
    if (region.frames < 1)
        return;
    list[(*count)++] = region;
    *total += region.frames;
}

static void learn(tb_holdout *h, int file, int64_t frames)
{
    add(h->training, &h->training_count, &h->training_frames,
        (tb_region){file, 0, frames});
}

static void hold_out(tb_holdout *h, int file, int64_t start, int64_t frames)
{
    add(h->held_out, &h->held_out_count, &h->held_out_frames,
        (tb_region){file, start, frames});
}

static void cut_ends(tb_holdout *h, const int64_t *frames, int files,
                     int64_t budget, const cut *c)
{
    int64_t met = 0;
    for (int i = 0; i < files; i++) {
        if (!long_enough(c, frames[i]) ||
            !is_chosen(met++, c->chosen, c->eligible)) {
            learn(h, i, frames[i]);
            continue;
        }
        int64_t off = cut_off(c, frames[i], budget), tail = off - c->guard;
        learn(h, i, frames[i] - off);
        hold_out(h, i, frames[i] - tail, tail);
    }
}

/* Files too short to be cut: whole ones, evenly spread. */
static void take_files(tb_holdout *h, const int64_t *frames, int files,
                       int64_t total, int64_t budget)
{
    int64_t before = 0;
    for (int i = 0; i < files; i++) {
        double due = (double)before / (double)total * (double)budget;
        bool fits = h->held_out_frames + frames[i] <= budget;
        if (fits && before > 0 && (double)h->held_out_frames <= due)
            hold_out(h, i, 0, frames[i]);
        else
            learn(h, i, frames[i]);
        before += frames[i];
    }
}

static tb_status hold_out_file(tb_holdout *h, const int64_t *frames, int files,
                               int whole_file, tb_error *error)
{
    for (int i = 0; i < files; i++) {
        if (i == whole_file)
            hold_out(h, i, 0, frames[i]);
        else
            learn(h, i, frames[i]);
    }
    if (h->training_count > 0)
        return TB_OK;
    tb_holdout_clear(h);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "Nothing is left to learn from: the only recording is held "
                   "out. Add others, or hold out nothing.");
}

tb_status tb_holdout_make(const int64_t *frames, int files, double sample_rate,
                          double fraction, int whole_file, tb_holdout *holdout,
                          tb_error *error)
{
    *holdout = (tb_holdout){0};
    holdout->training = tb_alloc_array((size_t)files, sizeof(tb_region));
    holdout->held_out = tb_alloc_array((size_t)files, sizeof(tb_region));
    if (!holdout->training || !holdout->held_out) {
        tb_holdout_clear(holdout);
        return tb_fail_memory(error);
    }
    if (whole_file >= 0 && whole_file < files)
        return hold_out_file(holdout, frames, files, whole_file, error);
    int64_t total = sum(frames, files);
    double most = MOST_SECONDS * sample_rate;
    double share = (fraction < 0.05 ? fraction : 0.05) * (double)total;
    int64_t budget = (int64_t)(share < most ? share : most);
    if ((double)total < TB_HOLDOUT_LEAST_SECONDS * sample_rate)
        budget = 0;
    cut c = {0};
    if (budget > 0)
        c = choose_cut(frames, files, budget, sample_rate);
    if (c.chosen > 0)
        cut_ends(holdout, frames, files, budget, &c);
    else
        take_files(holdout, frames, files, total, budget);
    return TB_OK;
}

void tb_holdout_clear(tb_holdout *holdout)
{
    tb_free(holdout->training);
    tb_free(holdout->held_out);
    *holdout = (tb_holdout){0};
}

static void say(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends. */
static void say(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    if (used < size)
        vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

static void say_time(char *text, size_t size, double seconds)
{
    int64_t tenths = (int64_t)(seconds * 10 + 0.5);
    say(text, size, "%d:%02d.%d", (int)(tenths / 600), (int)(tenths / 10 % 60),
        (int)(tenths % 10));
}

/* Appends. */
static void say_places(const tb_holdout *h, const tb_corpus *corpus,
                       double sample_rate, char *text, size_t size)
{
    double all = (double)(h->training_frames + h->held_out_frames);
    int more = h->held_out_count - MOST_PLACES;
    for (int i = 0; i < h->held_out_count && i < MOST_PLACES; i++) {
        const tb_region *r = &h->held_out[i];
        say(text, size, "%s%s ", i ? ", " : "",
            tb_path_base(corpus->files[r->file].path));
        say_time(text, size, (double)r->start / sample_rate);
        say(text, size, " to ");
        say_time(text, size, (double)(r->start + r->frames) / sample_rate);
    }
    if (more > 0)
        say(text, size, " and %d more %s", more,
            tb_plural(more, "place", "places"));
    say(text, size, "; %.1f s in all, %.1f %%",
        (double)h->held_out_frames / sample_rate,
        100 * (double)h->held_out_frames / all);
}

void tb_holdout_places(const tb_holdout *h, const tb_corpus *corpus,
                       double sample_rate, char *text, size_t size)
{
    if (size == 0)
        return;
    text[0] = 0;
    if (h->held_out_count == 0)
        say(text, size, "nothing");
    else
        say_places(h, corpus, sample_rate, text, size);
}

void tb_holdout_sentence(const tb_holdout *h, const tb_corpus *corpus,
                         double sample_rate, char *text, size_t size)
{
    if (size == 0)
        return;
    text[0] = 0;
    if (h->held_out_count == 0) {
        say(text, size, "Nothing is held out: everything is learned from.");
        return;
    }
    say(text, size, "Held out and never learned from: ");
    say_places(h, corpus, sample_rate, text, size);
    say(text, size, ".");
}

/* The only file of that name. */
static int index_named(const tb_corpus *corpus, const char *name)
{
    int found = -1;
    for (int i = 0; i < corpus->count; i++)
        if (strcmp(tb_path_base(corpus->files[i].path), name) == 0) {
            if (found >= 0)
                return -1;
            found = i;
        }
    return found;
}

int tb_corpus_index(const tb_corpus *corpus, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return index_named(corpus, path);
    for (int i = 0; i < corpus->count; i++)
        if (corpus->files[i].device == (uint64_t)st.st_dev &&
            corpus->files[i].inode == (uint64_t)st.st_ino)
            return i;
    return -1;
}
