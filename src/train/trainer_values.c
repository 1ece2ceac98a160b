/* What goes into plans and comes out of them: the only place of the trainer
   that knows how their values lie. */
#include "engine/layout.h"
#include "train/trainer_state.h"

#include <math.h>

/* The next index in logical order. */
static void advance(const tb_tensor *t, int64_t index[TB_RANK])
{
    for (int i = t->rank - 1; i >= 0 && ++index[i] == t->dim[i]; i--)
        index[i] = 0;
}

static int64_t place_of(const tb_tensor *t, const int64_t index[TB_RANK])
{
    int64_t at = 0;
    for (int i = 0; i < t->rank; i++)
        at += index[i] * t->stride[i];
    return at;
}

int64_t tb_tensor_count(const tb_tensor *t)
{
    return tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
}

void tb_tensor_write_sound(const tb_tensor *to, const float *from)
{
    int64_t frames = to->dim[2], channels = to->dim[1];
    for (int64_t row = 0; row < to->dim[0]; row++)
        for (int64_t i = 0; i < frames; i++)
            for (int64_t ch = 0; ch < channels; ch++)
                ((float *)to->data)[row * to->stride[0] + ch * to->stride[1] +
                                    i * to->stride[2]] =
                    from[(row * frames + i) * channels + ch];
}

void tb_tensor_write_number(const tb_tensor *to, double x)
{
    *(float *)to->data = (float)x;
}

double tb_tensor_number(const tb_tensor *from)
{
    return from ? *(const float *)from->data : NAN;
}

void tb_tensor_add_to(const tb_tensor *from, double factor, double *to)
{
    int64_t index[TB_RANK] = {0}, n = tb_tensor_count(from);
    for (int64_t k = 0; k < n; k++, advance(from, index)) {
        int64_t at = place_of(from, index);
        to[k] += factor * (from->type == TB_I64
                               ? (double)((const int64_t *)from->data)[at]
                               : ((const float *)from->data)[at]);
    }
}

void tb_tensor_read(const tb_tensor *from, float *to)
{
    int64_t index[TB_RANK] = {0}, n = tb_tensor_count(from);
    for (int64_t k = 0; k < n; k++, advance(from, index))
        to[k] = ((const float *)from->data)[place_of(from, index)];
}

void tb_tensor_write(const tb_tensor *to, const double *from)
{
    int64_t index[TB_RANK] = {0}, n = tb_tensor_count(to);
    for (int64_t k = 0; k < n; k++, advance(to, index))
        ((float *)to->data)[place_of(to, index)] = (float)from[k];
}
