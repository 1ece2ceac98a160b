/* Lengths: how many frames each value has when the signal has n. */
#ifndef TB_ENGINE_FRAMES_H
#define TB_ENGINE_FRAMES_H

#include "base/realtime.h"
#include "engine/graph.h"

static inline int64_t tb_floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

static inline int64_t tb_ceil_div(int64_t a, int64_t b)
{
    return -tb_floor_div(-a, b);
}

/* Greatest common divisor; b may be 0. */
static inline int64_t tb_gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* First and last input frame that output frame j reads. */
static inline int64_t tb_lowest(tb_window w, int64_t j)
{
    return -tb_floor_div(w.back - j * w.down, w.up);
}

static inline int64_t tb_highest(tb_window w, int64_t j)
{
    return tb_floor_div(j * w.down + w.ahead, w.up);
}

/* Output frames of `have` input frames; `tail` is the op's own when the input
   ends there, else 0. TB_NO_END stays. */
TB_REALTIME int64_t tb_window_count(tb_window w, int64_t have, int64_t tail);

/* The shortest of a node's inputs that have time; TB_NO_END if none has. */
TB_REALTIME int64_t tb_shortest_input(const tb_node *n, const int64_t *frames);

/* Frames of a value when inputs have n frames and feedback values span `loop`
   base frames (TB_NO_END in streams); `frames`, by value id, holds those of the
   values that it is made from. */
TB_REALTIME int64_t tb_value_frames(const tb_value *v, int64_t n, int64_t loop,
                                    const int64_t *frames);

/* The same for all values. */
TB_REALTIME void tb_lengths(const tb_graph *g, int64_t n, int64_t loop,
                            int64_t *frames);

#endif
