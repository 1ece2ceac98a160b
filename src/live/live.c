/* The audio thread of an instance. */
#include "live/live_state.h"

#include "base/denormals.h"

#include <math.h>

static const double quarter_turn = 1.57079632679489661923;

/* ---- what others sent ---- */

static void aim(tb_player *p, const tb_live_turn *t)
{
    if (p)
        tb_player_aim(p, t->control, t->voice, t->x);
}

static void take_turns(tb_live *live)
{
    tb_live_turn t;
    while (tb_ring_read(live->turns, &t, sizeof t)) {
        tb_board_put(&live->board, &t);
        aim(live->playing, &t);
        aim(live->coming, &t);
    }
}

static void leave(tb_live *live, tb_player *p)
{
    tb_ring_write(live->leaving, &p, sizeof p);
    sem_post(&live->wake);
}

/* A model that listens is not heard before it answers. */
static int64_t wait_for(const tb_live *live, const tb_player *p)
{
    const double most = 2; /* s */
    int64_t longest = (int64_t)(most * live->settings.sample_rate);
    int64_t frames = tb_player_latency(p);
    return frames < longest ? frames : longest;
}

static void receive(tb_live *live)
{
    if (live->coming)
        return;
    tb_player *p =
        atomic_exchange_explicit(&live->ready, NULL, memory_order_acquire);
    if (!p)
        return;
    for (int i = 0; i < live->board.count; i++)
        aim(p, &live->board.turns[i]);
    live->coming = p;
    live->wait = live->playing ? wait_for(live, p) : 0;
    live->fade_at = live->playing ? 0 : live->fade_frames;
    live->is_alike = false;
    live->tries = 0;
}

/* Where the new one has the old one's memory, nothing has to be waited for.
   While a pass of the old one is under way, that comes later. */
static void join(tb_live *live)
{
    enum { MOST_TRIES = 1000 };
    tb_player *p = live->coming;
    if (!p || !live->playing || live->is_alike || live->tries > MOST_TRIES ||
        !tb_player_is_like(p, live->playing))
        return;
    live->tries++;
    live->is_alike = tb_player_take_over(p, live->playing);
    live->wait = live->is_alike ? 0 : live->wait;
}

/* ---- playing ---- */

static const float *input(const tb_live *live, const float *const *in, int i)
{
    return in && i < live->settings.inputs ? in[i] : NULL;
}

static void play(tb_live *live, tb_player *p, const float *const *in,
                 int64_t at, float *const *out, int64_t n)
{
    for (int i = 0; i < tb_player_inputs(p); i++) {
        const float *x = input(live, in, i);
        live->in[i] = x ? x + at : NULL;
    }
    tb_player_process(p, live->in, out, n);
}

/* Equal power where two sounds differ, equal gain where they are alike. */
static void gains(const tb_live *live, int64_t j, float *from, float *to)
{
    double x = (double)(live->fade_at + j) / (double)live->fade_frames;
    x = x < 1 ? x : 1;
    *from = (float)(live->is_alike ? 1 - x : cos(quarter_turn * x));
    *to = (float)(live->is_alike ? x : sin(quarter_turn * x));
}

/* What is no sound is not mixed: it goes over half way. */
static void mix(const tb_live *live, int outputs, int others, int64_t n)
{
    bool sound = tb_player_port(live->coming)->is_sound;
    int count = outputs > others ? outputs : others;
    for (int64_t j = 0; j < n; j++) {
        float from, to;
        gains(live, j, &from, &to);
        if (!sound) {
            from = from > to ? 1 : 0;
            to = 1 - from;
        }
        for (int i = 0; i < count; i++)
            live->out[i][j] = (i < outputs ? from * live->out[i][j] : 0) +
                              (i < others ? to * live->other[i][j] : 0);
    }
}

static void end_fade(tb_live *live)
{
    if (live->playing)
        leave(live, live->playing);
    live->playing = live->coming;
    live->coming = NULL;
}

/* The one that comes is played beside, and heard once it answers. */
static int play_coming(tb_live *live, const float *const *in, int64_t at,
                       int outputs, int64_t n)
{
    int others = tb_player_outputs(live->coming);
    play(live, live->coming, in, at, live->other, n);
    if (live->wait > 0 || tb_player_is_lent(live->coming)) {
        live->wait -= n;
        return outputs;
    }
    mix(live, outputs, others, n);
    live->fade_at += n;
    if (live->fade_at >= live->fade_frames)
        end_fade(live);
    return outputs > others ? outputs : others;
}

static int play_piece(tb_live *live, const float *const *in, int64_t at,
                      int64_t n)
{
    int outputs = 0;
    join(live);
    if (!live->playing && live->coming)
        end_fade(live);
    if (live->playing) {
        outputs = tb_player_outputs(live->playing);
        play(live, live->playing, in, at, live->out, n);
    }
    return live->coming ? play_coming(live, in, at, outputs, n) : outputs;
}

static void give(tb_live *live, float *const *out, int64_t at, int outputs,
                 int64_t n)
{
    const float step = 1.0F / 256;
    float goal = atomic_load_explicit(&live->enabled, memory_order_relaxed);
    for (int64_t j = 0; j < n; j++) {
        if (live->gain < goal)
            live->gain = fminf(live->gain + step, 1);
        else if (live->gain > goal)
            live->gain = fmaxf(live->gain - step, 0);
        for (int i = 0; i < live->settings.outputs; i++)
            if (out[i])
                out[i][at + j] = i < outputs ? live->gain * live->out[i][j] : 0;
    }
}

static bool is_off(const tb_live *live)
{
    return live->gain == 0 &&
           !atomic_load_explicit(&live->enabled, memory_order_relaxed);
}

static int64_t late(const tb_live *live)
{
    return live->playing ? tb_player_late(live->playing) : 0;
}

void tb_live_process(tb_live *live, const float *const *in, float *const *out,
                     int64_t frames)
{
    unsigned mode = tb_denormals_off();
    int64_t piece = tb_live_piece(live->settings.block);
    take_turns(live);
    receive(live);
    for (int64_t at = 0, n; at < frames; at += n) {
        n = frames - at < piece ? frames - at : piece;
        int outputs = is_off(live) ? 0 : play_piece(live, in, at, n);
        give(live, out, at, outputs, n);
    }
    atomic_store_explicit(&live->shown.late, late(live), memory_order_relaxed);
    tb_denormals_restore(mode);
}

void tb_live_look(const tb_live *live, tb_live_facts *facts)
{
    const tb_live_shown *s = &live->shown;
    *facts =
        (tb_live_facts){.loaded = atomic_load(&s->loaded),
                        .inputs = atomic_load(&s->inputs),
                        .outputs = atomic_load(&s->outputs),
                        .mode = (tb_live_mode)atomic_load(&s->mode),
                        .pass = atomic_load(&s->pass),
                        .latency = atomic_load(&s->latency),
                        .latency_is_whole = atomic_load(&s->latency_is_whole),
                        .worst = atomic_load(&s->worst),
                        .late = atomic_load(&s->late)};
}
