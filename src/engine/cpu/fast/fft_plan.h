/* What a plan holds: a complex transform of `size` points over the radices,
   n/2 points of which real n make two each, or n for odd n. */
#ifndef TB_ENGINE_CPU_FAST_FFT_PLAN_H
#define TB_ENGINE_CPU_FAST_FFT_PLAN_H

#include "engine/cpu/fast/fast.h"

enum { TB_FFT_STAGES = 32 };

struct tb_fft {
    int n, size;
    int radix[TB_FFT_STAGES]; /* ended by 0 */
    float *turn;              /* [size][2]: exp(-2 pi i k / size) */
    float *half_turn;         /* [size][2], for even n: exp(-2 pi i k / n) */
    size_t buffer; /* real numbers per lane in each of the two buffers */
};

#endif
