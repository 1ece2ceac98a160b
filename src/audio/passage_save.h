/* A passage of a recording as a sound file of its own. */
#ifndef TB_AUDIO_PASSAGE_SAVE_H
#define TB_AUDIO_PASSAGE_SAVE_H

#include "audio/encode.h"
#include "audio/passage.h"

/* Writes the frames start .. start + frames - 1 to `path`, which fade out over
   the last `fade` frames (0: not at all). Passages are saved in the order of
   their starts. */
tb_status tb_passage_save(tb_passages *passages, int64_t start, int64_t frames,
                          int64_t fade, const char *path,
                          const tb_encode_settings *settings, tb_error *error);

#endif
