#include "run/ini.h"
#include "base/memory.h"
#include "base/paths.h"
#include <ini.h>
#include <stdlib.h>
#include <string.h>

/* inih reads lines of 199 bytes. */
enum { MOST_LINE = 120 };
static const size_t MOST_BYTES = (size_t)1 << 26;

typedef struct entry {
    char *section, *name, *value;
    bool goes_on; /* the value ended with a backslash */
} entry;

struct tb_ini {
    entry *entries;
    int count, room;
    entry **sorted; /* [count], by section and name */
    bool no_memory;
};

/* ---- writing ---- */

/* Comments are lines, too. */
static void write_comment(FILE *to, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n"), part = length;
        if (part > 76) {
            part = 76;
            while (part > 1 && text[part] != ' ')
                part--;
            part = part > 1 ? part : 76;
        }
        fprintf(to, "# %.*s\n", (int)part, text);
        text += part;
        text += strspn(text, " \n");
    }
}

void tb_ini_write_section(FILE *to, const char *name, const char *comment)
{
    fprintf(to, "%s[%s]\n", ftell(to) > 0 ? "\n" : "", name);
    if (comment)
        write_comment(to, comment);
}

/* How the byte at `value[i]` is written. */
static const char *escaped(const char *value, size_t i, char plain[2])
{
    bool at_end = i == 0 || value[i + 1] == 0;
    switch (value[i]) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\v':
        return "\\v";
    case '\f':
        return "\\f";
    case ';':
        return "\\;";
    case '\\':
        return "\\\\";
    default:
        plain[0] = value[i];
        plain[1] = 0;
        return value[i] == ' ' && at_end ? "\\s" : plain;
    }
}

void tb_ini_write(FILE *to, const char *name, const char *value)
{
    size_t used = 0;
    fprintf(to, "%s =%s", name, *value ? " " : "");
    for (size_t i = 0; value[i]; i++) {
        char plain[2];
        const char *text = escaped(value, i, plain);
        if (used >= MOST_LINE) {
            fprintf(to, "\\\n%s = ", name);
            used = 0;
        }
        bool at_line_end = used == 0 || used + 1 >= MOST_LINE;
        text = *text == ' ' && at_line_end ? "\\s" : text;
        used += (size_t)fprintf(to, "%s", text);
    }
    fprintf(to, "\n");
}

static void write_setting(FILE *to, const tb_setting *row, const void *values)
{
    char range[256], small[256], *value = small;
    tb_setting_range(row, range, sizeof range);
    write_comment(to, row->help);
    if (range[0])
        write_comment(to, range);
    size_t length = tb_setting_text(row, values, small, sizeof small);
    if (length >= sizeof small) {
        value = tb_alloc(length + 1);
        if (!value)
            return;
        tb_setting_text(row, values, value, length + 1);
    }
    tb_ini_write(to, row->name, value);
    if (value != small)
        tb_free(value);
}

void tb_ini_write_settings(FILE *to, const tb_settings_part *parts, int count)
{
    for (int p = 0; p < count; p++) {
        const tb_settings *table = parts[p].table;
        tb_ini_write_section(to, table->name, NULL);
        for (int i = 0; i < table->count; i++)
            write_setting(to, &table->rows[i], parts[p].values);
    }
}

/* ---- reading ---- */

static char *copy(const char *text, size_t length)
{
    char *out = tb_alloc(length + 1);
    if (out)
        memcpy(out, text, length);
    return out;
}

static char unescaped(char c)
{
    return c == 'n'   ? '\n'
           : c == 'r' ? '\r'
           : c == 't' ? '\t'
           : c == 'v' ? '\v'
           : c == 'f' ? '\f'
           : c == 's' ? ' '
                      : c;
}

/* Undoes `escaped`, adding to what `e` holds already. */
static bool add_value(entry *e, const char *value)
{
    size_t before = e->value ? strlen(e->value) : 0;
    char *out = tb_alloc(before + strlen(value) + 1);
    if (!out)
        return false;
    if (e->value)
        memcpy(out, e->value, before);
    char *to = out + before;
    e->goes_on = false;
    for (; *value; value++) {
        if (*value != '\\') {
            *to++ = *value;
        } else if (value[1] == 0) {
            e->goes_on = true;
        } else if (strchr("nrtvfs;\\", value[1])) {
            *to++ = unescaped(*++value);
        } else {
            *to++ = *value;
        }
    }
    tb_free(e->value);
    e->value = out;
    return true;
}

static bool add_entry(tb_ini *ini, const char *section, const char *name)
{
    if (ini->count == ini->room) {
        int room = ini->room ? 2 * ini->room : 64;
        entry *larger = realloc(ini->entries, (size_t)room * sizeof *larger);
        if (!larger)
            return false;
        ini->entries = larger;
        ini->room = room;
    }
    entry *e = &ini->entries[ini->count++];
    *e = (entry){.section = copy(section, strlen(section)),
                 .name = copy(name, strlen(name))};
    return e->section && e->name;
}

static int meet_line(void *context, const char *section, const char *name,
                     const char *value)
{
    tb_ini *ini = context;
    entry *last = ini->count ? &ini->entries[ini->count - 1] : NULL;
    bool more = last && last->goes_on && !strcmp(last->name, name) &&
                !strcmp(last->section, section);
    if (!more && !add_entry(ini, section, name))
        ini->no_memory = true;
    else if (!add_value(&ini->entries[ini->count - 1], value ? value : ""))
        ini->no_memory = true;
    return !ini->no_memory;
}

static int by_name(const void *a, const void *b)
{
    const entry *x = *(entry *const *)a, *y = *(entry *const *)b;
    int sections = strcmp(x->section, y->section);
    return sections ? sections : strcmp(x->name, y->name);
}

static tb_status sort(tb_ini *ini, const char *path, tb_error *error)
{
    size_t n = (size_t)ini->count;
    ini->sorted = tb_alloc_array(n, sizeof *ini->sorted);
    if (!ini->sorted)
        return tb_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        ini->sorted[i] = &ini->entries[i];
    qsort(ini->sorted, n, sizeof *ini->sorted, by_name);
    for (size_t i = 1; i < n; i++)
        if (by_name(&ini->sorted[i - 1], &ini->sorted[i]) == 0)
            return tb_fail(error, TB_ERR_FORMAT,
                           "'%s' stands twice in section [%s] of '%s': remove "
                           "one.",
                           ini->sorted[i]->name, ini->sorted[i]->section, path);
    return TB_OK;
}

static tb_status parse(tb_ini *ini, const char *path, tb_error *error)
{
    void *text = NULL;
    tb_status status = tb_read_file(path, MOST_BYTES, &text, NULL, error);
    if (status)
        return status;
    int line = ini_parse_string(text, meet_line, ini);
    tb_free(text);
    if (ini->no_memory || line < 0)
        return tb_fail_memory(error);
    if (line > 0)
        return tb_fail(error, TB_ERR_FORMAT,
                       "Line %d of '%s' is not of the form name = value.", line,
                       path);
    return sort(ini, path, error);
}

tb_ini *tb_ini_read(const char *path, tb_error *error)
{
    tb_ini *ini = tb_alloc(sizeof *ini);
    if (!ini) {
        tb_fail_memory(error);
        return NULL;
    }
    if (parse(ini, path, error)) {
        tb_ini_free(ini);
        return NULL;
    }
    return ini;
}

void tb_ini_free(tb_ini *ini)
{
    if (!ini)
        return;
    for (int i = 0; i < ini->count; i++) {
        tb_free(ini->entries[i].section);
        tb_free(ini->entries[i].name);
        tb_free(ini->entries[i].value);
    }
    free(ini->entries);
    tb_free(ini->sorted);
    tb_free(ini);
}

const char *tb_ini_get(const tb_ini *ini, const char *section, const char *name)
{
    entry wanted = {.section = (char *)section, .name = (char *)name};
    entry *key = &wanted, **found = NULL;
    if (ini->count)
        found = bsearch(&key, ini->sorted, (size_t)ini->count,
                        sizeof *ini->sorted, by_name);
    return found ? (*found)->value : NULL;
}

int tb_ini_count(const tb_ini *ini, const char *section)
{
    int count = 0;
    for (int i = 0; i < ini->count; i++)
        count += strcmp(ini->entries[i].section, section) == 0;
    return count;
}

tb_status tb_ini_read_settings(const tb_ini *ini, const tb_settings_part *parts,
                               int count, tb_error *error)
{
    for (int i = 0; i < ini->count; i++)
        for (int p = 0; p < count; p++) {
            const entry *e = &ini->entries[i];
            if (strcmp(e->section, parts[p].table->name) != 0)
                continue;
            tb_status status =
                tb_settings_set(&parts[p], 1, e->name, e->value, error);
            if (status)
                return status;
        }
    return TB_OK;
}
