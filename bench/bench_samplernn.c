/* SampleRNN as mimikit's demonstration has it.

     bench_samplernn [OPTION...] train        seconds a step of 32 x 2048
     bench_samplernn [OPTION...] memory       what such a step needs
     bench_samplernn [OPTION...] generate N   samples a second of N voices, of
                                              levels and of 16 bits */
#include "base/memory.h"
#include "fresh.h"
#include "generate/voice_groups.h"
#include "network.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { ROWS = 32, WINDOW = 2048, CHUNK = 256 };

/* ---- training ---- */

typedef struct training {
    tb_trainer *trainer;
    float *frames;
    bool reset[ROWS];
    bool failed;
} training;

static bool training_begin(training *t, const bench_options *o,
                           const tb_samplernn *config)
{
    *t = (training){bench_trainer(o, &tb_samplernn_instrument, config, ROWS,
                                  WINDOW, 0.9, 1),
                    NULL,
                    {0},
                    0};
    if (!t->trainer)
        return false;
    int length = (int)tb_trainer_learning(t->trainer)->feed[0].context + WINDOW;
    t->frames = tb_alloc_array((size_t)ROWS * (size_t)length, sizeof(float));
    for (int i = 0; t->frames && i < ROWS * length; i++)
        t->frames[i] = (float)(i * 7919L % 2003) / 1001.5f - 1;
    return t->frames != NULL;
}

static void training_end(training *t)
{
    tb_trainer_free(t->trainer);
    tb_free(t->frames);
}

static void step(void *context)
{
    training *t = context;
    tb_error error = {0};
    tb_step_report report;
    if (tb_trainer_step(t->trainer, &(tb_batch){{t->frames}, t->reset}, &report,
                        &error) &&
        !t->failed) {
        fprintf(stderr, "%s\n", error.text);
        t->failed = true;
    }
}

/* Multiply-adds of one sample, forward. */
static double products(const tb_samplernn *c)
{
    int tiers = c->frame_sizes.count - 1;
    double h = c->hidden.at[0], sum = 0;
    for (int i = 0; i < tiers; i++) {
        double size = c->frame_sizes.at[i];
        double below = i + 1 < tiers ? c->frame_sizes.at[i + 1] : 1;
        sum += (size * h + 8 * h * h + h * h * size / below) / size;
    }
    sum += c->frame_sizes.at[tiers] * h + h * c->head_size;
    return sum + (double)c->head_size * (c->sound.levels + 1);
}

static int measure_training(const bench_options *o, const tb_samplernn *config)
{
    training t;
    bool good = training_begin(&t, o, config);
    if (good) {
        double flops = 3 * 2 * products(config) * ROWS * WINDOW;
        double seconds = bench_median(o, step, &t);
        good = !t.failed;
        if (good)
            bench_report("demo", seconds, "s/step",
                         flops / bench_peak_flops(o));
    }
    training_end(&t);
    return good ? 0 : 1;
}

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static int measure_memory(const bench_options *o, const tb_samplernn *config)
{
    training t;
    double before = peak_mb();
    bool good = training_begin(&t, o, config);
    for (int i = 0; good && i < 3; i++) {
        step(&t);
        good = !t.failed;
    }
    if (good)
        bench_report("demo", peak_mb() - before, "MB", 0);
    training_end(&t);
    return good ? 0 : 1;
}

/* ---- generating ---- */

typedef struct singing {
    tb_voice_groups *voices;
    float **samples; /* [voices][CHUNK] */
} singing;

static void sing(void *context)
{
    singing *s = context;
    tb_voice_groups_run(s->voices, s->samples, CHUNK);
}

static int measure_voices(const bench_options *o, tb_samplernn *config,
                          int voices)
{
    bool levels = config->sound.output == TB_SAMPLE_OUTPUT_LEVELS;
    tb_error error = {0};
    tb_model *model = bench_fresh_model(&tb_samplernn_instrument, config);
    if (!model)
        return 1;
    tb_voices_settings settings = tb_voices_defaults();
    settings.voices = voices;
    singing s = {tb_voice_groups_new(model, &settings, o->threads, &error),
                 calloc((size_t)voices, sizeof(float *))};
    float *samples = calloc((size_t)voices * CHUNK, sizeof *samples);
    bool good = s.samples && samples && s.voices;
    if (good) {
        char name[64];
        snprintf(name, sizeof name, "demo %d voices%s", voices,
                 levels ? "" : ", 16 bits");
        for (int i = 0; i < voices; i++)
            s.samples[i] = samples + (size_t)i * CHUNK;
        bench_report(name, (double)voices * CHUNK / bench_median(o, sing, &s),
                     "samples/s", 0);
    } else {
        fprintf(stderr, "%s\n", error.text);
    }
    tb_voice_groups_free(s.voices);
    tb_model_close(model);
    free(s.samples);
    free(samples);
    return good ? 0 : 1;
}

static int measure_generating(const bench_options *o, tb_samplernn *config,
                              int voices)
{
    int status = measure_voices(o, config, voices);
    config->sound.output = TB_SAMPLE_OUTPUT_LOGISTICS;
    return status ? status : measure_voices(o, config, voices);
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    const char *what = o.rest[0] ? o.rest[0] : "";
    tb_samplernn config;
    int status = 2;
    if (!bench_network("demo", &config))
        status = 1;
    else if (strcmp(what, "train") == 0)
        status = measure_training(&o, &config);
    else if (strcmp(what, "memory") == 0)
        status = measure_memory(&o, &config);
    else if (strcmp(what, "generate") == 0 && o.rest[1])
        status = measure_generating(&o, &config, atoi(o.rest[1]));
    else
        fprintf(stderr, "usage: bench_samplernn [OPTION...] train | memory | "
                        "generate VOICES\n");
    bench_end(&o);
    return status;
}
