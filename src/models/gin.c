#include "models/gin.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20, MOST_LINES = 20000, MOST_MACROS = 8 };

typedef struct gin_line {
    const char *name, *value;
} gin_line;

struct tb_gin {
    gin_line *lines;
    size_t count;
};

/* ---- reading ---- */

/* Ends of lines that do not end a value: behind a backslash, and in brackets;
   comments become spaces. What is in quotes stays. */
static bool join_lines(char *text)
{
    int depth = 0;
    char quote = 0;
    for (char *c = text; *c; c++) {
        if (quote) {
            quote = *c == quote || *c == '\n' ? 0 : quote;
        } else if (*c == '\'' || *c == '"') {
            quote = *c;
        } else if (*c == '#') {
            while (*c && *c != '\n')
                *c++ = ' ';
            c--;
        } else if (strchr("[({", *c)) {
            depth++;
        } else if (strchr("])}", *c)) {
            depth--;
        } else if (*c == '\\' && c[1] == '\n') {
            c[0] = c[1] = ' ';
        } else if (*c == '\n' && depth > 0) {
            *c = ' ';
        }
    }
    return depth == 0;
}

static char *trimmed(char *from, char *end)
{
    while (from < end && isspace((unsigned char)*from))
        from++;
    while (end > from && isspace((unsigned char)end[-1]))
        end--;
    *end = 0;
    return from;
}

static bool add_line(tb_gin *gin, char *from, char *end)
{
    char *equals = memchr(from, '=', (size_t)(end - from));
    if (!equals)
        return true;
    if (gin->count == MOST_LINES)
        return false;
    char *name = trimmed(from, equals);
    gin->lines[gin->count++] = (gin_line){name, trimmed(equals + 1, end)};
    return true;
}

static bool split(tb_gin *gin, char *text)
{
    bool good = true;
    for (char *from = text, *next; *from && good; from = next) {
        char *end = from + strcspn(from, "\n");
        next = *end ? end + 1 : end;
        good = add_line(gin, from, end);
    }
    return good;
}

tb_gin *tb_gin_read(const char *text, size_t bytes, const char *what,
                    tb_arena *arena, tb_error *error)
{
    bool fits = bytes <= MOST_BYTES && !memchr(text, 0, bytes);
    char *copy = fits ? tb_arena_alloc(arena, bytes + 1) : NULL;
    tb_gin *gin = tb_arena_alloc(arena, sizeof *gin);
    gin_line *lines = tb_arena_array(arena, MOST_LINES, sizeof *lines);
    if (fits && !(copy && gin && lines)) {
        tb_fail_memory(error);
        return NULL;
    }
    if (copy && gin && lines) {
        memcpy(copy, text, bytes);
        copy[bytes] = 0;
        *gin = (tb_gin){lines, 0};
        if (join_lines(copy) && split(gin, copy))
            return gin;
    }
    tb_fail(error, TB_ERR_FORMAT, "'%s' is no configuration of gin.", what);
    return NULL;
}

/* ---- questions ---- */

static bool ends_so(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0 &&
           (n == m || name[n - m - 1] == '.' || name[n - m - 1] == '/');
}

static const char *find_once(const tb_gin *gin, const char *name)
{
    for (size_t i = gin->count; i > 0; i--)
        if (ends_so(gin->lines[i - 1].name, name))
            return gin->lines[i - 1].value;
    return NULL;
}

const char *tb_gin_find(const tb_gin *gin, const char *name)
{
    const char *value = find_once(gin, name);
    for (int i = 0; value && *value == '%' && i < MOST_MACROS; i++)
        value = find_once(gin, value + 1);
    return value && *value != '%' && strcmp(value, "None") != 0 ? value : NULL;
}

static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool tb_gin_names(const tb_gin *gin, const char *name, const char *what)
{
    const char *value = tb_gin_find(gin, name), *at = value;
    size_t n = strlen(what);
    for (; at && (at = strstr(at, what)); at += n)
        if (at > value && !is_of_name(at[n]) && !is_of_name(at[-1]))
            return true;
    return false;
}

bool tb_gin_is(const tb_gin *gin, const char *name, const char *text)
{
    const char *value = tb_gin_find(gin, name);
    size_t n = strlen(text);
    return value && (*value == '\'' || *value == '"') &&
           strncmp(value + 1, text, n) == 0 && value[n + 1] == *value;
}

double tb_gin_number(const tb_gin *gin, const char *name, double standard)
{
    const char *value = tb_gin_find(gin, name), *end;
    double x;
    if (!value)
        return standard;
    if (strcmp(value, "True") == 0 || strcmp(value, "False") == 0)
        return *value == 'T';
    return tb_number_parse(value, &end, &x) && *end == 0 ? x : standard;
}

static bool add_number(tb_int_list *list, long x)
{
    if (list->count == TB_LIST_MAX || x < 0 || x > 1 << 20)
        return false;
    list->at[list->count++] = (int)x;
    return true;
}

bool tb_gin_list(const tb_gin *gin, const char *name, tb_int_list *list,
                 tb_int_list *inner)
{
    const char *c = tb_gin_find(gin, name);
    tb_int_list counts = {0};
    int depth = 0, before = 0;
    *list = (tb_int_list){0};
    for (; c && *c; c++) {
        if (isdigit((unsigned char)*c)) {
            char *end;
            if (depth == 0 || !add_number(list, strtol(c, &end, 10)))
                return false;
            c = end - 1;
        }
        depth += (*c == '[' || *c == '(') - (*c == ']' || *c == ')');
        if ((*c == ']' || *c == ')') && depth == 1) {
            if (!add_number(&counts, list->count - before))
                return false;
            before = list->count;
        }
    }
    if (inner)
        *inner = counts;
    return list->count > 0;
}
