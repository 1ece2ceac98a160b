#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/setting_value.h"

static bool reserve(tb_json_writer *w, size_t more)
{
    if (w->failed)
        return false;
    if (w->capacity - w->length > more)
        return true;
    size_t capacity = 2 * w->capacity + more + 256;
    char *text = tb_alloc(capacity);
    if (!text) {
        w->failed = true;
        return false;
    }
    if (w->length)
        memcpy(text, w->text, w->length);
    tb_free(w->text);
    w->text = text;
    w->capacity = capacity;
    return true;
}

static void add(tb_json_writer *w, const char *text, size_t n)
{
    if (!reserve(w, n))
        return;
    memcpy(w->text + w->length, text, n);
    w->length += n;
    w->text[w->length] = 0;
}

static bool in_range(unsigned char c, int low, int high)
{
    return c >= low && c <= high;
}

/* Bytes of the UTF-8 sequence that starts here (Unicode, table 3-7), or 0. A
   text's final zero ends every sequence that is cut short. */
static int sequence(const unsigned char *p)
{
    if (p[0] < 0x80)
        return 1;
    if (in_range(p[0], 0xc2, 0xdf))
        return in_range(p[1], 0x80, 0xbf) ? 2 : 0;
    if (in_range(p[0], 0xe0, 0xef)) {
        int low = p[0] == 0xe0 ? 0xa0 : 0x80;
        int high = p[0] == 0xed ? 0x9f : 0xbf;
        return in_range(p[1], low, high) && in_range(p[2], 0x80, 0xbf) ? 3 : 0;
    }
    if (in_range(p[0], 0xf0, 0xf4)) {
        int low = p[0] == 0xf0 ? 0x90 : 0x80;
        int high = p[0] == 0xf4 ? 0x8f : 0xbf;
        return in_range(p[1], low, high) && in_range(p[2], 0x80, 0xbf) &&
                       in_range(p[3], 0x80, 0xbf)
                   ? 4
                   : 0;
    }
    return 0;
}

static void add_ascii(tb_json_writer *w, char c)
{
    static const char plain[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
    const char *found = strchr(plain, c);
    char code[8];
    if (found) {
        char pair[2] = {'\\', names[found - plain]};
        add(w, pair, 2);
    } else if (c < 32 || c == 127) {
        snprintf(code, sizeof code, "\\u%04x", c);
        add(w, code, 6);
    } else {
        add(w, &c, 1);
    }
}

static void add_quoted(tb_json_writer *w, const char *text)
{
    add(w, "\"", 1);
    while (*text) {
        int n = sequence((const unsigned char *)text);
        if (n == 0)
            add(w, "\xef\xbf\xbd", 3);
        else if (n == 1)
            add_ascii(w, *text);
        else
            add(w, text, (size_t)n);
        text += n ? n : 1;
    }
    add(w, "\"", 1);
}

/* What comes before every value: a comma after another one, and the key. */
static void begin(tb_json_writer *w, const char *key)
{
    char last = w->length ? w->text[w->length - 1] : '{';
    if (last != '{' && last != '[')
        add(w, ",", 1);
    if (key) {
        add_quoted(w, key);
        add(w, ":", 1);
    }
}

void tb_json_clear(tb_json_writer *w)
{
    tb_free(w->text);
    memset(w, 0, sizeof *w);
}

void tb_json_restart(tb_json_writer *w)
{
    w->length = 0;
    w->failed = false;
}

void tb_json_begin_object(tb_json_writer *w, const char *key)
{
    begin(w, key);
    add(w, "{", 1);
}

void tb_json_end_object(tb_json_writer *w)
{
    add(w, "}", 1);
}

void tb_json_begin_array(tb_json_writer *w, const char *key)
{
    begin(w, key);
    add(w, "[", 1);
}

void tb_json_end_array(tb_json_writer *w)
{
    add(w, "]", 1);
}

void tb_json_put_text(tb_json_writer *w, const char *key, const char *text)
{
    begin(w, key);
    if (text)
        add_quoted(w, text);
    else
        add(w, "null", 4);
}

void tb_json_put_number(tb_json_writer *w, const char *key, double number)
{
    char text[32] = "null";
    if (isfinite(number))
        tb_number_text(number, text);
    begin(w, key);
    add(w, text, strlen(text));
}

void tb_json_put_integer(tb_json_writer *w, const char *key, int64_t number)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRId64, number);
    begin(w, key);
    add(w, text, (size_t)n);
}

void tb_json_put_flag(tb_json_writer *w, const char *key, bool flag)
{
    begin(w, key);
    add(w, flag ? "true" : "false", flag ? 4 : 5);
}

const char *tb_json_finish(tb_json_writer *w)
{
    add(w, "", 0);
    return w->failed ? NULL : w->text;
}
