#include "audio/decode_source.h"
#include "audio/links.h"
#include "audio/sndfile_open.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A link with more is damage. */
enum { MOST_LINK_CHANNELS = 16 };

typedef struct sndfile_reader {
    SNDFILE *file;
    tb_byte_span span;        /* that is read; the next link follows in it */
    int channels;             /* of this link */
    int64_t position, frames; /* in this link; those promised, 0: unknown */
    bool damaged;
    tb_audio_info *info;
    const char *path;
} sndfile_reader;

/* A mono link is repeated, and of one with more channels than the first link
   has the first are taken. */
static int64_t read_fitted(sndfile_reader *s, float *x, int64_t frames)
{
    float own[MOST_LINK_CHANNELS * 256];
    int has = s->channels, wanted = s->info->channels;
    int64_t n = sf_readf_float(s->file, own, frames < 256 ? frames : 256);
    for (int64_t i = 0; i < n; i++)
        for (int ch = 0; ch < wanted; ch++)
            x[i * wanted + ch] = own[i * has + (ch < has ? ch : 0)];
    return n;
}

static int64_t read_link(sndfile_reader *s, float *x, int64_t frames)
{
    return s->channels == s->info->channels ? sf_readf_float(s->file, x, frames)
                                            : read_fitted(s, x, frames);
}

/* Only FLAC finds its place again behind damage. */
static void begin_link(sndfile_reader *s, const SF_INFO *format)
{
    bool finds = (format->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC &&
                 format->seekable && format->frames < SF_COUNT_MAX;
    s->position = 0;
    s->frames = finds ? format->frames : 0;
}

/* Opens what follows in the file; false when nothing does, or nothing that can
   be joined to what was before. */
static bool next_link(sndfile_reader *s)
{
    SF_INFO format = {0};
    if (!tb_span_next_link(&s->span))
        return false;
    sf_close(s->file);
    s->file = tb_sndfile_read(&s->span, &format, NULL);
    bool fits = s->file != NULL &&
                format.samplerate == (int)s->info->sample_rate &&
                format.channels <= MOST_LINK_CHANNELS;
    if (!fits)
        tb_audio_warn(s->info,
                      "'%s' goes on in another format, which is left out: "
                      "save that as a file of its own.",
                      s->path);
    s->channels = fits ? format.channels : s->channels;
    begin_link(s, &format);
    return fits;
}

/* Goes on behind what is damaged, in steps that grow; false where nothing more
   can be read. A decoder that met damage does not seek any more: each step has
   a new one. */
static bool pass_damage(sndfile_reader *s)
{
    int64_t step = (int64_t)(s->info->sample_rate / 10);
    for (; s->position + step < s->frames; step *= 2) {
        SF_INFO format = {0};
        sf_close(s->file);
        s->file = tb_sndfile_read(&s->span, &format, NULL);
        if (s->file == NULL)
            return false;
        if (sf_seek(s->file, s->position + step, SEEK_SET) >= 0) {
            s->position += step;
            return true;
        }
    }
    return false;
}

/* Damage in the middle shows as an error after a read that came up short. */
static int64_t sound_read(void *state, float *interleaved, int64_t frames,
                          tb_error *error)
{
    (void)error;
    sndfile_reader *s = state;
    int64_t n = 0;
    while (s->file != NULL && (n = read_link(s, interleaved, frames)) <= 0) {
        bool damaged = sf_error(s->file) != SF_ERR_NO_ERROR;
        if (damaged && !s->damaged)
            tb_audio_warn(s->info,
                          "'%s' is damaged (%s): what can be read is used.",
                          s->path, sf_strerror(s->file));
        s->damaged = s->damaged || damaged;
        if (!pass_damage(s) && !next_link(s))
            break;
    }
    s->position += n > 0 ? n : 0;
    return n > 0 ? n : 0;
}

static bool sound_skip(void *state, int64_t frames)
{
    sndfile_reader *s = state;
    if (sf_seek(s->file, frames, SF_SEEK_CUR) < 0)
        return false;
    s->position += frames;
    return true;
}

static void sound_close(void *state)
{
    sndfile_reader *s = state;
    sf_close(s->file);
    close(s->span.file);
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

static void describe(const SF_INFO *format, tb_audio_info *info)
{
    int kind = format->format & SF_FORMAT_TYPEMASK;
    bool known = format->frames >= 0 && format->frames < SF_COUNT_MAX;
    bool counted = kind != SF_FORMAT_FLAC && kind != SF_FORMAT_OGG;
    info->sample_rate = format->samplerate;
    info->channels = format->channels;
    info->frames = known ? format->frames : -1;
    info->length = !known    ? TB_LENGTH_UNKNOWN
                   : counted ? TB_LENGTH_COUNTED
                             : TB_LENGTH_PROMISED;
}

tb_status tb_source_open_sndfile(int file, int64_t bytes, const char *path,
                                 tb_source *source, tb_audio_info *info,
                                 tb_error *error)
{
    sndfile_reader *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        close(file);
        return tb_fail_memory(error);
    }
    SF_INFO format = {0};
    s->span = (tb_byte_span){.file = file, .bytes = bytes};
    tb_span_mend_sizes(&s->span);
    s->file = tb_sndfile_read(&s->span, &format, error);
    if (s->file == NULL) {
        close(file);
        free(s);
        return TB_ERR_FORMAT;
    }
    s->channels = format.channels;
    begin_link(s, &format);
    s->info = info;
    s->path = path;
    describe(&format, info);
    warn_if_cut_short(s);
    *source = (tb_source){s, sound_read, NULL, sound_close};
    source->skip = format.seekable ? sound_skip : NULL;
    return TB_OK;
}
