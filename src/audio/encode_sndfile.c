#include "audio/encode_sink.h"
#include "audio/sndfile_open.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct kind {
    const char *ending;
    int format;
    bool has_floats; /* can hold 32-bit floats */
    bool has_sizes;  /* its header counts bytes in 32 bits, kept up to date */
} kind;

static const kind kinds[] = {
    {".wav", SF_FORMAT_WAV, true, true},
    {".aif", SF_FORMAT_AIFF, true, true},
    {".aiff", SF_FORMAT_AIFF, true, true},
    {".flac", SF_FORMAT_FLAC, false, false},
    {".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, false, false},
};

typedef struct sndfile_writer {
    SNDFILE *file;
    tb_output_file *output;
    int bits;
} sndfile_writer;

static const kind *find_kind(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t n = strlen(kinds[i].ending);
        if (length > n && strcasecmp(path + length - n, kinds[i].ending) == 0)
            return &kinds[i];
    }
    return NULL;
}

static int bits_of(const kind *k, tb_samples samples)
{
    if ((k->format & SF_FORMAT_SUBMASK) == SF_FORMAT_VORBIS ||
        samples == TB_SAMPLES_FLOAT)
        return 0;
    return samples == TB_SAMPLES_16 ? 16 : 24;
}

static SF_INFO format_of(const kind *k, const tb_encode_settings *settings)
{
    SF_INFO format = {.samplerate = (int)settings->sample_rate,
                      .channels = settings->channels,
                      .format = k->format};
    int bits = bits_of(k, settings->samples);
    if ((k->format & SF_FORMAT_SUBMASK) == SF_FORMAT_VORBIS)
        return format;
    format.format |= bits == 0    ? SF_FORMAT_FLOAT
                     : bits == 16 ? SF_FORMAT_PCM_16
                                  : SF_FORMAT_PCM_24;
    return format;
}

tb_status tb_sink_check_sndfile(const char *path,
                                const tb_encode_settings *settings,
                                tb_error *error)
{
    const kind *k = find_kind(path);
    if (k == NULL)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': the name has to end with .wav, .aiff, .flac or "
                       ".ogg, which chooses the kind of file.",
                       path);
    if (settings->samples == TB_SAMPLES_FLOAT && !k->has_floats)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': only .wav and .aiff hold floating-point samples.",
                       path);
    SF_INFO format = format_of(k, settings);
    if (!sf_format_check(&format))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': a %s file cannot hold %d channels at %d Hz.",
                       path, k->ending, settings->channels, format.samplerate);
    return TB_OK;
}

static sf_count_t file_length(void *state)
{
    struct stat entry;
    tb_output_file *output = state;
    return fstat(output->file, &entry) == 0 ? entry.st_size : -1;
}

static sf_count_t file_seek(sf_count_t offset, int whence, void *state)
{
    tb_output_file *output = state;
    return lseek(output->file, (off_t)offset, whence);
}

static sf_count_t file_read(void *bytes, sf_count_t size, void *state)
{
    tb_output_file *output = state;
    ssize_t n = read(output->file, bytes, (size_t)size);
    return n > 0 ? n : 0;
}

static sf_count_t file_write(const void *bytes, sf_count_t size, void *state)
{
    return tb_output_file_write(state, bytes, size);
}

static sf_count_t file_tell(void *state)
{
    tb_output_file *output = state;
    return lseek(output->file, 0, SEEK_CUR);
}

static bool sound_write(void *state, const void *samples, int64_t frames)
{
    sndfile_writer *s = state;
    sf_count_t n = s->bits > 0 ? sf_writef_int(s->file, samples, frames)
                               : sf_writef_float(s->file, samples, frames);
    return n == frames && s->output->problem == 0;
}

static void sound_update(void *state)
{
    sndfile_writer *s = state;
    sf_command(s->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
}

static bool sound_close(void *state)
{
    sndfile_writer *s = state;
    int failed = sf_close(s->file);
    bool good = failed == 0 && s->output->problem == 0;
    free(s);
    return good;
}

static void set_tags(SNDFILE *file, const tb_tags *tags)
{
    static const tb_tags none;
    tags = tags != NULL ? tags : &none;
    const char *software = tags->software;
    if (software[0] == '\0')
        software = "Timbrel " TIMBREL_VERSION;
    sf_set_string(file, SF_STR_SOFTWARE, software);
    if (tags->title[0] != '\0')
        sf_set_string(file, SF_STR_TITLE, tags->title);
    if (tags->artist[0] != '\0')
        sf_set_string(file, SF_STR_ARTIST, tags->artist);
    if (tags->comment[0] != '\0')
        sf_set_string(file, SF_STR_COMMENT, tags->comment);
}

static void set_up(SNDFILE *file, const tb_encode_settings *settings)
{
    double quality = settings->vorbis_quality;
    quality = quality > 0 ? fmin(quality, 1) : 0.6;
    sf_command(file, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof(quality));
    /* The chunk with the peak holds the time of day: no two files alike. */
    sf_command(file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    set_tags(file, settings->tags);
}

/* A header and its tags take far less than the megabyte that is set aside. */
static int64_t most_frames(const kind *k, int bits, int channels)
{
    int64_t frame_bytes = (int64_t)(bits > 0 ? bits / 8 : 4) * channels;
    return k->has_sizes ? (UINT32_MAX - ((int64_t)1 << 20)) / frame_bytes
                        : INT64_MAX;
}

tb_status tb_sink_open_sndfile(const char *path,
                               const tb_encode_settings *settings,
                               tb_output_file *output, tb_sink *sink,
                               tb_error *error)
{
    SF_VIRTUAL_IO io = {file_length, file_seek, file_read, file_write,
                        file_tell};
    const kind *k = find_kind(path);
    SF_INFO format = format_of(k, settings);
    sndfile_writer *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return tb_fail_memory(error);
    tb_error reason;
    s->output = output;
    s->bits = bits_of(k, settings->samples);
    s->file = tb_sndfile_write(&io, output, &format, &reason);
    if (s->file == NULL) {
        free(s);
        if (output->problem != 0)
            return tb_output_file_fail(output, error);
        return tb_fail(error, TB_ERR_ARGUMENT, "'%s' cannot be written: %s.",
                       path, reason.text);
    }
    set_up(s->file, settings);
    bool floats = settings->samples == TB_SAMPLES_FLOAT;
    *sink = (tb_sink){s,           s->bits,
                      floats,      most_frames(k, s->bits, settings->channels),
                      sound_write, k->has_sizes ? sound_update : NULL,
                      sound_close};
    return TB_OK;
}
