/* The parts of a training that files and words are made of: settings, jobs,
   resume files, the list of examples, sweeps. */
#include "base/paths.h"
#include "base/safetensors.h"
#include "run/example_list.h"
#include "settled.h"
#include "sounds.h"
#include "tap.h"
#include "tiny.h"
#include "train/data.h"
#include "train/job.h"
#include "train/resume.h"
#include "train/sweep.h"

/* ---- settings ---- */

static tb_job new_job(void)
{
    tb_job job;
    tb_error error;
    if (tb_job_init(&job, tb_instrument_named("samplernn", &error), &error))
        abort();
    return job;
}

static void test_presets(void)
{
    tb_job job = new_job();
    tb_settings_part parts[TB_JOB_PARTS];
    tb_error error;
    tb_job_parts(&job, parts);
    int batch = job.settings.batch;
    OK(tb_settings_preset(parts, TB_JOB_PARTS, "mimikit", &error) == TB_OK);
    EQ(job.settings.batch, 32);
    EQ(job.settings.window, 2048);
    char text[64];
    void *values;
    const tb_setting *row =
        tb_settings_find(parts, TB_JOB_PARTS, "cell", &values, NULL);
    tb_setting_text(row, values, text, sizeof text);
    SAME_TEXT(text, "lstm");
    OK_NAMED(batch != 32, "so the preset changed both tables");
    EQ(tb_settings_preset(parts, TB_JOB_PARTS, "mimikti", &error),
       TB_ERR_ARGUMENT);
    OK(strstr(error.text, "mimikit") != NULL);
    OK(tb_job_check(&job, &error) == TB_OK);
    job.settings.window = 1000;
    EQ(tb_job_check(&job, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "window=1024") != NULL);
    tb_job_clear(&job);
}

/* ---- resuming ---- */

static tb_trainer *new_trainer(const tiny_config *config, int rows,
                               double average)
{
    const tb_trainer_settings s = {
        .instrument = &tiny_instrument,
        .config = config,
        .rows = rows,
        .window = 32,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8,
                      .average = average},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 0.01, .steps = 1},
        .seed = 1,
        .threads = 1};
    return tb_trainer_new(&s, NULL);
}

static void train(tb_trainer *t, int steps)
{
    float frames[2 * 33];
    bool reset[2] = {false, false};
    tb_step_report report;
    for (int k = 0; k < steps; k++) {
        int at = (int)tb_trainer_steps(t);
        for (int i = 0; i < 2 * 33; i++)
            frames[i] = sinf(0.3f * (float)(at * 32 + i));
        settled_step(t, &(tb_batch){{frames}, reset}, &report, NULL);
    }
}

static bool same_weights(tb_trainer *a, tb_trainer *b)
{
    size_t bytes =
        (size_t)tb_params_total(tb_trainer_params(a)) * sizeof(float);
    return memcmp(tb_params_data(tb_trainer_params(a)),
                  tb_params_data(tb_trainer_params(b)), bytes) == 0;
}

static void test_resume(void)
{
    tiny_config config = {.dropout = 0.1};
    tb_trainer *a = new_trainer(&config, 2, 0.9),
               *b = new_trainer(&config, 2, 0.9);
    tb_trainer *c = new_trainer(&config, 2, 0);
    const char *path = in_folder("resume.safetensors");
    tb_progress saved = {.epoch = 3,
                         .step = 17,
                         .steps_per_epoch = 40,
                         .seconds = 1.0 / 3,
                         .example_seconds = 0.1,
                         .steps_before = 71,
                         .phase = 1,
                         .best = {{-2.5, 2}},
                         .epoch_sum = {{1e-300, 17}},
                         .line_sum = {{2.5, 4}}};
    tb_progress read = {0};
    bool rows = false;
    tb_error error;
    train(a, 5);
    OK(tb_resume_save(path, a, &saved, NULL, &error) == TB_OK);
    train(b, 2);
    OK(tb_resume_load(path, b, &read, &rows, &error) == TB_OK);
    OK(memcmp(&saved, &read, sizeof saved) == 0);
    EQ(tb_trainer_steps(b), 5);
    OK(rows);
    train(a, 4);
    train(b, 4);
    OK_NAMED(same_weights(a, b), "the same bits from here on");
    tb_trainer_use_average(a, true);
    tb_trainer_use_average(b, true);
    OK_NAMED(same_weights(a, b), "and the same average");
    OK(tb_resume_load(path, c, &read, &rows, &error) == TB_OK);
    tb_trainer_free(c);
    c = new_trainer(&config, 3, 0);
    OK(tb_resume_load(path, c, &read, &rows, &error) == TB_OK);
    OK_NAMED(!rows, "other rows carry nothing over");
    tb_trainer_free(c);
    c = new_trainer(&config, 2, 0);
    OK(tb_resume_save(path, c, &saved, NULL, &error) == TB_OK);
    EQ(tb_resume_load(path, a, &read, &rows, &error), TB_ERR_FORMAT);
    OK_NAMED(strstr(error.text, "average") != NULL, "names what is missing");
    tb_trainer_free(a);
    tb_trainer_free(b);
    tb_trainer_free(c);
}

static void test_other_files(void)
{
    tiny_config config = {0};
    tb_trainer *t = new_trainer(&config, 2, 0);
    tb_progress progress;
    bool rows;
    tb_error error;
    const float x[3] = {1, 2, 3};
    tb_stored tensor = {.name = "weights/head",
                        .type = TB_STORED_F32,
                        .rank = 1,
                        .shape = {3},
                        .data = x};
    const char *path = in_folder("other.safetensors");
    tb_safetensors_write(path, &tensor, 1, NULL, 0, NULL);
    EQ(tb_resume_load(path, t, &progress, &rows, &error), TB_ERR_FORMAT);
    const tb_stored_text entry = {"format", "timbrel-resume-1"};
    tb_safetensors_write(path, &tensor, 1, &entry, 1, NULL);
    EQ(tb_resume_load(path, t, &progress, &rows, &error), TB_ERR_FORMAT);
    write_text(path, "nonsense");
    OK(tb_resume_load(path, t, &progress, &rows, &error) != TB_OK);
    OK(tb_resume_load(in_folder("none"), t, &progress, &rows, &error) ==
       TB_ERR_FILE);
    tb_trainer_free(t);
}

/* ---- examples ---- */

static void test_list(void)
{
    tb_example_list list;
    const char *folder = in_folder("run");
    mkdir(folder, 0777);
    mkdir(in_folder("run/examples"), 0777);
    OK(tb_example_list_read(folder, &list, NULL) == TB_OK);
    EQ(list.count, 0);
    tb_example e = {.epoch = 4,
                    .prompt = 2,
                    .temperature = 0.7,
                    .sound = "examples/\"a\".wav",
                    .tag = "moving"};
    OK(tb_example_list_add(&list, &e, NULL) == TB_OK);
    e.prompt = 1;
    OK(tb_example_list_add(&list, &e, NULL) == TB_OK);
    e.tag = "noise";
    e.quotes = "quotes bell.wav, 1.0 s";
    e.unsearched = true;
    e.prompt_seconds = 0.1;
    OK(tb_example_list_add(&list, &e, NULL) == TB_OK);
    EQ(list.count, 2);
    OK(tb_example_list_write(folder, &list, NULL) == TB_OK);
    tb_example_list_clear(&list);
    OK(tb_example_list_read(folder, &list, NULL) == TB_OK);
    EQ(list.count, 2);
    EQ(list.examples[0].prompt, 2);
    NEAR(list.examples[0].temperature, 0.7, 0);
    SAME_TEXT(list.examples[0].sound, "examples/\"a\".wav");
    OK(!list.examples[0].quotes && !list.examples[0].picture);
    SAME_TEXT(list.examples[1].tag, "noise");
    SAME_TEXT(list.examples[1].quotes, "quotes bell.wav, 1.0 s");
    OK(!list.examples[0].unsearched && list.examples[1].unsearched);
    NEAR(list.examples[1].prompt_seconds, 0.1, 0);
    OK(tb_example_list_set_quotes(&list, 1, NULL, NULL) == TB_OK);
    OK(!list.examples[1].unsearched && !list.examples[1].quotes);
    tb_example_list_clear(&list);
    write_text(in_folder("run/examples/list.json"), "[{\"epoch\":1}]");
    EQ(tb_example_list_read(folder, &list, NULL), TB_ERR_FORMAT);
    tb_example_list_clear(&list);
}

/* ---- sweeps ---- */

static void test_sweep(void)
{
    tb_sweep s;
    OK(tb_sweep_parse(&s, "hop=128,256,512", NULL) == TB_OK);
    SAME_TEXT(s.name, "hop");
    EQ(s.count, 3);
    SAME_TEXT(s.values[2], "512");
    OK(tb_sweep_parse(&s, "frame_sizes=16,4,16:8,8", NULL) == TB_OK);
    EQ(s.count, 2);
    SAME_TEXT(s.values[0], "16,4,16");
    EQ(tb_sweep_parse(&s, "hop", NULL), TB_ERR_ARGUMENT);
    EQ(tb_sweep_parse(&s, "=1,2", NULL), TB_ERR_ARGUMENT);
    EQ(tb_sweep_parse(&s, "hop=", NULL), TB_ERR_ARGUMENT);
    EQ(tb_sweep_parse(&s, "hop=1,,2", NULL), TB_ERR_ARGUMENT);
}

/* ---- sounds ---- */

/* What is expected before decoding is what comes of it. */
static void test_data(void)
{
    tb_job job = new_job();
    tb_sound_format format = {8000, 1};
    const tb_learning learning = {
        .feed_count = 1,
        .feed = {{.context = 16, .window = job.settings.window}},
        .metric_count = 1,
        .metric = {
            {.yardstick = TB_YARDSTICK_ENTROPY, .levels = 256, .mulaw = 1}}};
    tb_data data;
    tb_data_estimate e;
    tb_error error;
    write_sine(in_folder("a.wav"), 8000, 1, 8000 * 150, 40);
    write_sine(in_folder("b.wav"), 8000, 1, 8000 * 50, 33);
    const char *paths[] = {in_folder("a.wav"), in_folder("b.wav")};
    OK(tb_data_open(paths, 2, &job.settings, &format, &learning, NULL, &data,
                    &error) == TB_OK);
    OK(data.test_tracks[0] != NULL);
    OK(tb_data_expect(data.corpus, &job.settings, &format, &learning, &e,
                      &error) == TB_OK);
    EQ(e.steps, tb_tracks_chosen(data.tracks[0])->steps);
    EQ(e.batch, tb_tracks_chosen(data.tracks[0])->batch);
    EQ(e.test_steps, tb_tracks_chosen(data.test_tracks[0])->steps);
    NEAR(e.seconds, 200, 1e-9);
    OK(e.test_seconds > 1 && e.test_seconds < 10.1);
    OK(data.yard.level[TB_YARD_ZERO] > data.yard.level[TB_YARD_PAIRS]);
    OK(data.yard.level[TB_YARD_PAIRS] > data.yard.level[TB_YARD_FORESEEN]);
    tb_data_clear(&data);

    snprintf(job.settings.held_out_file, sizeof job.settings.held_out_file,
             "%s", in_folder("b.wav"));
    OK(tb_data_open(paths, 2, &job.settings, &format, &learning, NULL, &data,
                    &error) == TB_OK);
    EQ(data.holdout.held_out_frames, 8000 * 50);
    tb_data_clear(&data);
    snprintf(job.settings.held_out_file, sizeof job.settings.held_out_file,
             "c.wav");
    EQ(tb_data_open(paths, 2, &job.settings, &format, &learning, NULL, &data,
                    &error),
       TB_ERR_ARGUMENT);
    tb_data_clear(&data);
    tb_job_clear(&job);
}

int main(void)
{
    enter_folder();
    test_presets();
    test_resume();
    test_other_files();
    test_list();
    test_sweep();
    test_data();
    return tap_done();
}
