/* A bank of filters (dsp/pqmf.h) in graphs, for networks that hear and say
   bands. As all builders these take null for null and leave errors in the
   graph. The bank's numbers become constants: it may be cleared afterwards.

   Bands whose spectra lie mirrored are turned upright by the number of the
   frame, so streams of any blocks give what the whole signal gives. */
#ifndef TB_DSP_PQMF_OPS_H
#define TB_DSP_PQMF_OPS_H

#include "dsp/pqmf.h"
#include "engine/graph.h"

#include <stdbool.h>

/* x real [rows, channels, frames] to [rows, channels * bands, frames / bands],
   rounded up: frame j lies in the middle of what it reads, around frame
   j * bands of x, or causal: at its end. */
tb_value *tb_pqmf_analyse(tb_value *x, const tb_pqmf *bank, bool causal);

/* And back: real [rows, channels * bands, frames] to [rows, channels,
   frames * bands]. */
tb_value *tb_pqmf_synthesise(tb_value *x, const tb_pqmf *bank, bool causal);

/* What comes back is the signal so many frames later: taps - 1 if causal, else
   0. In a stream it is that late in both cases: what is not causal waits. */
int64_t tb_pqmf_delay(const tb_pqmf *bank, bool causal);

#endif
