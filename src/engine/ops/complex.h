/* Complex numbers (TB_C64). Sums, differences, products and quotients are
   those of ops/elementwise.h. A gradient with respect to z is d loss / d
   real(z)
   + i d loss / d imag(z), as in PyTorch. Complex values have at most
   TB_RANK - 1 axes. */
#ifndef TB_ENGINE_OPS_COMPLEX_H
#define TB_ENGINE_OPS_COMPLEX_H

#include "engine/op.h"

/* [...] of complex numbers as [..., 2] of reals, real part first, and back
   (torch.view_as_real, view_as_complex): views where memory allows. The last
   axis of x is not time. */
tb_value *tb_as_real(tb_value *z);
tb_value *tb_as_complex(tb_value *x);

/* Two reals of one shape, at most one of them null (0). */
tb_value *tb_complex(tb_value *re, tb_value *im);

tb_value *tb_real_part(tb_value *z);
tb_value *tb_imag_part(tb_value *z);
tb_value *tb_conj(tb_value *z);

/* e to the power z. */
tb_value *tb_complex_exp(tb_value *z);

/* r (cos angle + i sin angle) */
tb_value *tb_polar(tb_value *r, tb_value *angle);

/* The magnitude and the angle (from -pi to pi), real. Their gradients are 0
   at 0. */
tb_value *tb_magnitude(tb_value *z);
tb_value *tb_angle(tb_value *z);

extern const tb_op tb_op_as_real;
extern const tb_op tb_op_as_complex;
extern const tb_op tb_op_magnitude;
extern const tb_op tb_op_magnitude_grad; /* (z, dy) -> dz */
extern const tb_op tb_op_angle;
extern const tb_op tb_op_angle_grad; /* (z, dy) -> dz */

#endif
