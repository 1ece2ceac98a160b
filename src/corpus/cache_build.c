#include "audio/decode.h"
#include "audio/resample.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/paths.h"
#include "corpus/cache_file.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FRAMES = 8192 };

/* One channel of the file being decoded. */
typedef struct channel {
    double last_in, last_out, sum;
    float low, high;
} channel;

typedef struct builder {
    const tb_corpus *corpus;
    const tb_cache_settings *settings;
    const tb_cache_watch *watch;
    tb_error *error;
    tb_file *file;
    tb_cache_header header;
    tb_cache_entry *entries;
    double pole;                         /* of the highpass */
    int64_t bytes, bytes_before;         /* of all recordings, of those done */
    channel channels[TB_CACHE_CHANNELS]; /* of the recording at hand */
    int64_t frames;                      /* of it so far */
    float *block;                        /* [BLOCK_FRAMES, its channels] */
    float *mixed, *resampled;            /* [BLOCK_FRAMES, channels] */
    int16_t *shorts;                     /* the same */
} builder;

uint64_t tb_cache_data_offset(int64_t files)
{
    uint64_t used =
        sizeof(tb_cache_header) + (uint64_t)files * sizeof(tb_cache_entry);
    return (used + TB_CACHE_ALIGNMENT - 1) / TB_CACHE_ALIGNMENT *
           TB_CACHE_ALIGNMENT;
}

uint64_t tb_cache_check(const tb_cache_header *header,
                        const tb_cache_entry *entries)
{
    tb_hash hash;
    size_t skipped = offsetof(tb_cache_header, key);
    tb_hash_init(&hash, 0);
    tb_hash_add(&hash, (const char *)header + skipped,
                sizeof *header - skipped);
    tb_hash_add(&hash, entries, (size_t)header->files * sizeof *entries);
    return tb_hash_get(&hash);
}

void tb_cache_hint(tb_error *error)
{
    size_t used = error ? strlen(error->text) : 0;
    if (error && error->status == TB_ERR_FILE)
        snprintf(error->text + used, sizeof error->text - used,
                 " Decoded sounds are kept there; the environment variable "
                 "TIMBREL_CACHE may name another folder.");
}

static tb_status put(builder *b, const void *data, size_t bytes)
{
    tb_status status = tb_file_write(b->file, data, bytes, b->error);
    if (status)
        tb_cache_hint(b->error);
    return status;
}

static void mix(const float *in, int has, float *out, int wanted,
                int64_t frames)
{
    for (int64_t i = 0; i < frames; i++, in += has, out += wanted) {
        double sum = 0;
        for (int ch = 0; wanted == 1 && ch < has; ch++)
            sum += in[ch];
        out[0] = wanted == 1 ? (float)(sum / has) : in[0];
        for (int ch = 1; ch < wanted; ch++)
            out[ch] = in[ch < has ? ch : 0];
    }
}

/* Removes the offset (highpass) and measures, in place. */
static void filter_and_measure(builder *b, float *x, int64_t frames)
{
    int channels = b->settings->channels;
    for (int ch = 0; ch < channels; ch++) {
        channel *c = &b->channels[ch];
        if (b->frames == 0)
            *c =
                (channel){.last_in = x[ch], .low = INFINITY, .high = -INFINITY};
        for (int64_t i = 0; i < frames; i++) {
            double y = x[i * channels + ch];
            if (b->settings->dc == TB_DC_HIGHPASS) {
                double in = y;
                y = in - c->last_in + b->pole * c->last_out;
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

static tb_status write_frames(builder *b, float *x, int64_t frames)
{
    size_t n = (size_t)(frames * b->settings->channels);
    if (frames == 0)
        return TB_OK;
    filter_and_measure(b, x, frames);
    b->frames += frames;
    if (!b->settings->half)
        return put(b, x, n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        float y = roundf(x[i] * TB_CACHE_HALF_SCALE);
        b->shorts[i] = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
    }
    return put(b, b->shorts, n * sizeof *b->shorts);
}

/* `in` null: the recording has ended. */
static tb_status resample(builder *b, tb_resampler *resampler, const float *in,
                          int64_t frames)
{
    int64_t used = 0, made = 0;
    do {
        tb_status status =
            tb_resampler_run(resampler, in, frames, &used, b->resampled,
                             BLOCK_FRAMES, &made, b->error);
        if (status == TB_OK)
            status = write_frames(b, b->resampled, made);
        if (status)
            return status;
        frames -= used;
        in = in ? in + used * b->settings->channels : NULL;
    } while (in ? frames > 0 : made > 0);
    return TB_OK;
}

static bool go_on(builder *b, double part, const tb_corpus_file *source)
{
    if (!b->watch || !b->watch->progress)
        return true;
    double done = (double)b->bytes_before + part * (double)source->bytes;
    done = b->bytes > 0 ? done / (double)b->bytes : 0;
    return b->watch->progress(b->watch->context, done, source->path);
}

static tb_status decode(builder *b, const tb_corpus_file *source,
                        tb_decoder *decoder, tb_resampler *resampler)
{
    const tb_audio_info *info = tb_decoder_info(decoder);
    int64_t read = 0;
    for (;;) {
        double part =
            info->frames > 0 ? (double)read / (double)info->frames : 0;
        if (!go_on(b, part, source))
            return tb_fail(b->error, TB_ERR_STOPPED,
                           "Stopped while decoding '%s'.", source->path);
        int64_t n = tb_decoder_read(decoder, b->block, BLOCK_FRAMES, b->error);
        if (n < 0)
            return b->error->status;
        if (n == 0)
            return resample(b, resampler, NULL, 0);
        mix(b->block, info->channels, b->mixed, b->settings->channels, n);
        tb_status status = resample(b, resampler, b->mixed, n);
        if (status)
            return status;
        read += n;
    }
}

static tb_status check_channels(builder *b, const char *path, int has)
{
    int wanted = b->settings->channels;
    if (has > 1 && has < wanted)
        return tb_fail(b->error, TB_ERR_ARGUMENT,
                       "'%s' has %d channels: %d cannot be made of them. Leave "
                       "it out, or train with fewer channels.",
                       path, has, wanted);
    b->block = tb_alloc_array(BLOCK_FRAMES, (size_t)has * sizeof *b->block);
    return b->block ? TB_OK : tb_fail_memory(b->error);
}

static tb_status decode_file(builder *b, const tb_corpus_file *source)
{
    tb_audio_info info;
    tb_resampler *resampler = NULL;
    tb_decoder *decoder = tb_decoder_open(source->path, &info, b->error);
    if (!decoder)
        return b->error->status;
    b->frames = 0;
    tb_status status = check_channels(b, source->path, info.channels);
    if (status)
        goto done;
    resampler = tb_resampler_new(info.sample_rate, b->settings->sample_rate,
                                 b->settings->channels, b->error);
    status =
        resampler ? decode(b, source, decoder, resampler) : b->error->status;
    const char *warning = tb_decoder_info(decoder)->warning;
    if (status == TB_OK && warning[0] && b->watch && b->watch->note)
        b->watch->note(b->watch->context, warning);
done:
    tb_resampler_free(resampler);
    tb_decoder_close(decoder);
    tb_free(b->block);
    b->block = NULL;
    return status;
}

static void fill_entry(builder *b, tb_cache_entry *entry, uint64_t hash)
{
    *entry = (tb_cache_entry){
        .hash = hash, .first = b->header.frames, .frames = b->frames};
    for (int ch = 0; b->frames > 0 && ch < b->settings->channels; ch++) {
        const channel *c = &b->channels[ch];
        if (b->settings->dc == TB_DC_MEAN)
            entry->mean[ch] = (float)(c->sum / (double)b->frames);
        float peak = fmaxf(c->high - entry->mean[ch], entry->mean[ch] - c->low);
        entry->peak = fmaxf(entry->peak, peak);
    }
    b->header.frames += b->frames;
}

/* The header comes first in the file and is known last. */
static tb_status write_header(builder *b)
{
    FILE *stream = tb_file_stream(b->file);
    b->header.data_bytes =
        (uint64_t)b->header.frames *
        tb_cache_frame_bytes(b->settings->channels, b->settings->half);
    b->header.check = tb_cache_check(&b->header, b->entries);
    if (fseeko(stream, 0, SEEK_SET) != 0)
        return tb_fail(b->error, TB_ERR_FILE,
                       "The decoded sounds cannot be written to '%s'.",
                       tb_file_temporary(b->file));
    tb_status status = put(b, &b->header, sizeof b->header);
    if (status)
        return status;
    return put(b, b->entries, (size_t)b->header.files * sizeof *b->entries);
}

static tb_status leave_room_for_header(builder *b)
{
    static const char zeros[TB_CACHE_ALIGNMENT];
    tb_status status = TB_OK;
    for (uint64_t at = 0; at < b->header.data_offset && status == TB_OK;
         at += sizeof zeros)
        status = put(b, zeros, sizeof zeros);
    return status;
}

/* Refuses at once what cannot fit, as far as lengths are known. */
static tb_status check_space(builder *b, const char *path)
{
    double seconds = tb_corpus_seconds(b->corpus, NULL);
    double need =
        seconds * b->settings->sample_rate *
        (double)tb_cache_frame_bytes(b->settings->channels, b->settings->half);
    char *folder = tb_path_folder(path);
    if (!folder)
        return tb_fail_memory(b->error);
    int64_t space = tb_free_space(folder);
    tb_status status = TB_OK;
    if (space >= 0 && need > (double)space)
        status = tb_fail(b->error, TB_ERR_FILE,
                         "The decoded sounds need %.1f GB in '%s', where %.1f "
                         "GB are free. Make room, or name another folder in "
                         "the environment variable TIMBREL_CACHE.",
                         need / 1e9, folder, (double)space / 1e9);
    tb_free(folder);
    return status;
}

static tb_status prepare(builder *b, const char *path, uint64_t key)
{
    const tb_cache_settings *s = b->settings;
    size_t samples = (size_t)BLOCK_FRAMES * (size_t)s->channels;
    b->pole = pow(0.99, 16000 / s->sample_rate);
    b->header = (tb_cache_header){.magic = TB_CACHE_MAGIC,
                                  .key = key,
                                  .sample_rate = s->sample_rate,
                                  .channels = s->channels,
                                  .half = s->half,
                                  .files = b->corpus->count,
                                  .data_offset =
                                      tb_cache_data_offset(b->corpus->count)};
    for (int i = 0; i < b->corpus->count; i++)
        b->bytes += b->corpus->files[i].bytes;
    b->entries = tb_alloc_array((size_t)b->corpus->count, sizeof *b->entries);
    b->mixed = tb_alloc_array(samples, sizeof *b->mixed);
    b->resampled = tb_alloc_array(samples, sizeof *b->resampled);
    b->shorts = tb_alloc_array(samples, sizeof *b->shorts);
    if (!b->entries || !b->mixed || !b->resampled || !b->shorts)
        return tb_fail_memory(b->error);
    tb_status status = check_space(b, path);
    if (status)
        return status;
    b->file = tb_file_begin(path, b->error);
    if (b->file)
        return leave_room_for_header(b);
    tb_cache_hint(b->error);
    return b->error->status;
}

static tb_status build(builder *b, const uint64_t *hashes)
{
    for (int i = 0; i < b->corpus->count; i++) {
        const tb_corpus_file *source = &b->corpus->files[i];
        tb_status status = decode_file(b, source);
        if (status)
            return status;
        fill_entry(b, &b->entries[i], hashes[i]);
        b->bytes_before += source->bytes;
    }
    if (b->header.frames == 0)
        return tb_fail(b->error, TB_ERR_FORMAT,
                       "The recordings hold no sound: '%s' has 0 frames.",
                       b->corpus->files[0].path);
    return write_header(b);
}

tb_status tb_cache_build(const char *path, uint64_t key,
                         const tb_corpus *corpus, const uint64_t *hashes,
                         const tb_cache_settings *settings,
                         const tb_cache_watch *watch, tb_error *error)
{
    tb_error own;
    builder b = {.corpus = corpus,
                 .settings = settings,
                 .watch = watch,
                 .error = error ? error : &own};
    tb_status status = prepare(&b, path, key);
    if (status == TB_OK)
        status = build(&b, hashes);
    if (status) {
        tb_file_abort(b.file);
    } else {
        status = tb_file_commit(b.file, b.error);
        if (status)
            tb_cache_hint(b.error);
    }
    tb_free(b.entries);
    tb_free(b.mixed);
    tb_free(b.resampled);
    tb_free(b.shorts);
    return status;
}
