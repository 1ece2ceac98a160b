/* Takes: stretches of one length that recordings are compared by. */
#ifndef TB_JUDGE_TAKES_H
#define TB_JUDGE_TAKES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Mono recordings at one sample rate, wherever they lie. */
typedef struct tb_recordings {
    int count;
    int64_t (*frames)(void *context, int recording);
    /* Frames start ... start + n - 1, which there are. */
    void (*read)(void *context, int recording, int64_t start, int64_t n,
                 float *mono);
    void *context;
} tb_recordings;

/* Where a take begins. One that begins in a recording shorter than a take goes
   on in the next such. */
typedef struct tb_take {
    int recording;
    int64_t start;
    int group; /* takes of one group share recordings */
} tb_take;

typedef struct tb_takes {
    int64_t frames; /* of each */
    tb_take *take;
    int count, groups;
    bool split; /* too few recordings: parts of one stand for several */
} tb_takes;

/* Cuts recordings into at most `most` takes of `frames` frames: long ones into
   takes that overlap by half, short ones joined in their order. Where fewer
   than `least_groups` groups come out of it, long recordings are divided into
   quarters, between which nothing overlaps. The caller clears `takes`. */
tb_status tb_takes_cut(const tb_recordings *recordings, int64_t frames,
                       int most, int least_groups, tb_takes *takes,
                       tb_error *error);
void tb_takes_clear(tb_takes *takes);

/* mono: [takes->frames] */
void tb_takes_read(const tb_takes *takes, const tb_recordings *recordings,
                   int take, float *mono);

#endif
