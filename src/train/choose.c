#include "train/choose.h"

#include "base/amounts.h"
#include "base/memory.h"
#include "corpus/cache.h"
#include "dsp/describe.h"

#include <math.h>
#include <stdio.h>

/* ---- listening ---- */

enum { RATE = 16000, MOMENTS = 32, MOMENT = 4 * RATE };

/* Below the loudest frame of a moment: a pause. */
static const double PAUSE_DB = 45;

typedef struct level_changes {
    double change;
    int64_t sounding, frames;
} level_changes;

static float loudest(const tb_description *d)
{
    float most = -120;
    for (int64_t i = 0; i < d->frames; i++)
        most = fmaxf(most, d->loudness[i]);
    return most;
}

static void add(level_changes *to, const tb_description *d)
{
    double floor = loudest(d) - PAUSE_DB;
    for (int64_t i = 1; i < d->frames; i++) {
        to->frames++;
        if (d->loudness[i] < floor)
            continue;
        to->sounding++;
        to->change += fabs(d->loudness[i] - d->loudness[i - 1]);
    }
}

/* The moment that begins at `start` of all files in a row, and runs to the end
   of its file at most. */
static tb_status hear_at(const tb_cache *cache, int64_t start, float *x,
                         level_changes *to, tb_error *error)
{
    tb_description d;
    int file = 0;
    while (file + 1 < tb_cache_files(cache) &&
           start >= tb_cache_frames(cache, file))
        start -= tb_cache_frames(cache, file++);
    int64_t n = tb_cache_frames(cache, file) - start;
    n = n < MOMENT ? n : MOMENT;
    if (n < RATE / 4)
        return TB_OK;
    tb_cache_read(cache, file, start, n, x);
    tb_status status = tb_describe(x, n, RATE, NULL, &d, error);
    if (!status)
        add(to, &d);
    tb_description_clear(&d);
    return status;
}

static tb_status hear(const tb_cache *cache, tb_sound_kind *m, tb_error *error)
{
    float *x = tb_alloc_array(MOMENT, sizeof *x);
    int64_t all = tb_cache_total_frames(cache);
    level_changes t = {0};
    tb_status status = x ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < MOMENTS && !status; i++)
        status = hear_at(cache, all * i / MOMENTS, x, &t, error);
    tb_free(x);
    m->seconds = (double)all / RATE;
    tb_sound_kind_find(m, t.sounding ? t.change / (double)t.sounding : 0,
                       t.frames ? 1 - (double)t.sounding / (double)t.frames
                                : 0);
    return status;
}

tb_status tb_sound_kind_hear(const char *const *paths, int count,
                             tb_sound_kind *kind, tb_error *error)
{
    tb_corpus *corpus;
    const tb_cache_settings settings = {.sample_rate = RATE,
                                        .channels = 1,
                                        .half = true,
                                        .dc = TB_DC_MEAN,
                                        .normalise = TB_NORMALISE_CORPUS};
    *kind = (tb_sound_kind){0};
    tb_status status = tb_corpus_find(paths, count, &corpus, error);
    if (status)
        return status;
    tb_error why = {0};
    tb_cache *cache = tb_cache_open(corpus, &settings, NULL, &why);
    if (cache)
        status = hear(cache, kind, error);
    else
        status = tb_fail(error, why.status, "%s", why.text);
    tb_cache_close(cache);
    tb_corpus_free(corpus);
    return status;
}

static double between(double x, double low, double high)
{
    double part = (x - low) / (high - low);
    return part > 0 ? part < 1 ? part : 1 : 0;
}

/* Measured at 16 kHz: three pieces of orchestral music change by 0.6 to 1.0 dB
   with no to 0.11 pauses, ambient samples by 1.2; drum loops by 3.0 and drums
   by 2.4 with 0.06; syllables in three languages by 2.9 to 4.8 with 0.32 to
   0.63.
 */
void tb_sound_kind_find(tb_sound_kind *m, double change_db, double pauses)
{
    double broken = between(change_db, 1.2, 2.4);
    m->sustained = 1 - broken;
    m->spoken = broken * between(pauses, 0.1, 0.25);
    m->struck = broken - m->spoken;
}

/* ---- choosing ---- */

static double suits(const tb_suits *s, const tb_sound_kind *m)
{
    return m->sustained * s->sustained + m->struck * s->struck +
           m->spoken * s->spoken;
}

/* Without a budget nothing takes too long. */
static bool is_worth(const tb_instrument *instrument, double minutes)
{
    return instrument->suits &&
           (minutes <= 0 || minutes >= instrument->suits->minutes);
}

const tb_instrument *tb_choose_instrument(const tb_instrument *const *list,
                                          const tb_sound_kind *kind,
                                          double minutes)
{
    const tb_instrument *best = NULL;
    for (; *list; list++) {
        if (!is_worth(*list, minutes))
            continue;
        if (!best || suits((*list)->suits, kind) > suits(best->suits, kind))
            best = *list;
    }
    return best;
}

/* Before those of the `count` that suit less; the last one falls out where
   there is no room. */
static int rank(const tb_instrument *instrument, const tb_sound_kind *kind,
                const tb_instrument **chosen, int count, int most)
{
    int at = count;
    while (at > 0 &&
           suits(instrument->suits, kind) > suits(chosen[at - 1]->suits, kind))
        at--;
    if (at == most)
        return count;
    count += count < most;
    for (int i = count - 1; i > at; i--)
        chosen[i] = chosen[i - 1];
    chosen[at] = instrument;
    return count;
}

int tb_choose_several(const tb_instrument *const *list,
                      const tb_sound_kind *kind, double minutes,
                      const tb_instrument **chosen, int most)
{
    int count = 0;
    for (; *list; list++)
        if (!(*list)->gathering && is_worth(*list, minutes))
            count = rank(*list, kind, chosen, count, most);
    while (count > 0 && suits(chosen[count - 1]->suits, kind) <
                            suits(chosen[0]->suits, kind) / 2)
        count--;
    return count;
}

/* ---- in words ---- */

static const char *kind_words(const tb_sound_kind *m)
{
    return m->sustained >= 0.5      ? "mostly sustained sound"
           : m->spoken >= m->struck ? "mostly speech or voice"
                                    : "mostly struck sound";
}

void tb_several_words(const tb_instrument *const *chosen, int count,
                      const tb_sound_kind *m, double minutes, char *text,
                      size_t size)
{
    char time[TB_AMOUNT], names[200] = "", each[64] = "";
    tb_time_text(m->seconds, time);
    if (minutes > 0)
        snprintf(each, sizeof each, " for %.3g minutes each", minutes);
    for (int i = 0, used = 0; i < count && used < (int)sizeof names; i++)
        used += snprintf(names + used, sizeof names - (size_t)used, "%s%s",
                         i == 0           ? ""
                         : i == count - 1 ? " and "
                                          : ", ",
                         chosen[i]->name);
    snprintf(text, size, "This is %s (%s): %s are tried%s.", kind_words(m),
             time, names, each);
}

void tb_choice_words(const tb_instrument *chosen, const tb_sound_kind *m,
                     double minutes, char *text, size_t size)
{
    char time[TB_AMOUNT], budget[64] = "";
    tb_time_text(m->seconds, time);
    if (minutes > 0)
        snprintf(budget, sizeof budget, ", and %.4g minutes to learn from it",
                 minutes);
    snprintf(text, size, "This is %s (%s)%s: %s. %s", kind_words(m), time,
             budget, chosen->name, chosen->suits->sound);
}
