#include "engine/cpu/rings.h"

#include "engine/cpu/storage.h"

#include <string.h>

/* Frame `at`, counted from `data`, of a run of frames. */
static TB_REALTIME char *frame_at(const tb_tensor *t, int64_t run, int64_t at,
                                  size_t size)
{
    int64_t o = tb_run_offset(t, run) + at * t->stride[t->time];
    return (char *)t->data + (ptrdiff_t)size * o;
}

/* Frames as a tensor of their own. */
static TB_REALTIME tb_tensor frames_of(const tb_tensor *t, int64_t at,
                                       int64_t count, size_t size)
{
    tb_tensor frames = *t;
    frames.data = frame_at(t, 0, at, size);
    frames.dim[t->time] = count;
    return frames;
}

static TB_REALTIME void feed(const tb_ring_job *job, const tb_tensor *ring,
                             const tb_tensor *source, size_t size)
{
    tb_tensor to = frames_of(ring, job->at, job->count, size);
    tb_tensor from = frames_of(source, job->from, job->count, size);
    tb_storage_host.copy(&to, &from, size);
}

void tb_ring_do(const tb_ring_job *job, const tb_tensor *tensors,
                size_t real_size)
{
    const tb_tensor *t = &tensors[job->ring];
    size_t size = tb_type_size(t->type, real_size);
    size_t bytes = (size_t)(job->count * t->stride[t->time]) * size;
    if (job->action == TB_RING_FEED) {
        feed(job, t, &tensors[job->source], size);
        return;
    }
    for (int64_t i = 0; i < tb_runs(t); i++)
        if (job->action == TB_RING_SLIDE)
            memmove(frame_at(t, i, job->at, size),
                    frame_at(t, i, job->from, size), bytes);
        else
            memset(frame_at(t, i, job->at, size), 0, bytes);
}
