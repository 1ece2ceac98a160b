/* The last frames of a signal. Any window of them is one piece of memory. */
#ifndef TB_LIVE_TAPE_H
#define TB_LIVE_TAPE_H

#include "base/realtime.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tb_live_tape {
    int64_t size; /* a power of two */
    float *data;  /* twice: [2 * size] */
} tb_live_tape;

/* Keeps at least so many frames, zeros at first. False without memory. */
bool tb_live_tape_init(tb_live_tape *tape, int64_t frames);
void tb_live_tape_clear(tb_live_tape *tape);

/* Writes frame `at`, whose place is that of frame at - size. */
static inline void tb_live_tape_put(tb_live_tape *tape, int64_t at, float x)
{
    int64_t i = at & (tape->size - 1);
    tape->data[i] = tape->data[i + tape->size] = x;
}

/* Frame `at` and those after it, `size` of them. */
static inline const float *tb_live_tape_from(const tb_live_tape *tape,
                                             int64_t at)
{
    return tape->data + (at & (tape->size - 1));
}

#endif
