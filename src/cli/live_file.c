#include "cli/live_file.h"

#include "audio/decode.h"
#include "audio/encode.h"
#include "base/memory.h"
#include "cli/say.h"

#include <string.h>

enum { MOST_CHANNELS = 64 };

tb_status cli_live_file_look(cli_live_file *file, tb_error *error)
{
    tb_audio_info info = {0};
    if (!file->in)
        return TB_OK;
    tb_decoder *d = tb_decoder_open(file->in, &info, error);
    if (!d)
        return TB_ERR_FILE;
    if (file->sample_rate <= 0)
        file->sample_rate = info.sample_rate;
    else if (file->sample_rate != info.sample_rate)
        tb_fail(error, TB_ERR_ARGUMENT,
                "%s has %g Hz: leave --rate out, it is the host's.", file->in,
                info.sample_rate);
    tb_decoder_close(d);
    return file->sample_rate == info.sample_rate ? TB_OK : TB_ERR_ARGUMENT;
}

/* A block of it, channel by channel, and interleaved as files have it. */
typedef struct desk {
    tb_decoder *decoder;
    tb_encoder *encoder;
    int file_channels, inputs, outputs;
    int64_t block, heard;
    bool at_end;
    float *packed, *planes;
    const float *in[MOST_CHANNELS];
    float *out[MOST_CHANNELS];
} desk;

static tb_status open_desk(desk *d, const cli_live_file *file, tb_live *live,
                           int64_t block, tb_error *error)
{
    tb_audio_info info = {0};
    tb_live_facts facts;
    tb_live_look(live, &facts);
    d->block = block;
    d->outputs = facts.outputs < MOST_CHANNELS ? facts.outputs : MOST_CHANNELS;
    d->inputs = facts.inputs < MOST_CHANNELS ? facts.inputs : MOST_CHANNELS;
    if (file->in && !(d->decoder = tb_decoder_open(file->in, &info, error)))
        return TB_ERR_FILE;
    d->file_channels = info.channels;
    const tb_encode_settings settings = {.sample_rate = file->sample_rate,
                                         .channels = d->outputs,
                                         .samples = TB_SAMPLES_FLOAT,
                                         .replace = file->replace};
    d->encoder = tb_encoder_open(file->out, &settings, error);
    if (!d->encoder)
        return TB_ERR_FILE;
    int wide = d->file_channels > d->outputs ? d->file_channels : d->outputs;
    d->packed = tb_alloc_array((size_t)wide, sizeof(float) * (size_t)block);
    d->planes =
        tb_alloc_array(2 * MOST_CHANNELS, sizeof(float) * (size_t)block);
    if (!d->packed || !d->planes)
        return tb_fail_memory(error);
    for (int i = 0; i < MOST_CHANNELS; i++) {
        d->in[i] = d->planes + i * block;
        d->out[i] = d->planes + (MOST_CHANNELS + i) * block;
    }
    return TB_OK;
}

/* Zeros after the end. A recording of fewer channels than the model hears gives
   its last one to the rest. */
static tb_status hear(desk *d, tb_error *error)
{
    int64_t n = 0;
    memset(d->planes, 0, MOST_CHANNELS * sizeof(float) * (size_t)d->block);
    if (d->decoder && !d->at_end)
        n = tb_decoder_read(d->decoder, d->packed, d->block, error);
    if (n < 0)
        return TB_ERR_FILE;
    d->at_end = n < d->block;
    d->heard += n;
    for (int i = 0; i < d->inputs; i++) {
        int from = i < d->file_channels ? i : d->file_channels - 1;
        for (int64_t j = 0; j < n; j++)
            d->planes[i * d->block + j] =
                d->packed[j * d->file_channels + from];
    }
    return TB_OK;
}

static tb_status write_out(desk *d, int64_t n, tb_error *error)
{
    for (int64_t j = 0; j < n; j++)
        for (int i = 0; i < d->outputs; i++)
            d->packed[j * d->outputs + i] = d->out[i][j];
    return tb_encoder_write(d->encoder, d->packed, n, error);
}

static tb_status play(desk *d, const cli_live_file *file, tb_live *live,
                      int64_t *frames, tb_error *error)
{
    tb_live_facts facts;
    tb_live_look(live, &facts);
    int64_t end =
        d->decoder ? INT64_MAX : (int64_t)(file->seconds * file->sample_rate);
    for (*frames = 0; *frames < end && !cli_is_stopped();) {
        tb_status status = hear(d, error);
        if (status)
            return status;
        if (d->decoder && d->at_end)
            end = d->heard + facts.latency;
        tb_live_process(live, d->in, d->out, d->block);
        tb_live_wait(live);
        int64_t n = end - *frames < d->block ? end - *frames : d->block;
        if (n > 0 && (status = write_out(d, n, error)))
            return status;
        *frames += n;
    }
    return cli_is_stopped() ? tb_fail(error, TB_ERR_STOPPED, "Stopped.")
                            : TB_OK;
}

tb_status cli_live_file_play(const cli_live_file *file, tb_live *live,
                             int64_t block, int64_t *frames, tb_error *error)
{
    desk d = {0};
    tb_encode_report report = {.least_gain = 1};
    tb_status status = open_desk(&d, file, live, block, error);
    if (!status)
        status = play(&d, file, live, frames, error);
    if (status)
        tb_encoder_discard(d.encoder);
    else
        status = tb_encoder_close(d.encoder, &report, error);
    cli_say_turned_down(report.least_gain, NULL);
    tb_decoder_close(d.decoder);
    tb_free(d.packed);
    tb_free(d.planes);
    return status;
}
