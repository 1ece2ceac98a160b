/* The thread of an instance that may wait: it opens models, turns what cannot
   be turned while playing, and frees what has been faded out. */
#include "live/live_state.h"

#include "base/memory.h"
#include "dsp/polyphase.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tb_live_job_free(tb_live_job *job)
{
    if (!job)
        return;
    tb_free(job->path);
    tb_free(job->method);
    tb_free(job->name);
    tb_free(job->text);
    tb_free(job->samples);
    tb_free(job);
}

/* ---- answers ---- */

static void answer(tb_live *live, const tb_live_job *job, tb_live_answer *a)
{
    a->number = ++live->answer_number;
    if (job && job->waited_for) {
        live->reply = *a;
        sem_post(&live->answered);
    } else if (!tb_ring_write(live->answers, a, sizeof *a)) {
        tb_shelf_give(a->place);
    }
}

static void answer_failed(tb_live *live, const tb_live_job *job,
                          const char *text)
{
    tb_live_answer a = {.told = {.kind = TB_LIVE_FAILED}};
    snprintf(a.told.message.text, sizeof a.told.message.text, "%s", text);
    answer(live, job, &a);
}

static void answer_loaded(tb_live *live, const tb_live_job *job)
{
    tb_live_answer a = {.told = {.kind = TB_LIVE_LOADED}};
    if (live->place)
        a.place = tb_shelf_share(live->place);
    memcpy(a.method, live->method, sizeof a.method);
    snprintf(a.told.message.text, sizeof a.told.message.text, "%s: %s",
             live->place ? tb_shelf_path(live->place) : "nothing",
             live->method);
    answer(live, job, &a);
}

/* ---- texts ---- */

static void clear_text(tb_live_text *t)
{
    tb_free(t->name);
    tb_free(t->text);
    tb_free(t->samples);
    *t = (tb_live_text){0};
}

/* In the place of one of the same kind and name, and behind all others. */
static tb_status remember_text(tb_live *live, tb_live_job *job, tb_error *error)
{
    tb_live_text *larger = tb_array_grown(live->texts, live->text_count,
                                          &live->text_room, sizeof *larger);
    if (!larger)
        return tb_fail_memory(error);
    live->texts = larger;
    int n = 0;
    for (int i = 0; i < live->text_count; i++)
        if (strcmp(larger[i].name, job->name) == 0 &&
            !larger[i].text == !job->text)
            clear_text(&larger[i]);
        else
            larger[n++] = larger[i];
    larger[n] = (tb_live_text){
        job->name,     job->text,        job->samples,       job->frames,
        job->channels, job->sample_rate, ++live->text_number};
    live->text_count = n + 1;
    job->name = job->text = NULL;
    job->samples = NULL;
    return TB_OK;
}

/* Models of ours have nothing that could be a sound: that is no fault. */
static bool set_one(tb_voices *v, const tb_live_text *t, tb_message *message)
{
    if (t->text)
        return tb_voices_set_text(v, t->name, t->text, message);
    tb_voices_give_sound(v, t->name, t->samples, t->frames, t->channels,
                         t->sample_rate, message);
    return true;
}

/* Those that it does not have yet: sounds before what is set to them. A model
   that knows no such name goes on; who set the text is told when that was meant
   for it. */
static void set_texts(tb_live *live, tb_live_loaded *l, bool tell)
{
    for (int i = 0; i < 2 * live->text_count; i++) {
        const tb_live_text *t = &live->texts[i % live->text_count];
        tb_message message = {0};
        if (t->number > l->texts && !t->text == (i < live->text_count) &&
            !set_one(tb_player_voices(l->player), t, &message) && tell)
            answer_failed(live, NULL, message.text);
    }
    l->texts = live->text_number;
}

/* ---- players ---- */

static void forget(tb_live *live, tb_player *p)
{
    int i = 0;
    while (i < live->loaded_count && live->loaded[i].player != p)
        i++;
    if (i < live->loaded_count)
        live->loaded[i] = live->loaded[--live->loaded_count];
    tb_player_free(p);
}

static void free_leaving(tb_live *live)
{
    tb_player *p;
    while (live->leaving && tb_ring_read(live->leaving, &p, sizeof p))
        forget(live, p);
}

/* Voices that are here get what waits for them. */
static void serve_lent(tb_live *live)
{
    for (int i = 0; i < live->loaded_count; i++) {
        tb_live_loaded *l = &live->loaded[i];
        tb_error error = {0};
        if (!tb_player_is_lent(l->player))
            continue;
        set_texts(live, l, true);
        if (tb_player_prepare(l->player, &error))
            answer_failed(live, NULL, error.text);
        tb_player_give_back(l->player);
    }
}

static TB_REALTIME void wake(void *context)
{
    tb_live *live = context;
    sem_post(&live->wake);
}

static tb_player_settings settings_for(tb_live *live, const char *method)
{
    const tb_live_settings *s = &live->settings;
    return (tb_player_settings){.method = method,
                                .sample_rate = s->sample_rate,
                                .block = s->block,
                                .buffer = s->buffer,
                                .mode = s->mode,
                                .voices = s->voices,
                                .seed = s->seed,
                                .full_weights = s->full_weights,
                                .as_is = s->as_is,
                                .wake = wake,
                                .context = live};
}

static tb_status check_size(const tb_player *p, tb_error *error)
{
    int in = tb_player_inputs(p), out = tb_player_outputs(p);
    if (in <= TB_LIVE_MOST_CHANNELS && out <= TB_LIVE_MOST_CHANNELS)
        return TB_OK;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "%d channels in and %d out are more than the %d that can be "
                   "played live.",
                   in, out, TB_LIVE_MOST_CHANNELS);
}

/* Ready but for its beginning; null and an error. */
static tb_player *new_player(tb_live *live, tb_shelf_place *place,
                             const char *method, tb_error *error)
{
    tb_player_settings s = settings_for(live, method);
    tb_live_loaded *l = &live->loaded[live->loaded_count];
    if (live->loaded_count == TB_LIVE_MOST_PLAYERS) {
        tb_shelf_give(place);
        tb_fail(error, TB_ERR_UNSUPPORTED,
                "Too many models are on their way: wait until the last one "
                "plays.");
        return NULL;
    }
    tb_player *p = tb_player_new(place, &s, error);
    if (p && check_size(p, error)) {
        tb_player_free(p);
        p = NULL;
    }
    if (!p)
        return NULL;
    *l = (tb_live_loaded){p, 0};
    live->loaded_count++;
    set_texts(live, l, false);
    if (tb_player_prepare(p, error) == TB_OK)
        return p;
    forget(live, p);
    return NULL;
}

static void show(tb_live *live, const tb_player *p)
{
    tb_live_shown *s = &live->shown;
    atomic_store(&s->inputs, tb_player_inputs(p));
    atomic_store(&s->outputs, tb_player_outputs(p));
    atomic_store(&s->mode, (int)tb_player_mode(p));
    atomic_store(&s->pass, tb_player_pass(p));
    atomic_store(&s->latency, tb_player_latency(p));
    atomic_store(&s->latency_is_whole, tb_player_knows_latency(p));
    atomic_store(&s->worst, tb_player_worst(p));
    atomic_store(&s->loaded, true);
}

/* The audio thread takes it with its next call; one that it has not taken yet
   is not heard. */
static void hand_over(tb_live *live, tb_player *p)
{
    show(live, p);
    tb_player *before = atomic_exchange(&live->ready, p);
    if (before)
        forget(live, before);
}

/* ---- jobs ---- */

static void now_is(tb_live *live, tb_shelf_place *place, const tb_player *p)
{
    tb_shelf_place *before = live->place;
    live->place = tb_shelf_share(place);
    snprintf(live->method, sizeof live->method, "%s", tb_player_method(p));
    tb_shelf_give(before);
}

static tb_status no_model(tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "No model is loaded yet: load one first.");
}

static tb_status open_model(tb_live *live, const tb_live_job *job,
                            tb_error *error)
{
    const char *path = job->path     ? job->path
                       : live->place ? tb_shelf_path(live->place)
                                     : NULL;
    const char *method = job->method ? job->method
                         : job->path ? NULL
                                     : live->method;
    if (!path)
        return no_model(error);
    tb_shelf_place *place = tb_shelf_take(live->shelf, path, job->anew, error);
    if (!place)
        return TB_ERR_FILE;
    tb_player *p = new_player(live, tb_shelf_share(place), method, error);
    if (p) {
        tb_player_begin(p, NULL, 0);
        now_is(live, place, p);
        hand_over(live, p);
    }
    tb_shelf_give(place);
    return p ? TB_OK : TB_ERR_ARGUMENT;
}

/* Where a sound has other channels: each of the model's is one of its, in
   turn. */
static float *at_rate(const tb_live_job *job, double rate, int channels,
                      int64_t *frames, tb_error *error)
{
    tb_polyphase p;
    if (tb_polyphase_init(&p, llround(job->sample_rate), llround(rate), false,
                          error))
        return NULL;
    int window = tb_polyphase_window(&p);
    int64_t n = job->frames * p.up / p.down;
    float *x = tb_alloc_array((size_t)(n * channels) + 1, sizeof *x);
    float *line =
        tb_alloc_array((size_t)(job->frames + 2 * window), sizeof *line);
    for (int i = 0; x && line && i < channels; i++) {
        for (int64_t j = 0; j < job->frames; j++)
            line[window + j] =
                job->samples[j * job->channels + i % job->channels];
        for (int64_t j = 0; j < n; j++) {
            tb_rate_place at = tb_polyphase_place(&p, j * p.down);
            int64_t from = p.reach ? at.whole - p.reach + 1 : at.whole;
            x[j * channels + i] =
                tb_polyphase_at(&p, line + window + from, at.rest);
        }
    }
    if (!x || !line) {
        tb_fail_memory(error);
        tb_free(x);
        x = NULL;
    }
    tb_free(line);
    tb_polyphase_clear(&p);
    *frames = n;
    return x;
}

static tb_status prompt_model(tb_live *live, const tb_live_job *job,
                              tb_error *error)
{
    if (!live->place)
        return no_model(error);
    tb_player *p =
        new_player(live, tb_shelf_share(live->place), live->method, error);
    if (!p)
        return TB_ERR_ARGUMENT;
    int64_t frames = 0;
    int channels = tb_player_port(p)->channels;
    float *x = tb_player_inputs(p) > 0
                   ? NULL
                   : at_rate(job, tb_player_rate(p), channels, &frames, error);
    if (tb_player_inputs(p) > 0)
        tb_fail(error, TB_ERR_ARGUMENT,
                "'%s' of %s takes no prompt: it goes from an input to an "
                "output.",
                live->method, tb_shelf_path(live->place));
    if (x) {
        tb_player_begin(p, x, frames);
        hand_over(live, p);
    } else {
        forget(live, p);
    }
    tb_free(x);
    return x ? TB_OK : TB_ERR_ARGUMENT;
}

/* Nobody processes: what plays is replaced at once. */
static tb_status configure(tb_live *live, const tb_live_job *job,
                           tb_error *error)
{
    tb_player *p = NULL;
    live->settings = job->settings;
    live->fade_frames =
        (int64_t)(live->settings.fade * live->settings.sample_rate) + 1;
    if (live->place) {
        p = new_player(live, tb_shelf_share(live->place), live->method, error);
        if (!p)
            return TB_ERR_ARGUMENT;
        tb_player_begin(p, NULL, 0);
    }
    tb_player *ready = atomic_exchange(&live->ready, NULL);
    if (ready)
        forget(live, ready);
    if (live->coming)
        forget(live, live->coming);
    if (live->playing)
        forget(live, live->playing);
    live->playing = live->coming = NULL;
    if (p)
        hand_over(live, p);
    return TB_OK;
}

static tb_status set_text(tb_live *live, tb_live_job *job, tb_error *error)
{
    tb_status status = remember_text(live, job, error);
    for (int i = 0; i < live->loaded_count; i++)
        tb_player_want(live->loaded[i].player);
    return status;
}

static void do_job(tb_live *live, tb_live_job *job)
{
    tb_error error = {0};
    tb_status status = TB_OK;
    switch (job->kind) {
    case TB_JOB_OPEN:
        status = open_model(live, job, &error);
        break;
    case TB_JOB_PROMPT:
        status = prompt_model(live, job, &error);
        break;
    case TB_JOB_TEXT:
    case TB_JOB_SOUND:
        status = set_text(live, job, &error);
        break;
    case TB_JOB_CONFIGURE:
        status = configure(live, job, &error);
        break;
    }
    if (status)
        answer_failed(live, job, error.text);
    else if ((job->kind != TB_JOB_TEXT && job->kind != TB_JOB_SOUND) ||
             job->waited_for)
        answer_loaded(live, job);
    tb_live_job_free(job);
}

void *tb_live_serve(void *context)
{
    tb_live *live = context;
    while (!atomic_load(&live->ends)) {
        tb_live_job *job;
        free_leaving(live);
        serve_lent(live);
        if (tb_ring_read(live->jobs, &job, sizeof job))
            do_job(live, job);
        else
            while (sem_wait(&live->wake) && errno == EINTR)
                ;
    }
    return NULL;
}

void tb_live_forget(tb_live *live)
{
    tb_live_job *job;
    tb_live_answer a;
    free_leaving(live);
    while (live->loaded_count)
        forget(live, live->loaded[0].player);
    while (live->jobs && tb_ring_read(live->jobs, &job, sizeof job))
        tb_live_job_free(job);
    while (live->answers && tb_ring_read(live->answers, &a, sizeof a))
        tb_shelf_give(a.place);
    for (int i = 0; i < live->text_count; i++)
        clear_text(&live->texts[i]);
    tb_free(live->texts);
    tb_shelf_give(live->place);
    tb_shelf_give(live->known);
}
