/* When frames are there, held against hosts and models that are played frame by
   frame. */
#include "live/timing.h"
#include "tap.h"

/* Whether all that the host asks for has been played, with this latency. */
static bool suffices(const tb_timing *t, int64_t latency, int64_t calls)
{
    for (int64_t i = 0; i < calls; i++) {
        int64_t played = tb_timing_played(t, (i + 1) * t->block);
        for (int64_t j = 0; j < t->block; j++) {
            int64_t place = tb_timing_place(t, latency, i * t->block + j);
            int64_t whole = place / t->host - (place % t->host < 0);
            if (whole + t->reach_out >= played)
                return false;
        }
    }
    return true;
}

/* It suffices, and one less does not. */
static int64_t check(const tb_timing *t, const char *name)
{
    int64_t latency = tb_timing_latency(t);
    int64_t calls = 4 * t->host * t->grain / t->block + 3000;
    OK_NAMED(suffices(t, latency, calls), name);
    OK_NAMED(!suffices(t, latency - 1, calls), name);
    return latency;
}

/* Frames are heard one by one as the filter has what it reads. */
static void check_heard(void)
{
    const tb_timing t = {.host = 3, .model = 2, .reach_in = 4};
    int64_t j = 0;
    bool right = true;
    for (int64_t n = 0; n < 100; n++) {
        while (j * t.host / t.model + t.reach_in < n)
            j++;
        right = right && tb_timing_heard(&t, n) == j;
    }
    OK(right);
}

int main(void)
{
    tb_timing t = {.host = 1, .model = 1, .block = 1, .grain = 1};
    EQ(check(&t, "frame by frame"), 0);
    t.block = 64;
    t.grain = 2048;
    EQ(check(&t, "at once, as nn~ without a buffer"), 2048 - 64);
    t.behind = true;
    EQ(check(&t, "behind, as nn~ with one"), 2 * 2048 - 64);
    t.delays = 100;
    EQ(check(&t, "a network that lags"), 2 * 2048 - 64 + 100);
    t.behind = false;
    t.delays = 0;
    t.block = 2048;
    EQ(check(&t, "blocks of the host that are passes"), 0);
    t.block = 100;
    check(&t, "blocks that are no part of a pass");
    t = (tb_timing){.host = 160,
                    .model = 147,
                    .block = 64,
                    .grain = 256,
                    .reach_in = 35,
                    .reach_out = 32};
    check(&t, "48 to 44.1 kHz");
    t.behind = true;
    t.delays = 7;
    check(&t, "48 to 44.1 kHz, behind");
    t = (tb_timing){.host = 1,
                    .model = 3,
                    .block = 1,
                    .grain = 16,
                    .reach_in = 32,
                    .reach_out = 96};
    check(&t, "up");
    check_heard();
    t = (tb_timing){
        .host = 640, .model = 147, .block = 1, .grain = 65536, .reach_out = 32};
    OK_NAMED(suffices(&t, tb_timing_latency(&t), 400000), "long periods");
    return tap_done();
}
