/* Where a sound is best cut: where no click is heard, and no attack is hurt. */
#ifndef TB_DSP_CUT_POINT_H
#define TB_DSP_CUT_POINT_H

#include <stdint.h>

/* x: [n, channels]. Returns the frame, 0 to n - 1, that a cut is made before:
   a frame at which the mean of the channels crosses zero (or is nearest to it
   where none does), within `reach` frames of `wanted`. Of several the one where
   all channels together are quietest wins, and the nearer one of equals. */
int64_t tb_cut_point(const float *x, int64_t n, int channels, int64_t wanted,
                     int64_t reach);

/* The frame at which the attack begins that is strongest near `wanted`: the
   foot of the steepest rise of the level (in dB, over millisecond steps)
   within `reach` frames, where nearer ones count more. */
int64_t tb_attack_start(const float *x, int64_t n, int channels,
                        double sample_rate, int64_t wanted, int64_t reach);

#endif
