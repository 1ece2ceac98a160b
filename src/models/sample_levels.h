/* Sound as levels of samples, for networks that foresee one sample after the
   other: what SampleRNN and WaveNet have in common. Channels are interleaved,
   left first. */
#ifndef TB_MODELS_SAMPLE_LEVELS_H
#define TB_MODELS_SAMPLE_LEVELS_H

#include "dsp/mulaw.h"
#include "engine/graph.h"
#include "nn/layers.h"

typedef struct tb_sample_levels {
    int levels, channels;
    double mulaw; /* compression, as in dsp/mulaw.h */
} tb_sample_levels;

/* Sound real [rows, channels, frames] to levels i64 [rows, frames * channels],
   and back. */
tb_value *tb_sample_encode(tb_value *sound, tb_sample_levels how);
tb_value *tb_sample_decode(tb_value *levels, tb_sample_levels how);

/* Numbers from -2 to 2, 0 in silence: real [rows, 1, frames]. */
tb_value *tb_sample_numbers(tb_value *levels, tb_sample_levels how);

/* Vectors of the parameter `name` [levels, size], measured from that of
   silence: [rows, size, frames]. */
tb_value *tb_sample_vectors(tb_value *levels, const char *name, int64_t size,
                            tb_sample_levels how);

/* Logits [rows, frames, levels] by the head that is called "head". With a
   learned temperature the network divides them by one that it chooses, at least
   `lowest`. */
tb_value *tb_sample_logits(tb_value *x, const tb_mlp *head, int64_t levels,
                           bool learned_temperature, double lowest);

/* Each frame of x [rows, frames, n] becomes `factor` frames of `size` numbers,
   by a linear layer. */
tb_value *tb_frames_to_samples(tb_value *x, const char *name, int64_t factor,
                               int64_t size, unsigned flags);

#endif
