/* The score: its ladder on music, beats and speech, its takes, its limits. */
#include "ladder.h"
#include "music.h"

enum { RATE = 8000, RECORDINGS = 10, RECORDING_SECONDS = 20 };

typedef clip maker(double seconds, double rate, uint64_t seed);

static clip_list make(maker *one, int count, double seconds)
{
    clip_list l = {NULL, 0};
    for (int i = 0; i < count; i++)
        clip_list_add(&l, one(seconds, RATE, (uint64_t)(i + 1) * 1000));
    return l;
}

/* ---- the ladder ---- */

static void above(const ladder *l, rung higher, rung lower, double margin)
{
    char name[160];
    double a = stands(l, lower), b = stands(l, higher);
    snprintf(name, sizeof name, "%s (%.2f) stands above %s (%.2f) by %.2f",
             rung_names[higher], b, rung_names[lower], a, margin);
    OK_NAMED(b >= a + margin, name);
}

static void test_ladder(maker *one, const char *name)
{
    clip_list all = make(one, RECORDINGS, RECORDING_SECONDS);
    ladder l = climb_all(&all, 1);
    print_ladder(&l, name);
    NEAR(stands(&l, REAL), 0, 0.15);
    above(&l, SHUFFLED, REAL, 0.05);
    above(&l, RANDOM_PHASE, SHUFFLED, 0.1);
    above(&l, FROZEN, RANDOM_PHASE, 0.03);
    above(&l, NOISE, FROZEN, 0.05);
    NEAR(stands(&l, NOISE), 1, 0.05);
    above(&l, HALF_SILENT, SHUFFLED, 0.1);
    above(&l, NOISE, HALF_SILENT, 0.05);
    above(&l, LOW_PASSED, REAL, 0.05);
    above(&l, RANDOM_PHASE, LOW_PASSED, 0);
    above(&l, RANDOM_PHASE, NOISY, 0.1);
    NEAR(stands(&l, SOFT), stands(&l, REAL), 1e-6);
    clip_list_free(&all);
}

/* ---- the rest ---- */

static bool was_split;

static tb_scored score_of(clip_list *corpus, clip_list *sounds, int threads)
{
    tb_recordings c = clip_list_recordings(corpus);
    tb_recordings s = clip_list_recordings(sounds);
    tb_score_settings settings = {RATE, 5, threads};
    tb_scored scored;
    double seconds = 0;
    for (int i = 0; i < sounds->count; i++)
        seconds += (double)sounds->clips[i].n / RATE;
    tb_scorer *scorer = tb_scorer_new(&c, seconds, &settings, NULL);
    EQ(tb_scorer_score(scorer, &s, &scored, NULL), TB_OK);
    was_split = tb_scorer_is_split(scorer);
    tb_scorer_free(scorer);
    return scored;
}

static void test_threads(clip_list *corpus)
{
    clip_list sounds = make(tune, 2, 10);
    tb_scored one = score_of(corpus, &sounds, 1);
    tb_scored many = score_of(corpus, &sounds, 3);
    OK(one.known && memcmp(&one.score, &many.score, sizeof one.score) == 0);
    EQ(one.takes, 2);
    NEAR(one.take_seconds, 10, 1e-9);
    OK(!was_split);
    clip_list_free(&sounds);
}

static void test_short_sounds_are_joined(clip_list *corpus)
{
    clip_list sounds = make(tune, 7, 1.5);
    tb_scored s = score_of(corpus, &sounds, 0);
    OK(s.known && s.takes == 1 && s.take_seconds == 10);
    clip_list_free(&sounds);
    sounds = make(tune, 1, 3);
    s = score_of(corpus, &sounds, 0);
    OK(s.known && s.takes == 1 && s.take_seconds == 2.5);
    clip_list_free(&sounds);
    sounds = make(tune, 1, 1);
    s = score_of(corpus, &sounds, 0);
    OK(!s.known && strstr(s.why, "too short") && isnan(s.score.score));
    clip_list_free(&sounds);
}

static void test_little_material(void)
{
    clip_list corpus = make(tune, 1, 70), sounds = make(tune, 1, 10);
    tb_scored s = score_of(&corpus, &sounds, 0);
    OK(s.known && was_split);
    clip_list_free(&corpus);
    corpus = make(tune, 2, 4);
    s = score_of(&corpus, &sounds, 0);
    OK(!s.known && strstr(s.why, "corpus is too short"));
    clip_list_free(&corpus);
    clip_list_free(&sounds);
}

/* Noise in a corpus of noise: nothing tells them apart, and it is said. */
static void test_parts_are_left_out(void)
{
    clip_list corpus = {NULL, 0}, sounds = {NULL, 0};
    int left_out = 0;
    for (uint64_t i = 0; i < 6; i++)
        clip_list_add(&corpus, white(20, RATE, i + 1));
    clip_list_add(&sounds, white(10, RATE, 50));
    tb_scored s = score_of(&corpus, &sounds, 0);
    for (int p = 0; p < TB_PARTS; p++) {
        left_out += s.score.part[p].left_out;
        OK(s.score.part[p].left_out == isnan(s.score.part[p].score));
    }
    OK(left_out >= 3);
    clip_list_free(&corpus);
    clip_list_free(&sounds);
}

static void test_silence_and_wild_samples(clip_list *corpus)
{
    clip_list sounds = {NULL, 0};
    clip_list_add(&sounds, clip_new(10, RATE));
    tb_scored s = score_of(corpus, &sounds, 0);
    OK(s.score.score > 0.7);
    sounds.clips[0].x[3] = NAN;
    sounds.clips[0].x[4] = INFINITY;
    s = score_of(corpus, &sounds, 0);
    OK(isfinite(s.score.score));
    clip_list_free(&sounds);
}

/* Tunes lie as far apart as tunes do, noises closer, the same one nowhere; of
   one sound alone nothing is told. */
static void test_variety(clip_list *corpus)
{
    clip_list tunes = {NULL, 0}, noises = {NULL, 0}, same = {NULL, 0};
    for (uint64_t i = 0; i < 4; i++) {
        clip_list_add(&tunes, tune(12, RATE, 77000 + i));
        clip_list_add(&noises, white(12, RATE, i + 1));
        clip_list_add(&same, tune(12, RATE, 77000));
    }
    double all = score_of(corpus, &tunes, 0).variety;
    OK(all > 0.5 && all < 2);
    double still = score_of(corpus, &noises, 0).variety;
    OK(still > 0 && still < 0.7 * all);
    NEAR(score_of(corpus, &same, 0).variety, 0, 1e-6);
    clip_list one = make(tune, 1, 12);
    OK(isnan(score_of(corpus, &one, 0).variety));
    clip_list_free(&tunes);
    clip_list_free(&noises);
    clip_list_free(&same);
    clip_list_free(&one);
}

static void test_takes(void)
{
    clip_list l = {NULL, 0};
    static const double seconds[] = {2.5, 0.4, 0.3, 0.7, 1.0};
    for (int i = 0; i < 5; i++) {
        clip c = clip_new(seconds[i], RATE);
        for (int64_t k = 0; k < c.n; k++)
            c.x[k] = (float)(i + 1);
        clip_list_add(&l, c);
    }
    tb_recordings r = clip_list_recordings(&l);
    tb_takes t;
    float mono[RATE];
    EQ(tb_takes_cut(&r, RATE, 0, 0, &t, NULL), TB_OK);
    EQ(t.count, 6); /* four of the first, one joined of three, the last */
    EQ(t.groups, 3);
    EQ(t.take[3].start, (int64_t)(1.5 * RATE));
    tb_takes_read(&t, &r, 5, mono);
    NEAR(mono[0], 2, 0);
    NEAR(mono[RATE / 2], 3, 0);
    NEAR(mono[RATE - 1], 4, 0);
    tb_takes_clear(&t);
    EQ(tb_takes_cut(&r, RATE, 3, 0, &t, NULL), TB_OK);
    EQ(t.count, 3);
    tb_takes_clear(&t);
    clip_list_free(&l);
}

int main(void)
{
    clip_list corpus = make(tune, 6, 25);
    test_takes();
    test_threads(&corpus);
    test_variety(&corpus);
    test_short_sounds_are_joined(&corpus);
    test_little_material();
    test_parts_are_left_out();
    test_silence_and_wild_samples(&corpus);
    clip_list_free(&corpus);
    test_ladder(tune, "tonal");
    test_ladder(beats, "percussive");
    test_ladder(speech, "spoken");
    return tap_done();
}
