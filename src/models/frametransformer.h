/* A Transformer on frames of spectra: attention over the last frames, which
   last seconds, and a head that says the next one. */
#ifndef TB_MODELS_FRAMETRANSFORMER_H
#define TB_MODELS_FRAMETRANSFORMER_H

#include "models/label_condition.h"
#include "models/spectral_frames.h"
#include "nn/transformer.h"

typedef struct tb_frametransformer {
    tb_spectral_frames frames; /* the first */
    int dim, layers, look_back, heads, mlp_factor;
    bool gated;
    double dropout;
    int norm, positions; /* nn/transformer.h */
    char labels[TB_LABEL_NAMES];
} tb_frametransformer;

extern const tb_settings tb_frametransformer_settings;
extern const tb_instrument tb_frametransformer_instrument;

/* Refuses what does not go together, with the nearest that does. */
tb_status tb_frametransformer_check(const void *config, tb_error *error);

tb_transformer_how tb_frametransformer_layers(const tb_frametransformer *c);

#endif
