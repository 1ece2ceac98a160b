/* What goes into plans and comes out of them: the only place of the trainer
   that knows how their values lie. */
#include "base/memory.h"
#include "train/trainer_state.h"

#include <math.h>
#include <string.h>

int64_t tb_tensor_count(const tb_tensor *t)
{
    return tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
}

static size_t size_of(const tb_tensor *t)
{
    return tb_type_size(t->type, sizeof(float));
}

void tb_trainer_copy(const tb_trainer *t, const tb_tensor *to,
                     const tb_tensor *from)
{
    t->storage->copy(to, from, size_of(to));
}

void tb_trainer_pack(const tb_trainer *t, void *to, const tb_tensor *from)
{
    const tb_tensor packed = tb_tensor_packed(from, to);
    tb_trainer_copy(t, &packed, from);
}

void tb_trainer_unpack(const tb_trainer *t, const tb_tensor *to, void *from)
{
    const tb_tensor packed = tb_tensor_packed(to, from);
    tb_trainer_copy(t, to, &packed);
}

void tb_trainer_copy_frames(const tb_trainer *t, const tb_tensor *to,
                            void *from)
{
    if (to->type == TB_I64) {
        tb_trainer_unpack(t, to, from);
        return;
    }
    tb_tensor interleaved = *to;
    int64_t channels = to->dim[1], frames = to->dim[2];
    interleaved.data = from;
    interleaved.stride[0] = channels * frames;
    interleaved.stride[1] = 1;
    interleaved.stride[2] = channels;
    tb_trainer_copy(t, to, &interleaved);
}

double tb_trainer_look(const tb_trainer *t, const tb_tensor *from)
{
    float x = NAN;
    if (from)
        t->storage->read(&x, from->data, sizeof x);
    return x;
}

/* Integers and reals, one behind the other, as doubles. */
static void widen(const tb_tensor *t, const void *from, double *to)
{
    for (int64_t i = 0; i < tb_tensor_count(t); i++)
        to[i] = t->type == TB_I64 ? (double)((const int64_t *)from)[i]
                                  : ((const float *)from)[i];
}

tb_status tb_trainer_look_at_all(const tb_trainer *t, const tb_tensor *from,
                                 double *to, tb_error *error)
{
    size_t bytes = (size_t)tb_tensor_count(from) * size_of(from);
    void *there = t->storage->alloc(bytes + 1), *here = tb_alloc(bytes + 1);
    tb_status status = there && here ? TB_OK : tb_fail_memory(error);
    if (!status) {
        tb_trainer_pack(t, there, from);
        t->storage->read(here, there, bytes);
        widen(from, here, to);
    }
    t->storage->free(there);
    tb_free(here);
    return status;
}
