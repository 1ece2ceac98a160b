/* Channels as one row of samples, left first, as in sound files. */
#ifndef TB_DSP_INTERLEAVE_H
#define TB_DSP_INTERLEAVE_H

#include "engine/graph.h"

/* [rows, channels, frames] to [rows, frames * channels], and back. */
tb_value *tb_interleave(tb_value *x);
tb_value *tb_deinterleave(tb_value *x, int64_t channels);

#endif
