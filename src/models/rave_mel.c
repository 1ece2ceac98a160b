/* Mel spectra that hybrid networks hear in place of bands. */
#include "dsp/mel_ops.h"
#include "dsp/window.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "engine/ops/stft.h"
#include "models/rave_layers.h"

#include <math.h>

static double *window_of(tb_graph *g, int64_t size)
{
    double *w = tb_graph_alloc(g, (size_t)size * sizeof *w), sum = 0;
    if (!w)
        return NULL;
    tb_window_fill(TB_WINDOW_HANN, size, w);
    for (int64_t i = 0; i < size; i++)
        sum += w[i] * w[i];
    for (int64_t i = 0; i < size; i++)
        w[i] /= sqrt(sum);
    return w;
}

static tb_value *mel_of(const tb_rave *c, tb_value *power)
{
    tb_mel *mel = tb_mel_new_of(&(tb_mel_shape){.size = c->mel_size,
                                                .sample_rate = c->sample_rate,
                                                .bands = c->mel_bands,
                                                .high_hz = c->sample_rate / 2,
                                                .scale = TB_MEL_HTK,
                                                .norm = TB_MEL_PEAK});
    if (!mel)
        return tb_graph_fail(power->graph, "Out of memory.");
    tb_value *y = tb_bands_of_spectra(power, mel);
    tb_mel_free(mel);
    return y;
}

/* Frame j lies around sample j * hop: windows whose squares sum to 1. */
tb_value *tb_rave_mel(const tb_rave *c, tb_value *sound)
{
    int64_t size = c->mel_size, half = size / 2, hop = c->mel_hop;
    double *w = sound ? window_of(sound->graph, size) : NULL;
    if (!w)
        return NULL;
    int64_t rows = sound->dim[0];
    tb_value *x = tb_reshape(sound, tb_dims(rows * c->channels, TB_FRAMES));
    x = tb_stft(x, size, hop, w, half, half - hop);
    x = tb_sum(tb_map(x, TB_SQUARE, 0, 0), TB_AXIS(3), false);
    x = x ? tb_map(mel_of(c, x), TB_LOG1P, 0, 0) : NULL;
    return tb_reshape(
        x, tb_dims(rows, (int64_t)c->channels * c->mel_bands, TB_FRAMES));
}
