#include "nn/sound_spectra.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "engine/ops/stft.h"

#include <math.h>

tb_value *tb_reflect(tb_value *x, int64_t frames, int64_t left, int64_t right)
{
    tb_value *back = tb_flip(x, 2);
    tb_value *before = tb_pad(back, 2, left + 1 - frames, -1);
    tb_value *after = tb_pad(back, 2, -1, right + 1 - frames);
    tb_value *y = tb_pad(x, 2, left, right);
    if (left)
        y = tb_add(y, tb_pad(before, 2, 0, frames + right));
    if (right)
        y = tb_add(y, tb_pad(after, 2, left + frames, 0));
    return y;
}

static double *hann(tb_graph *g, int64_t n, bool normal)
{
    double *w = tb_graph_alloc(g, (size_t)n * sizeof *w);
    double peak = normal ? 1 / sqrt(0.375 * (double)n) : 1, turn = 2 * acos(-1);
    for (int64_t i = 0; w && i < n; i++)
        w[i] = peak * (0.5 - 0.5 * cos(turn * (double)i / (double)n));
    return w;
}

tb_value *tb_sound_spectra(tb_value *x, int64_t size, bool normal)
{
    double *w = x ? hann(x->graph, size, normal) : NULL;
    if (!w)
        return NULL;
    int64_t batch = x->dim[0], channels = x->dim[1];
    tb_value *rows = tb_reshape(x, tb_dims(batch * channels, TB_FRAMES));
    tb_value *bins = tb_stft(rows, size, size / 4, w, 0, 0);
    return tb_reshape(bins,
                      tb_dims(batch, channels, size / 2 + 1, TB_FRAMES, 2));
}

tb_value *tb_spectra_as_channels(tb_value *bins, bool pairs)
{
    static const int apart[] = {0, 4, 1, 3, 2}, together[] = {0, 1, 4, 3, 2};
    if (!bins)
        return NULL;
    return tb_reshape(
        tb_permute(bins, pairs ? together : apart),
        tb_dims(bins->dim[0], 2 * bins->dim[1], TB_FRAMES, bins->dim[2]));
}
