/* Allocation i fails, for every i, of what makes sound of magnitudes and of mel
   bands: nothing crashes, nothing leaks and the failure is told. */
#include "dsp/griffin_lim.h"
#include "dsp/mel.h"
#include "dsp/pqmf_ops.h"
#include "failing.h"

#include <stdbool.h>
#include <stdlib.h>

static int untold; /* failures without a sentence */

/* ---- what is tried; true when it succeeded ---- */

static bool invert(tb_phase_start start)
{
    float magnitudes[9 * 3] = {1, 2, 3}, y[20];
    tb_griffin_lim how = tb_griffin_lim_usual(16, 4);
    tb_error error = {0};
    how.start = start;
    how.iterations = 1;
    tb_status status =
        tb_sound_of_magnitudes(&how, magnitudes, 3, y, 20, &error);
    untold += status && !(status == TB_ERR_MEMORY && error.text[0]);
    return status == TB_OK;
}

static bool invert_streamed(void)
{
    return invert(TB_START_STREAMED);
}

static bool invert_anyhow(void)
{
    return invert(TB_START_RANDOM);
}

static bool measure(void)
{
    float magnitudes[9 * 3] = {1, 2, 3}, y[20] = {1};
    tb_griffin_lim how = tb_griffin_lim_usual(16, 4);
    return !isnan(tb_spectral_convergence(&how, magnitudes, 3, y, 20));
}

static bool bands(void)
{
    tb_mel *mel = tb_mel_new(64, 8000, 6, 0, 4000);
    tb_mel_inverse *inverse = mel ? tb_mel_inverse_new(mel) : NULL;
    bool good = inverse != NULL;
    tb_mel_inverse_free(inverse);
    tb_mel_free(mel);
    return good;
}

static bool bank(void)
{
    tb_pqmf bank;
    tb_error error = {0};
    tb_status status = tb_pqmf_init(&bank, 4, 40, TB_PQMF_EXACT, &error);
    untold += status && !(status == TB_ERR_MEMORY && error.text[0]);
    tb_graph *g = status ? NULL : tb_graph_new();
    tb_value *x =
        g ? tb_input(g, "x", TB_REAL, tb_dims(1, 2, TB_FRAMES)) : NULL;
    x = tb_pqmf_synthesise(tb_pqmf_analyse(x, &bank, true), &bank, true);
    untold += g && !x && !(tb_graph_check(g, &error) && error.text[0]);
    tb_graph_free(g);
    tb_pqmf_clear(&bank);
    return x != NULL;
}

static void check(bool (*attempt)(void), const char *name)
{
    fail_each(attempt, name, 3, 10000);
}

int main(void)
{
    check(invert_streamed, "sound of magnitudes");
    check(invert_anyhow, "from any phases");
    check(measure, "how near it is");
    check(bands, "bands and their inverse");
    check(bank, "a bank of filters in a graph");
    EQ(untold, 0);
    return tap_done();
}
