/* What became of a sound that went through a model: whether it kept pitch and
   loudness, and whose colour it has. Measured as in the evaluation of BRAVE
   (Caspe et al. 2025), from pitch and MFCC of tb_describe, without a network.
 */
#ifndef TB_JUDGE_TRANSFERRED_H
#define TB_JUDGE_TRANSFERRED_H

#include "base/status.h"

#include <stdint.h>

typedef struct tb_mono {
    const float *x;
    int64_t frames;
} tb_mono;

/* NaN: there was nothing to measure. */
typedef struct tb_transferred {
    double pitch_cents; /* how far apart pitches are where both have one: the
                           median */
    double pitch_kept;  /* the part of moments with a pitch that still have one,
                           within half a tone */
    double spectrum_db; /* how far spectra are apart (judge/spectra_apart.h) */
    double loudness_db; /* how far apart loudness is, after the whole is equally
                           loud: the mean, over moments above -60 dB */
    double level_db;    /* by how much the whole became louder */
    double from_source; /* how far the colour of what was made lies from that */
    double from_target; /* of the source, and from that of the target */
    double source_from_target; /* and how far these two are from each other */
} tb_transferred;

/* How loud and how high both are, for a picture. */
typedef struct tb_transfer_course {
    int count;
    double *seconds;                /* [count] */
    double *loudness[2], *pitch[2]; /* of the source, and of what was made;
                                       dB, and octaves above 55 Hz or NaN */
} tb_transfer_course;

/* `made` lies in time with `source`, which is as long. The target may be empty.
   Distances of colours are maximum mean discrepancies (Gretton et al. 2012, the
   square root of equation 5) of MFCC 1 to 12 of windows of 64 ms above -60 dB,
   each brought to deviation 1 over both sounds, with a Gaussian kernel as wide
   as half of the pairs are near; of at most 800 windows of each. 0: alike; near
   1: nothing in common. `course` may be null; else the caller clears it. */
tb_status tb_transfer_measure(tb_mono source, tb_mono made, tb_mono target,
                              double sample_rate, tb_transferred *out,
                              tb_transfer_course *course, tb_error *error);

void tb_transfer_course_clear(tb_transfer_course *course);

#endif
