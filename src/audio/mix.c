#include "audio/mix.h"

void tb_mix(const float *in, int has, float *out, int wanted, int64_t frames)
{
    for (int64_t i = 0; i < frames; i++, in += has, out += wanted) {
        if (wanted == 1) {
            double sum = 0;
            for (int ch = 0; ch < has; ch++)
                sum += in[ch];
            out[0] = (float)(sum / has);
            continue;
        }
        for (int ch = 0; ch < wanted; ch++)
            out[ch] = in[ch < has ? ch : 0];
    }
}
