#include "base/random.h"
#include "judge/foresight.h"
#include "sounds.h"
#include "tap.h"

enum { N = 40000 };
static float sound[N];

static tb_foresight_bits measure(int levels, double bend, int64_t past)
{
    tb_mulaw law;
    tb_mulaw_init(&law, levels, bend, NULL);
    tb_foresight *f = tb_foresight_new(&law, NULL, NULL);
    tb_foresight_hear(f, sound, past);
    tb_foresight_measure(f, sound + past, N - past);
    tb_foresight_bits bits = tb_foresight_get(f);
    tb_foresight_free(f);
    return bits;
}

/* White noise of deviation 0.1 in 256 even levels: the entropy of a Gaussian in
   steps of 2 / 255 is 5.71 bits, and a mixture that is wider and narrower needs
   a little more. */
static void test_white(void)
{
    tb_rng rng = {.seed = 1};
    for (int i = 0; i < N; i++)
        sound[i] = (float)(0.1 * tb_rng_normal(&rng));
    tb_foresight_bits b = measure(256, 0, 5000);
    EQ(b.samples, N - 5000);
    double entropy =
        0.5 * log2(2 * 3.14159265 * 2.718281828) + log2(0.1 * 255 / 2);
    OK(b.bits > entropy && b.bits < entropy + 0.15);
}

/* Another 8 bits of resolution cost 8 bits, and summed up nearly none. */
static void test_alphabets(void)
{
    tb_foresight_bits fine = measure(65536, 0, 5000);
    tb_foresight_bits even = measure(256, 0, 5000);
    tb_foresight_bits coarse = measure(256, 1, 5000);
    NEAR(fine.bits - even.bits, 8, 0.03);
    NEAR(coarse.coarse, coarse.bits, 1e-9);
    NEAR(fine.coarse, coarse.bits, 0.03);
}

/* A tone needs few bits once it was heard, and more from rest. */
static void test_tone(void)
{
    for (int i = 0; i < N; i++)
        sound[i] = (float)(0.5 * sin(0.05 * i) + 0.2 * sin(0.31 * i));
    double heard = measure(256, 1, 20000).bits;
    OK(heard < 3);
    OK(measure(65536, 0, 20000).coarse < heard);
    OK(measure(256, 1, 0).bits > heard);
}

static float tone_at(void *context, int frame, int channel)
{
    (void)context;
    return (float)(0.5 * sin((0.11 + 0.2 * channel) * frame));
}

/* Every held-out sample, with what comes before it as its past. */
static void test_corpus(void)
{
    tb_cache_settings s = {.sample_rate = 8000, .channels = 2};
    const char *paths[] = {in_folder("tone.wav")};
    tb_corpus *corpus;
    tb_mulaw law;
    tb_foresight_bits held, rest, all, some;
    write_wav(paths[0], 8000, 2, 40000, tone_at, NULL);
    EQ(tb_corpus_find(paths, 1, &corpus, NULL), TB_OK);
    tb_cache *cache = tb_cache_open(corpus, &s, NULL, NULL);
    tb_mulaw_init(&law, 256, 1, NULL);
    tb_region training = {0, 0, 30000}, end = {0, 31000, 9000};
    tb_holdout h = {&training, &end, 1, 1, 30000, 9000};
    EQ(tb_foresight_of_corpus(cache, &h, &law, NULL, 2, 0, &held, NULL), TB_OK);
    EQ(held.samples, 18000);
    EQ(tb_foresight_of_corpus(cache, &h, &law, NULL, 0, 0, &rest, NULL), TB_OK);
    OK(rest.bits > held.bits);
    h.held_out_count = 0;
    EQ(tb_foresight_of_corpus(cache, &h, &law, NULL, 2, 0, &all, NULL), TB_OK);
    EQ(all.samples, 60000);
    EQ(tb_foresight_of_corpus(cache, &h, &law, NULL, 2, 20000, &some, NULL),
       TB_OK);
    EQ(some.samples, 40000);
    tb_cache_close(cache);
    tb_corpus_free(corpus);
}

static void test_refusal(void)
{
    tb_mulaw law;
    tb_lp_settings s = {.order = -3};
    tb_error error;
    tb_mulaw_init(&law, 256, 1, NULL);
    OK(tb_foresight_new(&law, &s, &error) == NULL);
    OK(strstr(error.text, "order") != NULL);
    tb_foresight_free(NULL);
}

int main(void)
{
    enter_folder();
    test_white();
    test_alphabets();
    test_tone();
    test_corpus();
    test_refusal();
    return tap_done();
}
