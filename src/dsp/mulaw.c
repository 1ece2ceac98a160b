#include "dsp/mulaw.h"

#include <math.h>

tb_status tb_mulaw_init(tb_mulaw *law, int levels, double compression,
                        tb_error *error)
{
    if (levels < TB_MULAW_MIN_LEVELS || levels > TB_MULAW_MAX_LEVELS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%d quantisation levels are not possible: choose %d "
                       "to %d",
                       levels, TB_MULAW_MIN_LEVELS, TB_MULAW_MAX_LEVELS);
    if (!(compression >= 0) || !isfinite(compression))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "a mu-law compression of %g is not possible: choose 0 "
                       "(linear) or more, 1 being the usual",
                       compression);
    law->levels = levels;
    law->compression = compression;
    law->bend = (levels - 1) * compression;
    law->log_bend = log1p(law->bend);
    return TB_OK;
}

int tb_mulaw_quantise(const tb_mulaw *law, float x)
{
    double y = x >= -1 ? (x <= 1 ? x : 1) : -1;
    if (isnan(x))
        y = 0;
    if (law->log_bend > 0)
        y = copysign(log1p(law->bend * fabs(y)) / law->log_bend, y);
    return (int)((y + 1) / 2 * (law->levels - 1) + 0.5);
}

double tb_mulaw_straighten(const tb_mulaw *law, double y)
{
    if (law->log_bend > 0)
        y = copysign(expm1(fabs(y) * law->log_bend) / law->bend, y);
    return y;
}

float tb_mulaw_expand(const tb_mulaw *law, int q)
{
    int last = law->levels - 1;
    double y = 2.0 * (q < 0 ? 0 : q > last ? last : q) / last - 1;
    return (float)tb_mulaw_straighten(law, y);
}

void tb_mulaw_quantise_buffer(const tb_mulaw *law, const float *x, int64_t n,
                              int32_t *q)
{
    for (int64_t i = 0; i < n; i++)
        q[i] = tb_mulaw_quantise(law, x[i]);
}

void tb_mulaw_expand_buffer(const tb_mulaw *law, const int32_t *q, int64_t n,
                            float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = tb_mulaw_expand(law, q[i]);
}

void tb_mulaw_centres(const tb_mulaw *law, float *centres)
{
    for (int q = 0; q < law->levels; q++)
        centres[q] = tb_mulaw_expand(law, q);
}
