#include "train/gather.h"

#include "base/memory.h"
#include "base/paths.h"
#include "train/training_state.h"

static const double EDGE_SECONDS = 0.005;

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

static void read_all(const tb_data *d, float *to, int64_t room)
{
    int channels = d->format.channels;
    for (int i = 0; i < d->holdout.training_count && room > 0; i++) {
        const tb_region *r = &d->holdout.training[i];
        int64_t n = r->frames < room ? r->frames : room;
        tb_cache_read(d->cache, r->file, r->start, n, to);
        fade_edges(to, n, channels, d->format.sample_rate);
        to += n * channels;
        room -= n;
    }
}

/* ---- the checkpoint ---- */

static tb_status save(tb_training *t, tb_params *params, char **path,
                      tb_error *error)
{
    char *sounds = tb_job_sounds(t->job);
    *path = tb_run_checkpoint(tb_run_folder(t->run), 1);
    const tb_checkpoint c = {.instrument = t->job->instrument,
                             .config = t->job->config,
                             .params = params,
                             .epoch = 1,
                             .known_level = t->data.level,
                             .trained_on = sounds};
    tb_status status = sounds && *path
                           ? tb_checkpoint_save(*path, &c, NULL, 0, NULL, error)
                           : tb_fail_memory(error);
    tb_free(sounds);
    return status;
}

static tb_status fill(tb_training *t, tb_params *params, tb_error *error)
{
    int64_t room;
    const tb_instrument *i = t->job->instrument;
    float *to = sound_of(i, params, &room);
    read_all(&t->data, to, room);
    return i->gathering->gathered(t->job->config, params, error);
}

/* Played once, so that a checkpoint that cannot be is not written. */
static tb_status try_out(const tb_job *job, const tb_params *params,
                         tb_error *error)
{
    tb_native_stream *stream = NULL;
    const tb_native *n = job->instrument->native;
    tb_status status = n->open(job->config, params, 1, 0, &stream, error);
    n->close(stream);
    return status;
}

static tb_status make(tb_training *t, tb_job *job, char **path, tb_error *error)
{
    tb_params *params = NULL;
    job->instrument->gathering->make_room(job->config,
                                          t->data.holdout.training_frames);
    tb_graph *g =
        tb_instrument_declare(job->instrument, job->config, NULL, error);
    if (!g)
        return error->status;
    const tb_graph *graphs[] = {g};
    params = tb_params_new(1, graphs, sizeof(float), error);
    tb_status status = params ? fill(t, params, error) : error->status;
    if (!status)
        status = try_out(job, params, error);
    if (!status)
        status = tb_training_make_folder(t, error);
    if (!status)
        status = tb_training_describe_run(t, error);
    if (!status)
        status = save(t, params, path, error);
    tb_params_free(params);
    tb_graph_free(g);
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
        status = make(&t, job, &gathered->checkpoint, error);
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
