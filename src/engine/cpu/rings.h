/* Rings of frames in the host's memory. */
#ifndef TB_ENGINE_CPU_RINGS_H
#define TB_ENGINE_CPU_RINGS_H

#include "engine/beat.h"
#include "engine/tensor.h"

/* `tensors` by value id. */
TB_REALTIME void tb_ring_do(const tb_ring_job *job, const tb_tensor *tensors,
                            size_t real_size);

#endif
