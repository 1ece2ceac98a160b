/* The Transformer on samples, 256 wide and 8 layers deep, and the small one on
   frames.

     bench_transformer [OPTION...] train      seconds a step of 2 x 1024
     bench_transformer [OPTION...] generate   samples a second of one voice
     bench_transformer [OPTION...] frames     frames a second of one voice, with
                                              phases; 31.25 are real time

   A voice is bound by what it must read for each sample: its weights, of 16
   bits, and all keys and values that it remembers. */
#include "base/memory.h"
#include "generate/voice_groups.h"
#include "models/frametransformer.h"
#include "models/transformer.h"
#include "train/trainer.h"

#include "fresh.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 2, WINDOW = 1024, CHUNK = 128 };

static bool told(const tb_error *error, bool good)
{
    if (!good)
        fprintf(stderr, "%s\n", error->text);
    return good;
}

static bool large(tb_transformer *config)
{
    tb_settings_part part = {&tb_transformer_settings, config};
    tb_error error = {0};
    tb_settings_defaults(&part, 1);
    return told(&error,
                !tb_settings_preset(&part, 1, "large", &error) &&
                    !tb_settings_assign(&part, 1, "look_back=256", &error));
}

/* Of one layer of a frame. */
static double layer_weights(const tb_transformer *c)
{
    double n = (double)tb_transformer_dim(c, 0);
    return 4 * n * n + 2 * n * n * c->mlp_factor;
}

static double edge_weights(const tb_transformer *c)
{
    double n = (double)tb_transformer_dim(c, 0), size = c->frame_sizes.at[0];
    return size * c->embedding_size * n + c->head_size * n +
           (c->sound.levels + 1.0) * c->head_size;
}

/* ---- training ---- */

typedef struct training {
    tb_trainer *trainer;
    float *frames;
    bool reset[ROWS];
} training;

static void step(void *context)
{
    training *t = context;
    tb_error error = {0};
    tb_step_report report;
    tb_batch batch = {{t->frames}, t->reset};
    told(&error, !tb_trainer_step(t->trainer, &batch, &report, &error));
}

/* Multiply-adds of a row, forward: layers compute those frames of the context
   that the ones behind them look at. */
static double products(const tb_transformer *c)
{
    tb_transformer_how how = tb_transformer_how_of(c, 0);
    double n = (double)tb_transformer_dim(c, 0), past = (double)how.window - 1;
    double sum = WINDOW * edge_weights(c);
    for (int i = 0; i < how.layers; i++) {
        double out = WINDOW + past * (how.layers - 1 - i);
        sum += out * (layer_weights(c) + 2 * n * (double)how.window);
        sum += past * 3 * n * n;
    }
    return sum;
}

static int measure_training(const bench_options *o, const tb_transformer *c)
{
    tb_error error = {0};
    const tb_trainer_settings settings = {
        .instrument = &tb_transformer_instrument,
        .config = c,
        .rows = ROWS,
        .window = WINDOW,
        .test_rows = 1,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 5e-4, .steps = 1},
        .seed = 1,
        .threads = o->threads};
    training t = {tb_trainer_new(&settings, &error), NULL, {0}};
    if (!told(&error, t.trainer != NULL))
        return 1;
    int64_t n = ROWS * (tb_transformer_context(c) + WINDOW);
    t.frames = tb_alloc_array((size_t)n, sizeof(float));
    for (int64_t i = 0; t.frames && i < n; i++)
        t.frames[i] = (float)(i * 7919 % 2003) / 1001.5f - 1;
    if (t.frames)
        bench_report("256, 8 layers", bench_median(o, step, &t), "s/step",
                     6 * products(c) * ROWS / bench_peak_flops(o));
    bool good = t.frames != NULL;
    tb_trainer_free(t.trainer);
    tb_free(t.frames);
    return good ? 0 : 1;
}

/* ---- generating ---- */

/* Read for each sample. */
static double bytes_of(const tb_transformer *c)
{
    tb_transformer_how how = tb_transformer_how_of(c, 0);
    double n = (double)tb_transformer_dim(c, 0);
    double cache = (double)how.window * 2 * n * sizeof(float);
    return how.layers * (2 * layer_weights(c) + cache) + 2 * edge_weights(c);
}

typedef struct singing {
    tb_voice_groups *voices;
    float *samples;
    int64_t count;
} singing;

static void sing(void *context)
{
    singing *s = context;
    tb_voice_groups_run(s->voices, &s->samples, s->count);
}

/* Runs of `count` samples a second, of one voice that has `heard` so many
   runs; 0: there is none. */
static double runs_of(const bench_options *o, const tb_instrument *instrument,
                      void *config, int64_t count, int heard)
{
    tb_error error = {0};
    tb_voices_settings settings = tb_voices_defaults();
    tb_model *model = bench_fresh_model(instrument, config);
    double runs = 0;
    if (!model)
        return 0;
    settings.voices = 1;
    singing s = {tb_voice_groups_new(model, &settings, o->threads, &error),
                 tb_alloc_array((size_t)count, sizeof(float)), count};
    if (told(&error, s.voices && s.samples)) {
        for (int i = 0; i < heard; i++)
            sing(&s);
        runs = 1 / bench_median(o, sing, &s);
    }
    tb_voice_groups_free(s.voices);
    tb_model_close(model);
    tb_free(s.samples);
    return runs;
}

static int measure_generating(const bench_options *o, tb_transformer *c)
{
    double bytes = bytes_of(c);
    double bound = bench_repeated_bytes(o, (size_t)bytes) / bytes;
    double runs = runs_of(o, &tb_transformer_instrument, c, CHUNK, 2);
    if (runs > 0)
        bench_report("256, 8 layers, 1 voice", CHUNK * runs, "samples/s",
                     bound);
    return runs > 0 ? 0 : 1;
}

static int measure_frames(const bench_options *o)
{
    enum { FRAMES = 32 };
    tb_frametransformer c;
    tb_settings_part part = {&tb_frametransformer_settings, &c};
    tb_error error = {0};
    tb_settings_defaults(&part, 1);
    if (!told(&error, !tb_settings_preset(&part, 1, "small", &error)))
        return 1;
    double runs = runs_of(o, &tb_frametransformer_instrument, &c,
                          (int64_t)FRAMES * c.frames.hop, 1);
    if (runs > 0)
        bench_report("frames, 1 voice", FRAMES * runs, "frames/s", 0);
    return runs > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    const char *what = o.rest[0] ? o.rest[0] : "";
    tb_transformer config;
    int status = 2;
    if (!large(&config))
        status = 1;
    else if (strcmp(what, "train") == 0)
        status = measure_training(&o, &config);
    else if (strcmp(what, "generate") == 0)
        status = measure_generating(&o, &config);
    else if (strcmp(what, "frames") == 0)
        status = measure_frames(&o);
    else
        fprintf(stderr,
                "usage: bench_transformer [OPTION...] train | generate | "
                "frames\n");
    bench_end(&o);
    return status;
}
