#include "train/begin_from.h"
#include "train/training_state.h"

#include "base/memory.h"
#include "base/paths.h"
#include "run/ini.h"
#include "run/traces.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- sounds ---- */

static bool decode_progress(void *context, double done, const char *path)
{
    tb_training *t = context;
    if (t->watch && t->watch->event) {
        tb_training_event event = {
            .kind = TB_EVENT_DECODE, .done = done, .text = path};
        t->watch->event(t->watch->context, &event);
    }
    return !t->watch || !t->watch->stop || !t->watch->stop(t->watch->context);
}

static void decode_note(void *context, const char *text)
{
    tb_training_note(context, "%s", text);
}

tb_cache_watch tb_training_watch_decoding(tb_training *t)
{
    return (tb_cache_watch){decode_progress, decode_note, t};
}

static void say_labels(tb_training *t, const char *names)
{
    char text[900];
    tb_data_say_labels(&t->data, names, text, sizeof text);
    tb_training_note(t, "It learns labels: %s.", text);
}

static tb_status open_sounds(tb_training *t, tb_error *error)
{
    const tb_job *job = t->job;
    const tb_cache_watch watch = tb_training_watch_decoding(t);
    tb_sound_format format = job->instrument->format(job->config);
    tb_learning learning;
    tb_status status = tb_job_learning(job, &learning, error);
    if (!status)
        status = tb_data_open((const char *const *)job->paths, job->path_count,
                              &job->settings, &format, &learning, &watch,
                              &t->data, error);
    if (!status && t->data.labels)
        say_labels(t, learning.feed[1].labels);
    tb_learning_clear(&learning);
    if (status)
        return status;
    t->steps = tb_tracks_chosen(t->data.tracks[0])->steps;
    t->epochs = job->settings.epochs;
    t->yard = t->data.yard;
    t->part = (t->steps + TB_LINES_PER_EPOCH - 1) / TB_LINES_PER_EPOCH;
    return TB_OK;
}

/* ---- the network ---- */

static bool make_room(const tb_training *t, int rows, float **frames)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    bool good = true;
    for (int i = 0; i < l->feed_count; i++) {
        const tb_feed *f = &l->feed[i];
        int channels = tb_feed_channels(f, t->data.format.channels);
        frames[i] =
            tb_alloc_array((size_t)rows * (size_t)(f->context + f->window),
                           sizeof(float) * (size_t)channels);
        good &= frames[i] != NULL;
    }
    return good;
}

static tb_status build_network(tb_training *t, tb_error *error)
{
    int rows = tb_tracks_chosen(t->data.tracks[0])->batch, test_rows = 0;
    if (t->data.test_tracks[0])
        test_rows = tb_tracks_chosen(t->data.test_tracks[0])->batch;
    const tb_trainer_settings settings =
        tb_job_trainer(t->job, rows, test_rows, t->epochs * t->steps);
    t->trainer = tb_trainer_new(&settings, error);
    if (!t->trainer)
        return error->status == TB_ERR_MEMORY
                   ? tb_job_fail_memory(t->job, error)
                   : error->status;
    int most = rows > test_rows ? rows : test_rows;
    t->reset = tb_alloc_array((size_t)most, sizeof *t->reset);
    return make_room(t, rows, t->frames) &&
                   make_room(t, test_rows, t->test_frames) && t->reset
               ? TB_OK
               : tb_job_fail_memory(t->job, error);
}

/* ---- the run's folder ---- */

tb_status tb_training_make_folder(tb_training *t, tb_error *error)
{
    tb_error own;
    const tb_job *job = t->job;
    error = error ? error : &own;
    if (job->folder) {
        t->run = tb_run_create(job->folder, false, error);
    } else {
        char *folder = tb_run_default_folder(job->paths[0], error);
        if (folder)
            t->run = tb_run_create(folder, true, error);
        tb_free(folder);
    }
    return t->run ? TB_OK : error->status;
}

static void free_sources(tb_run_source *sources, int count)
{
    for (int i = 0; sources && i < count; i++)
        tb_free((char *)sources[i].path);
    tb_free(sources);
}

/* Where the recordings lie; for free_sources. Null without memory. */
static tb_run_source *sources_of(const tb_training *t, tb_error *error)
{
    char here[4096];
    int count = t->data.corpus->count;
    tb_run_source *sources = tb_alloc_array((size_t)count, sizeof *sources);
    bool good = sources != NULL;
    if (!getcwd(here, sizeof here))
        here[0] = 0;
    for (int i = 0; i < count && good; i++) {
        sources[i] = (tb_run_source){
            .path = tb_path_join(here, t->data.corpus->files[i].path),
            .hash = tb_cache_hash(t->data.cache, i),
            .seconds = (double)tb_cache_frames(t->data.cache, i) /
                       t->data.format.sample_rate};
        good = sources[i].path != NULL;
    }
    if (good)
        return sources;
    free_sources(sources, count);
    tb_fail_memory(error);
    return NULL;
}

typedef struct run_notes {
    tb_run_note at[6];
    int count;
    char base[20], heard[20]; /* hashes */
} run_notes;

static void write_notes(const tb_training *t, const char *sounds, run_notes *n)
{
    const tb_job *job = t->job;
    *n = (run_notes){.at = {{"network", job->instrument->name},
                            {"sounds", sounds},
                            {"version", TIMBREL_VERSION},
                            {"plan", job->plan}},
                     .count = 4};
    snprintf(n->base, sizeof n->base, "%016" PRIx64, job->base_hash);
    snprintf(n->heard, sizeof n->heard, "%016" PRIx64, t->data.heard);
    if (job->base)
        n->at[n->count++] = (tb_run_note){"base_hash", n->base};
    if (t->data.heard)
        n->at[n->count++] = (tb_run_note){"heard", n->heard};
}

tb_status tb_training_describe_run(tb_training *t, tb_error *error)
{
    tb_job job = *t->job;
    tb_settings_part parts[TB_JOB_PARTS];
    run_notes notes;
    int count = t->data.corpus->count;
    job.settings.epochs = (int)t->epochs;
    tb_job_parts(&job, parts);
    tb_run_source *sources = sources_of(t, error);
    char *sounds = tb_job_sounds(t->job);
    tb_status status = sources && sounds ? TB_OK : tb_fail_memory(error);
    write_notes(t, sounds, &notes);
    const tb_run_description all = {notes.at,     notes.count, parts,
                                    TB_JOB_PARTS, sources,     count};
    if (!status)
        status = tb_run_describe(t->run, &all, error);
    free_sources(sources, count);
    tb_free(sounds);
    return status;
}

/* ---- taking up a run ---- */

/* Whether the sounds are, byte for byte, those that run.ini lists, and what
   labels say of them is the same. */
static bool are_same_sounds(const tb_training *t, const tb_ini *ini)
{
    tb_run_source source;
    int count = 0;
    for (; tb_run_source_at(ini, count, &source); count++)
        if (count >= t->data.corpus->count ||
            source.hash != tb_cache_hash(t->data.cache, count))
            return false;
    const char *heard = tb_ini_get(ini, "run", "heard");
    uint64_t before = heard ? strtoull(heard, NULL, 16) : t->data.heard;
    return count == t->data.corpus->count && before == t->data.heard;
}

static void start_epoch(tb_progress *p, int64_t epoch)
{
    p->epoch = epoch;
    p->step = 0;
    memset(p->epoch_sum, 0, sizeof p->epoch_sum);
    memset(p->line_sum, 0, sizeof p->line_sum);
    memset(p->best, 0, sizeof p->best);
    tb_plateau_restart(&p->plateau, epoch);
}

/* Other sounds have another order: the epoch that was under way is over, also
   where it left something after the last saving. */
static void start_next_epoch(tb_training *t, const tb_run_traces *traces)
{
    tb_progress *p = &t->progress;
    int64_t next = p->epoch + (p->step > 0);
    start_epoch(p, next > traces->file_epoch ? next : traces->file_epoch);
    tb_training_note(t,
                     "The sounds, their labels or their tracks are not those "
                     "of before: it goes on with them from epoch %lld.",
                     (long long)p->epoch + 1);
}

/* Takes the numbers that follow everything in the folder. */
static void number_after(tb_training *t, const tb_run_traces *traces)
{
    tb_progress *p = &t->progress;
    int64_t steps = tb_trainer_steps(t->trainer);
    start_epoch(p, traces->epoch);
    if (p->steps_before + steps < traces->step)
        p->steps_before = traces->step - steps;
}

/* A file that is older than what lies beside it, from a copy perhaps. An epoch
   that was under way when a training was killed is written again. */
static void check_age(tb_training *t, const tb_run_traces *traces)
{
    if (traces->epoch <= t->progress.epoch + 1)
        return;
    tb_training_note(t,
                     "resume.safetensors is of epoch %lld, older than the rest "
                     "of the run: so that nothing is overwritten, it goes on "
                     "as epoch %d.",
                     (long long)t->progress.epoch + 1, traces->epoch + 1);
    number_after(t, traces);
}

/* Without resume.safetensors: from the last weights that there are. A run that
   has left nothing yet starts with its first step. */
static tb_status begin_anew(tb_training *t, const tb_run_traces *traces,
                            tb_error *error)
{
    const char *folder = t->job->folder;
    if (traces->file_epoch == 0 && isnan(traces->learned))
        return TB_OK;
    if (traces->checkpoint < 0)
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' has neither resume.safetensors nor a checkpoint: "
                       "there is nothing to go on from. Put one back, or start "
                       "another run.",
                       folder);
    char *path = tb_run_checkpoint(folder, traces->checkpoint);
    tb_status status = path ? tb_resume_from_checkpoint(path, t->trainer, error)
                            : tb_fail_memory(error);
    tb_free(path);
    if (status)
        return status;
    number_after(t, traces);
    tb_trainer_begin_phase(t->trainer, traces->phase);
    t->progress.seconds = traces->seconds;
    tb_training_note(t,
                     "resume.safetensors is not there: a new beginning from "
                     "the checkpoint of epoch %d, with epoch %d.",
                     traces->checkpoint, traces->epoch + 1);
    return TB_OK;
}

static tb_status find_place(tb_training *t, const tb_ini *ini, const char *path,
                            tb_error *error)
{
    bool same_rows = true;
    tb_run_traces traces;
    tb_status status = tb_run_find_traces(t->job->folder, &traces, error);
    if (status)
        return status;
    t->known = traces.learned;
    if (!tb_exists(path))
        return begin_anew(t, &traces, error);
    status = tb_resume_load(path, t->trainer, &t->progress, &same_rows, error);
    if (status)
        return status;
    if (t->progress.steps_per_epoch > 0 &&
        (!same_rows || t->progress.steps_per_epoch != t->steps ||
         !are_same_sounds(t, ini)))
        start_next_epoch(t, &traces);
    check_age(t, &traces);
    return TB_OK;
}

static tb_status take_up(tb_training *t, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    char *path = tb_run_resume_file(t->job->folder);
    tb_ini *ini = tb_run_read(t->job->folder, error);
    tb_status status = ini ? TB_OK : error->status;
    if (!status && !path)
        status = tb_fail_memory(error);
    if (!status)
        status = find_place(t, ini, path, error);
    if (!status) {
        t->before = t->progress.seconds;
        status = tb_data_seek(
            &t->data, false,
            (tb_tracks_place){t->progress.epoch, t->progress.step}, error);
    }
    tb_ini_free(ini);
    tb_free(path);
    return status;
}

/* The weights of another training, if it begins with such. */
static tb_status begin_with_weights(tb_training *t, tb_error *error)
{
    const char *from = t->job->settings.from;
    tb_begun begun;
    if (!*from || t->job->resume)
        return TB_OK;
    tb_status status = tb_begin_from(from, t->trainer, &begun, error);
    if (!status && begun.fresh)
        tb_training_note(t,
                         "%d of its tensors are those of '%s'; %d begin anew, "
                         "%s the first of them.",
                         begun.taken, from, begun.fresh, begun.first_fresh);
    else if (!status)
        tb_training_note(t, "Its weights are those of '%s'%s%s.", from,
                         *begun.trained_on ? ", trained on " : "",
                         begun.trained_on);
    return status;
}

/* ---- all of it ---- */

/* A new run's folder is made last, so that nothing is left of a failure. */
static tb_status set_up(tb_training *t, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    tb_status status = tb_job_check(t->job, error);
    if (!status && t->job->resume) {
        t->run = tb_run_open(t->job->folder, error);
        status = t->run ? TB_OK : error->status;
    }
    if (!status)
        status = open_sounds(t, error);
    if (!status)
        status = build_network(t, error);
    if (!status)
        status = begin_with_weights(t, error);
    if (!status && t->job->resume)
        status = take_up(t, error);
    if (!status) {
        tb_training_begin_round(t);
        status = tb_training_begin_phase(t, error);
    }
    if (!status && !t->job->resume)
        status = tb_training_make_folder(t, error);
    if (!status)
        status = tb_training_describe_run(t, error);
    if (!status)
        status = tb_training_open_log(t, error);
    if (!status)
        tb_training_open_latents(t);
    return status ? status : tb_training_open_examples(t, error);
}

/* Takes away the folder of a new run if nothing was written to it. */
static void leave_nothing(tb_training *t)
{
    if (t->job->resume || !t->run)
        return;
    char *folder = tb_path_join(NULL, tb_run_folder(t->run));
    char *below = tb_path_join(tb_run_folder(t->run), "checkpoints");
    tb_run_close(t->run);
    t->run = NULL;
    if (folder && below) {
        rmdir(below);
        rmdir(folder);
    }
    tb_free(folder);
    tb_free(below);
}

tb_training *tb_training_new(const tb_job *job, const tb_training_watch *watch,
                             tb_error *error)
{
    tb_training *t = tb_alloc(sizeof *t);
    if (!t) {
        tb_fail_memory(error);
        return NULL;
    }
    t->job = job;
    t->watch = watch;
    t->learned = t->known = t->measured = NAN;
    for (int i = 0; i < TB_MOST_METRICS; i++)
        t->tested[i] = NAN;
    t->started = tb_training_now(t);
    if (set_up(t, error) == TB_OK)
        return t;
    leave_nothing(t);
    tb_training_free(t);
    return NULL;
}

void tb_training_free(tb_training *t)
{
    if (!t)
        return;
    tb_writer_free(t->writer);
    tb_log_close(t->log);
    tb_examples_free(t->examples);
    tb_stage_list_clear(&t->judged);
    tb_latent_axes_clear(&t->latents);
    tb_trainer_free(t->trainer);
    tb_data_clear(&t->data);
    tb_run_close(t->run);
    for (int i = 0; i < TB_MOST_FEEDS; i++) {
        tb_free(t->frames[i]);
        tb_free(t->test_frames[i]);
    }
    tb_free(t->reset);
    tb_free(t);
}

const char *tb_training_folder(const tb_training *t)
{
    return tb_run_folder(t->run);
}

const tb_data *tb_training_data(const tb_training *t)
{
    return &t->data;
}

tb_training_facts tb_training_describe(const tb_training *t)
{
    tb_trainer_size size = tb_trainer_measure(t->trainer);
    return (tb_training_facts){
        .weights = size.weights,
        .bytes = size.bytes,
        .threads = size.threads,
        .batch = tb_tracks_chosen(t->data.tracks[0])->batch,
        .epoch = t->progress.epoch,
        .step = t->progress.step,
        .epochs = t->epochs,
        .steps = t->steps,
        .minutes = t->progress.round.seconds / 60,
        .over = tb_training_helps_no_more(t) || tb_training_is_time_over(t)};
}
