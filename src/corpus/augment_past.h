/* Augmentations that look back: phases that turn around a frequency, and levels
   that are drawn together. */
#ifndef TB_CORPUS_AUGMENT_PAST_H
#define TB_CORPUS_AUGMENT_PAST_H

#include "corpus/augment.h"

/* They work in blocks that lie on a grid of so many frames, each from so many
   frames before it on, in silence: so a frame has the same bits however a piece
   is divided into reads. */
enum { TB_PAST_BLOCK = 8192, TB_PAST_FRAMES = 8192 };

/* `x` holds the frames before a block and then the block, TB_PAST_FRAMES +
   TB_PAST_BLOCK of them, [frames, channels]; the block becomes what is heard.
   `gains` has room for as many as the block has frames. */
void tb_augment_past(const tb_augment *draw, int channels, float *x,
                     float *gains);

#endif
