/* What has been learned, from order 0 to the adaptive predictor. */
#include "judge/foresight.h"
#include "judge/yardstick.h"
#include "sounds.h"
#include "tap.h"

static const tb_metric bits = {.yardstick = TB_YARDSTICK_ENTROPY,
                               .levels = 256,
                               .mulaw = 1,
                               .better = TB_LOWER_IS_BETTER};
static const tb_metric fine = {.yardstick = TB_YARDSTICK_ENTROPY,
                               .levels = 65536};
static const tb_metric nats = {.yardstick = TB_YARDSTICK_DIFFERENCE,
                               .yard_name = "the last frame repeated"};
static const tb_metric ratio = {.yardstick = TB_YARDSTICK_RATIO,
                                .yard_name = "the last frame repeated"};
static const tb_metric plain = {.yardstick = TB_YARDSTICK_NONE};
static tb_error error;

static void test_scale(void)
{
    tb_yard yard = {{8, 6, 4, NAN}};
    NEAR(tb_yard_learned(&bits, 8, &yard), 0, 0);
    NEAR(tb_yard_learned(&bits, 9, &yard), 0, 0);
    NEAR(tb_yard_learned(&bits, 6, &yard), 0.5, 1e-12);
    NEAR(tb_yard_learned(&bits, 4, &yard), 1, 1e-12);
    NEAR(tb_yard_learned(&bits, 3, &yard), 1.25, 1e-12);
    OK(isnan(tb_yard_learned(&bits, NAN, &yard)));
    OK(isnan(tb_yard_learned(&plain, 1, &yard)));
    tb_yard noise = {{5, 5, 5.1, NAN}};
    NEAR(tb_yard_learned(&bits, 5, &noise), 0, 0);
    NEAR(tb_yard_learned(&bits, 4.75, &noise), 1, 1e-12);
    tb_yard unknown = tb_yard_unknown();
    OK(isnan(tb_yard_learned(&nats, 1, &unknown)));
    NEAR(tb_yard_learned(&ratio, 2, &yard), 0.75, 1e-12);
}

static void test_words(void)
{
    const char *than;
    tb_yard yard = {{8, 6, 4, NAN}};
    NEAR(tb_yard_ahead(&bits, 4.5, &yard, &than), -0.5, 1e-12);
    SAME_TEXT(than, "a predictor of order 32");
    NEAR(tb_yard_ahead(&nats, 7, &yard, &than), 1, 1e-12);
    SAME_TEXT(than, "the last frame repeated");
    OK(isnan(tb_yard_ahead(&ratio, 7, &yard, &than)) && !than);
    OK(isnan(tb_yard_ahead(&plain, 7, &yard, &than)) && !than);
    SAME_TEXT(tb_yard_name(&bits, TB_YARD_FORESEEN), "predictor");
    OK(tb_yard_name(&bits, TB_YARD_COARSE) == NULL);
    SAME_TEXT(tb_yard_name(&fine, TB_YARD_COARSE), "predictor_256");
    OK(tb_yard_name(&fine, TB_YARD_PAIRS) == NULL);
    SAME_TEXT(tb_yard_name(&nats, TB_YARD_ZERO), "yard");
    OK(tb_yard_name(&nats, TB_YARD_FORESEEN) == NULL);
    OK(tb_yard_name(&plain, TB_YARD_ZERO) == NULL);
}

static float tone_at(void *context, int frame, int channel)
{
    (void)context;
    (void)channel;
    return (float)(0.5 * sin(0.05 * frame) + 0.2 * sin(0.31 * frame));
}

/* A tone is foreseen better by a predictor than by what follows what, and that
   better than by order 0; 16 bits are summed up, too. */
static void test_corpus(void)
{
    const char *paths[] = {in_folder("tone.wav")};
    write_wav(paths[0], 8000, 1, 8000 * 200, tone_at, NULL);
    tb_corpus *corpus = NULL;
    tb_cache_settings s = {.sample_rate = 8000, .channels = 1};
    tb_holdout h;
    tb_yard yard, both;
    int64_t frames[] = {8000 * 200};
    EQ(tb_corpus_find(paths, 1, &corpus, &error), TB_OK);
    tb_cache *cache = tb_cache_open(corpus, &s, NULL, &error);
    EQ(tb_holdout_make(frames, 1, 8000, 0.05, -1, &h, &error), TB_OK);
    EQ(tb_yard_of_corpus(&bits, cache, &h, 0, &yard, &error), TB_OK);
    OK(yard.level[TB_YARD_FORESEEN] < yard.level[TB_YARD_PAIRS] - 0.5);
    OK(yard.level[TB_YARD_PAIRS] < yard.level[TB_YARD_ZERO] - 0.5);
    OK(isnan(yard.level[TB_YARD_COARSE]));
    EQ(tb_yard_of_corpus(&fine, cache, &h, 0, &both, &error), TB_OK);
    OK(both.level[TB_YARD_FORESEEN] < both.level[TB_YARD_ZERO] - 2);
    OK(both.level[TB_YARD_COARSE] <= yard.level[TB_YARD_FORESEEN]);
    EQ(tb_yard_of_corpus(&nats, cache, &h, 0, &both, &error), TB_OK);
    OK(isnan(both.level[TB_YARD_ZERO]));
    tb_holdout_clear(&h);
    tb_cache_close(cache);
    tb_corpus_free(corpus);
}

int main(void)
{
    enter_folder();
    test_scale();
    test_words();
    test_corpus();
    return tap_done();
}
