/* The learning rate as a function of the step: PyTorch's LinearLR,
   CosineAnnealingLR (in closed form) and OneCycleLR (two phases of cosines,
   without its cycle of momentum). What falls when a metric says so stands still
   here: whoever knows the metric multiplies. */
#ifndef TB_ENGINE_RATE_SCHEDULE_H
#define TB_ENGINE_RATE_SCHEDULE_H

#include <stdint.h>

typedef enum tb_schedule_kind {
    TB_SCHEDULE_CONSTANT,
    TB_SCHEDULE_LINEAR,
    TB_SCHEDULE_COSINE,
    TB_SCHEDULE_ONE_CYCLE,
    TB_SCHEDULE_PLATEAU /* falls when a metric stops getting better */
} tb_schedule_kind;

/* Names in the order of the values, ending with null, for settings. */
extern const char *const tb_schedule_names[];

typedef struct tb_rate_schedule {
    tb_schedule_kind kind;
    double rate;   /* the highest */
    double final;  /* the last one as a part of it: linear, cosine */
    double rise;   /* one-cycle: the part of all steps that goes upwards */
    double div;    /* one-cycle: the first rate is rate / div ... */
    double end;    /* ... and the last one rate / div / end */
    int64_t steps; /* of the whole training, at least 1 */
} tb_rate_schedule;

/* The rate of a step, counted from 0. From step `steps` on (one-cycle: from
   the last) the final rate stays. */
double tb_schedule_rate(const tb_rate_schedule *schedule, int64_t step);

/* The rate where `share` of the whole (0 to 1) is over, however that is
   counted; does not depend on `steps`. */
double tb_schedule_at(const tb_rate_schedule *schedule, double share);

/* From `start` to `end` along half a cosine; part is 0 to 1. */
double tb_anneal(double start, double end, double part);

#endif
