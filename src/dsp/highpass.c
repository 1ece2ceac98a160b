#include "dsp/highpass.h"

#include <math.h>

void tb_highpass_init(tb_highpass *f, double hz, double sample_rate)
{
    double turn = fmin(hz / sample_rate, 0.45);
    double k = tan(3.141592653589793 * turn);
    double norm = 1 / (1 + sqrt(2) * k + k * k);
    *f = (tb_highpass){.norm = norm,
                       .a1 = 2 * (k * k - 1) * norm,
                       .a2 = (1 - sqrt(2) * k + k * k) * norm};
}

void tb_highpass_run(tb_highpass *f, const float *x, int64_t n, int stride,
                     float *y)
{
    if (n > 0 && !f->started) {
        f->first = isfinite(x[0]) ? (double)x[0] : 0;
        f->started = true;
    }
    for (int64_t i = 0; i < n * stride; i += stride) {
        double in = isfinite(x[i]) ? (double)x[i] - f->first : 0;
        double out =
            (in - 2 * f->x1 + f->x2) * f->norm - f->a1 * f->y1 - f->a2 * f->y2;
        f->x2 = f->x1;
        f->x1 = in;
        f->y2 = f->y1;
        f->y1 = out;
        y[i] = (float)out;
    }
}
