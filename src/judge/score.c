#include "judge/score.h"

#include "base/memory.h"
#include "base/pool.h"
#include "judge/shaped_noise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_TAKES = 160, /* of a corpus: 13 to 27 minutes */
    MOST_SOUNDS = 64, /* takes of the sounds */
    ENOUGH_TAKES = 12,
    LEAST_GROUPS = 3,
    LEAST_PARTS = 2, /* one alone is a matter of luck */
    NOISES = 24,
    BLOCK = 1024,
    MOST_THREADS = 16
};

/* Takes are as long as the phrase needs, or shorter where there is little. */
static const double lengths[] = {10, 5, 2.5, 1.25};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

/* Quieter blocks than this share of the mean power are pauses. */
#define PAUSE 1e-3
#define MOST_GAIN 100

struct tb_scorer {
    tb_score_settings settings;
    int length;     /* of `lengths`, as the sounds alone would have it */
    int64_t frames; /* of a take */
    tb_takes takes;
    tb_traits *traits; /* of the corpus's takes */
    tb_traits noise[NOISES];
    double loudness; /* power of the corpus */
    tb_ear *ears[MOST_THREADS];
    float *rooms[MOST_THREADS]; /* [frames] each */
    int threads;
    tb_pool *pool;
};

/* ---- how long takes are ---- */

/* The longest takes that the sounds have one of. */
static int length_for(double sound_seconds)
{
    int i = 0;
    while (i + 1 < LENGTHS && sound_seconds < lengths[i])
        i++;
    return i;
}

bool tb_scorer_suits(const tb_scorer *s, double sound_seconds)
{
    return s->length == length_for(sound_seconds);
}

/* The longest takes of which the corpus has enough and the sounds one. */
static tb_status cut(tb_scorer *s, const tb_recordings *corpus,
                     double sound_seconds, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < LENGTHS && !status; i++) {
        s->frames = (int64_t)(lengths[i] * s->settings.sample_rate);
        tb_takes_clear(&s->takes);
        status = tb_takes_cut(corpus, s->frames, MOST_TAKES, LEAST_GROUPS,
                              &s->takes, error);
        if (s->takes.count >= ENOUGH_TAKES && sound_seconds >= lengths[i])
            break;
    }
    return status;
}

static bool corpus_is_enough(const tb_scorer *s)
{
    return s->takes.groups >= 2 && s->takes.count >= ENOUGH_TAKES;
}

/* Whether there is enough of both, and the sentence if there is not. */
static bool enough(const tb_scorer *s, int takes, tb_scored *scored)
{
    double seconds = (double)s->frames / s->settings.sample_rate;
    if (!corpus_is_enough(s))
        snprintf(scored->why, sizeof scored->why,
                 "the corpus is too short to compare its own excerpts: about "
                 "%g s are needed",
                 ENOUGH_TAKES * seconds);
    else if (takes == 0)
        snprintf(scored->why, sizeof scored->why,
                 "the sounds are too short: %g s are needed", seconds);
    else
        return true;
    return false;
}

/* The same of the parts that tell recordings from noise. */
static bool tells(tb_scored *scored)
{
    int parts = 0;
    for (int i = 0; i < TB_PARTS; i++)
        parts += !scored->score.part[i].left_out;
    if (parts >= LEAST_PARTS)
        return true;
    snprintf(scored->why, sizeof scored->why,
             "in %s, your recordings differ from each other as much as from "
             "noise",
             parts ? "all ways but one" : "every way that counts");
    return false;
}

/* ---- ears ---- */

static tb_status open_ear(tb_scorer *s, int i, tb_error *error)
{
    s->ears[i] = i ? tb_ear_copy(s->ears[0], error)
                   : tb_ear_new(s->settings.sample_rate, s->frames, error);
    s->rooms[i] = tb_alloc_array((size_t)s->frames, sizeof(float));
    return s->ears[i] && s->rooms[i] ? TB_OK : tb_fail_memory(error);
}

/* The first one learns the corpus; the others are copies. */
static tb_status open_ears(tb_scorer *s, const tb_recordings *corpus,
                           tb_error *error)
{
    int wanted = s->settings.threads ? s->settings.threads : tb_cpu_count();
    s->threads = wanted < MOST_THREADS ? wanted : MOST_THREADS;
    s->pool = tb_pool_new(s->threads);
    tb_status status = open_ear(s, 0, error);
    for (int k = 0; k < s->takes.count && !status; k++) {
        tb_takes_read(&s->takes, corpus, k, s->rooms[0]);
        tb_ear_learn(s->ears[0], s->rooms[0]);
    }
    if (!status)
        tb_ear_settle(s->ears[0]);
    for (int i = 1; i < s->threads && !status; i++)
        status = open_ear(s, i, error);
    return status;
}

/* ---- levels ---- */

/* Mean powers of blocks, [takes, blocks]. */
static double *block_powers(tb_scorer *s, const tb_takes *t,
                            const tb_recordings *r, int64_t *count)
{
    int64_t blocks = s->frames / BLOCK;
    double *power =
        tb_alloc_array((size_t)(blocks * t->count + 1), sizeof *power);
    *count = blocks * t->count;
    for (int k = 0; power && k < t->count; k++) {
        tb_takes_read(t, r, k, s->rooms[0]);
        for (int64_t b = 0; b < blocks; b++)
            for (int64_t i = 0; i < BLOCK; i++) {
                double x = s->rooms[0][b * BLOCK + i];
                power[k * blocks + b] += x * x / BLOCK;
            }
    }
    return power;
}

/* The mean power of all that is no pause. */
static tb_status loudness_of(tb_scorer *s, const tb_takes *t,
                             const tb_recordings *r, double *power,
                             tb_error *error)
{
    int64_t n, heard = 0;
    double mean = 0, sum = 0, *blocks = block_powers(s, t, r, &n);
    if (!blocks)
        return tb_fail_memory(error);
    for (int64_t i = 0; i < n; i++)
        mean += blocks[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        if (blocks[i] > mean * PAUSE) {
            sum += blocks[i];
            heard++;
        }
    *power = heard ? sum / (double)heard : 0;
    tb_free(blocks);
    return TB_OK;
}

static float gain_to(double wanted, double power)
{
    double gain = power > 0 ? sqrt(wanted / power) : 1;
    return (float)fmin(fmax(gain, 1.0 / MOST_GAIN), MOST_GAIN);
}

/* ---- measuring ---- */

typedef struct tb_hearing {
    tb_scorer *s;
    const tb_takes *takes;
    const tb_recordings *recordings;
    float gain;
    tb_traits *traits;
} tb_hearing;

static void listen_to_share(void *context, int thread)
{
    tb_hearing *l = context;
    float *take = l->s->rooms[thread];
    for (int k = thread; k < l->takes->count; k += l->s->threads) {
        tb_takes_read(l->takes, l->recordings, k, take);
        for (int64_t i = 0; i < l->s->frames; i++)
            take[i] = isfinite(take[i]) ? take[i] * l->gain : 0;
        tb_ear_measure(l->s->ears[thread], take, &l->traits[k]);
    }
}

static void listen_to(tb_scorer *s, const tb_takes *t, const tb_recordings *r,
                      float gain, tb_traits *traits)
{
    tb_hearing l = {s, t, r, gain, traits};
    tb_pool_run(s->pool, s->threads, listen_to_share, &l);
}

/* Brings all of it to the corpus's loudness first. */
static tb_status listen_alike(tb_scorer *s, const tb_takes *t,
                              const tb_recordings *r, tb_traits *traits,
                              tb_error *error)
{
    double power = 0;
    tb_status status = loudness_of(s, t, r, &power, error);
    if (!status)
        listen_to(s, t, r, gain_to(s->loudness, power), traits);
    return status;
}

/* ---- noise, as recordings of one take each ---- */

typedef struct tb_noises {
    int64_t frames;
    float *mono; /* [NOISES, frames] */
} tb_noises;

static int64_t noise_frames(void *context, int i)
{
    (void)i;
    return ((const tb_noises *)context)->frames;
}

static void read_noise(void *context, int i, int64_t start, int64_t n,
                       float *mono)
{
    const tb_noises *noises = context;
    memcpy(mono, noises->mono + i * noises->frames + start,
           (size_t)n * sizeof *mono);
}

static tb_status listen_to_noise(tb_scorer *s, tb_error *error)
{
    tb_noises noises = {s->frames, NULL};
    tb_recordings r = {NOISES, noise_frames, read_noise, &noises};
    tb_takes takes = {0};
    int size;
    const double *spectrum = tb_ear_spectrum(s->ears[0], &size);
    noises.mono = tb_alloc_array((size_t)s->frames, NOISES * sizeof(float));
    tb_status status = noises.mono ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < NOISES && !status; i++)
        status = tb_shaped_noise(spectrum, size, s->settings.seed, (uint32_t)i,
                                 noises.mono + i * s->frames, s->frames, error);
    if (!status)
        status = tb_takes_cut(&r, s->frames, 0, 0, &takes, error);
    if (!status)
        status = listen_alike(s, &takes, &r, s->noise, error);
    tb_takes_clear(&takes);
    tb_free(noises.mono);
    return status;
}

/* ---- all of it ---- */

static tb_status listen_to_corpus(tb_scorer *s, const tb_recordings *corpus,
                                  tb_error *error)
{
    tb_status status = open_ears(s, corpus, error);
    s->traits = tb_alloc_array((size_t)s->takes.count, sizeof *s->traits);
    if (!status && !s->traits)
        status = tb_fail_memory(error);
    if (!status)
        status = loudness_of(s, &s->takes, corpus, &s->loudness, error);
    if (!status)
        listen_to(s, &s->takes, corpus, 1, s->traits);
    return status ? status : listen_to_noise(s, error);
}

tb_scorer *tb_scorer_new(const tb_recordings *corpus, double sound_seconds,
                         const tb_score_settings *settings, tb_error *error)
{
    tb_scorer *s = tb_alloc(sizeof *s);
    if (!s) {
        tb_fail_memory(error);
        return NULL;
    }
    s->settings = *settings;
    s->length = length_for(sound_seconds);
    tb_status status = cut(s, corpus, sound_seconds, error);
    if (!status && corpus_is_enough(s))
        status = listen_to_corpus(s, corpus, error);
    if (!status)
        return s;
    tb_scorer_free(s);
    return NULL;
}

void tb_scorer_free(tb_scorer *s)
{
    if (!s)
        return;
    tb_takes_clear(&s->takes);
    tb_free(s->traits);
    for (int i = 0; i < s->threads; i++) {
        tb_ear_free(s->ears[i]);
        tb_free(s->rooms[i]);
    }
    tb_pool_free(s->pool);
    tb_free(s);
}

bool tb_scorer_is_split(const tb_scorer *s)
{
    return s->takes.split;
}

static tb_status hold_against(tb_scorer *s, const tb_takes *takes,
                              const tb_traits *traits, tb_scored *scored,
                              tb_error *error)
{
    int count = takes->count;
    tb_score_scale *scale =
        tb_score_scale_new(&s->takes, s->traits, s->noise, NOISES, count,
                           tb_ear_weights(s->ears[0]), s->settings.seed, error);
    if (!scale)
        return TB_ERR_MEMORY;
    tb_score_scale_score(scale, traits, count, &scored->score);
    scored->variety = tb_score_scale_spread(scale, takes, traits) /
                      tb_score_scale_spread(scale, &s->takes, s->traits);
    tb_score_scale_free(scale);
    return TB_OK;
}

tb_status tb_scorer_score(tb_scorer *s, const tb_recordings *sounds,
                          tb_scored *scored, tb_error *error)
{
    tb_takes takes;
    tb_traits *traits = NULL;
    *scored = (tb_scored){.score.score = NAN, .variety = NAN};
    scored->take_seconds = (double)s->frames / s->settings.sample_rate;
    tb_status status =
        tb_takes_cut(sounds, s->frames, MOST_SOUNDS, 0, &takes, error);
    scored->takes = takes.count;
    if (status || !enough(s, takes.count, scored))
        goto done;
    traits = tb_alloc_array((size_t)takes.count, sizeof *traits);
    status = traits ? listen_alike(s, &takes, sounds, traits, error)
                    : tb_fail_memory(error);
    if (!status)
        status = hold_against(s, &takes, traits, scored, error);
    scored->known = !status && tells(scored);
done:
    tb_free(traits);
    tb_takes_clear(&takes);
    return status;
}
