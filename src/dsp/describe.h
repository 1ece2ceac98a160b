/* What a mono signal sounds like over time, in numbers. */
#ifndef TB_DSP_DESCRIBE_H
#define TB_DSP_DESCRIBE_H

#include "base/status.h"

#include <stdint.h>

/* Zeroes mean the defaults in brackets. */
typedef struct tb_describe_options {
    int size;         /* window, a power of two [the nearest to 64 ms] */
    int hop;          /* [size / 2] */
    int mel_bands;    /* [40] */
    int coefficients; /* of the MFCC, at most mel_bands [13] */
    double low_hz;    /* lowest pitch and mel band [50] */
    double high_hz;   /* highest pitch [1500, at most sample_rate / 4] */
} tb_describe_options;

/* Each array is [frames]; frame j starts at sample j * hop. */
typedef struct tb_description {
    int64_t frames;
    int size, hop;
    int coefficients;
    double sample_rate;
    float *loudness; /* root mean square, dBFS, at least -120 */
    float *crest;    /* peak over root mean square, dB; a sine has 3 */
    float *centroid; /* centre of the magnitude spectrum, Hz */
    float *flatness; /* geometric over arithmetic mean of the power spectrum,
                        0 (a tone) to 1; white noise has about 0.56 */
    float *flux;     /* change of the magnitude spectrum since the frame
                        before, 0 (none) to 1 (nothing in common) */
    float *pitch;    /* Hz; 0 where nothing repeats */
    float *strength; /* how exactly it repeats after 1 / pitch, 0 to 1 */
    float *mfcc;     /* [frames, coefficients], of 10 log10(power) */
    float *chroma;   /* [frames, 12], how strong each note is in all octaves
                        from 65 Hz to 4 kHz, C first: parts of 1; 0 in
                        silence */
} tb_description;

/* Describes n samples. `options` may be null. The caller clears `out`, which
   is empty after a failure. Pitch follows P. McLeod and G. Wyvill, "A smarter
   way to find pitch", ICMC 2005 (equation 9). */
tb_status tb_describe(const float *x, int64_t n, double sample_rate,
                      const tb_describe_options *options, tb_description *out,
                      tb_error *error);

/* Frees the arrays and empties the description. */
void tb_description_clear(tb_description *description);

#endif
