/* Ops that change how many frames there are: each several times, or several as
   one; and one that tells even frames from odd ones. Their attributes are a
   tb_axis_attr. */
#ifndef TB_ENGINE_OPS_FRAMES_H
#define TB_ENGINE_OPS_FRAMES_H

#include "engine/ops/shape.h"

/* Each frame `factor` times: frame j is frame floor(j / factor) of x. */
tb_value *tb_repeat(tb_value *x, int64_t factor);

/* Periods of p frames become an axis of p behind the time axis: frame j holds
   frames j*p ... j*p + p - 1 of x; floor(frames / p) of them. */
tb_value *tb_fold(tb_value *x, int64_t p);

/* The axis behind the time axis merges into it: the inverse of tb_fold. */
tb_value *tb_unfold(tb_value *x);

/* x, but in even frames (0, 2...) of the signal what lies at odd indices of
   `axis` (not time) is negated: bands of a filter bank that keeps one frame in
   so many, whose spectra lie mirrored, come out upright. Its own adjoint. */
tb_value *tb_alternate(tb_value *x, int axis);

extern const tb_op tb_op_repeat;
extern const tb_op tb_op_fold;
extern const tb_op tb_op_unfold;
extern const tb_op tb_op_alternate;

#endif
