/* Making a player: voices, rates, memory, and how long its calls take. */
#include "live/player_state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Seconds of silence that files of others hear first: those that their
   exporters played are forgotten then. */
static const double settle = 2;

/* ---- what is played ---- */

static bool has_method(const tb_model *m, const char *name)
{
    for (int i = 0; i < tb_model_methods(m); i++)
        if (strcmp(tb_model_method(m, i), name) == 0)
            return true;
    return false;
}

static tb_status no_method(const tb_player *p, const char *name,
                           tb_error *error)
{
    char all[256] = "";
    for (int i = 0; i < tb_model_methods(p->model); i++) {
        size_t n = strlen(all);
        snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "",
                 tb_model_method(p->model, i));
    }
    return tb_fail(error, TB_ERR_ARGUMENT, "%s has no method '%s'; it has: %s.",
                   tb_shelf_path(p->place), name, all);
}

/* Networks of ours play by themselves where they can, files of others what nn~
   plays. */
static tb_status choose_method(tb_player *p, tb_error *error)
{
    static const char *const usual[][4] = {
        {"forward", "generate", "decode", "encode"},
        {"generate", "forward", "decode", "encode"}};
    bool own = tb_model_checkpoint(p->model) != NULL;
    const char *name = p->settings.method;
    for (int i = 0; !name && i < 4; i++)
        name = has_method(p->model, usual[own][i]) ? usual[own][i] : NULL;
    if (!name)
        name = tb_model_methods(p->model) > 0 ? tb_model_method(p->model, 0)
                                              : "forward";
    if (!has_method(p->model, name))
        return no_method(p, name, error);
    snprintf(p->method, sizeof p->method, "%s", name);
    p->has_input = tb_model_input(p->model, p->method, 0, &p->in_port);
    if (!tb_model_output(p->model, p->method, 0, &p->out_port))
        return no_method(p, name, error);
    p->rows = p->settings.voices;
    p->inputs = p->has_input ? p->rows * p->in_port.channels : 0;
    p->outputs = p->rows * p->out_port.channels;
    return TB_OK;
}

tb_status tb_player_prepare(tb_player *p, tb_error *error)
{
    tb_message message = {0};
    return tb_voices_prepare(p->voices, &message)
               ? TB_OK
               : tb_fail(error, TB_ERR_UNSUPPORTED, "%s", message.text);
}

/* A file of others plays its buffer at once; networks of ours answer frame by
   frame, in parts that suit. */
static tb_status open_voices(tb_player *p, tb_error *error)
{
    tb_voices_settings s = tb_voices_defaults();
    s.method = p->method;
    s.voices = p->rows;
    s.seed = p->settings.seed;
    s.block = tb_model_checkpoint(p->model) ? 0 : p->settings.buffer;
    s.full_weights = p->settings.full_weights;
    s.settle = settle;
    tb_message message = {0};
    p->voices = tb_voices_new(p->model, &s, &message);
    return p->voices ? tb_player_prepare(p, error)
                     : tb_fail(error, TB_ERR_ARGUMENT, "%s", message.text);
}

double tb_player_rate(const tb_player *p)
{
    double rate = tb_model_sample_rate(p->model);
    return p->settings.as_is || rate <= 0 ? p->settings.sample_rate : rate;
}

static tb_status open_rates(tb_player *p, tb_error *error)
{
    int64_t host = llround(p->settings.sample_rate);
    int64_t model = llround(tb_player_rate(p));
    tb_status status = tb_polyphase_init(
        &p->rate_in, host, model, !p->has_input || !p->in_port.is_sound, error);
    if (!status)
        status = tb_polyphase_init(&p->rate_out, model, host,
                                   !p->out_port.is_sound, error);
    return status;
}

/* ---- passes ---- */

static int64_t whole_grains(const tb_player *p, int64_t frames)
{
    return (frames + p->grain - 1) / p->grain * p->grain;
}

/* A pass: what the settings say, and at least what a call of the host is. */
static void measure_pass(tb_player *p)
{
    const double usual = 256;
    double ratio = tb_player_rate(p) / p->settings.sample_rate;
    double asked = p->settings.buffer > 0 ? (double)p->settings.buffer : usual;
    int64_t frames =
        (int64_t)ceil(fmax(asked, (double)p->settings.block * ratio));
    p->grain = tb_voices_grain(p->voices);
    p->grain = p->grain > 0 ? p->grain : 1;
    p->pass = whole_grains(p, frames);
}

/* One that is spread lasts a few calls of the host at least, unless the
   settings say how long. */
static int64_t pass_of_slices(const tb_player *p)
{
    enum { CALLS = 4 };
    double ratio = tb_player_rate(p) / p->settings.sample_rate;
    int64_t frames = (int64_t)ceil(CALLS * (double)p->settings.block * ratio);
    frames = p->settings.buffer > 0 ? p->pass : whole_grains(p, frames);
    return frames > p->pass ? frames : p->pass;
}

/* ---- how long it takes ---- */

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The longest of the calls, and the mean. The first two are not counted: they
   touch memory for the first time. */
typedef struct call_times {
    double worst, mean;
} call_times;

static call_times rehearse(tb_player *p, int64_t frames)
{
    enum { FIRST = 2, LEAST = 8, FRAMES = 4096 };
    int calls = (int)(FRAMES / frames);
    calls = FIRST + (calls > LEAST ? calls : LEAST);
    call_times t = {0};
    tb_live_block *b = &p->block[0];
    b->frames = frames;
    for (int i = 0; i < calls; i++) {
        double began = processor_seconds();
        tb_player_play(p, b);
        double took = processor_seconds() - began;
        t.mean += i < FIRST ? 0 : took / (calls - FIRST);
        t.worst = i >= FIRST && took > t.worst ? took : t.worst;
    }
    return t;
}

/* A host has half of the time of a block for it: other things play, too. */
static const double share = 0.5;

static int64_t frames_of_host(const tb_player *p)
{
    const double usual = 64;
    double host = fmax((double)p->settings.block, usual);
    double n = host * tb_player_rate(p) / p->settings.sample_rate;
    return n < 1 ? 1 : (int64_t)n;
}

static int64_t frames_of_call(const tb_player *p)
{
    int64_t n = whole_grains(p, frames_of_host(p));
    return n < p->grain ? p->grain : n > p->pass ? p->pass : n;
}

/* What passes come to, as slices count it. Layers that go slowly work in some
   passes and rest in others: the heaviest counts. */
typedef struct pass_work {
    double mean, most, node; /* node: the largest, which is never parted */
} pass_work;

static pass_work measure_work(tb_player *p)
{
    enum { LEAST = 2, FRAMES = 16384 };
    int passes = (int)(FRAMES / p->pass);
    passes = passes > LEAST ? passes : LEAST;
    pass_work w = {0};
    p->block[0].frames = p->pass;
    for (int i = 0; i < passes; i++) {
        double node;
        double all = tb_slices_measure(tb_player_play_one, p, 0, &node);
        w.mean += all / passes;
        w.most = fmax(w.most, all);
        w.node = fmax(w.node, node);
    }
    return w;
}

/* Whether slices of the heaviest pass, and its largest node, fit into calls. */
static bool fits_slices(tb_player *p, double time)
{
    double calls = (double)p->pass / (double)frames_of_host(p);
    double second = rehearse(p, p->pass).mean; /* of mean work */
    pass_work w = measure_work(p);
    p->work = w.most;
    double slice = second / fmax(w.mean, 1) * (w.most / calls + w.node);
    return calls >= 2 && slice <= time;
}

static void choose_mode(tb_player *p)
{
    double host = fmax((double)p->settings.block, 64);
    double time = share * host / p->settings.sample_rate;
    int64_t whole = p->pass;
    call_times t = rehearse(p, frames_of_call(p));
    p->worst = t.worst;
    p->mode = p->settings.mode;
    bool chooses = p->mode == TB_LIVE_AUTO;
    if (chooses && t.worst <= time)
        p->mode = TB_LIVE_BURST;
    if (p->mode == TB_LIVE_BURST || p->mode == TB_LIVE_THREADED)
        return;
    p->pass = pass_of_slices(p);
    bool fits = fits_slices(p, time);
    p->mode = fits || !chooses ? TB_LIVE_SLICED : TB_LIVE_THREADED;
    if (p->mode == TB_LIVE_THREADED)
        p->pass = whole;
}

/* As after nothing but silence. What files of others remember of theirs may
   stay; what they made by themselves may not. */
static tb_status begin(tb_player *p, tb_error *error)
{
    if (tb_model_checkpoint(p->model) || !p->has_input)
        tb_voices_reset(p->voices, p->settings.seed);
    atomic_store(&p->state, PLAYER_PLAYS);
    return tb_player_prepare(p, error);
}

/* ---- memory ---- */

static float **new_rows(int rows, const tb_port_facts *port, int64_t frames)
{
    int64_t n = (frames + port->per) * port->frames / port->per + 1;
    float **row = tb_alloc_array((size_t)rows, sizeof *row);
    for (int i = 0; row && i < rows; i++) {
        row[i] =
            tb_alloc_array((size_t)n, (size_t)port->channels * sizeof **row);
        if (!row[i])
            rows = i;
    }
    return row;
}

static bool has_rows(float *const *row, int rows)
{
    return row && row[rows - 1];
}

static void free_rows(float **row, int rows)
{
    for (int i = 0; row && i < rows; i++)
        tb_free(row[i]);
    tb_free(row);
}

static bool open_blocks(tb_player *p)
{
    bool may_slice =
        p->settings.mode == TB_LIVE_AUTO || p->settings.mode == TB_LIVE_SLICED;
    int64_t most = may_slice ? pass_of_slices(p) : p->pass;
    for (int i = 0; i < 2; i++) {
        p->block[i].out = new_rows(p->rows, &p->out_port, most);
        if (p->has_input)
            p->block[i].in = new_rows(p->rows, &p->in_port, most);
        if (!has_rows(p->block[i].out, p->rows) ||
            (p->has_input && !has_rows(p->block[i].in, p->rows)))
            return false;
    }
    return true;
}

/* Frames of the host that one call of tb_player_process has at most. */
static int64_t call_frames(const tb_player *p)
{
    return tb_live_piece(p->settings.block);
}

/* What has been made and not heard: passes, what one call goes over, and what
   the filter looks back on. */
static bool open_tapes(tb_player *p)
{
    double ratio = (double)p->timing.model / (double)p->timing.host;
    int64_t call = call_frames(p);
    int64_t model = (int64_t)((double)call * ratio) + 2;
    p->heard = tb_alloc_array((size_t)p->inputs + 1, sizeof *p->heard);
    p->made = tb_alloc_array((size_t)p->outputs + 1, sizeof *p->made);
    p->last = tb_alloc_array((size_t)p->outputs + 1, sizeof *p->last);
    bool good = p->heard && p->made && p->last;
    for (int i = 0; good && i < p->inputs; i++)
        good = tb_live_tape_init(&p->heard[i],
                                 call + 2 * tb_polyphase_window(&p->rate_in));
    for (int i = 0; good && i < p->outputs; i++)
        good = tb_live_tape_init(&p->made[i],
                                 4 * p->pass + 2 * model +
                                     4 * tb_polyphase_window(&p->rate_out));
    p->gain = 1;
    return good;
}

static void set_timing(tb_player *p)
{
    int64_t delays = tb_voices_latency(p->voices);
    bool behind = p->mode != TB_LIVE_BURST;
    p->knows_latency = delays >= 0;
    p->timing = (tb_timing){.host = p->rate_in.down,
                            .model = p->rate_in.up,
                            .block = p->settings.block,
                            .grain = behind ? p->pass : p->grain,
                            .behind = behind,
                            .reach_in = p->has_input ? p->rate_in.reach : 0,
                            .reach_out = p->rate_out.reach,
                            .delays = delays > 0 ? delays : 0};
    p->latency = p->has_input ? tb_timing_latency(&p->timing) : 0;
    if (!p->has_input)
        p->timing.delays = 0;
}

/* ---- all of it ---- */

/* What is made ahead of what goes by: two passes, and what the filter looks
   ahead. */
static void make_lead(tb_player *p)
{
    tb_live_block *b = &p->block[0];
    int64_t left = 2 * p->pass + p->rate_out.reach + 1;
    for (; left > 0; left -= b->frames) {
        b->frames = left < p->pass ? left : p->pass;
        tb_player_play(p, b);
        tb_player_append(p, b);
    }
}

static tb_status set_up(tb_player *p, tb_error *error)
{
    tb_status status = choose_method(p, error);
    if (!status)
        status = open_voices(p, error);
    if (!status)
        status = open_rates(p, error);
    if (!status)
        status = tb_knobs_init(&p->knobs, p->model, p->method, p->rows,
                               tb_player_rate(p), error);
    if (status)
        return status;
    measure_pass(p);
    if (!open_blocks(p))
        return tb_fail_memory(error);
    choose_mode(p);
    set_timing(p);
    if (!open_tapes(p))
        return tb_fail_memory(error);
    status = begin(p, error);
    if (!status && p->mode == TB_LIVE_THREADED) {
        p->runner = tb_runner_new(tb_player_play_one, p, error);
        status = p->runner ? TB_OK : TB_ERR_SYSTEM;
    }
    if (!status && p->mode == TB_LIVE_SLICED) {
        p->slices = tb_slices_new(tb_player_play_one, p, error);
        status = p->slices ? TB_OK : TB_ERR_MEMORY;
    }
    return status;
}

tb_player *tb_player_new(tb_shelf_place *place,
                         const tb_player_settings *settings, tb_error *error)
{
    tb_player *p = tb_alloc(sizeof *p);
    if (!p) {
        tb_shelf_give(place);
        tb_fail_memory(error);
        return NULL;
    }
    p->place = place;
    p->model = tb_shelf_model(place);
    p->settings = *settings;
    if (set_up(p, error) == TB_OK)
        return p;
    tb_player_free(p);
    return NULL;
}

void tb_player_begin(tb_player *p, const float *samples, int64_t frames)
{
    p->is_prompted = frames > 0;
    const float *row[TB_LIVE_MOST_VOICES];
    for (int i = 0; i < p->rows; i++)
        row[i] = samples;
    if (frames > 0 && !p->has_input)
        tb_voices_prompt(p->voices, row, frames);
    if (p->timing.behind && !p->has_input)
        make_lead(p);
}

void tb_player_free(tb_player *player)
{
    tb_player *p = player;
    if (!p)
        return;
    tb_runner_free(p->runner);
    tb_slices_free(p->slices);
    tb_voices_free(p->voices);
    for (int i = 0; i < 2; i++) {
        free_rows(p->block[i].in, p->rows);
        free_rows(p->block[i].out, p->rows);
    }
    for (int i = 0; p->heard && i < p->inputs; i++)
        tb_live_tape_clear(&p->heard[i]);
    for (int i = 0; p->made && i < p->outputs; i++)
        tb_live_tape_clear(&p->made[i]);
    tb_free(p->heard);
    tb_free(p->made);
    tb_free(p->last);
    tb_polyphase_clear(&p->rate_in);
    tb_polyphase_clear(&p->rate_out);
    tb_knobs_clear(&p->knobs);
    tb_shelf_give(p->place);
    tb_free(p);
}

/* ---- lent voices ---- */

tb_model *tb_player_model(const tb_player *p)
{
    return p->model;
}

const tb_port_facts *tb_player_port(const tb_player *p)
{
    return &p->out_port;
}

const char *tb_player_method(const tb_player *p)
{
    return p->method;
}

void tb_player_want(tb_player *p)
{
    atomic_store_explicit(&p->wanted, true, memory_order_relaxed);
}

bool tb_player_is_lent(const tb_player *p)
{
    return atomic_load_explicit(&p->state, memory_order_acquire) == PLAYER_LENT;
}

tb_voices *tb_player_voices(const tb_player *p)
{
    return p->voices;
}

void tb_player_give_back(tb_player *p)
{
    atomic_store_explicit(&p->wanted, false, memory_order_relaxed);
    atomic_store_explicit(&p->state, PLAYER_PLAYS, memory_order_release);
}

bool tb_player_rests(const tb_player *p)
{
    return !tb_player_is_lent(p) &&
           (!p->runner || tb_runner_is_idle(p->runner));
}
