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
#define LOWEST_HZ 20
/* Noise for this much of it, at its end, is what it has become. */
#define NOISE_SHARE (2.0 / 3)
#define NOISE_SECONDS 1.0
/* What moves less than this against chance stands, even where no cycle equals
   the next one, as in a rough buzz. */
#define STILL_CHANGE 0.5
/* Shorter sounds neither loop nor hiss for long enough to say so. */
#define SHORTEST_SECONDS 0.5

enum { WORKING_RATE = 16000, TAPS_PER_STEP = 16 };

const char *tb_tag_name(tb_tag tag)
{
    switch (tag) {
    case TB_TAG_SILENT:
        return "silent";
    case TB_TAG_LOOP:
        return "standing loop";
    case TB_TAG_NOISE:
        return "noise";
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

/* All of it, or its end: what gets stuck at an offset clicks, and hisses from
   then on. */
static tb_status find_noise(const tb_listened *s, int *found, tb_tag_report *r,
                            tb_error *error)
{
    tb_listened end = *s;
    tb_status status = tb_find_noise(s, found, r, error);
    end.n = (int64_t)((double)s->n * NOISE_SHARE);
    end.x = s->x + (s->n - end.n);
    if (status || *found || (double)end.n < NOISE_SECONDS * s->sample_rate)
        return status;
    tb_tag_report of_end = *r;
    status = tb_find_noise(&end, found, &of_end, error);
    if (!status && *found)
        *r = of_end;
    return status;
}

static tb_status decide(tb_listened *s, tb_tag_report *r, tb_error *error)
{
    int found = 0;
    tb_status status = bring_to_working_rate(s, error);
    if (!status)
        status = tb_find_loop(s, &found, r, error);
    if (!status && found)
        r->tag = TB_TAG_LOOP;
    if (status || found)
        return status;
    status = find_noise(s, &found, r, error);
    if (!status && found) {
        r->tag = TB_TAG_NOISE;
    } else if (!status && r->change < STILL_CHANGE) {
        r->tag = TB_TAG_LOOP;
        r->cycle_seconds = 0;
        r->loop_share = 1;
    }
    return status;
}

tb_status tb_tag_sound(const float *mono, int64_t n, double sample_rate,
                       tb_tag_report *r, tb_error *error)
{
    *r = (tb_tag_report){.cycle_seconds = NAN,
                         .loop_share = NAN,
                         .loop_agreement = NAN,
                         .flatness = NAN,
                         .change = NAN};
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
    tb_status status = TB_OK;
    if (r->level_db < SILENCE_DB ||
        (r->silent_share >= SILENT_SHARE &&
         r->silent_share * n >= SILENT_SECONDS * sample_rate))
        r->tag = TB_TAG_SILENT;
    else if (n >= SHORTEST_SECONDS * sample_rate)
        status = decide(&s, r, error);
    tb_free(s.x);
    return status;
}
