/* Beginnings where they are known: drums made by rule, and recordings put at
   known times; told as F-measure within 50 ms, with its table on the standard
   error. */
#include "dsp/cut_point.h"
#include "dsp/onset.h"

#include "base/memory.h"
#include "base/paths.h"
#include "material.h"
#include "tap.h"

#define SONIC_PI "/usr/share/sonic-pi/samples/"

enum { MOST = 512 };

/* A sound with the times at which something begins in it. */
typedef struct piece {
    clip sound;
    double at[MOST];
    int count;
} piece;

static void add_sound(clip *to, double seconds, const clip *what, double gain)
{
    int64_t start = (int64_t)(seconds * to->rate);
    for (int64_t i = 0; i < what->n && start + i < to->n; i++)
        to->x[start + i] += (float)(gain * what->x[i]);
}

/* 0: a bass drum, 1: a snare, 2: a cymbal. */
static clip drum(int kind, double rate, uint64_t seed)
{
    static const double seconds[] = {0.3, 0.2, 0.08}, hiss[] = {0.02, 0.5, 0.4};
    clip c = clip_new(seconds[kind], rate);
    tb_rng rng = {.seed = seed};
    double phase = 0, before = 0;
    for (int64_t i = 0; i < c.n; i++) {
        double t = i / rate, noise = tb_rng_normal(&rng) / 3;
        double fade = exp(-t / (seconds[kind] / 5));
        double hz = kind == 0 ? 50 + 120 * exp(-t / 0.03) : 190;
        phase += TAU * hz / rate;
        double tone = kind < 2 ? (kind ? 0.35 : 0.9) * sin(phase) : 0;
        double bright = kind == 2 ? noise - before : noise;
        c.x[i] = (float)(fade * (tone + hiss[kind] * bright));
        before = noise;
    }
    return c;
}

static piece drums(double seconds, double bpm, double noise_db, uint64_t seed)
{
    piece p = {clip_new(seconds, 44100), {0}, 0};
    clip kit[3];
    tb_rng rng = {.seed = seed};
    for (int k = 0; k < 3; k++)
        kit[k] = drum(k, 44100, seed + (uint64_t)k);
    double step = 60 / bpm / 4;
    for (int i = 0; 0.2 + i * step < seconds - 0.2; i++) {
        double t = 0.2 + i * step + 0.01 * (tb_rng_uniform(&rng) - 0.5);
        int kind = i % 8 == 0 ? 0 : i % 8 == 4 ? 1 : 2;
        if (kind == 2 && tb_rng_uniform(&rng) < 0.35)
            continue;
        double gain =
            (kind == 2 ? 0.35 : 0.7) * (0.6 + 0.4 * tb_rng_uniform(&rng));
        add_sound(&p.sound, t, &kit[kind], gain);
        p.at[p.count++] = t;
    }
    clip_hiss(&p.sound, noise_db, seed + 9);
    for (int k = 0; k < 3; k++)
        clip_free(&kit[k]);
    return p;
}

/* Plucked notes that ring on into each other. */
static piece plucks(double seconds, double noise_db, uint64_t seed)
{
    piece p = {clip_new(seconds, 44100), {0}, 0};
    tb_rng rng = {.seed = seed};
    clip note = clip_new(1, 44100);
    for (double t = 0.3; t < seconds - 0.3;
         t += 0.15 + 0.3 * tb_rng_uniform(&rng)) {
        double hz = 110 * pow(2, (double)tb_rng_below(&rng, 25) / 12);
        for (int64_t i = 0; i < note.n; i++) {
            double x = 0;
            for (int h = 1; h <= 8; h++)
                x += sin(TAU * hz * h * i / note.rate) / h;
            note.x[i] =
                (float)(0.25 * x * fmin(1, i / 130.0) * exp(-i / 16000.0));
        }
        add_sound(&p.sound, t, &note, 1);
        p.at[p.count++] = t;
    }
    clip_free(&note);
    clip_hiss(&p.sound, noise_db, seed + 9);
    return p;
}

/* The first sample that can be heard beside the loudest. */
static int64_t first_heard(const clip *c)
{
    float peak = 0;
    int64_t i = 0;
    for (int64_t k = 0; k < c->n; k++)
        peak = fmaxf(peak, fabsf(c->x[k]));
    while (i < c->n && fabsf(c->x[i]) < 0.02f * peak)
        i++;
    return i;
}

/* One-shots one after the other, each cut off or ringing on. */
static piece shots(const char *const *names, int repeats, double noise_db,
                   uint64_t seed)
{
    piece p = {clip_new(15, 44100), {0}, 0};
    tb_rng rng = {.seed = seed};
    double t = 0.2;
    for (int r = 0; r < repeats; r++)
        for (int i = 0; names[i] && t < 14 && p.count < MOST; i++) {
            char path[256];
            snprintf(path, sizeof path, SONIC_PI "%s.flac", names[i]);
            clip one = recording_at(path, 44100);
            if (one.n > 44100)
                one.n = 44100;
            add_sound(&p.sound, t, &one, 0.4);
            p.at[p.count++] = t + (double)first_heard(&one) / 44100;
            t += 0.12 + 0.35 * tb_rng_uniform(&rng);
            clip_free(&one);
        }
    p.sound.n = (int64_t)((t + 0.5) * 44100);
    clip_hiss(&p.sound, noise_db, seed + 9);
    return p;
}

typedef struct score {
    double f, precision, recall, late; /* `late`: mean, seconds */
} score;

/* Pairs each beginning that was found with the first free one within 50 ms. */
static score compare(const piece *p, const int64_t *found, int count)
{
    int hits = 0, next = 0;
    double late = 0;
    for (int i = 0; i < count; i++) {
        double t = (double)found[i] / p->sound.rate;
        while (next < p->count && p->at[next] < t - 0.05)
            next++;
        if (next < p->count && p->at[next] <= t + 0.05) {
            late += t - p->at[next];
            hits++;
            next++;
        }
    }
    score s = {0, count ? (double)hits / count : 0, (double)hits / p->count,
               hits ? late / hits : 0};
    s.f = hits ? 2 * s.precision * s.recall / (s.precision + s.recall) : 0;
    return s;
}

static score judge(const char *name, const piece *p, double sensitivity)
{
    tb_error error;
    const clip *c = &p->sound;
    float peak = 0;
    for (int64_t i = 0; i < c->n; i++)
        peak = fmaxf(peak, fabsf(c->x[i]));
    tb_onsets *o = tb_onsets_new(c->rate, peak, &error);
    tb_onset *list;
    int64_t found[MOST * 4];
    int count;
    for (int64_t at = 0; at < c->n; at += 5000)
        tb_onsets_feed(o, c->x + at, c->n - at < 5000 ? c->n - at : 5000,
                       &error);
    tb_onsets_finish(o, &error);
    if (tb_onsets_pick(o, sensitivity, 0.05, &list, &count, &error))
        exit(1);
    for (int i = 0; i < count; i++) {
        int64_t reach = (int64_t)(0.04 * c->rate);
        int64_t at =
            tb_attack_start(c->x, c->n, 1, c->rate, list[i].frame, reach);
        found[i] = tb_cut_point(c->x, c->n, 1, at, reach / 10);
    }
    score s = compare(p, found, count);
    fprintf(stderr,
            "# %-28s %4d beginnings  F %.3f  precision %.3f  recall %.3f  "
            "late %+.1f ms\n",
            name, p->count, s.f, s.precision, s.recall, 1000 * s.late);
    tb_free(list);
    tb_onsets_free(o);
    return s;
}

static void hold(const char *name, piece p, double least)
{
    score s = judge(name, &p, 0.5);
    OK_NAMED(s.f >= least, name);
    OK_NAMED(fabs(s.late) < 0.012, "on time");
    clip_free(&p.sound);
}

int main(void)
{
    static const char *const kit[] = {"drum_heavy_kick",  "drum_cymbal_closed",
                                      "drum_snare_hard",  "drum_cymbal_closed",
                                      "bd_haus",          "drum_cymbal_pedal",
                                      "sn_dolf",          "elec_tick",
                                      "drum_tom_hi_hard", "drum_tom_lo_hard",
                                      "elec_pop",         NULL};
    static const char *const mixed[] = {
        "bass_hit_c", "elec_bell",     "tabla_na",  "guit_e_fifths",
        "tabla_ghe2", "elec_chime",    "perc_bell", "bass_voxy_hit_c",
        "tabla_te1",  "elec_triangle", "elec_wood", "perc_snap",
        NULL};
    hold("drums", drums(10, 110, -70, 1), 0.97);
    hold("drums in noise, -40 dB", drums(10, 125, -40, 2), 0.95);
    hold("drums in noise, -30 dB", drums(10, 95, -30, 3), 0.45);
    hold("fast drums", drums(10, 170, -60, 4), 0.9);
    hold("plucks", plucks(10, -70, 5), 0.85);
    hold("plucks in noise, -40 dB", plucks(10, -40, 6), 0.82);
    if (tb_exists(SONIC_PI)) {
        hold("sonic-pi drums", shots(kit, 2, -70, 7), 0.9);
        hold("sonic-pi drums, -40 dB", shots(kit, 2, -40, 8), 0.85);
        hold("sonic-pi mixed", shots(mixed, 2, -70, 9), 0.8);
        hold("sonic-pi mixed, -40 dB", shots(mixed, 2, -40, 10), 0.8);
    }
    return tap_done();
}
