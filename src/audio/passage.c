#include "audio/passage.h"

#include "audio/mix.h"
#include "audio/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

tb_status tb_passages_open(tb_passages *p, const char *path,
                           tb_audio_info *info, tb_error *error)
{
    tb_audio_info own;
    info = info ? info : &own;
    *p = (tb_passages){0};
    p->decoder = tb_decoder_open(path, info, error);
    if (!p->decoder)
        return error ? error->status : TB_ERR_FILE;
    p->channels = info->channels;
    p->sample_rate = info->sample_rate;
    return TB_OK;
}

void tb_passages_close(tb_passages *p)
{
    if (p->decoder)
        tb_decoder_close(p->decoder);
    free(p->frames);
    *p = (tb_passages){0};
}

static tb_status make_room(tb_passages *p, int64_t n, tb_error *error)
{
    if (n <= p->room)
        return TB_OK;
    size_t bytes = (size_t)n * (size_t)p->channels * sizeof *p->frames;
    float *larger = realloc(p->frames, bytes);
    if (!larger)
        return tb_fail_memory(error);
    p->frames = larger;
    p->room = n;
    return TB_OK;
}

/* Forgets what lies before `start`, and passes over what has not been read. */
static tb_status go_to(tb_passages *p, int64_t start, tb_error *error)
{
    int64_t gone = start - p->first;
    if (gone < p->count) {
        p->count -= gone;
        memmove(p->frames, p->frames + gone * p->channels,
                (size_t)(p->count * p->channels) * sizeof *p->frames);
    } else {
        int64_t more = gone - p->count;
        p->count = 0;
        if (tb_decoder_skip(p->decoder, more, error) < 0)
            return error->status;
    }
    p->first = start;
    return TB_OK;
}

const float *tb_passages_read(tb_passages *p, int64_t start, int64_t n,
                              int64_t *got, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    *got = 0;
    if (go_to(p, start, error) || make_room(p, n, error))
        return NULL;
    while (p->count < n) {
        int64_t read =
            tb_decoder_read(p->decoder, p->frames + p->count * p->channels,
                            n - p->count, error);
        if (read < 0)
            return NULL;
        if (read == 0)
            break;
        p->count += read;
    }
    *got = p->count < n ? p->count : n;
    return p->frames;
}

/* All that n frames of one channel become. */
static tb_status resample(tb_resampler *r, const float *in, int64_t n,
                          float *out, int64_t most, int64_t *made,
                          tb_error *error)
{
    int64_t used, more = 1;
    tb_status status = TB_OK;
    *made = 0;
    while (!status && *made < most && (n > 0 || more > 0)) {
        status = tb_resampler_run(r, n > 0 ? in : NULL, n, &used, out + *made,
                                  most - *made, &more, error);
        *made += more;
        in += used;
        n -= used;
    }
    return status;
}

tb_status tb_passages_mono(tb_passages *p, double start, double sample_rate,
                           float *out, int64_t most, int64_t *made,
                           tb_error *error)
{
    int64_t got;
    *made = 0;
    const float *in = tb_passages_read(
        p, llround(start * p->sample_rate),
        tb_resampled_frames(most, sample_rate, p->sample_rate), &got, error);
    if (!in)
        return error ? error->status : TB_ERR_FILE;
    tb_resampler *r = tb_resampler_new(p->sample_rate, sample_rate, 1, error);
    float *mono = r ? calloc((size_t)got + 1, sizeof *mono) : NULL;
    tb_status status = !r     ? (error ? error->status : TB_ERR_ARGUMENT)
                       : mono ? TB_OK
                              : tb_fail_memory(error);
    if (!status) {
        tb_mix(in, p->channels, mono, 1, got);
        status = resample(r, mono, got, out, most, made, error);
    }
    free(mono);
    tb_resampler_free(r);
    return status;
}
