#include "audio/encode_sink.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16384, WAV_INTEGERS = 1, WAV_FLOATS = 3 };

typedef struct wav_stream {
    tb_output_file *output;
    int bits; /* of integers; 0: floats */
    int channels;
    uint8_t bytes[BLOCK_BYTES];
} wav_stream;

static uint8_t *put(uint8_t *b, uint32_t value, int size)
{
    for (int i = 0; i < size; i++)
        *b++ = (uint8_t)(value >> (8 * i));
    return b;
}

static uint8_t *put_name(uint8_t *b, const char *name)
{
    memcpy(b, name, 4);
    return b + 4;
}

/* The sizes are the largest possible, which readers of pipes understand as
   "until the end". */
static bool write_header(wav_stream *s, const tb_encode_settings *settings)
{
    uint32_t rate = (uint32_t)settings->sample_rate;
    uint32_t sample_bytes = s->bits > 0 ? (uint32_t)s->bits / 8 : 4;
    uint32_t frame_bytes = sample_bytes * (uint32_t)s->channels;
    uint8_t *b = put_name(s->bytes, "RIFF");
    b = put(b, UINT32_MAX, 4);
    b = put_name(b, "WAVE");
    b = put_name(b, "fmt ");
    b = put(b, 16, 4);
    b = put(b, s->bits > 0 ? WAV_INTEGERS : WAV_FLOATS, 2);
    b = put(b, (uint32_t)s->channels, 2);
    b = put(b, rate, 4);
    b = put(b, rate * frame_bytes, 4);
    b = put(b, frame_bytes, 2);
    b = put(b, 8 * sample_bytes, 2);
    b = put_name(b, "data");
    b = put(b, UINT32_MAX, 4);
    int64_t size = b - s->bytes;
    return tb_output_file_write(s->output, s->bytes, size) == size;
}

static bool stream_write(void *state, const void *samples, int64_t frames)
{
    wav_stream *s = state;
    int size = s->bits > 0 ? s->bits / 8 : 4;
    int64_t n = frames * s->channels;
    const uint8_t *in = samples;
    uint8_t *b = s->bytes;
    for (int64_t i = 0; i < n; i++) {
        uint32_t value;
        memcpy(&value, in + 4 * i, sizeof(value));
        b = put(b, value >> (32 - 8 * size), size);
        bool full = b - s->bytes > BLOCK_BYTES - 4 || i == n - 1;
        if (!full)
            continue;
        if (tb_output_file_write(s->output, s->bytes, b - s->bytes) !=
            b - s->bytes)
            return false;
        b = s->bytes;
    }
    return true;
}

static bool stream_close(void *state)
{
    wav_stream *s = state;
    bool good = s->output->problem == 0;
    free(s);
    return good;
}

tb_status tb_sink_open_stream(const tb_encode_settings *settings,
                              tb_output_file *output, tb_sink *sink,
                              tb_error *error)
{
    wav_stream *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return tb_fail_memory(error);
    bool floats = settings->bare || settings->samples == TB_SAMPLES_FLOAT;
    s->output = output;
    s->channels = settings->channels;
    s->bits = floats ? 0 : settings->samples == TB_SAMPLES_16 ? 16 : 24;
    if (!settings->bare && !write_header(s, settings)) {
        free(s);
        return tb_output_file_fail(output, error);
    }
    *sink = (tb_sink){s,    s->bits,     floats, INT64_MAX, stream_write,
                      NULL, stream_close};
    return TB_OK;
}
