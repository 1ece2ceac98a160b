/* What stands and what moves, in a table with all that was measured: between
   the two lies room. */
#include "dsp/mulaw.h"
#include "judge/tags.h"
#include "material.h"
#include "tap.h"

#include <stdbool.h>
#include <unistd.h>

enum { RATE = 16000 };

/* ---- sounds ---- */

static void through_mulaw(clip *c)
{
    tb_mulaw law;
    tb_mulaw_init(&law, 256, 1, NULL);
    for (int64_t i = 0; i < c->n; i++)
        c->x[i] = tb_mulaw_expand(&law, tb_mulaw_quantise(&law, c->x[i]));
}

static clip sine(double seconds, double hz, double rate)
{
    return chord(seconds, rate, &hz, 1, 0);
}

static clip coded_sine(double seconds, double hz, double unused)
{
    (void)unused;
    clip c = chord(seconds, RATE, &hz, 1, 0);
    through_mulaw(&c);
    return c;
}

static clip saw(double seconds, double hz, double rate)
{
    return chord(seconds, rate, &hz, 1, 1);
}

/* Four notes that do not fit each other, so that their partials beat. */
static clip four_notes(double seconds, double hz, double saws)
{
    double all[4] = {hz, 1.502 * hz, 2.008 * hz, 2.512 * hz};
    return chord(seconds, RATE, all, 4, saws > 0);
}

/* Pitch and level go their ways by chance, within about a third of a second. */
static clip drone(double hz, double cents, double db)
{
    clip c = clip_new(8, RATE);
    tb_rng rng = {.seed = 2};
    double phase = 0, pitch = 0, level = 0, keep = exp(-1 / (0.3 * RATE));
    double fresh = sqrt(1 - keep * keep);
    for (int64_t i = 0; i < c.n; i++) {
        pitch = keep * pitch + fresh * tb_rng_normal(&rng);
        level = keep * level + fresh * tb_rng_normal(&rng);
        phase += hz * pow(2, cents * pitch / 1200) / RATE;
        double y = 0;
        for (int h = 1; h <= 6; h++)
            y += pow(h, -2.5) * sin(TAU * fmod(phase * h, 1));
        c.x[i] = (float)(0.38 * pow(10, db * level / 20) * y);
    }
    return c;
}

static clip vibrato(double hz, double cents, double per_second)
{
    clip c = clip_new(8, RATE);
    double phase = 0;
    for (int64_t i = 0; i < c.n; i++) {
        double turn = sin(TAU * per_second * (double)i / RATE);
        phase += hz * pow(2, cents * turn / 1200) / RATE;
        c.x[i] = (float)(0.3 * sin(TAU * fmod(phase, 1)));
    }
    return c;
}

static clip band(double hz, double q, double rate)
{
    return band_noise(6, rate, hz, q, 3);
}

static clip colour(double pole, double seconds, double rate)
{
    return coloured(seconds, rate, pole, 4);
}

/* Soft hiss on an offset that goes up and down, as a network gives it that got
   stuck: the coarse levels far from zero make the hiss waver. */
static clip adrift(double offset, double hz, double coded)
{
    clip c = clip_new(8, RATE);
    clip_hiss(&c, -55, 5);
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] += (float)(offset * sin(TAU * hz * (double)i / RATE));
    if (coded > 0)
        through_mulaw(&c);
    return c;
}

/* Any of eight semitones for each note; saws, or else sines. */
static clip tune(double hz, double note, double saws)
{
    clip c = clip_new(8, RATE);
    tb_rng rng = {.seed = 8};
    double phase = 0, pitch = hz;
    for (int64_t i = 0; i < c.n; i++) {
        if (i % (int64_t)(note * RATE) == 0)
            pitch = hz * pow(2, (double)tb_rng_below(&rng, 8) / 12);
        phase = fmod(phase + pitch / RATE, 1);
        c.x[i] = (float)(0.3 * (saws > 0 ? phase - 0.5 : sin(TAU * phase)));
    }
    return c;
}

static clip pulsing(double hz, double seconds, double unused)
{
    (void)unused;
    clip c = white(seconds, RATE, 3);
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] *= (float)(0.55 + 0.45 * sin(TAU * hz * (double)i / RATE));
    return c;
}

static clip crackle(double per_second, double seconds, double unused)
{
    (void)unused;
    clip c = white(seconds, RATE, 3);
    tb_rng rng = {.seed = 9};
    double level = 0;
    for (int64_t i = 0; i < c.n; i++) {
        level = tb_rng_uniform(&rng) < per_second / RATE
                    ? 1
                    : level * exp(-1 / (0.02 * RATE));
        c.x[i] *= (float)level;
    }
    return c;
}

/* A deep drone that holds on below a soft tune. */
static clip pedal(double hz, double db, double unused)
{
    (void)unused;
    clip c = drone(hz, 0, 0), over = tune(440, 0.25, 0);
    clip_gain(&over, pow(10, db / 20));
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] += over.x[i];
    clip_free(&over);
    return c;
}

/* ---- the table ---- */

/* A cycle was found before anything else was measured. */
#define FOUND_AS_LOOP NAN, NAN, NAN

typedef struct row {
    const char *what;
    clip (*make)(double a, double b, double c);
    double a, b, c;
    tb_tag tag;
    double drift_db, flutter_db, sameness;
} row;

#define LOOP TB_TAG_LOOP
#define NOISE TB_TAG_NOISE
#define MOVING TB_TAG_MOVING

static const row rows[] = {
    {"a sine at 50 Hz", sine, 2, 50, 16000, LOOP, FOUND_AS_LOOP},
    {"a sine at 90 Hz", sine, 2, 90, 16000, LOOP, FOUND_AS_LOOP},
    {"a sine at 440 Hz", sine, 2, 440, 16000, LOOP, FOUND_AS_LOOP},
    {"a sine at 2000 Hz", sine, 2, 2000, 16000, LOOP, FOUND_AS_LOOP},
    {"a sine at 5000 Hz", sine, 2, 5000, 16000, LOOP, FOUND_AS_LOOP},
    {"a sine at 50 Hz", sine, 10, 50, 44100, LOOP, FOUND_AS_LOOP},
    {"a sine at 1000 Hz", sine, 10, 1000, 44100, LOOP, FOUND_AS_LOOP},
    {"a sine at 5000 Hz", sine, 10, 5000, 44100, LOOP, FOUND_AS_LOOP},
    {"a coded sine at 90 Hz", coded_sine, 8, 90, 0, LOOP, FOUND_AS_LOOP},
    {"a coded sine at 3700 Hz", coded_sine, 4, 3700, 0, LOOP, FOUND_AS_LOOP},
    {"a saw at 50 Hz", saw, 4, 50, 16000, LOOP, FOUND_AS_LOOP},
    {"a saw at 200 Hz", saw, 8, 200, 44100, LOOP, FOUND_AS_LOOP},
    {"a chord of sines", four_notes, 4, 90, 0, LOOP, FOUND_AS_LOOP},
    {"a chord of sines", four_notes, 10, 262, 0, LOOP, FOUND_AS_LOOP},
    {"a chord of saws", four_notes, 2, 90, 1, LOOP, 1.08, 1.66, 1.000},
    {"a chord of saws that beats", four_notes, 4, 90, 1, LOOP, 1.13, 1.67,
     0.996},
    {"a chord of saws that beats", four_notes, 10, 90, 1, LOOP, 1.14, 1.67,
     0.997},
    {"a drone", drone, 90, 0, 0, LOOP, FOUND_AS_LOOP},
    {"a drone, 1 dB to and fro", drone, 90, 5, 1, LOOP, FOUND_AS_LOOP},
    {"a drone, 32 cents to and fro", drone, 90, 32, 0.3, LOOP, 0.35, 0.39,
     0.969},
    {"a drone, 32 cents, 1.4 dB", drone, 90, 32, 1.4, LOOP, 1.11, 1.23, 0.967},
    {"a drone, 5 dB to and fro", drone, 90, 5, 4.8, MOVING, 3.80, 4.17, 0.998},
    {"a drone, 128 cents to and fro", drone, 90, 128, 0.3, MOVING, 1.17, 1.27,
     0.878},
    {"slow vibrato, 31 cents", vibrato, 440, 31, 0.3, LOOP, FOUND_AS_LOOP},
    {"vibrato, 78 cents", vibrato, 440, 78, 4.7, LOOP, FOUND_AS_LOOP},
    {"slow vibrato, 78 cents", vibrato, 440, 78, 0.3, MOVING, 6.13, 6.25,
     0.764},
    {"a glide of 24 cents", glide, 8, 110, 0.02, LOOP, FOUND_AS_LOOP},
    {"a glide of 60 cents", glide, 8, 1000, 0.05, MOVING, 0.73, 0.73, 0.585},
    {"a glide of 360 cents", glide, 8, 110, 0.3, MOVING, 1.55, 1.56, 0.659},
    {"noise around 100 Hz", band, 100, 1, 16000, NOISE, 0.85, 1.63, 0.989},
    {"noise around 900 Hz", band, 900, 3, 16000, NOISE, 0.69, 1.33, 0.986},
    {"noise around 2700 Hz", band, 2700, 9, 16000, NOISE, 0.54, 1.07, 0.986},
    {"narrow noise", band, 900, 81, 16000, LOOP, 1.07, 2.04, 0.989},
    {"deep narrow noise", band, 100, 81, 16000, MOVING, 2.52, 3.87, 0.997},
    {"pink noise", colour, 0.93, 6, 16000, NOISE, 0.67, 1.31, 0.985},
    {"brown noise", colour, 0.9988, 6, 44100, NOISE, 0.74, 1.41, 0.989},
    {"hiss adrift", adrift, 0.4, 0.05, 0, NOISE, 0.52, 1.08, 0.986},
    {"hiss adrift", adrift, 0.4, 2, 0, NOISE, 0.52, 1.08, 0.986},
    {"hiss adrift", adrift, 0.2, 0.3, 1, NOISE, 1.47, 1.94, 0.985},
    {"hiss adrift", adrift, 0.2, 2, 1, NOISE, 0.63, 1.84, 0.986},
    {"hiss adrift", adrift, 0.05, 0.05, 1, NOISE, 0.55, 1.08, 0.986},
    {"hiss that comes and goes", adrift, 0.4, 0.125, 1, MOVING, 8.62, 10.13,
     0.982},
    {"a deep tune", tune, 65, 0.12, 1, MOVING, 0.38, 0.58, 0.931},
    {"a deep tune", tune, 65, 0.25, 0, MOVING, 3.59, 5.05, 0.878},
    {"a deep tune", tune, 65, 0.8, 1, MOVING, 0.65, 0.67, 0.720},
    {"a deep tune", tune, 90, 0.12, 0, MOVING, 2.01, 2.99, 0.928},
    {"a deep tune", tune, 90, 0.5, 1, MOVING, 0.80, 0.88, 0.716},
    {"a deep tune", tune, 45, 0.5, 1, MOVING, 0.51, 0.56, 0.788},
    {"a tune", tune, 220, 0.25, 1, MOVING, 4.40, 6.18, 0.751},
    {"a tune", tune, 440, 0.06, 1, MOVING, 3.01, 6.02, 0.944},
    {"a tune above a drone", pedal, 60, -12, 0, MOVING, 6.60, 8.66, 0.935},
    {"noise in pulses", pulsing, 4, 6, 0, MOVING, 0.72, 5.45, 0.984},
    {"noise in pulses", pulsing, 8, 6, 0, MOVING, 0.77, 3.17, 0.986},
    {"crackling", crackle, 32, 6, 0, MOVING, 1.63, 5.97, 0.985},
};

typedef struct real {
    const char *path;
    tb_tag tag;
    double drift_db, flutter_db, sameness;
} real;

/* In sounds/ where there is no slash. */
#define SONIC_PI "/usr/share/sonic-pi/samples/"

static const real reals[] = {
    {"ambi_choir", MOVING, 9.32, 9.45, 1.000},
    {"ambi_piano", MOVING, 10.88, 11.13, 0.876},
    {"guit_harmonics", MOVING, 11.21, 11.27, 0.961},
    {"loop_breakbeat", MOVING, 7.24, 7.10, 1.000},
    {"vinyl_hiss", MOVING, 1.93, 2.59, 0.985},
    {"tabla_na", MOVING, FOUND_AS_LOOP},
    {"loop_mika", LOOP, FOUND_AS_LOOP},
    {SONIC_PI "ambi_drone.flac", LOOP, 1.01, 2.33, 0.986},
    {SONIC_PI "loop_drone_g_97.flac", LOOP, 1.47, 2.07, 0.991},
    {SONIC_PI "bass_thick_c.flac", MOVING, 1.94, 2.76, 0.987},
    {SONIC_PI "bass_hard_c.flac", MOVING, 2.01, 2.84, 1.000},
    {SONIC_PI "loop_electric.flac", MOVING, 2.14, 4.68, 0.990},
    {SONIC_PI "loop_3d_printer.flac", MOVING, 3.06, 3.63, 0.946},
    {SONIC_PI "ambi_haunted_hum.flac", MOVING, 8.87, 9.05, 0.978},
    {SONIC_PI "ambi_glass_rub.flac", MOVING, 3.26, 4.93, 0.997},
};

/* Of a sound that moves at least one is beyond these, a sound that stands is
   well within: nothing in the table lies between. */
static bool clearly_moves(const tb_tag_report *r)
{
    return r->drift_db >= 1.9 || r->flutter_db >= 3 || r->sameness <= 0.955;
}

static bool clearly_stands(const tb_tag_report *r)
{
    return r->drift_db <= 1.65 && r->flutter_db <= 2.6 && r->sameness >= 0.967;
}

static void check(const char *what, clip c, tb_tag tag, double drift,
                  double flutter, double sameness)
{
    tb_tag_report r;
    char name[160], words[80];
    EQ(tb_tag_sound(c.x, c.n, c.rate, &r, NULL), TB_OK);
    tb_tag_words(&r, words, sizeof words);
    snprintf(name, sizeof name, "%s, %.1f s: %s", what, (double)c.n / c.rate,
             words);
    if (!OK_NAMED(r.tag == tag, name))
        fprintf(stderr, "# flatness %.3f, change %.3f\n", r.flatness, r.change);
    bool same = isnan(drift) == isnan(r.drift_db) &&
                (isnan(drift) || (fabs(r.drift_db - drift) < 0.03 &&
                                  fabs(r.flutter_db - flutter) < 0.03 &&
                                  fabs(r.sameness - sameness) < 0.003));
    if (!OK_NAMED(same, "is measured as before"))
        fprintf(stderr, "# %.2f, %.2f, %.3f\n", r.drift_db, r.flutter_db,
                r.sameness);
    if (!isnan(drift))
        OK(tag == TB_TAG_MOVING ? clearly_moves(&r) : clearly_stands(&r));
    clip_free(&c);
}

static void check_real(const real *r)
{
    char name[160];
    if (!strchr(r->path, '/')) {
        check(r->path, recording(r->path, RATE), r->tag, r->drift_db,
              r->flutter_db, r->sameness);
    } else if (access(r->path, R_OK) == 0) {
        check(strrchr(r->path, '/') + 1, recording_at(r->path, RATE), r->tag,
              r->drift_db, r->flutter_db, r->sameness);
    } else {
        snprintf(name, sizeof name, "%s # SKIP is not installed", r->path);
        OK_NAMED(1, name);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        check(r->what, r->make(r->a, r->b, r->c), r->tag, r->drift_db,
              r->flutter_db, r->sameness);
    }
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        check_real(&reals[i]);
    return tap_done();
}
