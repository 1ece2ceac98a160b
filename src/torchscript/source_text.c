#include "torchscript/source_text.h"

#include "base/memory.h"
#include "base/setting_value.h"

#include <stdio.h>
#include <string.h>

void tb_source_clear(tb_source_text *t)
{
    tb_free(t->at);
    *t = (tb_source_text){.at = NULL};
}

static void put(tb_source_text *t, const char *text, size_t n)
{
    size_t room = t->room ? t->room : 4096;
    while (room - t->size <= n)
        room *= 2;
    if (!t->failed && room != t->room) {
        char *larger = tb_alloc(room);
        t->failed = !larger;
        if (larger && t->size)
            memcpy(larger, t->at, t->size);
        if (larger) {
            tb_free(t->at);
            t->at = larger;
            t->room = room;
        }
    }
    if (t->failed)
        return;
    memcpy(t->at + t->size, text, n);
    t->size += n;
    t->at[t->size] = 0;
}

static void put_line(tb_source_text *t, const char *line, size_t n)
{
    for (int i = 0; n > 0 && i < t->depth; i++)
        put(t, "  ", 2);
    put(t, line, n);
    put(t, "\n", 1);
}

static void put_lines(tb_source_text *t, const char *text)
{
    for (const char *end; (end = strchr(text, '\n')); text = end + 1)
        put_line(t, text, (size_t)(end - text));
    put_line(t, text, strlen(text));
}

void tb_source_list(tb_source_text *t, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = n < 0 ? NULL : tb_alloc((size_t)n + 1);
    if (text) {
        vsnprintf(text, (size_t)n + 1, format, list);
        put_lines(t, text);
    }
    t->failed |= !text;
    tb_free(text);
}

void tb_source_line(tb_source_text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    tb_source_list(t, format, list);
    va_end(list);
}

const char *tb_source_real(double x, char text[TB_SOURCE_REAL])
{
    tb_number_text(x, text);
    if (!strpbrk(text, ".en"))
        strcat(text, ".");
    return text;
}
