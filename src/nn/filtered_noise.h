/* Noise through filters that change from frame to frame, as the synthesisers of
   autoencoders on sound have it (Engel et al. 2020, "DDSP", section 3.5). */
#ifndef TB_NN_FILTERED_NOISE_H
#define TB_NN_FILTERED_NOISE_H

#include "engine/graph.h"

#include <stdbool.h>

enum { TB_NOISE_MOST_BINS = 256 };

typedef struct tb_filtered_noise {
    int64_t signals; /* that each have noise of their own */
    int64_t hop;     /* frames of them for one of magnitudes */

    /* The filter is cut to the first `hop` taps before it is turned round its
       middle, and does not reach from one frame to the next: what published
       RAVE models have learned with. Else it is whole. */
    bool cropped;
} tb_filtered_noise;

/* Magnitudes real [rows, signals * bins, frames], of bins from 0 to the highest
   frequency, to [rows, signals, frames * hop]: uniform noise between -1 and 1
   through a filter of 2 * (bins - 1) taps under a Hann window. `noise` [rows,
   signals, frames, hop] is given, or null: drawn. Null for null. */
tb_value *tb_filtered_noise_of(tb_value *magnitudes,
                               const tb_filtered_noise *how, tb_value *noise);

#endif
