/* The one table of tolerances: how far results may lie apart, relative to the
   norm of what is compared. */
#ifndef TB_TEST_TOLERANCE_H
#define TB_TEST_TOLERANCE_H

#define TOL_GOLDEN 1e-6     /* double against PyTorch's double */
#define TOL_DIFFERENCE 1e-5 /* gradients against finite differences */
#define TOL_FLOAT 2e-5      /* float against double, one backend to another */
#define TOL_FLOAT_DEEP 2e-4 /* the same through recurrence and many layers */
#define TOL_HALF 5e-3       /* weights in 16 bits */

/* Gradients of logarithms of spectra: PyTorch's own floats are off by 1.7e-3 */
#define TOL_FLOAT_SPECTRAL 2e-3

#endif
