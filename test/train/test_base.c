/* An instrument that stands on a checkpoint of another: it learns what that one
   makes of the sounds, speaks through it, knows it by its contents wherever it
   lies, and goes on with the same bits after it was stopped. */
#include "latent.h"

#include "base/paths.h"
#include "sounds.h"
#include "tap.h"
#include "train/training.h"
#include "trained.h"
#include <timbrel/model.h>

static const tb_instrument *const more[] = {&boxes_instrument,
                                            &prior_instrument, NULL};

/* ---- trainings ---- */

typedef struct watched {
    int steps, stop_at; /* 0: never */
    int examples, decodings;
    char notes[4000];
} watched;

static void on_event(void *context, const tb_training_event *e)
{
    watched *w = context;
    w->steps += e->kind == TB_EVENT_STEP;
    w->examples += e->kind == TB_EVENT_EXAMPLE;
    w->decodings += e->kind == TB_EVENT_DECODE;
    if (e->kind == TB_EVENT_NOTE)
        strncat(w->notes, e->text, sizeof w->notes - strlen(w->notes) - 1);
}

static bool on_stop(void *context)
{
    const watched *w = context;
    return w->stop_at > 0 && w->steps >= w->stop_at;
}

/* The job is cleared. */
static tb_status run(tb_job *job, watched *w, tb_error *error)
{
    const tb_training_watch watch = {on_event, on_stop, w};
    tb_training *t = NULL;
    job->threads = 2;
    tb_status status = tb_job_open_base(job, error);
    if (!status && !(t = tb_training_new(job, &watch, error)))
        status = error->status;
    if (!status)
        status = tb_training_run(t, error);
    if (status && status != TB_ERR_STOPPED)
        fprintf(stderr, "# %s\n", error->text);
    tb_training_free(t);
    tb_job_clear(job);
    return status;
}

/* On "box" where it is none itself. */
static tb_status train(const char *name, const char *folder, const char *base,
                       watched *w, tb_error *error)
{
    static const char *const small[][2] = {
        {"batch", "2"},           {"window", "80"},
        {"piece", "1"},           {"epochs", "2"},
        {"examples", "1"},        {"examples_every", "1"},
        {"example_seconds", "2"}, {"prompt_seconds", "0.1"},
        {"seed", "11"},           {"average", "0.9"}};
    tb_job job;
    if (tb_job_init(&job, tb_instrument_named(name, error), error))
        return error->status;
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        set(&job, small[i][0], small[i][1]);
    set(&job, "held_out_file", in_folder("b.wav"));
    if (base)
        set(&job, "base", base);
    tb_job_add_path(&job, in_folder("a.wav"), error);
    tb_job_add_path(&job, in_folder("b.wav"), error);
    job.folder = strdup(in_folder(folder));
    return run(&job, w, error);
}

static tb_status go_on(const char *folder, const char *base, watched *w,
                       tb_error *error)
{
    tb_job job;
    if (tb_job_read(&job, in_folder(folder), error))
        return error->status;
    if (base)
        set(&job, "base", base);
    return run(&job, w, error);
}

/* ---- what is left ---- */

/* A tensor of a checkpoint is, bit for bit, that of another. */
static bool same_tensor(const char *a, const char *b, const char *name)
{
    tb_safetensors *x = NULL, *y = NULL;
    bool same = false;
    if (!tb_safetensors_open(a, &x, NULL) &&
        !tb_safetensors_open(b, &y, NULL)) {
        const tb_stored *p = tb_safetensors_find(x, name);
        const tb_stored *q = tb_safetensors_find(y, name);
        same = p && q && p->bytes == q->bytes &&
               memcmp(p->data, q->data, p->bytes) == 0;
    }
    tb_safetensors_close(x);
    tb_safetensors_close(y);
    return same;
}

static void check_checkpoint(const char *path, const char *base)
{
    tb_safetensors *file = NULL;
    if (!OK(tb_safetensors_open(path, &file, NULL) == TB_OK))
        return;
    EQ((int)tb_safetensors_count(file), 7);
    OK_NAMED(!tb_safetensors_find(file, "base.encoder.weight"),
             "the base's own weights are not in it");
    OK(tb_safetensors_text(file, "base_hash") != NULL);
    OK_NAMED(same_tensor(path, base, "encoder.bias"),
             "its copy of the base's numbers is");
    tb_safetensors_close(file);
}

static tb_model *opened(const char *path, tb_message *message)
{
    tb_model *m = tb_model_open(path, message);
    if (!m)
        fprintf(stderr, "# %s\n", message->text);
    return m;
}

/* The sound of a file through a model's encoder and decoder. */
static bool forward(const char *path, float *y, int n)
{
    tb_message message = {0};
    tb_voices_settings settings = tb_voices_defaults();
    settings.method = "forward";
    tb_model *m = opened(path, &message);
    tb_voices *v = m ? tb_voices_new(m, &settings, &message) : NULL;
    for (int i = 0; i < n; i++)
        y[i] = 0.5f * sinf(0.1f * (float)i);
    if (v)
        tb_voices_process(v, (const float *const[]){y}, (float *const[]){y}, n);
    tb_voices_free(v);
    tb_model_close(m);
    return v != NULL;
}

static void check_voices(const char *path)
{
    float x[800];
    bool moves = false;
    tb_message message = {0};
    tb_model *m = opened(path, &message);
    tb_voices *v = m ? tb_voices_new(m, NULL, &message) : NULL;
    if (!OK_NAMED(v != NULL, "it speaks through its base"))
        return;
    for (int i = 0; i < 800; i++)
        x[i] = 0.3f * sinf(0.2f * (float)i);
    tb_voices_prompt(v, (const float *const[]){x}, 800);
    tb_voices_run(v, (float *const[]){x}, 800);
    for (int i = 1; i < 800; i++)
        moves |= x[i] != x[0];
    OK(moves);
    tb_voices_free(v);
    tb_model_close(m);
}

/* ---- tests ---- */

static void test_learning(void)
{
    float own[400], theirs[400];
    watched box = {0}, whole = {0}, half = {0}, rest = {0};
    tb_error error = {0};
    EQ(train("boxes", "box", NULL, &box, &error), TB_OK);
    EQ(train("prior", "alone", NULL, &whole, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "--set base=RUN") != NULL);
    OK_NAMED(!tb_exists(in_folder("alone")), "and leaves nothing");
    whole = (watched){0};
    EQ(train("prior", "prior", in_folder("box"), &whole, &error), TB_OK);
    OK_NAMED(whole.examples > 0, "it is heard while it learns");
    OK(is_in(in_run("prior", "run.ini"), "base_hash = "));
    OK_NAMED(is_in(in_run("prior", "run.ini"),
                   "box/checkpoints/epoch-0002.safetensors"),
             "a run stands for its latest checkpoint");
    const char *last = in_run("prior", "checkpoints/epoch-0002.safetensors");
    check_checkpoint(last, in_run("box", "checkpoints/epoch-0002.safetensors"));
    check_voices(last);
    OK(forward(last, own, 400) && forward(in_folder("box"), theirs, 400));
    OK_NAMED(memcmp(own, theirs, sizeof own) == 0,
             "its encoder and decoder are the base's, bit for bit");
    half.stop_at = whole.steps / 2 + 1;
    EQ(train("prior", "parts", in_folder("box"), &half, &error),
       TB_ERR_STOPPED);
    EQ(go_on("parts", NULL, &rest, &error), TB_OK);
    OK_NAMED(
        same_files(last, in_run("parts", "checkpoints/epoch-0002.safetensors")),
        "stopped and resumed: the same bits");
}

static void rename_in(const char *from, const char *to)
{
    if (rename(in_folder(from), in_folder(to)))
        abort();
}

/* Gone, replaced, named anew, moved together. */
static void test_places(void)
{
    tb_message message = {0};
    tb_error error = {0};
    watched w = {.stop_at = 1};
    const char *last = "parts/checkpoints/epoch-0002.safetensors";
    rename_in("box", "elsewhere");
    OK(!tb_model_open(in_folder(last), &message));
    OK_NAMED(strstr(message.text, "Put it back") != NULL, message.text);
    EQ(go_on("parts", NULL, &w, &error), TB_ERR_FILE);
    OK_NAMED(strstr(error.text, "--set base=FILE") != NULL, error.text);
    const char *now = in_folder("elsewhere/checkpoints/epoch-0002.safetensors");
    EQ(go_on("parts", now, &w, &error), TB_OK);
    OK_NAMED(is_in(in_run("parts", "run.ini"), "elsewhere/"),
             "where it lies now is written down");
    EQ(go_on("parts", in_folder("elsewhere/checkpoints/epoch-0001.safetensors"),
             &w, &error),
       TB_ERR_FORMAT);
    OK_NAMED(strstr(error.text, "contents are others") != NULL, error.text);

    mkdir(in_folder("box"), 0777);
    mkdir(in_folder("box/checkpoints"), 0777);
    rename_in("elsewhere/checkpoints/epoch-0001.safetensors",
              "box/checkpoints/epoch-0002.safetensors");
    OK(!tb_model_open(in_folder("prior"), &message));
    OK_NAMED(strstr(message.text, "contents are others") != NULL, message.text);

    mkdir(in_folder("moved"), 0777);
    rename_in("elsewhere", "moved/box");
    rename_in("prior", "moved/prior");
    tb_model *m = opened(in_folder("moved/prior"), &message);
    OK_NAMED(m != NULL, "moved together they find each other");
    tb_model_close(m);
    w = (watched){0};
    EQ(go_on("moved/prior", NULL, &w, &error), TB_OK);
    OK(is_in(in_run("moved/prior", "run.ini"), "moved/box/"));
}

/* Sounds and alphabets must be the same. */
static void test_refused(void)
{
    tb_error error = {0};
    watched w = {0};
    EQ(train("prior", "no", in_folder("a.wav"), &w, &error), TB_ERR_FORMAT);
    EQ(train("prior", "no", in_folder("moved/prior"), &w, &error), TB_OK);
    OK_NAMED(tb_exists(in_folder("no/run.ini")),
             "what stands on another can be stood on");
    check_voices(in_folder("no"));
}

int main(void)
{
    enter_folder();
    write_sine(in_folder("a.wav"), 8000, 1, 24000, 37);
    write_sine(in_folder("b.wav"), 8000, 1, 8000, 33);
    tb_instruments_add(more);
    test_learning();
    test_places();
    test_refused();
    return tap_done();
}
