/* FrameRNN: a recurrent network on frames of spectra. What SampleRNN is to
   samples it is to frames: one memory, kept up frame after frame, and a head
   that says the next one. A frame is some tens of milliseconds, so that a
   memory of a few hundred numbers spans whole phrases, and a step of learning
   hears minutes. */
#ifndef TB_MODELS_FRAMERNN_H
#define TB_MODELS_FRAMERNN_H

#include "models/label_condition.h"
#include "models/spectral_frames.h"

typedef struct tb_framernn {
    tb_spectral_frames frames; /* the first */
    int cell, layers, hidden;  /* tb_cell */
    int h0;                    /* tb_first_state */
    double dropout;
    int activation; /* of what the memory reads */
    char labels[TB_LABEL_NAMES];
} tb_framernn;

extern const tb_settings tb_framernn_settings;
extern const tb_instrument tb_framernn_instrument;

#endif
