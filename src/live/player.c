/* The audio thread's half: frames of the host become blocks of the model, and
   what it made becomes frames of the host. */
#include "live/player_state.h"

/* ---- blocks ---- */

/* Zeros where the voices are elsewhere. Asking for them is done with an empty
   hand: they are given at the next block. */
static bool lend(tb_player *p)
{
    if (atomic_load_explicit(&p->state, memory_order_acquire) == PLAYER_LENT)
        return true;
    if (!tb_voices_waits(p->voices) &&
        !atomic_load_explicit(&p->wanted, memory_order_relaxed))
        return false;
    atomic_store_explicit(&p->state, PLAYER_LENT, memory_order_release);
    p->settings.wake(p->settings.context);
    return true;
}

void tb_player_play(tb_player *p, tb_live_block *b)
{
    b->silent = lend(p);
    if (b->silent)
        return;
    tb_knobs_turn(&p->knobs, p->voices, b->frames);
    if (p->has_input)
        tb_voices_process(p->voices, (const float *const *)b->in, b->out,
                          b->frames);
    else
        tb_voices_run(p->voices, b->out, b->frames);
    b->silent = tb_voices_waits(p->voices);
}

void tb_player_play_one(void *player, int which)
{
    tb_player *p = player;
    tb_player_play(p, &p->block[which]);
}

/* ---- what was made ---- */

static int64_t port_frames(const tb_port_facts *port, int64_t frames)
{
    return frames * port->frames / port->per;
}

/* The gain of a frame of sound; what was there sinks meanwhile. */
static void fade(tb_player *p, bool silent)
{
    const float step = 1.0F / 128;
    p->gain = silent ? 0 : p->gain + step < 1 ? p->gain + step : 1;
    p->tail = p->tail > step ? p->tail - step : 0;
}

static float faded(const tb_player *p, float x, int channel)
{
    return x * p->gain + p->last[channel] * p->tail;
}

/* Where sound stops it goes on from its last frame. */
static void stop_at(tb_player *p)
{
    if (p->gain == 0)
        return;
    for (int i = 0; i < p->outputs; i++)
        p->last[i] = p->port_frames
                         ? *tb_live_tape_from(&p->made[i], p->port_frames - 1)
                         : 0;
    p->tail = 1;
}

static void append_sound(tb_player *p, const tb_live_block *b, bool silent)
{
    int64_t channels = p->out_port.channels;
    if (silent)
        stop_at(p);
    for (int64_t j = 0; j < b->frames; j++) {
        fade(p, silent);
        for (int i = 0; i < p->outputs; i++) {
            float x =
                silent ? 0 : b->out[i / channels][j * channels + i % channels];
            tb_live_tape_put(&p->made[i], p->port_frames + j, faded(p, x, i));
        }
    }
    p->port_frames += b->frames;
}

/* What is no sound stays as it was. */
static void append_numbers(tb_player *p, const tb_live_block *b, bool silent)
{
    int64_t channels = p->out_port.channels;
    int64_t n = port_frames(&p->out_port, b->frames);
    for (int64_t j = 0; j < n; j++)
        for (int i = 0; i < p->outputs; i++) {
            float x =
                silent ? *tb_live_tape_from(&p->made[i], p->port_frames + j - 1)
                       : b->out[i / channels][j * channels + i % channels];
            tb_live_tape_put(&p->made[i], p->port_frames + j, x);
        }
    p->port_frames += n;
}

static void append(tb_player *p, const tb_live_block *b, bool silent)
{
    if (p->out_port.is_sound)
        append_sound(p, b, silent);
    else
        append_numbers(p, b, silent);
}

void tb_player_append(tb_player *p, const tb_live_block *b)
{
    append(p, b, b->silent);
}

/* ---- full blocks ---- */

static void append_late(tb_player *p)
{
    append(p, &p->block[p->filling], true);
    atomic_fetch_add_explicit(&p->late, 1, memory_order_relaxed);
}

/* The block is full: what the last one gave must be there, and this one is
   handed on. A runner that is late finds no block to go on with, so that the
   next result is missing too. */
static void hand_to_runner(tb_player *p)
{
    bool idle = tb_runner_is_idle(p->runner);
    tb_live_block *other = &p->block[1 - p->filling];
    p->block[p->filling].frames = p->pass;
    if (p->owed && p->asked && idle)
        tb_player_append(p, other);
    else if (p->owed)
        append_late(p);
    p->owed = true;
    p->asked = idle;
    if (idle) {
        tb_runner_ask(p->runner, p->filling);
        p->filling = 1 - p->filling;
    }
    p->fill = 0;
}

/* What is left of the last one is played now. */
static void hand_to_slices(tb_player *p)
{
    p->block[p->filling].frames = p->pass;
    if (p->owed) {
        tb_slices_finish(p->slices);
        tb_player_append(p, &p->block[1 - p->filling]);
    }
    tb_slices_begin(p->slices, p->filling);
    p->filling = 1 - p->filling;
    p->owed = true;
    p->fill = 0;
}

static void hand_on(tb_player *p)
{
    if (p->runner)
        hand_to_runner(p);
    else
        hand_to_slices(p);
}

/* As much of the pass under way as what has been heard of the next one, with n
   frames of the host more. */
static void spread(tb_player *p, int64_t n)
{
    int64_t there = tb_timing_heard(&p->timing, p->host_frames + n);
    int64_t fill = p->fill + there - p->model_frames;
    tb_slices_go_on(p->slices, p->work * (double)fill / (double)p->pass);
}

/* Plays what is there, at once. */
static void play_now(tb_player *p, int64_t frames)
{
    tb_live_block *b = &p->block[0];
    b->frames = frames;
    tb_player_play(p, b);
    tb_player_append(p, b);
}

/* Frames that fill no grain wait at the beginning of the block. */
static void keep_rest(tb_player *p, int64_t played)
{
    int64_t from = port_frames(&p->in_port, played);
    int64_t n = port_frames(&p->in_port, p->fill - played);
    int64_t channels = p->in_port.channels;
    for (int row = 0; row < p->rows; row++)
        for (int64_t i = 0; i < n * channels; i++)
            p->block[0].in[row][i] = p->block[0].in[row][from * channels + i];
    p->fill -= played;
}

static void play_grains(tb_player *p)
{
    int64_t played = p->fill / p->grain * p->grain;
    if (played == 0)
        return;
    play_now(p, played);
    keep_rest(p, played);
}

/* ---- in ---- */

static void hear(tb_player *p, const float *const *in, int64_t n)
{
    for (int i = 0; i < p->inputs; i++)
        for (int64_t j = 0; j < n; j++)
            tb_live_tape_put(&p->heard[i], p->host_frames + j,
                             in[i] ? in[i][j] : 0);
}

static float heard_at(const tb_player *p, int channel, tb_rate_place at)
{
    int reach = p->rate_in.reach;
    const float *x = tb_live_tape_from(&p->heard[channel],
                                       reach ? at.whole - reach + 1 : at.whole);
    return tb_polyphase_at(&p->rate_in, x, at.rest);
}

/* Frame `fill` of the block. Of what is no sound the last of each frame's
   numbers counts. */
static void take_frame(tb_player *p)
{
    const tb_port_facts *port = &p->in_port;
    int64_t j = p->fill++;
    tb_rate_place at =
        tb_polyphase_place(&p->rate_in, p->model_frames++ * p->rate_in.down);
    if ((j + 1) * port->frames % port->per)
        return;
    j = port_frames(port, j + 1) - 1;
    for (int i = 0; i < p->inputs; i++)
        p->block[p->filling]
            .in[i / port->channels][j * port->channels + i % port->channels] =
            heard_at(p, i, at);
}

static void listen(tb_player *p, const float *const *in, int64_t n)
{
    hear(p, in, n);
    int64_t there = tb_timing_heard(&p->timing, p->host_frames + n);
    while (p->model_frames < there) {
        take_frame(p);
        if (p->fill < p->pass)
            continue;
        if (p->timing.behind)
            hand_on(p);
        else
            play_grains(p);
    }
    if (!p->timing.behind)
        play_grains(p);
}

/* What has no input is made as far as it will be asked for. */
static void make_now(tb_player *p, int64_t n)
{
    int64_t last = tb_timing_place(&p->timing, 0, p->host_frames + n - 1);
    int64_t wanted =
        tb_polyphase_place(&p->rate_out, last).whole + p->rate_out.reach + 1;
    while (p->port_frames < wanted) {
        int64_t left = wanted - p->port_frames;
        play_now(p, left < p->pass ? left : p->pass);
    }
}

/* As much of it as goes by, always so far ahead (player_open). */
static void make_ahead(tb_player *p, int64_t n)
{
    int64_t there = tb_timing_heard(&p->timing, p->host_frames + n);
    int64_t fill = p->fill + there - p->model_frames;
    p->model_frames = there;
    for (; fill >= p->pass; fill -= p->pass)
        hand_on(p);
    p->fill = fill;
}

/* ---- out ---- */

static float made_at(const tb_player *p, int channel, int64_t frame)
{
    const tb_port_facts *port = &p->out_port;
    tb_rate_place at = tb_polyphase_place(
        &p->rate_out, tb_timing_place(&p->timing, p->latency, frame));
    int reach = p->rate_out.reach;
    int64_t from = reach ? at.whole - reach + 1 : at.whole;
    if (!port->is_sound)
        from = at.whole < 0 ? -1 : port_frames(port, at.whole);
    return tb_polyphase_at(&p->rate_out,
                           tb_live_tape_from(&p->made[channel], from), at.rest);
}

static void speak(tb_player *p, float *const *out, int64_t n)
{
    for (int i = 0; i < p->outputs; i++)
        for (int64_t j = 0; j < n; j++)
            out[i][j] = made_at(p, i, p->host_frames + j);
}

void tb_player_process(tb_player *p, const float *const *in, float *const *out,
                       int64_t frames)
{
    if (p->slices)
        spread(p, frames);
    if (p->has_input)
        listen(p, in, frames);
    else if (p->timing.behind)
        make_ahead(p, frames);
    else
        make_now(p, frames);
    speak(p, out, frames);
    p->host_frames += frames;
}

/* ---- from others ---- */

void tb_player_aim(tb_player *p, const char *control, int voice, double x)
{
    tb_knobs_aim(&p->knobs, tb_knobs_find(&p->knobs, control), voice, x);
}

int tb_player_inputs(const tb_player *p)
{
    return p->inputs;
}

int tb_player_outputs(const tb_player *p)
{
    return p->outputs;
}

int64_t tb_player_latency(const tb_player *p)
{
    return p->latency;
}

bool tb_player_knows_latency(const tb_player *p)
{
    return p->knows_latency;
}

tb_live_mode tb_player_mode(const tb_player *p)
{
    return p->mode;
}

int64_t tb_player_pass(const tb_player *p)
{
    return p->pass;
}

int64_t tb_player_late(const tb_player *p)
{
    return atomic_load_explicit(&p->late, memory_order_relaxed);
}

double tb_player_worst(const tb_player *p)
{
    return p->worst;
}
