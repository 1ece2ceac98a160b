#include "audio/encode.h"
#include "audio/encode_sink.h"
#include "audio/limiter.h"
#include "audio/output_file.h"
#include <math.h>
#include <stdlib.h>

/* Small blocks: libsndfile's Vorbis encoder puts a whole one on the stack. */
enum { BLOCK_FRAMES = 1024, MOST_CHANNELS = 1024 };

struct tb_encoder {
    tb_output_file output;
    tb_sink sink;
    tb_encode_report report;
    int channels;
    bool growing;
    int64_t update_frames; /* between two updates of a growing header */
    int64_t updated;       /* frames that the header knew of last */
    tb_error failure;      /* of the first write that failed */
    tb_limiter *limiter;   /* null: the file holds whatever comes */
    float *floats;         /* one block, [BLOCK_FRAMES, channels] */
    int32_t *integers;     /* as many, where the sink takes these */
};

static tb_status check(const char *path, const tb_encode_settings *settings,
                       tb_error *error)
{
    double rate = settings->sample_rate;
    if (!(rate >= 1 && rate <= 1e7) || rate != floor(rate))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': %g Hz is not possible as a sample rate of a "
                       "file: whole numbers above 0 are.",
                       path, rate);
    if (settings->channels < 1 || settings->channels > MOST_CHANNELS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': a file has 1 to %d channels, not %d.", path,
                       MOST_CHANNELS, settings->channels);
    if (tb_output_file_is_stream(path))
        return TB_OK;
    return tb_sink_check_sndfile(path, settings, error);
}

static tb_status open_sink(tb_encoder *e, const char *path,
                           const tb_encode_settings *settings, tb_error *error)
{
    size_t samples = (size_t)BLOCK_FRAMES * (size_t)e->channels;
    tb_status status =
        e->output.is_stream
            ? tb_sink_open_stream(settings, &e->output, &e->sink, error)
            : tb_sink_open_sndfile(path, settings, &e->output, &e->sink, error);
    if (status != TB_OK)
        return status;
    e->floats = calloc(samples, sizeof(*e->floats));
    if (e->sink.bits > 0)
        e->integers = calloc(samples, sizeof(*e->integers));
    if (e->floats == NULL || (e->sink.bits > 0 && e->integers == NULL))
        return tb_fail_memory(error);
    if (e->sink.keeps_beyond)
        return TB_OK;
    e->limiter = tb_limiter_new(settings->sample_rate, e->channels, error);
    return e->limiter != NULL ? TB_OK : TB_ERR_MEMORY;
}

tb_encoder *tb_encoder_open(const char *path,
                            const tb_encode_settings *settings, tb_error *error)
{
    if (check(path, settings, error) != TB_OK)
        return NULL;
    tb_encoder *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        tb_fail_memory(error);
        return NULL;
    }
    e->channels = settings->channels;
    e->growing = settings->growing;
    e->update_frames = (int64_t)(settings->sample_rate / 2);
    tb_status status = tb_output_file_open(&e->output, path, settings->growing,
                                           settings->replace, error);
    if (status == TB_OK)
        status = open_sink(e, path, settings, error);
    if (status != TB_OK) {
        tb_encoder_discard(e);
        return NULL;
    }
    return e;
}

/* A hash of the sample's index: the same file comes out every time. The mixing
   is that of SplitMix64 (Steele, Lea, Flood, 2014). */
static uint64_t hash(uint64_t index)
{
    uint64_t z = (index + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The sum of two even distributions, in steps of the last bit: -1 to 1. */
static double dither(uint64_t index)
{
    uint64_t z = hash(index);
    return ((double)(z >> 32) - (double)(z & 0xFFFFFFFFu)) / 4294967296.0;
}

/* To integers of `bits` bits in the upper bits of 32. Values that 16 bits hold
   exactly (silence, sounds that were 16 bits before) get no dither. */
static int32_t quantise(float x, int bits, uint64_t index)
{
    double full = ldexp(1.0, bits - 1);
    double value = (double)x * full;
    if (bits == 16 && value != rint(value))
        value += dither(index);
    value = fmin(fmax(rint(value), -full), full - 1);
    return (int32_t)(value * ldexp(1.0, 32 - bits));
}

static const void *to_integers(tb_encoder *e, const float *x, int64_t frames)
{
    uint64_t first = (uint64_t)(e->report.frames * e->channels);
    for (int64_t i = 0; i < frames * e->channels; i++)
        e->integers[i] = quantise(x[i], e->sink.bits, first + (uint64_t)i);
    return e->integers;
}

static void update_header(tb_encoder *e)
{
    int64_t behind = e->report.frames - e->updated;
    if (!e->growing || e->sink.update == NULL || behind < e->update_frames)
        return;
    e->sink.update(e->sink.state);
    e->updated = e->report.frames;
}

static tb_status write_block(tb_encoder *e, const float *x, int64_t frames)
{
    const void *samples = x;
    if (frames > e->sink.most_frames - e->report.frames)
        return tb_fail(&e->failure, TB_ERR_FILE,
                       "'%s' is full: a file of this kind holds no more than "
                       "4 GB, a .flac file more.",
                       e->output.path);
    if (e->sink.bits > 0)
        samples = to_integers(e, x, frames);
    if (!e->sink.write(e->sink.state, samples, frames))
        return tb_output_file_fail(&e->output, &e->failure);
    e->report.frames += frames;
    update_header(e);
    return TB_OK;
}

/* Copies a block to `floats`; what is not a number becomes silence. */
static void clean(tb_encoder *e, const float *x, int64_t frames)
{
    for (int64_t i = 0; i < frames * e->channels; i++) {
        bool good = isfinite(x[i]);
        e->report.not_numbers += !good;
        e->floats[i] = good ? x[i] : 0.0f;
    }
}

/* What the limiter held back. */
static void finish(tb_encoder *e)
{
    int64_t frames;
    while (e->limiter != NULL && e->failure.status == TB_OK &&
           (frames =
                tb_limiter_run(e->limiter, NULL, BLOCK_FRAMES, e->floats)) > 0)
        write_block(e, e->floats, frames);
}

tb_status tb_encoder_write(tb_encoder *e, const float *interleaved,
                           int64_t frames, tb_error *error)
{
    for (int64_t done = 0; done < frames && e->failure.status == TB_OK;) {
        int64_t n = frames - done < BLOCK_FRAMES ? frames - done : BLOCK_FRAMES;
        clean(e, interleaved + done * e->channels, n);
        done += n;
        if (e->limiter != NULL)
            n = tb_limiter_run(e->limiter, e->floats, n, e->floats);
        write_block(e, e->floats, n);
    }
    if (e->failure.status != TB_OK)
        return tb_fail(error, e->failure.status, "%s", e->failure.text);
    return TB_OK;
}

static void release(tb_encoder *e)
{
    tb_limiter_free(e->limiter);
    free(e->integers);
    free(e->floats);
    free(e);
}

tb_status tb_encoder_close(tb_encoder *e, tb_encode_report *report,
                           tb_error *error)
{
    finish(e);
    e->report.least_gain =
        e->limiter != NULL ? tb_limiter_least_gain(e->limiter) : 1;
    if (report != NULL)
        *report = e->report;
    if (!e->sink.close(e->sink.state) && e->failure.status == TB_OK)
        tb_output_file_fail(&e->output, &e->failure);
    tb_status status = e->failure.status;
    if (status == TB_OK) {
        status = tb_output_file_publish(&e->output, error);
    } else {
        tb_fail(error, status, "%s", e->failure.text);
        tb_output_file_discard(&e->output);
    }
    release(e);
    return status;
}

void tb_encoder_discard(tb_encoder *e)
{
    if (e == NULL)
        return;
    if (e->sink.close != NULL)
        e->sink.close(e->sink.state);
    if (e->output.path != NULL)
        tb_output_file_discard(&e->output);
    release(e);
}

tb_status tb_save_audio(const char *path, const tb_encode_settings *settings,
                        const float *interleaved, int64_t frames,
                        tb_encode_report *report, tb_error *error)
{
    tb_encoder *e = tb_encoder_open(path, settings, error);
    if (e == NULL)
        return error != NULL ? error->status : TB_ERR_FILE;
    /* A failure is kept and told by the close. */
    tb_encoder_write(e, interleaved, frames, NULL);
    return tb_encoder_close(e, report, error);
}
