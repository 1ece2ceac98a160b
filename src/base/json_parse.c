/* Reads JSON as RFC 8259 has it and nothing else: no comments, no commas too
   many, no NaN. Refused beyond that: names that an object has twice, numbers
   that no double holds, \u0000, which no text of C can hold, and more than
   MOST_DEPTH containers in one another. */
#include "base/arena.h"
#include "base/json_value.h"
#include "base/memory.h"
#include "base/setting_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 128, MOST_DIGITS = 63 };

typedef struct json_reader {
    const char *start, *at, *end;
    tb_arena *arena;
    int depth;
    const char *wrong; /* what is, or null */
    const char *twice; /* the name that is there twice */
    bool no_memory;
} json_reader;

/* The outermost value owns the memory of all. */
typedef struct json_document {
    tb_json value;
    tb_arena *arena;
} json_document;

static bool fail(json_reader *r, const char *wrong)
{
    if (!r->wrong)
        r->wrong = wrong;
    return false;
}

static bool fail_memory(json_reader *r)
{
    r->no_memory = true;
    return fail(r, "there is no memory");
}

static char here(const json_reader *r)
{
    return r->at < r->end ? *r->at : 0;
}

static bool take(json_reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static void skip_space(json_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' ||
                              *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

/* ---- text ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The four digits behind \u; -1: they are none. */
static int code_unit(json_reader *r)
{
    int code = 0;
    if (r->end - r->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(*r->at++);
        if (digit < 0)
            return -1;
        code = 16 * code + digit;
    }
    return code;
}

static char *put_utf8(char *to, int code)
{
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(first[more] | code >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return to;
}

/* A character by its number; those beyond 16 bits are two (surrogates). */
static char *unicode(json_reader *r, char *to)
{
    int code = code_unit(r);
    if (code >= 0xd800 && code < 0xdc00) {
        int low = take(r, '\\') && take(r, 'u') ? code_unit(r) : -1;
        bool pair = low >= 0xdc00 && low < 0xe000;
        code = pair ? 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00 : -1;
    } else if (code >= 0xdc00 && code < 0xe000) {
        code = -1;
    }
    if (code > 0)
        return put_utf8(to, code);
    fail(r, "a character behind \\u is none");
    return to;
}

/* What stands behind a backslash. */
static char *escape(json_reader *r, char *to)
{
    static const char names[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    if (take(r, 'u'))
        return unicode(r, to);
    char c = here(r);
    const char *found = c ? strchr(names, c) : NULL;
    if (!found) {
        fail(r, "a backslash stands before what it has no meaning for");
        return to;
    }
    r->at++;
    *to++ = plain[found - names];
    return to;
}

/* Behind the first quotation mark: no text is longer than what it is written
   as. */
static const char *text(json_reader *r)
{
    const char *close = r->at;
    while (close < r->end && *close != '"')
        close += *close == '\\' && r->end - close > 1 ? 2 : 1;
    if (close >= r->end) {
        fail(r, "a text has no end");
        return NULL;
    }
    char *made = tb_arena_text(r->arena, r->at, (size_t)(close - r->at));
    if (!made) {
        fail_memory(r);
        return NULL;
    }
    char *to = made;
    while (!r->wrong && r->at < close) {
        unsigned char c = (unsigned char)*r->at++;
        if (c == '\\')
            to = escape(r, to);
        else if (c < 0x20)
            fail(r, "a text goes over a line's end or has a control character");
        else
            *to++ = (char)c;
    }
    if (r->wrong) /* perhaps at a quotation mark that was read as a digit */
        return NULL;
    *to = 0;
    r->at++;
    return made;
}

/* ---- numbers ---- */

static int digits(json_reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return (int)(r->at - from);
}

/* Goes over a number; false: it is written as none. */
static bool scan_number(json_reader *r, bool *is_whole)
{
    *is_whole = true;
    take(r, '-');
    if (!take(r, '0') && digits(r) == 0)
        return false;
    if (take(r, '.')) {
        *is_whole = false;
        if (digits(r) == 0)
            return false;
    }
    if (here(r) == 'e' || here(r) == 'E') {
        r->at++;
        *is_whole = false;
        if (here(r) == '+' || here(r) == '-')
            r->at++;
        if (digits(r) == 0)
            return false;
    }
    return true;
}

static bool whole_number(const char *at, const char *end, int64_t *out)
{
    int sign = *at == '-' ? -1 : 1;
    int64_t x = 0;
    for (at += sign < 0; at < end; at++)
        if (__builtin_mul_overflow(x, 10, &x) ||
            __builtin_add_overflow(x, sign * (*at - '0'), &x))
            return false;
    *out = x;
    return true;
}

/* All of the digits count that a double has room for: longer ones, which no
   program writes, are refused. */
static bool number(json_reader *r, tb_json *v)
{
    char copy[MOST_DIGITS + 1];
    const char *from = r->at, *stop;
    if (!scan_number(r, &v->is_whole))
        return fail(r, "a number has no digits where they belong");
    size_t length = (size_t)(r->at - from);
    if (length > MOST_DIGITS)
        return fail(r, "a number has too many digits");
    memcpy(copy, from, length);
    copy[length] = 0;
    v->kind = TB_JSON_NUMBER;
    if (!tb_number_parse(copy, &stop, &v->number))
        return fail(r, "a number is too large");
    v->is_whole = v->is_whole && whole_number(from, r->at, &v->integer);
    return true;
}

/* ---- values ---- */

static bool value(json_reader *r, tb_json *v);

static bool word(json_reader *r, const char *name)
{
    size_t n = strlen(name);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, name, n) != 0)
        return fail(r, "there is something that is no value");
    r->at += n;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, the same names are neighbours. */
static bool check_names(json_reader *r, const tb_json *object, size_t count)
{
    const char **all = tb_alloc_array(count + 1, sizeof *all);
    size_t n = 0;
    if (!all)
        return fail_memory(r);
    for (const tb_json *i = object->first; i; i = i->next)
        all[n++] = i->name;
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 1; i < count && !r->twice; i++)
        if (strcmp(all[i - 1], all[i]) == 0)
            r->twice = all[i];
    tb_free(all);
    return !r->twice || fail(r, "a name is there twice");
}

static bool member_name(json_reader *r, tb_json *member)
{
    if (!take(r, '"'))
        return fail(r, "a name in quotation marks is missing");
    member->name = text(r);
    skip_space(r);
    if (!r->wrong && !take(r, ':'))
        return fail(r, "a colon is missing behind a name");
    return !r->wrong;
}

/* Behind its bracket, up to the one that closes it. */
static bool members(json_reader *r, tb_json *v, bool named)
{
    char close = named ? '}' : ']';
    tb_json **next = &v->first;
    size_t count = 0;
    skip_space(r);
    bool more = !take(r, close);
    for (; more; count++) {
        tb_json *member = tb_arena_alloc(r->arena, sizeof *member);
        if (!member)
            return fail_memory(r);
        skip_space(r);
        if ((named && !member_name(r, member)) || !value(r, member))
            return false;
        *next = member;
        next = &member->next;
        skip_space(r);
        more = take(r, ',');
        if (!more && !take(r, close))
            return fail(r, "a comma or the bracket that closes is missing");
    }
    return !named || count < 2 || check_names(r, v, count);
}

static bool container(json_reader *r, tb_json *v, bool named)
{
    v->kind = named ? TB_JSON_OBJECT : TB_JSON_ARRAY;
    if (++r->depth > MOST_DEPTH)
        return fail(r, "too much stands in one another");
    bool good = members(r, v, named);
    r->depth--;
    return good;
}

static bool flag(json_reader *r, tb_json *v, bool is_true)
{
    v->kind = TB_JSON_FLAG;
    v->flag = is_true;
    return word(r, is_true ? "true" : "false");
}

static bool value(json_reader *r, tb_json *v)
{
    skip_space(r);
    char c = here(r);
    switch (c) {
    case '{':
    case '[':
        r->at++;
        return container(r, v, c == '{');
    case '"':
        r->at++;
        v->kind = TB_JSON_TEXT;
        return (v->text = text(r)) != NULL;
    case 't':
    case 'f':
        return flag(r, v, c == 't');
    case 'n':
        return word(r, "null");
    default:
        return c == '-' || (c >= '0' && c <= '9')
                   ? number(r, v)
                   : fail(r, "a value is missing");
    }
}

/* ---- all of it ---- */

/* A byte order mark may stand before it. */
static bool whole(json_reader *r, tb_json *v)
{
    if (r->end - r->at > 3 && memcmp(r->at, "\xef\xbb\xbf", 3) == 0)
        r->at += 3;
    if (!value(r, v))
        return false;
    skip_space(r);
    return r->at == r->end || fail(r, "something follows behind its end");
}

static tb_status tell(const json_reader *r, const char *what, tb_error *error)
{
    if (r->no_memory)
        return tb_fail_memory(error);
    size_t line = 1, byte = (size_t)(r->at - r->start);
    for (const char *p = r->start; p < r->at; p++)
        line += *p == '\n';
    if (r->twice)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is not correct JSON: the name '%.100s' is there "
                       "twice (line %zu, byte %zu).",
                       what, r->twice, line, byte);
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is not correct JSON: %s (line %zu, byte %zu).", what,
                   r->wrong, line, byte);
}

tb_status tb_json_parse(const char *text, size_t bytes, const char *what,
                        tb_json **out, tb_error *error)
{
    json_reader r = {.start = text, .at = text, .end = text + bytes};
    *out = NULL;
    r.arena = tb_arena_new();
    json_document *d = r.arena ? tb_arena_alloc(r.arena, sizeof *d) : NULL;
    if (!d) {
        tb_arena_free(r.arena);
        return tb_fail_memory(error);
    }
    d->arena = r.arena;
    if (whole(&r, &d->value)) {
        *out = &d->value;
        return TB_OK;
    }
    tb_status status = tell(&r, what, error);
    tb_arena_free(r.arena);
    return status;
}

void tb_json_free(tb_json *json)
{
    if (json)
        tb_arena_free(((json_document *)json)->arena);
}
