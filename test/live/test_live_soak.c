/* Instances that play while everything about them changes by chance: controls,
   models, methods, files that are none, prompts, the host's rate and blocks.
   What happens in step i is decided by the seed; how long it is gone on with
   changes no verdict. For sanitizers.

     test_live_soak [SEED]

   TIMBREL_SOAK_SECONDS: for so long, instead of as many steps as are quick. */
#include "base/clock.h"
#include "base/random.h"
#include "live_models.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

enum { STEPS = 60, INSTANCES = 2, CHANNELS = 4, MOST = 2048, FILES = 9 };

static char files[FILES][128];
static uint64_t seed = 1;
static int untold; /* news without a sentence */

/* ---- the audio thread ---- */

typedef struct stage {
    tb_live *live;
    tb_rng chance; /* the control thread's */
    pthread_t audio;
    int64_t block; /* changed while it rests */
    int number;
    atomic_bool ends, wants_rest, is_wrong;
    sem_t rests, goes_on;
    atomic_long calls;
    _Atomic float loudest;
} stage;

static void *play(void *context)
{
    stage *s = context;
    static _Thread_local float x[CHANNELS][MOST];
    const float *const in[CHANNELS] = {x[0], x[1], NULL, x[3]};
    float *const out[CHANNELS] = {x[0], x[1], x[2], x[3]};
    tb_rng chance = {seed, (uint64_t)s->number << 32};
    while (!atomic_load(&s->ends)) {
        if (atomic_exchange(&s->wants_rest, false)) {
            sem_post(&s->rests);
            sem_wait(&s->goes_on);
        }
        int64_t most = MOST / s->block < 4 ? MOST / s->block : 4;
        int64_t n =
            s->block * (1 + (int64_t)tb_rng_below(&chance, (uint64_t)most));
        for (int i = 0; i < CHANNELS; i++)
            for (int64_t j = 0; j < n; j++)
                x[i][j] = sound_at(j) / 2;
        tb_live_process(s->live, in, out, n);
        for (int i = 0; i < CHANNELS; i++)
            for (int64_t j = 0; j < n; j++) {
                float y = fabsf(x[i][j]);
                if (!(y < 1e6F))
                    atomic_store(&s->is_wrong, true);
                else if (y > atomic_load(&s->loudest))
                    atomic_store(&s->loudest, y);
            }
        atomic_fetch_add(&s->calls, 1);
        sched_yield();
    }
    return NULL;
}

static void rest(stage *s)
{
    atomic_store(&s->wants_rest, true);
    sem_wait(&s->rests);
}

static void go_on(stage *s)
{
    sem_post(&s->goes_on);
}

static void let_play(stage *s, long calls)
{
    long end = atomic_load(&s->calls) + calls;
    while (atomic_load(&s->calls) < end)
        sched_yield();
}

/* ---- the control thread ---- */

static int below(stage *s, int n)
{
    return (int)tb_rng_below(&s->chance, (uint64_t)n);
}

static const char *one_of(stage *s, const char *const *list, int n)
{
    return list[below(s, n)];
}

static const char *a_method(stage *s)
{
    static const char *const methods[] = {
        NULL, "forward", "encode", "decode", "generate", "dance", "forward"};
    return one_of(s, methods, 7);
}

static void turn(stage *s)
{
    static const char *const controls[] = {"temperature", "bias", "gain",
                                           "bypass",      "none", "top_k"};
    double x = 3 * tb_rng_uniform(&s->chance) - 1, ignored;
    const char *name = one_of(s, controls, 6);
    tb_live_set(s->live, name, below(s, 3) - 1, x);
    tb_live_get(s->live, name, &ignored);
}

static void tell(stage *s)
{
    static const char *const texts[][2] = {
        {"bias", "0.25"},   {"bias", "loud"},       {"gain", "0.5"},
        {"bypass", "true"}, {"temperature", "0.8"}, {"nothing", "1"}};
    int i = below(s, 6);
    tb_live_set_text(s->live, texts[i][0], texts[i][1]);
}

static void prompt(stage *s)
{
    float x[1000];
    int64_t n = 1 + below(s, 1000);
    for (int64_t i = 0; i < n; i++)
        x[i] = sound_at(i);
    tb_live_prompt(s->live, x, n, 1, 8000 + 1000 * below(s, 9));
}

static void move(stage *s)
{
    static const int64_t blocks[] = {1, 7, 64, 256};
    static const int64_t buffers[] = {0, 100, 512};
    tb_message message;
    int64_t block = blocks[below(s, 4)];
    double rate = 8000 + 4000 * below(s, 5);
    rest(s);
    if (tb_live_configure(s->live, rate, block, buffers[below(s, 3)],
                          (tb_live_mode)below(s, 4), &message))
        s->block = block;
    go_on(s);
}

static void open_or_load(stage *s)
{
    tb_message message;
    const char *path = files[below(s, FILES)], *method = a_method(s);
    if (below(s, 3) == 0)
        tb_live_open(s->live, path, method, &message);
    else
        tb_live_load(s->live, path, method);
}

static void look(stage *s)
{
    tb_live_told told;
    tb_live_facts facts;
    tb_live_look(s->live, &facts);
    while (below(s, 4) && tb_live_news(s->live, &told))
        untold += !told.message.text[0];
}

static void step(stage *s)
{
    int what = below(s, 16);
    if (what < 5)
        turn(s);
    else if (what < 7)
        tell(s);
    else if (what < 9)
        open_or_load(s);
    else if (what < 11)
        tb_live_reload(s->live);
    else if (what == 11)
        tb_live_method(s->live, a_method(s));
    else if (what == 12)
        prompt(s);
    else if (what == 13)
        tb_live_enable(s->live, below(s, 2));
    else if (what == 14)
        move(s);
    look(s);
    let_play(s, below(s, 8));
}

/* ---- all of it ---- */

static void begin(stage *s, tb_shelf *shelf, int number)
{
    tb_live_settings settings = tb_live_defaults();
    tb_message message = {0};
    settings.shelf = shelf;
    settings.sample_rate = 16000;
    settings.inputs = settings.outputs = CHANNELS;
    settings.fade = 0.005;
    s->live = tb_live_new(&settings, &message);
    s->block = settings.block;
    s->number = number;
    s->chance = (tb_rng){seed, (uint64_t)number << 48};
    sem_init(&s->rests, 0, 0);
    sem_init(&s->goes_on, 0, 0);
    pthread_create(&s->audio, NULL, play, s);
}

/* After all that it still does what it is asked for. */
static void check_end(stage *s)
{
    tb_message message = {0};
    tb_live_told told;
    rest(s);
    OK(tb_live_configure(s->live, 16000, s->block, 0, TB_LIVE_BURST, &message));
    go_on(s);
    tb_live_enable(s->live, true);
    if (!OK_NAMED(tb_live_open(s->live, files[0], "generate", &message),
                  "a model opens at the end"))
        fprintf(stderr, "# %s\n", message.text);
    while (tb_live_news(s->live, &told))
        ;
    let_play(s, 100);
    atomic_store(&s->loudest, 0);
    let_play(s, 200);
    OK_NAMED(atomic_load(&s->loudest) > 0, "and is heard");
    OK_NAMED(!atomic_load(&s->is_wrong), "all that was heard is sound");
}

static void end(stage *s)
{
    atomic_store(&s->ends, true);
    pthread_join(s->audio, NULL);
    tb_live_free(s->live);
    sem_destroy(&s->rests);
    sem_destroy(&s->goes_on);
}

static void make_files(void)
{
    for (int i = 0; i < 4; i++)
        temporary(files[i]);
    save_samplernn(files[0], 16000, 3);
    save_samplernn(files[1], 16000, 2);
    save_samplernn(files[2], 12000, 1);
    save_rave(files[3], "v2", 1);
    snprintf(files[4], sizeof files[4], FIXTURES "/generator.ts");
    snprintf(files[5], sizeof files[5], FIXTURES "/stream.ts");
    snprintf(files[6], sizeof files[6], FIXTURES "/told.ts");
    snprintf(files[7], sizeof files[7], FIXTURES "/sounds.ts");
    snprintf(files[8], sizeof files[8], "/tmp/timbrel-there-is-none.ts");
}

int main(int argc, char **argv)
{
    static stage stages[INSTANCES];
    const char *asked = getenv("TIMBREL_SOAK_SECONDS");
    double until = tb_seconds() + (asked ? atof(asked) : 0);
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    make_files();
    tb_shelf *shelf = tb_shelf_new();
    for (int i = 0; i < INSTANCES; i++)
        begin(&stages[i], shelf, i);
    int steps = 0;
    for (; asked ? tb_seconds() < until : steps < STEPS; steps++)
        for (int i = 0; i < INSTANCES; i++)
            step(&stages[i]);
    fprintf(stderr, "# seed %llu, %d steps\n", (unsigned long long)seed, steps);
    for (int i = 0; i < INSTANCES; i++)
        check_end(&stages[i]);
    for (int i = 0; i < INSTANCES; i++)
        end(&stages[i]);
    EQ(untold, 0);
    tb_shelf_free(shelf);
    for (int i = 0; i < 4; i++)
        unlink(files[i]);
    return tap_done();
}
