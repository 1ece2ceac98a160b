/* Mel bands (dsp/mel.h) inside graphs, for networks that hear and say these. As
   all builders these take null for null and leave errors in the graph. */
#ifndef TB_DSP_MEL_OPS_H
#define TB_DSP_MEL_OPS_H

#include "dsp/mel.h"
#include "engine/graph.h"

/* Magnitudes or powers, real [batch, bins, frames], to [batch, bands, frames]:
   what tb_mel_bands computes. */
tb_value *tb_bands_of_spectra(tb_value *spectra, const tb_mel *mel);

/* And back: the pseudo-inverse cut at 0, then so many projected gradient steps
   towards bins that have these bands, none below 0. */
tb_value *tb_spectra_of_bands(tb_value *bands, const tb_mel_inverse *inverse,
                              int steps);

#endif
