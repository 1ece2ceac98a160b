/* The labelled set on which the tags are calibrated. */
#include "dsp/mulaw.h"
#include "judge/tags.h"
#include "material.h"
#include "tap.h"

enum { RATE = 16000, RECORDINGS = 7 };

static const char *const names[RECORDINGS] = {
    "ambi_choir", "ambi_piano", "guit_harmonics", "loop_breakbeat",
    "vinyl_hiss", "tabla_na",   "loop_mika"};
static clip recordings[RECORDINGS];
static const clip *all[RECORDINGS];

/* Tags the clip, checks the tag and frees the clip. */
static tb_tag_report expect(tb_tag tag, clip c, const char *what)
{
    tb_tag_report r;
    char name[160], words[80];
    EQ(tb_tag_sound(c.x, c.n, c.rate, &r, NULL), TB_OK);
    tb_tag_words(&r, words, sizeof words);
    snprintf(name, sizeof name, "%s, %.1f s at %.0f Hz: %s", what,
             (double)c.n / c.rate, c.rate, words);
    if (!OK_NAMED(r.tag == tag, name))
        fprintf(stderr, "# level %g, agreement %g, flatness %g, change %g\n",
                r.level_db, r.loop_agreement, r.flatness, r.change);
    clip_free(&c);
    return r;
}

static void test_silence(void)
{
    expect(TB_TAG_SILENT, clip_new(2, RATE), "digital silence");
    clip c = clip_new(2, RATE);
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] = 0.7f;
    expect(TB_TAG_SILENT, c, "a constant");
    c = clip_new(2, RATE);
    clip_hiss(&c, -70, 1);
    expect(TB_TAG_SILENT, c, "hiss at -70 dB");
    c = white(4, RATE, 2);
    memset(c.x + RATE / 2, 0, (size_t)(c.n - RATE / 2) * sizeof *c.x);
    tb_tag_report r = expect(TB_TAG_SILENT, c, "noise that stops");
    NEAR(r.silent_share, 0.875, 0.02);
    expect(TB_TAG_SILENT, clip_new(0.1, RATE), "very short silence");
}

static void test_noise(void)
{
    static const double rates[] = {8000, 16000, 44100}, seconds[] = {1, 3, 2};
    for (int i = 0; i < 3; i++) {
        double rate = rates[i], s = seconds[i];
        uint64_t seed = 10 * (uint64_t)i;
        expect(TB_TAG_NOISE, white(s, rate, seed + 1), "white noise");
        expect(TB_TAG_NOISE, white(seconds[(i + 1) % 3], rate, seed + 2),
               "white noise");
        expect(TB_TAG_NOISE, uniform_levels(s, rate, seed + 3),
               "an untrained network's levels");
        expect(TB_TAG_NOISE, coloured(s, rate, 0.7, seed + 4), "pink noise");
        expect(TB_TAG_NOISE, coloured(s, rate, 0.998, seed + 5), "brown noise");
        expect(TB_TAG_NOISE, band_noise(s, rate, 1000, 3, seed + 6),
               "noise around 1 kHz");
    }
}

static void test_tones(void)
{
    static const double a4[] = {440}, saw[] = {110.3}, low[] = {55};
    static const double major[] = {261.6, 329.6, 392.0};
    static const double odd[] = {200, 283.1, 417.7, 599.2, 843.3};
    tb_tag_report r = expect(TB_TAG_LOOP, chord(1, RATE, a4, 1, 0), "a sine");
    NEAR(r.cycle_seconds * 440, 1, 0.01);
    r = expect(TB_TAG_LOOP, chord(3, 44100, saw, 1, 1), "a saw");
    NEAR(r.cycle_seconds * 110.3, 1, 0.01);
    NEAR(r.loop_share, 1, 0.02);
    expect(TB_TAG_LOOP, chord(4, 8000, low, 1, 1), "a low saw");
    expect(TB_TAG_LOOP, chord(3, RATE, major, 3, 0), "a chord of sines");
    expect(TB_TAG_LOOP, chord(3, RATE, major, 3, 1), "a chord of saws");
    expect(TB_TAG_LOOP, chord(3, RATE, odd, 5, 0), "an odd chord");
    clip c = chord(3, RATE, a4, 1, 0);
    clip_hiss(&c, -25, 3);
    expect(TB_TAG_LOOP, c, "a sine 10 dB above hiss");
}

/* A buzz whose every period differs a little. */
static clip rough_buzz(double seconds, double deviation)
{
    clip c = clip_new(seconds, RATE);
    tb_rng rng = {.seed = 7};
    double phase = 0, hz = 120;
    for (int64_t i = 0; i < c.n; i++) {
        phase += hz / RATE;
        if (phase >= 1) {
            phase -= 1;
            hz = 120 * (1 + deviation * tb_rng_normal(&rng));
        }
        c.x[i] = (float)(0.3 * (phase - 0.5));
    }
    return c;
}

/* Cycles that begin up to a millisecond early or late, differ in level and
   went through 8-bit quantisation. */
static clip loose_loop(double seconds, double cycle)
{
    clip c = clip_new(seconds, RATE);
    tb_rng rng = {.seed = 5};
    tb_mulaw law;
    tb_mulaw_init(&law, 256, 1, NULL);
    for (int64_t at = 0; at < c.n;) {
        double length = cycle + 0.002 * (tb_rng_uniform(&rng) - 0.5);
        double gain = 0.95 + 0.1 * tb_rng_uniform(&rng);
        int64_t n = (int64_t)(length * RATE);
        for (int64_t i = 0; i < n && at < c.n; i++) {
            float x = (float)(gain * recordings[1].x[3000 + i]);
            c.x[at++] = tb_mulaw_expand(&law, tb_mulaw_quantise(&law, x));
        }
    }
    return c;
}

static void test_loops(void)
{
    static const double cycles[] = {0.005, 0.0137, 0.05, 0.2, 0.33, 1, 2};
    char what[80];
    clip noise = white(3, RATE, 9);
    for (int i = 0; i < 7; i++) {
        double seconds = cycles[i] < 0.4 ? 1 : 3 * cycles[i];
        snprintf(what, sizeof what, "noise of %g s over and over", cycles[i]);
        tb_tag_report r =
            expect(TB_TAG_LOOP, looped(&noise, 0, cycles[i], seconds), what);
        NEAR(r.cycle_seconds / cycles[i], 1, 0.01);
        if (i % 2)
            continue;
        clip c = looped(&noise, 0, cycles[i], seconds);
        clip_hiss(&c, -27, 4);
        expect(TB_TAG_LOOP, c, "the same in hiss");
    }
    clip_free(&noise);
    for (int i = 0; i < 5; i++) {
        snprintf(what, sizeof what, "a loop of %s", names[i]);
        expect(TB_TAG_LOOP, looped(&recordings[i], 0.1, 0.05, 1), what);
        expect(TB_TAG_LOOP, looped(&recordings[i], 0.1, 0.4, 3), what);
        expect(TB_TAG_LOOP, looped(&recordings[i], 0.1, 1.3, 4.5), what);
    }
    clip wide = recording("loop_breakbeat", 44100);
    expect(TB_TAG_LOOP, looped(&wide, 0, 0.3334, 3), "a loop at 44.1 kHz");
    clip_free(&wide);
    expect(TB_TAG_LOOP, loose_loop(4, 0.4), "a loose loop");
    expect(TB_TAG_LOOP, loose_loop(4, 0.9), "a loose loop");
    expect(TB_TAG_LOOP, rough_buzz(3, 0.002), "a buzz");
    expect(TB_TAG_LOOP, rough_buzz(3, 0.02), "a rough buzz");
    /* The recording is a bar that its maker repeated. */
    expect(TB_TAG_LOOP, clip_copy(&recordings[6], 0, recordings[6].n),
           "loop_mika");
}

static void test_stuck(void)
{
    for (int i = 0; i < 3; i++) {
        clip c = cut_up(all, RECORDINGS, 8, 0.05, 0.4, 50 + (uint64_t)i);
        int64_t cycle = (int64_t)(0.37 * RATE);
        for (int64_t j = (2 + i) * RATE; j < c.n; j++)
            c.x[j] = c.x[j - cycle];
        tb_tag_report r = expect(TB_TAG_LOOP, c, "a cut-up that gets stuck");
        NEAR(r.loop_share, (6 - i) / 8.0, 0.12);
    }
}

/* Everything beyond the ends is cut off. */
static clip driven(clip c, double db)
{
    clip_gain(&c, pow(10, db / 20));
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] = fminf(fmaxf(c.x[i], -1), 1);
    return c;
}

static clip normalised(clip c)
{
    float peak = 1e-9f;
    for (int64_t i = 0; i < c.n; i++)
        peak = fmaxf(peak, fabsf(c.x[i]));
    clip_gain(&c, 1 / peak);
    return c;
}

static void test_full_level(void)
{
    static const double a4[] = {440};
    expect(TB_TAG_LOOP, normalised(chord(3, RATE, a4, 1, 0)), "a full sine");
    for (int i = 0; i < RECORDINGS - 1; i++) {
        clip c = clip_copy(&recordings[i], 0, recordings[i].n);
        c = driven(normalised(c), 2);
        tb_tag_report r;
        EQ(tb_tag_sound(c.x, c.n, c.rate, &r, NULL), TB_OK);
        OK_NAMED(r.tag != TB_TAG_FULL, names[i]);
        clip_free(&c);
    }
    clip c = cut_up(all, RECORDINGS, 5, 0.05, 0.4, 20);
    tb_tag_report r = expect(TB_TAG_FULL, driven(c, 60), "what ran away");
    OK(r.full_share > 0.5);
    expect(TB_TAG_FULL, driven(chord(3, RATE, a4, 1, 0), 40), "a square tone");
    expect(TB_TAG_FULL, driven(white(3, RATE, 8), 40), "noise of two levels");
    c = cut_up(all, RECORDINGS, 6, 0.05, 0.4, 21);
    for (int64_t i = 4 * RATE; i < c.n; i++)
        c.x[i] = c.x[i] < 0 ? -1 : 1;
    r = expect(TB_TAG_FULL, c, "what ran away in the end");
    NEAR(r.full_share, 1.0 / 3, 0.03);
}

static clip melody(double seconds)
{
    clip c = clip_new(seconds, RATE);
    tb_rng rng = {.seed = 7};
    double phase = 0, hz = 220;
    for (int64_t i = 0; i < c.n; i++) {
        if (i % (RATE / 4) == 0)
            hz = 220 * pow(2, (double)tb_rng_below(&rng, 12) / 12);
        phase = fmod(phase + hz / RATE, 1);
        c.x[i] = (float)(0.3 * (phase - 0.5));
    }
    return c;
}

static void test_moving(void)
{
    for (int i = 0; i < RECORDINGS - 1; i++)
        expect(TB_TAG_MOVING, clip_copy(&recordings[i], 0, recordings[i].n),
               names[i]);
    for (int i = 0; i < 4; i++) {
        uint64_t seed = 20 + (uint64_t)i;
        expect(TB_TAG_MOVING, cut_up(all, RECORDINGS, 1, 0.05, 0.4, seed),
               "a cut-up");
        expect(TB_TAG_MOVING, cut_up(all, RECORDINGS, 5, 0.05, 0.4, seed),
               "a cut-up");
        expect(TB_TAG_MOVING, cut_up(all + 3, 1, 5, 0.25, 0.25, seed),
               "a cut-up of one recording");
    }
    expect(TB_TAG_MOVING, melody(1), "a melody");
    expect(TB_TAG_MOVING, melody(6), "a melody");
    expect(TB_TAG_MOVING, glide(3, 220, 2), "a glide");
    expect(TB_TAG_MOVING, glide(3, 110, 0.5), "a small glide");
    clip c = white(4, RATE, 3);
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] *= (float)(1 - 0.7 * (double)i / (double)c.n);
    expect(TB_TAG_MOVING, c, "fading noise");
    c = clip_new(0.3, RATE);
    clip_hiss(&c, -10, 1);
    expect(TB_TAG_MOVING, c, "noise too short to tell");
}

static void test_edges(void)
{
    tb_tag_report r;
    tb_error error;
    char words[64];
    float strange[8000];
    for (int i = 0; i < 8000; i++)
        strange[i] = i % 3 ? NAN : INFINITY;
    EQ(tb_tag_sound(strange, 8000, RATE, &r, NULL), TB_OK);
    EQ(r.tag, TB_TAG_SILENT);
    EQ(tb_tag_sound(NULL, 0, RATE, &r, NULL), TB_OK);
    EQ(r.tag, TB_TAG_SILENT);
    EQ(tb_tag_sound(strange, 8000, 0, &r, &error), TB_ERR_ARGUMENT);
    SAME_TEXT(tb_tag_name(TB_TAG_LOOP), "standing loop");
    r = (tb_tag_report){.tag = TB_TAG_LOOP, .cycle_seconds = 0.314};
    tb_tag_words(&r, words, sizeof words);
    SAME_TEXT(words, "standing loop, cycle 0.31 s");
    r.cycle_seconds = 0.005;
    tb_tag_words(&r, words, sizeof words);
    SAME_TEXT(words, "standing loop, buzz at 200 Hz");
    r = (tb_tag_report){.tag = TB_TAG_SILENT, .silent_share = 0.75};
    tb_tag_words(&r, words, sizeof words);
    SAME_TEXT(words, "silent for the last 75 %");
    r = (tb_tag_report){.tag = TB_TAG_FULL, .full_share = 0.4};
    tb_tag_words(&r, words, sizeof words);
    SAME_TEXT(words, "at full level for 40 % of it");
}

/* A network that got stuck, at once or after a while: what is heard is its
   hiss. */
static void test_stuck_at_offset(void)
{
    static const double starts[] = {0, 0.1, 1};
    for (int i = 0; i < 3; i++) {
        clip c = clip_new(4, RATE);
        clip_hiss(&c, -48, 30 + (uint64_t)i);
        for (int64_t k = (int64_t)(starts[i] * RATE); k < c.n; k++)
            c.x[k] += 0.2f;
        expect(TB_TAG_NOISE, c, "soft hiss at an offset");
        c = clip_new(4, RATE);
        for (int64_t k = (int64_t)(starts[i] * RATE); k < c.n; k++)
            c.x[k] = 0.2f;
        expect(TB_TAG_SILENT, c, "an offset");
    }
}

int main(void)
{
    for (int i = 0; i < RECORDINGS; i++) {
        recordings[i] = recording(names[i], RATE);
        all[i] = &recordings[i];
    }
    test_silence();
    test_noise();
    test_stuck_at_offset();
    test_tones();
    test_loops();
    test_stuck();
    test_moving();
    test_full_level();
    test_edges();
    for (int i = 0; i < RECORDINGS; i++)
        clip_free(&recordings[i]);
    return tap_done();
}
