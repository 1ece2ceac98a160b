/* FreqNet: a WaveNet on frames of spectra (mimikit's, and its name). Dilated
   layers read the last frames, a head says the next one; phases are found while
   it plays. */
#ifndef TB_MODELS_FREQNET_H
#define TB_MODELS_FREQNET_H

#include "models/label_condition.h"
#include "models/spectral_frames.h"
#include "models/wavenet.h"

typedef struct tb_freqnet {
    tb_spectral_frames frames; /* the first */
    /* As in a tb_wavenet. */
    tb_int_list kernel_sizes, blocks;
    bool gated;
    int dims_dilated, residuals_dim, skips_dim, layer_groups;
    int activation; /* of the skips' sum */
    double dropout; /* of what is read, and of what the head reads */
    char labels[TB_LABEL_NAMES];
} tb_freqnet;

extern const tb_settings tb_freqnet_settings;
extern const tb_network_size tb_freqnet_sizes[];
extern const tb_instrument tb_freqnet_instrument;

/* Its dilated layers. */
tb_wavenet tb_freqnet_layers(const tb_freqnet *config);

/* Refuses what does not go together, with the nearest that does. */
tb_status tb_freqnet_check(const void *config, tb_error *error);

/* Frames of spectra that one frame depends on, at least 1. */
int64_t tb_freqnet_receptive_field(const tb_freqnet *config);

#endif
