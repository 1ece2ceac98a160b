/* A player that goes on where another one stands. */
#include "live/player_state.h"

#include <string.h>

static bool same_port(const tb_port_facts *a, const tb_port_facts *b)
{
    return a->channels == b->channels && a->frames == b->frames &&
           a->per == b->per && a->is_sound == b->is_sound;
}

static bool same_shape(const tb_player *a, const tb_player *b)
{
    const tb_timing *t = &a->timing, *u = &b->timing;
    return a->mode == b->mode && a->rows == b->rows &&
           a->has_input == b->has_input && a->pass == b->pass &&
           a->latency == b->latency && t->host == u->host &&
           t->model == u->model && t->block == u->block &&
           t->grain == u->grain && t->delays == u->delays &&
           same_port(&a->out_port, &b->out_port) &&
           (!a->has_input || same_port(&a->in_port, &b->in_port));
}

/* Whether nobody else is at its voices. */
static bool is_free(const tb_player *p)
{
    return atomic_load_explicit(&p->state, memory_order_acquire) ==
               PLAYER_PLAYS &&
           (!p->runner || tb_runner_is_idle(p->runner)) &&
           (!p->slices || !tb_slices_is_amid(p->slices));
}

static void copy_tapes(tb_live_tape *to, const tb_live_tape *from, int count)
{
    for (int i = 0; i < count; i++)
        memcpy(to[i].data, from[i].data,
               2 * sizeof(float) * (size_t)from[i].size);
}

static void copy_rows(float *const *to, float *const *from, int rows,
                      const tb_port_facts *port, int64_t pass)
{
    int64_t n = pass * port->frames / port->per * port->channels;
    for (int row = 0; row < rows; row++)
        memcpy(to[row], from[row], sizeof(float) * (size_t)n);
}

static void copy_blocks(tb_player *p, const tb_player *from)
{
    for (int i = 0; i < 2; i++) {
        if (p->has_input)
            copy_rows(p->block[i].in, from->block[i].in, p->rows, &p->in_port,
                      p->pass);
        copy_rows(p->block[i].out, from->block[i].out, p->rows, &p->out_port,
                  p->pass);
        p->block[i].frames = from->block[i].frames;
        p->block[i].silent = from->block[i].silent;
    }
}

bool tb_player_is_like(const tb_player *p, const tb_player *from)
{
    return !p->is_prompted && same_shape(p, from);
}

bool tb_player_take_over(tb_player *p, const tb_player *from)
{
    if (!tb_player_is_like(p, from) || !is_free(p) || !is_free(from) ||
        !tb_voices_take_over(p->voices, from->voices))
        return false;
    copy_tapes(p->heard, from->heard, p->inputs);
    copy_tapes(p->made, from->made, p->outputs);
    copy_blocks(p, from);
    p->host_frames = from->host_frames;
    p->model_frames = from->model_frames;
    p->port_frames = from->port_frames;
    p->filling = from->filling;
    p->fill = from->fill;
    p->owed = from->owed;
    p->asked = from->asked;
    if (p->slices && p->owed)
        tb_slices_begin(p->slices, 1 - p->filling);
    p->gain = from->gain;
    p->tail = from->tail;
    memcpy(p->last, from->last, sizeof *p->last * (size_t)p->outputs);
    return true;
}
