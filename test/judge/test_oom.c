/* Allocation i fails, for every i: judges tell, and give back what they took.
 */
#include "clip_list.h"
#include "judge/foresight.h"
#include "judge/replays.h"
#include "judge/score.h"
#include "music.h"
#include "tap.h"

#include <stdatomic.h>

#include "base/memory.h"

enum { RATE = 4000, MOST = 2000 };

/* ---- an allocator that fails on demand (linked with --wrap) ---- */

static atomic_int remaining = 1 << 30, live;

void *__real_tb_alloc(size_t bytes);
void *__real_tb_alloc_array(size_t count, size_t size);
void __real_tb_free(void *memory);
void *__wrap_tb_alloc(size_t bytes);
void *__wrap_tb_alloc_array(size_t count, size_t size);
void __wrap_tb_free(void *memory);

void *__wrap_tb_alloc(size_t bytes)
{
    void *memory = remaining-- > 0 ? __real_tb_alloc(bytes) : NULL;
    live += memory != NULL;
    return memory;
}

void *__wrap_tb_alloc_array(size_t count, size_t size)
{
    void *memory = remaining-- > 0 ? __real_tb_alloc_array(count, size) : NULL;
    live += memory != NULL;
    return memory;
}

void __wrap_tb_free(void *memory)
{
    live -= memory != NULL;
    __real_tb_free(memory);
}

/* ---- what is tried; true when it succeeded ---- */

static clip_list corpus, sounds;

static bool score(tb_error *error)
{
    tb_recordings c = clip_list_recordings(&corpus);
    tb_recordings s = clip_list_recordings(&sounds);
    tb_score_settings settings = {RATE, 1, 1};
    tb_scored scored;
    tb_scorer *scorer = tb_scorer_new(&c, 1.5, &settings, error);
    bool good = scorer && !tb_scorer_score(scorer, &s, &scored, error);
    tb_scorer_free(scorer);
    return good;
}

static bool look(tb_error *error)
{
    static uint8_t quoted[4 * RATE];
    clip_list last = {corpus.clips + corpus.count - 3, 3};
    tb_recordings c = clip_list_recordings(&last);
    tb_replay found;
    tb_replays *p = tb_replays_new(&c, RATE, NULL, error);
    bool good = p && !tb_replays_mark(p, sounds.clips[0].x, sounds.clips[0].n,
                                      &found, quoted, error);
    tb_replays_free(p);
    return good;
}

static bool foresee(tb_error *error)
{
    tb_mulaw law;
    tb_mulaw_init(&law, 256, 1, NULL);
    tb_foresight *f = tb_foresight_new(&law, NULL, error);
    tb_foresight_free(f);
    return f != NULL;
}

static void fail_each(bool (*what)(tb_error *), const char *name)
{
    int untold = 0, leaks = 0, i = 0;
    for (bool good = false; !good && i < MOST; i++) {
        tb_error error = {0};
        int before = live;
        remaining = i;
        good = what(&error);
        remaining = 1 << 30;
        untold += !good && !error.text[0];
        leaks += live != before;
    }
    fprintf(stderr, "# %s: %d allocations\n", name, i - 1);
    OK_NAMED(i > 1 && i < MOST, name);
    EQ(untold, 0);
    EQ(leaks, 0);
}

int main(void)
{
    for (uint64_t i = 0; i < 12; i++)
        clip_list_add(&corpus, tune(1.25, RATE, i + 1));
    clip_list_add(&corpus, tune(6, RATE, 70));
    clip_list_add(&corpus, tune(6, RATE, 71));
    clip_list_add(&sounds, tune(3, RATE, 99));
    fail_each(score, "a score");
    fail_each(look, "passages");
    fail_each(foresee, "foresight");
    clip_list_free(&corpus);
    clip_list_free(&sounds);
    return tap_done();
}
