/* How well a network knows sound that it never heard, as it learns: the same
   batches and the same measure as in `bench/peers/samplernn.py --mode learn`.

     bench_learning wavs FOLDER FILE...     recordings as mono WAV of 16 kHz
     bench_learning [OPTION...] learn STEPS SEED WAV... */
#include "audio/encode.h"
#include "audio/load.h"
#include "base/clock.h"
#include "base/memory.h"
#include "network.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 16, WINDOW = 512, EVALUATIONS = 4, MOST_FILES = 64 };
static const double piece_seconds = 0.5;

/* ---- the recordings ---- */

static bool convert(const char *folder, const char *from)
{
    char to[4096];
    tb_error error = {0};
    tb_audio audio;
    const char *slash = strrchr(from, '/');
    const char *name = slash ? slash + 1 : from;
    snprintf(to, sizeof to, "%s/%.*s.wav", folder, (int)strcspn(name, "."),
             name);
    tb_encode_settings how = {
        .sample_rate = 16000, .channels = 1, .samples = TB_SAMPLES_16};
    bool good =
        !tb_load_audio(from, 16000, 1, 0, 0, &audio, &error) &&
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
    int64_t context, windows, window;
    int64_t start[ROWS];
    uint64_t random;
    bool reset[ROWS];
    float *frames; /* [ROWS, context + WINDOW] */
} batches;

/* Knuth's constants; the peer draws the same numbers. */
static int64_t draw(batches *b, int64_t below)
{
    b->random = b->random * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(b->random >> 33) % below;
}

static void next_batch(batches *b)
{
    int64_t span = b->context + b->windows * WINDOW;
    for (int i = 0; i < ROWS; i++) {
        if (b->window == 0)
            b->start[i] = draw(b, b->corpus->train_frames - span + 1);
        b->reset[i] = b->window == 0;
        memcpy(b->frames + i * (b->context + WINDOW),
               b->corpus->train + b->start[i] + b->window * WINDOW,
               (size_t)(b->context + WINDOW) * sizeof(float));
    }
    b->window = (b->window + 1) % b->windows;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool batches_begin(batches *b, const corpus *c, int64_t context,
                          uint64_t seed)
{
    int64_t wanted = (int64_t)(piece_seconds * c->sample_rate) / WINDOW;
    int64_t most = (c->train_frames - context) / WINDOW;
    *b = (batches){.corpus = c, .context = context, .random = seed};
    b->windows = least(wanted > 1 ? wanted : 1, most);
    b->frames = calloc((size_t)(ROWS * (context + WINDOW)), sizeof(float));
    return b->windows > 0 && b->frames;
}

/* ---- learning ---- */

/* Bits a sample over the files, each read once, from a fresh state. */
static double held_out_bits(tb_trainer *t, const corpus *c, int64_t context)
{
    double sum = 0;
    int64_t windows = 0;
    for (int i = 0; i < c->files; i++)
        for (int64_t at = 0; at + context + WINDOW <= c->held_frames[i];
             at += WINDOW, windows++) {
            bool reset = at == 0;
            double bits = NAN;
            tb_batch batch = {{c->held[i] + at}, &reset};
            double metric[TB_MOST_METRICS], yard[TB_MOST_METRICS];
            if (tb_trainer_test(t, &batch, metric, yard, NULL) == TB_OK)
                bits = metric[0];
            sum += bits;
        }
    return sum / (double)windows;
}

static bool learn(tb_trainer *t, const corpus *c, batches *b, int steps)
{
    double spent = 0;
    char name[32];
    bench_report("step 0", held_out_bits(t, c, b->context), "bits/sample", 0);
    for (int i = 1; i <= steps; i++) {
        tb_error error = {0};
        tb_step_report report;
        next_batch(b);
        double start = tb_seconds();
        tb_batch batch = {{b->frames}, b->reset};
        if (tb_trainer_step(t, &batch, &report, &error)) {
            fprintf(stderr, "%s\n", error.text);
            return false;
        }
        spent += tb_seconds() - start;
        if (i % ((steps + EVALUATIONS - 1) / EVALUATIONS) && i < steps)
            continue;
        if (tb_trainer_settle(t, &report, &error)) {
            fprintf(stderr, "%s\n", error.text);
            return false;
        }
        snprintf(name, sizeof name, "step %d", i);
        bench_report(name, held_out_bits(t, c, b->context), "bits/sample", 0);
    }
    bench_report("seconds of training", spent, "s", 0);
    return true;
}

static int run_learning(const bench_options *o, int steps, uint64_t seed,
                        char **paths)
{
    tb_samplernn config;
    corpus c = {.files = 0};
    batches b = {.frames = NULL};
    if (!bench_network("small", &config))
        return 1;
    tb_trainer *t = bench_trainer(o, &config, ROWS, WINDOW, seed);
    int64_t context = t ? tb_trainer_learning(t)->feed[0].context : 0;
    bool good = t && corpus_load(&c, paths, context) &&
                batches_begin(&b, &c, context, seed) && learn(t, &c, &b, steps);
    free(b.frames);
    corpus_clear(&c);
    tb_trainer_free(t);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    bench_options o = bench_begin(argv);
    char **rest = o.rest;
    int status = 2, n = argc - (int)(rest - argv);
    if (n > 2 && strcmp(rest[0], "wavs") == 0) {
        status = 0;
        for (char **from = rest + 2; *from; from++)
            status |= !convert(rest[1], *from);
    } else if (n > 3 && strcmp(rest[0], "learn") == 0) {
        status =
            run_learning(&o, atoi(rest[1]), (uint64_t)atoll(rest[2]), rest + 3);
    } else {
        fprintf(stderr, "usage: bench_learning wavs FOLDER FILE...\n"
                        "       bench_learning learn STEPS SEED WAV...\n");
    }
    bench_end(&o);
    return status;
}
