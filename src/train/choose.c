#include "train/choose.h"

#include "audio/passage.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "corpus/corpus.h"
#include "dsp/describe.h"

#include <math.h>
#include <stdio.h>

/* ---- listening ---- */

enum { RATE = 16000, MOMENTS = 32, MOMENT = 4 * RATE };

/* Below the loudest frame of a moment: a pause. */
static const double PAUSE_DB = 45;

/* Frames of which the later one is compared with the earlier. */
enum { APART = 6, COEFFICIENTS = 13 };

static const double ATTACK_DB = 6, PITCHED = 0.8;

/* Octaves: more is another tone. */
enum { GLIDING = 3 };
static const double LEAST_GLIDE = 0.02, MOST_GLIDE = 0.25;

/* Sums over frames. */
typedef struct sound_sums {
    tb_sound_traits of; /* pauses: frames */
    int64_t sounding, frames, apart;
    double frame_seconds;
} sound_sums;

static float loudest(const tb_description *d)
{
    float most = -120;
    for (int64_t i = 0; i < d->frames; i++)
        most = fmaxf(most, d->loudness[i]);
    return most;
}

/* How far the timbre of a frame is from an earlier one's. */
static double timbre_between(const tb_description *d, int64_t i, int64_t k)
{
    double sum = 0;
    const float *a = d->mfcc + i * d->coefficients;
    const float *b = d->mfcc + k * d->coefficients;
    for (int c = 1; c < d->coefficients && c < COEFFICIENTS; c++)
        sum += pow((double)a[c] - (double)b[c], 2);
    return sqrt(sum);
}

/* Whether the pitch moves, as in speech, and does not leap, as in tunes. */
static bool glides(const tb_description *d, int64_t i)
{
    int64_t k = i - GLIDING;
    if (k < 0 || (double)d->strength[i] <= PITCHED ||
        (double)d->strength[k] <= PITCHED || !(d->pitch[k] > 0))
        return false;
    double octaves = fabs(log2((double)d->pitch[i] / (double)d->pitch[k]));
    return octaves >= LEAST_GLIDE && octaves < MOST_GLIDE;
}

static void add_frame(sound_sums *to, const tb_description *d, int64_t i)
{
    double change = (double)d->loudness[i] - (double)d->loudness[i - 1];
    to->sounding++;
    to->of.change_db += fabs(change);
    to->of.attacks += change > ATTACK_DB;
    to->of.glides += glides(d, i);
    if (i < APART)
        return;
    to->apart++;
    to->of.timbre += timbre_between(d, i, i - APART);
}

static void add(sound_sums *to, const tb_description *d)
{
    double floor = loudest(d) - PAUSE_DB;
    to->frame_seconds = d->hop / d->sample_rate;
    for (int64_t i = 1; i < d->frames; i++) {
        to->frames++;
        if (d->loudness[i] < floor)
            to->of.pauses++;
        else
            add_frame(to, d, i);
    }
}

static tb_sound_traits traits_of(const sound_sums *s)
{
    tb_sound_traits t = s->of;
    double sounding = s->sounding > 0 ? (double)s->sounding : 1;
    t.change_db /= sounding;
    t.glides /= sounding;
    t.attacks /= sounding * (s->frame_seconds > 0 ? s->frame_seconds : 1);
    t.timbre /= s->apart > 0 ? (double)s->apart : 1;
    t.pauses /= s->frames > 0 ? (double)s->frames : 1;
    return t;
}

static void without_mean(float *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i];
    for (int64_t i = 0; i < n; i++)
        x[i] -= (float)(sum / (double)n);
}

static tb_status hear_moment(tb_passages *p, double start, float *x,
                             sound_sums *to, tb_error *error)
{
    int64_t n;
    tb_description d;
    tb_status status = tb_passages_mono(p, start, RATE, x, MOMENT, &n, error);
    if (status || n < RATE / 4)
        return status;
    without_mean(x, n);
    status = tb_describe(x, n, RATE, NULL, &d, error);
    if (!status)
        add(to, &d);
    tb_description_clear(&d);
    return status;
}

/* Those that lie in a file which begins at *at seconds of all; what cannot be
   read is told by whoever reads all. */
static tb_status hear_file(const tb_corpus_file *file, double *at, double all,
                           float *x, sound_sums *to, tb_error *error)
{
    tb_passages p = {0};
    tb_status status = TB_OK;
    double begin = *at, end = *at += tb_corpus_file_seconds(file);
    for (int i = 0; i < MOMENTS && !status; i++) {
        double moment = all * i / MOMENTS;
        if (moment < begin || moment >= end)
            continue;
        if (!p.decoder)
            status = tb_passages_open(&p, file->path, NULL, error);
        if (!status)
            status = hear_moment(&p, moment - begin, x, to, error);
    }
    tb_passages_close(&p);
    return status;
}

static tb_status hear(const tb_corpus *corpus, tb_sound_kind *m,
                      tb_error *error)
{
    sound_sums sums = {0};
    double at = 0;
    float *x = tb_alloc_array(MOMENT, sizeof *x);
    tb_status status = x ? TB_OK : tb_fail_memory(error);
    m->seconds = tb_corpus_seconds(corpus, NULL);
    for (int i = 0; i < corpus->count && status != TB_ERR_MEMORY; i++)
        status = hear_file(&corpus->files[i], &at, m->seconds, x, &sums, error);
    tb_free(x);
    const tb_sound_traits traits = traits_of(&sums);
    tb_sound_kind_find(m, &traits);
    return sums.frames > 0 && status != TB_ERR_MEMORY ? TB_OK : status;
}

tb_status tb_sound_kind_hear(const char *const *paths, int count,
                             tb_sound_kind *kind, tb_error *error)
{
    tb_corpus *corpus;
    *kind = (tb_sound_kind){0};
    tb_status status = tb_corpus_find(paths, count, &corpus, error);
    if (status)
        return status;
    status = hear(corpus, kind, error);
    tb_corpus_free(corpus);
    return status;
}

static double between(double x, double low, double high)
{
    double part = (x - low) / (high - low);
    return part > 0 ? part < 1 ? part : 1 : 0;
}

/* Measured at 16 kHz over whole corpora. Twelve orchestral pieces, ambient
   sounds, guitars: level 0.5 to 1.1 dB, timbre 13 to 21. Loops: 2.3 to 3.2 dB,
   timbre 24 to 35, glides 0.01 to 0.02, 0.7 to 2.5 attacks. Single drums that
   ring last; dry kits: 1.8 to 3.9 dB, no attacks beside the first. Syllables in
   seven languages: 1.4 to 4.8 dB, timbre 24 to 65, glides 0.09 to 0.22 (in two
   0.03 and 0.04), 0.7 to 2.9 attacks, pauses up to 0.41. */
void tb_sound_kind_find(tb_sound_kind *m, const tb_sound_traits *t)
{
    double voiced =
        between(t->glides, 0.03, 0.08) * between(t->attacks, 0.3, 0.6);
    double broken = fmax(between(t->change_db, 1.2, 2.4),
                         voiced * between(t->timbre, 22, 26));
    m->sustained = 1 - broken;
    m->spoken = broken * fmax(voiced, between(t->pauses, 0.1, 0.25));
    m->struck = broken - m->spoken;
}

bool tb_sound_kind_sustains(const tb_sound_kind *m)
{
    return m->sustained >= 0.5;
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

const char *tb_sound_kind_words(const tb_sound_kind *m)
{
    double most = fmax(m->sustained, fmax(m->struck, m->spoken));
    return most < 0.5                  ? "sound of several kinds"
           : tb_sound_kind_sustains(m) ? "mostly sustained sound"
           : m->spoken >= 0.5          ? "mostly speech or voice"
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
    snprintf(text, size, "This is %s (%s): %s are tried%s.",
             tb_sound_kind_words(m), time, names, each);
}

void tb_choice_words(const tb_instrument *chosen, const tb_sound_kind *m,
                     double minutes, char *text, size_t size)
{
    char time[TB_AMOUNT], budget[64] = "";
    tb_time_text(m->seconds, time);
    if (minutes > 0)
        snprintf(budget, sizeof budget, ", and %.4g minutes to learn from it",
                 minutes);
    snprintf(text, size, "This is %s (%s)%s: %s. %s", tb_sound_kind_words(m),
             time, budget, chosen->name, chosen->suits->sound);
}
