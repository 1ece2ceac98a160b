#include "audio/decode.h"
#include "audio/decode_source.h"
#include "audio/links.h"
#include "audio/mpeg_frames.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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
static tb_status open_file(const char *path, int *file, int64_t *bytes,
                           bool *regular, tb_error *error)
{
    struct stat entry;
    if (stat(path, &entry) != 0)
        return tb_fail_file(error, "read", path, errno);
    *regular = S_ISREG(entry.st_mode);
    *bytes = (int64_t)entry.st_size;
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

static bool is_named_mpeg(const char *path)
{
    static const char *const endings[] = {"mp3", "mp2", "mpga"};
    for (int i = 0; i < 3; i++)
        if (strcasecmp(tb_path_extension(path), endings[i]) == 0)
            return true;
    return false;
}

/* libsndfile takes for MPEG audio what only starts so, and lets its library
   complain on the screen: such a file is never shown to it. `file` is closed
   when no source takes it over. */
static tb_status open_in_library(tb_decoder *decoder, int file, int64_t bytes,
                                 tb_error *error)
{
    tb_byte_span all = {.file = file, .bytes = bytes};
    int64_t start = 0;
    tb_mpeg_answer mpeg = tb_mpeg_find(&all, false, &start);
    if (mpeg == TB_MPEG_YES)
        return tb_source_open_mpeg(file, bytes, start, decoder->path,
                                   &decoder->source, &decoder->info, error);
    if (mpeg == TB_MPEG_NO) {
        int again = fcntl(file, F_DUPFD_CLOEXEC, 0);
        tb_status status =
            again < 0 ? tb_fail(error, TB_ERR_SYSTEM, "too many open files")
                      : tb_source_open_sndfile(again, bytes, decoder->path,
                                               &decoder->source, &decoder->info,
                                               error);
        if (status == TB_OK)
            close(file);
        if (status == TB_OK)
            return status;
        if (is_named_mpeg(decoder->path) &&
            tb_mpeg_find(&all, true, &start) == TB_MPEG_YES)
            return tb_source_open_mpeg(file, bytes, start, decoder->path,
                                       &decoder->source, &decoder->info, error);
    }
    close(file);
    return mpeg == TB_MPEG_NO
               ? error->status
               : tb_fail(error, TB_ERR_FORMAT, "no frames of MP3 follow");
}

static tb_status check_rate(const char *path, double rate, tb_error *error)
{
    if (rate >= TB_AUDIO_LEAST_RATE && rate <= TB_AUDIO_MOST_RATE)
        return TB_OK;
    return tb_fail(
        error, TB_ERR_FORMAT,
        "'%s' has a sample rate of %.10g Hz, and rates go from %d Hz "
        "to %d kHz: its header is damaged. Write the right rate "
        "into it, or leave it out.",
        path, rate, TB_AUDIO_LEAST_RATE, TB_AUDIO_MOST_RATE / 1000);
}

/* Libraries refuse such files, too, but not for a reason that one could act
   on. */
static tb_status check_header(const char *path, int file, int64_t bytes,
                              tb_error *error)
{
    tb_byte_span all = {.file = file, .bytes = bytes};
    int64_t rate = tb_span_wave_rate(&all);
    return rate < 0 ? TB_OK : check_rate(path, (double)rate, error);
}

/* A pipe can be read only once, so that one goes to ffmpeg, which is the
   better guesser, at once. */
static tb_status open_source(tb_decoder *decoder, const char *path,
                             tb_error *error)
{
    int file = -1;
    int64_t bytes = 0;
    bool regular = false;
    tb_status status = open_file(path, &file, &bytes, &regular, error);
    if (status != TB_OK)
        return status;
    tb_error reason = {TB_OK, "not a file on a disk"};
    if (regular && tb_is_records(file)) {
        close(file);
        return tb_source_open_records(path, &decoder->source, &decoder->info,
                                      error);
    }
    if (regular && check_header(path, file, bytes, error) != TB_OK) {
        close(file);
        return TB_ERR_FORMAT;
    }
    if (regular) {
        status = open_in_library(decoder, file, bytes, &reason);
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
    if (open_source(decoder, decoder->path, error) != TB_OK ||
        check_rate(path, decoder->info.sample_rate, error) != TB_OK)
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
    if (info->length >= TB_LENGTH_PROMISED && info->frames > decoder->position)
        tb_audio_warn(info,
                      "'%s' ends after %.3g s of the %.3g s that its header "
                      "promises: what is there is used.",
                      decoder->path, decoder->position / info->sample_rate,
                      info->frames / info->sample_rate);
    if (decoder->not_numbers > 0)
        tb_audio_warn(info, "'%s' holds %lld %s not numbers: read as silence.",
                      decoder->path, (long long)decoder->not_numbers,
                      tb_plural(decoder->not_numbers, "sample that is",
                                "samples that are"));
    info->frames = decoder->position;
    info->length = TB_LENGTH_COUNTED;
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

int64_t tb_decoder_count(tb_decoder *decoder, tb_error *error)
{
    return skip_by_reading(decoder, INT64_MAX, error) < 0 ? -1
                                                          : decoder->position;
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
