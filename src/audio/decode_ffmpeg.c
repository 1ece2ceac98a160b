#include "audio/child.h"
#include "audio/decode_source.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ffmpeg writes the AU format: a header of big-endian words that tells rate and
   channels, then big-endian floats to the end of the stream. */
enum { AU_MAGIC = 0x2E736E64, AU_FLOAT = 6, AU_HEADER = 24 };
enum { MOST_CHANNELS = 1024, BLOCK_BYTES = 16384 };

typedef struct ffmpeg_stream {
    tb_child child;
    tb_audio_info *info;
    const char *path;
    bool ended;
    uint8_t bytes[BLOCK_BYTES];
} ffmpeg_stream;

static uint32_t word(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
           b[3];
}

static void stream_close(void *state)
{
    ffmpeg_stream *s = state;
    tb_child_close(&s->child);
    free(s);
}

/* "[demuxer @ 0x12] [error] text" and "[error] text" say how grave they are;
   other lines (as of the shell) are complaints, too. Leaves the text. */
static bool is_complaint(char *line)
{
    static const char *const harmless[] = {"[info]", "[warning]"};
    static const char *const grave[] = {"[error] ", "[fatal] ", "[panic] "};
    for (int i = 0; i < 2; i++)
        if (strstr(line, harmless[i]) != NULL)
            return false;
    for (int i = 0; i < 3; i++) {
        char *text = strstr(line, grave[i]);
        if (text != NULL)
            memmove(line, text + 8, strlen(text + 8) + 1);
    }
    return line[0] != '\0';
}

/* The last of the complaints; "file:NAME: text" without the name, which our
   sentences have already. */
static void complaint(ffmpeg_stream *s, char *line, size_t size)
{
    tb_child_find_line(&s->child, is_complaint, line, size);
    size_t length = strlen(s->path);
    bool named = strncmp(line, "file:", 5) == 0 &&
                 strncmp(line + 5, s->path, length) == 0 &&
                 strncmp(line + 5 + length, ": ", 2) == 0;
    const char *text = named ? line + 5 + length + 2 : line;
    memmove(line, text, strlen(text) + 1);
}

static void note_end(ffmpeg_stream *s)
{
    char line[1024];
    s->ended = true;
    int status = tb_child_wait(&s->child);
    complaint(s, line, sizeof(line));
    if (status != 0 || line[0] != '\0')
        tb_audio_warn(s->info,
                      "'%s' is damaged or cut short (ffmpeg: %s): what could "
                      "be read is used.",
                      s->path, line[0] ? line : "ended early");
}

static int64_t stream_read(void *state, float *interleaved, int64_t frames,
                           tb_error *error)
{
    (void)error;
    ffmpeg_stream *s = state;
    int64_t done = 0;
    size_t frame_bytes = 4 * (size_t)s->info->channels;
    int64_t block = (int64_t)(BLOCK_BYTES / frame_bytes);
    while (done < frames && !s->ended) {
        size_t want = (size_t)(frames - done < block ? frames - done : block);
        size_t n = fread(s->bytes, frame_bytes, want, s->child.output);
        size_t values = n * (size_t)s->info->channels;
        float *x = interleaved + done * s->info->channels;
        for (size_t i = 0; i < values; i++) {
            uint32_t bits = word(s->bytes + 4 * i);
            memcpy(x + i, &bits, sizeof(bits));
        }
        done += (int64_t)n;
        if (n < want)
            note_end(s);
    }
    return done;
}

/* "[info]   Duration: 00:01:02.34, start: ...": leaves the time. */
static bool is_duration(char *line)
{
    char *time = strstr(line, "Duration: ");
    if (time != NULL)
        memmove(line, time + 10, strlen(time + 10) + 1);
    return time != NULL;
}

/* What ffmpeg expects of the whole file, of which the sound may be less. */
static void guess_length(ffmpeg_stream *s)
{
    char line[1024];
    int hours, minutes, seconds, hundredths;
    tb_child_find_line(&s->child, is_duration, line, sizeof(line));
    if (sscanf(line, "%d:%d:%d.%d", &hours, &minutes, &seconds, &hundredths) !=
            4 ||
        hours < 0 || hours > 99999)
        return;
    double all = hours * 3600.0 + minutes * 60 + seconds + hundredths / 100.0;
    s->info->frames = (int64_t)(all * s->info->sample_rate);
    s->info->length = TB_LENGTH_GUESSED;
}

static bool read_header(ffmpeg_stream *s)
{
    uint8_t *b = s->bytes;
    if (fread(b, 1, AU_HEADER, s->child.output) != AU_HEADER)
        return false;
    uint32_t offset = word(b + 4), rate = word(b + 16);
    uint32_t channels = word(b + 20);
    if (word(b) != AU_MAGIC || word(b + 12) != AU_FLOAT || offset < AU_HEADER ||
        offset - AU_HEADER > BLOCK_BYTES || rate < 1 || rate > INT32_MAX ||
        channels < 1 || channels > MOST_CHANNELS)
        return false;
    size_t rest = offset - AU_HEADER;
    if (fread(b, 1, rest, s->child.output) != rest)
        return false;
    s->info->sample_rate = rate;
    s->info->channels = (int)channels;
    s->info->frames = -1;
    guess_length(s);
    return true;
}

static tb_status fail_without_ffmpeg(const char *path, const char *reason,
                                     tb_error *error)
{
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "'%s' is not a sound file that can be read here (%s). If "
                   "it plays elsewhere (m4a, mp4, webm, ...), install the "
                   "program ffmpeg and try again: 'sudo apt install ffmpeg' "
                   "or 'brew install ffmpeg'.",
                   path, reason);
}

static tb_status fail_to_read(ffmpeg_stream *s, tb_error *error)
{
    char line[1024];
    /* What it still writes would block it: it has to go before it is asked. */
    fclose(s->child.output);
    s->child.output = NULL;
    if (tb_child_wait(&s->child) == 127)
        return fail_without_ffmpeg(s->path, "ffmpeg does not start", error);
    complaint(s, line, sizeof(line));
    if (strstr(line, "does not contain any stream") != NULL)
        return tb_fail(
            error, TB_ERR_FORMAT,
            "'%s' holds no sound: leave it out or name another file.", s->path);
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is not a sound file or is damaged (ffmpeg: %s): "
                   "check it in a player or leave it out.",
                   s->path, line[0] ? line : "no sound came out");
}

/* The name goes behind "file:", so that neither a leading dash nor a colon in
   it means anything, and nothing but files is opened: a playlist must not
   reach the network. */
static tb_status start(ffmpeg_stream *s, const char *reason, tb_error *error)
{
    tb_error child_error = {0};
    size_t size = strlen(s->path) + sizeof("file:");
    char *input = malloc(size);
    if (input == NULL)
        return tb_fail_memory(error);
    snprintf(input, size, "file:%s", s->path);
    const char *arguments[] = {"ffmpeg",
                               "-nostdin",
                               "-hide_banner",
                               "-nostats",
                               "-v",
                               "level+info",
                               "-protocol_whitelist",
                               "file,pipe",
                               "-i",
                               input,
                               "-map",
                               "0:a:0?",
                               "-c:a",
                               "pcm_f32be",
                               "-f",
                               "au",
                               "pipe:1",
                               NULL};
    tb_status status = tb_child_open(&s->child, arguments, &child_error);
    free(input);
    if (status == TB_ERR_UNSUPPORTED)
        return fail_without_ffmpeg(s->path, reason, error);
    if (status != TB_OK)
        return tb_fail(error, status, "'%s' cannot be read. %s", s->path,
                       child_error.text);
    return read_header(s) ? TB_OK : fail_to_read(s, error);
}

tb_status tb_source_open_ffmpeg(const char *path, const char *reason,
                                tb_source *source, tb_audio_info *info,
                                tb_error *error)
{
    ffmpeg_stream *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return tb_fail_memory(error);
    s->path = path;
    s->info = info;
    tb_status status = start(s, reason, error);
    if (status != TB_OK) {
        stream_close(s);
        return status;
    }
    source->state = s;
    source->read = stream_read;
    source->close = stream_close;
    return TB_OK;
}
