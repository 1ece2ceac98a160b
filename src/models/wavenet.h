/* WaveNet (van den Oord et al. 2016, "WaveNet: a generative model for raw
   audio"): causal convolutions whose taps lie further and further apart, so
   that a few layers hear much of the past, and a network over what they found
   that says the next sample.

   A block is as many layers as its entry of `blocks`; in it a layer's taps lie
   as far apart as the kernel sizes of the layers before it, multiplied. A layer
   is a dilated convolution to dims_dilated numbers, gated (tanh times sigmoid,
   eq. 2) or tanh alone; from there 1x1 layers lead to the skips, which are
   summed, and to the next layer, where what it read is added (residual).
   Without residuals the next layer reads the gates, without skips the head
   reads those of the last layer. With skips 0 and residuals 0 it is mimikit's.

   In stereo the layers read frames of both channels at once. What they say is
   split into a vector for each sample, which meets the last two samples before
   the head, so that right knows left of the same moment. */
#ifndef TB_MODELS_WAVENET_H
#define TB_MODELS_WAVENET_H

#include "models/label_condition.h"
#include "models/sample_levels.h"

typedef enum tb_wavenet_input {
    TB_WAVENET_LINEAR,
    TB_WAVENET_EMBEDDING
} tb_wavenet_input;

typedef struct tb_wavenet {
    tb_sample_levels sound;   /* the first */
    int input;                /* tb_wavenet_input */
    tb_int_list kernel_sizes; /* one for all layers, of a block, or of each */
    tb_int_list blocks;       /* layers of each */
    bool gated;
    int dims_dilated, residuals_dim, skips_dim, groups; /* 0: there is none */
    int head_size, head_layers, head_activation;
    bool learned_temperature;
    double min_temperature;
    char labels[TB_LABEL_NAMES];
} tb_wavenet;

extern const tb_settings tb_wavenet_settings;
extern const tb_network_size tb_wavenet_sizes[];
extern const tb_instrument tb_wavenet_instrument;

/* Refuses what does not go together, with the nearest that does. */
tb_status tb_wavenet_check(const void *config, tb_error *error);

/* Frames of sound that one frame depends on, at least 2. */
int64_t tb_wavenet_receptive_field(const tb_wavenet *config);

/* Layers altogether, and what layer i is: taps and their distance. */
int tb_wavenet_layer_count(const tb_wavenet *config);
typedef struct tb_wavenet_layer {
    int64_t taps, dilation;
} tb_wavenet_layer;
tb_wavenet_layer tb_wavenet_layer_at(const tb_wavenet *config, int i);

/* Dilated layers and head, without what lies before and behind them: x [rows,
   residuals_dim or dims_dilated, frames] to [rows, frames - spare, numbers that
   the head reads]. The first `spare` frames are only heard. `condition` (null:
   none) is added to each dilated layer by a 1x1 one (eq. 3): real [rows, n,
   frames], or [rows, n, 1], which holds all the time. */
tb_value *tb_wavenet_layers(const tb_wavenet *config, tb_value *x,
                            tb_value *condition, int64_t spare);
tb_distribution tb_wavenet_head(const tb_wavenet *config, tb_value *x,
                                tb_value *levels, int64_t context);

/* The distribution of the next of levels i64 [rows, frames], whose first
   `context` frames are only heard: its frame 0 is about frame `context`. For
   `doubt` see tb_sample_heard. */
tb_distribution tb_wavenet_next(const tb_wavenet *config, tb_value *levels,
                                tb_value *condition, tb_value *doubt,
                                int64_t context);

#endif
