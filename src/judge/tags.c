#include "judge/tags.h"

#include "base/memory.h"
#include "dsp/highpass.h"
#include "judge/tags_parts.h"

#include <math.h>
#include <stdio.h>

#define TB_TAU 6.283185307179586

/* A sound is silent below this, in dBFS, */
#define SILENCE_DB (-60)
/* or where this much of it, at its end, and no less than a second, is. */
#define SILENT_SHARE (2.0 / 3)
#define SILENT_SECONDS 1.0
#define SILENT_BLOCK_SECONDS 0.05
/* A sound is at full level where this much of it lies in rows of samples that
   are no smaller than this. A sine that just fits has 9 %, drum loops up to
   their peak 0.2. */
#define FULL_SHARE 0.15
#define FULL_SCALE 0.99f
#define LOWEST_HZ 20
#define LOW_HZ 300
/* Noise or a steady sound for this much of it, at its end, is what it has
   become. */
#define END_SHARE (2.0 / 3)
#define END_SECONDS 1.0
/* Shorter sounds neither loop nor hiss for long enough to say so. */
#define SHORTEST_SECONDS 0.5

enum {
    WORKING_RATE = 16000,
    TAPS_PER_STEP = 16,
    FULL_ROW = 3 /* samples: fewer are a peak */
};

const char *tb_tag_name(tb_tag tag)
{
    switch (tag) {
    case TB_TAG_SILENT:
        return "silent";
    case TB_TAG_LOOP:
        return "standing loop";
    case TB_TAG_NOISE:
        return "noise";
    case TB_TAG_FULL:
        return "at full level";
    case TB_TAG_MOVING:
        break;
    }
    return "moving";
}

static void loop_words(const tb_tag_report *r, char *text, size_t size)
{
    if (!(r->cycle_seconds > 0))
        snprintf(text, size, "standing tone");
    else if (r->cycle_seconds < 0.02)
        snprintf(text, size, "standing loop, buzz at %.0f Hz",
                 1 / r->cycle_seconds);
    else
        snprintf(text, size, "standing loop, cycle %.2f s", r->cycle_seconds);
}

void tb_tag_words(const tb_tag_report *r, char *text, size_t size)
{
    if (r->tag == TB_TAG_LOOP)
        loop_words(r, text, size);
    else if (r->tag == TB_TAG_SILENT && r->level_db >= SILENCE_DB)
        snprintf(text, size, "silent for the last %.0f %%",
                 100 * r->silent_share);
    else if (r->tag == TB_TAG_FULL)
        snprintf(text, size, "at full level for %.0f %% of it",
                 100 * r->full_share);
    else
        snprintf(text, size, "%s", tb_tag_name(r->tag));
}

static double level_of(const float *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return 10 * log10((n > 0 ? sum / n : 0) + 1e-20);
}

static double silent_share(const float *x, int64_t n, double sample_rate)
{
    int64_t block = (int64_t)(SILENT_BLOCK_SECONDS * sample_rate), end = n;
    if (block < 1)
        block = 1;
    while (end > 0) {
        int64_t length = end < block ? end : block;
        if (level_of(x + end - length, length) >= SILENCE_DB)
            break;
        end -= length;
    }
    return n > 0 ? 1 - (double)end / n : 1;
}

static double full_share(const float *x, int64_t n)
{
    int64_t full = 0, row = 0;
    for (int64_t i = 0; i < n; i++) {
        row = fabsf(x[i]) >= FULL_SCALE ? row + 1 : 0;
        if (row == FULL_ROW)
            full += FULL_ROW;
        else if (row > FULL_ROW)
            full++;
    }
    return n > 0 ? (double)full / (double)n : 0;
}

/* In place: every `step`-th sample of x after a windowed-sinc low-pass. Half
   the new band is left free, so that a cycle that is no whole number of samples
   still resembles itself. */
static void thin_out(tb_listened *s, int step, const float *lowpass, int taps)
{
    int64_t out = 0;
    for (int64_t i = 0; i < s->n; i += step) {
        double sum = 0;
        for (int k = 0; k < taps; k++) {
            int64_t t = i + k;
            sum += t < s->n ? (double)lowpass[k] * s->x[t] : 0;
        }
        s->x[out++] = (float)sum;
    }
    s->n = out;
    s->sample_rate /= step;
    s->top_hz = 0.24 * s->sample_rate;
}

static tb_status bring_to_working_rate(tb_listened *s, tb_error *error)
{
    int step = (int)(s->sample_rate / WORKING_RATE);
    if (step < 2)
        return TB_OK;
    int taps = TAPS_PER_STEP * step + 1;
    float *lowpass = tb_alloc_array((size_t)taps, sizeof *lowpass);
    if (!lowpass)
        return tb_fail_memory(error);
    double sum = 0;
    for (int k = 0; k < taps; k++) {
        double t = k - (taps - 1) / 2.0, turn = TB_TAU * 0.3 / step * t;
        double sinc = t == 0 ? 1 : sin(turn) / turn;
        lowpass[k] =
            (float)(sinc * (0.5 - 0.5 * cos(TB_TAU * (k + 0.5) / taps)));
        sum += lowpass[k];
    }
    for (int k = 0; k < taps; k++)
        lowpass[k] /= (float)sum;
    thin_out(s, step, lowpass, taps);
    tb_free(lowpass);
    return TB_OK;
}

/* A bass that stands under something that moves must not hide it: what is low
   counts for less, as it does for the ear. y: [s->n] */
static void weigh(const tb_listened *s, float *y)
{
    double keep = exp(-TB_TAU * LOW_HZ / s->sample_rate), last = 0;
    for (int64_t i = 0; i < s->n; i++) {
        last = i ? keep * (last + s->x[i] - s->x[i - 1]) : 0;
        y[i] = (float)last;
    }
}

static tb_status name_stretch(const tb_listened *s, const tb_listened *weighted,
                              int *found, tb_tag_report *r, tb_error *error)
{
    int steady, noise = 0;
    tb_status status = tb_find_steady(weighted, &steady, r, error);
    if (!status)
        status = tb_find_noise(s, steady, &noise, r, error);
    *found = noise || steady;
    if (noise) {
        r->tag = TB_TAG_NOISE;
    } else if (steady) {
        r->tag = TB_TAG_LOOP;
        r->cycle_seconds = 0;
        r->loop_share = 1;
    }
    return status;
}

static tb_listened end_of(const tb_listened *s, double share)
{
    tb_listened end = *s;
    end.n = (int64_t)((double)s->n * share);
    end.x += s->n - end.n;
    return end;
}

/* All of it, or its end: what gets stuck at an offset clicks, and hisses from
   then on. */
static tb_status name_texture(const tb_listened *s, const tb_listened *weighted,
                              tb_tag_report *r, tb_error *error)
{
    int found;
    tb_listened end = end_of(s, END_SHARE), heard = end_of(weighted, END_SHARE);
    tb_tag_report of_end = *r;
    tb_status status = name_stretch(s, weighted, &found, r, error);
    if (status || found || (double)end.n < END_SECONDS * s->sample_rate)
        return status;
    status = name_stretch(&end, &heard, &found, &of_end, error);
    if (!status && found)
        *r = of_end;
    if (found && r->tag == TB_TAG_LOOP)
        r->loop_share = END_SHARE;
    return status;
}

static tb_status decide(tb_listened *s, tb_tag_report *r, tb_error *error)
{
    int found = 0;
    tb_status status = bring_to_working_rate(s, error);
    tb_listened weighted = *s;
    weighted.x = tb_alloc_array((size_t)s->n, sizeof *weighted.x);
    if (!weighted.x && !status)
        status = tb_fail_memory(error);
    if (!status) {
        weigh(s, weighted.x);
        status = tb_find_loop(&weighted, &found, r, error);
    }
    if (!status && found)
        r->tag = TB_TAG_LOOP;
    else if (!status)
        status = name_texture(s, &weighted, r, error);
    tb_free(weighted.x);
    return status;
}

tb_status tb_tag_sound(const float *mono, int64_t n, double sample_rate,
                       tb_tag_report *r, tb_error *error)
{
    *r = (tb_tag_report){.cycle_seconds = NAN,
                         .loop_share = NAN,
                         .loop_agreement = NAN,
                         .flatness = NAN,
                         .change = NAN,
                         .drift_db = NAN,
                         .flutter_db = NAN,
                         .sameness = NAN};
    if (!(sample_rate >= 4000) || n < 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "cannot tag %lld samples at a sample rate of %g",
                       (long long)n, sample_rate);
    tb_listened s = {
        .n = n, .sample_rate = sample_rate, .top_hz = sample_rate / 2};
    s.x = tb_alloc_array((size_t)n, sizeof *s.x);
    if (!s.x)
        return tb_fail_memory(error);
    tb_highpass rumble;
    tb_highpass_init(&rumble, LOWEST_HZ, sample_rate);
    tb_highpass_run(&rumble, mono, n, 1, s.x);
    r->level_db = level_of(s.x, n);
    r->silent_share = silent_share(s.x, n, sample_rate);
    r->full_share = full_share(mono, n);
    tb_status status = TB_OK;
    if (r->level_db < SILENCE_DB ||
        (r->silent_share >= SILENT_SHARE &&
         r->silent_share * n >= SILENT_SECONDS * sample_rate))
        r->tag = TB_TAG_SILENT;
    else if (r->full_share >= FULL_SHARE)
        r->tag = TB_TAG_FULL;
    else if (n >= SHORTEST_SECONDS * sample_rate)
        status = decide(&s, r, error);
    tb_free(s.x);
    return status;
}
