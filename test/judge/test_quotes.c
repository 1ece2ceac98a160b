/* What quotes and what does not, on the project's recordings. */
#include "dsp/mulaw.h"
#include "judge/quotes.h"
#include "material.h"
#include "tap.h"

enum { RATE = 16000, RECORDINGS = 7 };

static const char *const names[RECORDINGS] = {
    "loop_breakbeat", "ambi_choir",     "ambi_piano", "vinyl_hiss",
    "loop_mika",      "guit_harmonics", "tabla_na"};
static clip recordings[RECORDINGS];
static const clip *all[RECORDINGS];
static clip corpus;
static double starts[RECORDINGS]; /* seconds */

static void make_corpus(double rate)
{
    corpus = clip_new(0, rate);
    for (int i = 0; i < RECORDINGS; i++) {
        recordings[i] = recording(names[i], rate);
        all[i] = &recordings[i];
        starts[i] = (double)corpus.n / rate;
        corpus.x = realloc(corpus.x, (size_t)(corpus.n + recordings[i].n) *
                                         sizeof *corpus.x);
        memcpy(corpus.x + corpus.n, recordings[i].x,
               (size_t)recordings[i].n * sizeof *corpus.x);
        corpus.n += recordings[i].n;
    }
}

static void free_corpus(void)
{
    for (int i = 0; i < RECORDINGS; i++)
        clip_free(&recordings[i]);
    clip_free(&corpus);
}

/* An index of a clip, fed in blocks of odd sizes. */
static tb_quotes *index_of(const clip *c, size_t max_bytes)
{
    tb_quotes *q = tb_quotes_new(c->n, c->rate, max_bytes, NULL);
    for (int64_t at = 0, n = 1; at < c->n; at += n, n = n % 50000 + 777) {
        if (n > c->n - at)
            n = c->n - at;
        if (tb_quotes_feed(q, c->x + at, n, NULL))
            return NULL;
    }
    return tb_quotes_finish(q, NULL) ? NULL : q;
}

/* Looks for quotes in the clip and frees it. */
static tb_quotes_report find(const tb_quotes *q, clip c)
{
    tb_quotes_report r;
    EQ(tb_quotes_find(q, c.x, c.n, &r, NULL), TB_OK);
    clip_free(&c);
    return r;
}

static clip quantised(clip c)
{
    tb_mulaw law;
    tb_mulaw_init(&law, 256, 1, NULL);
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] = tb_mulaw_expand(&law, tb_mulaw_quantise(&law, c.x[i]));
    return c;
}

static clip reversed(clip c)
{
    for (int64_t i = 0, j = c.n - 1; i < j; i++, j--) {
        float x = c.x[i];
        c.x[i] = c.x[j];
        c.x[j] = x;
    }
    return c;
}

static clip softer(clip c, double gain)
{
    clip_gain(&c, gain);
    return c;
}

/* A second of hiss, the clip, a second of hiss. */
static clip embedded(clip c)
{
    int64_t second = (int64_t)c.rate;
    clip out = white(2 + (double)c.n / c.rate, c.rate, 4);
    clip_gain(&out, 0.05);
    memcpy(out.x + second, c.x, (size_t)c.n * sizeof *c.x);
    clip_free(&c);
    return out;
}

static clip part_of(int i)
{
    int64_t from = (int64_t)(0.137 * recordings[i].rate) + 13 + i;
    return clip_copy(&recordings[i], from, (int64_t)(0.8 * recordings[i].rate));
}

static void expect_copy(tb_quotes_report r, int i)
{
    double from = starts[i] + 0.137;
    NEAR(r.longest.seconds, 0.8, 0.035);
    NEAR(r.longest.corpus_seconds, from, 0.035);
    NEAR(r.longest.example_seconds, 0, 0.035);
    NEAR(r.share, 1, 0.04);
    OK(r.longest.likeness > 0.9 && r.longest.likeness <= 1.000001);
}

static void test_copies(double rate, int count)
{
    make_corpus(rate);
    tb_quotes *q = index_of(&corpus, 0);
    NEAR(tb_quotes_coverage(q), 1, 1e-3);
    for (int i = 0; i < count; i++) {
        expect_copy(find(q, part_of(i)), i);
        expect_copy(find(q, softer(part_of(i), 0.2)), i);
        expect_copy(find(q, quantised(part_of(i))), i);
        expect_copy(find(q, quantised(softer(part_of(i), 0.3))), i);
        tb_quotes_report r = find(q, embedded(part_of(i)));
        NEAR(r.longest.example_seconds, 1, 0.04);
        NEAR(r.longest.corpus_seconds, starts[i] + 0.137, 0.04);
        NEAR(r.share, 0.8 / 2.8, 0.03);
        r = find(q, reversed(part_of(i)));
        NEAR(r.longest.seconds, 0, 0);
        NEAR(r.share, 0, 0);
    }
    tb_quotes_free(q);
    free_corpus();
}

static void test_others(void)
{
    static const double tone[] = {440};
    make_corpus(RATE);
    tb_quotes *q = index_of(&corpus, 0);
    NEAR(find(q, white(5, RATE, 77)).share, 0, 0);
    NEAR(find(q, coloured(5, RATE, 0.99, 78)).share, 0, 0);
    NEAR(find(q, chord(3, RATE, tone, 1, 0)).share, 0, 0);
    NEAR(find(q, clip_new(2, RATE)).share, 0, 0);
    NEAR(find(q, clip_new(0, RATE)).share, 0, 0);
    NEAR(find(q, clip_new(0.01, RATE)).share, 0, 0);
    tb_quotes_free(q);
    free_corpus();
}

/* The second half of a recording does not quote its first half, even where it
   goes on with the same notes, unless its maker repeated himself. */
static void test_halves(void)
{
    make_corpus(RATE);
    for (int i = 0; i < RECORDINGS; i++) {
        int64_t half = recordings[i].n / 2;
        clip first = clip_copy(&recordings[i], 0, half);
        tb_quotes *q = index_of(&first, 0);
        tb_quotes_report r =
            find(q, clip_copy(&recordings[i], half, recordings[i].n - half));
        if (i == 0)
            OK_NAMED(r.longest.seconds < 0.3, "one kick sounds like another");
        else if (i == 4)
            OK_NAMED(r.longest.seconds > 2 && r.share > 0.9, "a loop repeats");
        else
            NEAR(r.longest.seconds, 0, 0);
        tb_quotes_free(q);
        clip_free(&first);
    }
    free_corpus();
}

static void test_cut_ups(void)
{
    make_corpus(RATE);
    tb_quotes *q = index_of(&corpus, 0);
    for (uint64_t seed = 0; seed < 2; seed++) {
        tb_quotes_report r = find(q, cut_up(all, 5, 8, 0.5, 0.5, seed));
        NEAR(r.longest.seconds, 0.5, 0.04);
        OK(r.share > 0.9);
        r = find(q, quantised(cut_up(all, 5, 8, 0.3, 0.6, seed)));
        OK(r.longest.seconds > 0.45 && r.longest.seconds < 0.65);
        OK(r.share > 0.75);
        r = find(q, cut_up(all, 4, 8, 0.1, 0.1, seed));
        OK(r.share < 0.05);
    }
    tb_quotes_free(q);
    free_corpus();
}

/* A corpus of a minute and an index that holds about a third of it. */
static void test_limit(void)
{
    make_corpus(RATE);
    clip minute = clip_new(60, RATE);
    for (int i = 0; i < 3; i++)
        memcpy(minute.x + 20 * i * RATE, recordings[i].x,
               (size_t)recordings[i].n * sizeof(float));
    clip_hiss(&minute, -50, 1);
    tb_quotes *q = index_of(&minute, 340000);
    NEAR(tb_quotes_coverage(q), 0.34, 0.07);
    tb_quotes_report r = find(q, clip_copy(&minute, 0, 2 * RATE));
    NEAR(r.longest.seconds, 2, 0.3);
    NEAR(r.longest.corpus_seconds, r.longest.example_seconds, 0.002);
    r = find(q, clip_copy(&minute, 12 * RATE, 3 * RATE));
    NEAR(r.share, 0, 0);
    tb_quotes_free(q);
    clip_free(&minute);
    free_corpus();
}

static const char *coverage_words(double coverage)
{
    static char text[100];
    tb_quotes_coverage_words(coverage, text, sizeof text);
    return text;
}

static void test_words(void)
{
    SAME_TEXT(coverage_words(1), "");
    SAME_TEXT(coverage_words(0.996), "");
    SAME_TEXT(coverage_words(0.4), "; 40 % of your recordings searched");
    SAME_TEXT(coverage_words(0.004),
              "; less than 1 % of your recordings searched");
}

static void test_refusals(void)
{
    tb_error error;
    float strange[4000];
    tb_quotes_report r;
    for (int i = 0; i < 4000; i++)
        strange[i] = i % 5 ? NAN : INFINITY;
    OK(tb_quotes_new(-1, RATE, 0, &error) == NULL);
    EQ(error.status, TB_ERR_ARGUMENT);
    OK(tb_quotes_new(100, 0, 0, &error) == NULL);
    tb_quotes *q = tb_quotes_new(0, RATE, 0, &error);
    EQ(tb_quotes_feed(q, strange, 4000, NULL), TB_OK);
    EQ(tb_quotes_finish(q, NULL), TB_OK);
    EQ(tb_quotes_find(q, strange, 4000, &r, NULL), TB_OK);
    NEAR(r.share, 0, 0);
    tb_quotes_free(q);
    q = tb_quotes_new(0, RATE, 0, &error);
    EQ(tb_quotes_finish(q, NULL), TB_OK);
    EQ(tb_quotes_find(q, strange, 4000, &r, NULL), TB_OK);
    NEAR(tb_quotes_coverage(q), 1, 0);
    tb_quotes_free(q);
    tb_quotes_free(NULL);
}

int main(void)
{
    test_copies(RATE, 4);
    test_copies(44100, 1);
    test_others();
    test_halves();
    test_cut_ups();
    test_limit();
    test_words();
    test_refusals();
    return tap_done();
}
