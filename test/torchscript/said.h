/* What was unpickled, as a line of text that tests compare. */
#ifndef TB_TEST_SAID_H
#define TB_TEST_SAID_H

#include "torchscript/pickle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static char said_text[4096];
static size_t said_bytes;

__attribute__((format(printf, 1, 2))) static inline void say(const char *format,
                                                             ...)
{
    va_list args;
    va_start(args, format);
    size_t left = sizeof said_text - said_bytes;
    int n = vsnprintf(said_text + said_bytes, left, format, args);
    said_bytes += n < 0 ? 0 : (size_t)n < left ? (size_t)n : left - 1;
    va_end(args);
}

static inline void say_value(const tb_pickled *v);

static inline void say_items(const tb_pickled *v, const char *ends)
{
    say("%c", ends[0]);
    for (size_t i = 0; i < v->count; i++) {
        say("%s", i == 0                                     ? ""
                  : v->kind == TB_PICKLED_DICT && i % 2 == 1 ? ": "
                                                             : ", ");
        say_value(v->items[i]);
    }
    say("%c", ends[1]);
}

/* Something with a name before it, where it is there. */
static inline void say_more(const char *name, const tb_pickled *v)
{
    if (!v)
        return;
    say(" %s ", name);
    say_value(v);
}

static inline void say_made(const tb_pickled *v)
{
    say(v->kind == TB_PICKLED_OBJECT ? "new " : "call ");
    say_value(v->of);
    say_more("of", v->args);
    say_more("named", v->keywords);
    say_more("with", v->state);
    say_more("list", v->list);
    say_more("dict", v->dict);
    say(";");
}

static inline void say_bytes(const tb_pickled *v)
{
    say(v->kind == TB_PICKLED_TEXT ? "'" : "b'");
    for (size_t i = 0; i < v->text_bytes; i++)
        say(v->text[i] ? "%c" : "\\0", v->text[i]);
    say("'");
}

static inline void say_value(const tb_pickled *v)
{
    static const char *const ends[] = {[TB_PICKLED_LIST] = "[]",
                                       [TB_PICKLED_TUPLE] = "()",
                                       [TB_PICKLED_SET] = "<>",
                                       [TB_PICKLED_DICT] = "{}"};
    switch (v->kind) {
    case TB_PICKLED_NONE:
        say("none");
        return;
    case TB_PICKLED_BOOL:
        say(v->integer ? "true" : "false");
        return;
    case TB_PICKLED_INT:
        say("%" PRId64, v->integer);
        return;
    case TB_PICKLED_REAL:
        say("%.17gf", v->real);
        return;
    case TB_PICKLED_TEXT:
    case TB_PICKLED_BYTES:
        say_bytes(v);
        return;
    case TB_PICKLED_LIST:
    case TB_PICKLED_TUPLE:
    case TB_PICKLED_SET:
    case TB_PICKLED_DICT:
        say_items(v, ends[v->kind]);
        return;
    case TB_PICKLED_GLOBAL:
        say("%s.%s", v->module, v->name);
        return;
    case TB_PICKLED_OBJECT:
    case TB_PICKLED_CALL:
        say_made(v);
        return;
    case TB_PICKLED_PERSISTENT:
        say("@");
        say_value(v->of);
        return;
    }
}

/* Valid until the next one; of values that do not hold themselves. */
static inline const char *said(const tb_pickled *v)
{
    said_bytes = 0;
    say_value(v);
    return said_text;
}

#endif
