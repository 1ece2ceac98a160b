/* SampleRNN (Mehri et al. 2017, "SampleRNN: an unconditional end-to-end neural
   audio generation model"): tiers that hear longer and longer frames of the
   past, and a network over the last samples that says the next one.

   Tier i reads frames of frame_sizes[i] samples without overlap, adds what
   the tier above says (learned up-sampling: a linear layer to as many vectors
   as there are frames of this tier in one of that), and remembers. The last
   entry of frame_sizes is not a tier: it is how many samples the sample-level
   network looks back on, and free; the tier above it speaks to every sample.
   All of them look at the past strictly: frame j of the logits depends on
   samples before j alone.

   Samples of two channels are interleaved (left first), and frame sizes count
   frames of all channels. Tiers read samples as numbers from -2 to 2, as in the
   paper's program, 0 in silence. With input "embedding" the sample-level
   network reads vectors instead, as in the paper, learned for each level and 0
   for silence. What lies before the beginning is silence. */
#ifndef TB_MODELS_SAMPLERNN_H
#define TB_MODELS_SAMPLERNN_H

#include "models/label_condition.h"
#include "models/sample_levels.h"

typedef enum tb_samplernn_input {
    TB_SAMPLERNN_LINEAR,
    TB_SAMPLERNN_EMBEDDING
} tb_samplernn_input;

/* How a tier joins its own frames with the tier above. */
typedef enum tb_samplernn_mix {
    TB_SAMPLERNN_SUM,
    TB_SAMPLERNN_MEAN,
    TB_SAMPLERNN_STATIC_MIX /* two learned weights, 1/2 each at first */
} tb_samplernn_mix;

typedef struct tb_samplernn {
    tb_sample_levels sound;  /* the first */
    tb_int_list frame_sizes; /* top to bottom, then the last samples */
    tb_int_list hidden;      /* one for all tiers, or one for each */
    int cell, layers, h0;    /* nn/layers.h: tb_cell, tb_first_state */
    double dropout;
    bool weight_norm;
    int input, embedding_size; /* tb_samplernn_input */
    int inputs_mode;           /* tb_samplernn_mix */
    int head_size;             /* of the sample-level network, all its layers */
    int head_layers, head_activation;
    bool learned_temperature;
    double min_temperature;
    char labels[TB_LABEL_NAMES];
} tb_samplernn;

extern const tb_settings tb_samplernn_settings;
extern const tb_network_size tb_samplernn_sizes[];
extern const tb_instrument tb_samplernn_instrument;

#endif
