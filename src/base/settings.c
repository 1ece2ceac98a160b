#include "base/settings.h"

#include "base/arena.h"
#include "base/setting_value.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 64 };

static char plain(char c)
{
    return c == '-' ? '_' : (char)tolower((unsigned char)c);
}

static bool same_name(const char *a, const char *b)
{
    while (*a && plain(*a) == plain(*b))
        a++, b++;
    return plain(*a) == plain(*b);
}

static int min3(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edits (insert, delete, replace, swap neighbours) that make `b` of `a`.
   Source: F. Damerau, "A technique for computer detection and correction of
   spelling errors", CACM 7(3), 1964, in its restricted form. */
static int edits(const char *a, const char *b)
{
    int m = (int)strlen(a), n = (int)strlen(b);
    if (m >= NAME_MAX_LENGTH || n >= NAME_MAX_LENGTH)
        return NAME_MAX_LENGTH;
    int d[NAME_MAX_LENGTH][NAME_MAX_LENGTH];
    for (int i = 0; i <= m; i++)
        d[i][0] = i;
    for (int j = 0; j <= n; j++)
        d[0][j] = j;
    for (int i = 1; i <= m; i++)
        for (int j = 1; j <= n; j++) {
            int other = plain(a[i - 1]) != plain(b[j - 1]);
            d[i][j] =
                min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + other);
            if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
                plain(a[i - 2]) == plain(b[j - 1]) && d[i - 2][j - 2] < d[i][j])
                d[i][j] = d[i - 2][j - 2] + other;
        }
    return d[m][n];
}

/* How far `name` is from `candidate`; one that it begins or ends is near. */
static int distance(const char *name, const char *candidate)
{
    int far = edits(name, candidate);
    size_t m = strlen(name), n = strlen(candidate);
    if (m < 3 || n < m)
        return far;
    char head[NAME_MAX_LENGTH];
    if (m >= sizeof head)
        return far;
    memcpy(head, candidate, m);
    head[m] = 0;
    if (far > 1 &&
        (same_name(head, name) || same_name(candidate + n - m, name)))
        return 1;
    return far;
}

const char *tb_nearest_name(const char *name, const char *const *names,
                            int count)
{
    const char *best = NULL;
    int least = 1 + (int)(strlen(name) + 2) / 3;
    for (int i = 0; i < count; i++) {
        int far = distance(name, names[i]);
        if (far < least) {
            least = far;
            best = names[i];
        }
    }
    return best;
}

/* The nearest name of all tables, or null. */
static const char *nearest_setting(const tb_settings_part *parts, int count,
                                   const char *name)
{
    const char *best = NULL;
    for (int p = 0; p < count; p++)
        for (int i = 0; i < parts[p].table->count; i++) {
            const char *two[2] = {best, parts[p].table->rows[i].name};
            const char *nearer = best ? tb_nearest_name(name, two, 2)
                                      : tb_nearest_name(name, two + 1, 1);
            best = nearer ? nearer : best;
        }
    return best;
}

static const tb_setting *unknown(const tb_settings_part *parts, int count,
                                 const char *name, tb_error *error)
{
    const char *meant = nearest_setting(parts, count, name);
    if (meant)
        tb_fail(error, TB_ERR_ARGUMENT,
                "There is no setting '%s'. Did you mean '%s'?", name, meant);
    else
        tb_fail(error, TB_ERR_ARGUMENT,
                "There is no setting '%s'; --help shows them all.", name);
    return NULL;
}

/* True when `name` is "table." followed by a row's name, which `*rest` becomes,
   or has no table's name before it. */
static bool names_table(const tb_settings *table, const char *name,
                        const char **rest)
{
    const char *dot = strchr(name, '.');
    *rest = dot ? dot + 1 : name;
    return !dot || (strlen(table->name) == (size_t)(dot - name) &&
                    memcmp(table->name, name, (size_t)(dot - name)) == 0);
}

const tb_setting *tb_settings_find(const tb_settings_part *parts, int count,
                                   const char *name, void **values,
                                   tb_error *error)
{
    const tb_setting *found = NULL;
    const char *where = NULL;
    for (int p = 0; p < count; p++) {
        const char *rest;
        if (!names_table(parts[p].table, name, &rest))
            continue;
        for (int i = 0; i < parts[p].table->count; i++) {
            const tb_setting *row = &parts[p].table->rows[i];
            if (!same_name(row->name, rest))
                continue;
            if (found) {
                tb_fail(error, TB_ERR_ARGUMENT,
                        "There are two settings '%s': write '%s.%s' or "
                        "'%s.%s'.",
                        name, where, row->name, parts[p].table->name,
                        row->name);
                return NULL;
            }
            found = row;
            where = parts[p].table->name;
            if (values)
                *values = parts[p].values;
        }
    }
    return found ? found : unknown(parts, count, name, error);
}

void tb_settings_defaults(const tb_settings_part *parts, int count)
{
    for (int p = 0; p < count; p++)
        for (int i = 0; i < parts[p].table->count; i++) {
            const tb_setting *row = &parts[p].table->rows[i];
            tb_error error;
            tb_status status =
                tb_setting_parse(row, row->standard, parts[p].values, &error);
            assert(status == TB_OK);
            (void)status;
        }
}

tb_status tb_settings_set(const tb_settings_part *parts, int count,
                          const char *name, const char *value, tb_error *error)
{
    void *values = NULL;
    const tb_setting *row =
        tb_settings_find(parts, count, name, &values, error);
    if (!row)
        return TB_ERR_ARGUMENT;
    return tb_setting_parse(row, value, values, error);
}

tb_status tb_settings_assign(const tb_settings_part *parts, int count,
                             const char *assignment, tb_error *error)
{
    const char *equals = strchr(assignment, '=');
    char name[2 * NAME_MAX_LENGTH];
    if (!equals || equals == assignment)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' is not of the form name=value.", assignment);
    size_t length = (size_t)(equals - assignment);
    while (length && assignment[length - 1] == ' ')
        length--;
    if (length >= sizeof name)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There is no setting '%.*s...'; --help shows them all.",
                       NAME_MAX_LENGTH, assignment);
    memcpy(name, assignment, length);
    name[length] = 0;
    return tb_settings_set(parts, count, name, equals + 1, error);
}

static const tb_preset *find_preset(const tb_settings_part *parts, int count,
                                    const char *name, const char **nearest)
{
    for (int p = 0; p < count; p++)
        for (int i = 0; i < parts[p].table->preset_count; i++) {
            const tb_preset *preset = &parts[p].table->presets[i];
            if (same_name(preset->name, name))
                return preset;
            const char *two[2] = {*nearest, preset->name};
            const char *nearer = *nearest ? tb_nearest_name(name, two, 2)
                                          : tb_nearest_name(name, two + 1, 1);
            *nearest = nearer ? nearer : *nearest;
        }
    return NULL;
}

/* Several tables may have a preset of one name. */
static bool is_listed(const tb_settings_part *parts, int table, int preset)
{
    const char *name = parts[table].table->presets[preset].name;
    for (int p = 0; p < table; p++)
        for (int i = 0; i < parts[p].table->preset_count; i++)
            if (same_name(parts[p].table->presets[i].name, name))
                return true;
    return false;
}

/* "a, b, c": all presets, cut to the room there is. */
static void list_presets(const tb_settings_part *parts, int count, char *text,
                         size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int p = 0; p < count; p++)
        for (int i = 0; i < parts[p].table->preset_count; i++) {
            if (is_listed(parts, p, i))
                continue;
            if (used >= size)
                return;
            int n = snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                             parts[p].table->presets[i].name);
            used += n > 0 ? (size_t)n : 0;
        }
}

static tb_status no_preset(const tb_settings_part *parts, int count,
                           const char *name, const char *nearest,
                           tb_error *error)
{
    char all[512];
    list_presets(parts, count, all, sizeof all);
    if (nearest)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There is no preset '%s'. Did you mean '%s'?", name,
                       nearest);
    if (!all[0])
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There is no preset '%s': there are none here.", name);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "There is no preset '%s'; there are %s.", name, all);
}

/* Whether an override is of one of these tables, as far as it names one. */
static bool is_of_these(const tb_settings_part *parts, int count,
                        const char *override)
{
    size_t dot = strcspn(override, ".=");
    if (override[dot] != '.')
        return true;
    for (int i = 0; i < count; i++)
        if (strlen(parts[i].table->name) == dot &&
            strncmp(parts[i].table->name, override, dot) == 0)
            return true;
    return false;
}

tb_status tb_settings_preset(const tb_settings_part *parts, int count,
                             const char *names, tb_error *error)
{
    while (*names) {
        char name[NAME_MAX_LENGTH];
        size_t length = strcspn(names, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, names);
        const char *nearest = NULL;
        const tb_preset *preset = find_preset(parts, count, name, &nearest);
        if (!preset)
            return no_preset(parts, count, name, nearest, error);
        for (int i = 0; preset->overrides[i]; i++) {
            if (!is_of_these(parts, count, preset->overrides[i]))
                continue;
            tb_status status =
                tb_settings_assign(parts, count, preset->overrides[i], error);
            if (status)
                return status;
        }
        names += length + (names[length] == ',');
    }
    return TB_OK;
}

static void help_row(const tb_setting *row, const void *values, FILE *to)
{
    char value[512], range[512];
    tb_setting_text(row, values, value, sizeof value);
    tb_setting_range(row, range, sizeof range);
    int width = fprintf(to, "  %s=%s", row->name, value);
    if (range[0] && width + 2 + (int)strlen(range) > 79)
        fprintf(to, "\n     ");
    if (range[0])
        fprintf(to, "  (%s)", range);
    fprintf(to, "\n      %s\n", row->help);
}

void tb_settings_help(const tb_settings_part *parts, int count, FILE *to)
{
    for (int p = 0; p < count; p++) {
        const tb_settings *table = parts[p].table;
        fprintf(to, "%s%c%s:\n", p ? "\n" : "",
                toupper((unsigned char)table->name[0]), table->name + 1);
        for (int i = 0; i < table->count; i++)
            help_row(&table->rows[i], parts[p].values, to);
        if (table->preset_count)
            fprintf(to, "  Presets:\n");
        for (int i = 0; i < table->preset_count; i++)
            fprintf(to, "    %-16s %s\n", table->presets[i].name,
                    table->presets[i].help);
    }
}

char *tb_settings_lines(tb_arena *arena, const tb_settings *table,
                        const void *values)
{
    char *text = tb_arena_strdup(arena, "");
    for (int i = 0; text && i < table->count; i++) {
        size_t n = tb_setting_text(&table->rows[i], values, NULL, 0);
        char *value = tb_arena_alloc(arena, n + 1);
        if (!value)
            return NULL;
        tb_setting_text(&table->rows[i], values, value, n + 1);
        text = tb_arena_printf(arena, "%s%s=%s\n", text, table->rows[i].name,
                               value);
    }
    return text;
}
