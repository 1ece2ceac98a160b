/* Small RAVEs trained on two sines in a test's folder. */
#ifndef TB_TEST_TRAIN_RAVE_TRAINED_H
#define TB_TEST_TRAIN_RAVE_TRAINED_H

#include "base/memory.h"
#include "models/rave.h"
#include "run/run_folder.h"
#include "tap.h"
#include "train/training.h"
#include "trained.h"

typedef struct watched {
    int steps, stop_at; /* 0: never */
    char notes[4096];
} watched;

static inline void on_event(void *context, const tb_training_event *e)
{
    watched *w = context;
    size_t n = strlen(w->notes);
    w->steps += e->kind == TB_EVENT_STEP;
    if (e->kind == TB_EVENT_NOTE)
        snprintf(w->notes + n, sizeof w->notes - n, "%s\n", e->text);
}

static inline bool on_stop(void *context)
{
    const watched *w = context;
    return w->stop_at > 0 && w->steps >= w->stop_at;
}

/* The job is cleared. */
static inline tb_status run(tb_job *job, watched *w, tb_error *error)
{
    const tb_training_watch watch = {
        .event = on_event, .stop = on_stop, .context = w};
    job->threads = 2;
    tb_training *t = tb_training_new(job, &watch, error);
    tb_status status = t ? tb_training_run(t, error) : error->status;
    if (status && status != TB_ERR_STOPPED)
        fprintf(stderr, "# %s\n", error->text);
    tb_training_free(t);
    tb_job_clear(job);
    return status;
}

typedef struct chosen {
    const char *key, *value; /* a list ends with null */
} chosen;

/* `presets`, and settings more. */
static inline tb_status train_with(const char *presets, const chosen *more,
                                   const char *folder, watched *w,
                                   tb_error *error)
{
    static const char *const small[][2] = {{"network.sample_rate", "8000"},
                                           {"bands", "4"},
                                           {"attenuation", "40"},
                                           {"capacity", "4"},
                                           {"latents", "3"},
                                           {"ratios", "4,2"},
                                           {"noise_bins", "0"},
                                           {"scales", "64,32"},
                                           {"batch", "2"},
                                           {"window", "2048"},
                                           {"crop", "no"},
                                           {"phase1_share", "0"},
                                           {"discriminator_capacity", "2"},
                                           {"discriminator_periods", "2,3"},
                                           {"epochs", "16"},
                                           {"examples", "1"},
                                           {"examples_every", "16"},
                                           {"example_seconds", "2"},
                                           {"seed", "11"},
                                           {"learning_rate", "0.003"}};
    tb_job job;
    tb_settings_part parts[TB_JOB_PARTS];
    if (tb_job_init(&job, tb_instrument_named("rave", error), error))
        return error->status;
    tb_job_parts(&job, parts);
    EQ(tb_settings_preset(parts, TB_JOB_PARTS, presets, error), TB_OK);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        set(&job, small[i][0], small[i][1]);
    for (; more->key; more++)
        set(&job, more->key, more->value);
    set(&job, "held_out_file", in_folder("b.wav"));
    tb_job_add_path(&job, in_folder("a.wav"), error);
    tb_job_add_path(&job, in_folder("b.wav"), error);
    job.folder = strdup(in_folder(folder));
    return run(&job, w, error);
}

static inline tb_status train(const char *presets, const char *key,
                              const char *value, const char *folder, watched *w,
                              tb_error *error)
{
    const chosen more[] = {{key, value}, {NULL, NULL}};
    return train_with(presets, more, folder, w, error);
}

static inline tb_status go_on(const char *folder, watched *w, tb_error *error)
{
    tb_job job;
    if (tb_job_read(&job, in_folder(folder), error))
        return error->status;
    return run(&job, w, error);
}

/* The mean over some rows of the log; not all of them measure everything. */
static inline double mean_of(const double *x, int from, int to)
{
    double sum = 0;
    int n = 0;
    for (int i = from; i < to; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            n++;
        }
    return sum / n;
}

/* The distance falls to a part of what it was. */
static inline void expect_progress(const char *folder, double to)
{
    tb_log_table t;
    if (!OK(tb_log_read(in_run(folder, "log.csv"), &t, NULL) == TB_OK))
        return;
    const double *x = tb_log_column(&t, "train_distance");
    int n = x ? t.rows : 0, eighth = n / 8;
    while (n > 0 && isnan(x[n - 1]))
        n--;
    double first = n > 16 ? mean_of(x, 0, eighth) : 0;
    double last = n > 16 ? mean_of(x, n - eighth, n) : 0;
    if (!OK_NAMED(last < to * first, "the distance gets smaller"))
        fprintf(stderr, "# from %g to %g\n", first, last);
    tb_log_table_clear(&t);
}

/* An element of a tensor of a checkpoint; NaN if it has none of this name. */
static inline double element_of(const char *path, const char *name)
{
    tb_safetensors *file = NULL;
    float x = NAN;
    if (tb_safetensors_open(path, &file, NULL))
        return NAN;
    const tb_stored *t = tb_safetensors_find(file, name);
    if (t && t->bytes >= sizeof x)
        memcpy(&x, t->data, sizeof x);
    tb_safetensors_close(file);
    return (double)x;
}

static inline bool same_checkpoint(const char *a, const char *b, int epoch)
{
    char *x = tb_run_checkpoint(in_folder(a), epoch);
    char *y = tb_run_checkpoint(in_folder(b), epoch);
    tb_safetensors *p = NULL, *q = NULL;
    bool same =
        !tb_safetensors_open(x, &p, NULL) && !tb_safetensors_open(y, &q, NULL);
    for (size_t i = 0; same && i < tb_safetensors_count(p); i++) {
        const tb_stored *s = tb_safetensors_at(p, i);
        const tb_stored *t = tb_safetensors_find(q, s->name);
        same = t && t->bytes == s->bytes &&
               memcmp(s->data, t->data, s->bytes) == 0;
    }
    tb_safetensors_close(p);
    tb_safetensors_close(q);
    tb_free(x);
    tb_free(y);
    return same;
}

/* The recordings that they hear. */
static inline void write_recordings(void)
{
    write_sine(in_folder("a.wav"), 8000, 1, 40000, 40);
    write_sine(in_folder("b.wav"), 8000, 1, 16000, 31);
}

#endif
