/* Power spectra and MFCC as plain functions, for descriptors and
   pictures. Frames are not centred: frame j looks at the samples from j * hop
   on. */
#ifndef TB_DSP_SPECTRUM_H
#define TB_DSP_SPECTRUM_H

#include "base/realtime.h"
#include "base/status.h"
#include "dsp/mel.h"

#include <stdint.h>

/* ---- short-time spectra ---- */

typedef struct tb_spectrum tb_spectrum;

/* A Hann window of `size` samples, a power of two from 4 to 2^26. Null when it
   is not, or without memory. */
tb_spectrum *tb_spectrum_new(int size);
void tb_spectrum_free(tb_spectrum *spectrum);

/* Samples of a spectrum that lasts so long: the first power of two, from 64 on.
 */
TB_REALTIME int tb_spectrum_size(double seconds, double sample_rate);

/* size / 2 + 1 */
TB_REALTIME int tb_spectrum_bins(const tb_spectrum *spectrum);

/* The power, |X|^2, of `size` samples from x[start] on, those outside 0..n-1
   being zero. Scaled so that a full-scale sine peaks at 1 (0 dB). Not for two
   threads at a time. power: [bins] */
TB_REALTIME void tb_spectrum_power(tb_spectrum *spectrum, const float *x,
                                   int64_t n, int64_t start, float *power);

/* How many whole frames n samples have; a shorter sound has one, padded. */
TB_REALTIME int64_t tb_spectrum_frames(int64_t n, int size, int hop);

/* Powers (or their roots) of all frames. out: [frames, bins] */
void tb_stft_power(tb_spectrum *spectrum, const float *x, int64_t n, int hop,
                   float *out);
void tb_stft_magnitude(tb_spectrum *spectrum, const float *x, int64_t n,
                       int hop, float *out);

/* ---- cepstra ---- */

/* Mel powers into cepstral coefficients: the orthonormal DCT-II of
   10 log10(power + 1e-10). Coefficient 0 is loudness. bands_power: [bands],
   out: [count], count <= bands */
TB_REALTIME void tb_mfcc(const float *bands_power, int bands, int count,
                         float *out);

#endif
