/* Layers of attention over the last frames (Vaswani et al. 2017), as language
   models have them: causal, and normalised before each step rather than after
   it (Xiong et al. 2020).

   A layer sees `window` frames, its own included, in training as in a stream:
   what it remembers is bounded, and several layers see further, as one layer
   after the other. Where a frame lies is known by its distance alone, so that
   nothing counts on for ever: attention is given a bias for each distance, by
   the heads' fixed slopes (Press et al. 2022, ALiBi), or a learned one that
   begins with slopes (Raffel et al. 2020, without their buckets). Both leave
   keys as they are, so they are remembered in the form in which they are read.
   Rotations by position (Su et al. 2021) would tie bits to the time since the
   beginning, and learning hears only excerpts. */
#ifndef TB_NN_TRANSFORMER_H
#define TB_NN_TRANSFORMER_H

#include "engine/graph.h"
#include "engine/params.h"

typedef enum tb_transformer_norm {
    TB_NORM_LAYER,
    TB_NORM_RMS /* without a mean (Zhang and Sennrich 2019) */
} tb_transformer_norm;

typedef enum tb_transformer_positions {
    TB_POSITIONS_LEARNED,
    TB_POSITIONS_ALIBI,
    TB_POSITIONS_NONE
} tb_transformer_positions;

/* In these orders; end with null. */
extern const char *const tb_transformer_norms[],
    *const tb_transformer_position_names[];

typedef struct tb_transformer_how {
    int layers;
    int64_t heads, window; /* heads divide the size of a frame */
    int64_t hidden;        /* of the network between two attentions */
    bool gated;            /* it is SiLU times another half (Shazeer 2020) */
    int norm, positions;
    double dropout; /* in training, of what is added */
} tb_transformer_how;

/* Frames before one that it depends on. */
int64_t tb_transformer_past(const tb_transformer_how *how);

/* x [rows, frames, n] to [rows, frames - spare, n], normalised: the first
   `spare` frames are only heard. With none, or fewer than it depends on, what
   lies before the beginning is not looked at. */
tb_value *tb_transformer_layers(tb_value *x, const char *name,
                                const tb_transformer_how *how, int64_t spare);

/* After tb_init_params: heads that look near and far, and layers that add
   little at first, the less the more there are (Radford et al. 2019). */
void tb_transformer_init(tb_params *params, const char *name,
                         const tb_transformer_how *how);

#endif
