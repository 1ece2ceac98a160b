/* The work of a pass, a slice at a time: as much in each call as its share, and
   the same numbers. */
#include "engine/pause.h"
#include "live/live_state.h"
#include "live/player_state.h"
#include "live_models.h"

enum { BLOCK = 64, PASS = 1024, CALLS = 64 };

/* ---- a job of its own ---- */

static int steps;

static void count_to_ten(void *context, int which)
{
    (void)context;
    for (int i = 0; i < 10; i++) {
        steps += which;
        if (tb_pause_mine()->after)
            tb_pause_mine()->after(tb_pause_mine()->context, 2);
    }
}

static void check_job(void)
{
    double largest = 0;
    NEAR(tb_slices_measure(count_to_ten, NULL, 0, &largest), 20, 0);
    NEAR(largest, 2, 0);
    tb_slices *s = tb_slices_new(count_to_ten, NULL, NULL);
    tb_slices_begin(s, 1);
    OK(!tb_slices_is_amid(s));
    EQ(steps, 0);
    tb_slices_go_on(s, 5);
    EQ(steps, 3);
    OK(tb_slices_is_amid(s));
    tb_slices_go_on(s, 6);
    EQ(steps, 3);
    tb_slices_go_on(s, 7);
    EQ(steps, 4);
    OK_NAMED(!tb_pause_mine()->after, "others are not told");
    tb_slices_finish(s);
    EQ(steps, 10);
    OK(!tb_slices_is_amid(s));
    tb_slices_finish(s);
    tb_slices_go_on(s, 100);
    EQ(steps, 10);
    tb_slices_begin(s, 2);
    tb_slices_finish(s);
    EQ(steps, 30);
    tb_slices_begin(s, 1);
    tb_slices_go_on(s, 1);
    tb_slices_free(s);
}

/* ---- a model ---- */

/* The largest share of a pass that one call does. */
static double shares(tb_live *live, double done[CALLS])
{
    float x[BLOCK];
    const float *in = x;
    float *out = x;
    double most = 0;
    for (int i = 0; i < CALLS; i++) {
        for (int j = 0; j < BLOCK; j++)
            x[j] = sound_at(i * BLOCK + j);
        tb_live_process(live, &in, &out, BLOCK);
        tb_player *p = live->playing;
        done[i] = tb_slices_done(p->slices) / p->work;
    }
    for (int i = 2 * PASS / BLOCK; i < CALLS; i++) {
        double now = done[i] - done[i - 1];
        most = now > most ? now : most;
    }
    return most;
}

static void check_model(const char *path, const char *method)
{
    double done[CALLS];
    tb_live_settings s = tb_live_defaults();
    s.mode = TB_LIVE_SLICED;
    s.buffer = PASS;
    s.as_is = true;
    tb_live *live = live_of(&s, path, method);
    double most = shares(live, done);
    /* Sixteen calls make a pass; a node is done in one. */
    if (!OK_NAMED(most > 0 && most < 0.5, "no call does all"))
        fprintf(stderr, "# %s: %g of the work in one call\n", path, most);
    tb_live_free(live);
}

/* Slow layers work in one pass and rest in others: the heaviest one is known,
   so that nothing of it is left over for the call in which it is due. */
static void check_passes(const char *path)
{
    enum { SHORT = 16, FIRST = 1024, PASSES = 256 };
    tb_live_settings s = tb_live_defaults();
    s.mode = TB_LIVE_SLICED;
    s.block = SHORT / 4;
    s.buffer = SHORT;
    s.as_is = true;
    tb_live *live = live_of(&s, path, "forward");
    tb_player *p = live->loaded[0].player;
    double most = 0, least = INFINITY;
    p->block[0].frames = SHORT;
    for (int i = 0; i < FIRST + PASSES; i++) {
        double node;
        double all = tb_slices_measure(tb_player_play_one, p, 0, &node);
        most = fmax(most, all);
        least = i < FIRST ? least : fmin(least, all);
    }
    OK_NAMED(least < 0.9 * most, "passes differ");
    if (!OK_NAMED(most <= p->work && p->work < 2 * most, "by the heaviest"))
        fprintf(stderr, "# %g of %g\n", p->work, most);
    tb_live_free(live);
}

int main(void)
{
    char path[64];
    check_job();
    temporary(path);
    save_rave(path, "v2", 1);
    check_model(path, "forward");
    check_passes(path);
    unlink(path);
    return tap_done();
}
