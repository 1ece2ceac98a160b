#include "live/timing.h"

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t common(int64_t a, int64_t b)
{
    for (int64_t rest; b; a = b, b = rest)
        rest = a % b;
    return a;
}

/* Frame j is heard when floor(j * host / model) + reach < host_frames, that is
   when j * host < (host_frames - reach) * model. */
int64_t tb_timing_heard(const tb_timing *t, int64_t host_frames)
{
    int64_t frames = host_frames - t->reach_in;
    return frames <= 0 ? 0 : (frames * t->model - 1) / t->host + 1;
}

int64_t tb_timing_played(const tb_timing *t, int64_t host_frames)
{
    int64_t full = tb_timing_heard(t, host_frames) / t->grain;
    return (t->behind ? full - 1 : full) * t->grain;
}

int64_t tb_timing_place(const tb_timing *t, int64_t latency, int64_t frame)
{
    return (frame - latency) * t->model + t->delays * t->host;
}

/* The last frame of a call wants the most of what has been played then: the
   largest whole frame that its place and the filter's reach come to must be
   below it. */
static int64_t wanted(const tb_timing *t, int64_t frame, int64_t played)
{
    int64_t last = played - 1 - t->reach_out;
    return floor_div(frame * t->model + (t->delays - last - 1) * t->host,
                     t->model) +
           1;
}

/* Once the first frame is heard, all comes round after as many host frames as
   whole passes last, in whole calls. Where that is too long to look at, a pass
   is taken to be full as late as it can be. */
int64_t tb_timing_latency(const tb_timing *t)
{
    enum { MOST_CALLS = 1 << 20 };
    int64_t latency = INT64_MIN;
    int64_t passes = t->grain / common(t->grain, t->model);
    int64_t calls = t->host * passes / common(t->host * passes, t->block);
    bool all = calls <= MOST_CALLS;
    if (!all)
        calls = t->host;
    int64_t first = t->reach_in / t->block + 1;
    for (int64_t i = 1; i <= first + 2 * calls; i++) {
        int64_t frames = i * t->block, played = tb_timing_played(t, frames);
        if (!all)
            played = tb_timing_heard(t, frames) - (t->grain - 1) -
                     (t->behind ? t->grain : 0);
        int64_t late = wanted(t, frames - 1, played);
        latency = late > latency ? late : latency;
    }
    return latency;
}
