#include "audio/decode_source.h"
#include "audio/sndfile_open.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct sndfile_reader {
    SNDFILE *file;
    tb_audio_info *info;
    const char *path;
} sndfile_reader;

/* Damage in the middle shows as an error after a read that came up short. */
static int64_t sound_read(void *state, float *interleaved, int64_t frames,
                          tb_error *error)
{
    (void)error;
    sndfile_reader *s = state;
    int64_t n = sf_readf_float(s->file, interleaved, frames);
    if (n <= 0 && sf_error(s->file) != SF_ERR_NO_ERROR)
        tb_audio_warn(s->info, "'%s' is damaged (%s).", s->path,
                      sf_strerror(s->file));
    return n > 0 ? n : 0;
}

static bool sound_skip(void *state, int64_t frames)
{
    sndfile_reader *s = state;
    return sf_seek(s->file, frames, SF_SEEK_CUR) >= 0;
}

static void sound_close(void *state)
{
    sndfile_reader *s = state;
    sf_close(s->file);
    free(s);
}

/* libsndfile shortens what a header promises to what the file can hold and
   tells it only in its log, as "data : 9999 (should be 1234)". A length of 0 or
   2^32 - 1 is no promise: programs that write to a pipe leave it so. */
static void warn_if_cut_short(sndfile_reader *s)
{
    static const char *const chunks[] = {"data : ", "SSND : "};
    char log[8192];
    log[0] = '\0';
    sf_command(s->file, SFC_GET_LOG_INFO, log, sizeof(log));
    log[sizeof(log) - 1] = '\0';
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        const char *line = strstr(log, chunks[i]);
        if (line == NULL)
            continue;
        char *rest;
        unsigned long long promised =
            strtoull(line + strlen(chunks[i]), &rest, 10);
        unsigned long long there = 0;
        if (strncmp(rest, " (should be ", 12) == 0)
            there = strtoull(rest + 12, NULL, 10);
        if (promised > there && there > 0 && promised < 0xFFFFFFF0u)
            tb_audio_warn(s->info,
                          "'%s' ends early, with %.0f %% of the sound that "
                          "its header promises: what is there is used.",
                          s->path, 100.0 * (double)there / (double)promised);
    }
}

/* After a seek an MP3 decoder lacks the bits that earlier frames lent to later
   ones, so that one is read from its start. */
static bool seeks_exactly(const SF_INFO *format)
{
    return format->seekable &&
           (format->format & SF_FORMAT_TYPEMASK) != SF_FORMAT_MPEG;
}

static void describe(const SF_INFO *format, tb_audio_info *info)
{
    info->sample_rate = format->samplerate;
    info->channels = format->channels;
    bool known = format->frames >= 0 && format->frames < SF_COUNT_MAX;
    info->frames = known ? format->frames : -1;
}

tb_status tb_source_open_sndfile(int file, const char *path, tb_source *source,
                                 tb_audio_info *info, tb_error *error)
{
    sndfile_reader *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        close(file);
        return tb_fail_memory(error);
    }
    SF_INFO format = {0};
    s->file = tb_sndfile_read(file, &format, error);
    if (s->file == NULL) {
        free(s);
        return TB_ERR_FORMAT;
    }
    s->info = info;
    s->path = path;
    describe(&format, info);
    warn_if_cut_short(s);
    source->state = s;
    source->read = sound_read;
    source->skip = seeks_exactly(&format) ? sound_skip : NULL;
    source->close = sound_close;
    return TB_OK;
}
