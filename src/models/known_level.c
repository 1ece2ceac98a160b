#include "models/known_level.h"

#include "base/memory.h"
#include "base/setting_value.h"
#include "dsp/loudness.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* "0123456789abcdef=0.123456\n" and some room. */
enum { LINE = 48 };

/* The most that is done. */
static const double MOST = 100;

static int lines_in(const char *text)
{
    int n = 0;
    for (; text && *text; text++)
        n += *text == '\n';
    return n;
}

static void read_gain(tb_known_level *known, const char *line)
{
    tb_known_gain g;
    int equals = 0;
    const char *end;
    if (sscanf(line, "%16" SCNx64 "=%n", &g.hash, &equals) == 1 && equals &&
        tb_number_parse(line + equals, &end, &g.gain) && g.gain > 0)
        known->gains[known->count++] = g;
}

tb_status tb_known_level_read(tb_known_level *known, const char *level,
                              const char *gains, tb_error *error)
{
    int n = lines_in(gains);
    const char *end;
    *known = (tb_known_level){0};
    known->known = level && tb_number_parse(level, &end, &known->level);
    n = n < TB_KNOWN_GAINS ? n : TB_KNOWN_GAINS;
    known->gains = tb_alloc_array((size_t)n + 1, sizeof *known->gains);
    if (!known->gains)
        return tb_fail_memory(error);
    for (const char *line = gains; line && known->count < n; line++) {
        read_gain(known, line);
        line = strchr(line, '\n');
        if (!line)
            break;
    }
    return TB_OK;
}

void tb_known_level_clear(tb_known_level *known)
{
    tb_free(known->gains);
    *known = (tb_known_level){0};
}

char *tb_known_level_gains(const tb_known_level *known)
{
    char *text = tb_alloc_array((size_t)known->count + 1, LINE);
    size_t at = 0;
    for (int i = 0; text && i < known->count; i++) {
        char gain[32];
        tb_number_text(known->gains[i].gain, gain);
        at += (size_t)snprintf(text + at, LINE, "%016" PRIx64 "=%s\n",
                               known->gains[i].hash, gain);
    }
    return text;
}

double tb_known_level_gain(const tb_known_level *known, uint64_t hash)
{
    for (int i = 0; i < known->count; i++)
        if (known->gains[i].hash == hash)
            return known->gains[i].gain;
    return 0;
}

double tb_known_level_bring(const tb_known_level *known, double loudness,
                            double peak)
{
    if (!known->known || !isfinite(loudness) || !(peak > 0))
        return 1;
    double gain = pow(10, (known->level - loudness) / 20);
    return fmin(gain, fmin(TB_NORMAL_PEAK / peak, MOST));
}
