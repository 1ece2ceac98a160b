/* Linear prediction that adapts to the past alone: what anybody can know of the
   next sample who has heard those before it and remembers spectra, not music.

   Every `interval` samples the predictor is fitted anew to what was heard, by
   the autocorrelation of a window that is weighted to the recent past and
   computed recursively: h(m) = (m + 1) l^m, m samples ago (T. P. Barnwell,
   "Recursive windowing for generating autocorrelation coefficients for LPC
   analysis", IEEE Trans. ASSP 29, 1981), solved by Levinson and Durbin. Around
   the guess lies a mixture of three Gaussians in units of the residuals of
   late. All is computed sample by sample in double precision: the same bits for
   any blocks. */
#ifndef TB_DSP_LINEAR_PREDICTION_H
#define TB_DSP_LINEAR_PREDICTION_H

#include "base/realtime.h"
#include "base/status.h"

#include <stdint.h>

enum { TB_LP_MOST_ORDER = 1024 };

/* Zeroes mean the defaults in brackets. */
typedef struct tb_lp_settings {
    int order;     /* samples of the past that a guess uses, 1 to 1024 [32] */
    double window; /* samples until the window has its peak [20 * order] */
    int interval;  /* samples between fits [128] */
} tb_lp_settings;

typedef struct tb_lp tb_lp;

/* At rest: before it was heard, everything was 0. */
tb_lp *tb_lp_new(const tb_lp_settings *settings, tb_error *error);
void tb_lp_free(tb_lp *lp);

/* Forgets everything. */
TB_REALTIME void tb_lp_restart(tb_lp *lp);

/* What is expected of one sample, before it is heard. */
typedef struct tb_lp_guess {
    double mean, scale; /* scale: root mean square of residuals of late */
} tb_lp_guess;

/* Hears n samples, one after another; `guess` [n] (null: not wanted) are those
   made before each. Samples that are not finite are heard as 0. */
TB_REALTIME void tb_lp_run(tb_lp *lp, const float *x, int64_t n,
                           tb_lp_guess *guess);

/* The probability of low to high (either may be infinite) under a guess: a
   quarter each lies in Gaussians of half and twice the scale, the rest in one
   of the scale itself. */
TB_REALTIME double tb_lp_mass(const tb_lp_guess *guess, double low,
                              double high);

#endif
