/* The small RAVE trained on files: phases that begin on command and by a
   metric, clips heard beside their originals, and a training that is stopped
   or killed at any step goes on with the same bits. */
#include "base/memory.h"
#include "base/paths.h"
#include "base/safetensors.h"
#include "rave_instrument.h"
#include "run/example_list.h"
#include "run/log.h"
#include "run/run_folder.h"
#include "sounds.h"
#include "train/estimate.h"
#include "train/training.h"

#include <sys/wait.h>

static const tb_instrument *const instruments[] = {&rave_instrument, NULL};

typedef struct watched {
    int steps, stop_at, kill_at; /* 0: not */
    int examples;
    char notes[4000];
} watched;

static void on_event(void *context, const tb_training_event *e)
{
    watched *w = context;
    if (e->kind == TB_EVENT_NOTE)
        strncat(w->notes, e->text, sizeof w->notes - strlen(w->notes) - 1);
    if (e->kind == TB_EVENT_EXAMPLE) {
        w->examples++;
        OK_NAMED(strncmp(e->text, "clip ", 5) == 0, e->text);
    }
    if (e->kind == TB_EVENT_STEP && ++w->steps == w->kill_at)
        _exit(7);
}

static bool on_stop(void *context)
{
    const watched *w = context;
    return w->stop_at && w->steps >= w->stop_at;
}

static void set(tb_job *job, const char *text)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_error error;
    tb_job_parts(job, parts);
    if (tb_settings_assign(parts, TB_JOB_PARTS, text, &error)) {
        fprintf(stderr, "# %s\n", error.text);
        abort();
    }
}

/* A training of `epochs` with some settings; `phase` on command. */
typedef struct plan_of_run {
    const char *run, *phase;
    int epochs;
    const char *set[6]; /* ends with null */
} plan_of_run;

static tb_status new_job(const plan_of_run *p, tb_job *job, tb_error *error)
{
    static const char *const small[] = {"batch=2",           "window=512",
                                        "examples=2",        "epochs=4",
                                        "example_seconds=2", "examples_every=1",
                                        "save_seconds=0.02", "average=0.9"};
    char held_out[600];
    tb_status status = tb_job_init(job, &rave_instrument, error);
    for (size_t i = 0; i < sizeof small / sizeof *small && !status; i++)
        set(job, small[i]);
    if (!status)
        status = tb_job_add_path(job, in_folder("a.wav"), error);
    if (!status)
        status = tb_job_add_path(job, in_folder("b.wav"), error);
    snprintf(held_out, sizeof held_out, "held_out_file=%s", in_folder("b.wav"));
    if (!status)
        set(job, held_out);
    job->folder = strdup(in_folder(p->run));
    return status;
}

static tb_status train(const plan_of_run *p, watched *w, tb_error *error)
{
    tb_job job;
    const tb_training_watch watch = {
        .event = on_event, .stop = on_stop, .context = w};
    char *resume = tb_run_resume_file(in_folder(p->run));
    tb_status status = tb_exists(resume)
                           ? tb_job_read(&job, in_folder(p->run), error)
                           : new_job(p, &job, error);
    for (int i = 0; p->set[i] && !job.resume; i++)
        set(&job, p->set[i]);
    job.settings.epochs = p->epochs;
    job.threads = 1;
    job.phase = p->phase ? strdup(p->phase) : NULL;
    tb_training *t = status ? NULL : tb_training_new(&job, &watch, error);
    status = t ? tb_training_run(t, error) : error->status;
    tb_training_free(t);
    tb_job_clear(&job);
    tb_free(resume);
    return status;
}

/* ---- what is left of it ---- */

static bool same_file(const char *run, const char *other, int epoch)
{
    char *a = tb_run_checkpoint(in_folder(run), epoch);
    char *b = tb_run_checkpoint(in_folder(other), epoch);
    tb_safetensors *x = NULL, *y = NULL;
    tb_error error;
    bool same = tb_safetensors_open(a, &x, &error) == TB_OK &&
                tb_safetensors_open(b, &y, &error) == TB_OK;
    for (size_t i = 0; same && i < tb_safetensors_count(x); i++) {
        const tb_stored *from = tb_safetensors_at(x, i);
        const tb_stored *to = tb_safetensors_find(y, from->name);
        same = to && to->bytes == from->bytes &&
               memcmp(to->data, from->data, to->bytes) == 0;
    }
    tb_safetensors_close(x);
    tb_safetensors_close(y);
    tb_free(a);
    tb_free(b);
    return same;
}

/* The last phase that the log tells. */
static double phase_in_log(const char *run)
{
    tb_log_table log = {0};
    tb_error error;
    char *path = tb_run_log_file(in_folder(run));
    double phase = NAN;
    if (tb_log_read(path, &log, &error) == TB_OK && log.rows > 0)
        phase = tb_log_column(&log, "phase")[log.rows - 1];
    tb_log_table_clear(&log);
    tb_free(path);
    return phase;
}

/* ---- tests ---- */

static void test_clips(void)
{
    watched w = {0};
    tb_error error = {0};
    tb_example_list list;
    int originals = 0, made = 0;
    const plan_of_run p = {.run = "clips", .epochs = 2, .set = {NULL}};
    if (!EQ(train(&p, &w, &error), TB_OK))
        fprintf(stderr, "# %s\n", error.text);
    OK(tb_example_list_read(in_folder("clips"), &list, &error) == TB_OK);
    for (int i = 0; i < list.count; i++) {
        const tb_example *e = &list.examples[i];
        originals += e->epoch == 0;
        made += e->epoch > 0;
        OK(e->clip && strncmp(e->clip, "clip ", 5) == 0);
        OK(!e->unsearched && !e->quotes && e->prompt_seconds == 0);
        OK(tb_exists(in_folder("clips")) && e->sound);
    }
    EQ(originals, 2);
    EQ(made, 4);
    EQ(w.examples, 4);
    tb_example_list_clear(&list);
    char page[200000] = "";
    FILE *file = fopen(in_folder("clips/index.html"), "rb");
    size_t n = file ? fread(page, 1, sizeof page - 1, file) : 0;
    OK(n > 0 && strstr(page, "original") && strstr(page, "clip 1"));
    OK(!strstr(page, "Has just begun"));
    if (file)
        fclose(file);
}

/* The process is gone in the middle of a step. */
static void kill_at(const plan_of_run *p, int step)
{
    fflush(NULL);
    pid_t child = fork();
    int how = 0;
    if (child == 0) {
        watched w = {.kill_at = step};
        tb_error error;
        train(p, &w, &error);
        _exit(0);
    }
    waitpid(child, &how, 0);
    OK(WIFEXITED(how) && WEXITSTATUS(how) == 7);
}

static void test_interrupted(void)
{
    const char *const phases[6] = {"adversarial_from=7", "examples=0"};
    plan_of_run whole = {.run = "whole", .epochs = 3}, cut = whole;
    watched w = {0};
    tb_error error = {0};
    memcpy(whole.set, phases, sizeof phases);
    memcpy(cut.set, phases, sizeof phases);
    EQ(train(&whole, &w, &error), TB_OK);
    NEAR(phase_in_log("whole"), ADVERSARIAL, 0);
    fprintf(stderr, "# %d steps\n", w.steps);
    const int stops[] = {1, 4, 7, 8, w.steps - 1};
    for (int i = 0; i < 10; i++) {
        char name[32];
        int at = stops[i / 2];
        watched first = {.stop_at = at}, then = {0};
        snprintf(name, sizeof name, "cut%d", i);
        cut.run = name;
        if (i % 2)
            kill_at(&cut, at);
        else
            EQ(train(&cut, &first, &error), TB_ERR_STOPPED);
        EQ(train(&cut, &then, &error), TB_OK);
        OK_NAMED(same_file("whole", name, 3), "the same checkpoint");
    }
}

static void test_command(void)
{
    plan_of_run p = {.run = "command", .epochs = 1};
    watched w = {0};
    tb_error error = {0};
    p.set[0] = "examples=0";
    EQ(train(&p, &w, &error), TB_OK);
    NEAR(phase_in_log("command"), RECONSTRUCTION, 0);
    p.epochs = 2;
    p.phase = "adversarail";
    EQ(train(&p, &w, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "reconstruction, adversarial"));
    p.phase = "adversarial";
    watched stopped = {.stop_at = 1};
    EQ(train(&p, &stopped, &error), TB_ERR_STOPPED);
    OK(strstr(stopped.notes, "The phase adversarial begins."));
    EQ(train(&p, &w, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "has begun already"));
    p.phase = NULL;
    EQ(train(&p, &w, &error), TB_OK);
    NEAR(phase_in_log("command"), ADVERSARIAL, 0);

    /* Without resume.safetensors it goes on in the phase that it was in. */
    remove(in_folder("command/resume.safetensors"));
    p.epochs = 3;
    tb_job job;
    const tb_training_watch watch = {
        .event = on_event, .stop = NULL, .context = &w};
    OK(tb_job_read(&job, in_folder("command"), &error) == TB_OK);
    job.settings.epochs = 3;
    tb_training *t = tb_training_new(&job, &watch, &error);
    OK(t && tb_training_run(t, &error) == TB_OK);
    NEAR(phase_in_log("command"), ADVERSARIAL, 0);
    tb_training_free(t);
    tb_job_clear(&job);
}

/* Nothing gets better for long when steps are far too large: neither the metric
   of held-out sound nor one that is measured in training alone. */
static void test_patience(void)
{
    static const char *const words[] = {"The spectral distance has not",
                                        "The divergence of latent samples has"};
    for (int i = 0; i < 2; i++) {
        plan_of_run p = {.run = i ? "divergence" : "distance", .epochs = 30};
        watched w = {0};
        tb_error error = {0};
        p.set[0] = "examples=0";
        p.set[1] = "patience=2";
        p.set[2] = i ? "learning_rate=1e-9" : "learning_rate=0.3";
        p.set[3] = "codes=no";
        p.set[4] = i ? "waits_for=1" : "waits_for=0";
        EQ(train(&p, &w, &error), TB_OK);
        OK(strstr(w.notes, words[i]));
        OK(strstr(w.notes, "the phase adversarial begins"));
        NEAR(phase_in_log(p.run), ADVERSARIAL, 0);
    }
}

/* What has an end waits for its share of it, though nothing gets better. */
static void test_share(void)
{
    plan_of_run p = {.run = "share", .epochs = 8};
    watched w = {0};
    tb_error error = {0};
    p.set[0] = "examples=0";
    p.set[1] = "patience=1";
    p.set[2] = "learning_rate=0.3";
    p.set[3] = "codes=no";
    p.set[4] = "share=0.75";
    EQ(train(&p, &w, &error), TB_OK);
    OK(!strstr(w.notes, "has not been better"));
    OK(strstr(w.notes, "With 75 % of it done the phase adversarial begins"));
    NEAR(phase_in_log(p.run), ADVERSARIAL, 0);
}

static void test_estimate(void)
{
    tb_job job;
    tb_estimate e;
    tb_error error = {0};
    OK(tb_job_read(&job, in_folder("command"), &error) == TB_OK);
    if (!EQ(tb_estimate_make(&job, &e, &error), TB_OK))
        fprintf(stderr, "# %s\n", error.text);
    OK(e.step_seconds > 0 && e.test_step_seconds > 0);
    /* weights and moments are there once more while they are saved */
    OK(e.size.bytes >= tb_trainer_measure(e.trainer).bytes +
                           3 * sizeof(float) * (size_t)e.size.weights);
    double seconds = 0;
    EQ(tb_estimate_step(&job, &seconds, &error), TB_OK);
    OK(seconds > 0);
    tb_estimate_clear(&e);
    tb_job_clear(&job);
}

int main(void)
{
    enter_folder();
    tb_instruments_add(instruments);
    write_sine(in_folder("a.wav"), 8000, 1, 40000, 40);
    write_sine(in_folder("b.wav"), 8000, 1, 16000, 31);
    test_clips();
    test_interrupted();
    test_command();
    test_patience();
    test_share();
    test_estimate();
    return tap_done();
}
