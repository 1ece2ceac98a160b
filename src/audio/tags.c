#include "audio/tags.h"
#include "audio/mpeg_frames.h"
#include "audio/sndfile_open.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_key_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static bool is_key(const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < length; i++)
        if (!is_key_letter(key[i]))
            return false;
    return length > 0;
}

static bool needs_escape(char c)
{
    return c == ';' || c == '%' || (unsigned char)c < 32 || c == 127;
}

/* Writes `value` escaped into `out` [room]; false when it does not fit. */
static bool escape(const char *value, char *out, size_t room)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t used = 0;
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        size_t size = needs_escape(*value) ? 3 : 1;
        if (used + size + 1 > room)
            return false;
        if (size == 1) {
            out[used++] = *value;
            continue;
        }
        out[used++] = '%';
        out[used++] = digits[c >> 4];
        out[used++] = digits[c & 15];
    }
    if (used + 1 > room)
        return false;
    out[used] = '\0';
    return true;
}

static bool append(tb_tags *tags, const char *key, const char *value)
{
    size_t used = strlen(tags->comment);
    size_t room = sizeof(tags->comment) - used;
    int n = snprintf(tags->comment + used, room, "%s%s=", used > 0 ? "; " : "",
                     key);
    bool fits = n > 0 && (size_t)n < room &&
                escape(value, tags->comment + used + n, room - (size_t)n);
    if (!fits)
        tags->comment[used] = '\0';
    return fits;
}

tb_status tb_tags_add(tb_tags *tags, tb_error *error, const char *key,
                      const char *format, ...)
{
    char value[sizeof(tags->comment)];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    if (!is_key(key))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' cannot be the name of a tag: use letters, digits, "
                       "'.', '_' and '-'.",
                       key);
    if (n < 0 || (size_t)n >= sizeof(value) || !append(tags, key, value))
        return tb_fail(
            error, TB_ERR_ARGUMENT,
            "The tag '%s' does not fit: a comment holds %zu letters.", key,
            sizeof(tags->comment) - 1);
    return TB_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A '%' that starts no code stands for itself: others write comments too. */
static bool unescape(const char *text, char *value, size_t size)
{
    size_t used = 0;
    while (*text != '\0' && *text != ';') {
        int high = *text == '%' ? hex_digit(text[1]) : -1;
        int low = high >= 0 ? hex_digit(text[2]) : -1;
        if (used + 1 >= size)
            return false;
        value[used++] = low >= 0 ? (char)(high * 16 + low) : *text;
        text += low >= 0 ? 3 : 1;
    }
    if (size == 0)
        return false;
    value[used] = '\0';
    return true;
}

bool tb_tags_get(const tb_tags *tags, const char *key, char *value, size_t size)
{
    size_t length = strlen(key);
    const char *text = tags->comment;
    while (text != NULL) {
        text += strspn(text, " ");
        if (strncmp(text, key, length) == 0 && text[length] == '=')
            return unescape(text + length + 1, value, size);
        text = strchr(text, ';');
        text = text == NULL ? NULL : text + 1;
    }
    return false;
}

static void copy_tag(SNDFILE *file, int which, char *text, size_t size)
{
    const char *found = sf_get_string(file, which);
    snprintf(text, size, "%s", found != NULL ? found : "");
}

/* libsndfile adds its own name to that of the software. */
static void strip_library(char *software)
{
    char *suffix = strstr(software, " (libsndfile-");
    if (suffix != NULL)
        *suffix = '\0';
}

/* A length that MP3 does not keep makes a library complain on the screen, so
   that its tag is hidden; false: this would do so in any case. */
static bool prepare(tb_byte_span *span)
{
    int64_t start;
    tb_mpeg_answer mpeg = tb_mpeg_find(span, false, &start);
    tb_byte_span frames = *span;
    frames.start = start;
    frames.bytes -= start;
    int64_t tag = mpeg == TB_MPEG_YES ? tb_mpeg_length_tag(&frames) : -1;
    if (tag >= 0)
        span->patches[0] = (tb_patch){.at = start + tag, .size = 4};
    return mpeg != TB_MPEG_BROKEN;
}

tb_status tb_tags_read(const char *path, tb_tags *tags, tb_error *error)
{
    *tags = (tb_tags){0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return tb_fail_file(error, "read", path, errno);
    SF_INFO format = {0};
    tb_error reason = {TB_OK, "damaged MP3"};
    tb_byte_span span = {.file = file, .bytes = lseek(file, 0, SEEK_END)};
    SNDFILE *sound = NULL;
    if (prepare(&span))
        sound = tb_sndfile_read(&span, &format, &reason);
    if (sound == NULL) {
        close(file);
        return tb_fail(error, TB_ERR_FORMAT,
                       "The tags of '%s' cannot be read: %s.", path,
                       reason.text);
    }
    copy_tag(sound, SF_STR_TITLE, tags->title, sizeof(tags->title));
    copy_tag(sound, SF_STR_ARTIST, tags->artist, sizeof(tags->artist));
    copy_tag(sound, SF_STR_SOFTWARE, tags->software, sizeof(tags->software));
    copy_tag(sound, SF_STR_COMMENT, tags->comment, sizeof(tags->comment));
    strip_library(tags->software);
    sf_close(sound);
    close(file);
    return TB_OK;
}
