/* The numbers of voices, interleaved, in and out of the tensors of a method's
   ports: sound and latent vectors [rows, channels, frames], codes [rows,
   frames] or [rows, frames, channels]. */
#ifndef TB_GENERATE_PORT_NUMBERS_H
#define TB_GENERATE_PORT_NUMBERS_H

#include "base/realtime.h"
#include "models/method.h"

/* Frames that such a tensor holds. */
TB_REALTIME int64_t tb_port_frames(const tb_port *port, const tb_tensor *t);

/* Frames `from`... of numbers[row] become frames `at`... of the tensor. */
TB_REALTIME void tb_port_put(const tb_port *port, const tb_tensor *t,
                             const float *const *numbers, int64_t from,
                             int64_t at, int64_t frames);

/* The way back. */
TB_REALTIME void tb_port_get(const tb_port *port, const tb_tensor *t,
                             int64_t at, float *const *numbers, int64_t to,
                             int64_t frames);

#endif
