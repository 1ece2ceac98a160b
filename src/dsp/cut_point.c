#include "dsp/cut_point.h"

#include <math.h>
#include <stdbool.h>

enum { MOST_STEPS = 512 };

static double mean_at(const float *x, int channels, int64_t frame)
{
    double sum = 0;
    for (int ch = 0; ch < channels; ch++)
        sum += x[frame * channels + ch];
    return sum;
}

/* How loud the step would be that a cut leaves before this frame. */
static double step_at(const float *x, int channels, int64_t frame)
{
    double most = 0;
    for (int ch = 0; ch < channels; ch++)
        most = fmax(most, fabs((double)x[frame * channels + ch]));
    return most;
}

static bool crosses(const float *x, int channels, int64_t frame)
{
    if (frame < 1)
        return true;
    double before = mean_at(x, channels, frame - 1);
    double now = mean_at(x, channels, frame);
    return now == 0 || (before < 0) != (now < 0);
}

int64_t tb_cut_point(const float *x, int64_t n, int channels, int64_t wanted,
                     int64_t reach)
{
    int64_t best = wanted < 0 ? 0 : wanted < n ? wanted : n - 1;
    double least = INFINITY;
    bool crossing = false;
    int64_t from = best > reach ? best - reach : 0;
    int64_t to = best < n - 1 - reach ? best + reach : n - 1;
    int64_t middle = best;
    for (int64_t i = from; i <= to; i++) {
        bool now = crosses(x, channels, i);
        if (crossing && !now)
            continue;
        /* A step of -80 dB is as good as none: then nearness decides. */
        double far = fabs((double)(i - middle)) / (double)(reach + 1);
        double cost = fmax(step_at(x, channels, i), 1e-4) * (1 + far);
        if (cost < least || (now && !crossing)) {
            least = cost;
            best = i;
        }
        crossing = crossing || now;
    }
    return best;
}

/* Level of one step, dB: of differences from frame to frame, because attacks
   are bright. */
static double level(const float *x, int channels, int64_t from, int64_t count)
{
    double sum = 0;
    for (int64_t i = from * channels; i < (from + count) * channels; i++) {
        double d = i < channels ? x[i] : (double)x[i] - x[i - channels];
        sum += d * d;
    }
    return 10 * log10(sum / (double)count + 1e-10);
}

int64_t tb_attack_start(const float *x, int64_t n, int channels,
                        double sample_rate, int64_t wanted, int64_t reach)
{
    double steps[MOST_STEPS];
    int64_t length = (int64_t)fmax(1, sample_rate / 1000);
    int64_t from = wanted > reach ? wanted - reach : 0;
    int64_t to = wanted < n - reach ? wanted + reach : n;
    int count = (int)((to - from) / length), best = -1;
    double most = 0;
    count = count < MOST_STEPS ? count : MOST_STEPS;
    for (int i = 0; i < count; i++)
        steps[i] = level(x, channels, from + i * length, length);
    for (int i = 0; i + 4 < count; i++) {
        double low = fmin(steps[i], steps[i + 1]);
        double rise = fmax(steps[i + 3], steps[i + 4]) - low;
        double far = fabs((double)(from + (i + 2) * length - wanted));
        rise *= 1 - far / (double)(reach + 1);
        if (rise > most) {
            most = rise;
            best = i;
        }
    }
    if (best < 0)
        return wanted;
    while (best > 0 && steps[best - 1] < steps[best] - 0.5)
        best--;
    return from + best * length;
}
