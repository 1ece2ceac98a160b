#include "export/parity.h"

#include "base/memory.h"
#include "base/random.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "torchscript/script_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sums of a few thousand floats in another order differ by some 1e-6. */
const double tb_parity_most = 1e-3;

/* Loops: so many frames a block, or more, and so many blocks more, of which the
   first ones hear sound. */
enum { BLOCKS_BEHIND = 3, LOOPED = 6, HEARD = 2 };

/* One method played; numbers are [rows, channels, frames]. */
typedef struct playing {
    const tb_nn_model *nn;
    const tb_nn_method *as;    /* exported */
    tb_method method, encoder; /* of `rows` rows; encoder: of a loop */
    int rows;
    int64_t unit, blocks, base; /* base frames of a block, and in all */
    int64_t in_frames, out_frames, late;
    float *in, *whole, *stream, *file;
} playing;

static void clear(playing *p)
{
    tb_method_clear(&p->method);
    tb_method_clear(&p->encoder);
    tb_free(p->in);
    tb_free(p->whole);
    tb_free(p->stream);
    tb_free(p->file);
}

/* ---- switches ---- */

/* Switches are on one after the other, two blocks each: learning the source,
   learning the target, nothing, and what comes then (nn/adapted_statistics.h).
 */
enum { SWITCHED = 2, PHASES = 5 };

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

static bool is_on(const tb_method *m, int control, int64_t block)
{
    int64_t phase = block / SWITCHED % PHASES, number = 0;
    for (int i = 0; i < control; i++)
        number += is_switch(m->control[i]);
    return phase == (number < 2 ? number : number + 1);
}

/* ---- sound, latents and codes that are heard ---- */

static float number_at(const tb_port *p, uint32_t row, uint32_t ch, int64_t j)
{
    if (p->levels)
        return floorf((float)p->levels * tb_uniform(1, ch, j, row, 0));
    if (p->kind == TB_PORT_SYMBOLS)
        return tb_normal(1, ch, j, row, 0);
    return 0.3f * tb_normal(1, ch, j, row, 0) +
           0.3f * sinf(0.05f * (float)j * (float)(1 + row));
}

static float *room(int rows, int channels, int64_t frames)
{
    return tb_alloc_array((size_t)rows * (size_t)channels,
                          (size_t)frames * sizeof(float));
}

static tb_status prepare(playing *p, tb_error *error)
{
    const int64_t *n = p->as->numbers;
    const tb_method *m = &p->method;
    int64_t quantum = p->as->stream.quantum;
    p->unit = m->heard ? quantum * ((LOOPED - 1) / quantum + 1) : quantum;
    int64_t samples = p->unit * m->base_per / m->base;
    p->blocks = p->as->latency / samples + 1 + BLOCKS_BEHIND;
    if (has_switches(m))
        p->blocks += SWITCHED * PHASES;
    if (m->heard)
        p->blocks += LOOPED;
    p->base = p->blocks * p->unit;
    int64_t sound = p->blocks * samples;
    p->in_frames = sound / n[1];
    p->out_frames = sound / n[3];
    p->late = p->as->stream.latency;
    p->in = room(p->rows, (int)n[0], p->in_frames);
    p->whole = room(p->rows, (int)n[2], p->out_frames);
    p->stream = room(p->rows, (int)n[2], p->out_frames);
    p->file = room(p->rows, (int)n[2], p->out_frames);
    if (!p->in || !p->whole || !p->stream || !p->file)
        return tb_fail_memory(error);
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < n[0]; ch++)
            for (int64_t j = 0; j < p->in_frames; j++)
                p->in[(row * n[0] + ch) * p->in_frames + j] =
                    m->heard && ch == n[0] - 1
                        ? j < HEARD * samples
                        : number_at(&m->input[0], (uint32_t)row, (uint32_t)ch,
                                    j);
    return TB_OK;
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

/* Zeros until the first frame comes. */
static void run_stream(playing *p, tb_stream *s)
{
    const tb_method *m = &p->method;
    int64_t n = p->in_frames / p->blocks;
    for (int64_t b = 0; b < p->blocks; b++) {
        for (int i = 0; i < m->control_count; i++)
            if (is_switch(m->control[i]))
                put_control(tb_stream_control(s, m->control_value[i]),
                            is_on(m, i, b));
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

static void run_loop(playing *p, tb_stream *s, const tb_tensor *symbols)
{
    const tb_method *m = &p->method;
    int64_t n = p->unit / m->output[1].per;
    for (int64_t b = 0; b < p->blocks; b++) {
        if (b < HEARD) {
            tb_tensor x = tb_stream_write(s, m->heard, p->unit);
            tell(p, symbols, b * n, &x, n);
        }
        tb_stream_run(s, p->unit);
        tb_tensor y = tb_stream_read(s, m->output[0].value);
        get(p, &y, p->stream, y.first + p->late);
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
    tb_stream_reset(s, 0);
    run_loop(p, s, tb_plan_tensor(plan, m->output[0].value));
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
        const char *texts[] = {is_on(&p->method, i, b) ? "true" : "false"};
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
    for (int64_t b = 0; !status && b < p->blocks; b++) {
        for (int i = 0; i < ins; i++)
            in[i] = p->in + i * p->in_frames + b * (p->in_frames / p->blocks);
        for (int i = 0; i < outs; i++)
            out[i] =
                p->file + i * p->out_frames + b * (p->out_frames / p->blocks);
        if (b % SWITCHED == 0)
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
    int64_t samples = p->out_frames / p->blocks * p->as->numbers[3];
    tb_script_stream *s =
        status ? NULL : tb_script_stream_new(ts, m, p->rows, samples, error);
    if (!status)
        status = s ? run_file(p, ts, s, error) : error->status;
    tb_script_stream_free(s);
    tb_script_model_close(ts);
    return status;
}

/* ---- comparing ---- */

/* Of y from x, `late` frames before, relative to the level of x. What is no
   number is infinitely far away. */
static double distance(const playing *p, const float *x, const float *y,
                       int64_t late)
{
    double level = 0, apart = 0;
    for (int64_t i = 0; i < p->rows * p->as->numbers[2]; i++)
        for (int64_t j = 0; j + late < p->out_frames; j++) {
            double a = x[i * p->out_frames + j];
            double d = y[i * p->out_frames + j + late] - a;
            level += a * a;
            apart += d * d;
        }
    double far = apart == 0 ? 0 : sqrt(apart / (level > 0 ? level : 1));
    return isfinite(far) ? far : INFINITY;
}

tb_status tb_parity_of(const tb_nn_model *nn, int i, const char *path, int rows,
                       tb_parity *parity, tb_error *error)
{
    const tb_checkpoint *c = nn->checkpoint;
    playing p = {.nn = nn, .as = &nn->methods[i], .rows = rows};
    tb_status status =
        tb_instrument_method(c->instrument, c->config, c->base,
                             p.as->method.name, rows, &p.method, error);
    if (!status)
        status = prepare(&p, error);
    /* Neither loops nor what is turned can be played so. */
    bool whole = !p.method.heard && !has_switches(&p.method);
    if (!status && whole)
        status = play_whole(&p, error);
    if (!status)
        status = play_stream(&p, error);
    if (!status)
        status = play_file(&p, path, error);
    if (!status)
        *parity =
            (tb_parity){whole ? distance(&p, p.whole, p.stream, p.late) : 0,
                        distance(&p, p.stream, p.file, 0)};
    clear(&p);
    return status;
}
