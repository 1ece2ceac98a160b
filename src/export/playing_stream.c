#include "base/random.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "export/playing.h"

#include <string.h>

/* Of the noise that the prompt is told with the second time. */
static const double hair = 3e-6;

/* With which of the host's blocks the model plays one. */
static int64_t host_block(const tb_playing *p, int64_t block)
{
    return p->rate ? tb_nn_rate_brought(p->rate, block) : block;
}

/* Zeros until the first frame comes. */
static void run_stream(tb_playing *p, tb_stream *s)
{
    const tb_method *m = &p->method;
    int64_t n = p->in_frames / p->blocks;
    for (int64_t b = 0; b < p->blocks; b++) {
        for (int i = 0; i < m->control_count; i++)
            if (tb_playing_is_switch(m->control[i]))
                tb_playing_turn(tb_stream_control(s, m->control_value[i]),
                                tb_playing_is_on(p, i, host_block(p, b)));
        tb_tensor x = tb_stream_write(s, m->input[0].value, p->unit);
        tb_playing_put(p, &m->input[0], &x, b * n, n);
        tb_stream_run(s, p->unit);
        tb_tensor y = tb_stream_read(s, m->output[0].value);
        tb_playing_get(p, &y, p->stream, y.first + p->late);
    }
}

/* ---- a loop ---- */

/* The symbols of the sound that is heard; null after an error. */
static tb_plan *encode(tb_playing *p, tb_error *error)
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
    tb_playing_put(p, &m->input[0], tb_plan_tensor(plan, m->input[0].value), 0,
                   p->in_frames);
    tb_plan_run(plan, 0, NULL);
    return plan;
}

/* Frames of symbols from one tensor to another. */
static void tell(const tb_playing *p, const tb_tensor *from, int64_t first,
                 const tb_tensor *to, int64_t n)
{
    const tb_port *port = &p->method.output[1];
    size_t size = tb_type_size(to->type, sizeof(float));
    int64_t channels = port->channels ? port->channels : 1;
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < channels; ch++)
            for (int64_t j = 0; j < n; j++)
                memcpy((char *)to->data +
                           (size_t)tb_playing_place(port, to, row, ch, j) *
                               size,
                       (const char *)from->data +
                           (size_t)tb_playing_place(port, from, row, ch,
                                                    first + j) *
                               size,
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
static void tell_sound(const tb_playing *p, tb_stream *s, int64_t first,
                       int64_t n, bool listens)
{
    const tb_method *m = &p->method;
    if (!m->prime)
        return;
    tb_tensor x = tb_stream_write(s, m->prime, n);
    tb_playing_put(p, &m->output[0], &x, first, n);
    if (p->shakes)
        shake(&x, first);
    tb_tensor is = tb_stream_write(s, m->primed, n);
    tb_playing_turn(&is, listens);
}

/* As it stands where the symbol ends. */
static bool listens_at(const tb_playing *p, int64_t symbol)
{
    int64_t per = p->method.output[1].per;
    const float *gate = p->in + (p->as->numbers[0] - 1) * p->in_frames;
    return gate[(symbol + 1) * per - 1] > 0.5f;
}

/* In runs of symbols at which it listens, or does not. */
static void run_loop(tb_playing *p, tb_stream *s, const tb_tensor *symbols)
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
        tb_playing_get(p, &y, p->shakes ? p->shaken : p->stream,
                       y.first + p->late);
    }
}

/* The first symbol is drawn when a stream begins: with the controls as they
   stand. */
static tb_status play_loop(tb_playing *p, tb_stream *s, tb_error *error)
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

tb_status tb_play_stream(tb_playing *p, tb_error *error)
{
    const tb_method *m = &p->method;
    tb_value *y = m->output[0].value;
    tb_stream_settings how = {.params = p->nn->checkpoint->params,
                              .n_max = p->unit,
                              .quantum = m->heard ? 1 : p->unit};
    tb_stream_plan *plan = tb_stream_plan_new(m->graph, 1, &y, &how, error);
    tb_stream *s = plan ? tb_stream_new(plan, 0, error) : NULL;
    for (int i = 0; s && i < m->control_count; i++)
        tb_playing_turn(tb_stream_control(s, m->control_value[i]),
                        tb_playing_turned(m->control[i]));
    tb_status status = s ? TB_OK : error->status;
    if (s && m->heard)
        status = play_loop(p, s, error);
    else if (s)
        run_stream(p, s);
    tb_stream_free(s);
    tb_stream_plan_free(plan);
    return status;
}
