#include "corpus/level.h"
#include <math.h>

/* The loudest of this share decide together: fewer may be wild, */
#define FEW 1e-3
/* when they lie four octaves above the rest, */
enum { HANDFUL = 16, OCTAVES_ABOVE = 4, SMALLEST = -150 };
/* and eight times beyond full scale, where no recorder reaches. */
enum { BEYOND_OCTAVES = 3 };

void tb_level_add(tb_level *level, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        int exponent;
        if (x[i] == 0)
            continue;
        float size = fabsf(x[i]);
        level->peak = size > level->peak ? size : level->peak;
        frexpf(size, &exponent);
        level->octave[exponent - SMALLEST]++;
        level->samples++;
    }
}

/* The octave above which only few samples lie: a share, or a handful where
   the recording is short. */
static int loud_octave(const tb_level *level)
{
    double n = (double)level->samples;
    double few = fmax(FEW * n, fmin(HANDFUL, n / 8)), above = 0;
    int k = TB_LEVEL_OCTAVES - 1;
    while (k > 0 && (above += (double)level->octave[k]) <= few)
        k--;
    return k + SMALLEST;
}

tb_level_choice tb_level_choose(const tb_level *level)
{
    tb_level_choice choice = {.gain = 1, .limit = INFINITY};
    int top = loud_octave(level) + OCTAVES_ABOVE;
    if (level->samples == 0)
        return choice;
    if (top < BEYOND_OCTAVES)
        top = BEYOND_OCTAVES;
    for (int k = top + 1; k < TB_LEVEL_OCTAVES + SMALLEST; k++)
        choice.wild += level->octave[k - SMALLEST];
    if (choice.wild > 0)
        choice.limit = ldexp(1, top);
    while (level->octave[top - SMALLEST] == 0)
        top--;
    choice.factor = choice.wild > 0 ? ldexp(1, top) : (double)level->peak;
    if (choice.factor > TB_LEVEL_ROOM)
        choice.gain = ldexp(1, -top);
    choice.alone = choice.factor > ldexp(1, BEYOND_OCTAVES);
    return choice;
}
