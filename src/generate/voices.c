/* Running voices: nothing here allocates or locks. */
#include "generate/voices.h"
#include "generate/port_numbers.h"

#include <string.h>

/* ---- controls ---- */

int tb_voices_control(const tb_voices *voices, const char *name)
{
    return tb_method_control(&voices->plan->method, name, NULL);
}

static double clamped(const tb_control *c, double x)
{
    return x >= c->low ? x <= c->high ? x : c->high : c->low;
}

static void put_number(const tb_tensor *t, int64_t offset, double x)
{
    if (t->type == TB_I64)
        ((int64_t *)t->data)[offset] = (int64_t)x;
    else
        ((float *)t->data)[offset] = (float)x;
}

/* Numbers of one row of a control: `step` 0 repeats the first. */
static void put_control(const tb_voices *v, int control, int64_t row,
                        const double *x, int step)
{
    const tb_method *m = &v->plan->method;
    const tb_control *c = m->control[control];
    const tb_tensor *t =
        tb_stream_control(v->stream, m->control_value[control]);
    int64_t last = t ? t->rank - 1 : 0, n = c->length > 1 ? c->length : 1;
    for (int64_t i = 0; t && i < n; i++)
        put_number(t,
                   (c->per_row ? row * t->stride[0] : 0) +
                       (n > 1 ? i * t->stride[last] : 0),
                   clamped(c, x[i * step]));
}

static void set(tb_voices *v, int control, int voice, const double *x, int step)
{
    const tb_method *m = &v->plan->method;
    if (control < 0 || control >= m->control_count)
        return;
    for (int row = 0; row < v->settings.voices; row++) {
        if (voice >= 0 && voice != row && m->control[control]->per_row)
            continue;
        if (m->native) {
            m->native->set(v->native, control, row,
                           clamped(m->control[control], *x));
            v->waits |= m->control[control]->planned;
        } else {
            put_control(v, control, row, x, step);
        }
    }
}

void tb_voices_set(tb_voices *voices, int control, int voice, double x)
{
    set(voices, control, voice, &x, 0);
}

void tb_voices_set_array(tb_voices *voices, int control, int voice,
                         const double *x)
{
    set(voices, control, voice, x, 1);
}

void tb_voices_release_triggers(tb_voices *v)
{
    const tb_method *m = &v->plan->method;
    for (int i = 0; i < m->control_count; i++)
        if (m->control[i]->type == TB_CONTROL_TRIGGER)
            tb_voices_set(v, i, -1, 0);
}

/* ---- runs ---- */

/* Frames `from` to `end` of the output: zeros. */
static void skip(const tb_voices *v, float *const *out, int64_t from,
                 int64_t end)
{
    const tb_port *port = &v->plan->method.output[0];
    int64_t channels = port->channels ? port->channels : 1;
    for (int row = 0; from < end && row < v->settings.voices; row++)
        memset(out[row] + from * channels, 0,
               sizeof(float) * (size_t)((end - from) * channels));
}

/* A tensor [rows, channels, frames]. */
static void fill_sound(const tb_tensor *t, float x)
{
    for (int64_t row = 0; row < t->dim[0]; row++)
        for (int64_t ch = 0; ch < t->dim[1]; ch++)
            for (int64_t i = 0; i < t->dim[2]; i++)
                ((float *)t->data)[row * t->stride[0] + ch * t->stride[1] +
                                   i * t->stride[2]] = x;
}

/* Sound of a prompt: `pending` frames that are left from the last call, then
   `frames` from the caller's. */
typedef struct prompt_sound {
    int64_t pending, frames;
    const float *const *sound;
    int64_t from;
} prompt_sound;

static void put_prompt(const tb_voices *v, const tb_tensor *t,
                       const prompt_sound *p)
{
    const tb_port *sound = &v->plan->method.output[0];
    tb_port_put(sound, t, (const float *const *)v->heard, 0, 0, p->pending);
    tb_port_put(sound, t, p->sound, p->from, p->pending, p->frames);
}

/* The prompt's sound for the decoder, or (null) word that there is none. */
static void write_prime(tb_voices *v, const prompt_sound *p, int64_t base)
{
    const tb_method *m = &v->plan->method;
    if (!m->prime)
        return;
    tb_tensor to = tb_stream_write(v->stream, m->prime, base);
    tb_tensor is = tb_stream_write(v->stream, m->primed, base);
    fill_sound(&is, p ? 1 : 0);
    if (p)
        put_prompt(v, &to, p);
    else
        fill_sound(&to, 0);
}

/* Advances the loop by so many base frames and copies what has been asked for:
   frames of sound from `wanted` on, which go to `sound` (null: nowhere). */
static void run_loop(tb_voices *v, int64_t base, float *const *sound,
                     int64_t wanted, int64_t frames)
{
    const tb_port *port = &v->plan->method.output[0];
    tb_stream_run(v->stream, base);
    tb_tensor y = tb_stream_read(v->stream, port->value);
    int64_t from = y.first > wanted ? y.first : wanted;
    int64_t to = y.first + y.dim[2];
    to = to < wanted + frames ? to : wanted + frames;
    if (sound && from < to)
        tb_port_get(port, &y, from - y.first, sound, from - wanted, to - from);
}

/* The base frame at which frame j of the sound has been made. */
static int64_t due(const tb_voices *v, int64_t j)
{
    const tb_time *t =
        tb_stream_plan_time(v->plan->plan, v->plan->method.output[0].value);
    return tb_time_due(t, j);
}

/* Runs the loop until `end`, which nobody told it what to say. */
static void run_freely(tb_voices *v, int64_t end, float *const *sound,
                       int64_t frames)
{
    for (int64_t now; (now = tb_stream_clock(v->stream)) < end;) {
        int64_t n = end - now < v->plan->block ? end - now : v->plan->block;
        write_prime(v, NULL, n);
        run_loop(v, n, sound, v->at, frames);
    }
}

/* The end of a prompt that fills no frame of symbols: the decoder alone hears
   it. What the network says of that time is not heard. */
static void hear_end(tb_voices *v)
{
    const prompt_sound p = {.pending = v->pending_frames};
    int64_t base = v->pending_frames * v->plan->method.base;
    if (base == 0)
        return;
    write_prime(v, &p, base);
    run_loop(v, base, NULL, 0, 0);
    v->at += v->pending_frames;
    v->pending_frames = 0;
}

static void run_on(tb_voices *v, float *const *sound, int64_t frames)
{
    hear_end(v);
    run_freely(v, due(v, v->at + frames - 1), sound, frames);
}

void tb_voices_run(tb_voices *voices, float *const *samples, int64_t frames)
{
    if (frames <= 0)
        return;
    const tb_native *native = voices->plan->method.native;
    if (native) {
        int64_t made = native->run(voices->native, samples, frames);
        voices->waits |= made < frames;
        skip(voices, samples, made, frames);
    } else {
        run_on(voices, samples, frames);
    }
    voices->at += frames;
    voices->runs_on = false;
    tb_voices_release_triggers(voices);
}

bool tb_voices_waits(const tb_voices *voices)
{
    return voices->waits;
}

/* ---- in and out ---- */

static int64_t frames_at(const tb_port *port, int64_t sound)
{
    return sound * port->frames / port->per;
}

int64_t tb_voices_put_block(tb_voices *v, const float *const *in, int64_t at,
                            int64_t n)
{
    const tb_method *m = &v->plan->method;
    const tb_port *from = &m->input[0];
    int64_t base = n * m->base / m->base_per;
    tb_tensor x = tb_stream_write(v->stream, from->value, base);
    tb_port_put(from, &x, in, frames_at(from, at), 0, frames_at(from, n));
    return base;
}

void tb_voices_get_block(tb_voices *v, float *const *out, int64_t at, int64_t n)
{
    const tb_port *to = &v->plan->method.output[0];
    tb_tensor y = tb_stream_read(v->stream, to->value);
    int64_t made = tb_port_frames(to, &y), late = frames_at(to, n) - made;
    skip(v, out, frames_at(to, at), frames_at(to, at) + late);
    tb_port_get(to, &y, 0, out, frames_at(to, at) + late, made);
}

void tb_voices_find_block(tb_voices *v, const float *const *in,
                          float *const *out, int64_t at)
{
    const tb_method *m = &v->plan->method;
    const tb_port *from = &m->input[0], *to = &m->output[0];
    for (int row = 0; row < v->settings.voices; row++) {
        v->in_at[row] = in[row] + frames_at(from, at) * from->channels;
        v->out_at[row] = out[row] + frames_at(to, at) * to->channels;
    }
}

static bool pass_native(tb_voices *v, const float *const *in, float *const *out,
                        int64_t at)
{
    tb_voices_find_block(v, in, out, at);
    return v->plan->method.native->process(v->native, v->in_at, v->out_at);
}

void tb_voices_process(tb_voices *voices, const float *const *in,
                       float *const *out, int64_t frames)
{
    const tb_method *m = &voices->plan->method;
    int64_t block = voices->plan->block * m->base_per / m->base;
    for (int64_t done = 0, n; done < frames; done += n) {
        n = frames - done < block ? frames - done : block;
        if (!m->native) {
            tb_stream_run(voices->stream,
                          tb_voices_put_block(voices, in, done, n));
            tb_voices_get_block(voices, out, done, n);
        } else if (!pass_native(voices, in, out, done)) {
            voices->waits = true;
            skip(voices, out, frames_at(&m->output[0], done),
                 frames_at(&m->output[0], done + n));
        }
    }
    tb_voices_release_triggers(voices);
}

int64_t tb_voices_grain(const tb_voices *voices)
{
    return voices->plan->method.native && voices->plan->method.input_count
               ? voices->plan->block
               : voices->plan->method.grain;
}

/* Seen from far enough on: frames that should have come and have not. */
static int64_t frames_late(const tb_voices *v)
{
    enum { FAR = 1 << 20 };
    const tb_method *m = &v->plan->method;
    const tb_port *to = &m->output[0];
    const tb_time *t = tb_stream_plan_time(v->plan->plan, to->value);
    int64_t sound = FAR * m->grain;
    int64_t made =
        t ? tb_time_count(t, sound * m->base / m->base_per) : INT64_MAX;
    return frames_at(to, sound) > made ? frames_at(to, sound) - made : 0;
}

int64_t tb_voices_latency(const tb_voices *voices)
{
    const tb_method *m = &voices->plan->method;
    if (m->native)
        return m->native->latency ? m->native->latency(voices->native) : 0;
    return m->input_count == 0
               ? 0
               : frames_late(voices) * m->output[0].per / m->output[0].frames;
}

/* ---- prompts ---- */

static void copy_symbols(const tb_tensor *to, const tb_tensor *from)
{
    size_t size = to->type == TB_I64 ? sizeof(int64_t) : sizeof(float);
    int64_t index[TB_RANK] = {0};
    if (tb_is_empty(to))
        return;
    do
        memcpy((char *)to->data + (ptrdiff_t)size * tb_offset_of(to, index),
               (const char *)from->data +
                   (ptrdiff_t)size * tb_offset_of(from, index),
               size);
    while (tb_next_index(to, index));
}

/* The symbols that the encoder made of the last block are what was said. */
static void hear_symbols(tb_voices *v, int64_t base)
{
    tb_tensor from =
        tb_stream_read(v->encoder, v->encode_plan->method.output[0].value);
    tb_tensor to = tb_stream_write(v->stream, v->plan->method.heard, base);
    copy_symbols(&to, &from);
}

/* Sound of a whole number of frames of symbols. */
static void hear(tb_voices *v, const prompt_sound *p)
{
    const tb_method *m = &v->encode_plan->method;
    int64_t frames = p->pending + p->frames;
    int64_t base = frames * v->plan->method.base;
    tb_tensor x = tb_stream_write(v->encoder, m->input[0].value, frames);
    put_prompt(v, &x, p);
    tb_stream_run(v->encoder, frames);
    hear_symbols(v, base);
    write_prime(v, p, base);
    run_loop(v, base, NULL, 0, 0);
}

static void keep_pending(tb_voices *v, const float *const *sound, int64_t from,
                         int64_t frames)
{
    for (int row = 0; row < v->settings.voices; row++)
        memcpy(v->pending + (row * v->symbols.per + v->pending_frames) *
                                (int64_t)v->channels,
               sound[row] + from * v->channels,
               sizeof(float) * (size_t)(frames * v->channels));
    v->pending_frames += frames;
}

/* A prompt begins with a frame of symbols: a loop that stands within one goes
   on to its end. */
static void begin_prompt(tb_voices *v)
{
    int64_t unit = v->symbols.per * v->plan->method.base;
    int64_t past = tb_stream_clock(v->stream) % unit;
    v->pending_frames = 0;
    if (past)
        run_freely(v, tb_stream_clock(v->stream) + unit - past, NULL, 0);
}

static void prompt_stream(tb_voices *v, const float *const *sound,
                          int64_t frames)
{
    int64_t per = v->symbols.per, block = v->plan->block / v->plan->method.base;
    int64_t from = v->runs_on ? 0 : frames % per;
    if (!v->runs_on)
        begin_prompt(v);
    while (v->pending_frames + frames - from >= per) {
        int64_t n = v->pending_frames + frames - from;
        n = n < block ? n / per * per : block;
        prompt_sound p = {v->pending_frames, n - v->pending_frames, sound,
                          from};
        hear(v, &p);
        v->pending_frames = 0;
        from += p.frames;
    }
    keep_pending(v, sound, from, frames - from);
    v->at = tb_stream_clock(v->stream) / v->plan->method.base;
}

void tb_voices_prompt(tb_voices *voices, const float *const *samples,
                      int64_t frames)
{
    if (frames <= 0)
        return;
    const tb_native *native = voices->plan->method.native;
    if (native && voices->plan->method.takes_prompt)
        native->prompt(voices->native, samples, frames);
    else if (voices->encoder)
        prompt_stream(voices, samples, frames);
    voices->runs_on = true;
}

void tb_voices_reset(tb_voices *voices, uint64_t seed)
{
    voices->at = voices->pending_frames = 0;
    voices->runs_on = false;
    if (voices->native) {
        voices->plan->method.native->reset(voices->native, seed);
        voices->waits = voices->plan->method.native->prepare != NULL;
    } else {
        tb_stream_reset(voices->stream, seed);
    }
    if (voices->encoder)
        tb_stream_reset(voices->encoder, seed);
}

/* ---- other weights ---- */

static bool plans_match(const tb_method_plan *a, const tb_method_plan *b)
{
    if (!a || !b || !a->plan || !b->plan)
        return !a && !b;
    return a->block == b->block && a->method.base == b->method.base &&
           tb_stream_plan_is_like(a->plan, b->plan);
}

bool tb_voices_take_over(tb_voices *voices, const tb_voices *from)
{
    int64_t per = voices->symbols.per;
    if (voices->channels != from->channels || per != from->symbols.per ||
        voices->settings.voices != from->settings.voices ||
        !plans_match(voices->plan, from->plan) ||
        !plans_match(voices->encode_plan, from->encode_plan))
        return false;
    tb_stream_take_over(voices->stream, from->stream);
    if (voices->encoder) {
        tb_stream_take_over(voices->encoder, from->encoder);
        memcpy(voices->pending, from->pending,
               sizeof(float) *
                   (size_t)(per * voices->settings.voices * voices->channels));
    }
    voices->pending_frames = from->pending_frames;
    voices->runs_on = from->runs_on;
    voices->at = from->at;
    return true;
}
