/* An instrument that stands on a checkpoint of another: it learns what that one
   makes of the sounds, speaks through it, knows it by its contents wherever it
   lies, and goes on with the same bits after it was stopped. */
#include "tiny.h"

#include "latent.h"

#include "base/paths.h"
#include "run/run_folder.h"
#include "sounds.h"
#include "tap.h"
#include "train/data.h"
#include "train/training.h"
#include "trained.h"
#include <timbrel/model.h>

#include <glob.h>
#include <signal.h>
#include <sys/wait.h>

static const tb_instrument *const more[] = {&boxes_instrument,
                                            &prior_instrument, &tiny_instrument,
                                            &echoing_instrument, NULL};

/* ---- trainings ---- */

typedef struct watched {
    int steps, stop_at, kill_at; /* 0: never */
    bool stop_listening;         /* before the first step */
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
    if (w->kill_at > 0 && w->steps == w->kill_at)
        raise(SIGKILL);
}

static bool on_stop(void *context)
{
    const watched *w = context;
    return (w->stop_at > 0 && w->steps >= w->stop_at) ||
           (w->stop_listening && w->decodings > 0);
}

/* The job is cleared. */
static tb_status run(tb_job *job, watched *w, tb_error *error)
{
    const tb_training_watch watch = {
        .event = on_event, .stop = on_stop, .context = w};
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
    OK_NAMED(whole.decodings > 0, "how far the encoding is, is told");
    half.stop_at = whole.steps / 2 + 1;
    EQ(train("prior", "parts", in_folder("box"), &half, &error),
       TB_ERR_STOPPED);
    EQ(go_on("parts", NULL, &rest, &error), TB_OK);
    OK_NAMED(
        same_files(last, in_run("parts", "checkpoints/epoch-0002.safetensors")),
        "stopped and resumed: the same bits");
    OK_NAMED(half.decodings == 0 && rest.decodings == 0,
             "what the base made of the sounds is made once");
}

/* A training that is killed in its second epoch. */
static void test_killed(void)
{
    tb_error error = {0};
    watched w = {.kill_at = 30}, rest = {0};
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        train("prior", "killed", in_folder("box"), &w, &error);
        _exit(0);
    }
    OK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    EQ(go_on("killed", NULL, &rest, &error), TB_OK);
    OK_NAMED(same_files(in_run("prior", "checkpoints/epoch-0002.safetensors"),
                        in_run("killed", "checkpoints/epoch-0002.safetensors")),
             "killed and resumed: the same bits");
}

/* ---- what is drawn from ---- */

static size_t find_made(char *path, size_t size)
{
    glob_t found;
    glob(in_folder("cache/*.made"), 0, NULL, &found);
    size_t n = found.gl_pathc;
    if (n > 0)
        snprintf(path, size, "%s", found.gl_pathv[0]);
    globfree(&found);
    return n;
}

/* Frame j of file 1 is the encoder's sum over its eight samples. */
static void check_numbers(const tb_data *d, const tb_checkpoint *base)
{
    const tb_params *p = base->params;
    const float *w = tb_params_value(p, tb_params_find(p, "encoder.weight"));
    const float *b = tb_params_value(p, tb_params_find(p, "encoder.bias"));
    double worst = 0;
    EQ(tb_cache_frames(d->encoded[0], 1), 1000);
    EQ(tb_cache_channels(d->encoded[0]), LATENT_NUMBERS);
    for (int j = 0; j < 1000; j++) {
        float x[LATENT_SAMPLES], y[LATENT_NUMBERS];
        tb_cache_read(d->cache, 1, j * LATENT_SAMPLES, LATENT_SAMPLES, x);
        tb_cache_read(d->encoded[0], 1, j, 1, y);
        for (int k = 0; k < LATENT_NUMBERS; k++) {
            double sum = b[k];
            for (int i = 0; i < LATENT_SAMPLES; i++)
                sum += (double)w[k * LATENT_SAMPLES + i] * x[i];
            worst = fmax(worst, fabs(sum - y[k]));
        }
    }
    NEAR(worst, 0, 1e-5);
}

/* What is held out is not learned from, in frames of symbols too. */
static void test_data(void)
{
    tb_job job;
    tb_error error = {0};
    tb_learning l;
    tb_data d;
    bool reset[2], found = false;
    OK(tb_job_read(&job, in_folder("prior"), &error) == TB_OK);
    OK(tb_job_open_base(&job, &error) == TB_OK);
    OK(tb_job_learning(&job, &l, &error) == TB_OK);
    EQ(l.feed[0].kind, TB_FEED_METHOD);
    EQ(l.feed[0].window, 10);
    tb_sound_format format = job.instrument->format(job.config);
    OK(tb_data_open((const char *const *)job.paths, job.path_count,
                    &job.settings, &format, &l, NULL, &d, &error) == TB_OK);
    check_numbers(&d, job.base);
    EQ(d.holdout.held_out_frames, 8000);
    EQ(tb_tracks_chosen(d.test_tracks[0])->batch *
           (int)tb_tracks_chosen(d.test_tracks[0])->steps * 10,
       1000);
    float x[2 * 11 * LATENT_NUMBERS], y[10 * LATENT_NUMBERS];
    OK(tb_tracks_next(d.test_tracks[0], x, reset, &error) == TB_OK);
    for (int j = 0; j <= 990 && !found; j++) {
        tb_cache_read(d.encoded[0], 1, j, 10, y);
        found = memcmp(y, x + LATENT_NUMBERS, sizeof y) == 0;
    }
    OK_NAMED(found, "ten frames of the held-out file, after one of context");
    tb_data_clear(&d);
    tb_learning_clear(&l);
    tb_job_clear(&job);
}

/* Made anew where it is broken, in whatever way; and whole or not at all. */
static void test_broken(void)
{
    char path[600] = "";
    tb_error error = {0};
    watched stopped = {.stop_listening = true}, w = {.stop_at = 1};
    EQ((int)find_made(path, sizeof path), 1);
    FILE *file = fopen(path, "r+");
    if (!OK(file != NULL))
        return;
    fseek(file, -40, SEEK_END);
    fputc(77, file);
    fclose(file);
    EQ(train("prior", "again", in_folder("box"), &stopped, &error),
       TB_ERR_STOPPED);
    OK(!tb_exists(in_folder("again")));
    unlink(path);
    stopped.decodings = 0;
    EQ(train("prior", "again", in_folder("box"), &stopped, &error),
       TB_ERR_STOPPED);
    EQ((int)find_made(path, sizeof path), 0);
    EQ(train("prior", "again", in_folder("box"), &w, &error), TB_ERR_STOPPED);
    OK(w.decodings > 0);
    EQ((int)find_made(path, sizeof path), 1);
    if (truncate(path, 5000))
        abort();
    w = (watched){0};
    EQ(go_on("again", NULL, &w, &error), TB_OK);
    OK(w.decodings > 0);
    OK_NAMED(same_files(in_run("prior", "checkpoints/epoch-0002.safetensors"),
                        in_run("again", "checkpoints/epoch-0002.safetensors")),
             "and everything is as it was");
}

/* Levels of a base, in excerpts. */
static void test_levels(void)
{
    tb_error error = {0};
    watched w = {.stop_at = 3}, v = {0}, rest = {0};
    EQ(train("tiny", "tiny", NULL, &w, &error), TB_ERR_STOPPED);
    EQ(train("echoing", "echoing", in_folder("tiny"), &v, &error), TB_OK);
    OK(v.decodings > 0 && has_column("echoing", "train_bits"));
    check_voices(in_folder("echoing"));
    w = (watched){.stop_at = v.steps - 3};
    EQ(train("echoing", "echoing-2", in_folder("tiny"), &w, &error),
       TB_ERR_STOPPED);
    EQ(go_on("echoing-2", NULL, &rest, &error), TB_OK);
    OK(same_files(in_run("echoing", "checkpoints/epoch-0002.safetensors"),
                  in_run("echoing-2", "checkpoints/epoch-0002.safetensors")));
}

/* A further training of the base's own run. */
static void test_within(void)
{
    tb_error error = {0};
    tb_message message = {0};
    watched w = {0};
    EQ(train("prior", "box/prior", in_folder("box"), &w, &error), TB_OK);
    OK(is_in(in_run("box", "index.html"), "href=\"prior/index.html\""));
    OK(is_in(in_run("box/prior", "index.html"), "href=\"../index.html\""));
    OK(is_in(in_run("box/prior", "index.html"), "<h1>box-prior</h1>"));
    tb_model *box = opened(in_folder("box"), &message);
    tb_model *further = opened(in_folder("box/prior"), &message);
    OK(box && further);
    if (box && further) {
        SAME_TEXT(tb_model_kind(box), "boxes");
        SAME_TEXT(tb_model_kind(further), "prior");
    }
    tb_model_close(box);
    tb_model_close(further);
    tb_run *held = tb_run_open(in_folder("box"), &error);
    OK_NAMED(held && go_on("box/prior", NULL, &w, &error) == TB_OK,
             "both can be trained at the same time");
    tb_run_close(held);
    EQ(train("prior", "box/examples", in_folder("box"), &w, &error),
       TB_ERR_ARGUMENT);
    EQ(train("prior", "box/pictures", in_folder("box"), &w, &error),
       TB_ERR_ARGUMENT);
    OK(strstr(error.text, "keeps its own files") != NULL);
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
    m = opened(in_folder("moved/box/prior"), &message);
    OK_NAMED(m != NULL, "and so does a training within the run");
    tb_model_close(m);
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
    test_killed();
    test_data();
    test_broken();
    test_levels();
    test_within();
    test_places();
    test_refused();
    return tap_done();
}
