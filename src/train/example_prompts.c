#include "train/example_prompts.h"

#include "audio/encode.h"
#include "audio/load.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Places tried for a prompt; one of the louder half is taken. */
enum { TRIES = 15 };

typedef struct prompt_place {
    int file;
    int64_t start;
    double level;
} prompt_place;

static double level_at(const tb_data *d, const prompt_place *p, int64_t frames,
                       float *buffer)
{
    double sum = 0;
    int64_t n = frames * d->format.channels;
    tb_cache_read(d->cache, p->file, p->start, frames, buffer);
    for (int64_t i = 0; i < n; i++)
        sum += (double)buffer[i] * buffer[i];
    return n ? sqrt(sum / (double)n) : 0;
}

static prompt_place draw(const tb_data *d, int64_t frames, tb_rng *rng)
{
    bool held = d->holdout.held_out_count > 0;
    const tb_region *r = held ? d->holdout.held_out : d->holdout.training;
    int count = held ? d->holdout.held_out_count : d->holdout.training_count;
    int64_t all =
        held ? d->holdout.held_out_frames : d->holdout.training_frames;
    int64_t at = (int64_t)tb_rng_below(rng, (uint64_t)all);
    int i = 0;
    while (i + 1 < count && at >= r[i].frames)
        at -= r[i++].frames;
    int64_t last = r[i].frames - frames;
    return (prompt_place){r[i].file,
                          r[i].start + (at < last  ? at
                                        : last > 0 ? last
                                                   : 0),
                          0};
}

static int by_level(const void *a, const void *b)
{
    double x = ((const prompt_place *)a)->level,
           y = ((const prompt_place *)b)->level;
    return (x > y) - (x < y);
}

/* The one of middle level: neither a pause nor always the loudest place. */
static void choose(const tb_data *d, int64_t frames, uint64_t seed, int number,
                   float *samples)
{
    prompt_place places[TRIES];
    tb_rng rng = {seed ^ 0x70726f6d70740000u, (uint64_t)number << 32};
    for (int i = 0; i < TRIES; i++) {
        places[i] = draw(d, frames, &rng);
        places[i].level = level_at(d, &places[i], frames, samples);
    }
    qsort(places, TRIES, sizeof *places, by_level);
    level_at(d, &places[TRIES / 2], frames, samples);
}

/* Those of an earlier session, if they are of this length. */
static bool read_prompt(const char *path, const tb_data *d, int64_t frames,
                        float *samples)
{
    tb_audio audio = {0};
    int channels = d->format.channels;
    if (!tb_exists(path) || tb_load_audio(path, d->format.sample_rate, channels,
                                          0, 0, &audio, NULL))
        return false;
    bool fits = audio.frames == frames;
    if (fits)
        memcpy(samples, audio.data,
               (size_t)(frames * channels) * sizeof *samples);
    tb_audio_clear(&audio);
    return fits;
}

/* The prompt of an earlier session or, in the first name that is free, a new
   one: "prompt1.wav", or "prompt1-2.wav" when that has another length. */
static tb_status open_prompt(const char *folder, const tb_data *d, int number,
                             uint64_t seed, tb_example_prompts *p,
                             tb_error *error)
{
    float *samples = p->samples[number];
    const tb_encode_settings encode = {.sample_rate = d->format.sample_rate,
                                       .channels = d->format.channels,
                                       .samples = TB_SAMPLES_FLOAT};
    for (int version = 1;; version++) {
        char name[64], after[16] = "";
        if (version > 1)
            snprintf(after, sizeof after, "-%d", version);
        snprintf(name, sizeof name, "examples/prompt%d%s.wav", number + 1,
                 after);
        char *path = tb_path_join(folder, name);
        tb_status status = path ? TB_OK : tb_fail_memory(error);
        bool is_free = path && !tb_exists(path);
        bool known = path && read_prompt(path, d, p->frames, samples);
        if (is_free) {
            choose(d, p->frames, seed, number, samples);
            status =
                tb_save_audio(path, &encode, samples, p->frames, NULL, error);
        }
        tb_free(path);
        if (status || is_free || known)
            return status;
    }
}

tb_status tb_example_prompts_open(const char *folder, const tb_data *data,
                                  int count, double seconds, uint64_t seed,
                                  tb_example_prompts *p, tb_error *error)
{
    *p = (tb_example_prompts){
        .count = count,
        .frames = (int64_t)llrint(seconds * data->format.sample_rate)};
    size_t samples = (size_t)p->frames * (size_t)data->format.channels;
    char *below = tb_path_join(folder, "examples");
    p->samples = tb_alloc_array((size_t)count, sizeof *p->samples);
    tb_status status = below && p->samples ? tb_make_folders(below, error)
                                           : tb_fail_memory(error);
    for (int i = 0; i < count && !status; i++) {
        p->samples[i] = tb_alloc_array(samples + 1, sizeof(float));
        status = p->samples[i] ? open_prompt(folder, data, i, seed, p, error)
                               : tb_fail_memory(error);
    }
    tb_free(below);
    return status;
}

void tb_example_prompts_clear(tb_example_prompts *p)
{
    for (int i = 0; p->samples && i < p->count; i++)
        tb_free(p->samples[i]);
    tb_free(p->samples);
    *p = (tb_example_prompts){0};
}
