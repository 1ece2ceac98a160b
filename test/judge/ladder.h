/* The ladder that a score has to put in order: excerpts of recordings that are
   held out of a corpus, changed more and more. */
#ifndef TB_TEST_LADDER_H
#define TB_TEST_LADDER_H

#include "changed.h"
#include "clip_list.h"
#include "dsp/spectrum.h"
#include "judge/score.h"
#include "judge/shaped_noise.h"
#include "tap.h"

typedef enum rung {
    REAL,
    SHUFFLED,
    RANDOM_PHASE,
    FROZEN,
    NOISE,
    HALF_SILENT,
    LOW_PASSED,
    NOISY,
    SOFT,
    RUNGS
} rung;

static const char *const rung_names[RUNGS] = {
    "real excerpts", "3 s shuffle", "random phase", "frozen",      "noise",
    "half silent",   "below 1 kHz", "noise -20 dB", "12 dB softer"};

enum { EXCERPTS = 8, EXCERPT_SECONDS = 10 };

/* Sums over sets of excerpts. */
typedef struct ladder {
    double sum[RUNGS], squares[RUNGS];
    double part[RUNGS][TB_PARTS];
    int parts[RUNGS][TB_PARTS], sets;
} ladder;

static inline void change(clip_list *l, rung r, uint64_t seed)
{
    if (r == SHUFFLED)
        shuffle_pieces(l->clips, l->count, 3, seed);
    for (int i = 0; i < l->count; i++) {
        clip *c = &l->clips[i];
        uint64_t one = seed * 100 + (uint64_t)i;
        if (r == RANDOM_PHASE)
            randomise_phases(c, one);
        else if (r == FROZEN)
            freeze(c, one);
        else if (r == HALF_SILENT)
            fall_silent(c);
        else if (r == LOW_PASSED)
            pass_lows(c, 1000);
        else if (r == NOISY)
            add_noise_below(c, 20, one);
        else if (r == SOFT)
            clip_gain(c, 0.25);
    }
}

/* Noise of the smoothed spectrum of some clips; as long as those in `list`. */
static inline void become_noise(clip_list *list, const clip_list *corpus,
                                uint64_t seed)
{
    enum { SIZE = 4096 };
    double *power = calloc(SIZE / 2 + 1, sizeof *power);
    float bins[SIZE / 2 + 1];
    tb_spectrum *spectrum = tb_spectrum_new(SIZE);
    for (int i = 0; i < corpus->count; i++)
        for (int64_t at = 0; at + SIZE <= corpus->clips[i].n; at += SIZE) {
            tb_spectrum_power(spectrum, corpus->clips[i].x, corpus->clips[i].n,
                              at, bins);
            for (int k = 0; k <= SIZE / 2; k++)
                power[k] += bins[k];
        }
    for (int i = 0; i < list->count; i++)
        tb_shaped_noise(power, SIZE, seed, (uint32_t)i, list->clips[i].x,
                        list->clips[i].n, NULL);
    tb_spectrum_free(spectrum);
    free(power);
}

static inline clip_list copies(const clip_list *from)
{
    clip_list l = {NULL, 0};
    for (int i = 0; i < from->count; i++)
        clip_list_add(&l, clip_copy(&from->clips[i], 0, from->clips[i].n));
    return l;
}

/* EXCERPTS takes of what is held out, by chance. */
static inline clip_list excerpts_of(clip_list *held_out, uint64_t seed)
{
    clip_list l = {NULL, 0};
    double rate = held_out->clips[0].rate;
    tb_recordings r = clip_list_recordings(held_out);
    tb_takes takes;
    tb_rng rng = {.seed = seed};
    tb_takes_cut(&r, (int64_t)(EXCERPT_SECONDS * rate), 0, 0, &takes, NULL);
    for (int i = 0; i < EXCERPTS && takes.count > 0; i++) {
        int at = i % takes.count;
        int other = at + (int)tb_rng_below(&rng, (uint64_t)(takes.count - at));
        tb_take keep = takes.take[at];
        takes.take[at] = takes.take[other];
        takes.take[other] = keep;
        clip c = clip_new(EXCERPT_SECONDS, rate);
        tb_takes_read(&takes, &r, at, c.x);
        clip_list_add(&l, c);
    }
    tb_takes_clear(&takes);
    return l;
}

static inline void climb(ladder *to, clip_list *corpus, clip_list *held_out,
                         uint64_t seed)
{
    clip_list real = excerpts_of(held_out, seed);
    tb_recordings compared = clip_list_recordings(corpus);
    tb_score_settings settings = {corpus->clips[0].rate, seed, 0};
    tb_scorer *scorer =
        tb_scorer_new(&compared, EXCERPTS * EXCERPT_SECONDS, &settings, NULL);
    for (int r = 0; r < RUNGS; r++) {
        tb_scored scored;
        clip_list set = copies(&real);
        if (r == NOISE)
            become_noise(&set, corpus, seed + 7);
        else
            change(&set, (rung)r, seed);
        tb_recordings sounds = clip_list_recordings(&set);
        EQ(tb_scorer_score(scorer, &sounds, &scored, NULL), TB_OK);
        to->sum[r] += scored.score.score;
        to->squares[r] += scored.score.score * scored.score.score;
        for (int p = 0; p < TB_PARTS; p++)
            if (!scored.score.part[p].left_out) {
                to->part[r][p] += scored.score.part[p].score;
                to->parts[r][p]++;
            }
        clip_list_free(&set);
    }
    to->sets++;
    tb_scorer_free(scorer);
    clip_list_free(&real);
}

/* Each recording of a few held out in turn; of many, each quarter. */
static inline ladder climb_all(const clip_list *all, int seeds)
{
    ladder l = {.sets = 0};
    int folds = all->count <= 5 ? all->count : 4;
    for (int seed = 0; seed < seeds; seed++)
        for (int fold = 0; fold < folds; fold++) {
            clip_list corpus = {NULL, 0}, held_out = {NULL, 0};
            for (int i = 0; i < all->count; i++)
                clip_list_add((i + seed * 7) % folds == fold ? &held_out
                                                             : &corpus,
                              all->clips[i]);
            climb(&l, &corpus, &held_out, (uint64_t)(seed * 10 + fold + 1));
            free(corpus.clips);
            free(held_out.clips);
        }
    return l;
}

static inline double stands(const ladder *l, rung r)
{
    return l->sum[r] / l->sets;
}

static inline void print_ladder(const ladder *l, const char *name)
{
    fprintf(stderr, "# %-14s  score (spread) ", name);
    for (int p = 0; p < TB_PARTS; p++)
        fprintf(stderr, " %8s", tb_part_key((tb_part)p));
    for (int r = 0; r < RUNGS; r++) {
        double mean = stands(l, (rung)r);
        fprintf(stderr, "\n# %-14s  %5.2f  (%.2f) ", rung_names[r], mean,
                sqrt(fmax(0, l->squares[r] / l->sets - mean * mean)));
        for (int p = 0; p < TB_PARTS; p++)
            if (l->parts[r][p])
                fprintf(stderr, " %8.2f", l->part[r][p] / l->parts[r][p]);
            else
                fprintf(stderr, " %8s", "-");
    }
    fprintf(stderr, "\n");
}

#endif
