/* Rates of signals: tones keep their place and their size, what cannot be there
   is left out. */
#include "dsp/polyphase.h"
#include "tap.h"

#include <stdlib.h>

enum { FRAMES = 4000 };

static const double pi = 3.14159265358979323846;

/* The largest distance of a tone of `hz`, at its new rate, from the tone as it
   is there times `gain`. */
static double error_of(int64_t from, int64_t to, double hz, double gain)
{
    tb_polyphase p;
    double worst = 0;
    if (tb_polyphase_init(&p, from, to, false, NULL))
        return 1000;
    float *x = calloc(FRAMES, sizeof *x);
    for (int i = 0; i < FRAMES; i++)
        x[i] = (float)sin(2 * pi * hz * i / (double)from);
    for (int64_t j = 0;; j++) {
        tb_rate_place at = tb_polyphase_place(&p, j * p.down);
        int64_t first = at.whole - p.reach + 1;
        if (first + 2 * p.reach > FRAMES)
            break;
        if (first < 0)
            continue;
        double want = gain * sin(2 * pi * hz * (double)j / (double)to);
        double y = tb_polyphase_at(&p, x + first, at.rest);
        worst = fmax(worst, fabs(y - want));
    }
    free(x);
    tb_polyphase_clear(&p);
    return worst;
}

static void check_places(void)
{
    tb_polyphase p;
    OK(tb_polyphase_init(&p, 48000, 44100, false, NULL) == TB_OK);
    EQ(p.up, 147);
    EQ(p.down, 160);
    tb_rate_place at = tb_polyphase_place(&p, -1);
    EQ(at.whole, -1);
    EQ(at.rest, 146);
    at = tb_polyphase_place(&p, 294);
    EQ(at.whole, 2);
    EQ(at.rest, 0);
    tb_polyphase_clear(&p);
}

static void check_plain(void)
{
    tb_polyphase p;
    const float x[] = {0.25F, 0.5F};
    OK(tb_polyphase_init(&p, 44100, 44100, false, NULL) == TB_OK);
    EQ(tb_polyphase_window(&p), 1);
    OK(tb_polyphase_at(&p, x, 0) == 0.25F);
    OK(tb_polyphase_init(&p, 44100, 48000, true, NULL) == TB_OK);
    EQ(tb_polyphase_window(&p), 1);
    OK(tb_polyphase_at(&p, x, 77) == 0.25F);
    EQ(p.reach, 0);
}

int main(void)
{
    tb_polyphase p;
    tb_error error = {0};
    check_places();
    check_plain();
    NEAR(error_of(48000, 44100, 1000, 1), 0, 2e-4);
    NEAR(error_of(48000, 44100, 18000, 1), 0, 2e-3);
    NEAR(error_of(44100, 48000, 1000, 1), 0, 2e-4);
    NEAR(error_of(44100, 48000, 18000, 1), 0, 2e-3);
    NEAR(error_of(48000, 16000, 6600, 1), 0, 2e-3);
    NEAR(error_of(16000, 48000, 6600, 1), 0, 2e-3);
    NEAR(error_of(2000, 48000, 800, 1), 0, 2e-3);
    OK_NAMED(error_of(48000, 16000, 9000, 0) < 3e-4, "no aliases");
    OK_NAMED(error_of(48000, 44100, 23500, 0) < 3e-4, "none near the edge");
    OK(error_of(48000, 44100, 1000, 0.99) > 5e-3);
    EQ(tb_polyphase_init(&p, 44100, 44101, false, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "44101") != NULL);
    EQ(tb_polyphase_init(&p, 0, 44100, false, NULL), TB_ERR_ARGUMENT);
    return tap_done();
}
