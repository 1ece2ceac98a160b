/* A Transformer on samples, with or without tiers: attention over the last
   frames in place of what SampleRNN remembers.

   frame_sizes are those of SampleRNN (models/samplernn.h): each entry but the
   last is a tier, which reads frames of so many samples without overlap, adds
   what the tier above says, attends to its last `look_back` frames and hands
   one vector to each frame below (learned up-sampling). The last entry is how
   many samples the sample-level network reads at once; it attends to its own
   last frames, too. With one entry there are no tiers. A tier of frames of 64
   samples reaches as far as a sample-level network that looks back on 64 times
   as many.

   All look at the past strictly: frame j depends on samples before j alone. In
   stereo frames hold both channels; what they say is split into a vector for
   each sample, which meets the last samples before the head, so that right
   knows left of the same moment. What lies before the beginning is silence
   where it is read, and nothing where it is attended to. */
#ifndef TB_MODELS_TRANSFORMER_H
#define TB_MODELS_TRANSFORMER_H

#include "models/label_condition.h"
#include "models/sample_levels.h"
#include "nn/transformer.h"

typedef struct tb_transformer {
    tb_sample_levels sound;  /* the first */
    tb_int_list frame_sizes; /* tiers, top to bottom; then last samples */
    tb_int_list dim, layers, look_back; /* one for all, or one for each entry */
    int heads, mlp_factor;
    bool gated;
    double dropout;
    int norm, positions; /* nn/transformer.h */
    int embedding_size;  /* 0: the sample level reads numbers */
    int head_size, head_layers, head_activation;
    bool learned_temperature;
    double min_temperature;
    char labels[TB_LABEL_NAMES]; /* names with commas between, or none */
} tb_transformer;

extern const tb_settings tb_transformer_settings;
extern const tb_instrument tb_transformer_instrument;

/* Refuses what does not go together, with the nearest that does. */
tb_status tb_transformer_check(const void *config, tb_error *error);

/* The layers of entry i of frame_sizes, and what one of its frames spans of
   sound: 1 for the last. */
tb_transformer_how tb_transformer_how_of(const tb_transformer *config, int i);
int64_t tb_transformer_dim(const tb_transformer *config, int i);
int64_t tb_transformer_span(const tb_transformer *config, int i);

/* Frames of sound that must be heard before those that are learned. */
int64_t tb_transformer_context(const tb_transformer *config);

#endif
