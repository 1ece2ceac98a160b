/* How far sounds are from a corpus, as a listener would put it: 0 is where real
   excerpts of the same number and length stand, taken from recordings that they
   are not compared with, 1 is where noise of the corpus's smoothed spectrum
   stands. Loudness is not judged: sounds are brought to the corpus's. */
#ifndef TB_JUDGE_SCORE_H
#define TB_JUDGE_SCORE_H

#include "judge/scale.h"

typedef struct tb_score_settings {
    double sample_rate; /* of the recordings and the sounds, from 2000 Hz on */
    uint64_t seed;      /* of the draws and the noise */
    int threads;        /* 0: one for each processor; changes no bit */
} tb_score_settings;

/* What was compared, beside the score. */
typedef struct tb_scored {
    tb_score score;
    double take_seconds; /* that all was cut into */
    int takes;           /* of the sounds */
    /* How far the sounds lie apart, where 1 is how far recordings do; NaN:
       takes of one sound alone, or runs of several. */
    double variety;
    bool known; /* false: too little to score by, see `why` */
    char why[160];
} tb_scored;

/* A corpus that was listened to. One thread at a time. */
typedef struct tb_scorer tb_scorer;

/* Listens to a corpus, of a long one to evenly spread takes, so that sets of
   about `sound_seconds` in all can be scored. Keeps no pointer to it. A corpus
   that is too short is no error: scoring tells. */
tb_scorer *tb_scorer_new(const tb_recordings *corpus, double sound_seconds,
                         const tb_score_settings *settings, tb_error *error);
void tb_scorer_free(tb_scorer *scorer);

/* Whether one that listened for `sound_seconds` would hear the same takes. */
bool tb_scorer_suits(const tb_scorer *scorer, double sound_seconds);

/* Whether parts of one recording stand for several. */
bool tb_scorer_is_split(const tb_scorer *scorer);

/* Scores `sounds` together. */
tb_status tb_scorer_score(tb_scorer *scorer, const tb_recordings *sounds,
                          tb_scored *scored, tb_error *error);

#endif
