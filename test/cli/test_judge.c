/* timbrel judge, as a user calls it. */
#include "program.h"

enum { JUDGED_RATE = 4000 };

/* A tune of its own: notes of 0.2 to 0.6 s that fade. */
typedef struct told_tune {
    double key;
    uint32_t number;
} told_tune;

static uint32_t scatter(uint32_t x)
{
    x = (x ^ x >> 16) * 2146121005u;
    x = (x ^ x >> 15) * 2221713035u;
    return x ^ x >> 16;
}

static float note_at(void *context, int frame, int channel)
{
    static const double steps[] = {1, 1.125, 1.25, 1.333, 1.5, 1.667, 2};
    const told_tune *tune = context;
    int note = 0, start = 0, length = 0;
    (void)channel;
    for (;; note++, start += length) {
        uint32_t chance = scatter(tune->number * 1000 + (uint32_t)note);
        length = JUDGED_RATE / 5 * (1 + (int)(chance >> 8) % 3);
        if (frame < start + length)
            break;
    }
    uint32_t pitch = scatter(tune->number * 1000 + (uint32_t)note + 500) % 7;
    double since = (double)(frame - start) / JUDGED_RATE, y = 0;
    for (int k = 1; k < 5; k++)
        y += sin(6.28318530718 * k * tune->key * steps[pitch] * since) / k;
    return (float)(0.2 * exp(-3 * since) * y);
}

static float noise_at(void *context, int frame, int channel)
{
    uint32_t x = ((uint32_t)frame + *(uint32_t *)context) * 2654435761u;
    (void)channel;
    x ^= x >> 15;
    x *= 2246822519u;
    return (float)(0.3 * ((x >> 16) / 32768.0 - 1));
}

static float hum_at(void *context, int frame, int channel)
{
    (void)context;
    (void)channel;
    return (float)(0.2 * sin(0.05 * frame));
}

/* Recordings with nothing in common. */
static void make_mixture(void)
{
    uint32_t seed = 7;
    told_tune tune = {190, 3};
    mkdir("mixture", 0777);
    write_wav("mixture/noise.wav", JUDGED_RATE, 1, 20 * JUDGED_RATE, noise_at,
              &seed);
    write_wav("mixture/hum.wav", JUDGED_RATE, 1, 20 * JUDGED_RATE, hum_at,
              NULL);
    write_wav("mixture/tune.wav", JUDGED_RATE, 1, 20 * JUDGED_RATE, note_at,
              &tune);
}

static void make_material(void)
{
    mkdir("tunes", 0777);
    for (int i = 0; i < 5; i++) {
        told_tune tune = {150 + 13 * i, (uint32_t)i + 1};
        char path[64];
        snprintf(path, sizeof path, "tunes/%d.wav", i);
        write_wav(path, JUDGED_RATE, 1, 25 * JUDGED_RATE, note_at, &tune);
    }
    told_tune other = {170, 77};
    uint32_t seed = 77;
    write_wav("new.wav", JUDGED_RATE, 1, 20 * JUDGED_RATE, note_at, &other);
    write_wav("noise.wav", JUDGED_RATE, 1, 20 * JUDGED_RATE, noise_at, &seed);
    write_wav("short.wav", JUDGED_RATE, 1, JUDGED_RATE, note_at, &other);
}

/* The number after "score": in the last line of JSON. */
static double told_score(void)
{
    const char *event = strstr(said, "\"event\":\"score\"");
    const char *at = event ? strstr(event, "\"score\":") : NULL;
    at = at ? strstr(at + 1, "\"score\":") : NULL;
    return at ? atof(at + 8) : NAN;
}

static void test_score(void)
{
    RUN(0, "judge tunes new.wav");
    SAID("new.wav: 20.0 s, ");
    SAID("Score: ");
    SAID("spectral shape");
    SAID("lasting tones");
    RUN(0, "judge tunes new.wav --json");
    SAID("\"event\":\"sound\"");
    double new = told_score();
    RUN(0, "judge tunes noise.wav --json");
    OK(told_score() > new + 0.2);
    RUN(0, "judge tunes noise.wav");
    SAID("noise.wav: 20.0 s, noise");
}

static void test_repeats(void)
{
    char first[sizeof said];
    RUN(0, "judge tunes new.wav --seed 9 --threads 1 --json");
    memcpy(first, said, sizeof first);
    RUN(0, "judge tunes new.wav --seed 9 --threads 2 --json");
    SAME_TEXT(said, first);
}

static void test_copies(void)
{
    RUN(0, "judge tunes tunes/2.wav");
    SAID("quoted, longest");
    SAID("of 2.wav from");
    SAID("Copy: ");
    RUN(0, "judge tunes tunes/2.wav --json");
    SAID("\"copy\":true");
}

static void test_refusals(void)
{
    RUN(2, "judge");
    SAID("judge CORPUS SOUND...");
    RUN(2, "judge tunes");
    RUN(1, "judge tunes nothing.wav");
    RUN(1, "judge nothing new.wav");
    RUN(0, "judge tunes short.wav");
    SAID("Not scored: the sounds are too short");
    RUN(0, "judge short.wav new.wav");
    SAID("Not scored: the corpus is too short");
    RUN(0, "judge mixture new.wav");
    SAID("Not scored: in every way that counts, your recordings differ");
    RUN(0, "judge --help");
    SAID("0 is where excerpts of your own recordings stand");
    RUN(0, "help --man judge");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_material();
    make_mixture();
    test_score();
    test_repeats();
    test_copies();
    test_refusals();
    return tap_done();
}
