/* What a network that foresees well can get stuck in when it plays: one level
   that goes on, silence above all, or two by turns, the fastest swing there is.
   Each foresees itself. Music that begins after them teaches how to leave them;
   how to get into them is never heard. What begins at once has silence before
   it, as a voice has: who remembers nothing has heard nothing. */
#ifndef TB_CORPUS_STANDSTILL_H
#define TB_CORPUS_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tb_standstill {
    bool begins;        /* false: nothing is changed */
    int64_t frames;     /* of the piece; 0: what lies before it alone */
    float level, swing; /* by turns their sum and their difference */
} tb_standstill;

enum { TB_STANDSTILL_DRAWS = 3 };

/* From numbers uniform in [0, 1]: 10 ms to 1 s long, evenly by octaves; half of
   them silent, a quarter at a level and a quarter swinging, a third of either
   as far as full level. */
tb_standstill tb_standstill_draw(const float uniform[TB_STANDSTILL_DRAWS],
                                 double sample_rate);

/* Writes over those of frames `at` to `at + frames` of a piece, `out` [frames,
   channels], that lie before frame standstill->frames. `at` may be
   negative. */
void tb_standstill_write(const tb_standstill *standstill, int channels,
                         int64_t at, int64_t frames, float *out);

#endif
