/* Changing the rate of a signal while it plays: a windowed sinc (Kaiser), one
   row of its taps for each place between two samples (polyphase; Crochiere and
   Rabiner, Multirate Digital Signal Processing, 1983, ch. 3). It only reads
   windows of samples: who keeps them, and when, is the caller's. Flat to within
   0.01 dB up to 0.84 of the lower rate's half, and below -80 dB from there on
   where images and aliases would be heard. */
#ifndef TB_DSP_POLYPHASE_H
#define TB_DSP_POLYPHASE_H

#include "base/realtime.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* `up` new samples last as long as `down` old ones; both without a common
   factor. */
typedef struct tb_polyphase {
    int64_t up, down;
    int reach;    /* samples before and after a place that it reads */
    float *table; /* [up, 2 * reach]; null: up = down = 1, or held */
} tb_polyphase;

/* From one rate to another, in whole Hz. Held: each new sample is the last old
   one before it, for signals that are no sound. TB_ERR_ARGUMENT where the two
   have too little in common. */
tb_status tb_polyphase_init(tb_polyphase *p, int64_t from_rate, int64_t to_rate,
                            bool held, tb_error *error);
void tb_polyphase_clear(tb_polyphase *p);

/* Where new sample j lies: at old sample `whole` and so many up-ths more. */
typedef struct tb_rate_place {
    int64_t whole, rest;
} tb_rate_place;

/* Of place / up old samples. */
TB_REALTIME tb_rate_place tb_polyphase_place(const tb_polyphase *p,
                                             int64_t place);

/* The signal there: x points at the first sample of the window, which is number
   whole - reach + 1 (whole, where it reads no other). */
TB_REALTIME float tb_polyphase_at(const tb_polyphase *p, const float *x,
                                  int64_t rest);

/* Samples of a window: 2 * reach, at least 1. */
TB_REALTIME int tb_polyphase_window(const tb_polyphase *p);

#endif
