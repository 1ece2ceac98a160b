#include "base/yaml.h"

#include "base/memory.h"
#include "base/setting_value.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64, KEY = 256 };

/* `line` is where the line of `at` begins. A failure says what is wrong in
   `wrong` and moves to the end, where everything stops. */
typedef struct yaml_reader {
    const char *start, *line, *at, *end;
    tb_json_writer to;
    char *scalar; /* room for the longest there can be */
    size_t length;
    const char *wrong, *wrong_at;
    int depth;
} yaml_reader;

static void fail(yaml_reader *r, const char *wrong)
{
    if (!r->wrong) {
        r->wrong = wrong;
        r->wrong_at = r->at;
    }
    r->at = r->end;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_line(const yaml_reader *r, const char *at)
{
    return at >= r->end || *at == '\n';
}

static ptrdiff_t column(const yaml_reader *r)
{
    return r->at - r->line;
}

/* Past a comment and blanks; whether the line ends there. */
static bool skip_blanks(yaml_reader *r)
{
    const char *before = r->at;
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
    bool apart = r->at > before || r->at == r->line;
    if (r->at < r->end && *r->at == '#' && apart)
        while (!ends_line(r, r->at))
            r->at++;
    return ends_line(r, r->at);
}

/* To the first thing on the next line that has one, unless there is one on
   this line. Its column, -1 at the end. */
static ptrdiff_t next_thing(yaml_reader *r)
{
    while (r->at < r->end && skip_blanks(r)) {
        if (r->at < r->end)
            r->line = ++r->at;
    }
    return r->at < r->end ? column(r) : -1;
}

static bool is_item(const yaml_reader *r)
{
    const char *next = r->at + 1;
    return r->at < r->end && *r->at == '-' &&
           (ends_line(r, next) || is_blank(*next));
}

/* ---- scalars ---- */

static void put(yaml_reader *r, char c)
{
    r->scalar[r->length++] = c;
}

/* A line of a scalar ended. The next one goes on after a space, or after as
   many line feeds as there are empty lines between. Whether it goes on, which
   is where it is indented by more than `indent`. */
static bool fold(yaml_reader *r, ptrdiff_t indent)
{
    size_t feeds = 0;
    const char *at = r->at, *line = r->line;
    while (at < r->end && (is_blank(*at) || *at == '\n')) {
        if (*at == '\n') {
            feeds++;
            line = at + 1;
        }
        at++;
    }
    if (at >= r->end || feeds == 0 || at - line <= indent)
        return false;
    r->at = at;
    r->line = line;
    if (feeds == 1)
        put(r, ' ');
    while (--feeds > 0)
        put(r, '\n');
    return true;
}

static void cut_blanks(yaml_reader *r, size_t from)
{
    while (r->length > from && is_blank(r->scalar[r->length - 1]))
        r->length--;
}

/* Up to ": ", " #" or the end of the line. */
static void plain_line(yaml_reader *r)
{
    size_t from = r->length;
    while (!ends_line(r, r->at)) {
        const char *next = r->at + 1;
        if (*r->at == ':' && (ends_line(r, next) || is_blank(*next)))
            break;
        if (*r->at == '#' && r->length > from && is_blank(r->at[-1])) {
            r->at--; /* what parts the comment from the value */
            break;
        }
        put(r, *r->at++);
    }
    cut_blanks(r, from);
}

static void plain(yaml_reader *r, ptrdiff_t indent)
{
    do
        plain_line(r);
    while (ends_line(r, r->at) && fold(r, indent));
}

static void put_code(yaml_reader *r, unsigned long c)
{
    if (c < 0x80) {
        put(r, (char)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    put(r, (char)((0xff00 >> (more + 1) & 0xff) | c >> 6 * more));
    while (more-- > 0)
        put(r, (char)(0x80 | (c >> 6 * more & 63)));
}

/* The number after \x, \u or \U. */
static void hexadecimal(yaml_reader *r, int digits)
{
    char text[9] = "";
    char *end;
    if (r->end - r->at < digits) {
        fail(r, "it ends within a quoted text");
        return;
    }
    memcpy(text, r->at, (size_t)digits);
    unsigned long code = strtoul(text, &end, 16);
    if (end != text + digits || code > 0x10ffff) {
        fail(r, "a quoted text has an unknown character");
        return;
    }
    r->at += digits;
    put_code(r, code);
}

/* What follows a backslash. */
static void escaped(yaml_reader *r, ptrdiff_t indent)
{
    static const char names[] = "0abtnvfre \"/\\";
    static const char meant[] = "\0\a\b\t\n\v\f\r\033 \"/\\";
    char c = r->at < r->end ? *r->at : 0;
    const char *found = c ? strchr(names, c) : NULL;
    size_t length = r->length;
    if (c == '\n') { /* a line that goes on without a space */
        if (!fold(r, indent))
            fail(r, "a quoted text goes on at the wrong place");
        else
            r->length = length;
        return;
    }
    r->at += c != 0;
    if (c == 'x' || c == 'u' || c == 'U')
        hexadecimal(r, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    else if (found)
        put(r, meant[found - names]);
    else
        fail(r, "a quoted text has an unknown character");
}

/* In quotes '' stands for ', in the other ones \ for what cannot be written. */
static void quoted(yaml_reader *r, ptrdiff_t indent)
{
    char quote = *r->at++;
    size_t from = r->length;
    while (r->at < r->end) {
        char c = *r->at;
        if (c == '\n') {
            cut_blanks(r, from);
            if (!fold(r, indent))
                break;
            from = r->length;
            continue;
        }
        r->at++;
        if (c == quote && !(c == '\'' && r->at < r->end && *r->at == c))
            return;
        if (c == '\\' && quote == '"') {
            escaped(r, indent);
            from = r->length; /* blanks that were escaped stay */
            continue;
        }
        r->at += c == quote;
        put(r, c);
    }
    fail(r, "it ends within a quoted text");
}

/* ---- values ---- */

/* Decimal numbers alone. */
static bool is_number(const char *text, double *number)
{
    const char *end;
    return !text[strspn(text, "+-.0123456789eE")] &&
           tb_number_parse(text, &end, number) && *end == 0;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static void put_plain(yaml_reader *r, const char *key)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    double number;
    if (is_one_of(r->scalar, nulls))
        tb_json_put_text(&r->to, key, NULL);
    else if (is_one_of(r->scalar, yes) || is_one_of(r->scalar, no))
        tb_json_put_flag(&r->to, key, is_one_of(r->scalar, yes));
    else if (is_number(r->scalar, &number))
        tb_json_put_number(&r->to, key, number);
    else
        tb_json_put_text(&r->to, key, r->scalar);
}

/* [] and {}. */
static void empty(yaml_reader *r, const char *key)
{
    bool list = *r->at == '[';
    if (r->end - r->at < 2 || r->at[1] != (list ? ']' : '}')) {
        fail(r, "a list or table in brackets is not known here");
        return;
    }
    r->at += 2;
    if (list) {
        tb_json_begin_array(&r->to, key);
        tb_json_end_array(&r->to);
    } else {
        tb_json_begin_object(&r->to, key);
        tb_json_end_object(&r->to);
    }
}

/* A value that may go on in lines indented by more than `indent`. */
static void scalar(yaml_reader *r, const char *key, ptrdiff_t indent)
{
    char first = *r->at;
    if (first == '[' || first == '{') {
        empty(r, key);
    } else if (strchr("&*!|>%@`", first)) {
        fail(r, "an anchor, a tag or a block of text is not known here");
    } else {
        bool in_quotes = first == '"' || first == '\'';
        r->length = 0;
        if (in_quotes)
            quoted(r, indent);
        else
            plain(r, indent);
        put(r, 0);
        if (in_quotes)
            tb_json_put_text(&r->to, key, r->scalar);
        else
            put_plain(r, key);
    }
    if (!skip_blanks(r))
        fail(r, "a value is followed by something else");
}

/* ---- structure ---- */

static void node(yaml_reader *r, const char *key, ptrdiff_t parent);

/* Takes a key and its colon, if that is what stands here. */
static bool take_key(yaml_reader *r, char key[KEY])
{
    yaml_reader before = *r;
    r->length = 0;
    if (*r->at == '"' || *r->at == '\'')
        quoted(r, PTRDIFF_MAX);
    else
        plain_line(r);
    bool good = !r->wrong && r->at < r->end && *r->at == ':' &&
                r->length < KEY && r->line == before.line;
    if (!good) {
        before.to = r->to;
        *r = before;
        return false;
    }
    memcpy(key, r->scalar, r->length);
    key[r->length] = 0;
    r->at++;
    return true;
}

/* What follows "key:" or "-": on this line or, indented by more than `parent`,
   below. Sequences may stand below their key without. */
static void value(yaml_reader *r, const char *key, ptrdiff_t parent,
                  bool of_key)
{
    bool below = skip_blanks(r);
    ptrdiff_t at = next_thing(r);
    if (below && (at < parent || (at == parent && !(of_key && is_item(r)))))
        tb_json_put_text(&r->to, key, NULL);
    else if (below || !of_key)
        node(r, key, at == parent ? parent - 1 : parent);
    else
        scalar(r, key, parent);
}

static void sequence(yaml_reader *r, const char *key)
{
    ptrdiff_t here = column(r);
    tb_json_begin_array(&r->to, key);
    while (next_thing(r) == here && is_item(r)) {
        r->at++;
        value(r, NULL, here, false);
    }
    tb_json_end_array(&r->to);
}

/* `first`: its first key was taken, at column `here`. */
static void mapping(yaml_reader *r, const char *key, char first[KEY],
                    ptrdiff_t here)
{
    char name[KEY];
    tb_json_begin_object(&r->to, key);
    value(r, first, here, true);
    while (next_thing(r) == here) {
        if (!take_key(r, name))
            fail(r, "a key is missing");
        else
            value(r, name, here, true);
    }
    tb_json_end_object(&r->to);
}

static void node(yaml_reader *r, const char *key, ptrdiff_t parent)
{
    char first[KEY];
    ptrdiff_t here = column(r);
    if (++r->depth > DEEPEST)
        fail(r, "it is nested too deeply");
    if (r->at < r->end && is_item(r))
        sequence(r, key);
    else if (r->at < r->end && take_key(r, first))
        mapping(r, key, first, here);
    else if (r->at < r->end)
        scalar(r, key, parent);
    r->depth--;
}

/* ---- the whole ---- */

static size_t line_of(const yaml_reader *r, const char *at)
{
    size_t line = 1;
    for (const char *p = r->start; p < at; p++)
        line += *p == '\n';
    return line;
}

static void whole(yaml_reader *r)
{
    if (r->end - r->at > 3 && memcmp(r->at, "---\n", 4) == 0)
        r->line = r->at += 4;
    if (next_thing(r) < 0)
        tb_json_put_text(&r->to, NULL, NULL);
    else
        node(r, NULL, -1);
    if (next_thing(r) >= 0)
        fail(r, "a line is indented wrongly");
}

tb_status tb_yaml_parse(const char *text, size_t bytes, const char *what,
                        tb_json **out, tb_error *error)
{
    yaml_reader r = {
        .start = text, .line = text, .at = text, .end = text + bytes};
    *out = NULL;
    tb_status status = TB_OK;
    r.scalar = tb_alloc(bytes + 1);
    if (r.scalar)
        whole(&r);
    const char *made = r.scalar && !r.wrong ? tb_json_finish(&r.to) : NULL;
    if (r.wrong)
        status = tb_fail(error, TB_ERR_FORMAT,
                         "'%s' cannot be understood as YAML: %s (line %zu).",
                         what, r.wrong, line_of(&r, r.wrong_at));
    else if (!made)
        status = tb_fail_memory(error);
    else
        status = tb_json_parse(made, strlen(made), what, out, error);
    tb_json_clear(&r.to);
    tb_free(r.scalar);
    return status;
}
