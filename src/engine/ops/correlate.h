/* Filters that are another one for each row. */
#ifndef TB_ENGINE_OPS_CORRELATE_H
#define TB_ENGINE_OPS_CORRELATE_H

#include "engine/op.h"

/* taps [..., n] and x [..., m] to [..., m - n + 1], axes before the last alike
   in both; 1 <= n <= m:
   y[..., j] = sum over i of taps[..., i] x[..., i + j], added up in this order,
   which is what a filter with its taps turned round gives where it knows all of
   its past. Any axis but the last may count frames. */
tb_value *tb_correlate(tb_value *taps, tb_value *x);

extern const tb_op tb_op_correlate; /* (taps, x) */

#endif
