/* The callback neither allocates nor frees nor locks, in any mode, while
   controls turn and models change. */
#include "counted.h"
#include "live/live_state.h"
#include "live_models.h"

#include <sched.h>

enum { BLOCK = 64 };

static float sound[2][BLOCK];

static TB_REALTIME void play(tb_live *live, int blocks)
{
    const float *in[] = {sound[0], NULL};
    float *out[] = {sound[0], sound[1]};
    for (int i = 0; i < blocks; i++)
        tb_live_process(live, in, out, BLOCK);
}

static void wait_for_news(tb_live *live)
{
    tb_live_told told;
    while (!tb_live_news(live, &told))
        sched_yield();
    EQ(told.kind, TB_LIVE_LOADED);
}

/* Plays with everything that can happen. */
static void check(const char *path, const char *other, const char *method,
                  tb_live_mode mode, const char *control)
{
    tb_live_settings s = tb_live_defaults();
    s.sample_rate = 44100;
    s.mode = mode;
    s.outputs = 2;
    s.inputs = 2;
    s.fade = 0.01;
    tb_live *live = live_of(&s, path, method);
    OK(counted > 0);
    counted = 0;
    play(live, 20);
    int made = counted;
    tb_live_set(live, control, -1, 0.5);
    counted = 0;
    play(live, 20);
    made += counted;
    OK(tb_live_load(live, other, NULL));
    wait_for_news(live);
    counted = 0;
    play(live, 200);
    made += counted;
    tb_live_enable(live, false);
    counted = 0;
    play(live, 20);
    EQ(made + counted, 0);
    tb_live_free(live);
}

int main(void)
{
    char path[64], other[64];
    temporary(path);
    temporary(other);
    save_samplernn(path, 16000, 1);
    save_rave(other, "v2", 1);
    for (int mode = TB_LIVE_BURST; mode <= TB_LIVE_THREADED; mode++) {
        check(path, path, "generate", (tb_live_mode)mode, "temperature");
        check(path, other, "forward", (tb_live_mode)mode, "none");
        check(FIXTURES "/generator.ts", path, "forward", (tb_live_mode)mode,
              "bias");
        check(FIXTURES "/told.ts", FIXTURES "/stream.ts", "forward",
              (tb_live_mode)mode, "none");
    }
    unlink(path);
    unlink(other);
    return tap_done();
}
