#include "train/gather.h"

#include "base/memory.h"
#include "base/paths.h"
#include "train/training_state.h"

#include <stdio.h>

static const double EDGE_SECONDS = 0.005;

enum { BLOCK = 1 << 18 };

/* ---- the sound ---- */

static void fade_edges(float *x, int64_t frames, int channels,
                       double sample_rate)
{
    int64_t edge = (int64_t)(EDGE_SECONDS * sample_rate);
    edge = edge < frames / 2 ? edge : frames / 2;
    for (int64_t i = 0; i < edge; i++)
        for (int ch = 0; ch < channels; ch++) {
            float level = (float)(i + 1) / (float)(edge + 1);
            x[i * channels + ch] *= level;
            x[(frames - 1 - i) * channels + ch] *= level;
        }
}

static float *sound_of(const tb_instrument *instrument, tb_params *params,
                       int64_t *frames)
{
    int i = tb_params_find(params, instrument->gathering->recordings);
    const tb_parameter *p = tb_params_at(params, i);
    *frames = p->shape.dim[0];
    return (float *)tb_params_data(params) + p->offset;
}

static bool is_stopped(const tb_task *task)
{
    return task && tb_task_is_stopped(task);
}

/* Block by block, so that it can be stopped. */
static void read_region(const tb_data *d, const tb_region *r, int64_t frames,
                        const tb_task *task, float *to)
{
    for (int64_t at = 0; at < frames && !is_stopped(task); at += BLOCK) {
        int64_t n = frames - at < BLOCK ? frames - at : BLOCK;
        tb_cache_read(d->cache, r->file, r->start + at, n,
                      to + at * d->format.channels);
    }
}

static tb_status read_all(const tb_data *d, const tb_task *task, float *to,
                          int64_t room)
{
    int channels = d->format.channels;
    for (int i = 0; i < d->holdout.training_count && room > 0; i++) {
        const tb_region *r = &d->holdout.training[i];
        int64_t n = r->frames < room ? r->frames : room;
        read_region(d, r, n, task, to);
        fade_edges(to, n, channels, d->format.sample_rate);
        to += n * channels;
        room -= n;
    }
    return is_stopped(task) ? TB_ERR_STOPPED : TB_OK;
}

/* ---- the checkpoint ---- */

/* An instrument with all that it keeps. */
typedef struct tb_gathering_made {
    const tb_instrument *instrument;
    const void *config;
    const tb_task *task; /* is asked whether to stop; or null */
    tb_graph *graph;
    tb_params *params;
} tb_gathering_made;

static void clear(tb_gathering_made *m)
{
    tb_params_free(m->params);
    tb_graph_free(m->graph);
}

static tb_status fill(const tb_gathering_made *m, const tb_data *data,
                      tb_error *error)
{
    int64_t room;
    float *to = sound_of(m->instrument, m->params, &room);
    tb_status status = read_all(data, m->task, to, room);
    return status ? status
                  : m->instrument->gathering->gathered(m->config, m->params,
                                                       error);
}

/* Played once, so that a checkpoint that cannot be is not written. */
static tb_status try_out(const tb_gathering_made *m, tb_error *error)
{
    tb_native_stream *stream = NULL;
    const tb_native *n = m->instrument->native;
    const tb_native_settings settings = {.rows = 1};
    tb_status status = n->open(m->config, m->params, &settings, &stream, error);
    n->close(stream);
    return status;
}

static tb_status make(const tb_data *data, const tb_instrument *instrument,
                      void *config, int64_t frames, const tb_task *task,
                      tb_gathering_made *m, tb_error *error)
{
    *m = (tb_gathering_made){instrument, config, task, NULL, NULL};
    instrument->gathering->make_room(config, frames);
    tb_error why = {0};
    m->graph = tb_instrument_declare(instrument, config, NULL, &why);
    const tb_graph *graphs[] = {m->graph};
    if (m->graph)
        m->params = tb_params_new(1, graphs, sizeof(float), &why);
    if (!m->params)
        return tb_fail(error, why.status, "%s", why.text);
    tb_status status = fill(m, data, error);
    if (!status && is_stopped(task))
        status = TB_ERR_STOPPED;
    return status ? status : try_out(m, error);
}

static tb_status save(const tb_gathering_made *m, tb_known_level level,
                      const char *path, char *sounds, tb_error *error)
{
    const tb_checkpoint c = {.instrument = m->instrument,
                             .config = (void *)m->config,
                             .params = m->params,
                             .epoch = 1,
                             .known_level = level,
                             .trained_on = sounds};
    return tb_checkpoint_save(path, &c, NULL, 0, NULL, error);
}

static tb_status make_run(tb_training *t, tb_job *job, char **path,
                          tb_error *error)
{
    tb_gathering_made m;
    char *sounds = tb_job_sounds(job);
    tb_status status = make(&t->data, job->instrument, job->config,
                            t->data.holdout.training_frames, NULL, &m, error);
    if (!status)
        status = tb_training_make_folder(t, error);
    if (!status)
        status = tb_training_describe_run(t, error);
    if (!status)
        *path = tb_run_checkpoint(tb_run_folder(t->run), 1);
    if (!status)
        status = sounds && *path ? save(&m, t->data.level, *path, sounds, error)
                                 : tb_fail_memory(error);
    clear(&m);
    tb_free(sounds);
    return status;
}

/* ---- without a run ---- */

static const tb_instrument *first_that_gathers(void)
{
    const tb_instrument *const *i = tb_instruments();
    while (*i && !(*i)->gathering)
        i++;
    return *i;
}

static tb_status choose_format(const tb_settings_part *part,
                               const tb_sound_format *f, tb_error *error)
{
    char text[64];
    tb_settings_defaults(part, 1);
    snprintf(text, sizeof text, "sample_rate=%.0f", f->sample_rate);
    tb_status status = tb_settings_assign(part, 1, text, error);
    snprintf(text, sizeof text, "channels=%d", f->channels);
    return status ? status : tb_settings_assign(part, 1, text, error);
}

tb_status tb_gather_baseline(const tb_data *data, double most_seconds,
                             const char *path, const tb_task *task,
                             tb_error *error)
{
    const tb_instrument *instrument = first_that_gathers();
    if (!instrument)
        return tb_fail(error, TB_ERR_UNSUPPORTED, "No instrument gathers.");
    int64_t most = (int64_t)(most_seconds * data->format.sample_rate);
    int64_t frames = data->holdout.training_frames;
    void *config = tb_alloc(instrument->config_size);
    const tb_settings_part part = {instrument->settings, config};
    tb_gathering_made m = {0};
    char none[] = "";
    tb_status status = config ? choose_format(&part, &data->format, error)
                              : tb_fail_memory(error);
    if (!status)
        status = make(data, instrument, config, frames < most ? frames : most,
                      task, &m, error);
    if (!status)
        status = save(&m, data->level, path, none, error);
    clear(&m);
    tb_free(config);
    return status;
}

/* ---- all of it ---- */

static tb_status open_sounds(tb_training *t, tb_error *error)
{
    const tb_job *job = t->job;
    const tb_cache_watch watch = tb_training_watch_decoding(t);
    const tb_learning nothing = {0};
    tb_sound_format format = job->instrument->format(job->config);
    return tb_data_open((const char *const *)job->paths, job->path_count,
                        &job->settings, &format, &nothing, &watch, &t->data,
                        error);
}

tb_status tb_gather(tb_job *job, const tb_training_watch *watch,
                    tb_gathered *gathered, tb_error *error)
{
    tb_error own;
    tb_training t = {.job = job, .watch = watch};
    error = error ? error : &own;
    *gathered = (tb_gathered){0};
    if (job->resume)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "%s learns nothing that could go on. For more sounds "
                       "make another run.",
                       job->instrument->name);
    tb_status status = open_sounds(&t, error);
    if (!status)
        status = make_run(&t, job, &gathered->checkpoint, error);
    if (!status) {
        gathered->folder = tb_path_join(NULL, tb_run_folder(t.run));
        gathered->files = t.data.corpus->count;
        gathered->seconds =
            (double)t.data.holdout.training_frames / t.data.format.sample_rate;
    }
    if (!status && !gathered->folder)
        status = tb_fail_memory(error);
    if (status)
        tb_gathered_clear(gathered);
    tb_data_clear(&t.data);
    tb_run_close(t.run);
    return status;
}

void tb_gathered_clear(tb_gathered *gathered)
{
    tb_free(gathered->folder);
    tb_free(gathered->checkpoint);
    *gathered = (tb_gathered){0};
}
