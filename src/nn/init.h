/* Fresh parameters in PyTorch's customary ranges. */
#ifndef TB_NN_INIT_H
#define TB_NN_INIT_H

#include "engine/params.h"

/* Sets every parameter by its name and shape:
     weight_ih_l0, weight_hh_l0, bias_ih_l0...  uniform within 1/sqrt(hidden)
     weight of 2 axes or more    uniform within 1/sqrt(fan in), as its bias
     embedding.weight            normal, deviation 1
     weight of 1 axis            1, and its bias 0 (normalisation)
     ..._g                       the lengths of ..._v, so that the weight is v
     all others                  0
   Each depends on the seed and its own name alone, so that adding a layer
   changes no other. */
void tb_init_params(tb_params *params, uint64_t seed);

/* One parameter, all elements alike; nothing if there is none of this name. */
void tb_init_fill(tb_params *params, const char *name, double x);

/* Row `row` of parameter i, all elements alike. */
void tb_init_row(tb_params *params, int i, int64_t row, double x);

#endif
