/* Numbers that change over time, as users type them. */
#include "generate/balance.h"
#include "generate/label_ramp.h"
#include "tap.h"

static tb_ramp ramp_of(const char *text)
{
    tb_ramp r;
    tb_error error = {0};
    if (!OK_NAMED(tb_ramp_parse(text, "temperature", 0, 10, &r, &error) ==
                      TB_OK,
                  text))
        fprintf(stderr, "# %s\n", error.text);
    return r;
}

static void refused(const char *text, const char *because)
{
    tb_ramp r;
    tb_error error = {0};
    OK(tb_ramp_parse(text, "temperature", 0, 10, &r, &error) ==
       TB_ERR_ARGUMENT);
    if (!OK_NAMED(strstr(error.text, because) &&
                      strstr(error.text, "temperature"),
                  text))
        fprintf(stderr, "# %s\n", error.text);
    OK(tb_ramp_parse(text, "temperature", 0, 10, &r, NULL) != TB_OK);
}

/* What each of three counts while the balance goes from the first to the last
   and half the way back. */
static void check_balance(void)
{
    tb_ramp r = ramp_of("0:0,2s:2,3s:1.5"), weight[3];
    double most = 0;
    for (int i = 0; i < 3; i++)
        OK(tb_balance_weight(&r, i, &weight[i], NULL) == TB_OK);
    for (double t = -1; t < 4; t += 0.125) {
        double place = tb_ramp_at(&r, t, 10), sum = 0, mean = 0;
        for (int i = 0; i < 3; i++) {
            double w = tb_ramp_at(&weight[i], t, 10);
            sum += w;
            mean += i * w;
            most = w < 0 ? INFINITY : most;
        }
        most = fmax(most, fmax(fabs(sum - 1), fabs(mean - place)));
    }
    OK(most < 1e-9);
    r = ramp_of("1");
    OK(tb_balance_weight(&r, 1, &weight[0], NULL) == TB_OK);
    OK(tb_ramp_is_constant(&weight[0]) && weight[0].value[0] == 1);
    r = ramp_of("0:0,1s:10,2s:0,3s:10,4s:0,5s:10,6s:0,7s:10");
    OK(tb_balance_weight(&r, 1, &weight[0], NULL) == TB_ERR_ARGUMENT);
}

static void check_labels(void)
{
    static const char *const names[] = {"low", "high tone", "a..b"};
    tb_ramp r[3];
    tb_error error = {0};
    OK(tb_label_ramps("a..b", names, 3, r, &error) == TB_OK);
    OK(tb_ramp_is_constant(&r[2]) && r[2].value[0] == 1 && r[0].value[0] == 0);
    OK(tb_label_ramps("low..high tone", names, 3, r, &error) == TB_OK);
    NEAR(tb_ramp_at(&r[0], 2, 8), 0.75, 1e-12);
    NEAR(tb_ramp_at(&r[1], 2, 8), 0.25, 1e-12);
    NEAR(tb_ramp_at(&r[2], 2, 8), 0, 1e-12);
    OK(tb_label_ramps("0:low,2s:a..b,1:00:high tone", names, 3, r, &error) !=
       TB_OK);
    OK(tb_label_ramps("0:low,2s:high tone,1:00:low", names, 2, r, &error) ==
       TB_OK);
    NEAR(tb_ramp_at(&r[1], 31, 99), 0.5, 1e-12);
    static const char *const wrong[] = {"",
                                        "loud",
                                        "low..",
                                        "low..loud",
                                        "0:low,high tone",
                                        "0:low,soon:low",
                                        "2s:low,1s:low"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        OK_NAMED(tb_label_ramps(wrong[i], names, 2, r, &error) ==
                     TB_ERR_ARGUMENT,
                 wrong[i]);
}

int main(void)
{
    tb_ramp r = ramp_of("0.9");
    OK(tb_ramp_is_constant(&r));
    NEAR(tb_ramp_at(&r, 0, 10), 0.9, 0);
    NEAR(tb_ramp_at(&r, 99, 10), 0.9, 0);

    r = ramp_of("0.5..1.5");
    OK(!tb_ramp_is_constant(&r));
    NEAR(tb_ramp_at(&r, 0, 10), 0.5, 1e-12);
    NEAR(tb_ramp_at(&r, 2.5, 10), 0.75, 1e-12);
    NEAR(tb_ramp_at(&r, 10, 10), 1.5, 1e-12);
    NEAR(tb_ramp_at(&r, 20, 10), 1.5, 1e-12);
    NEAR(tb_ramp_at(&r, 0, 0), 0.5, 1e-12);

    r = ramp_of("1:0.5,2s:1.0,1:00:0.2");
    NEAR(tb_ramp_at(&r, 0, 10), 0.5, 1e-12);
    NEAR(tb_ramp_at(&r, 1.5, 10), 0.75, 1e-12);
    NEAR(tb_ramp_at(&r, 31, 10), 0.6, 1e-12);
    NEAR(tb_ramp_at(&r, 61, 10), 0.2, 1e-12);
    r = ramp_of("500ms:3");
    OK(tb_ramp_is_constant(&r));

    check_balance();
    check_labels();
    refused("", "not understood");
    refused("hot", "not understood");
    refused("0.5..", "not understood");
    refused("0.5..12", "does not fit");
    refused("0.5x", "not understood");
    refused("11", "0 to 10");
    refused("-1..1", "0 to 10");
    refused("nan", "not understood");
    refused("0:0.5,soon:1", "'soon' is not a time");
    refused("0:0.5,2s:1,1s:2", "does not come after");
    refused("0,5", "write 0.5, with a point");
    refused("0,5..1,2", "write 0.5, with a point");
    refused("0.5..1,2", "write 1.2, with a point");
    refused("0:0,5,2s:1", "'5' has no time");
    refused("0:0.5,2s", "not understood");
    refused("0:0.5,2s:", "not understood");
    return tap_done();
}
