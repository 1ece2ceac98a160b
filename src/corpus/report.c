#include "corpus/corpus.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_KINDS = 8, MOST_UNREADABLE = 10 };

/* How many files have each value of something, the commonest first. */
typedef struct tally {
    double value[MOST_KINDS];
    int files[MOST_KINDS];
    int kinds, others;
} tally;

static void count_value(tally *t, double value)
{
    int i = 0;
    while (i < t->kinds && t->value[i] != value)
        i++;
    if (i == MOST_KINDS) {
        t->others++;
        return;
    }
    if (i == t->kinds) {
        t->value[t->kinds] = value;
        t->files[t->kinds++] = 0;
    }
    for (t->files[i]++; i > 0 && t->files[i - 1] < t->files[i]; i--) {
        double value_before = t->value[i - 1];
        int files_before = t->files[i - 1];
        t->value[i - 1] = t->value[i];
        t->files[i - 1] = t->files[i];
        t->value[i] = value_before;
        t->files[i] = files_before;
    }
}

static void write_channels(const tally *t, FILE *to)
{
    for (int i = 0; i < t->kinds; i++) {
        fprintf(to, "%s", i ? ", " : "");
        if (t->kinds > 1)
            fprintf(to, "%d ", t->files[i]);
        if (t->value[i] <= 2)
            fprintf(to, "%s", t->value[i] == 1 ? "mono" : "stereo");
        else
            fprintf(to, "with %g channels", t->value[i]);
    }
    if (t->others)
        fprintf(to, ", %d others", t->others);
}

static void write_rates(const tally *t, FILE *to)
{
    for (int i = 0; i < t->kinds; i++) {
        fprintf(to, "%s", i ? ", " : "");
        if (t->kinds > 1)
            fprintf(to, "%d at ", t->files[i]);
        fprintf(to, "%g kHz", t->value[i] / 1000);
    }
    if (t->others)
        fprintf(to, ", %d at other rates", t->others);
}

static void write_length(double seconds, int unsure, FILE *to)
{
    fprintf(to, "%s", unsure ? "about " : "");
    if (seconds < 120)
        fprintf(to, "%.1f seconds", seconds);
    else if (seconds < 7200)
        fprintf(to, "%.1f minutes", seconds / 60);
    else
        fprintf(to, "%.1f hours", seconds / 3600);
}

/* Most reasons name the file themselves. */
static void write_unreadable(const tb_unreadable *file, FILE *to)
{
    if (strstr(file->reason, file->path))
        fprintf(to, "  %s\n", file->reason);
    else
        fprintf(to, "  %s: %s\n", file->path, file->reason);
}

static void write_notes(const tb_corpus *corpus, FILE *to)
{
    int unreadable = corpus->unreadable_count;
    for (int i = 0; i < corpus->count; i++)
        if (corpus->files[i].warning)
            fprintf(to, "  %s\n", corpus->files[i].warning);
    if (unreadable)
        fprintf(to, "%d %s could not be read:\n", unreadable,
                unreadable == 1 ? "file" : "files");
    for (int i = 0; i < unreadable && i < MOST_UNREADABLE; i++)
        write_unreadable(&corpus->unreadable[i], to);
    if (unreadable > MOST_UNREADABLE)
        fprintf(to, "  and %d more\n", unreadable - MOST_UNREADABLE);
}

void tb_corpus_report(const tb_corpus *corpus, FILE *to)
{
    tally rates = {0}, channels = {0};
    int unsure;
    double seconds = tb_corpus_seconds(corpus, &unsure);
    for (int i = 0; i < corpus->count; i++) {
        count_value(&rates, corpus->files[i].sample_rate);
        count_value(&channels, corpus->files[i].channels);
    }
    fprintf(to, "Found ");
    write_length(seconds, unsure, to);
    fprintf(to, " of sound in %d %s: ", corpus->count,
            corpus->count == 1 ? "file" : "files");
    write_rates(&rates, to);
    fprintf(to, "; ");
    write_channels(&channels, to);
    fprintf(to, ".\n");
    write_notes(corpus, to);
}
