#include "dsp/mel_ops.h"

#include "engine/ops/conv.h"
#include "engine/ops/elementwise.h"

/* A constant [outs, ins, 1], whose element (o, i) is at[o * by_o + i * by_i]
   times `by`. */
static tb_value *matrix(tb_graph *g, const double *at, int outs, int ins,
                        int by_o, int by_i, double by)
{
    double *x = tb_graph_alloc(g, sizeof *x * (size_t)outs * (size_t)ins);
    for (int o = 0; x && o < outs; o++)
        for (int i = 0; i < ins; i++)
            x[(int64_t)o * ins + i] =
                by * at[(int64_t)o * by_o + (int64_t)i * by_i];
    return x ? tb_constant(g, tb_dims(outs, ins, 1), x) : NULL;
}

static double *weights_of(tb_graph *g, const tb_mel *mel)
{
    double *w = tb_graph_alloc(g, sizeof *w * (size_t)tb_mel_count(mel) *
                                      (size_t)tb_mel_bins(mel));
    if (w)
        tb_mel_weights(mel, w);
    return w;
}

static tb_value *times(tb_value *x, tb_value *weights)
{
    return tb_conv(x, weights, NULL, tb_conv_plain(1, 1));
}

tb_value *tb_bands_of_spectra(tb_value *spectra, const tb_mel *mel)
{
    double *w = spectra ? weights_of(spectra->graph, mel) : NULL;
    int bins = tb_mel_bins(mel);
    return w ? times(spectra, matrix(spectra->graph, w, tb_mel_count(mel), bins,
                                     bins, 1, 1))
             : NULL;
}

static tb_value *pseudo_inverse(tb_graph *g, const tb_mel_inverse *inverse,
                                int bins, int bands)
{
    const float *p = tb_mel_pseudo_inverse(inverse);
    size_t n = (size_t)bins * (size_t)bands;
    double *x = tb_graph_alloc(g, sizeof *x * n);
    for (size_t i = 0; x && i < n; i++)
        x[i] = (double)p[i];
    return x ? tb_constant(g, tb_dims(bins, bands, 1), x) : NULL;
}

tb_value *tb_spectra_of_bands(tb_value *bands, const tb_mel_inverse *inverse,
                              int steps)
{
    if (!bands)
        return NULL;
    const tb_mel *mel = tb_mel_inverse_of(inverse);
    const int n = tb_mel_count(mel), bins = tb_mel_bins(mel);
    tb_graph *g = bands->graph;
    double *w = weights_of(g, mel);
    if (!w)
        return NULL;
    tb_value *there = matrix(g, w, n, bins, bins, 1, 1);
    tb_value *back = matrix(g, w, bins, n, 1, bins, tb_mel_step(inverse));
    tb_value *x = tb_map(times(bands, pseudo_inverse(g, inverse, bins, n)),
                         TB_RELU, 0, 0);
    for (int i = 0; i < steps; i++)
        x = tb_map(tb_sub(x, times(tb_sub(times(x, there), bands), back)),
                   TB_RELU, 0, 0);
    return x;
}
