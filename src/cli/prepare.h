/* What the commands that prepare material share: slice, segment and cluster.
   Each finds recordings, hears them from end to end without holding them, and
   leaves stretches: label files, sounds and pictures. */
#ifndef TB_CLI_PREPARE_H
#define TB_CLI_PREPARE_H

#include "cli/args.h"
#include "corpus/corpus.h"
#include "corpus/labels.h"
#include "dsp/overview.h"

/* Rows of the table of options that they share. */
#define CLI_PREPARE_OPTIONS                                                    \
    {"o", "FOLDER", NULL,                                                      \
     "Where labels and pictures go, instead of beside "                        \
     "the recordings."},                                                       \
        {"cut", "FOLDER", NULL, "Cuts the stretches into sound files here."},  \
        {"fade", "MS", NULL,                                                   \
         "How long a cut sound fades out at its end [3]."},                    \
        {"no-picture", NULL, NULL, "Draws nothing."},                          \
        {"force", NULL, NULL, "Replaces files that are there."},               \
    {                                                                          \
        "json", NULL, NULL, "Prints a line of JSON for each recording."        \
    }

typedef struct cli_prepare {
    const cli_args *args;
    const char *kind;   /* of label files: "slices" */
    const char *folder; /* null: beside the recordings */
    const char *cut;    /* null: nothing is cut */
    bool force, json, picture;
    double fade_seconds;
    tb_corpus *corpus;
    double began;        /* the clock's, when the first was heard */
    double total, heard; /* seconds of sound to hear, and heard */
} cli_prepare;

/* Reads the options and finds the recordings that are named; refuses what would
   take the place of files, before anything is heard. `passes`: how often each
   recording is heard, for the time that is left. To be closed, also after a
   failure. */
tb_status cli_prepare_open(cli_prepare *p, const cli_args *args,
                           const char *kind, int passes, tb_error *error);
void cli_prepare_close(cli_prepare *p);

/* A recording whose length has been counted. */
typedef struct cli_source {
    const char *path;
    double sample_rate;
    int channels;
    int64_t frames;
    float peak; /* of the mean of its channels */
} cli_source;

/* Hears a recording for the first time. */
tb_status cli_measure(cli_prepare *p, const char *path, cli_source *source,
                      tb_error *error);

/* Gives the mean of a recording's channels to `feed`, block by block. */
typedef tb_status cli_feed(void *context, const float *mono, int64_t n,
                           tb_error *error);
tb_status cli_hear(cli_prepare *p, const char *path, cli_feed *feed,
                   void *context, tb_error *error);

/* Moves frames, in rising order, to where a cut makes no click: a crossing of
   zero; with `attacks` just before the attack that is nearest. */
tb_status cli_find_cuts(const cli_source *source, int64_t *at, int count,
                        bool attacks, tb_error *error);

/* What a recording was divided into: names are owned by it. */
typedef struct cli_stretch {
    int64_t start, end; /* frames */
    char name[64];
    int group;      /* -1: none */
    float strength; /* of its beginning; NaN: not known */
} cli_stretch;

/* Leaves the stretches: labels, sounds, picture, and what is said of them.
   `curve` [points] may be null. */
typedef struct cli_result {
    const cli_source *source;
    const cli_stretch *stretches;
    int count;
    const tb_overview *overview; /* null: no picture */
    const float *curve;
    int64_t points;
} cli_result;
tb_status cli_leave(const cli_prepare *p, const cli_result *result,
                    tb_error *error);

/* Opens, does `one` for each recording, closes; returns the exit code. */
int cli_prepare_each(const cli_args *args, const char *kind, int passes,
                     tb_status (*one)(cli_prepare *p, const char *path,
                                      tb_error *error));

#endif
