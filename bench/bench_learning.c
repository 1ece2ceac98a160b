/* How well networks know sound that they never heard, as they learn: small
   ones, and the same batches and measures as of bench/peers/learn.py.

     bench_learning wavs RATE SECONDS FOLDER FILE...    their beginnings, mono
     bench_learning [OPTION...] learn NETWORK STEPS SEED WAV... */
#include "audio/encode.h"
#include "audio/load.h"
#include "base/clock.h"
#include "base/memory.h"
#include "models/freqnet.h"
#include "models/rave.h"
#include "models/seq2seq.h"
#include "models/transformer.h"
#include "models/wavenet.h"
#include "network.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 16, EVALUATIONS = 2, MOST_FILES = 64 };

/* A network, and what it learns from in a step: the peers have the same. */
typedef struct lesson {
    const char *name;
    const tb_instrument *instrument;
    const char *preset, *settings[16];
    int rows, window; /* frames of sound */
    double piece;     /* seconds that a row reads on */
    const char *unit;
    double beta1; /* of Adam */
} lesson;

#define LEVELS "output=levels", "past_noise=0"
#define FRAMES "sample_rate=16000", "fft_size=512", "hop=128"

static const lesson lessons[] = {
    {"samplernn",
     &tb_samplernn_instrument,
     "small",
     {LEVELS, "head_size=128"},
     16,
     512,
     0.5,
     "bits/sample",
     0.9},
    {"wavenet",
     &tb_wavenet_instrument,
     "small",
     {LEVELS, "blocks=4", "dims_dilated=32", "residuals_dim=32", "skips_dim=32",
      "head_size=32"},
     4,
     512,
     0,
     "bits/sample",
     0.9},
    {"transformer",
     &tb_transformer_instrument,
     "small",
     {LEVELS, "dim=32", "layers=2", "look_back=64", "head_size=32"},
     4,
     512,
     0,
     "bits/sample",
     0.9},
    {"freqnet plain",
     &tb_freqnet_instrument,
     "mimikit",
     {FRAMES, "dims_dilated=128"},
     16,
     2048,
     0,
     "distance",
     0.9},
    {"freqnet mixture",
     &tb_freqnet_instrument,
     "mimikit",
     {FRAMES, "dims_dilated=128", "scale=log", "head=normals", "choices=4"},
     16,
     2048,
     0,
     "nats/number",
     0.9},
    {"seq2seq",
     &tb_seq2seq_instrument,
     "mimikit",
     {FRAMES, "hidden=64"},
     16,
     512,
     0,
     "distance",
     0.9},
    {"rave",
     &tb_rave_instrument,
     "raspberry",
     {NULL},
     2,
     65536,
     0,
     "distance",
     0.5},
};

static const lesson *lesson_named(const char *name)
{
    for (size_t i = 0; i < sizeof lessons / sizeof *lessons; i++)
        if (strcmp(lessons[i].name, name) == 0)
            return &lessons[i];
    fprintf(stderr, "There is no lesson '%s'.\n", name);
    return NULL;
}

/* The caller frees. */
static void *config_of(const lesson *l)
{
    void *config = calloc(1, l->instrument->config_size);
    const tb_settings_part part = {l->instrument->settings, config};
    tb_error error = {0};
    if (!config)
        return NULL;
    tb_settings_defaults(&part, 1);
    tb_status status = tb_settings_preset(&part, 1, l->preset, &error);
    for (int i = 0; l->settings[i] && !status; i++)
        status = tb_settings_assign(&part, 1, l->settings[i], &error);
    if (!status)
        return config;
    fprintf(stderr, "%s\n", error.text);
    free(config);
    return NULL;
}

/* ---- the recordings ---- */

/* The longest part of it that is taken. */
typedef struct portion {
    double rate, seconds;
} portion;

static bool convert(const char *folder, const char *from, portion of)
{
    char to[4096];
    tb_error error = {0};
    tb_audio audio;
    const char *slash = strrchr(from, '/');
    const char *name = slash ? slash + 1 : from;
    snprintf(to, sizeof to, "%s/%.*s.wav", folder, (int)strcspn(name, "."),
             name);
    tb_encode_settings how = {
        .sample_rate = of.rate, .channels = 1, .samples = TB_SAMPLES_16};
    bool good =
        !tb_load_audio(from, of.rate, 1, 0, of.seconds, &audio, &error) &&
        !tb_save_audio(to, &how, audio.data, audio.frames, NULL, &error);
    if (!good)
        fprintf(stderr, "%s\n", error.text);
    tb_audio_clear(&audio);
    return good;
}

/* The last tenth of each file is held out, with what comes before it as
   context; the rest is laid end to end, each part after a context of silence.
 */
typedef struct corpus {
    float *train;
    int64_t train_frames;
    float *held[MOST_FILES];
    int64_t held_frames[MOST_FILES];
    int files;
    double sample_rate;
} corpus;

static void normalise(tb_audio *a)
{
    float peak = 1e-9f;
    for (int64_t i = 0; i < a->frames; i++)
        peak = fmaxf(peak, fabsf(a->data[i]));
    for (int64_t i = 0; i < a->frames; i++)
        a->data[i] /= peak;
}

static bool add(corpus *c, const tb_audio *a, int64_t context)
{
    int64_t cut = a->frames - a->frames / 10;
    int64_t held = a->frames - cut + context;
    int64_t all = c->train_frames + context + cut;
    float *train = realloc(c->train, (size_t)all * sizeof *train);
    float *end = malloc((size_t)held * sizeof *end);
    if (train)
        c->train = train;
    if (!train || !end || cut < context) {
        free(end);
        return false;
    }
    memset(train + c->train_frames, 0, (size_t)context * sizeof *train);
    memcpy(train + c->train_frames + context, a->data,
           (size_t)cut * sizeof *train);
    memcpy(end, a->data + cut - context, (size_t)held * sizeof *end);
    c->train_frames = all;
    c->held[c->files] = end;
    c->held_frames[c->files++] = held;
    return true;
}

static bool corpus_load(corpus *c, char **paths, int64_t context)
{
    *c = (corpus){.files = 0};
    for (; *paths && c->files < MOST_FILES; paths++) {
        tb_error error = {0};
        tb_audio audio;
        bool good = !tb_load_audio(*paths, 0, 1, 0, 0, &audio, &error);
        if (good) {
            normalise(&audio);
            c->sample_rate = audio.sample_rate;
            good = add(c, &audio, context);
        }
        tb_audio_clear(&audio);
        if (!good) {
            fprintf(stderr, "%s: %s\n", *paths, error.text);
            return false;
        }
    }
    return c->files > 0;
}

static void corpus_clear(corpus *c)
{
    free(c->train);
    for (int i = 0; i < c->files; i++)
        free(c->held[i]);
}

/* ---- the batches: rows from chance places, read on until the piece ends ----
 */

typedef struct batches {
    const corpus *corpus;
    const lesson *lesson;
    int64_t context, windows, window;
    int64_t start[MOST_ROWS];
    uint64_t random;
    bool reset[MOST_ROWS];
    float *frames; /* [rows, context + window] */
} batches;

/* Knuth's constants; the peer draws the same numbers. */
static int64_t draw(batches *b, int64_t below)
{
    b->random = b->random * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(b->random >> 33) % below;
}

static void next_batch(batches *b)
{
    int64_t each = b->lesson->window, span = b->context + b->windows * each;
    for (int i = 0; i < b->lesson->rows; i++) {
        if (b->window == 0)
            b->start[i] = draw(b, b->corpus->train_frames - span + 1);
        b->reset[i] = b->window == 0;
        memcpy(b->frames + i * (b->context + each),
               b->corpus->train + b->start[i] + b->window * each,
               (size_t)(b->context + each) * sizeof(float));
    }
    b->window = (b->window + 1) % b->windows;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool batches_begin(batches *b, const corpus *c, const lesson *l,
                          int64_t context, uint64_t seed)
{
    int64_t wanted = (int64_t)(l->piece * c->sample_rate) / l->window;
    int64_t most = (c->train_frames - context) / l->window;
    *b =
        (batches){.corpus = c, .lesson = l, .context = context, .random = seed};
    b->windows = least(wanted > 1 ? wanted : 1, most);
    b->frames =
        calloc((size_t)(l->rows * (context + l->window)), sizeof(float));
    return b->windows > 0 && b->frames;
}

/* ---- learning ---- */

/* The mean over the windows of the files, each read once, from a fresh state.
 */
static double held_out(tb_trainer *t, const batches *b)
{
    double sum = 0;
    int64_t windows = 0, each = b->lesson->window;
    const corpus *c = b->corpus;
    for (int i = 0; i < c->files; i++)
        for (int64_t at = 0; at + b->context + each <= c->held_frames[i];
             at += each, windows++) {
            bool reset = at == 0;
            tb_batch batch = {{c->held[i] + at}, &reset};
            double metric[TB_MOST_METRICS] = {NAN}, yard[TB_MOST_METRICS];
            tb_trainer_test(t, &batch, metric, yard, NULL);
            sum += metric[0];
        }
    return sum / (double)windows;
}

static void tell(tb_trainer *t, const batches *b, int step)
{
    char name[64];
    snprintf(name, sizeof name, "%s, step %d", b->lesson->name, step);
    bench_report(name, held_out(t, b), b->lesson->unit, 0);
}

static bool learn(const bench_options *o, tb_trainer *t, batches *b, int steps)
{
    double spent = 0;
    char name[64];
    tell(t, b, 0);
    for (int i = 1; i <= steps; i++) {
        tb_error error = {0};
        tb_step_report report;
        next_batch(b);
        double start = bench_seconds(o);
        tb_batch batch = {{b->frames}, b->reset};
        tb_status status = tb_trainer_step(t, &batch, &report, &error);
        if (!status)
            status = tb_trainer_settle(t, &report, &error);
        spent += bench_seconds(o) - start;
        if (status) {
            fprintf(stderr, "%s\n", error.text);
            return false;
        }
        if (i % ((steps + EVALUATIONS - 1) / EVALUATIONS) == 0 || i == steps)
            tell(t, b, i);
    }
    snprintf(name, sizeof name, "%s, seconds of training", b->lesson->name);
    bench_report(name, spent, "s", 0);
    return true;
}

static int run_lesson(const bench_options *o, const lesson *l, int steps,
                      uint64_t seed, char **paths)
{
    void *config = l ? config_of(l) : NULL;
    corpus c = {.files = 0};
    batches b = {.frames = NULL};
    if (!config)
        return 1;
    tb_trainer *t = bench_trainer(o, l->instrument, config, l->rows, l->window,
                                  l->beta1, seed);
    int64_t context = t ? tb_trainer_learning(t)->feed[0].context : 0;
    bool good = t && corpus_load(&c, paths, context) &&
                batches_begin(&b, &c, l, context, seed) &&
                learn(o, t, &b, steps);
    free(b.frames);
    corpus_clear(&c);
    tb_trainer_free(t);
    free(config);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    bench_options o = bench_begin(argv);
    char **rest = o.rest;
    int status = 2, n = argc - (int)(rest - argv);
    if (n > 4 && strcmp(rest[0], "wavs") == 0) {
        const portion of = {atof(rest[1]), atof(rest[2])};
        status = 0;
        for (char **from = rest + 4; *from; from++)
            status |= !convert(rest[3], *from, of);
    } else if (n > 4 && strcmp(rest[0], "learn") == 0) {
        status = run_lesson(&o, lesson_named(rest[1]), atoi(rest[2]),
                            (uint64_t)atoll(rest[3]), rest + 4);
    } else {
        fprintf(stderr,
                "usage: bench_learning wavs RATE SECONDS FOLDER FILE...\n"
                "       bench_learning learn NETWORK STEPS SEED WAV...\n");
    }
    bench_end(&o);
    return status;
}
