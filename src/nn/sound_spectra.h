/* Spectra that discriminators listen to, and sound as they want it. */
#ifndef TB_NN_SOUND_SPECTRA_H
#define TB_NN_SOUND_SPECTRA_H

#include "engine/graph.h"

/* Sound [batch, channels, frames], beyond both ends reflected: `frames` are
   those that x has, more than `left` and `right`. */
tb_value *tb_reflect(tb_value *x, int64_t frames, int64_t left, int64_t right);

/* Sound [batch, channels, frames] to [batch, channels, bins, frames, 2], with a
   Hann window whose peak is 1 or, `normal`, whose squares sum to 1; hops of a
   quarter, nothing around the sound. */
tb_value *tb_sound_spectra(tb_value *x, int64_t size, bool normal);

/* These as [batch, 2 channels, frames, bins]: all real parts before all
   imaginary ones or, `pairs`, both of each channel together. */
tb_value *tb_spectra_as_channels(tb_value *bins, bool pairs);

#endif
