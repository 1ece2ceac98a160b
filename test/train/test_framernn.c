/* FrameRNN: what it learns, hears over a whole length and says frame by frame
   is one and the same; and what statistics are made of is heard in more than
   the first batch. */
#include "counted.h"
#include "models/framernn.h"

#define CHECK_INSTRUMENT tb_framernn_instrument
#define CHECK_CONFIG tb_framernn

#include "../models/check_frames.h"
#include "settled.h"
#include "train/trainer.h"

enum { ROWS = 2, WINDOW = 256, FRAMES = WINDOW + 4096 };

#define SMALL                                                                  \
    "sample_rate=8000 fft_size=64 hop=16 hidden=6 choices=3 dropout=0 "
static const char *const all[] = {
    SMALL,
    SMALL "channels=2 components=7 cell=lstm layers=2",
    SMALL "head=plain residual=no cell=rnn h0=learned",
    SMALL "scale=mel bands=12 cell=none",
    SMALL "head=codes codes=3 code_levels=7 components=5",
    SMALL "head=codes codes=2 code_levels=4 channels=2",
};
enum { ALL = sizeof all / sizeof *all };

/* ---- statistics of the corpus ---- */

#define MEASURES                                                               \
    "sample_rate=8000 fft_size=64 hop=16 hidden=6 components=4 dropout=0 "

static tb_trainer *trainer_of(const tb_framernn *config)
{
    tb_error error = {0};
    const tb_trainer_settings s = {
        .instrument = &tb_framernn_instrument,
        .config = config,
        .rows = ROWS,
        .window = WINDOW,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 0.001, .steps = 1},
        .seed = 2,
        .threads = 1};
    tb_trainer *t = tb_trainer_new(&s, &error);
    if (!OK_NAMED(t != NULL, "there is a trainer"))
        fprintf(stderr, "# %s\n", error.text);
    return t;
}

static int64_t heard(const tb_trainer *t)
{
    return tb_trainer_learning(t)->feed[0].context + WINDOW;
}

/* A tone of this frequency and level in all rows. */
static void fill(float *frames, int64_t n, double w, double level)
{
    for (int64_t i = 0; i < ROWS * n; i++)
        frames[i] = (float)(level * cos(w * (double)i));
}

static double first_of(tb_trainer *t, const char *name)
{
    tb_params *p = tb_trainer_params(t);
    return ((const float *)tb_params_value(p, tb_params_find(p, name)))[0];
}

/* The mean level of the lowest bin after a step in silence, before which a
   batch was heard. */
static double mean_after(double level)
{
    static float frames[ROWS * FRAMES];
    tb_framernn config = configured(MEASURES);
    tb_trainer *t = trainer_of(&config);
    const bool anew[ROWS] = {true, true};
    const tb_batch batch = {{frames}, anew};
    tb_step_report report;
    fill(frames, heard(t), 0, level);
    OK(tb_trainer_listens(t) > 0);
    OK(tb_trainer_listen(t, &batch, NULL) == TB_OK);
    fill(frames, heard(t), 0, 0);
    OK(settled_step(t, &batch, &report, NULL) == TB_OK);
    EQ(tb_trainer_listens(t), 0);
    double mean = first_of(t, "frames.mean");
    tb_trainer_free(t);
    return mean;
}

static void check_statistics(void)
{
    double quiet = mean_after(0), loud = mean_after(0.5);
    fprintf(stderr, "# mean level %.3f, and %.3f\n", quiet, loud);
    NEAR(quiet, 0, 1e-6);
    OK_NAMED(loud > 1, "what was heard before the first step counts");
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < ALL; k++)
            check_frame_memory(backends[i], all[k], ROWS);
    check_frame_labels(SMALL "labels=a,b");
    check_statistics();
    return tap_done();
}
