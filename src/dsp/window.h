/* Windows of short-time spectra. */
#ifndef TB_DSP_WINDOW_H
#define TB_DSP_WINDOW_H

#include <stdint.h>

typedef enum tb_window_kind {
    TB_WINDOW_BELL, /* a Gaussian curve, 0.0014 at its ends */
    TB_WINDOW_HANN  /* 1 - cos, of period n */
} tb_window_kind;

/* n numbers, of which half the sum is 1: a full-scale sine then has a magnitude
   of 1. */
void tb_window_fill(tb_window_kind kind, int64_t n, double *window);

/* exp(-pi t^2 / spread), t from -1/2 to 1/2, is the Gaussian curve nearest to
   the window (Prusa, Balazs and Sondergaard 2017, "A noniterative method for
   reconstruction of phase from STFT magnitude", table I). */
double tb_window_spread(tb_window_kind kind);

/* The modified Bessel function of order 0 (Abramowitz and Stegun 1964, 9.6.12),
   of which Kaiser's windows are made. */
double tb_bessel0(double x);

/* Kaiser's window (1974), symmetric: n numbers, 1 in the middle. */
void tb_window_kaiser(int64_t n, double beta, double *window);

#endif
