#include "export/playing.h"

#include "base/memory.h"
#include "base/random.h"
#include "engine/frames.h"

#include <math.h>
#include <string.h>

/* Loops: so many frames a block, or more, and so many blocks more, of which the
   first ones hear sound. */
enum { BLOCKS_BEHIND = 3, LOOPED = 6, HEARD = 2 };

void tb_playing_clear(tb_playing *p)
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

bool tb_playing_is_switch(const tb_control *c)
{
    return c->type == TB_CONTROL_BOOL || c->type == TB_CONTROL_TRIGGER;
}

bool tb_playing_has_switches(const tb_playing *p)
{
    const tb_method *m = &p->method;
    for (int i = 0; i < m->control_count; i++)
        if (tb_playing_is_switch(m->control[i]))
            return true;
    return false;
}

/* Blocks of the host. */
int64_t tb_playing_switched(const tb_playing *p)
{
    const tb_nn_rate *r = p->rate;
    return r ? SWITCHED * ((r->down + r->up - 1) / r->up) : SWITCHED;
}

bool tb_playing_is_on(const tb_playing *p, int control, int64_t block)
{
    const tb_method *m = &p->method;
    int64_t phase = block / tb_playing_switched(p) % PHASES, number = 0;
    for (int i = 0; i < control; i++)
        number += tb_playing_is_switch(m->control[i]);
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
static int64_t blocks_for(const tb_playing *p, int64_t samples)
{
    const tb_method *m = &p->method;
    int64_t blocks = p->as->latency / samples + 1 + BLOCKS_BEHIND;
    if (tb_playing_has_switches(p))
        blocks += tb_playing_switched(p) * PHASES;
    return m->heard ? blocks + LOOPED : blocks;
}

static tb_status make_room(tb_playing *p, tb_error *error)
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
static void fill_told(tb_playing *p, int64_t samples, int64_t later)
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

static void tell_model(tb_playing *p, int64_t samples)
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
static int64_t quantum_of(const tb_playing *p)
{
    int64_t own = tb_nn_samples(p->as), all = own;
    for (int i = 0; i < p->nn->method_count && !p->rate; i++) {
        const tb_nn_method *other = &p->nn->methods[i];
        int64_t cycle = other->method.heard ? tb_nn_samples(other) : 1;
        all = all / tb_gcd(all, cycle) * cycle;
    }
    return p->as->stream.quantum * (all / own);
}

static tb_status make_sound(tb_playing *p, tb_error *error)
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

tb_status tb_playing_begin(tb_playing *p, tb_error *error)
{
    const tb_checkpoint *c = p->nn->checkpoint;
    tb_status status =
        tb_instrument_method(c->instrument, c->config, c->base,
                             p->as->method.name, p->rows, &p->method, error);
    return status ? status : make_sound(p, error);
}

void tb_playing_hear(tb_playing *p)
{
    if (p->rate)
        convert(&p->rate->out, p->rows * p->as->numbers[2], p->stream,
                p->out_frames, p->heard, p->heard_frames);
}
