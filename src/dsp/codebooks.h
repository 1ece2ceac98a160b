/* Codebooks in stages (residual vector quantisation; Juang and Gray 1982,
   "Multiple stage vector quantization for speech coding"): the first stage
   holds the vector that is nearest, each further one what is nearest to what
   those before it left. */
#ifndef TB_DSP_CODEBOOKS_H
#define TB_DSP_CODEBOOKS_H

#include "base/status.h"

#include <stdint.h>

/* Makes `stages` books of `size` vectors each for rows [n, width], by k-means
   from rows chosen at random: books [stages, size, width]. Vectors that no row
   is near to begin anew at another row. The rows become what the last stage
   leaves of them. The same seed gives the same bits. */
tb_status tb_codebooks_learn(float *rows, int64_t n, int64_t width, int stages,
                             int size, uint64_t seed, float *books,
                             tb_error *error);

/* The code of the vector of a book [size, width] that is nearest to x [width].
   half_squares [size]: half of the square of each one's length. */
int tb_codebook_nearest(const float *book, const float *half_squares, int size,
                        int64_t width, const float *x);
void tb_codebook_half_squares(const float *book, int size, int64_t width,
                              float *half_squares);

#endif
