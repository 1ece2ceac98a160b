#include "cli/latency_guess.h"

#include "base/memory.h"

#include <math.h>

enum { STEP = 64 };
static const double most_latency = 1.5;

static void envelope(const float *x, int64_t steps, int channels, double *e)
{
    double mean = 0;
    for (int64_t s = 0; s < steps; s++) {
        double sum = 1e-8;
        for (int64_t i = 0; i < STEP * channels; i++) {
            double v = (double)x[s * STEP * channels + i];
            sum += v * v;
        }
        e[s] = log(sum);
        mean += e[s] / (double)steps;
    }
    for (int64_t s = 0; s < steps; s++)
        e[s] -= mean;
}

int64_t cli_guess_latency(const float *dry, const float *wet, int64_t frames,
                          int channels, double sample_rate)
{
    int64_t steps = frames / STEP, best = 0;
    int64_t most = (int64_t)(most_latency * sample_rate / STEP);
    double highest = 0;
    double *e = steps > 1 ? tb_alloc_array((size_t)steps, 2 * sizeof *e) : NULL;
    if (!e)
        return -1;
    envelope(dry, steps, channels, e);
    envelope(wet, steps, channels, e + steps);
    for (int64_t lag = 0; lag <= most && lag < steps / 2; lag++) {
        double sum = 0;
        for (int64_t s = 0; s + lag < steps; s++)
            sum += e[s] * e[steps + s + lag];
        sum /= (double)(steps - lag);
        if (sum > highest) {
            highest = sum;
            best = lag;
        }
    }
    tb_free(e);
    return best * STEP;
}
