/* What frames of spectra leave out is heard as noise, as much as is asked for,
   no louder than the recordings, and the same in blocks of any size. */
#include "models/checkpoint.h"
#include "models/framernn.h"
#include "nn/init.h"
#include "tap.h"
#include <timbrel/model.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LENGTH = 1500 };

static tb_framernn configured(void)
{
    static const char *const changes[] = {
        "sample_rate=8000", "fft_size=64", "hop=16",        "hidden=6",
        "head=codes",       "codes=2",     "code_levels=5", "components=4",
        "left_out=yes",     NULL};
    tb_framernn c = {0};
    tb_settings_part part = {tb_framernn_instrument.settings, &c};
    tb_settings_defaults(&part, 1);
    for (int i = 0; changes[i]; i++)
        OK(tb_settings_assign(&part, 1, changes[i], NULL) == TB_OK);
    return c;
}

/* Levels lie about 3, and what is left out of them deviates by 1. */
static tb_model *model_of(tb_framernn *config, double loudest)
{
    char path[] = "/tmp/timbrel-left-out-XXXXXX";
    int file = mkstemp(path);
    tb_graph *g =
        tb_instrument_declare(&tb_framernn_instrument, config, NULL, NULL);
    const tb_graph *graph = g;
    tb_checkpoint c = {.instrument = &tb_framernn_instrument,
                       .config = config,
                       .params = tb_params_new(1, &graph, sizeof(float), NULL)};
    tb_instrument_init(&tb_framernn_instrument, config, c.params, 3);
    tb_init_fill(c.params, "frames.mean", 3);
    tb_init_fill(c.params, "frames.left_out", 1);
    tb_init_fill(c.params, "frames.loudest", loudest);
    OK(tb_params_find(c.params, "frames.left_out") >= 0);
    OK(tb_checkpoint_save(path, &c, NULL, 0, NULL, NULL) == TB_OK);
    tb_model *m = tb_model_open(path, NULL);
    OK_NAMED(m != NULL, "the model opens");
    tb_params_free(c.params);
    tb_graph_free(g);
    close(file);
    unlink(path);
    return m;
}

static void play(tb_model *m, double temperature, double left_out,
                 int64_t block, float sound[LENGTH])
{
    tb_voices_settings s = tb_voices_defaults();
    s.block = block;
    s.seed = 5;
    tb_voices *v = tb_voices_new(m, &s, NULL);
    tb_voices_set(v, tb_voices_control(v, "temperature"), -1, temperature);
    tb_voices_set(v, tb_voices_control(v, "left_out"), -1, left_out);
    tb_voices_reset(v, 5);
    for (int64_t at = 0; at < LENGTH; at += block) {
        float *to = sound + at;
        tb_voices_run(v, &to, LENGTH - at < block ? LENGTH - at : block);
    }
    tb_voices_free(v);
}

static double apart(const float a[LENGTH], const float b[LENGTH])
{
    double sum = 0;
    for (int i = 0; i < LENGTH; i++)
        sum += pow((double)a[i] - (double)b[i], 2);
    return sqrt(sum / LENGTH);
}

int main(void)
{
    static float none[LENGTH], all[LENGTH], half[LENGTH], other[LENGTH];
    static const float silence[LENGTH];
    tb_framernn config = configured();
    tb_model *m = model_of(&config, 1e6);
    play(m, 1, 0, 500, none);
    play(m, 1, 1, 500, all);
    play(m, 1, 0.5, 500, half);
    OK_NAMED(apart(none, all) > 1e-4, "what is left out is heard");
    OK_NAMED(apart(none, half) > 1e-5 && apart(none, half) < apart(none, all),
             "as much as is asked for");
    play(m, 1, 1, 37, other);
    OK_NAMED(memcmp(all, other, sizeof all) == 0, "the same in other blocks");
    play(m, 0, 0, 500, none);
    play(m, 0, 1, 500, all);
    OK_NAMED(memcmp(all, none, sizeof all) == 0,
             "nothing is left to chance at temperature 0");
    tb_model_close(m);
    /* Of levels of 1 magnitudes are e - 1 floors, of 3 e^3 - 1. */
    m = model_of(&config, 1);
    play(m, 1, 1, 500, other);
    OK_NAMED(apart(other, silence) > 0, "what is held down is heard");
    OK_NAMED(apart(other, silence) < 0.1 * apart(none, silence),
             "nothing is louder than the loudest");
    tb_model_close(m);
    return tap_done();
}
