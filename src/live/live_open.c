/* The control thread of an instance. */
#include "live/live_state.h"

#include "base/memory.h"
#include "base/thread.h"
#include "models/method.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tb_live_settings tb_live_defaults(void)
{
    return (tb_live_settings){.sample_rate = 48000,
                              .block = 64,
                              .inputs = 1,
                              .outputs = 1,
                              .voices = 1,
                              .fade = 0.05};
}

/* ---- making ---- */

static tb_status check(const tb_live_settings *s, tb_error *error)
{
    if (s->sample_rate < 1000 || s->sample_rate > 1000000)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The sample rate must lie between 1 kHz and 1 MHz.");
    if (s->block < 1 || s->block > 65536)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Blocks have 1 to 65536 frames, not %lld.",
                       (long long)s->block);
    if (s->buffer < 0 || s->buffer > 1 << 20)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A buffer has up to %d frames, not %lld.", 1 << 20,
                       (long long)s->buffer);
    if (s->voices < 1 || s->voices > TB_LIVE_MOST_VOICES || s->inputs < 0 ||
        s->outputs < 0 || s->inputs > TB_LIVE_MOST_CHANNELS ||
        s->outputs > TB_LIVE_MOST_CHANNELS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There can be 1 to %d voices and up to %d channels.",
                       TB_LIVE_MOST_VOICES, TB_LIVE_MOST_CHANNELS);
    return TB_OK;
}

/* A piece of each channel. */
static bool open_pieces(float **x, int64_t frames)
{
    float *all =
        tb_alloc_array(TB_LIVE_MOST_CHANNELS, sizeof *all * (size_t)frames);
    if (!all)
        return false;
    tb_free(x[0]);
    for (int i = 0; i < TB_LIVE_MOST_CHANNELS; i++)
        x[i] = all + i * frames;
    return true;
}

static bool open_memory(tb_live *live)
{
    live->shelf = live->settings.shelf ? live->settings.shelf : tb_shelf_new();
    live->own_shelf = !live->settings.shelf;
    live->turns = tb_ring_new(1024 * sizeof(tb_live_turn));
    live->leaving = tb_ring_new(64 * sizeof(tb_player *));
    live->jobs = tb_ring_new(64 * sizeof(tb_live_job *));
    live->answers = tb_ring_new(64 * sizeof(tb_live_answer));
    live->in = tb_alloc_array(TB_LIVE_MOST_CHANNELS, sizeof *live->in);
    live->out = tb_alloc_array(TB_LIVE_MOST_CHANNELS, sizeof *live->out);
    live->other = tb_alloc_array(TB_LIVE_MOST_CHANNELS, sizeof *live->other);
    int64_t piece = tb_live_piece(live->settings.block);
    return live->shelf && live->turns && live->leaving && live->jobs &&
           live->answers && live->in && live->out && live->other &&
           open_pieces(live->out, piece) && open_pieces(live->other, piece);
}

static tb_status set_up(tb_live *live, tb_error *error)
{
    tb_status status = check(&live->settings, error);
    if (status)
        return status;
    if (!open_memory(live))
        return tb_fail_memory(error);
    live->fade_frames =
        (int64_t)(live->settings.fade * live->settings.sample_rate) + 1;
    live->gain = 1;
    atomic_store(&live->enabled, true);
    live->has_loader = tb_thread_start(&live->loader, tb_live_serve, live);
    return live->has_loader ? TB_OK
                            : tb_fail(error, TB_ERR_SYSTEM,
                                      "The system gives no more threads.");
}

static void tell(const tb_error *error, tb_message *message)
{
    if (message)
        snprintf(message->text, sizeof message->text, "%s", error->text);
}

tb_live *tb_live_new(const tb_live_settings *settings, tb_message *message)
{
    tb_error error = {0};
    tb_live *live = tb_alloc(sizeof *live);
    if (!live) {
        tb_fail_memory(&error);
        tell(&error, message);
        return NULL;
    }
    live->settings = settings ? *settings : tb_live_defaults();
    sem_init(&live->wake, 0, 0);
    sem_init(&live->answered, 0, 0);
    if (set_up(live, &error) == TB_OK)
        return live;
    tell(&error, message);
    tb_live_free(live);
    return NULL;
}

static void free_pieces(float **x)
{
    if (x)
        tb_free(x[0]);
    tb_free(x);
}

void tb_live_free(tb_live *live)
{
    if (!live)
        return;
    atomic_store(&live->ends, true);
    sem_post(&live->wake);
    if (live->has_loader)
        pthread_join(live->loader, NULL);
    tb_live_forget(live);
    tb_ring_free(live->turns);
    tb_ring_free(live->leaving);
    tb_ring_free(live->jobs);
    tb_ring_free(live->answers);
    tb_attribute_list_clear(&live->attributes);
    tb_free(live->in);
    free_pieces(live->out);
    free_pieces(live->other);
    if (live->own_shelf)
        tb_shelf_free(live->shelf);
    sem_destroy(&live->wake);
    sem_destroy(&live->answered);
    tb_free(live);
}

/* ---- jobs ---- */

static bool copy_text(char **to, const char *from)
{
    size_t size = from ? strlen(from) + 1 : 0;
    *to = from ? tb_alloc(size) : NULL;
    if (*to)
        memcpy(*to, from, size);
    return *to || !from;
}

/* The loader has it, or nobody. */
static bool post(tb_live *live, tb_live_job *job)
{
    if (!job || !tb_ring_write(live->jobs, &job, sizeof job)) {
        tb_live_job_free(job);
        return false;
    }
    sem_post(&live->wake);
    return true;
}

static tb_live_job *new_job(tb_job_kind kind, const char *path,
                            const char *method)
{
    tb_live_job *job = tb_alloc(sizeof *job);
    if (!job)
        return NULL;
    job->kind = kind;
    if (copy_text(&job->path, path) && copy_text(&job->method, method))
        return job;
    tb_live_job_free(job);
    return NULL;
}

bool tb_live_load(tb_live *live, const char *path, const char *method)
{
    return post(live, new_job(TB_JOB_OPEN, path, method));
}

bool tb_live_method(tb_live *live, const char *method)
{
    return post(live, new_job(TB_JOB_OPEN, NULL, method));
}

bool tb_live_reload(tb_live *live)
{
    tb_live_job *job = new_job(TB_JOB_OPEN, NULL, NULL);
    if (job)
        job->anew = true;
    return post(live, job);
}

/* A job with a copy of a sound; null: there is none, or no memory. */
static tb_live_job *new_sound(tb_job_kind kind, const float *samples,
                              int64_t frames, int channels, double sample_rate)
{
    bool is_sound = frames > 0 && channels > 0 && sample_rate >= 1;
    tb_live_job *job = is_sound ? new_job(kind, NULL, NULL) : NULL;
    if (!job)
        return NULL;
    job->frames = frames;
    job->channels = channels;
    job->sample_rate = sample_rate;
    job->samples =
        tb_alloc_array((size_t)frames, sizeof *samples * (size_t)channels);
    if (!job->samples) {
        tb_live_job_free(job);
        return NULL;
    }
    memcpy(job->samples, samples,
           sizeof *samples * (size_t)frames * (size_t)channels);
    return job;
}

bool tb_live_prompt(tb_live *live, const float *samples, int64_t frames,
                    int channels, double sample_rate)
{
    return post(
        live, new_sound(TB_JOB_PROMPT, samples, frames, channels, sample_rate));
}

bool tb_live_give_sound(tb_live *live, const char *name, const float *samples,
                        int64_t frames, int channels, double sample_rate)
{
    tb_live_job *job =
        new_sound(TB_JOB_SOUND, samples, frames, channels, sample_rate);
    if (job && copy_text(&job->name, name))
        return post(live, job);
    tb_live_job_free(job);
    return false;
}

/* ---- answers ---- */

/* What is known of the model is what was told last: who waited for an answer
   had it before others that were not read yet. */
static void learn(tb_live *live, const tb_live_answer *a)
{
    if (a->told.kind != TB_LIVE_LOADED)
        return;
    if (a->number < live->known_since) {
        tb_shelf_give(a->place);
        return;
    }
    tb_shelf_give(live->known);
    live->known = a->place;
    live->known_since = a->number;
    memcpy(live->known_method, a->method, sizeof a->method);
}

/* Once: what was set without being remembered. */
static bool tell_overflow(tb_live *live, tb_live_told *news)
{
    if (!live->overflows || live->told_overflow)
        return false;
    live->told_overflow = true;
    *news = (tb_live_told){.kind = TB_LIVE_FAILED};
    snprintf(news->message.text, sizeof news->message.text,
             "More than %d controls were turned: the last ones hold for the "
             "model that plays, not for those that are loaded later.",
             TB_BOARD_ROOM);
    return true;
}

bool tb_live_news(tb_live *live, tb_live_told *news)
{
    tb_live_answer a;
    if (!tb_ring_read(live->answers, &a, sizeof a))
        return tell_overflow(live, news);
    learn(live, &a);
    *news = a.told;
    return true;
}

/* Waits for the answer to this job. */
static bool ask(tb_live *live, tb_live_job *job, tb_message *message)
{
    if (job)
        job->waited_for = true;
    if (!post(live, job)) {
        tb_error error = {0};
        tb_fail_memory(&error);
        tell(&error, message);
        return false;
    }
    while (sem_wait(&live->answered) && errno == EINTR)
        ;
    learn(live, &live->reply);
    bool good = live->reply.told.kind == TB_LIVE_LOADED;
    if (!good && message)
        *message = live->reply.told.message;
    return good;
}

bool tb_live_open(tb_live *live, const char *path, const char *method,
                  tb_message *message)
{
    return ask(live, new_job(TB_JOB_OPEN, path, method), message);
}

bool tb_live_configure(tb_live *live, double sample_rate, int64_t block,
                       int64_t buffer, tb_live_mode mode, tb_message *message)
{
    tb_error error = {0};
    tb_live_settings s = live->settings;
    s.sample_rate = sample_rate;
    s.block = block;
    s.buffer = buffer;
    s.mode = mode;
    if (s.sample_rate == live->settings.sample_rate &&
        s.block == live->settings.block && s.buffer == live->settings.buffer &&
        s.mode == live->settings.mode)
        return true;
    tb_live_job *job = new_job(TB_JOB_CONFIGURE, NULL, NULL);
    tb_status status = check(&s, &error);
    if (!status && (!job || !open_pieces(live->out, tb_live_piece(block)) ||
                    !open_pieces(live->other, tb_live_piece(block))))
        status = tb_fail_memory(&error);
    if (status) {
        tb_live_job_free(job);
        tell(&error, message);
        return false;
    }
    job->settings = s;
    return ask(live, job, message);
}

/* ---- controls ---- */

static const tb_control *control_named(const tb_live *live, const char *name)
{
    const tb_control *c = NULL;
    if (!live->known)
        return NULL;
    tb_model *m = tb_shelf_model(live->known);
    for (int i = 0; (c = tb_model_control(m, live->known_method, i)); i++)
        if (tb_control_is_named(c, name))
            return c;
    return NULL;
}

bool tb_live_set(tb_live *live, const char *control, int voice, double x)
{
    tb_live_turn t;
    if (!tb_live_turn_init(&t, control, voice, x))
        return false;
    live->overflows |= !tb_board_put(&live->set, &t);
    return tb_ring_write(live->turns, &t, sizeof t) &&
           control_named(live, control);
}

bool tb_live_set_text(tb_live *live, const char *control, const char *text)
{
    const tb_attribute_text set = tb_attribute_text_of(control, text);
    tb_live_job *job = new_job(TB_JOB_TEXT, NULL, NULL);
    if (job && copy_text(&job->name, control) && copy_text(&job->text, text) &&
        !tb_attribute_list_put(&live->attributes, &set, NULL))
        return post(live, job);
    tb_live_job_free(job);
    return false;
}

const char *tb_live_get_text(const tb_live *live, const char *name)
{
    const char *at, *standard;
    if (!live->known)
        return NULL;
    tb_model *m = tb_shelf_model(live->known);
    for (int i = 0; (at = tb_model_attribute(m, i, &standard)); i++) {
        if (strcmp(at, name) != 0)
            continue;
        const char *set = tb_attribute_list_get(&live->attributes, name);
        return set ? set : standard;
    }
    return NULL;
}

bool tb_live_get(const tb_live *live, const char *control, double *x)
{
    const tb_control *c = control_named(live, control);
    tb_live_turn t;
    if (!c || !tb_live_turn_init(&t, control, 0, 0))
        return false;
    *x = c->standard;
    for (int i = 0; i < live->set.count; i++)
        if (strcmp(live->set.turns[i].control, t.control) == 0)
            *x = live->set.turns[i].x;
    return true;
}

void tb_live_enable(tb_live *live, bool enabled)
{
    atomic_store(&live->enabled, enabled);
}

void tb_live_wait(tb_live *live)
{
    while ((live->playing && !tb_player_rests(live->playing)) ||
           (live->coming && !tb_player_rests(live->coming)))
        sched_yield();
}

/* ---- what is known ---- */

tb_model *tb_live_model(const tb_live *live)
{
    return live->known ? tb_shelf_model(live->known) : NULL;
}

const char *tb_live_path(const tb_live *live)
{
    return live->known ? tb_shelf_path(live->known) : "";
}

const char *tb_live_method_name(const tb_live *live)
{
    return live->known ? live->known_method : "";
}
