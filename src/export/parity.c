#include "export/parity.h"

#include "base/memory.h"
#include "base/random.h"
#include "engine/frames.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "export/nn_queue.h"
#include "export/nn_rate.h"
#include "torchscript/script_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sums of a few thousand floats in another order differ by some 1e-6. */
const double tb_parity_most = 1e-3;

/* Loops: so many frames a block, or more, and so many blocks more, of which the
   first ones hear sound. */
enum { BLOCKS_BEHIND = 3, LOOPED = 6, HEARD = 2 };

/* Where phases are found for spectra, the last digits of numbers grow from
   frame to frame until they are heard, in whatever plays it. So such sound is
   compared as far as the stream agrees, to this part of the level, with itself
   after a prompt to which noise of such a size was added. */
static const double hair = 3e-6, agreed = 1e-4;

/* One method played; numbers are [rows, channels, frames]. Where the file is
   for another rate, `told` and `heard` are at that of the host, and all else at
   the model's, which plays fewer blocks, or more, than the host brings. */
typedef struct playing {
    const tb_nn_model *nn;
    const tb_nn_method *as;    /* exported */
    tb_method method, encoder; /* of `rows` rows; encoder: of a loop */
    int rows;
    const tb_nn_rate *rate;     /* null: it is the model's */
    int64_t unit, blocks, base; /* base frames of a block, and in all */
    int64_t brought;            /* blocks of the host */
    int64_t in_frames, out_frames, late;
    int64_t told_frames, heard_frames;
    int64_t call;  /* frames of the host that the file is played at once */
    int64_t waits; /* frames that what the file is told waits in its queue */
    uint64_t seed; /* of the sound that is told */
    float *in, *whole, *stream; /* in: what the model hears */
    float *told, *heard, *file; /* heard: what the host should get */
    float *shaken; /* the stream after the other prompt; null: not asked for */
    bool shakes;   /* while that is played */
} playing;

static void clear(playing *p)
{
    tb_method_clear(&p->method);
    tb_method_clear(&p->encoder);
    if (p->rate)
        tb_free(p->heard);
    tb_free(p->told);
    tb_free(p->in);
    tb_free(p->whole);
    tb_free(p->stream);
    tb_free(p->file);
    tb_free(p->shaken);
}

/* ---- switches ---- */

/* Switches are on one after the other, two blocks of the model's or more each:
   nothing while the sound begins, learning the source, learning the target,
   nothing, and what comes then (nn/adapted_statistics.h). */
enum { SWITCHED = 2, PHASES = 6 };

static bool is_switch(const tb_control *c)
{
    return c->type == TB_CONTROL_BOOL || c->type == TB_CONTROL_TRIGGER;
}

static bool has_switches(const tb_method *m)
{
    for (int i = 0; i < m->control_count; i++)
        if (is_switch(m->control[i]))
            return true;
    return false;
}

/* Blocks of the host. */
static int64_t switched(const playing *p)
{
    const tb_nn_rate *r = p->rate;
    return r ? SWITCHED * ((r->down + r->up - 1) / r->up) : SWITCHED;
}

static bool is_on(const playing *p, int control, int64_t block)
{
    const tb_method *m = &p->method;
    int64_t phase = block / switched(p) % PHASES, number = 0;
    for (int i = 0; i < control; i++)
        number += is_switch(m->control[i]);
    return phase == (number < 2 ? number + 1 : number + 2);
}

/* ---- sound, latents and codes that are heard ---- */

static float number_at(const tb_port *p, uint64_t seed, uint32_t row,
                       uint32_t ch, int64_t j)
{
    if (p->levels)
        return floorf((float)p->levels * tb_uniform(seed, ch, j, row, 0));
    if (p->kind == TB_PORT_SYMBOLS)
        return tb_normal(seed, ch, j, row, 0);
    return 0.3f * tb_normal(seed, ch, j, row, 0) +
           0.3f * sinf(0.05f * (float)j * (float)(1 + row));
}

static float *room(int rows, int channels, int64_t frames)
{
    return tb_alloc_array((size_t)rows * (size_t)channels,
                          (size_t)frames * sizeof(float));
}

/* Blocks of this many samples until some come behind the latency. */
static int64_t blocks_for(const playing *p, int64_t samples)
{
    const tb_method *m = &p->method;
    int64_t blocks = p->as->latency / samples + 1 + BLOCKS_BEHIND;
    if (has_switches(m))
        blocks += switched(p) * PHASES;
    return m->heard ? blocks + LOOPED : blocks;
}

static tb_status make_room(playing *p, tb_error *error)
{
    const int64_t *n = p->as->numbers;
    p->in = room(p->rows, (int)n[0], p->in_frames);
    p->whole = room(p->rows, (int)n[2], p->out_frames);
    p->stream = room(p->rows, (int)n[2], p->out_frames);
    p->file = room(p->rows, (int)n[2], p->heard_frames);
    p->told = room(p->rows, (int)n[0], p->told_frames);
    p->heard = p->rate ? room(p->rows, (int)n[2], p->heard_frames) : p->stream;
    if (p->method.prime)
        p->shaken = room(p->rows, (int)n[2], p->out_frames);
    return p->in && p->whole && p->stream && p->file && p->told && p->heard &&
                   !p->method.prime == !p->shaken
               ? TB_OK
               : tb_fail_memory(error);
}

/* Lines of a port at the other rate. */
static void convert(const tb_nn_rate_port *port, int64_t lines, const float *x,
                    int64_t n, float *y, int64_t m)
{
    for (int64_t i = 0; i < lines; i++)
        tb_nn_rate_convert(port, x + i * n, n, y + i * m, m);
}

/* What the host says, so many frames later. */
static void fill_told(playing *p, int64_t samples, int64_t later)
{
    const int64_t *n = p->as->numbers;
    const tb_method *m = &p->method;
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < n[0]; ch++)
            for (int64_t i = 0; i < p->told_frames; i++) {
                int64_t j = i - later;
                bool gate = m->heard && ch == n[0] - 1;
                p->told[(row * n[0] + ch) * p->told_frames + i] =
                    j < 0  ? 0
                    : gate ? j < HEARD * samples
                           : number_at(&m->input[0], p->seed, (uint32_t)row,
                                       (uint32_t)ch, j);
            }
}

static void tell_model(playing *p, int64_t samples)
{
    const int64_t *n = p->as->numbers;
    fill_told(p, samples, p->waits);
    if (p->rate)
        convert(&p->rate->in, p->rows * n[0], p->told, p->told_frames, p->in,
                p->in_frames);
    else
        memcpy(p->in, p->told,
               (size_t)(p->rows * n[0] * p->in_frames) * sizeof *p->in);
    fill_told(p, samples, 0);
}

/* Base frames that calls are multiples of: as the method asks for, and as the
   cycles of loops beside it, which readers ask for in all methods. */
static int64_t quantum_of(const playing *p)
{
    int64_t own = tb_nn_samples(p->as), all = own;
    for (int i = 0; i < p->nn->method_count && !p->rate; i++) {
        const tb_nn_method *other = &p->nn->methods[i];
        int64_t cycle = other->method.heard ? tb_nn_samples(other) : 1;
        all = all / tb_gcd(all, cycle) * cycle;
    }
    return p->as->stream.quantum * (all / own);
}

static tb_status prepare(playing *p, tb_error *error)
{
    const int64_t *n = p->as->numbers;
    const tb_method *m = &p->method;
    int64_t quantum = quantum_of(p);
    p->unit = m->heard ? quantum * ((LOOPED - 1) / quantum + 1) : quantum;
    int64_t samples = p->unit * m->base_per / m->base;
    p->brought = blocks_for(p, samples);
    p->blocks = p->rate ? tb_nn_rate_played(p->rate, p->brought) : p->brought;
    p->base = p->blocks * p->unit;
    p->in_frames = p->blocks * samples / n[1];
    p->out_frames = p->blocks * samples / n[3];
    p->told_frames = p->brought * samples / n[1];
    p->heard_frames = p->brought * samples / n[3];
    p->late = p->as->stream.latency;
    p->call = p->waits > 0 ? p->waits - 1 : samples / n[1];
    tb_status status = make_room(p, error);
    if (!status)
        tell_model(p, samples);
    return status;
}

/* ---- tensors of a graph ---- */

/* The element of a port's tensor: real [rows, channels, frames], whole numbers
   [rows, frames, channels], or without channels. */
static int64_t place(const tb_port *p, const tb_tensor *t, int64_t row,
                     int64_t ch, int64_t j)
{
    int64_t o = row * t->stride[0];
    if (p->channels == 0)
        return o + j * t->stride[1];
    int at = p->levels ? 2 : 1;
    return o + ch * t->stride[at] + j * t->stride[3 - at];
}

/* Into a port: what a loop is told is sound, all but its last input. */
static void put(const playing *p, const tb_port *port, const tb_tensor *t,
                int64_t from, int64_t n)
{
    int64_t channels = p->as->numbers[0];
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < channels - (p->method.heard != NULL); ch++)
            for (int64_t j = 0; j < n; j++) {
                float x =
                    p->in[(row * channels + ch) * p->in_frames + from + j];
                int64_t o = place(port, t, row, ch, j);
                if (t->type == TB_I64)
                    ((int64_t *)t->data)[o] = (int64_t)x;
                else
                    ((float *)t->data)[o] = x;
            }
}

static void get(const playing *p, const tb_tensor *t, float *to, int64_t at)
{
    const tb_port *port = &p->method.output[0];
    int64_t channels = p->as->numbers[2], n = t->dim[t->time];
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < channels; ch++)
            for (int64_t j = 0; j < n && at + j < p->out_frames; j++) {
                int64_t o = place(port, t, row, ch, j);
                to[(row * channels + ch) * p->out_frames + at + j] =
                    t->type == TB_I64 ? (float)((const int64_t *)t->data)[o]
                                      : ((const float *)t->data)[o];
            }
}

/* Half way up from where it stands, but no further than 0.7: chance in latents
   is heard, too. */
static double turned(const tb_control *c)
{
    double way = 0.5 * (c->high - c->standard);
    return c->type == TB_CONTROL_REAL && c->standard == c->low
               ? c->standard + (way < 0.7 ? way : 0.7)
               : c->standard;
}

static void put_control(const tb_tensor *t, double x)
{
    int64_t index[TB_RANK] = {0};
    if (!t || tb_is_empty(t))
        return;
    do {
        int64_t o = tb_offset_of(t, index);
        if (t->type == TB_I64)
            ((int64_t *)t->data)[o] = (int64_t)x;
        else
            ((float *)t->data)[o] = (float)x;
    } while (tb_next_index(t, index));
}

/* ---- the three ways ---- */

static tb_status play_whole(playing *p, tb_error *error)
{
    const tb_method *m = &p->method;
    const tb_output out = {m->output[0].value, NULL};
    tb_plan_settings how = {.params = p->nn->checkpoint->params,
                            .frames = p->base};
    tb_plan *plan = tb_plan_new(m->graph, 1, &out, &how, error);
    if (!plan)
        return error->status;
    put(p, &m->input[0], tb_plan_tensor(plan, m->input[0].value), 0,
        p->in_frames);
    for (int i = 0; i < m->control_count; i++)
        put_control(tb_plan_tensor(plan, m->control_value[i]),
                    turned(m->control[i]));
    tb_plan_run(plan, 0, NULL);
    get(p, tb_plan_tensor(plan, m->output[0].value), p->whole, 0);
    tb_plan_free(plan);
    return TB_OK;
}

/* With which of the host's blocks the model plays one. */
static int64_t host_block(const playing *p, int64_t block)
{
    return p->rate ? tb_nn_rate_brought(p->rate, block) : block;
}

/* Zeros until the first frame comes. */
static void run_stream(playing *p, tb_stream *s)
{
    const tb_method *m = &p->method;
    int64_t n = p->in_frames / p->blocks;
    for (int64_t b = 0; b < p->blocks; b++) {
        for (int i = 0; i < m->control_count; i++)
            if (is_switch(m->control[i]))
                put_control(tb_stream_control(s, m->control_value[i]),
                            is_on(p, i, host_block(p, b)));
        tb_tensor x = tb_stream_write(s, m->input[0].value, p->unit);
        put(p, &m->input[0], &x, b * n, n);
        tb_stream_run(s, p->unit);
        tb_tensor y = tb_stream_read(s, m->output[0].value);
        get(p, &y, p->stream, y.first + p->late);
    }
}

/* ---- a loop ---- */

/* The symbols of the sound that is heard; null after an error. */
static tb_plan *encode(playing *p, tb_error *error)
{
    const tb_checkpoint *c = p->nn->checkpoint;
    tb_method *m = &p->encoder;
    if (tb_instrument_method(c->instrument, c->config, c->base, "encode",
                             p->rows, m, error))
        return NULL;
    const tb_output out = {m->output[0].value, NULL};
    tb_plan_settings how = {.params = c->params, .frames = p->in_frames};
    tb_plan *plan = tb_plan_new(m->graph, 1, &out, &how, error);
    if (!plan)
        return NULL;
    put(p, &m->input[0], tb_plan_tensor(plan, m->input[0].value), 0,
        p->in_frames);
    tb_plan_run(plan, 0, NULL);
    return plan;
}

/* Frames of symbols from one tensor to another. */
static void tell(const playing *p, const tb_tensor *from, int64_t first,
                 const tb_tensor *to, int64_t n)
{
    const tb_port *port = &p->method.output[1];
    size_t size = tb_type_size(to->type, sizeof(float));
    int64_t channels = port->channels ? port->channels : 1;
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < channels; ch++)
            for (int64_t j = 0; j < n; j++)
                memcpy((char *)to->data +
                           (size_t)place(port, to, row, ch, j) * size,
                       (const char *)from->data +
                           (size_t)place(port, from, row, ch, first + j) * size,
                       size);
}

static void shake(const tb_tensor *x, int64_t first)
{
    int64_t index[TB_RANK] = {0};
    if (tb_is_empty(x))
        return;
    do
        ((float *)x->data)[tb_offset_of(x, index)] +=
            (float)hair * tb_normal(2, (uint32_t)index[1], first + index[2],
                                    (uint32_t)index[0], 0);
    while (tb_next_index(x, index));
}

/* The prompt's own sound, for loops that want to know it. */
static void tell_sound(const playing *p, tb_stream *s, int64_t first, int64_t n,
                       bool listens)
{
    const tb_method *m = &p->method;
    if (!m->prime)
        return;
    tb_tensor x = tb_stream_write(s, m->prime, n);
    put(p, &m->output[0], &x, first, n);
    if (p->shakes)
        shake(&x, first);
    tb_tensor is = tb_stream_write(s, m->primed, n);
    put_control(&is, listens);
}

/* As it stands where the symbol ends. */
static bool listens_at(const playing *p, int64_t symbol)
{
    int64_t per = p->method.output[1].per;
    const float *gate = p->in + (p->as->numbers[0] - 1) * p->in_frames;
    return gate[(symbol + 1) * per - 1] > 0.5f;
}

/* In runs of symbols at which it listens, or does not. */
static void run_loop(playing *p, tb_stream *s, const tb_tensor *symbols)
{
    const tb_method *m = &p->method;
    int64_t per = m->output[1].per, most = p->unit / per, k;
    int64_t all = p->blocks * most;
    for (int64_t i = 0; i < all; i += k) {
        bool listens = listens_at(p, i);
        for (k = 1; k < most && i + k < all; k++)
            if (listens_at(p, i + k) != listens)
                break;
        if (listens) {
            tb_tensor x = tb_stream_write(s, m->heard, k * per);
            tell(p, symbols, i, &x, k);
        }
        tell_sound(p, s, i * per, k * per, listens);
        tb_stream_run(s, k * per);
        tb_tensor y = tb_stream_read(s, m->output[0].value);
        get(p, &y, p->shakes ? p->shaken : p->stream, y.first + p->late);
    }
}

/* The first symbol is drawn when a stream begins: with the controls as they
   stand. */
static tb_status play_loop(playing *p, tb_stream *s, tb_error *error)
{
    const tb_method *m = &p->encoder;
    tb_plan *plan = encode(p, error);
    if (!plan)
        return error->status;
    for (int i = 0; i <= (p->shaken != NULL); i++) {
        p->shakes = i == 1;
        tb_stream_reset(s, 0);
        run_loop(p, s, tb_plan_tensor(plan, m->output[0].value));
    }
    tb_plan_free(plan);
    return TB_OK;
}

static tb_status play_stream(playing *p, tb_error *error)
{
    const tb_method *m = &p->method;
    tb_value *y = m->output[0].value;
    tb_stream_settings how = {.params = p->nn->checkpoint->params,
                              .n_max = p->unit,
                              .quantum = m->heard ? 1 : p->unit};
    tb_stream_plan *plan = tb_stream_plan_new(m->graph, 1, &y, &how, error);
    tb_stream *s = plan ? tb_stream_new(plan, 0, error) : NULL;
    for (int i = 0; s && i < m->control_count; i++)
        put_control(tb_stream_control(s, m->control_value[i]),
                    turned(m->control[i]));
    tb_status status = s ? TB_OK : error->status;
    if (s && m->heard)
        status = play_loop(p, s, error);
    else if (s)
        run_stream(p, s);
    tb_stream_free(s);
    tb_stream_plan_free(plan);
    return status;
}

static tb_status turn_file(const playing *p, tb_script_model *ts,
                           tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; !status && i < p->method.control_count; i++) {
        const tb_control *c = p->method.control[i];
        char text[64];
        const char *texts[] = {text};
        if (c->type != TB_CONTROL_REAL)
            continue;
        snprintf(text, sizeof text, "%.9g", turned(c));
        status = tb_script_model_set(ts, c->name, 1, texts, error);
    }
    return status;
}

static tb_status switch_file(const playing *p, tb_script_model *ts, int64_t b,
                             tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; !status && i < p->method.control_count; i++) {
        const char *texts[] = {is_on(p, i, b) ? "true" : "false"};
        if (is_switch(p->method.control[i]))
            status = tb_script_model_set(ts, p->method.control[i]->name, 1,
                                         texts, error);
    }
    return status;
}

static tb_status run_file(playing *p, tb_script_model *ts, tb_script_stream *s,
                          tb_error *error)
{
    const int64_t *n = p->as->numbers;
    int ins = p->rows * (int)n[0], outs = p->rows * (int)n[2];
    const float **in = tb_alloc_array((size_t)ins, sizeof *in);
    float **out = tb_alloc_array((size_t)outs, sizeof *out);
    tb_status status = in && out ? TB_OK : tb_fail_memory(error);
    int64_t ins_block = p->call, outs_block = p->call * n[1] / n[3];
    for (int64_t b = 0; !status && b < p->told_frames / ins_block; b++) {
        for (int i = 0; i < ins; i++)
            in[i] = p->told + i * p->told_frames + b * ins_block;
        for (int i = 0; i < outs; i++)
            out[i] = p->file + i * p->heard_frames + b * outs_block;
        if (b % switched(p) == 0)
            status = switch_file(p, ts, b, error);
        if (!status)
            status = tb_script_stream_play(s, in, out, error);
    }
    tb_free(in);
    tb_free(out);
    return status;
}

static tb_status play_file(playing *p, const char *path, tb_error *error)
{
    tb_script_model *ts = tb_script_model_open(path, NULL, error);
    if (!ts)
        return error->status;
    const tb_script_method *m = tb_script_model_method(ts, p->as->name, error);
    tb_status status = m ? turn_file(p, ts, error) : error->status;
    int64_t samples = p->call * p->as->numbers[1];
    tb_script_stream *s =
        status ? NULL : tb_script_stream_new(ts, m, p->rows, samples, error);
    if (!status)
        status = s ? run_file(p, ts, s, error) : error->status;
    tb_script_stream_free(s);
    tb_script_model_close(ts);
    return status;
}

/* ---- comparing ---- */

/* Of y from x, `late` frames before, relative to the level of x; both have
   `frames`, of which the first `end` are compared. What is no number is
   infinitely far away. */
static double distance(const playing *p, const float *x, const float *y,
                       int64_t frames, int64_t late, int64_t end)
{
    double level = 0, apart = 0;
    for (int64_t i = 0; i < p->rows * p->as->numbers[2]; i++)
        for (int64_t j = 0; j + late < end; j++) {
            double a = x[i * frames + j];
            double d = y[i * frames + j + late] - a;
            level += a * a;
            apart += d * d;
        }
    double far = apart == 0 ? 0 : sqrt(apart / (level > 0 ? level : 1));
    return isfinite(far) ? far : INFINITY;
}

/* Frames of the output: whole blocks, as long as a hair does not matter; some
   sound in any case. */
static int64_t compared(const playing *p)
{
    int64_t n = p->out_frames / p->blocks, end = p->out_frames;
    while (p->shaken && end - n > p->late + n &&
           distance(p, p->stream, p->shaken, p->out_frames, 0, end) > agreed)
        end -= n;
    return end;
}

static tb_parity compare(const playing *p, bool whole)
{
    int64_t end = compared(p) * p->heard_frames / p->out_frames;
    int64_t played = p->told_frames / p->call * p->call;
    played = played * p->as->numbers[1] / p->as->numbers[3];
    end = end < played ? end : played;
    tb_parity far = {0};
    if (whole)
        far.stream = distance(p, p->whole, p->stream, p->out_frames, p->late,
                              p->out_frames);
    far.file = distance(p, p->heard, p->file, p->heard_frames, 0, end);
    return far;
}

static tb_status play(playing *p, const char *path, tb_parity *parity,
                      tb_error *error)
{
    const tb_checkpoint *c = p->nn->checkpoint;
    tb_status status =
        tb_instrument_method(c->instrument, c->config, c->base,
                             p->as->method.name, p->rows, &p->method, error);
    if (!status)
        status = prepare(p, error);
    /* Neither loops nor what is turned can be played so. */
    bool whole = !p->method.heard && !has_switches(&p->method);
    if (!status && whole)
        status = play_whole(p, error);
    if (!status)
        status = play_stream(p, error);
    if (!status)
        status = play_file(p, path, error);
    if (!status && p->rate)
        convert(&p->rate->out, p->rows * p->as->numbers[2], p->stream,
                p->out_frames, p->heard, p->heard_frames);
    if (!status)
        *parity = compare(p, whole);
    return status;
}

/* Told in calls of whole cycles, or through the queue. Where rates change, what
   is told becomes other symbols once in some hundred sounds, where it falls
   between two of them: then another sound tells. */
static tb_status play_way(const tb_nn_model *nn, int i, const char *path,
                          int rows, int64_t waits, tb_parity *parity,
                          tb_error *error)
{
    const tb_nn_method *as = &nn->methods[i];
    uint64_t most = nn->rates && as->method.heard ? 2 : 1;
    tb_status status = TB_OK;
    for (uint64_t seed = 1; seed <= most && !status; seed++) {
        playing p = {.nn = nn,
                     .as = as,
                     .rate = nn->rates ? &nn->rates[i] : NULL,
                     .rows = rows,
                     .waits = waits,
                     .seed = seed};
        status = play(&p, path, parity, error);
        clear(&p);
        if (parity->file <= tb_parity_most)
            break;
    }
    return status;
}

tb_status tb_parity_of(const tb_nn_model *nn, int i, const char *path, int rows,
                       tb_parity *parity, tb_error *error)
{
    int64_t queued = tb_nn_queued(&nn->methods[i]);
    tb_status status = play_way(nn, i, path, rows, 0, parity, error);
    tb_parity through = {0};
    if (!status && queued)
        status = play_way(nn, i, path, rows, queued, &through, error);
    if (through.file > parity->file)
        parity->file = through.file;
    return status;
}
