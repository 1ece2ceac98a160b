/* Texts letter by letter: what they are made of, where parts of them stand, and
   how they fill a width. Letters are those of ASCII; other bytes stay what they
   are. */
#include "torchscript/functions.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool give_part(tb_builtin_call *c, const char *first, size_t n,
                      tb_script_value *out)
{
    return tb_give_text(c, tb_arena_printf(c->r->arena, "%.*s", (int)n, first),
                        out);
}

static bool two_texts(tb_builtin_call *c, const char **text, const char **what)
{
    return tb_arg_string(c, 0, text) && tb_arg_string(c, 1, what);
}

/* ---- questions ---- */

typedef enum letter_kind {
    ALPHA,
    DIGIT,
    ALNUM,
    SPACE,
    UPPER,
    LOWER,
    PRINTABLE
} letter_kind;

/* Python's islower wants one letter at least, and no large one. */
static bool are_of_case(const char *text, bool upper)
{
    bool any = false;
    for (const unsigned char *p = (const void *)text; *p; p++) {
        if (upper ? islower(*p) : isupper(*p))
            return false;
        any |= isalpha(*p) != 0;
    }
    return any;
}

static bool are(letter_kind kind, const char *text)
{
    for (const unsigned char *p = (const void *)text; *p; p++) {
        bool is = kind == ALPHA   ? isalpha(*p)
                  : kind == DIGIT ? isdigit(*p)
                  : kind == ALNUM ? isalnum(*p)
                  : kind == SPACE ? isspace(*p)
                                  : isprint(*p);
        if (!is)
            return false;
    }
    return *text || kind == PRINTABLE;
}

static bool ask(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL;
    letter_kind kind = (letter_kind)c->function->kind;
    if (!tb_arg_string(c, 0, &text))
        return false;
    return tb_give_bool(out, kind == UPPER || kind == LOWER
                                 ? are_of_case(text, kind == UPPER)
                                 : are(kind, text));
}

/* ---- places ---- */

/* The last `what` in the text; null: none. */
static const char *find_last(const char *text, const char *what)
{
    const char *last = NULL;
    if (!*what)
        return text + strlen(text);
    for (const char *p = text; (p = strstr(p, what)); p++)
        last = p;
    return last;
}

enum { FIRST, LAST };

static bool find_back(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *what = NULL;
    if (!two_texts(c, &text, &what))
        return false;
    const char *at = find_last(text, what);
    if (!at && c->function->kind)
        return tb_refuse(c, "the text does not have it");
    return tb_give_int(out, at ? at - text : -1);
}

int64_t tb_text_count(const char *text, const char *what)
{
    size_t n = strlen(what);
    int64_t count = 0;
    if (n == 0)
        return (int64_t)strlen(text) + 1;
    for (const char *p = text; (p = strstr(p, what)); p += n)
        count++;
    return count;
}

static bool append_part(tb_builtin_call *c, tb_script_list *list,
                        const char *first, size_t n)
{
    tb_script_value part;
    return give_part(c, first, n, &part) &&
           tb_items_append(c->r, &list->items, part);
}

/* (before, what, behind). */
static bool partition(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *what = NULL;
    bool last = c->function->kind == LAST;
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !two_texts(c, &text, &what))
        return false;
    if (!*what)
        return tb_refuse(c, "there is nothing to split at");
    const char *at = last ? find_last(text, what) : strstr(text, what);
    const char *end = text + strlen(text), *none = last ? text : end;
    const char *parts[4] = {text, at ? at : none, at ? at + strlen(what) : none,
                            end};
    *out = (tb_script_value){.kind = TB_SCRIPT_TUPLE, .list = list};
    for (int i = 0; i < 3; i++)
        if (!append_part(c, list, parts[i], (size_t)(parts[i + 1] - parts[i])))
            return false;
    return true;
}

/* Where ends of lines are kept, they are elements of their own. */
static bool split_lines(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL;
    bool keep = false;
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_arg_string(c, 0, &text) || !tb_arg_bool(c, 1, &keep))
        return false;
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    while (*text) {
        size_t n = strcspn(text, "\n\r");
        size_t end = text[n] == '\r' && text[n + 1] == '\n' ? 2 : text[n] != 0;
        if (!append_part(c, list, text, n) ||
            (keep && end && !append_part(c, list, text + n, end)))
            return false;
        text += n + end;
    }
    return true;
}

/* ---- letters that change ---- */

enum { CAPITALIZE, TITLE, SWAP };

static bool change(tb_builtin_call *c, tb_script_value *out)
{
    const char *from = NULL;
    if (!tb_arg_string(c, 0, &from))
        return false;
    char *text = tb_arena_strdup(c->r->arena, from);
    bool inside = false; /* of a word, or of the text */
    for (char *p = text; p && *p; p++) {
        int letter = (unsigned char)*p;
        bool up = c->function->kind == SWAP ? islower(letter) : !inside;
        *p = (char)(up ? toupper(letter) : tolower(letter));
        inside = c->function->kind == CAPITALIZE || isalpha(letter);
    }
    return tb_give_text(c, text, out);
}

/* ---- widths ---- */

enum { TO_LEFT, TO_RIGHT, CENTRE, ZEROS, MOST_WIDTH = 4096 };

static bool fill_width(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *fill = c->function->kind == ZEROS ? "0" : " ";
    int64_t width = 0;
    char line[MOST_WIDTH + 1] = "";
    if (!tb_arg_string(c, 0, &text) || !tb_arg_int(c, 1, &width) ||
        (tb_has(c, 2) && !tb_arg_string(c, 2, &fill)))
        return false;
    if (width > MOST_WIDTH || strlen(fill) != 1)
        return tb_refuse(c, "a width of %lld, filled with '%s'",
                         (long long)width, fill);
    int64_t n = (int64_t)strlen(text), room = width > n ? width - n : 0;
    if (room == 0)
        return tb_give_text(c, text, out);
    int64_t before = c->function->kind == TO_LEFT ? 0
                     : c->function->kind == CENTRE
                         ? room / 2 + (room & width & 1)
                         : room;
    memset(line, *fill, (size_t)width);
    memcpy(line + before, text, (size_t)n);
    return tb_give_text(c, tb_arena_strdup(c->r->arena, line), out);
}

/* ---- numbers and letters ---- */

static bool letter_number(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL;
    if (!tb_arg_string(c, 0, &text))
        return false;
    return strlen(text) == 1 ? tb_give_int(out, (unsigned char)*text)
                             : tb_refuse(c, "it takes one letter");
}

static bool letter_of(tb_builtin_call *c, tb_script_value *out)
{
    int64_t x = 0;
    if (!tb_arg_int(c, 0, &x))
        return false;
    if (x < 1 || x > 127)
        return tb_refuse(c, "there is no letter %lld", (long long)x);
    return tb_give_text(c, tb_arena_printf(c->r->arena, "%c", (int)x), out);
}

/* bin, oct and hex. */
static bool digits(tb_builtin_call *c, tb_script_value *out)
{
    int64_t x = 0;
    char text[72], *p = text + sizeof text;
    unsigned bits = (unsigned)c->function->kind;
    if (!tb_arg_int(c, 0, &x))
        return false;
    uint64_t size = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    *--p = 0;
    do
        *--p = "0123456789abcdef"[size & ((1u << bits) - 1)];
    while (size >>= bits);
    *--p = bits == 1 ? 'b' : bits == 3 ? 'o' : 'x';
    *--p = '0';
    if (x < 0)
        *--p = '-';
    return tb_give_text(c, tb_arena_strdup(c->r->arena, p), out);
}

const tb_builtin tb_functions_letters[] = {
    {"isalpha", "self", ask, ALPHA},
    {"isdigit", "self", ask, DIGIT},
    {"isdecimal", "self", ask, DIGIT},
    {"isnumeric", "self", ask, DIGIT},
    {"isalnum", "self", ask, ALNUM},
    {"isspace", "self", ask, SPACE},
    {"isupper", "self", ask, UPPER},
    {"islower", "self", ask, LOWER},
    {"isprintable", "self", ask, PRINTABLE},
    {"rfind", "self substr", find_back, 0},
    {"rindex", "self substr", find_back, 1},
    {"partition", "self separator", partition, FIRST},
    {"rpartition", "self separator", partition, LAST},
    {"splitlines", "self keepends", split_lines, 0},
    {"capitalize", "self", change, CAPITALIZE},
    {"title", "self", change, TITLE},
    {"swapcase", "self", change, SWAP},
    {"ljust", "self width fillchar", fill_width, TO_LEFT},
    {"rjust", "self width fillchar", fill_width, TO_RIGHT},
    {"center", "self width fillchar", fill_width, CENTRE},
    {"zfill", "self width", fill_width, ZEROS},
    {"ord", "string", letter_number, 0},
    {"chr", "i", letter_of, 0},
    {"bin", "i", digits, 1},
    {"oct", "i", digits, 3},
    {"hex", "i", digits, 4},
    {NULL, NULL, NULL, 0},
};
