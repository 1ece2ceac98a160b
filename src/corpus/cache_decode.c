#include "corpus/cache_decode.h"
#include "audio/decode.h"
#include "audio/mix.h"
#include "audio/resample.h"
#include "base/memory.h"
#include "base/paths.h"
#include "corpus/level.h"
#include <errno.h>
#include <math.h>
#include <string.h>

enum { BLOCK_FRAMES = 8192 };

/* One channel of the recording. */
typedef struct channel {
    double last_in, last_out, sum;
    float low, high;
} channel;

typedef struct reader {
    tb_cache_recording *recording;
    const tb_cache_settings *settings;
    tb_error *error;
    tb_decoder *decoder;
    tb_resampler *resampler;
    double pole; /* of the highpass */
    channel channels[TB_CACHE_CHANNELS];
    int64_t frames; /* written so far */
    tb_level *level;
    tb_level_choice choice;
    bool measured;            /* `choice` is known */
    bool unfit;               /* cannot be stored as it is: only measured */
    float *block;             /* [BLOCK_FRAMES, its channels] */
    float *mixed, *resampled; /* [BLOCK_FRAMES, channels] */
    int16_t *shorts;          /* the same */
} reader;

/* Removes the offset (highpass) and measures, in place. */
static void filter_and_measure(reader *r, float *x, int64_t frames)
{
    int channels = r->settings->channels;
    for (int ch = 0; ch < channels; ch++) {
        channel *c = &r->channels[ch];
        if (r->frames == 0)
            *c =
                (channel){.last_in = x[ch], .low = INFINITY, .high = -INFINITY};
        for (int64_t i = 0; i < frames; i++) {
            double y = x[i * channels + ch];
            if (r->settings->dc == TB_DC_HIGHPASS) {
                double in = y;
                y = in - c->last_in + r->pole * c->last_out;
                c->last_in = in;
                c->last_out = y;
            }
            float out = (float)y;
            x[i * channels + ch] = out;
            c->sum += out;
            c->low = out < c->low ? out : c->low;
            c->high = out > c->high ? out : c->high;
        }
    }
}

static tb_status put(reader *r, const void *data, size_t size, size_t count)
{
    if (fwrite(data, size, count, r->recording->to) == count)
        return TB_OK;
    tb_fail_file(r->error, "write", r->recording->folder, errno);
    tb_cache_hint(r->error);
    return r->error->status;
}

static tb_status write_frames(reader *r, float *x, int64_t frames)
{
    size_t n = (size_t)(frames * r->settings->channels);
    if (frames == 0)
        return TB_OK;
    filter_and_measure(r, x, frames);
    r->frames += frames;
    if (!r->settings->half)
        return put(r, x, sizeof *x, n);
    for (size_t i = 0; i < n; i++) {
        float y = roundf(x[i] * TB_CACHE_HALF_SCALE);
        r->shorts[i] = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
    }
    return put(r, r->shorts, sizeof *r->shorts, n);
}

/* `in` null: the recording has ended. */
static tb_status resample(reader *r, const float *in, int64_t frames)
{
    int64_t used = 0, made = 0;
    do {
        tb_status status =
            tb_resampler_run(r->resampler, in, frames, &used, r->resampled,
                             BLOCK_FRAMES, &made, r->error);
        if (status == TB_OK)
            status = write_frames(r, r->resampled, made);
        if (status)
            return status;
        frames -= used;
        in = in ? in + used * r->settings->channels : NULL;
    } while (in ? frames > 0 : made > 0);
    return TB_OK;
}

/* The first time a recording is measured; what does not fit is read a second
   time, with what then is known. */
static void weigh(reader *r, float *x, int64_t n)
{
    if (!r->measured) {
        tb_level_add(r->level, x, n);
        r->unfit = r->level->peak > TB_LEVEL_ROOM;
        return;
    }
    for (int64_t i = 0; i < n; i++)
        x[i] = fabsf(x[i]) > r->choice.limit
                   ? 0
                   : (float)((double)x[i] * r->choice.gain);
}

static tb_status go_on(reader *r, int64_t read)
{
    const tb_audio_info *info = tb_decoder_info(r->decoder);
    const tb_cache_recording *recording = r->recording;
    double part = info->frames > 0 ? (double)read / (double)info->frames : 0;
    if (recording->go_on(recording->context, part < 1 ? part : 1))
        return TB_OK;
    return tb_fail(r->error, TB_ERR_STOPPED, "Stopped while decoding '%s'.",
                   recording->source->path);
}

static tb_status decode(reader *r)
{
    int has = tb_decoder_info(r->decoder)->channels;
    int wanted = r->settings->channels;
    for (int64_t read = 0;;) {
        tb_status status = go_on(r, read);
        if (status)
            return status;
        int64_t n =
            tb_decoder_read(r->decoder, r->block, BLOCK_FRAMES, r->error);
        if (n < 0)
            return r->error->status;
        weigh(r, r->block, n * has);
        if (n > 0)
            tb_mix(r->block, has, r->mixed, wanted, n);
        if (!r->unfit || r->measured)
            status = resample(r, n > 0 ? r->mixed : NULL, n);
        if (status || n == 0)
            return status;
        read += n;
    }
}

static tb_status check_channels(reader *r, int has)
{
    int wanted = r->settings->channels;
    if (has > 1 && has < wanted)
        return tb_fail(r->error, TB_ERR_ARGUMENT,
                       "'%s' has %d channels: %d cannot be made of them. Leave "
                       "it out, or train with fewer channels.",
                       r->recording->source->path, has, wanted);
    r->block = tb_alloc_array(BLOCK_FRAMES, (size_t)has * sizeof *r->block);
    return r->block ? TB_OK : tb_fail_memory(r->error);
}

static void close_file(reader *r)
{
    tb_resampler_free(r->resampler);
    tb_decoder_close(r->decoder);
    tb_free(r->block);
    r->resampler = NULL;
    r->decoder = NULL;
    r->block = NULL;
}

/* What was already said when the file was found is not said again. */
static void keep_warning(reader *r)
{
    const char *known = r->recording->source->warning;
    const char *warning = tb_decoder_info(r->decoder)->warning;
    if (!known || strcmp(known, warning) != 0)
        snprintf(r->recording->note, sizeof r->recording->note, "%s", warning);
}

static tb_status decode_file(reader *r)
{
    tb_audio_info info;
    tb_cache_recording *recording = r->recording;
    r->frames = 0;
    r->decoder = tb_decoder_open(recording->source->path, &info, r->error);
    tb_status status =
        r->decoder ? check_channels(r, info.channels) : r->error->status;
    if (status == TB_OK) {
        r->resampler =
            tb_resampler_new(info.sample_rate, r->settings->sample_rate,
                             r->settings->channels, r->error);
        status = r->resampler ? decode(r) : r->error->status;
    }
    if (status == TB_OK)
        keep_warning(r);
    close_file(r);
    return status;
}

static tb_status decode_again(reader *r)
{
    r->choice = tb_level_choose(r->level);
    r->measured = true;
    return decode_file(r);
}

static void fill_entry(const reader *r, tb_cache_entry *entry)
{
    entry->frames = r->frames;
    entry->gain = (float)r->choice.gain;
    entry->alone = r->choice.alone;
    entry->factor = (float)r->choice.factor;
    entry->wild = r->choice.wild;
    for (int ch = 0; r->frames > 0 && ch < r->settings->channels; ch++) {
        const channel *c = &r->channels[ch];
        if (r->settings->dc == TB_DC_MEAN)
            entry->mean[ch] = (float)(c->sum / (double)r->frames);
        float peak = fmaxf(c->high - entry->mean[ch], entry->mean[ch] - c->low);
        entry->peak = fmaxf(entry->peak, peak);
    }
}

static tb_status allocate(reader *r)
{
    size_t samples = (size_t)BLOCK_FRAMES * (size_t)r->settings->channels;
    r->level = tb_alloc(sizeof *r->level);
    r->mixed = tb_alloc_array(samples, sizeof *r->mixed);
    r->resampled = tb_alloc_array(samples, sizeof *r->resampled);
    r->shorts = tb_alloc_array(samples, sizeof *r->shorts);
    bool good = r->level && r->mixed && r->resampled && r->shorts;
    return good ? TB_OK : tb_fail_memory(r->error);
}

tb_status tb_cache_decode(tb_cache_recording *recording, tb_error *error)
{
    const tb_cache_settings *s = recording->settings;
    reader r = {.recording = recording,
                .settings = s,
                .error = error,
                .pole = pow(0.99, 16000 / s->sample_rate),
                .choice = {.gain = 1}};
    off_t start = ftello(recording->to);
    *recording->entry = (tb_cache_entry){0};
    recording->note[0] = 0;
    tb_status status = allocate(&r);
    if (status == TB_OK)
        status = decode_file(&r);
    if (status == TB_OK && r.unfit)
        status = fseeko(recording->to, start, SEEK_SET) == 0
                     ? decode_again(&r)
                     : tb_fail_file(error, "write", recording->folder, errno);
    if (status == TB_OK)
        fill_entry(&r, recording->entry);
    tb_free(r.level);
    tb_free(r.mixed);
    tb_free(r.resampled);
    tb_free(r.shorts);
    return status;
}
