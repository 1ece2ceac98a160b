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

/* Measured: what stands, noise as well as drones, has a sameness from 0.969 on,
   tunes up to 0.953. */
#define TB_LEAST_SAMENESS 0.962

/* Whether the sound ends in a loop or a steady tone; fills cycle_seconds,
   loop_share and loop_agreement. */
tb_status tb_find_loop(const tb_listened *sound, int *found,
                       tb_tag_report *report, tb_error *error);

/* Whether the whole sound goes nowhere; fills drift_db, flutter_db and
   sameness. */
tb_status tb_find_steady(const tb_listened *sound, int *found,
                         tb_tag_report *report, tb_error *error);

/* Whether the whole sound is noise; fills flatness and change. What is steady
   may change more than chance would: hiss whose level wavers. Deep tunes are
   as flat as noise within third octaves, but without its sameness. */
tb_status tb_find_noise(const tb_listened *sound, int steady, int *found,
                        tb_tag_report *report, tb_error *error);

/* The power of two nearest to so many seconds of it. */
int tb_listening_window(const tb_listened *sound, double seconds);

#endif
