/* Frames of spectra as codes: of each frame K codes stand for vectors whose sum
   is nearest to it (dsp/codebooks.h). What networks say then is always made of
   what the recordings are made of. Private to spectral_*.c. */
#ifndef TB_MODELS_SPECTRAL_CODES_H
#define TB_MODELS_SPECTRAL_CODES_H

#include "models/spectral_frames.h"

/* Vectors x [rows, n, frames] to codes i64 [rows, frames, K], and back. The
   books are parameters that no gradient reaches. */
tb_value *tb_spectral_codes_of(const tb_spectral_frames *how, tb_value *x);
tb_value *tb_spectral_vectors(const tb_spectral_frames *how, tb_value *codes,
                              int64_t n);

/* Codes of which each is any other, with a probability between 0 and
   past_noise that is drawn for each row. */
tb_value *tb_spectral_confused(const tb_spectral_frames *how, tb_value *codes);

/* Sets the books by vectors [frames, n], which become what their codes stand
   for. */
tb_status tb_spectral_learn_codes(const tb_spectral_frames *how,
                                  tb_params *params, float *vectors,
                                  int64_t frames, int64_t n, uint64_t seed,
                                  tb_error *error);

#endif
