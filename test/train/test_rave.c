/* RAVEs trained on files: distances get smaller, running statistics follow, the
   second phase begins when it is time for it, a training that was stopped goes
   on with the same bits, and what it leaves plays. */
#include "rave_trained.h"
#include <timbrel/model.h>

static void check_first_version(void)
{
    watched w = {0}, first = {.stop_at = 7}, then = {0};
    tb_error error = {0};
    EQ(train("raspberry", "units", "1", "whole", &w, &error), TB_OK);
    expect_progress("whole", 0.95);
    OK(has_column("whole", "train_divergence"));
    OK(has_column("whole", "held_out_distance"));
    OK(strstr(w.notes, "was still getting better"));
    char *path = tb_run_checkpoint(in_folder("whole"), 16);
    double mean = element_of(path, "encoder.encoder.net.1.running_mean");
    double spread = element_of(path, "encoder.encoder.net.1.running_var");
    OK_NAMED(fabs(mean) > 1e-6 && spread > 0 && fabs(spread - 1) > 0.01,
             "running statistics follow");
    tb_free(path);
    EQ(train("raspberry", "units", "1", "cut", &first, &error), TB_ERR_STOPPED);
    EQ(go_on("cut", &then, &error), TB_OK);
    EQ(first.steps + then.steps, w.steps);
    OK_NAMED(same_checkpoint("whole", "cut", 16), "it goes on with the bits");
}

/* Where in the log a phase begins: the first epoch of it. */
static double epoch_of_phase(const char *folder, double phase)
{
    tb_log_table t;
    double epoch = NAN;
    if (tb_log_read(in_run(folder, "log.csv"), &t, NULL))
        return NAN;
    const double *at = tb_log_column(&t, "phase");
    const double *epochs = tb_log_column(&t, "epoch");
    for (int64_t i = 0; at && epochs && i < t.rows && isnan(epoch); i++)
        if (at[i] == phase)
            epoch = epochs[i];
    tb_log_table_clear(&t);
    return epoch;
}

/* Of a tensor in the checkpoints of two epochs. */
static bool is_kept(const char *folder, int from, int to, const char *name)
{
    char *a = tb_run_checkpoint(in_folder(folder), from);
    double x = element_of(a, name);
    tb_free(a);
    a = tb_run_checkpoint(in_folder(folder), to);
    bool same = x == element_of(a, name);
    tb_free(a);
    return same;
}

/* Half of the epochs rebuild, the others listen to discriminators. */
static void check_second_phase(void)
{
    static const char mean[] = "encoder.encoder.net.1.running_mean";
    static const char gain[] = "encoder.encoder.net.1.weight";
    static const char made[] = "decoder.net.0.weight_v";
    watched w = {0}, then = {0};
    tb_error error = {0};
    EQ(train("raspberry", "phase1_share", "0.5", "both", &w, &error), TB_OK);
    OK(strstr(w.notes, "With 50 % of it done the phase adversarial begins."));
    OK(has_column("both", "train_features"));
    OK(has_column("both", "train_discrimination"));
    expect_progress("both", 0.98);
    double epoch = epoch_of_phase("both", 1);
    OK_NAMED(epoch > 7.9 && epoch < 8.3, "half of the epochs are the first's");
    OK(!is_kept("both", 6, 8, mean) && is_kept("both", 9, 16, mean));
    OK(!is_kept("both", 6, 8, gain) && is_kept("both", 9, 16, gain));
    OK(!is_kept("both", 9, 16, made));
    watched first = {.stop_at = w.steps / 2 - 1};
    EQ(train("raspberry", "phase1_share", "0.5", "cut2", &first, &error),
       TB_ERR_STOPPED);
    EQ(go_on("cut2", &then, &error), TB_OK);
    EQ(first.steps + then.steps, w.steps);
    OK_NAMED(same_checkpoint("both", "cut2", 16), "it has the same bits");
}

/* It says when more time would help, and when latents are nothing; what they
   may tell stays. */
static void check_notices(void)
{
    static const chosen drawn[] = {{"divergence_start", "1000"},
                                   {"divergence", "1000"},
                                   {"learning_rate", "0.02"},
                                   {NULL, NULL}};
    static const chosen freely[] = {{"divergence_start", "1000"},
                                    {"divergence", "1000"},
                                    {"learning_rate", "0.02"},
                                    {"free_bits", "3"},
                                    {NULL, NULL}};
    watched w = {0};
    tb_error error = {0};
    EQ(train_with("raspberry", drawn, "drawn", &w, &error), TB_OK);
    OK(strstr(w.notes, "The latents say next to nothing"));
    OK(strstr(w.notes, "The latents have collapsed"));
    OK(strstr(w.notes, "more time"));
    w = (watched){0};
    EQ(train_with("raspberry", freely, "freely", &w, &error), TB_OK);
    OK(!strstr(w.notes, "The latents say next to nothing"));
    OK(!strstr(w.notes, "The latents have collapsed"));
}

static void check_others(void)
{
    static const char *const presets[] = {"v2,causal,snake", "v2,spherical",
                                          "v2_nopqmf"};
    for (int i = 0; i < 3; i++) {
        watched w = {0};
        tb_error error = {0};
        char folder[16];
        snprintf(folder, sizeof folder, "v2_%d", i);
        EQ(train(presets[i], "decoder_ratios", i == 2 ? "8,4" : "0", folder, &w,
                 &error),
           TB_OK);
        expect_progress(folder, i == 2 ? 0.98 : 0.9);
    }
}

static void check_refusals(void)
{
    tb_error error = {0};
    watched w = {0};
    EQ(train("raspberry", "window", "16", "not", &w, &error), TB_ERR_ARGUMENT);
    EQ(train("raspberry", "scales", "66,32", "not", &w, &error),
       TB_ERR_ARGUMENT);
    OK(strstr(error.text, "the nearest is 68"));
}

/* Sound goes through what was learned. */
static void check_model(void)
{
    tb_message message = {0};
    tb_model *m = tb_model_open(in_folder("whole"), &message);
    if (!OK_NAMED(m != NULL, message.text))
        return;
    OK(tb_model_control(m, "encode", 0) &&
       strcmp(tb_model_control(m, "encode", 0)->name, "spread") == 0);
    tb_model_close(m);
}

int main(void)
{
    enter_folder();
    write_recordings();
    check_first_version();
    check_second_phase();
    check_notices();
    check_others();
    check_refusals();
    check_model();
    return tap_done();
}
