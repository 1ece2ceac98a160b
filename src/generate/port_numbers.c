#include "generate/port_numbers.h"

/* Strides of a row, a channel and a frame. */
typedef struct port_place {
    int64_t row, channel, frame;
    int channels;
} port_place;

static int frame_axis(const tb_port *port, const tb_tensor *t)
{
    bool codes = port->kind == TB_PORT_SYMBOLS && port->levels > 0;
    return codes || t->rank == 2 ? 1 : 2;
}

static port_place place_of(const tb_port *port, const tb_tensor *t)
{
    int frames = frame_axis(port, t);
    return (port_place){.row = t->stride[0],
                        .channel = t->rank == 2 ? 0 : t->stride[3 - frames],
                        .frame = t->stride[frames],
                        .channels = port->channels ? port->channels : 1};
}

int64_t tb_port_frames(const tb_port *port, const tb_tensor *t)
{
    return t->dim[frame_axis(port, t)];
}

void tb_port_put(const tb_port *port, const tb_tensor *t,
                 const float *const *numbers, int64_t from, int64_t at,
                 int64_t frames)
{
    port_place p = place_of(port, t);
    for (int64_t row = 0; frames > 0 && row < t->dim[0]; row++)
        for (int64_t ch = 0; ch < p.channels; ch++) {
            const float *x = numbers[row] + from * p.channels + ch;
            int64_t to = row * p.row + ch * p.channel + at * p.frame;
            if (t->type == TB_I64)
                for (int64_t i = 0; i < frames; i++)
                    ((int64_t *)t->data)[to + i * p.frame] =
                        (int64_t)x[i * p.channels];
            else
                for (int64_t i = 0; i < frames; i++)
                    ((float *)t->data)[to + i * p.frame] = x[i * p.channels];
        }
}

void tb_port_get(const tb_port *port, const tb_tensor *t, int64_t at,
                 float *const *numbers, int64_t to, int64_t frames)
{
    port_place p = place_of(port, t);
    for (int64_t row = 0; row < t->dim[0]; row++)
        for (int64_t ch = 0; ch < p.channels; ch++) {
            float *x = numbers[row] + to * p.channels + ch;
            int64_t from = row * p.row + ch * p.channel + at * p.frame;
            if (t->type == TB_I64)
                for (int64_t i = 0; i < frames; i++)
                    x[i * p.channels] =
                        (float)((int64_t *)t->data)[from + i * p.frame];
            else
                for (int64_t i = 0; i < frames; i++)
                    x[i * p.channels] = ((float *)t->data)[from + i * p.frame];
        }
}
