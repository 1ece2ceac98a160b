/* Allocation i fails, for every i, while RAVEs are built: nothing crashes,
   nothing leaks and the failure is told. */
#include "failing.h"
#include "models/rave.h"

static int untold; /* failures without a sentence */
static tb_rave config;

static bool forward(void)
{
    tb_method m;
    tb_error error = {0};
    bool good = tb_instrument_method(&tb_rave_instrument, &config, NULL,
                                     "forward", 1, &m, &error) == TB_OK;
    tb_method_clear(&m);
    untold += !good && !error.text[0];
    return good;
}

static bool rebuild(void)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_rave_how how = {.encoder_learns = true, .draws = true};
    tb_value *x =
        g ? tb_input(g, "x", TB_REAL, tb_dims(1, config.channels, TB_FRAMES))
          : NULL;
    tb_rave_signals s = tb_rave_rebuilt(&config, x, &how);
    bool good = s.made != NULL && tb_graph_check(g, &error) == TB_OK;
    if (g && !good)
        untold += !(tb_graph_check(g, &error) && error.text[0]);
    tb_graph_free(g);
    return good;
}

static void check(const char *presets)
{
    tb_settings_part part = {&tb_rave_settings, &config};
    tb_error error = {0};
    tb_settings_defaults(&part, 1);
    EQ(tb_settings_preset(&part, 1, presets, &error), TB_OK);
    EQ(tb_settings_assign(&part, 1, "bands=4", &error), TB_OK);
    EQ(tb_settings_assign(&part, 1, "attenuation=30", &error), TB_OK);
    fail_each(forward, presets, 3, 4000);
    fail_each(rebuild, presets, 3, 4000);
}

int main(void)
{
    check("v1,causal");
    check("v2_small,snake");
    check("discrete");
    EQ(untold, 0);
    return tap_done();
}
