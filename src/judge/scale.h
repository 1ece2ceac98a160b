/* The scale of a score: what traits of takes are held against, from real
   excerpts (0) to noise (1). */
#ifndef TB_JUDGE_SCALE_H
#define TB_JUDGE_SCALE_H

#include "judge/ear.h"
#include "judge/takes.h"

#include <stdbool.h>

enum { TB_SCALE_DRAWS = 40 };

typedef struct tb_score_scale tb_score_scale;

/* What the takes of a corpus (`traits`, one for each of `takes`) and of noise
   make of it, for sounds of `judged` takes. Each draw divides the corpus's
   groups by chance: takes of some are real excerpts, all others what these are
   compared with. `weights` as in tb_ear_weights. Null without memory, or with
   fewer than two groups. */
tb_score_scale *tb_score_scale_new(const tb_takes *takes,
                                   const tb_traits *traits,
                                   const tb_traits *noise, int noises,
                                   int judged, const float *weights,
                                   uint64_t seed, tb_error *error);
void tb_score_scale_free(tb_score_scale *scale);

/* Where a part stands. The distances are medians over all draws. */
typedef struct tb_part_score {
    double score;     /* -1 to 1; NaN: left out */
    double real;      /* distance of real excerpts: 0 on the scale */
    double noise;     /* of noise: 1 on the scale */
    double deviation; /* of real excerpts, from draw to draw */
    double distance;  /* of the sounds */
    bool left_out;    /* noise and real excerpts are too close to tell */
} tb_part_score;

typedef struct tb_score {
    double score; /* mean of the parts that are not left out; NaN: none */
    double real_low, real_high; /* of 80 % of the draws' real excerpts */
    tb_part_score part[TB_PARTS];
} tb_score;

/* Scores the takes of sounds. */
void tb_score_scale_score(const tb_score_scale *scale, const tb_traits *traits,
                          int count, tb_score *score);

/* How far takes of different groups lie apart: the median, over their pairs
   (evenly spread ones of many), of the mean distance in the parts that are not
   left out. NaN: there is one group, or nothing to tell it by. */
double tb_score_scale_spread(const tb_score_scale *scale, const tb_takes *takes,
                             const tb_traits *traits);

#endif
