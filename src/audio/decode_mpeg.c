/* MP3 through libmpg123 itself, which libsndfile uses, too, but stops where the
   file's first header or a guess says that it ends, and lets print. */
#include "audio/byte_span.h"
#include "audio/decode_source.h"
#include "audio/mpeg_frames.h"
#include <mpg123.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* After so many failures in a row nothing more will come. */
enum { MOST_FAILURES = 1000 };

typedef struct mpeg_reader {
    mpg123_handle *decoder;
    tb_byte_span span;
    tb_audio_info *info;
    const char *path;
    bool ended;
    int failures;
} mpeg_reader;

static ssize_t read_span(void *state, void *bytes, size_t count)
{
    return (ssize_t)tb_byte_span_read(state, bytes, (int64_t)count);
}

static off_t seek_span(void *state, off_t offset, int whence)
{
    return (off_t)tb_byte_span_seek(state, offset, whence);
}

static void note_damage(mpeg_reader *s)
{
    if (s->failures++ == 0)
        tb_audio_warn(s->info,
                      "'%s' is damaged (%s): what can be read is used.",
                      s->path, mpg123_strerror(s->decoder));
}

/* A file of several sounds is decoded as one: libmpg123 goes on over tags and
   brings what follows to the rate and channels of the first. */
static int64_t mpeg_read(void *state, float *interleaved, int64_t frames,
                         tb_error *error)
{
    (void)error;
    mpeg_reader *s = state;
    size_t frame_bytes = (size_t)s->info->channels * sizeof(float), done = 0;
    while (done < frame_bytes && !s->ended) {
        int said = mpg123_read(s->decoder, interleaved,
                               (size_t)frames * frame_bytes, &done);
        s->ended = said == MPG123_DONE;
        if (said == MPG123_ERR)
            note_damage(s);
        s->ended = s->ended || s->failures > MOST_FAILURES;
    }
    return (int64_t)(done / frame_bytes);
}

static void mpeg_close(void *state)
{
    mpeg_reader *s = state;
    mpg123_delete(s->decoder);
    if (s->span.file >= 0)
        close(s->span.file);
    free(s);
}

static bool set_up(mpeg_reader *s)
{
    s->decoder = mpg123_new(NULL, NULL);
    return s->decoder != NULL &&
           mpg123_param(s->decoder, MPG123_ADD_FLAGS,
                        MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_SKIP_ID3V2,
                        0) == MPG123_OK &&
           mpg123_param(s->decoder, MPG123_RESYNC_LIMIT, -1, 0) == MPG123_OK &&
           mpg123_replace_reader_handle(s->decoder, read_span, seek_span,
                                        NULL) == MPG123_OK;
}

/* Takes the format of the first frame for all. */
static bool begin(mpeg_reader *s)
{
    long rate;
    int channels, encoding;
    if (mpg123_open_handle(s->decoder, &s->span) != MPG123_OK ||
        mpg123_getformat(s->decoder, &rate, &channels, &encoding) !=
            MPG123_OK ||
        mpg123_format_none(s->decoder) != MPG123_OK ||
        mpg123_format(s->decoder, rate, channels, MPG123_ENC_FLOAT_32) !=
            MPG123_OK)
        return false;
    off_t length = mpg123_length(s->decoder);
    s->info->sample_rate = (double)rate;
    s->info->channels = channels;
    s->info->frames = length > 0 ? length : -1;
    s->info->length = length <= 0                         ? TB_LENGTH_UNKNOWN
                      : tb_mpeg_length_tag(&s->span) >= 0 ? TB_LENGTH_PROMISED
                                                          : TB_LENGTH_GUESSED;
    return true;
}

tb_status tb_source_open_mpeg(int file, int64_t bytes, int64_t start,
                              const char *path, tb_source *source,
                              tb_audio_info *info, tb_error *error)
{
    mpeg_reader *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        close(file);
        return tb_fail_memory(error);
    }
    s->span =
        (tb_byte_span){.file = file, .start = start, .bytes = bytes - start};
    s->info = info;
    s->path = path;
    if (!set_up(s) || !begin(s)) {
        tb_fail(error, TB_ERR_FORMAT, "%s",
                s->decoder ? mpg123_strerror(s->decoder) : "no decoder");
        mpeg_close(s);
        return TB_ERR_FORMAT;
    }
    *source = (tb_source){s, mpeg_read, NULL, mpeg_close};
    return TB_OK;
}
