/* Networks as mimikit's demonstrations have them: on frames of spectra, and
   WaveNet on samples, also as it is by default.

     bench_frames [OPTION...] INSTRUMENT train      seconds a step
     bench_frames [OPTION...] INSTRUMENT generate   frames a second of a voice

   Sound comes out of a voice: phases are found, too. */
#include "base/memory.h"
#include "generate/voice_groups.h"
#include "models/freqnet.h"
#include "models/model.h"
#include "models/seq2seq.h"
#include "models/wavenet.h"
#include "train/job.h"

#include "fresh.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 16, SOUND = 64 };

/* What is known of each instrument. */
typedef struct subject {
    const tb_instrument *instrument;
    int rows;       /* of a step */
    int64_t frames; /* learned from in a row */
    /* Multiply-adds of a frame, forward. */
    double (*products)(const void *config);
    /* What a voice is of: a preset under a name, or "" for the defaults. */
    struct {
        const char *preset, *name;
    } voices[3];
} subject;

static double seq2seq_products(const void *config)
{
    const tb_seq2seq *c = config;
    double h = c->hidden, n = (double)tb_spectral_numbers(&c->frames);
    double layer = 2 * 4 * h * (h + h), first = 2 * 4 * h * (n + h);
    double decoder = c->decoder_layers * layer;
    decoder -= 2 * 4 * h * h * (1 - 1. / c->chunk); /* repeated: once */
    return first + (c->encoder_layers - 1) * layer + h * h / c->chunk +
           decoder + h * n;
}

static double freqnet_products(const void *config)
{
    const tb_freqnet *c = config;
    tb_wavenet layers = tb_freqnet_layers(c);
    double h = c->dims_dilated, n = (double)tb_spectral_numbers(&c->frames);
    double sum = 2 * n * h; /* what is read, and the head */
    for (int i = 0; i < tb_wavenet_layer_count(&layers); i++)
        sum += (double)tb_wavenet_layer_at(&layers, i).taps * 2 * h * h /
               c->layer_groups;
    return sum;
}

static double wavenet_products(const void *config)
{
    const tb_wavenet *c = config;
    double n = c->dims_dilated, in = c->residuals_dim ? c->residuals_dim : n;
    double sum = 0;
    for (int i = 0; i < tb_wavenet_layer_count(c); i++)
        sum += (double)tb_wavenet_layer_at(c, i).taps * in * (1 + c->gated) *
                   n / (c->groups ? c->groups : 1) +
               n * (c->residuals_dim + c->skips_dim);
    double said = c->skips_dim ? c->skips_dim : n;
    return sum + said * c->head_size +
           c->head_size * (double)(c->sound.levels + 1);
}

static const subject subjects[] = {
    {&tb_freqnet_instrument,
     ROWS,
     64,
     freqnet_products,
     {{"mimikit", "demo 1 voice"}}},
    {&tb_seq2seq_instrument,
     ROWS,
     4,
     seq2seq_products,
     {{"mimikit", "demo 1 voice"}}},
    {&tb_wavenet_instrument,
     2,
     1024,
     wavenet_products,
     {{"", "default 1 voice"}, {"mimikit_default", "class default 1 voice"}}},
};

/* Samples of a frame. */
static int64_t hop_of(const subject *s, const void *config)
{
    return s->instrument == &tb_wavenet_instrument
               ? 1
               : ((const tb_spectral_frames *)config)->hop;
}

static const subject *subject_named(const char *name)
{
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (strcmp(subjects[i].instrument->name, name) == 0)
            return &subjects[i];
    return NULL;
}

static bool told(const tb_error *error, bool good)
{
    if (!good)
        fprintf(stderr, "%s\n", error->text);
    return good;
}

/* Of a preset, or "" for the defaults; the caller frees. */
static void *config_of(const subject *s, const char *preset)
{
    tb_error error = {0};
    tb_job job;
    tb_settings_part parts[TB_JOB_PARTS];
    void *config = calloc(1, s->instrument->config_size);
    bool good =
        config && told(&error, !tb_job_init(&job, s->instrument, &error));
    if (!good)
        return free(config), NULL;
    tb_job_parts(&job, parts);
    good = !*preset || told(&error, !tb_settings_preset(parts, TB_JOB_PARTS,
                                                        preset, &error));
    memcpy(config, job.config, s->instrument->config_size);
    tb_job_clear(&job);
    if (!good)
        free(config), config = NULL;
    return config;
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
    told(&error,
         !tb_trainer_step(t->trainer, &(tb_batch){{t->frames}, t->reset},
                          &report, &error));
}

/* Adam reads weight, gradient and two moments, and writes all but the
   gradient. */
static double optimiser_bytes(const training *t)
{
    double weights = 0;
    tb_params *p = tb_trainer_params(t->trainer);
    for (int i = 0; i < tb_params_count(p); i++)
        weights += (double)tb_params_at(p, i)->n;
    return 7 * sizeof(float) * weights;
}

static int measure_training(const bench_options *o, const subject *s,
                            const void *config)
{
    tb_error error = {0};
    tb_trainer_settings settings = {
        .instrument = s->instrument,
        .config = config,
        .rows = s->rows,
        .window = (int)(s->frames * hop_of(s, config)),
        .test_rows = 1,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.9,
                      .epsilon = 1e-8},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 1e-3, .steps = 1},
        .seed = 1,
        .threads = o->threads};
    training t = {tb_trainer_new(&settings, &error), NULL, {0}};
    if (!told(&error, t.trainer != NULL))
        return 1;
    const tb_feed *feed = &tb_trainer_learning(t.trainer)->feed[0];
    int64_t n = s->rows * (feed->context + feed->window);
    t.frames = tb_alloc_array((size_t)n, sizeof(float));
    for (int64_t i = 0; t.frames && i < n; i++)
        t.frames[i] = (float)(i * 7919 % 2003) / 1001.5f - 1;
    if (t.frames) {
        double seconds = bench_median(o, step, &t);
        double flops = 6 * s->products(config) * s->rows * (double)s->frames;
        double least = flops / bench_peak_flops(o);
        bench_report("demo", seconds, "s/step", least);
        bench_report("demo with its optimiser", seconds, "s/step",
                     least + optimiser_bytes(&t) / bench_peak_bytes(o));
    }
    bool good = t.frames != NULL;
    tb_trainer_free(t.trainer);
    tb_free(t.frames);
    return good ? 0 : 1;
}

/* ---- generating ---- */

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

static int measure_voice(const bench_options *o, const subject *s,
                         const char *name, void *config)
{
    int64_t hop = hop_of(s, config), frames = hop > 1 ? SOUND : 16 * SOUND;
    tb_error error = {0};
    tb_model *model = bench_fresh_model(s->instrument, config);
    tb_voices_settings settings = tb_voices_defaults();
    singing v = {.count = frames * hop};
    settings.voices = 1;
    if (!model)
        return 1;
    v.voices = tb_voice_groups_new(model, &settings, o->threads, &error);
    v.samples = tb_alloc_array((size_t)v.count, sizeof(float));
    bool good = told(&error, v.voices && v.samples);
    if (good) {
        double seconds = bench_median(o, sing, &v) / (double)frames;
        bench_report(name, 1 / seconds, hop > 1 ? "frames/s" : "samples/s", 0);
    }
    tb_voice_groups_free(v.voices);
    tb_model_close(model);
    tb_free(v.samples);
    return good ? 0 : 1;
}

static int measure_generating(const bench_options *o, const subject *s)
{
    int status = 0;
    for (int i = 0; i < 3 && !status && s->voices[i].preset; i++) {
        void *config = config_of(s, s->voices[i].preset);
        status = config ? measure_voice(o, s, s->voices[i].name, config) : 1;
        free(config);
    }
    return status;
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    const subject *s = o.rest[0] ? subject_named(o.rest[0]) : NULL;
    const char *what = s && o.rest[1] ? o.rest[1] : "";
    void *config = s ? config_of(s, "mimikit") : NULL;
    int status = 2;
    if (config && strcmp(what, "train") == 0)
        status = measure_training(&o, s, config);
    else if (config && strcmp(what, "generate") == 0)
        status = measure_generating(&o, s);
    else
        fprintf(stderr, "usage: bench_frames [OPTION...] INSTRUMENT train | "
                        "generate\n");
    free(config);
    bench_end(&o);
    return status;
}
