#include "cli/script_facts.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "cli/latency_guess.h"

#include <math.h>
#include <string.h>

/* Blocks as live hosts play them, for so long; and the sound from which a
   latency is estimated. */
enum { BLOCK = 2048, CALLS = 3, MOST_CALLS = 200, HEARD_SECONDS = 8 };
static const double moment = 0.2;

typedef struct trial {
    tb_script_stream *stream;
    const tb_script_method *method;
    int64_t block, in_frames, out_frames;
    float *numbers;
    const float **in;
    float **out;
    tb_rng rng;
    double level;
} trial;

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static tb_status open_trial(trial *t, tb_script_model *m,
                            const tb_script_method *method, tb_error *error)
{
    *t = (trial){.method = method, .level = 0.1};
    t->block = m->ratio > BLOCK ? m->ratio : BLOCK / m->ratio * m->ratio;
    t->in_frames = t->block / method->in_ratio;
    t->out_frames = t->block / method->out_ratio;
    size_t ins = (size_t)method->in_channels,
           outs = (size_t)method->out_channels;
    t->numbers = tb_alloc_array(ins * (size_t)t->in_frames +
                                    outs * (size_t)t->out_frames + 1,
                                sizeof *t->numbers);
    t->in = tb_alloc_array(ins + 1, sizeof *t->in);
    t->out = tb_alloc_array(outs + 1, sizeof *t->out);
    if (!t->numbers || !t->in || !t->out)
        return tb_fail_memory(error);
    float *next = t->numbers;
    for (size_t i = 0; i < ins; i++, next += t->in_frames)
        t->in[i] = next;
    for (size_t i = 0; i < outs; i++, next += t->out_frames)
        t->out[i] = next;
    t->stream = tb_script_stream_new(m, method, 1, t->block, error);
    return t->stream ? TB_OK : TB_ERR_UNSUPPORTED;
}

static void close_trial(trial *t)
{
    tb_script_stream_free(t->stream);
    tb_free(t->numbers);
    tb_free(t->in);
    tb_free(t->out);
}

static void fill(trial *t)
{
    int64_t n = t->method->in_channels * t->in_frames;
    for (int64_t i = 0; i < n; i++)
        t->numbers[i] = (float)(t->level * tb_rng_normal(&t->rng));
}

static tb_status play(trial *t, tb_error *error)
{
    return tb_script_stream_play(t->stream, t->in, t->out, error);
}

/* The middle one of the calls, behind those that may find something new. */
static tb_status measure_load(trial *t, cli_script_run *run)
{
    double took[MOST_CALLS], all = 0;
    int n = 0;
    tb_status status = TB_OK;
    fill(t);
    for (int i = 0; i < 2 && !status; i++)
        status = play(t, &run->error);
    while (!status && n < MOST_CALLS && (n < CALLS || all < moment)) {
        fill(t);
        double from = processor_seconds();
        status = play(t, &run->error);
        double x = processor_seconds() - from;
        all += x;
        int at = n++;
        for (; at > 0 && took[at - 1] > x; at--)
            took[at] = took[at - 1];
        took[at] = x;
    }
    run->seconds = n > 0 ? took[n / 2] : 0;
    return status;
}

/* Bursts of noise, whose loudness is looked for in what comes out. */
static tb_status estimate(trial *t, double rate, cli_script_run *run)
{
    int64_t blocks = (int64_t)(HEARD_SECONDS * rate) / t->block;
    float *dry = tb_alloc_array((size_t)(blocks * t->block), sizeof *dry);
    float *wet = tb_alloc_array((size_t)(blocks * t->block), sizeof *wet);
    tb_status status = dry && wet ? TB_OK : tb_fail_memory(&run->error);
    for (int64_t i = 0; i < blocks && !status; i++) {
        t->level = 0.3 * pow(tb_rng_uniform(&t->rng), 4);
        fill(t);
        status = play(t, &run->error);
        memcpy(dry + i * t->block, t->in[0], (size_t)t->block * sizeof *dry);
        memcpy(wet + i * t->block, t->out[0], (size_t)t->block * sizeof *wet);
    }
    if (!status)
        run->latency =
            (double)cli_guess_latency(dry, wet, blocks * t->block, 1, rate);
    run->estimated = !status && run->latency >= 0;
    tb_free(dry);
    tb_free(wet);
    return status;
}

static tb_status find_latency(trial *t, double rate, cli_script_run *run)
{
    run->latency = tb_script_stream_latency(t->stream, &run->source);
    if (run->source != TB_LATENCY_UNKNOWN)
        return TB_OK;
    run->latency = NAN;
    bool sounds = t->method->in_ratio == 1 && t->method->out_ratio == 1;
    return sounds ? estimate(t, rate, run) : TB_OK;
}

void cli_script_measure(tb_script_model *m, const tb_script_method *method,
                        cli_script_run *run)
{
    trial t;
    *run = (cli_script_run){.latency = NAN};
    tb_status status = open_trial(&t, m, method, &run->error);
    run->block = t.block;
    if (!status)
        status = measure_load(&t, run);
    if (!status) {
        tb_script_stream_memory(t.stream, &run->memory);
        find_latency(&t, m->sample_rate > 0 ? m->sample_rate : 48000, run);
    }
    close_trial(&t);
}

const char *cli_attribute_kind(tb_script_attribute_type type)
{
    static const char *const kinds[] = {
        "true or false", "whole number", "number", "text", "tensor", "sound"};
    return kinds[type];
}

/* ---- notes ---- */

void cli_script_notes(tb_script_model *m, cli_told_note told, void *context)
{
    enum { MOST = 1 << 20 };
    tb_archive *a = m->module->archive;
    for (size_t i = 0; i < tb_archive_count(a); i++) {
        tb_archive_entry *e = tb_archive_at(a, i);
        const void *data = NULL;
        if (strncmp(e->name, "extra/", 6) != 0 || e->bytes > MOST ||
            tb_archive_data(a, e, &data, NULL))
            continue;
        char *text = tb_alloc(e->bytes + 1);
        if (text && e->bytes > 0)
            memcpy(text, data, e->bytes);
        if (text)
            told(context, e->name + 6, text, e->bytes);
        tb_free(text);
    }
}
