/* Mu-law: the formula, clamping, and an exact round trip for every level. */
#include "dsp/mulaw.h"
#include "tap.h"

static int round_trip(int levels, double compression)
{
    tb_mulaw law;
    if (tb_mulaw_init(&law, levels, compression, NULL))
        return 0;
    for (int q = 0; q < levels; q++)
        if (tb_mulaw_quantise(&law, tb_mulaw_expand(&law, q)) != q)
            return 0;
    return 1;
}

static void test_round_trips(void)
{
    static const int levels[] = {2, 3, 16, 17, 255, 256, 257, 4096, 65536};
    static const double compressions[] = {0, 1e-6, 0.5, 1, 8};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        for (size_t j = 0; j < sizeof compressions / sizeof(double); j++) {
            char name[80];
            snprintf(name, sizeof name, "%d levels, compression %g, come back",
                     levels[i], compressions[j]);
            OK_NAMED(round_trip(levels[i], compressions[j]), name);
        }
}

static void test_known_values(void)
{
    tb_mulaw law;
    tb_error error;
    EQ(tb_mulaw_init(&law, 256, 1, &error), TB_OK);
    EQ(tb_mulaw_quantise(&law, 0), 128);
    EQ(tb_mulaw_quantise(&law, 1), 255);
    EQ(tb_mulaw_quantise(&law, -1), 0);
    /* ln(1 + 25.5) / ln(256) = 0.59095: (1.59095 / 2) 255 = 202.8 */
    EQ(tb_mulaw_quantise(&law, 0.1f), 203);
    EQ(tb_mulaw_quantise(&law, -0.1f), 52);
    EQ(tb_mulaw_quantise(&law, 7), 255);
    EQ(tb_mulaw_quantise(&law, -INFINITY), 0);
    EQ(tb_mulaw_quantise(&law, NAN), 128);
    NEAR(tb_mulaw_expand(&law, 255), 1, 0);
    NEAR(tb_mulaw_expand(&law, 300), 1, 0);
    NEAR(tb_mulaw_expand(&law, -4), -1, 0);
    EQ(tb_mulaw_init(&law, 5, 0, &error), TB_OK);
    NEAR(tb_mulaw_expand(&law, 1), -0.5, 0);
    EQ(tb_mulaw_quantise(&law, 0.24f), 2);
    EQ(tb_mulaw_quantise(&law, 0.26f), 3);
}

static void test_buffers(void)
{
    tb_mulaw law;
    tb_mulaw_init(&law, 64, 0.5, NULL);
    float centres[64], x[64];
    int32_t q[64];
    tb_mulaw_centres(&law, centres);
    tb_mulaw_quantise_buffer(&law, centres, 64, q);
    tb_mulaw_expand_buffer(&law, q, 64, x);
    int same = 1, rising = 1;
    for (int i = 0; i < 64; i++) {
        same &= q[i] == i && x[i] == centres[i];
        rising &= i == 0 || x[i] > x[i - 1];
    }
    OK(same);
    OK(rising);
}

static void test_refusals(void)
{
    tb_mulaw law;
    tb_error error;
    EQ(tb_mulaw_init(&law, 1, 1, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "2 to 65536"));
    EQ(tb_mulaw_init(&law, 65537, 1, &error), TB_ERR_ARGUMENT);
    EQ(tb_mulaw_init(&law, 256, -1, &error), TB_ERR_ARGUMENT);
    EQ(tb_mulaw_init(&law, 256, NAN, NULL), TB_ERR_ARGUMENT);
}

int main(void)
{
    test_round_trips();
    test_known_values();
    test_buffers();
    test_refusals();
    return tap_done();
}
