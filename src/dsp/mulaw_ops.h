/* Mu-law levels (dsp/mulaw.h) as ops: what tb_mulaw_quantise and
   tb_mulaw_expand compute, inside a graph. */
#ifndef TB_DSP_MULAW_OPS_H
#define TB_DSP_MULAW_OPS_H

#include "dsp/mulaw.h"
#include "engine/graph.h"

/* Samples from -1 to 1 [...] to levels, i64 [...]: those of
   tb_mulaw_quantise. */
tb_value *tb_mulaw_levels(tb_value *x, const tb_mulaw *law);

/* Levels, i64 [...], to the samples at their centres, real [...]: those of
   tb_mulaw_expand. */
tb_value *tb_mulaw_samples(tb_value *levels, const tb_mulaw *law);

/* The smallest float that becomes level q or a higher one; q from 1. */
float tb_mulaw_bound(const tb_mulaw *law, int q);

#endif
