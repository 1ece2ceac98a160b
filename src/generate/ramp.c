#include "generate/ramp.h"

#include "audio/cut.h"
#include "base/setting_value.h"

#include <string.h>

/* What is being read, for errors. */
typedef struct ramp_text {
    const char *text, *what;
    double low, high;
    tb_error *error;
} ramp_text;

static tb_status not_understood(const ramp_text *r)
{
    return tb_fail(r->error, TB_ERR_ARGUMENT,
                   "The %s '%s' is not understood: write a number as 0.9, two "
                   "as 0.5..1.2 to go from one to the other, or values at "
                   "times as 0:0.5,2s:1.0,5s:0.7.",
                   r->what, r->text);
}

/* A number that is all of `text`, which is cut there. */
static tb_status read_value(const ramp_text *r, const char *text, double *value)
{
    const char *end;
    char pointed[32];
    if (tb_number_has_comma(text, strlen(text), pointed))
        return tb_fail(r->error, TB_ERR_ARGUMENT,
                       "The %s '%s': write %s, with a point.", r->what, r->text,
                       pointed);
    if (!tb_number_parse(text, &end, value) || *end)
        return not_understood(r);
    if (!(*value >= r->low && *value <= r->high))
        return tb_fail(r->error, TB_ERR_ARGUMENT,
                       "The %s goes from %g to %g; '%s' does not fit.", r->what,
                       r->low, r->high, text);
    return TB_OK;
}

static tb_status read_time(const ramp_text *r, const char *text, double *time)
{
    const char *end;
    if (tb_parse_seconds(text, strlen(text), time) ||
        (tb_number_parse(text, &end, time) && !*end && *time >= 0))
        return TB_OK;
    return tb_fail(r->error, TB_ERR_ARGUMENT,
                   "In the %s '%s', '%s' is not a time: write 2s, 500ms or "
                   "1:30.",
                   r->what, r->text, text);
}

static tb_status read_range(const ramp_text *r, char *text, char *dots,
                            tb_ramp *ramp)
{
    *dots = 0;
    ramp->relative = true;
    ramp->count = 2;
    ramp->time[0] = 0;
    ramp->time[1] = 1;
    tb_status status = read_value(r, text, &ramp->value[0]);
    return status ? status : read_value(r, dots + 2, &ramp->value[1]);
}

static tb_status read_point(const ramp_text *r, char *point, tb_ramp *ramp)
{
    char *colon = strrchr(point, ':');
    int i = ramp->count;
    if (!colon && i && strspn(point, "0123456789") == strlen(point))
        return tb_fail(r->error, TB_ERR_ARGUMENT,
                       "In the %s '%s', '%s' has no time: a comma parts the "
                       "points. Write 0.5, with a point, as in 0:0.5,2s:1.0.",
                       r->what, r->text, point);
    if (!colon)
        return not_understood(r);
    if (i == TB_RAMP_MAX)
        return tb_fail(r->error, TB_ERR_ARGUMENT,
                       "The %s has more than %d values.", r->what, TB_RAMP_MAX);
    *colon = 0;
    tb_status status = read_time(r, point, &ramp->time[i]);
    if (!status)
        status = read_value(r, colon + 1, &ramp->value[i]);
    if (!status && i && ramp->time[i] <= ramp->time[i - 1])
        return tb_fail(r->error, TB_ERR_ARGUMENT,
                       "In the %s '%s', %s does not come after the time "
                       "before it.",
                       r->what, r->text, point);
    ramp->count++;
    return status;
}

static tb_status read_points(const ramp_text *r, char *text, tb_ramp *ramp)
{
    tb_status status = TB_OK;
    while (!status && text) {
        char *comma = strchr(text, ',');
        if (comma)
            *comma = 0;
        status = read_point(r, text, ramp);
        text = comma ? comma + 1 : NULL;
    }
    return status;
}

tb_status tb_ramp_parse(const char *text, const char *what, double low,
                        double high, tb_ramp *ramp, tb_error *error)
{
    ramp_text r = {text, what, low, high, error};
    char copy[2048];
    size_t n = strlen(text);
    *ramp = (tb_ramp){0};
    if (n >= sizeof copy)
        return not_understood(&r);
    memcpy(copy, text, n + 1);
    char *dots = strstr(copy, "..");
    if (dots)
        return read_range(&r, copy, dots, ramp);
    if (strchr(copy, ':'))
        return read_points(&r, copy, ramp);
    ramp->count = 1;
    return read_value(&r, copy, &ramp->value[0]);
}

double tb_ramp_at(const tb_ramp *ramp, double seconds, double length_seconds)
{
    double t = seconds;
    if (ramp->relative)
        t = length_seconds > 0 ? seconds / length_seconds : 0;
    int i = 0;
    while (i < ramp->count && ramp->time[i] <= t)
        i++;
    if (i == 0)
        return ramp->value[0];
    if (i == ramp->count)
        return ramp->value[i - 1];
    double part = (t - ramp->time[i - 1]) / (ramp->time[i] - ramp->time[i - 1]);
    return ramp->value[i - 1] + part * (ramp->value[i] - ramp->value[i - 1]);
}

bool tb_ramp_is_constant(const tb_ramp *ramp)
{
    for (int i = 1; i < ramp->count; i++)
        if (ramp->value[i] != ramp->value[0])
            return false;
    return true;
}
