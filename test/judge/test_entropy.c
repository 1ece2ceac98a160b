#include "base/random.h"
#include "judge/entropy.h"
#include "sounds.h"
#include "tap.h"

enum { N = 200000 };
static int32_t levels[N];

static tb_entropy_bits coded(int count_levels, int64_t n)
{
    tb_entropy *e = tb_entropy_new(count_levels, NULL);
    tb_entropy_code(e, levels, n / 3);
    tb_entropy_code(e, levels + n / 3, n - n / 3);
    tb_entropy_bits bits = tb_entropy_get(e);
    tb_entropy_free(e);
    return bits;
}

static void test_uniform(void)
{
    tb_rng rng = {1, 0};
    for (int i = 0; i < N; i++)
        levels[i] = (int32_t)tb_rng_below(&rng, 16);
    tb_entropy_bits bits = coded(16, N);
    EQ(bits.samples, N);
    NEAR(bits.order0, 4, 0.01);
    NEAR(bits.bigram, 4, 0.02);
}

static void test_constant(void)
{
    memset(levels, 0, sizeof levels);
    tb_entropy_bits bits = coded(256, N);
    NEAR(bits.order0, 0, 0.01);
    NEAR(bits.bigram, 0, 0.001);
}

/* A walk of +-1 in a ring: 4 bits without, 1 bit with the sample before. */
static void test_walk(void)
{
    tb_rng rng = {2, 0};
    for (int i = 1; i < N; i++)
        levels[i] = (levels[i - 1] + (tb_rng_next(&rng) & 1 ? 1 : 15)) % 16;
    tb_entropy_bits bits = coded(16, N);
    NEAR(bits.order0, 4, 0.02);
    NEAR(bits.bigram, 1, 0.02);
    tb_entropy *e = tb_entropy_new(16, NULL);
    tb_entropy_learn(e, levels, N / 2);
    EQ(tb_entropy_get(e).samples, 0);
    tb_entropy_measure(e, levels + N / 2, N / 2);
    bits = tb_entropy_get(e);
    EQ(bits.samples, N / 2);
    NEAR(bits.bigram, 1, 0.02);
    tb_entropy_free(e);
}

/* The exact bits of four samples, by hand. */
static void test_by_hand(void)
{
    static const int32_t abac[] = {0, 1, 0, 2};
    tb_entropy *e = tb_entropy_new(4, NULL);
    tb_entropy_code(e, abac, 4);
    tb_entropy_bits bits = tb_entropy_get(e);
    double p0[] = {0.5 / 2, 0.5 / 3, 1.5 / 4, 0.5 / 5};
    NEAR(bits.order0 * 4,
         -log2(p0[0]) - log2(p0[1]) - log2(p0[2]) - log2(p0[3]), 1e-12);
    NEAR(bits.bigram * 4,
         -log2(p0[0]) - log2(p0[1]) - log2(p0[2]) - log2(p0[3] / 2), 1e-12);
    tb_entropy_restart(e);
    tb_entropy_measure(e, abac, 1);
    NEAR(tb_entropy_get(e).bigram * 5 - bits.bigram * 4, -log2(2.5 / 6), 1e-12);
    tb_entropy_free(e);
    OK(tb_entropy_new(1, NULL) == NULL);
    OK(tb_entropy_new(70000, NULL) == NULL);
}

/* Little material is not known better than much of the same kind. */
static void test_little(void)
{
    tb_rng rng = {3, 0};
    for (int i = 0; i < N; i++)
        levels[i] = (int32_t)tb_rng_below(&rng, 256);
    tb_entropy_bits little = coded(256, 2000), much = coded(256, N);
    OK(little.order0 >= much.order0);
    OK(little.bigram >= 7.9);
}

static void test_corpus(void)
{
    tb_cache_settings s = {.sample_rate = 8000, .channels = 1};
    const char *paths[] = {in_folder("sine.wav")};
    tb_corpus *corpus;
    tb_mulaw law;
    tb_entropy_bits held, all, some;
    write_sine(in_folder("sine.wav"), 8000, 1, 80000, 123.456);
    EQ(tb_corpus_find(paths, 1, &corpus, NULL), TB_OK);
    tb_cache *cache = tb_cache_open(corpus, &s, NULL, NULL);
    tb_mulaw_init(&law, 256, 1, NULL);
    tb_region training = {0, 0, 70000}, end = {0, 71000, 9000};
    tb_holdout h = {&training, &end, 1, 1, 70000, 9000};
    EQ(tb_entropy_of_corpus(cache, &h, &law, 0, &held, NULL), TB_OK);
    EQ(held.samples, 9000);
    OK(held.order0 > 5 && held.order0 < 8);
    OK(held.bigram < 0.6 * held.order0);
    h.held_out_count = 0;
    EQ(tb_entropy_of_corpus(cache, &h, &law, 0, &all, NULL), TB_OK);
    EQ(all.samples, 70000);
    EQ(tb_entropy_of_corpus(cache, &h, &law, 20000, &some, NULL), TB_OK);
    OK(some.samples > 19000 && some.samples <= 20000);
    NEAR(some.order0, all.order0, 0.2);
    tb_cache_close(cache);
    tb_corpus_free(corpus);
}

/* More levels than pairs can be counted of: order 0 alone is told. */
static void test_many_levels(void)
{
    tb_error error;
    tb_entropy *e = tb_entropy_new(65536, &error);
    static int32_t pair[65536];
    for (int i = 0; i < 65536; i++)
        pair[i] = 40000 + i % 2;
    tb_entropy_learn(e, pair, 65536);
    tb_entropy_measure(e, pair, 65536);
    tb_entropy_bits bits = tb_entropy_get(e);
    NEAR(bits.order0, -log2(32768.5 / 98304), 1e-9);
    OK(isnan(bits.bigram));
    tb_entropy_free(e);
    OK(tb_entropy_new(65537, &error) == NULL);
    EQ(error.status, TB_ERR_ARGUMENT);
}

int main(void)
{
    enter_folder();
    test_uniform();
    test_constant();
    test_walk();
    test_by_hand();
    test_little();
    test_corpus();
    test_many_levels();
    return tap_done();
}
