/* How long it takes from a folder of recordings to the first sound.

     bench_first_sound corpus FOLDER RECORDING...
     bench_first_sound [OPTION...] wait NETWORK LIMIT FOLDER RUN

   The first fills a folder: each recording at five speeds. The second trains a
   network with its defaults until one of its examples holds sound behind its
   prompt. The training goes by the clock that is measured, so that one that
   counts processor seconds tells of a machine that has nothing else to do: with
   several threads at most that long, and at least its share of it. */
#include "audio/encode.h"
#include "audio/load.h"
#include "base/memory.h"
#include "base/paths.h"
#include "bench.h"
#include "generate/voice_groups.h"
#include "models/model.h"
#include "train/gather.h"
#include "train/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the corpus ---- */

static bool save_at_speed(const char *folder, const char *recording,
                          double speed, tb_error *error)
{
    static const double rate = 16000;
    const tb_encode_settings encode = {.sample_rate = rate, .channels = 1};
    tb_audio audio;
    char path[4096], *stem = tb_path_stem(recording);
    snprintf(path, sizeof path, "%s/%.200s-%.2f.wav", folder, stem ? stem : "",
             speed);
    tb_free(stem);
    if (tb_load_audio(recording, rate / speed, 1, 0, 0, &audio, error))
        return false;
    tb_status status =
        tb_save_audio(path, &encode, audio.data, audio.frames, NULL, error);
    tb_audio_clear(&audio);
    return status == TB_OK;
}

static int make_corpus(const char *folder, int count, char **recordings)
{
    static const double speeds[] = {1, 0.84, 1.19, 0.71, 1.41};
    tb_error error;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 5; k++)
            if (!save_at_speed(folder, recordings[i], speeds[k], &error)) {
                fprintf(stderr, "%s\n", error.text);
                return 1;
            }
    return 0;
}

/* ---- the wait ---- */

typedef struct waiting {
    const bench_options *options;
    tb_job job;
    const char *network;
    double began, limit; /* seconds */
} waiting;

static const double LONGEST_WAIT = 600;

static double now(void *context)
{
    const waiting *w = context;
    return bench_seconds(w->options);
}

static bool is_over(void *context)
{
    const waiting *w = context;
    return now(context) - w->began > LONGEST_WAIT;
}

/* 60 dB below full scale. */
static bool is_silent(const float *sound, int64_t frames)
{
    double sum = 0;
    for (int64_t i = 0; i < frames; i++)
        sum += (double)sound[i] * sound[i];
    return !(sum > 1e-6 * (double)frames);
}

/* Nothing else of this program is wanted. */
static void end_with(const waiting *w, double moment)
{
    char name[64];
    snprintf(name, sizeof name, "%s, first sound", w->network);
    bench_report(name, moment - w->began, "s", w->limit);
    _Exit(0);
}

static void on_event(void *context, const tb_training_event *e)
{
    const waiting *w = context;
    tb_audio audio;
    double moment = now(context);
    if (e->kind != TB_EVENT_EXAMPLE ||
        tb_load_audio(e->path, 0, 1, w->job.settings.prompt_seconds, 0, &audio,
                      NULL))
        return;
    if (!is_silent(audio.data, audio.frames))
        end_with(w, moment);
    tb_audio_clear(&audio);
}

/* What learns nothing is kept, opened and played. */
static tb_status play(waiting *w, const tb_training_watch *watch,
                      tb_error *error)
{
    enum { FRAMES = 16000 };
    static float sound[FRAMES];
    float *samples = sound;
    tb_voices_settings settings = tb_voices_defaults();
    tb_gathered kept;
    tb_model *model = NULL;
    tb_status status = tb_gather(&w->job, watch, &kept, error);
    if (!status)
        model = tb_model_of_checkpoint(kept.checkpoint, error);
    if (!model)
        return error->status;
    settings.voices = 1;
    tb_voice_groups *voices =
        tb_voice_groups_new(model, &settings, w->options->threads, error);
    if (!voices)
        return error->status;
    tb_voice_groups_run(voices, &samples, FRAMES);
    if (!is_silent(sound, FRAMES))
        end_with(w, now(w));
    return TB_OK;
}

static tb_status learn(waiting *w, const tb_training_watch *watch,
                       tb_error *error)
{
    tb_training *t = tb_training_new(&w->job, watch, error);
    return t ? tb_training_run(t, error) : error->status;
}

static int wait_for_sound(const bench_options *o, char **words)
{
    waiting w = {.options = o, .network = words[0], .limit = atof(words[1])};
    const tb_training_watch watch = {on_event, is_over, &w, now};
    tb_error error = {0};
    const tb_instrument *instrument = tb_instrument_named(words[0], &error);
    tb_status status =
        instrument ? tb_job_init(&w.job, instrument, &error) : error.status;
    if (!status)
        status = tb_job_add_path(&w.job, words[2], &error);
    w.job.folder = strdup(words[3]);
    w.job.threads = o->threads;
    w.began = now(&w);
    if (!status)
        status = (instrument->gathering ? play : learn)(&w, &watch, &error);
    fprintf(stderr, "%s: %s\n", w.network,
            status ? error.text : "there is no sound");
    return 1;
}

int main(int argc, char **argv)
{
    bench_options o = bench_begin(argv);
    int n = argc - (int)(o.rest - argv);
    if (n > 2 && strcmp(o.rest[0], "corpus") == 0)
        return make_corpus(o.rest[1], n - 2, o.rest + 2);
    if (n == 5 && strcmp(o.rest[0], "wait") == 0)
        return wait_for_sound(&o, o.rest + 1);
    fprintf(stderr, "usage: bench_first_sound corpus FOLDER RECORDING...\n"
                    "       bench_first_sound wait NETWORK LIMIT FOLDER RUN\n");
    return 2;
}
