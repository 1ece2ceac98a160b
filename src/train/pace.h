/* How far a training is in what it was given, minutes or epochs, and what that
   makes of its learning rates; when a rate that has no end in sight falls. All
   of it follows from numbers that resume.safetensors keeps. */
#ifndef TB_TRAIN_PACE_H
#define TB_TRAIN_PACE_H

#include "engine/rate_schedule.h"
#include "models/learning.h"

#include <stdbool.h>

/* Where rates stand, for tb_trainer_set_pace. */
typedef struct tb_rate_pace {
    double share;  /* of the whole that is over, 0 to 1; below 0: by steps */
    double factor; /* of all rates */
    double anew;   /* of those that begin anew in each phase, instead */
} tb_rate_pace;

/* What was asked for when a training began, or went on, last. */
typedef struct tb_round {
    double seconds;      /* of training; 0: epochs alone count */
    double used;         /* of those */
    int64_t finishing;   /* 1: rates go from where they stood to their end */
    double share, from;  /* finishing: where they stood, see tb_rate_pace */
    int64_t first, last; /* finishing in epochs: from step to step; last 0: in
                            seconds alone */
} tb_round;

/* A rate that falls when the first metric has stopped getting better. */
typedef struct tb_plateau {
    int64_t falls;      /* so far */
    int64_t before;     /* of those, in phases before this one */
    int64_t fell;       /* after that epoch, or began to watch, from 1 */
    double best;        /* of the metric */
    int64_t best_epoch; /* measured after it, from 1; 0: nothing yet */
    int64_t ended;      /* 1: falling helps no more */
} tb_plateau;

/* The pace of step `step` of `steps` (0: nobody knows how many). With seconds
   the schedule stands at the share of them that is used, however fast the
   machine is, and at that of the steps where these are nearer to their end. */
tb_rate_pace tb_round_pace(const tb_round *round, const tb_plateau *plateau,
                           const tb_rate_schedule *schedule, int64_t step,
                           int64_t steps);

/* The part of it that is over at a step, 0 to 1; 0 where nobody knows how much
   there is. */
double tb_round_part(const tb_round *round, int64_t step, int64_t steps);

/* Whether its seconds are used. */
bool tb_round_is_over(const tb_round *round);

/* A round that anneals what is there, from the pace `now` at step `step` of
   `steps`: in `seconds` (0: any), in `more` steps (0: any), or in what is over
   first. */
tb_round tb_round_finish(const tb_rate_pace *now, double seconds, int64_t more,
                         int64_t step, int64_t steps);

typedef enum tb_plateau_turn {
    TB_PLATEAU_WAITS,
    TB_PLATEAU_FALLS,
    TB_PLATEAU_ENDS /* the last fall did not help */
} tb_plateau_turn;

/* What the metric of an epoch, counted from 1, changes. `steps`: of an epoch.
 */
tb_plateau_turn tb_plateau_follow(tb_plateau *plateau, const tb_metric *metric,
                                  double x, int64_t epoch, int64_t steps);

/* Metrics from `epoch` on are not to be compared with those before. */
void tb_plateau_restart(tb_plateau *plateau, int64_t epoch);

/* The same, because a phase begins. */
void tb_plateau_begin_phase(tb_plateau *plateau, int64_t epoch);

#endif
