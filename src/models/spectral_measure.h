/* What is measured on recordings so that frames of their spectra mean
   something: buffers of a checkpoint by the names below. Private to
   spectral_*.c. */
#ifndef TB_MODELS_SPECTRAL_MEASURE_H
#define TB_MODELS_SPECTRAL_MEASURE_H

#include "models/spectral_frames.h"

/* What no level goes beyond in recordings, and a little more [levels]. */
#define TB_FRAMES_LOUDEST "frames.loudest"

/* Of levels [levels]; of symbols [numbers], as the next two. */
#define TB_FRAMES_MEAN "frames.mean"
#define TB_FRAMES_DEVIATION "frames.deviation"
#define TB_FRAMES_MOST "frames.most"

/* Directions [numbers, levels], and how far levels lie from what symbols say
   of them, on the average [levels]. */
#define TB_FRAMES_COMPONENTS "frames.components"
#define TB_FRAMES_LEFT_OUT "frames.left_out"

/* How much of the last frame goes on, number by number: learned. */
#define TB_FRAMES_KEPT "head.kept"

/* Levels of a frame, of all channels. */
int64_t tb_spectral_levels(const tb_spectral_frames *how);

/* Whether frames are codes, and whether noise takes the place of what they
   leave out. */
bool tb_spectral_is_coded(const tb_spectral_frames *how);
bool tb_spectral_leaves_out(const tb_spectral_frames *how);

#endif
