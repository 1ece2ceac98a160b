/* The numbers of golden/inputs.py. */
#ifndef TB_TEST_NOISE_H
#define TB_TEST_NOISE_H

#include <stdint.h>

static inline double noise(int64_t seed, int64_t i)
{
    uint32_t u = (uint32_t)((uint64_t)i * 2654435761u +
                            (uint64_t)(seed * 40503 + 12345));
    u = (u ^ u >> 15) * 2246822519u;
    u = (u ^ u >> 13) * 3266489917u;
    return (u ^ u >> 16) / 2147483648.0 - 1;
}

#endif
