#include "audio/encode_sink.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 16384, WAV_INTEGERS = 1, WAV_FLOATS = 3 };

/* Where the two sizes stand in the header, and how long that is. */
enum { RIFF_SIZE_AT = 4, DATA_SIZE_AT = 40, HEADER_BYTES = 44 };

typedef struct wav_stream {
    tb_output_file *output;
    int bits; /* of integers; 0: floats */
    int channels;
    off_t start; /* of the header in a file that can be written again; or -1 */
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

/* Where "> file.wav" leads to a file, its header can be completed. Not behind
   ">>", where every byte goes to the end. */
static off_t place_in_file(int file)
{
    struct stat entry;
    int flags = fcntl(file, F_GETFL);
    if (flags < 0 || (flags & O_APPEND) || fstat(file, &entry) != 0 ||
        !S_ISREG(entry.st_mode))
        return -1;
    return lseek(file, 0, SEEK_CUR);
}

/* A file that is too long for its header keeps the open one, and so does one
   that cannot be written again: both are readable. */
static void complete_header(wav_stream *s)
{
    int file = s->output->file;
    off_t end = lseek(file, 0, SEEK_CUR);
    off_t bytes = end - s->start;
    uint8_t riff[4], data[4];
    if (bytes < HEADER_BYTES || bytes - 8 >= UINT32_MAX)
        return;
    put(riff, (uint32_t)(bytes - 8), 4);
    put(data, (uint32_t)(bytes - HEADER_BYTES), 4);
    if (pwrite(file, data, 4, s->start + DATA_SIZE_AT) == 4)
        (void)!pwrite(file, riff, 4, s->start + RIFF_SIZE_AT);
}

static bool stream_close(void *state)
{
    wav_stream *s = state;
    if (s->start >= 0)
        complete_header(s);
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
    s->start = settings->bare ? -1 : place_in_file(output->file);
    if (!settings->bare && !write_header(s, settings)) {
        free(s);
        return tb_output_file_fail(output, error);
    }
    *sink = (tb_sink){s,    s->bits,     floats, INT64_MAX, stream_write,
                      NULL, stream_close};
    return TB_OK;
}
