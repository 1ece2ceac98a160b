/* The parts of tagging. Private to it. */
#ifndef TB_JUDGE_TAGS_PARTS_H
#define TB_JUDGE_TAGS_PARTS_H

#include "judge/tags.h"

/* A sound as the detectors want it: without what is below 20 Hz, and at most
   40 kHz. */
typedef struct tb_listened {
    float *x; /* [n] */
    int64_t n;
    double sample_rate;
    double top_hz; /* nothing above this */
} tb_listened;

/* Whether the sound ends in a loop or a steady tone; fills cycle_seconds,
   loop_share and loop_agreement. */
tb_status tb_find_loop(const tb_listened *sound, int *found,
                       tb_tag_report *report, tb_error *error);

/* Whether the sound is noise; fills flatness and change. */
tb_status tb_find_noise(const tb_listened *sound, int *found,
                        tb_tag_report *report, tb_error *error);

#endif
