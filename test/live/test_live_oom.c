/* Allocation i fails, for every i, from an instance to its sound: nothing
   crashes, nothing leaks, the failure is told and what played plays on. */
#include "failing.h"
#include "live_models.h"

#include <sched.h>

enum { BLOCK = 16 };

static int untold; /* failures without a sentence */

static tb_live_settings settings_of(tb_live_mode mode)
{
    tb_live_settings s = tb_live_defaults();
    s.sample_rate = 1000;
    s.block = BLOCK;
    s.buffer = 32;
    s.mode = mode;
    s.fade = 0.001;
    return s;
}

static void play(tb_live *live)
{
    float x[BLOCK] = {0};
    const float *in = x;
    float *out = x;
    tb_live_process(live, &in, &out, BLOCK);
}

/* Whether what was asked for came. */
static bool comes(tb_live *live, bool asked)
{
    tb_live_told told = {.kind = TB_LIVE_FAILED};
    while (asked && !tb_live_news(live, &told)) {
        play(live);
        sched_yield();
    }
    untold += asked && !told.message.text[0];
    return told.kind == TB_LIVE_LOADED;
}

static bool make(void)
{
    tb_message message = {0};
    tb_live_settings s = settings_of(TB_LIVE_BURST);
    tb_live *live = tb_live_new(&s, &message);
    untold += !live && !message.text[0];
    tb_live_free(live);
    return live != NULL;
}

static char own[64];

static tb_live *opened(const char *path, const char *method, tb_live_mode mode)
{
    tb_message message = {0};
    tb_live_settings s = settings_of(mode);
    tb_live *live = tb_live_new(&s, &message);
    if (live && tb_live_open(live, path, method, &message)) {
        play(live);
        return live;
    }
    untold += !message.text[0];
    tb_live_free(live);
    return NULL;
}

/* And another model beside the sound. */
static bool change(void)
{
    tb_live *live = opened(own, "forward", TB_LIVE_SLICED);
    bool good = live && comes(live, tb_live_load(live, own, "generate"));
    if (good)
        play(live);
    tb_live_free(live);
    return good;
}

/* For another host. */
static bool move(void)
{
    tb_message message = {0};
    tb_live *live = opened(FIXTURES "/told.ts", "forward", TB_LIVE_THREADED);
    bool good = live && tb_live_configure(live, 2000, BLOCK, 64,
                                          TB_LIVE_THREADED, &message);
    untold += live && !good && !message.text[0];
    if (good)
        play(live);
    tb_live_free(live);
    return good;
}

/* On from a sound. */
static bool prompt(void)
{
    static const float sound[64] = {0.5F};
    tb_live *live = opened(own, "generate", TB_LIVE_BURST);
    bool good = live && comes(live, tb_live_prompt(live, sound, 64, 1, 500));
    if (good)
        play(live);
    tb_live_free(live);
    return good;
}

int main(void)
{
    temporary(own);
    save_samplernn(own, 1000, 1);
    fail_each(make, "an instance", 5, 1000);
    fail_each(change, "another model", 50, 10000);
    fail_each(move, "another host", 50, 10000);
    fail_each(prompt, "a prompt", 50, 10000);
    EQ(untold, 0);
    unlink(own);
    return tap_done();
}
