#include "audio/load.h"
#include "audio/decode.h"
#include "audio/decode_source.h"
#include "audio/mix.h"
#include "audio/resample.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FRAMES = 8192 };
static const double MOST_SECONDS = 1e9;

typedef struct loader {
    const char *path;
    tb_decoder *decoder;
    tb_resampler *resampler;
    tb_audio_info info;
    tb_audio *audio;
    int64_t room; /* frames that fit into audio->data */
    float *block; /* [BLOCK_FRAMES, channels of the file] */
    float *mixed; /* [BLOCK_FRAMES, channels wanted] */
    tb_error *error;
} loader;

void tb_audio_clear(tb_audio *audio)
{
    free(audio->data);
    *audio = (tb_audio){0};
}

static tb_status make_room(loader *l, int64_t frames)
{
    tb_audio *audio = l->audio;
    size_t frame_bytes = sizeof(float) * (size_t)audio->channels;
    if (frames <= l->room)
        return TB_OK;
    int64_t room = l->room + l->room / 2;
    room = room < frames ? frames : room;
    float *data = NULL;
    if ((uint64_t)room <= PTRDIFF_MAX / frame_bytes)
        data = realloc(audio->data, (size_t)room * frame_bytes);
    if (data == NULL)
        return tb_fail(l->error, TB_ERR_MEMORY,
                       "'%s' is too long to be held in memory: load a part of "
                       "it.",
                       l->path);
    audio->data = data;
    l->room = room;
    return TB_OK;
}

/* Reserves what the header promises, but not more than ten minutes of it:
   headers lie, and memory follows once the frames do come. */
static tb_status reserve(loader *l, int64_t frames)
{
    int64_t most = (int64_t)(600 * l->info.sample_rate);
    int64_t promised = l->info.frames < 0 ? most / 20 : l->info.frames;
    promised = promised < most ? promised : most;
    promised = promised < frames ? promised : frames;
    return make_room(l, tb_resampled_frames(promised, l->info.sample_rate,
                                            l->audio->sample_rate) +
                            BLOCK_FRAMES + 1);
}

static tb_status check_request(loader *l, int channels, double start_seconds,
                               double length_seconds)
{
    int has = l->info.channels;
    bool possible = start_seconds >= 0 && start_seconds <= MOST_SECONDS &&
                    length_seconds >= 0 && length_seconds <= MOST_SECONDS;
    if (!possible)
        return tb_fail(l->error, TB_ERR_ARGUMENT,
                       "'%s': start and length are times from 0 s to %g s.",
                       l->path, MOST_SECONDS);
    if (channels > has && has > 1)
        return tb_fail(l->error, TB_ERR_ARGUMENT,
                       "'%s' has %d channels: %d cannot be made of them.",
                       l->path, has, channels);
    return TB_OK;
}

static tb_status prepare(loader *l, double sample_rate, int channels)
{
    tb_audio *audio = l->audio;
    audio->sample_rate = sample_rate > 0 ? sample_rate : l->info.sample_rate;
    audio->channels = channels > 0 ? channels : l->info.channels;
    l->resampler = tb_resampler_new(l->info.sample_rate, audio->sample_rate,
                                    audio->channels, l->error);
    if (l->resampler == NULL)
        return TB_ERR_ARGUMENT;
    l->block = calloc((size_t)(BLOCK_FRAMES * l->info.channels), sizeof(float));
    l->mixed =
        calloc((size_t)BLOCK_FRAMES * (size_t)audio->channels, sizeof(float));
    if (l->block == NULL || l->mixed == NULL)
        return tb_fail_memory(l->error);
    return TB_OK;
}

static tb_status go_to_start(loader *l, double seconds)
{
    int64_t start = (int64_t)llround(seconds * l->info.sample_rate);
    int64_t passed = tb_decoder_skip(l->decoder, start, l->error);
    if (passed < 0)
        return l->error->status;
    if (passed < start)
        return tb_fail(l->error, TB_ERR_ARGUMENT,
                       "'%s' lasts %.3f s: it cannot start at %.3f s.", l->path,
                       (double)passed / l->info.sample_rate, seconds);
    return TB_OK;
}

/* `in` null: the input has ended, and what the resampler still holds comes. */
static tb_status append(loader *l, const float *in, int64_t frames)
{
    tb_audio *audio = l->audio;
    int64_t used = 0, made = 0;
    do {
        tb_status status = make_room(l, audio->frames + BLOCK_FRAMES);
        if (status == TB_OK)
            status =
                tb_resampler_run(l->resampler, in, frames, &used,
                                 audio->data + audio->frames * audio->channels,
                                 l->room - audio->frames, &made, l->error);
        if (status != TB_OK)
            return status;
        audio->frames += made;
        frames -= used;
        in = in == NULL ? NULL : in + used * audio->channels;
    } while (in == NULL ? made > 0 : frames > 0);
    return TB_OK;
}

static tb_status read_part(loader *l, int64_t frames, int64_t *done)
{
    while (*done < frames) {
        int64_t left = frames - *done;
        int64_t n = tb_decoder_read(l->decoder, l->block,
                                    left < BLOCK_FRAMES ? left : BLOCK_FRAMES,
                                    l->error);
        if (n < 0)
            return l->error->status;
        if (n == 0)
            break;
        tb_mix(l->block, l->info.channels, l->mixed, l->audio->channels, n);
        tb_status status = append(l, l->mixed, n);
        if (status != TB_OK)
            return status;
        *done += n;
    }
    if (*done == 0)
        return tb_fail(l->error, TB_ERR_FORMAT,
                       "'%s' holds no sound there: it has 0 frames.", l->path);
    return append(l, NULL, 0);
}

static void collect_warnings(loader *l, int channels, int64_t frames,
                             int64_t wanted)
{
    tb_audio_info notes = *tb_decoder_info(l->decoder);
    if (channels > 1 && channels < l->info.channels)
        tb_audio_warn(&notes, "'%s' has %d channels: the first %d are used.",
                      l->path, l->info.channels, channels);
    /* Times are typed, and printed, to a thousandth of a second. */
    if (wanted < INT64_MAX &&
        (double)(wanted - frames) >= 1e-3 * l->info.sample_rate)
        tb_audio_warn(&notes, "'%s' has only %.3f s there, not %.3f s.",
                      l->path, (double)frames / l->info.sample_rate,
                      (double)wanted / l->info.sample_rate);
    memcpy(l->audio->warning, notes.warning, sizeof(l->audio->warning));
}

/* The memory that was reserved beyond the last frame goes back. */
static void trim(loader *l)
{
    tb_audio *audio = l->audio;
    size_t size = (size_t)(audio->frames * audio->channels) * sizeof(float);
    float *data = size > 0 ? realloc(audio->data, size) : NULL;
    if (data != NULL)
        audio->data = data;
}

static tb_status load(loader *l, double sample_rate, int channels,
                      double start_seconds, double length_seconds)
{
    int64_t wanted = INT64_MAX, frames = 0;
    tb_status status =
        check_request(l, channels, start_seconds, length_seconds);
    if (status == TB_OK)
        status = prepare(l, sample_rate, channels);
    if (status == TB_OK)
        status = go_to_start(l, start_seconds);
    if (length_seconds > 0)
        wanted = (int64_t)llround(length_seconds * l->info.sample_rate);
    if (status == TB_OK)
        status = reserve(l, wanted);
    if (status == TB_OK)
        status = read_part(l, wanted, &frames);
    if (status != TB_OK)
        return status;
    trim(l);
    collect_warnings(l, channels, frames, wanted);
    return TB_OK;
}

tb_status tb_load_audio(const char *path, double sample_rate, int channels,
                        double start_seconds, double length_seconds,
                        tb_audio *audio, tb_error *error)
{
    tb_error unwanted;
    loader l = {.path = path, .audio = audio};
    l.error = error != NULL ? error : &unwanted;
    *audio = (tb_audio){0};
    l.decoder = tb_decoder_open(path, &l.info, l.error);
    if (l.decoder == NULL)
        return l.error->status;
    tb_status status =
        load(&l, sample_rate, channels, start_seconds, length_seconds);
    if (status != TB_OK)
        tb_audio_clear(audio);
    tb_decoder_close(l.decoder);
    tb_resampler_free(l.resampler);
    free(l.block);
    free(l.mixed);
    return status;
}
