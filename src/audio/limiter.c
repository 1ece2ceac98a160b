/* The gain that a peak needs is held for as long as the limiter looks ahead,
   comes back exponentially, and is averaged over as many frames: the average at
   a peak has nothing in it above what the peak needs. */
#include "audio/limiter.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>

enum { MOST_AHEAD = 1 << 20 };

/* Rings of `room` = ahead + 1 places, a frame each. */
struct tb_limiter {
    int channels;
    int64_t ahead, room;
    int64_t taken, made; /* frames of the sound */
    int64_t heard;       /* with the silence behind its end */
    double back;         /* of the way back to 1, in one frame */
    double held, least;
    float *sound;        /* [room, channels] */
    double *needed;      /* that peaks need */
    int64_t *smallest;   /* frames whose gains are least of all after them */
    int64_t first, next; /* of `smallest` */
    double *lowered;     /* 1 - gain before the average */
    double sum;          /* of these */
    int64_t lower;       /* of these that are not 0 */
};

tb_limiter *tb_limiter_new(double sample_rate, int channels, tb_error *error)
{
    tb_limiter *l = tb_alloc(sizeof *l);
    if (!l) {
        tb_fail_memory(error);
        return NULL;
    }
    l->channels = channels;
    l->ahead = (int64_t)fmin(ceil(0.005 * sample_rate), MOST_AHEAD);
    l->room = l->ahead + 1;
    l->back = 1 - exp(-1 / (0.04 * sample_rate));
    l->held = l->least = 1;
    l->sound = tb_alloc_array((size_t)(l->room * channels), sizeof *l->sound);
    l->needed = tb_alloc_array((size_t)l->room, sizeof *l->needed);
    l->smallest = tb_alloc_array((size_t)l->room, sizeof *l->smallest);
    l->lowered = tb_alloc_array((size_t)l->room, sizeof *l->lowered);
    if (!l->sound || !l->needed || !l->smallest || !l->lowered) {
        tb_limiter_free(l);
        tb_fail_memory(error);
        return NULL;
    }
    return l;
}

/* The gain that the frame needs. */
static double hear(tb_limiter *l, const float *x)
{
    float *at = l->sound + l->heard % l->room * l->channels, peak = 0;
    for (int ch = 0; ch < l->channels; ch++) {
        at[ch] = x ? x[ch] : 0;
        peak = fmaxf(peak, fabsf(at[ch]));
    }
    return peak > 1 ? 1 / (double)peak : 1;
}

/* The least of the gains that the last `room` frames need (a queue whose values
   rise: D. Lemire, "Streaming Maximum-Minimum Filter Using No More than Three
   Comparisons per Element", 2006). */
static double least_needed(tb_limiter *l, double gain)
{
    l->needed[l->heard % l->room] = gain;
    if (l->next > l->first &&
        l->smallest[l->first % l->room] <= l->heard - l->room)
        l->first++;
    while (l->next > l->first &&
           l->needed[l->smallest[(l->next - 1) % l->room] % l->room] >= gain)
        l->next--;
    l->smallest[l->next++ % l->room] = l->heard;
    return l->needed[l->smallest[l->first % l->room] % l->room];
}

/* Of the frame that leaves. */
static double average(tb_limiter *l, double gain)
{
    double *oldest = &l->lowered[l->heard % l->room];
    l->held += (gain - l->held) * (gain < l->held ? 1 : l->back);
    if (l->held > 1 - 1e-6)
        l->held = 1;
    l->lower += (l->held < 1) - (*oldest > 0);
    l->sum += 1 - l->held - *oldest;
    *oldest = 1 - l->held;
    if (!l->lower)
        l->sum = 0;
    return 1 - l->sum / (double)l->room;
}

static void leave(tb_limiter *l, double gain, float *y)
{
    const float *x = l->sound + l->made % l->room * l->channels;
    for (int ch = 0; ch < l->channels; ch++)
        y[ch] = fmaxf(-1, fminf(1, (float)(x[ch] * gain)));
    l->least = fmin(l->least, gain);
    l->made++;
}

/* Returns whether a frame left. */
static bool step(tb_limiter *l, const float *x, float *y)
{
    double gain = average(l, least_needed(l, hear(l, x)));
    if (++l->heard <= l->ahead)
        return false;
    leave(l, gain, y);
    return true;
}

int64_t tb_limiter_run(tb_limiter *l, const float *x, int64_t frames, float *y)
{
    int64_t made = 0;
    if (x) {
        for (int64_t i = 0; i < frames; i++)
            made += step(l, x + i * l->channels, y + made * l->channels);
        l->taken += frames;
    } else {
        while (made < frames && l->made < l->taken)
            made += step(l, NULL, y + made * l->channels);
    }
    return made;
}

double tb_limiter_least_gain(const tb_limiter *l)
{
    return l->least;
}

void tb_limiter_free(tb_limiter *l)
{
    if (!l)
        return;
    tb_free(l->sound);
    tb_free(l->needed);
    tb_free(l->smallest);
    tb_free(l->lowered);
    tb_free(l);
}
