/* Played live is played offline, later by exactly the latency that is told: in
   all modes, in blocks of any size, at other rates. */
#include "live_models.h"

enum { FRAMES = 4096 };

/* Sound without a computer's hurry: a pass that is played beside is waited
   for. */
static void play(tb_live *live, const float *x, float *y, int64_t block)
{
    for (int64_t at = 0; at + block <= FRAMES; at += block) {
        const float *in = x + at;
        float *out = y + at;
        tb_live_process(live, &in, &out, block);
        tb_live_wait(live);
    }
}

static void make_sound(float *x)
{
    for (int64_t i = 0; i < FRAMES; i++)
        x[i] = sound_at(i);
}

/* The largest distance from `want`, later by `late`. */
static double distance(const float *y, const float *want, int64_t late,
                       int64_t frames)
{
    double worst = 0;
    for (int64_t i = 0; i < frames; i++)
        worst = fmax(worst, fabs((double)y[i] -
                                 (i < late ? 0 : (double)want[i - late])));
    return worst;
}

typedef struct live_case {
    const char *name;
    int64_t block, buffer;
    tb_live_mode mode;
    int64_t adds; /* to what the network lags behind */
} live_case;

static void check_case(const char *path, const live_case *c, const float *x,
                       const float *want, int64_t lags)
{
    static float y[FRAMES];
    tb_live_settings s = tb_live_defaults();
    tb_live_facts facts;
    s.block = c->block;
    s.buffer = c->buffer;
    s.mode = c->mode;
    s.as_is = true;
    memset(y, 0, sizeof y);
    tb_live *live = live_of(&s, path, "forward");
    tb_live_look(live, &facts);
    OK_NAMED(facts.loaded && facts.latency_is_whole, c->name);
    EQ(facts.latency, lags + c->adds);
    EQ(facts.mode, c->mode);
    EQ(facts.inputs, 1);
    play(live, x, y, c->block);
    int64_t frames = FRAMES / c->block * c->block;
    if (!OK_NAMED(distance(y, want, facts.latency - lags, frames) <= 1e-6,
                  c->name))
        fprintf(stderr, "# off by %g\n",
                distance(y, want, facts.latency - lags, frames));
    tb_live_look(live, &facts);
    EQ(facts.late, 0);
    tb_live_free(live);
}

/* A network of ours answers frame by frame; passes are as long as asked. */
static void check_own(void)
{
    static const live_case cases[] = {
        {"burst, 64", 64, 0, TB_LIVE_BURST, 0},
        {"burst, 1", 1, 0, TB_LIVE_BURST, 0},
        {"burst, 37", 37, 0, TB_LIVE_BURST, 0},
        {"burst, 1024", 1024, 0, TB_LIVE_BURST, 0},
        {"sliced, 64", 64, 512, TB_LIVE_SLICED, 2 * 512 - 64},
        {"sliced, 1", 1, 100, TB_LIVE_SLICED, 2 * 100 - 1},
        {"threaded, 64", 64, 128, TB_LIVE_THREADED, 2 * 128 - 64},
        {"threaded, 1", 1, 100, TB_LIVE_THREADED, 2 * 100 - 1},
        {"threaded, 512", 512, 128, TB_LIVE_THREADED, 512}};
    static float x[FRAMES], want[FRAMES];
    char path[64];
    temporary(path);
    save_rave(path, "v2", 1);
    make_sound(x);
    int64_t lags = play_offline(path, "forward", FRAMES, x, want);
    OK(lags > 100);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(path, &cases[i], x, want, lags);
    unlink(path);
}

/* One of others wants whole ratios. */
static void check_script(void)
{
    static const live_case cases[] = {
        {"script, burst", 64, 256, TB_LIVE_BURST, 256 - 64},
        {"script, frame by frame", 1, 256, TB_LIVE_BURST, 256 - 1},
        {"script, sliced", 64, 512, TB_LIVE_SLICED, 2 * 512 - 64},
        {"script, threaded", 64, 256, TB_LIVE_THREADED, 2 * 256 - 64}};
    static float x[FRAMES], want[FRAMES];
    make_sound(x);
    int64_t lags =
        play_offline(FIXTURES "/told.ts", "forward", FRAMES, x, want);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(FIXTURES "/told.ts", &cases[i], x, want, lags);
}

/* What goes in comes out at another rate, at its place. */
static void check_rate(int model_rate, int host_rate, tb_live_mode mode)
{
    static float x[FRAMES], y[FRAMES];
    char path[64], name[64];
    tb_live_settings s = tb_live_defaults();
    tb_live_facts facts;
    temporary(path);
    save_samplernn(path, model_rate, 1);
    for (int64_t i = 0; i < FRAMES; i++)
        x[i] =
            (float)(0.5 * sin(2 * 3.14159265 * 300 * (double)i / host_rate) +
                    0.3 * sin(2 * 3.14159265 * 1100 * (double)i / host_rate));
    s.sample_rate = host_rate;
    s.mode = mode;
    s.block = 32;
    tb_live *live = live_of(&s, path, "forward");
    tb_live_look(live, &facts);
    play(live, x, y, 32);
    /* Where the signal begins, the filter sees a corner. */
    int64_t late = facts.latency, from = late + 600;
    double off = distance(y + from, x + from - late, 0, FRAMES - from);
    snprintf(name, sizeof name, "%d at %d Hz, %lld frames late", model_rate,
             host_rate, (long long)late);
    if (!OK_NAMED(off < 0.02, name))
        fprintf(stderr, "# off by %g\n", off);
    off = distance(y + from, x + from - late - 1, 0, FRAMES - from);
    OK_NAMED(off > 0.03, "and at no other");
    tb_live_free(live);
    unlink(path);
}

/* An impulse comes out as late as was told. */
static void check_impulse(void)
{
    static float x[FRAMES], y[FRAMES];
    char path[64];
    tb_live_settings s = tb_live_defaults();
    tb_live_facts facts;
    temporary(path);
    save_samplernn(path, 44100, 1);
    s.block = 16;
    s.buffer = 64;
    s.mode = TB_LIVE_THREADED;
    tb_live *live = live_of(&s, path, "forward");
    tb_live_look(live, &facts);
    x[1000] = 0.9F;
    play(live, x, y, 16);
    int64_t peak = 0;
    for (int64_t i = 0; i < FRAMES; i++)
        peak = fabsf(y[i]) > fabsf(y[peak]) ? i : peak;
    EQ(peak, 1000 + facts.latency);
    tb_live_free(live);
    unlink(path);
}

int main(void)
{
    check_own();
    check_script();
    check_rate(16000, 48000, TB_LIVE_BURST);
    check_rate(44100, 48000, TB_LIVE_BURST);
    check_rate(48000, 44100, TB_LIVE_THREADED);
    check_rate(16000, 44100, TB_LIVE_THREADED);
    check_rate(44100, 48000, TB_LIVE_SLICED);
    check_impulse();
    return tap_done();
}
