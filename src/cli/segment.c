/* timbrel segment */
#include "cli/prepare.h"

#include "base/memory.h"
#include "dsp/segments.h"

#include <math.h>
#include <stdio.h>

enum { COLUMNS = 1600, ROWS = 96 };

static const char *const usage[] = {"segment SOUNDS... [OPTIONS]", NULL};

static const char *const text[] = {
    "Divides recordings where they turn into something else: another section, "
    "another instrument, another speaker, another place. What came during some "
    "seconds is compared with what follows; where both are alike in themselves "
    "and unlike each other, a segment ends.",
    "Beside piece.wav come piece.segments.txt, labels that Audacity opens "
    "(File, "
    "Import, Labels), and piece.segments.png. Rename the labels there, and "
    "'timbrel train --only' learns from those that you name.",
    "--kernel says how long the stretches are that are compared: 4s finds "
    "phrases, 60s the parts of a long piece. --by chooses what counts: timbre, "
    "harmony, loudness, brightness, noise, pitch, with commas between.",
    NULL};

static const cli_option options[] = {
    {"kernel", "TIME", NULL,
     "What is compared, both sides together [16s, at most half the sound]."},
    {"sensitivity", "S", NULL,
     "From 0, the greatest turns, to 1, every change [0.5]."},
    {"shortest", "TIME", NULL, "No segment is shorter [a quarter of kernel]."},
    {"by", "WHAT", NULL, "What is compared [timbre,harmony,loudness]."},
    CLI_PREPARE_OPTIONS,
    {NULL, NULL, NULL, NULL}};

typedef struct segmenting {
    tb_segments_options options;
    unsigned set;
    cli_source source;
    tb_features *features;
    tb_overview overview;
    tb_segments found;
} segmenting;

static tb_status read_options(const cli_args *args, segmenting *s,
                              tb_error *error)
{
    const char *by = cli_value(args, "by");
    tb_segments_options *o = &s->options;
    *s = (segmenting){.options = {.sensitivity = 0.5}};
    tb_status status =
        tb_features_parse(by ? by : "timbre,harmony,loudness", &s->set, error);
    if (!status)
        status = cli_time(args, "kernel", 0.5, 600, &o->kernel_seconds, error);
    if (!status)
        status =
            cli_time(args, "shortest", 0.1, 3600, &o->shortest_seconds, error);
    if (!status)
        status = cli_number(args, "sensitivity", 0, 1, &o->sensitivity, error);
    return status;
}

static tb_status feed(void *context, const float *mono, int64_t n,
                      tb_error *error)
{
    segmenting *s = context;
    tb_overview_feed(&s->overview, mono, n);
    return tb_features_feed(s->features, mono, n, error);
}

static tb_status listen(cli_prepare *p, const char *path, segmenting *s,
                        tb_error *error)
{
    tb_status status = cli_measure(p, path, &s->source, error);
    if (status)
        return status;
    s->features = tb_features_new(s->source.sample_rate, s->set, error);
    status = s->features
                 ? tb_overview_init(&s->overview, s->source.frames,
                                    s->source.sample_rate, COLUMNS, ROWS, error)
                 : error->status;
    if (!status)
        status = cli_hear(p, path, feed, s, error);
    return status ? status : tb_features_finish(s->features, error);
}

static tb_status leave(cli_prepare *p, segmenting *s, tb_error *error)
{
    tb_segments *f = &s->found;
    cli_result r = {.source = &s->source,
                    .overview = &s->overview,
                    .curve = f->novelty,
                    .points = f->points,
                    .count = f->count + 1};
    cli_stretch *list = tb_alloc_array((size_t)r.count, sizeof *list);
    if (!list)
        return tb_fail_memory(error);
    tb_status status = cli_find_cuts(&s->source, f->at, f->count, false, error);
    for (int i = 0; i < r.count; i++) {
        list[i].group = -1;
        list[i].strength = i > 0 ? f->strength[i - 1] : NAN;
        list[i].start = i > 0 ? f->at[i - 1] : 0;
        list[i].end = i < f->count ? f->at[i] : s->source.frames;
        snprintf(list[i].name, sizeof list[i].name, "%d", i + 1);
    }
    r.stretches = list;
    if (!status)
        status = cli_leave(p, &r, error);
    tb_free(list);
    return status;
}

static tb_status segment(cli_prepare *p, const char *path, tb_error *error)
{
    segmenting s;
    tb_status status = read_options(p->args, &s, error);
    if (!status)
        status = listen(p, path, &s, error);
    if (!status) {
        tb_feature_rows rows = tb_features_rows(s.features);
        status = tb_segments_find(&rows, s.set, s.source.sample_rate,
                                  &s.options, &s.found, error);
    }
    if (!status)
        status = leave(p, &s, error);
    tb_segments_clear(&s.found);
    tb_features_free(s.features);
    tb_overview_clear(&s.overview);
    return status;
}

static int run(const cli_args *args)
{
    return cli_prepare_each(args, "segments", 2, segment);
}

const cli_command cli_segment = {.name = "segment",
                                 .about = "divides recordings where they turn "
                                          "into something else",
                                 .usage = usage,
                                 .text = text,
                                 .options = options,
                                 .run = run};
