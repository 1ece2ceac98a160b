/* Texts. */
#include "base/setting_value.h"
#include "torchscript/functions.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool tb_give_text(tb_builtin_call *c, const char *text, tb_script_value *out)
{
    *out = tb_script_string(text);
    return text || tb_recording_fail(c->r, TB_ERR_MEMORY,
                                     "There is not enough memory.");
}

static bool give_part(tb_builtin_call *c, const char *first, size_t n,
                      tb_script_value *out)
{
    return tb_give_text(c, tb_arena_printf(c->r->arena, "%.*s", (int)n, first),
                        out);
}

/* ---- numbers as texts ---- */

/* As PyTorch prints them: "2." for a whole number, else 17 digits. */
static void print_real(char *room, size_t size, double x)
{
    if (isnan(x) || isinf(x))
        snprintf(room, size, "%s", isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
    else if (fabs(x) < 1e10 && x == floor(x))
        snprintf(room, size, "%.0f.", x);
    else
        tb_number_digits(x, 17, room);
}

static bool print_number(char *room, size_t size, const tb_script_value *x)
{
    switch (x->kind) {
    case TB_SCRIPT_INT:
        snprintf(room, size, "%" PRId64, x->integer);
        return true;
    case TB_SCRIPT_FLOAT:
        print_real(room, size, x->real);
        return true;
    case TB_SCRIPT_BOOL:
        snprintf(room, size, "%s", x->boolean ? "True" : "False");
        return true;
    case TB_SCRIPT_NONE:
        snprintf(room, size, "None");
        return true;
    default:
        return false;
    }
}

static const char *text_of(tb_builtin_call *c, const tb_script_value *x)
{
    char room[64];
    if (x->kind == TB_SCRIPT_STRING)
        return x->string;
    if (!print_number(room, sizeof room, x))
        return tb_script_kind_name(x->kind);
    return tb_arena_strdup(c->r->arena, room);
}

static bool to_text(tb_builtin_call *c, tb_script_value *out)
{
    return tb_give_text(c, text_of(c, &c->arg[0]), out);
}

/* ---- templates ---- */

typedef struct template
{
    char text[4096];
    size_t bytes;
    int next; /* argument */
}
template;

static void write_text(template *t, const char *x)
{
    size_t room = sizeof t->text - t->bytes - 1, n = x ? strlen(x) : 0;
    n = n < room ? n : room;
    if (n)
        memcpy(t->text + t->bytes, x, n);
    t->bytes += n;
}

/* "{} and {}", or "%s and %d", with the next argument in each place. */
static bool fill_in(tb_builtin_call *c, tb_script_value *out)
{
    bool percent = c->function->kind;
    template t = {.next = 0};
    const char *p = NULL;
    tb_script_items given = {.count = c->count - 1, .at = &c->arg[1]};
    const tb_script_items *items = &given;
    if (!tb_arg_string(c, 0, &p))
        return false;
    if (percent && c->arg[1].kind == TB_SCRIPT_TUPLE &&
        !tb_arg_list(c, 1, &items))
        return false;
    while (*p && t.bytes + 1 < sizeof t.text) {
        bool place = percent
                         ? p[0] == '%' && p[1] && strchr("dsif", p[1]) != NULL
                         : p[0] == '{' && p[1] == '}';
        if (!place || t.next >= items->count) {
            p += percent && p[0] == '%' && p[1] == '%';
            t.text[t.bytes++] = *p++;
            continue;
        }
        write_text(&t, text_of(c, &items->at[t.next++]));
        p += 2;
    }
    t.text[t.bytes] = 0;
    return tb_give_text(c, tb_arena_strdup(c->r->arena, t.text), out);
}

/* ---- other texts from texts ---- */

enum { UPPER, LOWER };

static bool change_case(tb_builtin_call *c, tb_script_value *out)
{
    const char *from = NULL;
    if (!tb_arg_string(c, 0, &from))
        return false;
    char *text = tb_arena_strdup(c->r->arena, from);
    for (char *p = text; p && *p; p++)
        *p = (char)(c->function->kind == UPPER ? toupper((unsigned char)*p)
                                               : tolower((unsigned char)*p));
    return tb_give_text(c, text, out);
}

enum { LEFT = 1, RIGHT = 2 };

static bool strip(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *gone = " \t\n\r\v\f";
    if (!tb_arg_string(c, 0, &text) ||
        (tb_has(c, 1) && !tb_arg_string(c, 1, &gone)))
        return false;
    if (c->function->kind & LEFT)
        text += strspn(text, gone);
    size_t n = strlen(text);
    while (c->function->kind & RIGHT && n > 0 && strchr(gone, text[n - 1]))
        n--;
    return give_part(c, text, n, out);
}

static bool replace(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *old = NULL, *new = NULL;
    template t = {.next = 0};
    if (!tb_arg_string(c, 0, &text) || !tb_arg_string(c, 1, &old) ||
        !tb_arg_string(c, 2, &new))
        return false;
    size_t n = strlen(old);
    while (*text && t.bytes + 1 < sizeof t.text) {
        if (n > 0 && strncmp(text, old, n) == 0) {
            write_text(&t, new);
            text += n;
        } else {
            t.text[t.bytes++] = *text++;
        }
    }
    t.text[t.bytes] = 0;
    return tb_give_text(c, tb_arena_strdup(c->r->arena, t.text), out);
}

static bool join(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    const char *between = NULL;
    template t = {.next = 0};
    if (!tb_arg_string(c, 0, &between) || !tb_arg_list(c, 1, &items))
        return false;
    for (int i = 0; i < items->count; i++) {
        if (items->at[i].kind != TB_SCRIPT_STRING)
            return tb_refuse(c, "the list holds %s",
                             tb_script_kind_name(items->at[i].kind));
        write_text(&t, i ? between : "");
        write_text(&t, items->at[i].string);
    }
    t.text[t.bytes] = 0;
    return tb_give_text(c, tb_arena_strdup(c->r->arena, t.text), out);
}

/* Where the next piece ends: at `between`, or (null) at blanks, which are
   skipped before it. Null: there is none. */
static const char *next_piece(const char **text, const char *between)
{
    if (between) {
        const char *end = strstr(*text, between);
        return end ? end : *text + strlen(*text);
    }
    *text += strspn(*text, " \t\n\r\v\f");
    return **text ? *text + strcspn(*text, " \t\n\r\v\f") : NULL;
}

/* split(text, between, most): `most` cuts at most, unless it is below 0. */
bool tb_split_text(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *between = NULL, *end;
    tb_script_value piece;
    int64_t left = -1;
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_arg_string(c, 0, &text) ||
        (tb_has(c, 1) && !tb_arg_string(c, 1, &between)) ||
        !tb_arg_int(c, 2, &left))
        return false;
    if (between && !*between)
        return tb_refuse(c, "there is nothing to split at");
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    while ((end = next_piece(&text, between))) {
        size_t n = left == 0 ? strlen(text) : (size_t)(end - text);
        if (!give_part(c, text, n, &piece) ||
            !tb_items_append(c->r, &list->items, piece))
            return false;
        if (!text[n])
            break;
        text = end + (between ? strlen(between) : 0);
        left -= left > 0;
    }
    return true;
}

static int64_t clip(int64_t x, int64_t n)
{
    x = x < 0 ? x + n : x;
    return x < 0 ? 0 : x > n ? n : x;
}

/* slice(text, first, last, step). */
bool tb_slice_text(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL;
    int64_t first = 0, last = INT64_MAX, step = 1;
    if (!tb_arg_string(c, 0, &text) || !tb_arg_int(c, 1, &first) ||
        !tb_arg_int(c, 2, &last) || !tb_arg_int(c, 3, &step))
        return false;
    int64_t n = (int64_t)strlen(text), k = 0;
    if (step < 1)
        return tb_refuse(c, "a step of %lld", (long long)step);
    first = clip(first, n);
    last = clip(last, n);
    char *cut = tb_arena_strdup(c->r->arena, text);
    for (int64_t i = first; cut && i < last; i += step)
        cut[k++] = text[i];
    if (cut)
        cut[k] = 0;
    return tb_give_text(c, cut, out);
}

/* ---- questions ---- */

static bool find(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *what = NULL;
    if (!tb_arg_string(c, 0, &text) || !tb_arg_string(c, 1, &what))
        return false;
    const char *at = strstr(text, what);
    return tb_give_int(out, at ? at - text : -1);
}

enum { STARTS, ENDS };

static bool has_end(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = NULL, *what = NULL;
    if (!tb_arg_string(c, 0, &text) || !tb_arg_string(c, 1, &what))
        return false;
    size_t n = strlen(text), m = strlen(what);
    const char *at = c->function->kind == STARTS || m > n ? text : text + n - m;
    return tb_give_bool(out, m <= n && strncmp(at, what, m) == 0);
}

const tb_builtin tb_functions_text[] = {
    {"str", "a", to_text, 0},
    {"format", "self", fill_in, 0},
    {"percentFormat", "self", fill_in, 1},
    {"upper", "self", change_case, UPPER},
    {"lower", "self", change_case, LOWER},
    {"strip", "self chars", strip, LEFT | RIGHT},
    {"lstrip", "self chars", strip, LEFT},
    {"rstrip", "self chars", strip, RIGHT},
    {"replace", "self old new", replace, 0},
    {"join", "self values", join, 0},
    {"find", "self substr", find, 0},
    {"startswith", "self substr", has_end, STARTS},
    {"endswith", "self substr", has_end, ENDS},
    {NULL, NULL, NULL, 0},
};
