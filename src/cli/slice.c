/* timbrel slice */
#include "cli/prepare.h"
#include "cli/say.h"

#include "base/memory.h"
#include "dsp/onset.h"

#include <math.h>
#include <stdio.h>

enum { COLUMNS = 1600, ROWS = 96 };

static const char *const usage[] = {"slice SOUNDS... [OPTIONS]", NULL};

static const char *const text[] = {
    "Cuts recordings where something begins: a beat, a pluck, a syllable. Each "
    "slice begins just before its attack, where the sound crosses zero, so "
    "that nothing clicks, and lasts to the next one; what comes before the "
    "first is a slice of its own unless it is silence.",
    "Beside bell.wav come bell.slices.txt, labels that Audacity opens (File, "
    "Import, Labels), and bell.slices.png. Move labels there, and 'timbrel "
    "train --only' or 'timbrel cluster' go by them.",
    "Too many slices? --sensitivity 0.3, or --shortest 200ms. Too few? "
    "--sensitivity 0.7.",
    NULL};

static const cli_option options[] = {
    {"sensitivity", "S", NULL,
     "From 0, the strongest beats, to 1, every stir [0.5]."},
    {"shortest", "TIME", NULL, "No slice is shorter [50ms]."},
    CLI_PREPARE_OPTIONS,
    {NULL, NULL, NULL, NULL}};

/* What one recording is heard with. */
typedef struct slicing {
    tb_onsets *onsets;
    tb_overview overview;
    cli_source source;
    double sensitivity, shortest;
} slicing;

static tb_status feed(void *context, const float *mono, int64_t n,
                      tb_error *error)
{
    slicing *s = context;
    tb_overview_feed(&s->overview, mono, n);
    return tb_onsets_feed(s->onsets, mono, n, error);
}

static tb_status listen(cli_prepare *p, const char *path, slicing *s,
                        tb_error *error)
{
    tb_status status = cli_measure(p, path, &s->source, error);
    if (status)
        return status;
    s->onsets = tb_onsets_new(s->source.sample_rate, s->source.peak, error);
    status = s->onsets
                 ? tb_overview_init(&s->overview, s->source.frames,
                                    s->source.sample_rate, COLUMNS, ROWS, error)
                 : error->status;
    if (!status)
        status = cli_hear(p, path, feed, s, error);
    if (!status)
        status = tb_onsets_finish(s->onsets, error);
    return status;
}

/* Whether what comes before the first attack is worth a slice. */
static bool is_heard(const slicing *s, int64_t frames)
{
    const tb_overview *o = &s->overview;
    float most = 0;
    int columns = (int)((double)frames / (double)s->source.frames * o->columns);
    for (int i = 0; i < columns; i++)
        most = fmaxf(most, fmaxf(o->high[i], -o->low[i]));
    return most > 0.01f * s->source.peak &&
           (double)frames > s->shortest * s->source.sample_rate;
}

static int make_stretches(const slicing *s, const tb_onset *onsets,
                          const int64_t *at, int count, cli_stretch *out)
{
    int made = 0;
    int64_t least = (int64_t)(s->shortest * s->source.sample_rate);
    if (count > 0 && at[0] < least) {
        out[made++] =
            (cli_stretch){.group = -1, .strength = onsets[0].strength};
        at++, onsets++, count--;
    } else if (count == 0 || is_heard(s, at[0])) {
        out[made++] = (cli_stretch){.group = -1, .strength = NAN};
    }
    for (int i = 0; i < count; i++) {
        bool first = made == 0;
        if ((!first && at[i] - out[made - 1].start < least) ||
            (!first && s->source.frames - at[i] < least))
            continue;
        out[made++] = (cli_stretch){
            .start = at[i], .group = -1, .strength = onsets[i].strength};
    }
    for (int i = 0; i < made; i++) {
        out[i].end = i + 1 < made ? out[i + 1].start : s->source.frames;
        snprintf(out[i].name, sizeof out[i].name, "%d", i + 1);
    }
    return made;
}

static tb_status leave(cli_prepare *p, slicing *s, const tb_onset *onsets,
                       int count, tb_error *error)
{
    cli_result r = {.source = &s->source, .overview = &s->overview};
    int64_t hop, *at = tb_alloc_array((size_t)count + 1, sizeof *at);
    cli_stretch *list = tb_alloc_array((size_t)count + 1, sizeof *list);
    tb_status status = at && list ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < count && !status; i++)
        at[i] = onsets[i].frame;
    if (!status)
        status = cli_find_cuts(&s->source, at, count, true, error);
    if (!status) {
        r.count = make_stretches(s, onsets, at, count, list);
        r.stretches = list;
        r.curve = tb_onsets_curve(s->onsets, &r.points, &hop);
        status = cli_leave(p, &r, error);
    }
    tb_free(at);
    tb_free(list);
    return status;
}

static tb_status slice(cli_prepare *p, const char *path, tb_error *error)
{
    slicing s = {.sensitivity = 0.5, .shortest = 0.05};
    tb_onset *onsets = NULL;
    int count = 0;
    tb_status status =
        cli_number(p->args, "sensitivity", 0, 1, &s.sensitivity, error);
    if (!status)
        status = cli_time(p->args, "shortest", 0.01, 60, &s.shortest, error);
    if (!status)
        status = listen(p, path, &s, error);
    if (!status)
        status = tb_onsets_pick(s.onsets, s.sensitivity, s.shortest, &onsets,
                                &count, error);
    if (!status)
        status = leave(p, &s, onsets, count, error);
    tb_free(onsets);
    tb_onsets_free(s.onsets);
    tb_overview_clear(&s.overview);
    return status;
}

static int run(const cli_args *args)
{
    return cli_prepare_each(args, "slices", 2, slice);
}

const cli_command cli_slice = {.name = "slice",
                               .about = "cuts recordings where sounds begin",
                               .usage = usage,
                               .text = text,
                               .options = options,
                               .run = run};
