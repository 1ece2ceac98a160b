#include "audio/decode.h"
#include "audio/decode_source.h"
#include "base/memory.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tb_decoder {
    tb_source source;
    tb_audio_info info;
    int64_t position;    /* frames read or passed so far */
    int64_t not_numbers; /* samples that were NaN or infinite */
    bool ended;
    char *path;
};

void tb_audio_warn(tb_audio_info *info, const char *format, ...)
{
    size_t used = strlen(info->warning);
    size_t room = sizeof(info->warning);
    if (used > 0 && used + 1 < room)
        info->warning[used++] = ' ';
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(info->warning + used, room - used, format, arguments);
    va_end(arguments);
}

/* Refuses what cannot be sound before any library looks at it. */
static tb_status open_file(const char *path, int *file, bool *regular,
                           tb_error *error)
{
    struct stat entry;
    if (stat(path, &entry) != 0)
        return tb_fail_file(error, "read", path, errno);
    *regular = S_ISREG(entry.st_mode);
    if (S_ISDIR(entry.st_mode))
        return tb_fail_file(error, "read", path, EISDIR);
    if (*regular && entry.st_size == 0)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is empty (0 bytes): record or copy it again.",
                       path);
    *file = *regular ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (*regular && *file < 0)
        return tb_fail_file(error, "read", path, errno);
    return TB_OK;
}

/* A pipe can be read only once, so that one goes to ffmpeg, which is the
   better guesser, at once. */
static tb_status open_source(tb_decoder *decoder, const char *path,
                             tb_error *error)
{
    int file = -1;
    bool regular = false;
    tb_status status = open_file(path, &file, &regular, error);
    if (status != TB_OK)
        return status;
    tb_error reason = {TB_OK, "not a file on a disk"};
    if (regular) {
        status = tb_source_open_sndfile(file, path, &decoder->source,
                                        &decoder->info, &reason);
        if (status == TB_OK)
            return TB_OK;
        if (status != TB_ERR_FORMAT)
            return tb_fail(error, status, "%s", reason.text);
    }
    return tb_source_open_ffmpeg(path, reason.text, &decoder->source,
                                 &decoder->info, error);
}

tb_decoder *tb_decoder_open(const char *path, tb_audio_info *info,
                            tb_error *error)
{
    tb_decoder *decoder = calloc(1, sizeof(*decoder));
    if (decoder == NULL || (decoder->path = tb_path_join(NULL, path)) == NULL) {
        tb_fail_memory(error);
        goto failed;
    }
    decoder->info.frames = -1;
    if (open_source(decoder, decoder->path, error) != TB_OK)
        goto failed;
    if (info != NULL)
        *info = decoder->info;
    return decoder;
failed:
    tb_decoder_close(decoder);
    return NULL;
}

static void note_end(tb_decoder *decoder)
{
    tb_audio_info *info = &decoder->info;
    if (decoder->ended)
        return;
    decoder->ended = true;
    if (info->frames > decoder->position)
        tb_audio_warn(info,
                      "'%s' ends after %.3g s of the %.3g s that its header "
                      "promises: what is there is used.",
                      decoder->path, decoder->position / info->sample_rate,
                      info->frames / info->sample_rate);
    if (decoder->not_numbers > 0)
        tb_audio_warn(info,
                      "'%s' holds %lld samples that are not numbers: they are "
                      "read as silence.",
                      decoder->path, (long long)decoder->not_numbers);
    info->frames = decoder->position;
}

static void silence_not_numbers(tb_decoder *decoder, float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (isfinite(x[i]))
            continue;
        x[i] = 0.0f;
        decoder->not_numbers++;
    }
}

int64_t tb_decoder_read(tb_decoder *decoder, float *interleaved, int64_t frames,
                        tb_error *error)
{
    int64_t done = 0;
    int channels = decoder->info.channels;
    while (done < frames && !decoder->ended) {
        float *x = interleaved + done * channels;
        int64_t n = decoder->source.read(decoder->source.state, x,
                                         frames - done, error);
        if (n < 0)
            return -1;
        silence_not_numbers(decoder, x, n * channels);
        decoder->position += n;
        done += n;
        if (n == 0)
            note_end(decoder);
    }
    return done;
}

static int64_t skip_by_reading(tb_decoder *decoder, int64_t frames,
                               tb_error *error)
{
    int64_t block = 4096, done = 0;
    float *x = calloc((size_t)(block * decoder->info.channels), sizeof(*x));
    if (x == NULL) {
        tb_fail_memory(error);
        return -1;
    }
    while (done < frames) {
        int64_t want = frames - done < block ? frames - done : block;
        int64_t n = tb_decoder_read(decoder, x, want, error);
        if (n <= 0) {
            done = n < 0 ? -1 : done;
            break;
        }
        done += n;
    }
    free(x);
    return done;
}

int64_t tb_decoder_skip(tb_decoder *decoder, int64_t frames, tb_error *error)
{
    if (frames <= 0)
        return 0;
    bool known = decoder->info.frames >= decoder->position + frames;
    if (!decoder->ended && known && decoder->source.skip != NULL &&
        decoder->source.skip(decoder->source.state, frames)) {
        decoder->position += frames;
        return frames;
    }
    return skip_by_reading(decoder, frames, error);
}

const tb_audio_info *tb_decoder_info(const tb_decoder *decoder)
{
    return &decoder->info;
}

void tb_decoder_close(tb_decoder *decoder)
{
    if (decoder == NULL)
        return;
    if (decoder->source.close != NULL)
        decoder->source.close(decoder->source.state);
    tb_free(decoder->path);
    free(decoder);
}
