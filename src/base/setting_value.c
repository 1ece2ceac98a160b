#include "base/setting_value.h"
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* strtod and printf use the locale's decimal sign, which a host program may
   have changed; so the sign is exchanged on the way in and out. */
bool tb_number_parse(const char *text, const char **end, double *number)
{
    char copy[64];
    size_t length = strspn(text, "+-0123456789.eE");
    if (length == 0 || length >= sizeof copy || text[0] == 'e')
        return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    char *dot = strchr(copy, '.');
    if (dot)
        *dot = localeconv()->decimal_point[0];
    char *stop;
    *number = strtod(copy, &stop);
    *end = text + (stop - copy);
    return stop != copy && isfinite(*number);
}

bool tb_number_has_comma(const char *text, size_t length, char pointed[32])
{
    const char *comma = memchr(text, ',', length);
    size_t whole = comma ? (size_t)(comma - text) : 0;
    if (!comma || length >= 32 || whole + 1 == length)
        return false;
    size_t sign = text[0] == '-' || text[0] == '+';
    for (size_t i = sign; i < length; i++)
        if (i != whole && !isdigit((unsigned char)text[i]))
            return false;
    snprintf(pointed, 32, "%.*s%.*s.%.*s", (int)sign, text,
             (int)(whole > sign ? whole - sign : 1),
             whole > sign ? text + sign : "0", (int)(length - whole - 1),
             comma + 1);
    return true;
}

static void put_point(char *text)
{
    char *sign = strchr(text, localeconv()->decimal_point[0]);
    if (sign)
        *sign = '.';
}

void tb_number_text(double number, char text[32])
{
    if (number == floor(number) && fabs(number) < 1e15) {
        snprintf(text, 32, "%.0f", number == 0 ? 0.0 : number);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    put_point(text);
}

void tb_number_digits(double number, int digits, char text[32])
{
    snprintf(text, 32, "%.*g", digits, number);
    put_point(text);
}

/* What a number after which `suffix` stands is to be multiplied by, or 0. */
static double suffix_factor(const char *suffix, size_t length, const char *unit)
{
    static const struct {
        const char *name;
        double seconds;
    } times[] = {{"ms", 0.001}, {"s", 1}, {"min", 60}, {"h", 3600}};
    if (length == 0)
        return 1;
    if (unit && strlen(unit) == length && memcmp(suffix, unit, length) == 0)
        return 1;
    double from = 0, to = 0;
    for (size_t i = 0; unit && i < sizeof times / sizeof *times; i++) {
        if (strlen(times[i].name) == length &&
            memcmp(suffix, times[i].name, length) == 0)
            from = times[i].seconds;
        if (strcmp(times[i].name, unit) == 0)
            to = times[i].seconds;
    }
    if (from > 0 && to > 0)
        return from / to;
    return length == 1 && *suffix == 'k' ? 1000 : 0;
}

static tb_status refuse_type(const tb_setting *s, const char *text,
                             const char *wanted, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s=%s: '%s' should be %s, such as %s.", s->name, text,
                   s->name, wanted, s->standard);
}

static tb_status check_range(const tb_setting *s, double number,
                             tb_error *error)
{
    if (number >= s->low && number <= s->high)
        return TB_OK;
    char range[128], given[32], nearest[32];
    tb_setting_range(s, range, sizeof range);
    tb_number_text(number, given);
    tb_number_text(number < s->low ? s->low : s->high, nearest);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s=%s is too %s: it goes from %s. The nearest is %s.",
                   s->name, given, number < s->low ? "small" : "large", range,
                   nearest);
}

/* Reads one number up to a comma or the end. `*text` moves on. */
static tb_status read_number(const tb_setting *s, const char **text, bool whole,
                             double *number, tb_error *error)
{
    const char *wanted = whole ? "a whole number" : "a number";
    const char *from = *text, *at;
    while (*from == ' ')
        from++;
    if (!tb_number_parse(from, &at, number))
        return refuse_type(s, *text, wanted, error);
    while (*at == ' ')
        at++;
    size_t length = strcspn(at, ", ");
    double factor = suffix_factor(at, length, s->unit);
    if (factor == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s=%s: '%.*s' is not a unit of '%s'%s%s.", s->name,
                       *text, (int)(length > 40 ? 40 : length), at, s->name,
                       s->unit ? ", which counts in " : ", which has none",
                       s->unit ? s->unit : "");
    *number *= factor;
    at += length + strspn(at + length, " ");
    if (whole && *number != floor(*number)) {
        char low[32], high[32];
        tb_number_text(floor(*number), low);
        tb_number_text(ceil(*number), high);
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s=%s: '%s' is a whole number: %s or %s.", s->name,
                       *text, s->name, low, high);
    }
    *text = at;
    return check_range(s, *number, error);
}

/* A comma in a setting of one real number is a decimal one. */
static tb_status refuse_comma(const tb_setting *s, const char *text,
                              tb_error *error)
{
    char pointed[32];
    if (!tb_number_has_comma(text, strspn(text, "+-0123456789,"), pointed))
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT, "%s=%s: write %s, with a point.",
                   s->name, text, pointed);
}

/* In "0,8" the comma may be a decimal one or part two numbers, unless a point
   elsewhere in the list, or a space, tells. */
tb_status tb_setting_check_commas(const tb_setting *s, const char *text,
                                  tb_error *error)
{
    const char *comma = strchr(text, ',');
    if (strchr(text, '.') || strchr(text, ' ') || !comma || comma == text ||
        !isdigit((unsigned char)comma[-1]) || !isdigit((unsigned char)comma[1]))
        return TB_OK;
    const char *from = comma, *to = comma + 1;
    while (from > text && isdigit((unsigned char)from[-1]))
        from--;
    to += strspn(to, "0123456789");
    int before = (int)(comma - from), after = (int)(to - comma - 1);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s=%s: '%.*s' may be one number or two. Write %.*s.%.*s, "
                   "with a point, for one, and %.*s.0,%.*s.0 for two.",
                   s->name, text, (int)(to - from), from, before, from, after,
                   comma + 1, before, from, after, comma + 1);
}

static tb_status read_one(const tb_setting *s, const char *text, bool whole,
                          double *number, tb_error *error)
{
    const char *at = text;
    tb_status refused = whole ? TB_OK : refuse_comma(s, text, error);
    if (refused)
        return refused;
    tb_status status = read_number(s, &at, whole, number, error);
    if (status == TB_OK && *at)
        return refuse_type(s, text, whole ? "one whole number" : "one number",
                           error);
    return status;
}

/* A list may stand in (), [] or bare; "" and "()" are the empty list. */
static tb_status read_list(const tb_setting *s, const char *text, bool whole,
                           double *numbers, int *count, tb_error *error)
{
    char bare[1024];
    size_t length = strlen(text);
    if (length >= sizeof bare)
        return refuse_type(s, text, "a shorter list", error);
    bool wrapped = length > 1 && ((text[0] == '(' && text[length - 1] == ')') ||
                                  (text[0] == '[' && text[length - 1] == ']'));
    memcpy(bare, text + wrapped, length - 2 * wrapped);
    bare[length - 2 * wrapped] = 0;
    const char *at = bare + strspn(bare, " ");
    *count = 0;
    while (*at) {
        if (*count == TB_LIST_MAX)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "%s: a list has at most %d numbers.", s->name,
                           TB_LIST_MAX);
        tb_status status =
            read_number(s, &at, whole, &numbers[(*count)++], error);
        if (status)
            return status;
        if (*at && *at != ',')
            return refuse_type(s, text, "a list of numbers with commas", error);
        at += *at == ',';
        at += strspn(at, " ");
    }
    return TB_OK;
}

static tb_status parse_list(const tb_setting *s, const char *text, void *field,
                            tb_error *error)
{
    double numbers[TB_LIST_MAX];
    int count = 0;
    bool whole = s->type == TB_TYPE_INTS;
    tb_status refused = whole ? TB_OK : tb_setting_check_commas(s, text, error);
    if (refused)
        return refused;
    tb_status status = read_list(s, text, whole, numbers, &count, error);
    if (status)
        return status;
    tb_int_list *ints = field;
    tb_float_list *floats = field;
    if (whole)
        *ints = (tb_int_list){.count = count};
    else
        *floats = (tb_float_list){.count = count};
    for (int i = 0; i < count; i++) {
        if (whole)
            ints->at[i] = (int)numbers[i];
        else
            floats->at[i] = numbers[i];
    }
    return TB_OK;
}

static tb_status parse_bool(const tb_setting *s, const char *text, bool *field,
                            tb_error *error)
{
    static const char *const words[] = {"no",  "yes", "false", "true",
                                        "off", "on",  "0",     "1"};
    for (int i = 0; i < 8; i++)
        if (strcmp(text, words[i]) == 0) {
            *field = i % 2;
            return TB_OK;
        }
    return tb_fail(error, TB_ERR_ARGUMENT, "%s=%s: '%s' is yes or no.", s->name,
                   text, s->name);
}

static tb_status parse_choice(const tb_setting *s, const char *text, int *field,
                              tb_error *error)
{
    int count = 0;
    for (; s->choices[count]; count++)
        if (strcmp(s->choices[count], text) == 0) {
            *field = count;
            return TB_OK;
        }
    char range[512];
    tb_setting_range(s, range, sizeof range);
    const char *meant = tb_nearest_name(text, s->choices, count);
    return tb_fail(error, TB_ERR_ARGUMENT, "%s=%s: '%s' is %s.%s%s%s", s->name,
                   text, s->name, range, meant ? " Did you mean '" : "",
                   meant ? meant : "", meant ? "'?" : "");
}

static tb_status parse_text(const tb_setting *s, const char *text, char *field,
                            tb_error *error)
{
    size_t length = strlen(text);
    if (length >= s->size)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s: the text is %zu bytes long, more than the %zu that "
                       "it may have.",
                       s->name, length, s->size - 1);
    memset(field, 0, s->size);
    memcpy(field, text, length);
    return TB_OK;
}

static tb_status parse_seed(const tb_setting *s, const char *text,
                            uint64_t *field, tb_error *error)
{
    char *end;
    errno = 0;
    unsigned long long seed = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || errno == ERANGE)
        return refuse_type(s, text, "a whole number from 0 to 2^64 - 1", error);
    *field = seed;
    return TB_OK;
}

tb_status tb_setting_parse(const tb_setting *s, const char *text, void *values,
                           tb_error *error)
{
    void *field = (char *)values + s->offset;
    double number;
    tb_status status = TB_OK;
    switch (s->type) {
    case TB_TYPE_INT:
        status = read_one(s, text, true, &number, error);
        if (status == TB_OK)
            *(int *)field = (int)number;
        return status;
    case TB_TYPE_FLOAT:
        status = read_one(s, text, false, &number, error);
        if (status == TB_OK)
            *(double *)field = number;
        return status;
    case TB_TYPE_INTS:
    case TB_TYPE_FLOATS:
        return parse_list(s, text, field, error);
    case TB_TYPE_BOOL:
        return parse_bool(s, text, field, error);
    case TB_TYPE_CHOICE:
        return parse_choice(s, text, field, error);
    case TB_TYPE_TEXT:
        return parse_text(s, text, field, error);
    case TB_TYPE_SEED:
        return parse_seed(s, text, field, error);
    }
    return status;
}

/* Appends as far as there is room; `used` counts all that was wanted. */
static void append(char *text, size_t size, size_t *used, const char *more)
{
    size_t length = strlen(more);
    if (*used < size) {
        size_t room = size - 1 - *used;
        size_t part = length < room ? length : room;
        memcpy(text + *used, more, part);
        text[*used + part] = 0;
    }
    *used += length;
}

static void append_number(char *text, size_t size, size_t *used, double number)
{
    char digits[32];
    tb_number_text(number, digits);
    append(text, size, used, digits);
}

/* A list of several that are all whole gets a point, so that it reads back
   without a doubt. */
static void append_floats(char *text, size_t size, size_t *used,
                          const tb_float_list *list)
{
    bool whole = list->count > 1;
    for (int i = 0; i < list->count; i++)
        whole = whole && list->at[i] == floor(list->at[i]) &&
                fabs(list->at[i]) < 1e15;
    for (int i = 0; i < list->count; i++) {
        append(text, size, used, i ? "," : "");
        append_number(text, size, used, list->at[i]);
        append(text, size, used, whole ? ".0" : "");
    }
}

size_t tb_setting_text(const tb_setting *s, const void *values, char *text,
                       size_t size)
{
    const void *field = (const char *)values + s->offset;
    const tb_int_list *ints = field;
    char digits[32];
    size_t used = 0;
    if (size)
        text[0] = 0;
    switch (s->type) {
    case TB_TYPE_INT:
        append_number(text, size, &used, *(const int *)field);
        break;
    case TB_TYPE_FLOAT:
        append_number(text, size, &used, *(const double *)field);
        break;
    case TB_TYPE_INTS:
        for (int i = 0; i < ints->count; i++) {
            append(text, size, &used, i ? "," : "");
            append_number(text, size, &used, ints->at[i]);
        }
        break;
    case TB_TYPE_FLOATS:
        append_floats(text, size, &used, field);
        break;
    case TB_TYPE_BOOL:
        append(text, size, &used, *(const bool *)field ? "yes" : "no");
        break;
    case TB_TYPE_CHOICE:
        append(text, size, &used, s->choices[*(const int *)field]);
        break;
    case TB_TYPE_TEXT:
        append(text, size, &used, field);
        break;
    case TB_TYPE_SEED:
        snprintf(digits, sizeof digits, "%llu",
                 (unsigned long long)*(const uint64_t *)field);
        append(text, size, &used, digits);
        break;
    }
    return used;
}

size_t tb_setting_range(const tb_setting *s, char *text, size_t size)
{
    size_t used = 0;
    if (size)
        text[0] = 0;
    if (s->type == TB_TYPE_BOOL) {
        append(text, size, &used, "yes or no");
    } else if (s->type == TB_TYPE_CHOICE) {
        append(text, size, &used, "one of ");
        for (int i = 0; s->choices[i]; i++) {
            append(text, size, &used, i ? ", " : "");
            append(text, size, &used, s->choices[i]);
        }
    } else if (s->type < TB_TYPE_BOOL) {
        append_number(text, size, &used, s->low);
        append(text, size, &used, " to ");
        append_number(text, size, &used, s->high);
        append(text, size, &used, s->unit ? " " : "");
        append(text, size, &used, s->unit ? s->unit : "");
    }
    return used;
}
