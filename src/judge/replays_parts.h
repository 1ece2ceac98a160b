/* The parts of looking for passages. Private to it. */
#ifndef TB_JUDGE_REPLAYS_PARTS_H
#define TB_JUDGE_REPLAYS_PARTS_H

#include "judge/replays.h"

#include <stdbool.h>

enum {
    TB_COURSE_BANDS = 32,   /* of two semitones */
    TB_COURSE_MOMENTS = 12, /* of an excerpt */
    TB_COURSE_STEPS = 4,    /* frames between moments, at speed 1 */
    TB_COURSE_SPEEDS = 21,
    TB_COURSE_SHIFTS = 5 /* -2 to 2 semitones */
};

/* Frames are 40 ms apart. */
#define TB_COURSE_FRAME 0.04

/* Levels of a sound in semitones, [frames, 2 TB_COURSE_BANDS], in dB over a
   floor 50 dB below its loudest one. */
typedef struct tb_course_levels {
    int64_t frames, room;
    float *level;
} tb_course_levels;

/* A long recording's frames among all, or those of short ones in a row. */
typedef struct tb_course_span {
    int recording; /* the first */
    bool joined;
    int64_t first, frames;
} tb_course_span;

/* What excerpts are compared with: finely, or with half the bands and half the
   moments, which is quicker and good enough to choose where to look. */
typedef struct tb_course_grid {
    int bands, moments, stride; /* moments at every stride-th of all */
    float *level;               /* [frames, bands] */
    float *power; /* [TB_COURSE_SPEEDS, frames]: what moves in an excerpt that
                     begins there; 0 where it would not end in its recording */
} tb_course_grid;

struct tb_replays {
    double sample_rate;
    tb_pool *pool;
    int64_t frames;
    tb_course_grid fine, coarse;
    tb_course_span *span;
    int spans;
    int64_t *begin; /* [recordings]: the first frame of each */
    int recordings;
    double threshold;
};

/* 0.5 to 2, in equal ratios. */
double tb_course_speed(int i);

/* Frame of moment k at a speed. */
int64_t tb_course_frame(int speed, int k);

/* The levels of n samples; the caller frees them. */
tb_status tb_course_listen(const float *mono, int64_t n, double sample_rate,
                           tb_course_levels *levels, tb_error *error);

/* The likest place of the corpus for an excerpt. */
typedef struct tb_course_match {
    double likeness;
    int64_t frame; /* of the corpus; -1: none */
    int span, speed, shift;
} tb_course_match;

/* Of the excerpt that begins at `frame`; places in span `without` (-1: in none)
   do not count. An excerpt in which nothing moves has none. */
tb_course_match tb_course_find(const tb_replays *p,
                               const tb_course_levels *sound, int64_t frame,
                               int without);

#endif
