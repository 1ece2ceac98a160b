/* How loud a recording is, measured so that a few wild samples do not decide.
 */
#ifndef TB_CORPUS_LEVEL_H
#define TB_CORPUS_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

enum { TB_LEVEL_OCTAVES = 280 };

/* How many samples lie in each octave of amplitude. Starts as zeros. */
typedef struct tb_level {
    int64_t octave[TB_LEVEL_OCTAVES];
    int64_t samples; /* that are not 0 */
    float peak;
} tb_level;

/* What is to be done with such a recording. */
typedef struct tb_level_choice {
    double gain;   /* its samples are multiplied by this power of two, so that
                      they fit */
    double limit;  /* samples beyond this are wild: they become 0 */
    int64_t wild;  /* how many are */
    double factor; /* of full scale that it reaches without them */
    bool alone;    /* so far beyond full scale that its level says nothing */
} tb_level_choice;

/* Room that is left above full scale without a change. */
#define TB_LEVEL_ROOM 1.9f

/* For samples that are numbers. */
void tb_level_add(tb_level *level, const float *x, int64_t n);

/* Gain 1 where all is as it should be. */
tb_level_choice tb_level_choose(const tb_level *level);

#endif
