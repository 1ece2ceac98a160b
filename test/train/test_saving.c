/* resume.safetensors on a disk that is slow, or full for a while. */
#include "base/safetensors.h"
#include "sounds.h"
#include "tap.h"
#include "train/training.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

/* ---- the disk (linked with --wrap) ---- */

static atomic_int shut, stuck, failures, syncs;

int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);

static void nap(int ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000L}, NULL);
}

/* Nothing gets to a disk that is shut; who waits for it is stuck. */
static void wait_for_disk(void)
{
    enum { LONG_MS = 20000 };
    int waited = 0;
    for (; atomic_load(&shut) && waited < LONG_MS; waited++)
        nap(1);
    if (waited == LONG_MS) {
        atomic_store(&stuck, 1);
        atomic_store(&shut, 0);
    }
}

/* Only what happens to files is told. */
int __wrap_fsync(int descriptor)
{
    struct stat info;
    bool is_file = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
    wait_for_disk();
    atomic_fetch_add(&syncs, 1);
    if (is_file && atomic_load(&failures) > 0) {
        atomic_fetch_sub(&failures, 1);
        errno = ENOSPC;
        return -1;
    }
    return __real_fsync(descriptor);
}

/* ---- a small training ---- */

/* Each step is made to last 10 ms. The disk is shut from one step on to
   another. */
typedef struct watched {
    int steps, fail_at, failures, shut_at, open_at;
    char notes[2000];
} watched;

static void on_event(void *context, const tb_training_event *e)
{
    watched *w = context;
    if (e->kind == TB_EVENT_NOTE)
        strncat(w->notes, e->text, sizeof w->notes - strlen(w->notes) - 1);
    if (e->kind != TB_EVENT_STEP)
        return;
    if (++w->steps == w->fail_at)
        atomic_store(&failures, w->failures);
    if (w->steps == w->shut_at)
        atomic_store(&shut, 1);
    if (w->steps == w->open_at)
        atomic_store(&shut, 0);
    nap(10);
}

static void set(tb_job *job, const char *key, const char *value)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_error error;
    tb_job_parts(job, parts);
    if (tb_settings_set(parts, TB_JOB_PARTS, key, value, &error)) {
        fprintf(stderr, "# %s\n", error.text);
        abort();
    }
}

static tb_status train(const char *run, watched *w, tb_error *error)
{
    static const char *const small[][2] = {
        {"sample_rate", "2000"}, {"frame_sizes", "4,2,4"}, {"hidden", "8"},
        {"head_size", "8"},      {"levels", "16"},         {"batch", "2"},
        {"window", "64"},        {"piece", "0.5"},         {"examples", "0"},
        {"save_seconds", "0.02"}};
    tb_job job;
    const tb_training_watch watch = {
        .event = on_event, .stop = NULL, .context = w};
    if (tb_job_init(&job, tb_instrument_named("samplernn", error), error))
        return error->status;
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        set(&job, small[i][0], small[i][1]);
    job.settings.epochs = 1;
    job.threads = 1;
    tb_job_add_path(&job, in_folder("a.wav"), error);
    job.folder = strdup(in_folder(run));
    tb_training *t = tb_training_new(&job, &watch, error);
    tb_status status = t ? tb_training_run(t, error) : error->status;
    tb_training_free(t);
    tb_job_clear(&job);
    return status;
}

static bool is_whole(const char *path)
{
    tb_safetensors *file;
    bool whole = tb_safetensors_open(path, &file, NULL) == TB_OK;
    tb_safetensors_close(file);
    return whole;
}

/* ---- tests ---- */

static int test_slow(void)
{
    watched w = {.shut_at = 20, .open_at = 40};
    tb_error error;
    EQ(train("slow", &w, &error), TB_OK);
    OK(w.steps > 50);
    OK_NAMED(!atomic_load(&stuck), "no step waits for the disk");
    OK_NAMED(atomic_load(&syncs) >= 10, "saved again and again");
    OK(is_whole(in_folder("slow/resume.safetensors")));
    return w.steps;
}

static void test_full_for_a_while(void)
{
    watched w = {.fail_at = 20, .failures = 1};
    tb_error error;
    EQ(train("once", &w, &error), TB_OK);
    OK(strstr(w.notes, "resume.safetensors") || strstr(w.notes, "log.csv"));
    OK(strstr(w.notes, "The second try went well"));
    OK(is_whole(in_folder("once/checkpoints/epoch-0001.safetensors")));
}

static void test_full(int steps)
{
    watched w = {.fail_at = 20, .failures = 1000000};
    tb_error error;
    EQ(train("full", &w, &error), TB_ERR_FILE);
    OK_NAMED(w.steps < steps, "told before the end");
    OK(is_whole(in_folder("full/resume.safetensors")));
    OK(!strstr(w.notes, "second try"));
}

int main(void)
{
    enter_folder();
    write_sine(in_folder("a.wav"), 2000, 1, 8000, 40);
    int steps = test_slow();
    test_full_for_a_while();
    test_full(steps);
    return tap_done();
}
