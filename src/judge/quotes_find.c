#include "base/memory.h"
#include "dsp/product.h"
#include "judge/quotes_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fingerprints that differ in no more than this many of 64 comparisons are
   held against each other. */
#define MOST_DIFFERENT 10
/* What must be reached around the moment and over the whole quote, */
#define ALIKE 0.9
/* and in each window while it goes on. */
#define STILL_ALIKE 0.8
#define STILL_GAIN 2.0
/* Few partials agree by chance at some of the many lags that are tried: the
   fewer there are beyond a single tone, the less may be missing to perfection.
   And a quote must be this much nearer to it than the lags around its own. */
#define TONE 2.0
#define MISS_PER_PARTIAL (1 / 160.0)
#define DISTINCT 0.25
#define NEAREST_OTHER 0.0015
#define FARTHEST_OTHER 0.025
/* Quieter than this (squared, after emphasis) is silence: it neither makes nor
   ends a quote. */
#define SILENT_POWER 1e-8
#define WINDOW_SECONDS 0.06
#define BLOCK_SECONDS 0.015
/* Ends are known to about a block. */
#define SLACK_SECONDS 0.03

enum {
    MOST_PAIRS = 1 << 18,
    MOST_TRIALS = 4000,
    LAG_SPREAD = 2, /* offsets this close are one */
    LONGEST_DISTINCT = 4096,
    RICH_WINDOW = 1024
};

/* A fingerprint of the example that resembles one of the corpus. */
typedef struct tb_pair {
    int64_t lag; /* corpus minus example, in thinned samples */
    uint32_t moment;
    uint32_t votes; /* pairs of about this lag */
} tb_pair;

/* A stretch of the example, in thinned samples, that equals the corpus `lag`
   further on; `phase` is the frame between thinned samples. */
typedef struct tb_match {
    int64_t from, to, lag;
    int phase;
    double likeness;
} tb_match;

typedef struct tb_search {
    const tb_quotes *quotes;
    int64_t n;     /* thinned samples of the example */
    float *phases; /* [step, n]: the example thinned at each phase */
    float *corpus; /* [n]: the corpus beside it, at the lag on trial */
    tb_prints prints;
    tb_pair *pairs;
    int64_t pair_count;
    tb_spectrum *spectrum; /* of RICH_WINDOW */
    uint8_t *quoted;       /* [n] */
    tb_match longest;
    tb_match *found; /* [MOST_TRIALS] */
    int found_count;
    int64_t window, block;
} tb_search;

static const float *phase_of(const tb_search *s, int phase)
{
    return s->phases + phase * s->n;
}

static void thin_example(tb_search *s, const float *x, int64_t frames)
{
    const tb_thinner *t = &s->quotes->thinner;
    for (int p = 0; p < t->step; p++) {
        float *out = s->phases + p * s->n, last = 0;
        for (int64_t i = 0; i < s->n; i++) {
            float sample = tb_thinner_at(t, x, frames, i * t->step + p);
            if (!isfinite(sample))
                sample = 0;
            out[i] = sample - TB_QUOTES_EMPHASIS * last;
            last = sample;
        }
    }
}

/* ---- pairs of fingerprints ---- */

static int bits_of(uint64_t x)
{
    x = x - (x >> 1 & 0x5555555555555555u);
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int)(x * 0x0101010101010101u >> 56);
}

/* When there are too many pairs, those that come last are lost: they are the
   ones of a sound that resembles itself everywhere. */
static void pair_up(tb_search *s)
{
    const tb_prints *corpus = &s->quotes->prints;
    for (int64_t i = 0; i < s->prints.count; i++) {
        uint64_t print = s->prints.print[i];
        int64_t most = MOST_PAIRS * (i + 1) / s->prints.count;
        for (int64_t j = 0; j < corpus->count && s->pair_count < most; j++)
            if (bits_of(print ^ corpus->print[j]) <= MOST_DIFFERENT) {
                uint32_t moment = s->prints.position[i];
                s->pairs[s->pair_count++] =
                    (tb_pair){(int64_t)corpus->position[j] - moment, moment, 0};
            }
    }
}

static int by_lag(const void *a, const void *b)
{
    const tb_pair *x = a, *y = b;
    if (x->lag != y->lag)
        return x->lag < y->lag ? -1 : 1;
    return (x->moment > y->moment) - (x->moment < y->moment);
}

static int by_votes(const void *a, const void *b)
{
    const tb_pair *x = a, *y = b;
    if (x->votes != y->votes)
        return x->votes > y->votes ? -1 : 1;
    return by_lag(a, b);
}

/* The lags that most pairs agree on come first. */
static void order_pairs(tb_search *s)
{
    qsort(s->pairs, (size_t)s->pair_count, sizeof *s->pairs, by_lag);
    int64_t low = 0, high = 0;
    for (int64_t i = 0; i < s->pair_count; i++) {
        while (s->pairs[low].lag < s->pairs[i].lag - LAG_SPREAD)
            low++;
        while (high < s->pair_count &&
               s->pairs[high].lag <= s->pairs[i].lag + LAG_SPREAD)
            high++;
        s->pairs[i].votes = (uint32_t)(high - low);
    }
    qsort(s->pairs, (size_t)s->pair_count, sizeof *s->pairs, by_votes);
}

/* ---- waveforms ---- */

typedef struct tb_likeness {
    double correlation, gain, power; /* power of the quieter one */
} tb_likeness;

static tb_likeness liken(const float *x, const float *y, int64_t n)
{
    double xx = tb_product(x, x, n), yy = tb_product(y, y, n);
    double xy = tb_product(x, y, n);
    return (tb_likeness){xy / sqrt(xx * yy + 1e-30),
                         sqrt((xx + 1e-12) / (yy + 1e-12)),
                         fmax(xx, yy) / (double)n};
}

/* The part of the example that its run of the corpus has a counterpart for. */
static void bounds_of(const tb_search *s, int64_t lag, int64_t moment,
                      int64_t *low, int64_t *high)
{
    const tb_quotes_run *run = tb_quotes_run_of(s->quotes, moment + lag);
    *low = run->first - lag > 0 ? run->first - lag : 0;
    *high = run->first + run->count - lag;
    if (*high > s->n)
        *high = s->n;
}

/* The best lag and phase around the moment. */
static tb_likeness align(const tb_search *s, const tb_pair *pair,
                         tb_match *match)
{
    tb_likeness best = {-1, 1, 0};
    float corpus[2 * TB_PRINT_REACH];
    int64_t low, high, from = pair->moment - TB_PRINT_REACH;
    int64_t n = 2 * TB_PRINT_REACH;
    for (int64_t d = -LAG_SPREAD; d <= LAG_SPREAD; d++) {
        int64_t lag = pair->lag + d;
        bounds_of(s, lag, pair->moment, &low, &high);
        if (from < low || from + n > high)
            continue;
        tb_quotes_read(s->quotes, from + lag, n, corpus);
        for (int p = 0; p < s->quotes->thinner.step; p++) {
            tb_likeness l = liken(phase_of(s, p) + from, corpus, n);
            if (l.correlation > best.correlation) {
                best = l;
                *match = (tb_match){from, from + n, lag, p, 0};
            }
        }
    }
    return best;
}

/* Whether the window still quotes: 1 yes, 0 no, -1 both are silent. */
static int goes_on(const tb_search *s, const tb_match *m, int64_t from,
                   double gain)
{
    float corpus[4096];
    tb_quotes_read(s->quotes, from + m->lag, s->window, corpus);
    tb_likeness l = liken(phase_of(s, m->phase) + from, corpus, s->window);
    if (l.power < SILENT_POWER)
        return -1;
    return l.correlation >= STILL_ALIKE && l.gain < gain * STILL_GAIN &&
           l.gain > gain / STILL_GAIN;
}

/* Both ways, block by block. Silence is passed over, but not counted at the
   ends. */
static void extend(const tb_search *s, tb_match *m, double gain)
{
    int64_t low, high, at;
    bounds_of(s, m->lag, (m->from + m->to) / 2, &low, &high);
    for (at = m->to + s->block; at <= high; at += s->block) {
        int heard = goes_on(s, m, at - s->window, gain);
        if (heard == 0)
            break;
        if (heard > 0)
            m->to = at;
    }
    if (at > high && m->to + s->block > high)
        m->to = high;
    for (at = m->from - s->block; at >= low; at -= s->block) {
        int heard = goes_on(s, m, at, gain);
        if (heard == 0)
            break;
        if (heard > 0)
            m->from = at;
    }
    if (at < low && m->from - s->block < low)
        m->from = low;
}

/* A window that overlaps what is foreign may still be alike: the ends give way
   until their last block is. */
static void trim(const tb_search *s, tb_match *m)
{
    float corpus[1024];
    while (m->to - m->from > s->window) {
        int64_t at = m->to - s->block;
        tb_quotes_read(s->quotes, at + m->lag, s->block, corpus);
        if (liken(phase_of(s, m->phase) + at, corpus, s->block).correlation >=
            STILL_ALIKE)
            break;
        m->to = at;
    }
    while (m->to - m->from > s->window) {
        tb_quotes_read(s->quotes, m->from + m->lag, s->block, corpus);
        if (liken(phase_of(s, m->phase) + m->from, corpus, s->block)
                .correlation >= STILL_ALIKE)
            break;
        m->from += s->block;
    }
}

static int known(const tb_search *s, const tb_pair *pair)
{
    for (int i = 0; i < s->found_count; i++) {
        const tb_match *m = &s->found[i];
        if (llabs(m->lag - pair->lag) <= LAG_SPREAD &&
            pair->moment >= m->from && pair->moment < m->to)
            return 1;
    }
    return 0;
}

/* The best correlation, over the match's middle, at the lags around its own. */
static double best_other(const tb_search *s, const tb_match *m)
{
    int64_t low, high, middle = (m->from + m->to) / 2, n = m->to - m->from;
    int64_t near = (int64_t)(NEAREST_OTHER * s->quotes->thin_rate) + 1;
    int64_t far = (int64_t)(FARTHEST_OTHER * s->quotes->thin_rate);
    if (n > LONGEST_DISTINCT)
        n = LONGEST_DISTINCT;
    int64_t from = middle - n / 2;
    const float *example = phase_of(s, m->phase) + from;
    bounds_of(s, m->lag, middle, &low, &high);
    low = from - far > low ? from - far : low;
    high = from + n + far < high ? from + n + far : high;
    tb_quotes_read(s->quotes, low + m->lag, high - low, s->corpus);
    double xx = tb_product(example, example, n), other = 0;
    double yy = tb_product(s->corpus, s->corpus, n);
    for (int64_t at = low; at + n <= high; at++) {
        const float *y = s->corpus + (at - low);
        if (llabs(at - from) >= near)
            other =
                fmax(other, tb_product(example, y, n) / sqrt(xx * yy + 1e-30));
        if (at + n < high)
            yy += (double)y[n] * y[n] - (double)y[0] * y[0];
    }
    return other;
}

/* How many partials, or as good as, a window of the example consists of: the
   participation ratio of its power spectrum. A tone has 2. */
static double window_richness(const tb_search *s, const float *x)
{
    float power[RICH_WINDOW / 2 + 1];
    double sum = 0, squares = 0;
    tb_spectrum_power(s->spectrum, x, RICH_WINDOW, 0, power);
    for (int k = 0; k <= RICH_WINDOW / 2; k++) {
        sum += power[k];
        squares += (double)power[k] * power[k];
    }
    return sum * sum / (squares + 1e-30);
}

/* Of the match's richest window: an attack is enough to know a sound by. */
static double richness_of(const tb_search *s, const tb_match *m)
{
    double most = 1;
    for (int64_t at = m->from; at + RICH_WINDOW <= m->to; at += RICH_WINDOW)
        most = fmax(most, window_richness(s, phase_of(s, m->phase) + at));
    return most;
}

static int is_telling(const tb_search *s, const tb_match *m)
{
    double miss = 1 - m->likeness;
    return miss <= MISS_PER_PARTIAL * (richness_of(s, m) - TONE) &&
           miss <= DISTINCT * (1 - best_other(s, m));
}

/* Without the outermost blocks, of which only a part may be a quote. */
static double likeness_of(const tb_search *s, const tb_match *m)
{
    int64_t from = m->from + s->block, n = m->to - s->block - from;
    tb_quotes_read(s->quotes, from + m->lag, n, s->corpus);
    return liken(phase_of(s, m->phase) + from, s->corpus, n).correlation;
}

static void keep_match(tb_search *s, tb_match m)
{
    int64_t n = m.to - m.from;
    if (n < s->window)
        return;
    m.likeness = likeness_of(s, &m);
    s->found[s->found_count++] = m;
    if (n < (TB_QUOTE_SECONDS - SLACK_SECONDS) * s->quotes->thin_rate ||
        m.likeness < ALIKE || !is_telling(s, &m))
        return;
    memset(s->quoted + m.from, 1, (size_t)n);
    if (n > s->longest.to - s->longest.from)
        s->longest = m;
}

static void try_pairs(tb_search *s)
{
    int trials = 0;
    for (int64_t i = 0; i < s->pair_count && trials < MOST_TRIALS; i++) {
        tb_match m;
        if (known(s, &s->pairs[i]))
            continue;
        trials++;
        tb_likeness l = align(s, &s->pairs[i], &m);
        if (l.correlation < ALIKE || l.power < SILENT_POWER)
            continue;
        extend(s, &m, l.gain);
        trim(s, &m);
        keep_match(s, m);
    }
}

/* ---- all of it ---- */

static void close_search(tb_search *s)
{
    tb_free(s->phases);
    tb_free(s->corpus);
    tb_prints_clear(&s->prints);
    tb_free(s->pairs);
    tb_spectrum_free(s->spectrum);
    tb_free(s->quoted);
    tb_free(s->found);
}

static tb_status open_search(tb_search *s, int64_t frames, tb_error *error)
{
    int step = s->quotes->thinner.step;
    s->n = (frames + step - 1) / step;
    s->window = (int64_t)(WINDOW_SECONDS * s->quotes->thin_rate);
    s->block = (int64_t)(BLOCK_SECONDS * s->quotes->thin_rate);
    s->phases = tb_alloc_array((size_t)s->n, (size_t)step * sizeof(float));
    s->corpus = tb_alloc_array((size_t)s->n, sizeof(float));
    s->spectrum = tb_spectrum_new(RICH_WINDOW);
    s->pairs = tb_alloc_array(MOST_PAIRS, sizeof *s->pairs);
    s->quoted = tb_alloc_array((size_t)s->n, 1);
    s->found = tb_alloc_array(MOST_TRIALS, sizeof *s->found);
    if (!s->phases || !s->corpus || !s->pairs || !s->quoted || !s->found ||
        !s->spectrum)
        return tb_fail_memory(error);
    return TB_OK;
}

static void tell(const tb_search *s, tb_quotes_report *report)
{
    const tb_match *m = &s->longest;
    int64_t quoted = 0;
    for (int64_t i = 0; i < s->n; i++)
        quoted += s->quoted[i];
    report->share = s->n > 0 ? (double)quoted / (double)s->n : 0;
    if (m->to == m->from)
        return;
    const tb_quotes_run *run = tb_quotes_run_of(s->quotes, m->from + m->lag);
    double at =
        (double)(m->from + m->lag - run->first) * s->quotes->thinner.step;
    report->longest = (tb_quote){
        (double)(m->to - m->from) / s->quotes->thin_rate,
        (double)m->from / s->quotes->thin_rate,
        (at + (double)run->frame) / s->quotes->sample_rate, m->likeness};
}

tb_status tb_quotes_find(const tb_quotes *quotes, const float *mono, int64_t n,
                         tb_quotes_report *report, tb_error *error)
{
    return tb_quotes_mark(quotes, mono, n, report, NULL, error);
}

tb_status tb_quotes_mark(const tb_quotes *quotes, const float *mono, int64_t n,
                         tb_quotes_report *report, uint8_t *quoted,
                         tb_error *error)
{
    tb_search s = {.quotes = quotes};
    *report = (tb_quotes_report){0};
    tb_status status = open_search(&s, n, error);
    if (!status) {
        thin_example(&s, mono, n);
        status = tb_prints_add(&s.prints, s.phases, s.n, 0, quotes->thin_rate,
                               error);
    }
    if (!status) {
        pair_up(&s);
        order_pairs(&s);
        try_pairs(&s);
        tell(&s, report);
        for (int64_t i = 0; quoted && i < n; i++)
            quoted[i] = s.quoted[i / quotes->thinner.step];
    }
    close_search(&s);
    return status;
}
