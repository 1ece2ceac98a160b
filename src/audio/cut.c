#include "audio/cut.h"
#include "base/setting_value.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Longer than any recording; keeps the numbers exact. */
static const double MOST_SECONDS = 1e7;

typedef struct cut_reader {
    const char *at, *end;
} cut_reader;

static bool is_digit(const cut_reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool take(cut_reader *r, char c)
{
    bool there = r->at < r->end && *r->at == c;
    r->at += there;
    return there;
}

static bool take_word(cut_reader *r, const char *word)
{
    size_t length = strlen(word);
    bool there =
        (size_t)(r->end - r->at) == length && memcmp(r->at, word, length) == 0;
    r->at += there ? length : 0;
    return there;
}

static bool take_digits(cut_reader *r, double *value)
{
    const char *start = r->at;
    for (*value = 0; is_digit(r) && *value < 1e12; r->at++)
        *value = *value * 10 + (*r->at - '0');
    return r->at > start;
}

/* Not strtod, which reads what the host's language setting makes of a point,
   and "inf", "nan" and hexadecimal numbers besides. */
static bool take_number(cut_reader *r, double *value)
{
    bool whole = take_digits(r, value);
    if (!take(r, '.'))
        return whole;
    double numerator = 0, denominator = 1;
    const char *start = r->at;
    for (; is_digit(r); r->at++) {
        if (denominator >= 1e15)
            continue;
        numerator = numerator * 10 + (*r->at - '0');
        denominator *= 10;
    }
    *value = (*value * denominator + numerator) / denominator;
    return whole || r->at > start;
}

/* "1:02:30.5": every part after the first is below 60. */
static bool take_clock(cut_reader *r, double *seconds)
{
    double total = 0, part = 0;
    for (int parts = 0; parts < 3; parts++) {
        if (!is_digit(r) || !take_number(r, &part))
            return false;
        if (parts > 0 && part >= 60)
            return false;
        total = total * 60 + part;
        if (r->at == r->end) {
            *seconds = total;
            return parts > 0;
        }
        if (part != (double)(long long)part || !take(r, ':'))
            return false;
    }
    return false;
}

bool tb_parse_seconds(const char *text, size_t length, double *seconds)
{
    cut_reader r = {text, text + length};
    double value = 0;
    bool good;
    if (memchr(text, ':', length) != NULL) {
        good = take_clock(&r, &value);
    } else {
        good = take_number(&r, &value);
        if (good && take_word(&r, "ms"))
            value /= 1000;
        else
            good = good && take_word(&r, "s");
    }
    if (!good || !(value <= MOST_SECONDS))
        return false;
    *seconds = value;
    return true;
}

static tb_status fail_time(const char *text, const char *part, size_t length,
                           const char *what, tb_error *error)
{
    cut_reader r = {part, part + length};
    double value;
    char pointed[32];
    size_t digits = strspn(part, "0123456789,");
    digits = digits < length ? digits : length;
    if (tb_number_has_comma(part, digits, pointed))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': in the %s, write %s, with a point.", text, what,
                       pointed);
    if (take_number(&r, &value) && r.at == r.end)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': write the %s with its unit, '%.*ss' for seconds "
                       "or '%.*sms' for thousandths.",
                       text, what, (int)length, part, (int)length, part);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "'%s': '%.*s' is not a %s: write a time such as 3.5s, "
                   "250ms or 1:30, as in bell.wav@3.5s+1s.",
                   text, (int)length, part, what);
}

static tb_status set_path(tb_cut *cut, const char *text, size_t length,
                          tb_error *error)
{
    if (length == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' names no file: write it as bell.wav@3.5s+1s.",
                       text);
    if (length >= sizeof(cut->path))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A file name of %zu letters is too long.", length);
    memcpy(cut->path, text, length);
    cut->path[length] = '\0';
    return TB_OK;
}

static tb_status set_length(tb_cut *cut, const char *text, const char *part,
                            tb_error *error)
{
    if (!tb_parse_seconds(part, strlen(part), &cut->length_seconds))
        return fail_time(text, part, strlen(part), "length", error);
    if (cut->length_seconds <= 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s': a length of 0 leaves nothing: leave '+%s' out "
                       "to go to the end.",
                       text, part);
    return TB_OK;
}

/* `position` is what follows the '@': "start", "start+length", "+length". */
static tb_status parse_position(tb_cut *cut, const char *text,
                                const char *position, tb_error *error)
{
    size_t length = strcspn(position, "+");
    if (length == 0 && position[0] == '\0')
        return fail_time(text, position, 0, "start", error);
    if (length > 0 && !tb_parse_seconds(position, length, &cut->start_seconds))
        return fail_time(text, position, length, "start", error);
    if (position[length] == '+')
        return set_length(cut, text, position + length + 1, error);
    return TB_OK;
}

tb_status tb_cut_parse(const char *text, tb_cut *cut, tb_error *error)
{
    *cut = (tb_cut){0};
    const char *at = strrchr(text, '@');
    const char *plus = strrchr(text, '+');
    double ignored;
    size_t length = strlen(text);
    if (access(text, F_OK) == 0)
        return set_path(cut, text, length, error);
    if (at != NULL) {
        tb_status status = set_path(cut, text, (size_t)(at - text), error);
        return status != TB_OK ? status
                               : parse_position(cut, text, at + 1, error);
    }
    /* Without '@' a '+' may be part of the name, "drum+bass.wav". */
    if (plus != NULL &&
        tb_parse_seconds(plus + 1, strlen(plus + 1), &ignored)) {
        tb_status status = set_path(cut, text, (size_t)(plus - text), error);
        return status != TB_OK ? status
                               : set_length(cut, text, plus + 1, error);
    }
    return set_path(cut, text, length, error);
}
