#include "corpus/standstill.h"

#include <math.h>

static const double SHORTEST = 0.01, LONGEST = 1; /* s */
static const float BEYOND = 1.5f;                 /* what is drawn, cut at 1 */

tb_standstill tb_standstill_draw(const float uniform[TB_STANDSTILL_DRAWS],
                                 double sample_rate)
{
    double seconds = SHORTEST * pow(LONGEST / SHORTEST, (double)uniform[0]);
    float far = fminf(fmaxf(BEYOND * (2 * uniform[2] - 1), -1), 1);
    tb_standstill s = {.begins = true,
                       .frames = (int64_t)(seconds * sample_rate)};
    if (uniform[1] > 0.75f)
        s.swing = far;
    else if (uniform[1] > 0.5f)
        s.level = far;
    return s;
}

void tb_standstill_write(const tb_standstill *s, int channels, int64_t at,
                         int64_t frames, float *out)
{
    int64_t still = s->begins ? s->frames - at : 0;
    for (int64_t i = 0; i < frames && i < still; i++)
        for (int c = 0; c < channels; c++)
            *out++ = s->level + ((at + i) % 2 ? s->swing : -s->swing);
}
