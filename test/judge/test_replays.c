/* Passages that are played again without the waveform: resynthesised, higher
   or lower, faster or slower; and what is none. */
#include "clip_list.h"
#include "judge/replays.h"
#include "music.h"
#include "tap.h"

enum { RATE = 8000 };

static clip_list corpus;
static tb_replays *passages;

/* `c` from `start` on, played at `speed` by the varispeed of a tape, so that it
   is higher by as much. */
static clip tape(const clip *c, double start, double seconds, double speed)
{
    clip out = clip_new(seconds, c->rate);
    for (int64_t i = 0; i < out.n; i++) {
        double at = start * c->rate + (double)i * speed;
        int64_t k = (int64_t)at;
        float share = (float)(at - (double)k);
        if (k + 1 < c->n)
            out.x[i] = (1 - share) * c->x[k] + share * c->x[k + 1];
    }
    return out;
}

/* Grains of 60 ms, in place but at another speed, with phases by chance: the
   pitch stays. */
static clip grains(const clip *c, double start, double seconds, double speed)
{
    clip out = clip_new(seconds, c->rate);
    int64_t n = (int64_t)(0.06 * c->rate);
    tb_rng rng = {.seed = 4};
    for (int64_t at = 0; at + n < out.n; at += n / 4) {
        int64_t from = (int64_t)(start * c->rate + (double)at * speed) +
                       (int64_t)tb_rng_below(&rng, 40);
        for (int64_t i = 0; i < n && from + i < c->n; i++)
            out.x[at + i] +=
                c->x[from + i] *
                (float)(0.5 - 0.5 * cos(TAU * (double)i / (double)n));
    }
    return out;
}

/* Looks for passages in the clip, and frees it. */
static tb_replay look(clip c)
{
    tb_replay found;
    uint8_t *quoted = calloc((size_t)c.n, 1);
    int64_t marked = 0;
    EQ(tb_replays_mark(passages, c.x, c.n, &found, quoted, NULL), TB_OK);
    for (int64_t i = 0; i < c.n; i++)
        marked += quoted[i];
    NEAR((double)marked, found.share * (double)c.n, 1e-3);
    free(quoted);
    clip_free(&c);
    return found;
}

static void expect(clip c, int recording, double start, int semitones,
                   double speed, const char *what)
{
    tb_replay p = look(c);
    if (!OK_NAMED(p.share > 0.5 && p.recording == recording, what))
        fprintf(stderr, "# share %g, recording %d\n", p.share, p.recording);
    EQ(p.semitones, semitones);
    NEAR(p.speed, speed, 0.12 * speed);
    if (start >= 0) /* phrases come back: another place may be as like */
        NEAR(p.recording_seconds, start + p.sound_seconds * speed, 0.6);
}

static void test_passages_are_found(void)
{
    const clip *c = &corpus.clips[2];
    expect(tape(c, 5, 8, 1), 2, 5, 0, 1, "as it was");
    expect(tape(c, 5, 8, exp2(1.0 / 12)), 2, 5, 1, 1.06, "a semitone higher");
    expect(tape(c, 5, 8, exp2(-2.0 / 12)), 2, 5, -2, 0.89, "two lower");
    expect(grains(c, 4, 8, 1), 2, -1, 0, 1, "in grains");
    expect(grains(c, 4, 8, 0.6), 2, -1, 0, 0.6, "slower");
    expect(grains(c, 4, 8, 1.7), 2, -1, 0, 1.7, "faster");
    clip soft = tape(c, 5, 8, 1);
    clip_gain(&soft, 0.05);
    expect(soft, 2, 5, 0, 1, "softer");
}

static void test_others_are_none(void)
{
    static const double a4[] = {440};
    NEAR(look(tune(20, RATE, 999)).share, 0, 0);
    NEAR(look(white(8, RATE, 5)).share, 0, 0);
    NEAR(look(chord(8, RATE, a4, 1, 1)).share, 0, 0);
    NEAR(look(clip_new(8, RATE)).share, 0, 0);
    NEAR(look(clip_new(0.5, RATE)).share, 0, 0);
    NEAR(look(clip_new(0, RATE)).share, 0, 0);
    clip wild = white(8, RATE, 6);
    wild.x[500] = NAN;
    NEAR(look(wild).share, 0, 0);
}

/* Syllables in files of their own, said again in their order. */
static void test_short_recordings(void)
{
    clip_list syllables = {NULL, 0};
    clip all = speech(20, RATE, 31);
    for (int i = 0; i < 20; i++)
        clip_list_add(&syllables, clip_copy(&all, i * RATE, RATE));
    tb_recordings r = clip_list_recordings(&syllables);
    tb_replays *keep = passages;
    passages = tb_replays_new(&r, RATE, NULL, NULL);
    NEAR(tb_replays_threshold(passages), 0.9, 1e-9);
    tb_replay p = look(clip_copy(&all, 6 * RATE, 8 * RATE));
    if (!OK(p.share > 0.6))
        fprintf(stderr, "# share %g\n", p.share);
    NEAR(p.recording + p.recording_seconds, 6 + p.sound_seconds, 0.3);
    tb_replays_free(passages);
    passages = keep;
    clip_free(&all);
    clip_list_free(&syllables);
}

/* One syllable between two pauses. */
static clip syllable(uint64_t seed)
{
    tb_rng rng = {.seed = seed};
    clip c = clip_new(1.2 + 0.3 * tb_rng_uniform(&rng), RATE);
    double start = 0.25 + 0.1 * tb_rng_uniform(&rng);
    double seconds = 0.4 + 0.3 * tb_rng_uniform(&rng);
    double hz = 110 * (1 + 0.05 * tb_rng_normal(&rng));
    add_syllable(&c, start, seconds / 2, hz, 0.8 + 0.4 * tb_rng_uniform(&rng),
                 &rng);
    add_syllable(&c, start + seconds / 2, seconds / 2, 0.9 * hz,
                 0.8 + 0.4 * tb_rng_uniform(&rng), &rng);
    clip_hiss(&c, -66, seed + 1);
    return c;
}

static clip joined(const clip_list *list, int first, int count)
{
    clip all = clip_new(0, RATE);
    for (int i = first; i < first + count; i++) {
        const clip *c = &list->clips[i];
        all.x = realloc(all.x, (size_t)(all.n + c->n) * sizeof *all.x);
        memcpy(all.x + all.n, c->x, (size_t)c->n * sizeof *c->x);
        all.n += c->n;
    }
    return all;
}

/* Syllables of one voice, each in a file of its own: others of the same voice
   are not these, however like their pauses and attacks are. */
static void test_alike_is_no_quote(void)
{
    enum { COUNT = 80, HELD = 32 };
    clip_list learned = {NULL, 0}, held = {NULL, 0};
    for (int i = 0; i < COUNT; i++)
        clip_list_add(&learned, syllable(100 + 2 * (uint64_t)i));
    for (int i = 0; i < HELD; i++)
        clip_list_add(&held, syllable(5000 + 2 * (uint64_t)i));
    tb_recordings r = clip_list_recordings(&learned);
    tb_replays *keep = passages;
    passages = tb_replays_new(&r, RATE, NULL, NULL);
    double others = 0, own = 0;
    for (int i = 0; i < 4; i++) {
        others += look(joined(&held, 8 * i, 8)).share / 4;
        clip c = joined(&learned, 20 * i + 3, 8);
        own += look(tape(&c, 0.2, 7, exp2((i - 1) / 12.0))).share / 8;
        own += look(grains(&c, 0.2, 7, i % 2 ? 0.8 : 1.25)).share / 8;
        clip_free(&c);
    }
    if (!OK(others <= 0.05 && own > 0.7))
        fprintf(stderr, "# others %g, own %g\n", others, own);
    tb_replays_free(passages);
    passages = keep;
    clip_list_free(&learned);
    clip_list_free(&held);
}

int main(void)
{
    for (uint64_t i = 0; i < 5; i++)
        clip_list_add(&corpus, tune(20, RATE, i * 1000 + 1));
    tb_recordings r = clip_list_recordings(&corpus);
    tb_error error;
    tb_pool *pool = tb_pool_new(3);
    passages = tb_replays_new(&r, RATE, pool, NULL);
    OK(tb_replays_threshold(passages) >= 0.8 &&
       tb_replays_threshold(passages) <= 0.95);
    test_passages_are_found();
    test_others_are_none();
    test_short_recordings();
    test_alike_is_no_quote();
    OK(tb_replays_new(&r, 2000, NULL, &error) == NULL);
    tb_replays_free(passages);
    tb_replays_free(NULL);
    tb_pool_free(pool);
    clip_list_free(&corpus);
    return tap_done();
}
