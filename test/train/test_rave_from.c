/* Trainings that begin with the weights of another one: all of them, or those
   whose shapes fit; what cannot be is refused before anything is written. */
#include "base/paths.h"
#include "rave_trained.h"
#include "train/begin_from.h"

#include <math.h>

/* A training of one epoch whose steps are so small that it stays where it
   began. */
static tb_status begin(const char *from, const char *latents,
                       const char *folder, tb_error *error)
{
    static const char *const still[][2] = {
        {"epochs", "1"},         {"learning_rate", "1e-9"}, {"batch", "2"},
        {"average", "0"},        {"examples", "0"},         {"window", "2048"},
        {"schedule", "constant"}};
    watched w = {0};
    tb_job job;
    if (tb_job_init(&job, tb_instrument_named("rave", error), error))
        return error->status;
    tb_status status = tb_begin_like(&job, in_folder(from), error);
    for (size_t i = 0; i < sizeof still / sizeof *still; i++)
        set(&job, still[i][0], still[i][1]);
    if (latents)
        set(&job, "latents", latents);
    set(&job, "held_out_file", in_folder("b.wav"));
    tb_job_add_path(&job, in_folder("a.wav"), error);
    tb_job_add_path(&job, in_folder("b.wav"), error);
    job.folder = strdup(in_folder(folder));
    if (!status)
        return run(&job, &w, error);
    tb_job_clear(&job);
    return status;
}

/* The first number of a tensor of a run's latest checkpoint. */
static double number_of(const char *folder, int epoch, const char *name)
{
    char *path = tb_run_checkpoint(in_folder(folder), epoch);
    double x = element_of(path, name);
    tb_free(path);
    return x;
}

#define FIRST "encoder.encoder.net.0.weight_v"
#define LAST "decoder.net.0.weight_v"

static void check_all(void)
{
    tb_error error = {0};
    EQ(begin("source", NULL, "same", &error), TB_OK);
    NEAR(number_of("same", 1, FIRST), number_of("source", 16, FIRST), 1e-6);
    NEAR(number_of("same", 1, LAST), number_of("source", 16, LAST), 1e-6);
    OK(is_in(in_run("same", "run.ini"), "from = "));
}

/* Epochs of a run are typed as everywhere. */
static void check_epoch(void)
{
    tb_error error = {0};
    EQ(begin("source@8", NULL, "early", &error), TB_OK);
    NEAR(number_of("early", 1, FIRST), number_of("source", 8, FIRST), 1e-6);
    OK(fabs(number_of("early", 1, FIRST) - number_of("source", 16, FIRST)) >
       1e-5);
    EQ(begin("source@8..10", NULL, "not", &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "one epoch"));
    EQ(begin("source@99", NULL, "not", &error) != TB_OK, 1);
}

/* Where latents are other, the layers beside them begin anew. */
static void check_other_latents(void)
{
    tb_error error = {0};
    EQ(begin("source", "5", "other", &error), TB_OK);
    NEAR(number_of("other", 1, FIRST), number_of("source", 16, FIRST), 1e-6);
    OK(fabs(number_of("other", 1, LAST) - number_of("source", 16, LAST)) >
       1e-4);
}

/* Books of codes that begin anew are filled by k-means before the first step,
   those that are taken stay. */
static void check_codes(void)
{
#define BOOK "encoder.rvq.layers.1._codebook.embed"
    static const chosen coded[] = {
        {"codebooks", "2"}, {"codes", "8"}, {"epochs", "2"}, {NULL, NULL}};
    watched w = {0};
    tb_error error = {0};
    EQ(train_with("discrete", coded, "codes", &w, &error), TB_OK);
    EQ(begin("codes", NULL, "kept", &error), TB_OK);
    NEAR(number_of("kept", 1, BOOK), number_of("codes", 2, BOOK), 0.05);
    EQ(begin("codes", "4", "fresh", &error), TB_OK);
    OK(fabs(number_of("fresh", 1, BOOK)) > 0);
}

static void check_refusals(void)
{
    tb_error error = {0};
    EQ(begin("nowhere", NULL, "not", &error) != TB_OK, 1);
    EQ(begin("a.wav", NULL, "not", &error) != TB_OK, 1);
    OK(!tb_exists(in_folder("not")));
    tb_job job;
    EQ(tb_job_init(&job, tb_instrument_named("framernn", &error), &error),
       TB_OK);
    EQ(tb_begin_like(&job, in_folder("source"), &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "framernn"));
    tb_job_clear(&job);
}

int main(void)
{
    watched w = {0};
    tb_error error = {0};
    enter_folder();
    write_recordings();
    EQ(train("v2,causal", "units", "1", "source", &w, &error), TB_OK);
    check_all();
    check_epoch();
    check_other_latents();
    check_codes();
    check_refusals();
    return tap_done();
}
