/* What models draw by chance: the same seed gives the same sound in blocks of
   any length. */
#include "tap.h"

#include "torchscript/script_model.h"

enum { SAMPLES = 96, MOST = 2 };

typedef struct answer {
    float y[MOST][SAMPLES];
} answer;

/* Plays silence through a method, in blocks. */
static answer play(const char *method, uint64_t seed, int64_t block,
                   bool silent, int rows)
{
    static const float zeros[SAMPLES];
    const float *in[MOST] = {zeros, zeros};
    answer a = {{{0}}};
    tb_error error = {0};
    const tb_script_plan_settings settings = {.silent = silent};
    tb_script_model *m =
        tb_script_model_open(FIXTURES "/chance.ts", &settings, &error);
    const tb_script_method *found =
        m ? tb_script_model_method(m, method, &error) : NULL;
    tb_script_stream *s =
        found ? tb_script_stream_new(m, found, rows, block, &error) : NULL;
    if (!OK_NAMED(s != NULL, method))
        fprintf(stderr, "# %s\n", error.text);
    if (s)
        tb_script_stream_seed(s, seed);
    for (int64_t at = 0; s && at < SAMPLES; at += block) {
        int64_t from = at / found->out_ratio;
        float *out[MOST] = {a.y[0] + from, a.y[1] + from};
        EQ(tb_script_stream_play(s, in, out, &error), TB_OK);
    }
    tb_script_stream_free(s);
    tb_script_model_close(m);
    return a;
}

/* Sums may be taken in another order. */
static bool is_same(answer a, answer b)
{
    bool same = true;
    for (int row = 0; row < MOST; row++)
        for (int i = 0; i < SAMPLES; i++)
            same = same && fabsf(a.y[row][i] - b.y[row][i]) < 1e-6f;
    return same;
}

static bool is_lively(answer a, int64_t n)
{
    bool all = true;
    for (int64_t i = 1; i < n; i++)
        all = all && a.y[0][i] != a.y[0][0];
    return all;
}

static void test_blocks(const char *method)
{
    answer a = play(method, 7, 8, false, 1);
    OK(is_same(a, play(method, 7, 8, false, 1)));
    OK(is_same(a, play(method, 7, 16, false, 1)));
    OK(is_same(a, play(method, 7, 32, false, 1)));
    OK(is_same(a, play(method, 7, 96, false, 1)));
    OK(!is_same(a, play(method, 8, 8, false, 1)));
    OK(is_lively(a, SAMPLES / 8));
}

int main(void)
{
    test_blocks("forward");
    test_blocks("encode");
    test_blocks("steps");
    answer two = play("forward", 7, 32, false, 2);
    OK(memcmp(two.y[0], two.y[1], sizeof two.y[0]) != 0);
    OK(is_same(two, play("forward", 7, 8, false, 2)));
    OK(is_same(play("encode", 7, 8, true, 1), play("encode", 9, 32, true, 1)));
    OK(!is_lively(play("encode", 7, 8, true, 1), SAMPLES / 8));
    return tap_done();
}
