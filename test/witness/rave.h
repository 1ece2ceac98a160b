/* A small variational autoencoder of the RAVE kind (Caillon and Esling 2021):
   a bank of 8 filters, an encoder and a decoder of strided, dilated and
   normalised convolutions, heads of unequal reach for waveform, loudness and
   filtered noise, and two discriminators. One sample of latent space stands
   for 64 of sound. */
#ifndef TB_TEST_WITNESS_RAVE_H
#define TB_TEST_WITNESS_RAVE_H

#include "witness.h"

enum { ROWS = 2, BANDS = 8, LATENT = 4, HOP = 64, FRAMES = 512, PERIOD = 3 };

typedef struct rave {
    tb_graph *graph;
    tb_value *x, *noise, *temperature; /* inputs */
    tb_value *bands;                   /* of x */
    tb_value *mean, *scale, *z;
    int encoder_end; /* the first node after the encoder */
    tb_value *decoded_bands, *y;
} rave;

/* ---- layers ---- */

static inline tb_value *named(tb_graph *g, const char *name, const char *part,
                              tb_shape shape)
{
    char text[96];
    snprintf(text, sizeof text, "%s.%s", name, part);
    return tb_param(g, text, shape);
}

static inline tb_value *normed(tb_graph *g, const char *name, tb_shape shape)
{
    return tb_weight_norm(named(g, name, "v", shape),
                          named(g, name, "g", tb_dims(shape.dim[0])));
}

static inline tb_value *leaky(tb_value *x)
{
    return tb_map(x, TB_LEAKY_RELU, 0.2, 0);
}

/* Centred, or centred as well as can be when the kernel is twice the stride. */
static inline tb_value *conv(tb_value *x, const char *name, int64_t out,
                             int64_t taps, int64_t stride, int64_t dilation)
{
    tb_conv_attr how = tb_conv_plain(stride, dilation);
    how.left[0] = how.right[0] = ((taps - 1) * dilation + 2 - stride) / 2;
    return x ? tb_conv(x, normed(x->graph, name, tb_dims(out, x->dim[1], taps)),
                       NULL, how)
             : NULL;
}

static inline tb_value *up(tb_value *x, const char *name, int64_t out,
                           int64_t ratio)
{
    tb_conv_attr how = tb_conv_plain(ratio, 1);
    how.left[0] = how.right[0] = ratio / 2;
    return x ? tb_conv_transposed(
                   x,
                   normed(x->graph, name, tb_dims(x->dim[1], out, 2 * ratio)),
                   NULL, how)
             : NULL;
}

static inline tb_value *residual(tb_value *x, const char *name, int dilation)
{
    char inner[64], outer[64];
    snprintf(inner, sizeof inner, "%s.%d.in", name, dilation);
    snprintf(outer, sizeof outer, "%s.%d.out", name, dilation);
    int64_t ch = x ? x->dim[1] : 0;
    tb_value *h = conv(leaky(x), inner, ch, 3, 1, dilation);
    return tb_add(conv(leaky(h), outer, ch, 1, 1, 1), x);
}

static inline tb_value *residuals(tb_value *x, const char *name)
{
    return residual(residual(x, name, 1), name, 3);
}

/* Overlapping cosines under a sine window: what comes back is the signal
   (Princen and Bradley 1986). */
static inline tb_value *filters(tb_graph *g)
{
    double h[BANDS * 2 * BANDS], pi = acos(-1), m = BANDS;
    for (int k = 0; k < BANDS; k++)
        for (int i = 0; i < 2 * BANDS; i++)
            h[k * 2 * BANDS + i] = sqrt(2 / m) * sin(pi * (i + 0.5) / (2 * m)) *
                                   cos(pi / m * (i + 0.5 + m / 2) * (k + 0.5));
    return tb_constant(g, tb_dims(BANDS, 1, 2 * BANDS), h);
}

static inline tb_conv_attr filter_bank(void)
{
    tb_conv_attr how = tb_conv_plain(BANDS, 1);
    how.left[0] = BANDS;
    return how;
}

/* ---- encoder ---- */

static inline tb_value *encoder(tb_value *bands)
{
    tb_value *h = conv(bands, "enc.0", 12, 7, 1, 1);
    h = conv(leaky(residuals(h, "enc.1")), "enc.down1", 16, 4, 2, 1);
    h = conv(leaky(residuals(h, "enc.2")), "enc.down2", 24, 8, 4, 1);
    return conv(leaky(h), "enc.head", 2 * LATENT, 3, 1, 1);
}

static inline int64_t rows_of(const tb_value *x)
{
    return x ? x->dim[0] : 1;
}

/* What frames of white noise say about each sample of latent space; or from
   the engine's own generator. */
static inline tb_value *latent_noise(tb_value *noise, tb_value *frames)
{
    tb_shape shape = tb_dims(rows_of(frames), LATENT, TB_FRAMES);
    if (!noise)
        return tb_noise(frames, TB_NORMAL_NOISE, shape);
    tb_value *eps = tb_slice(tb_fold(noise, HOP), 3, 0, LATENT, 1);
    return tb_reshape(tb_permute(eps, (int[]){0, 3, 2, 1}), shape);
}

/* ---- decoder ---- */

/* 2 sigmoid(x)^2.3 + 1e-7 */
static inline tb_value *level(tb_value *x)
{
    tb_value *p = tb_map(tb_map(x, TB_SIGMOID, 0, 0), TB_POW, 2.3, 0);
    return tb_map(p, TB_AFFINE, 2, 1e-7);
}

/* From 5 magnitudes to the 8 taps of a filter of even response. */
static inline tb_value *taps_of_magnitudes(tb_graph *g)
{
    double w[8 * 5], pi = acos(-1);
    for (int t = 0; t < 8; t++)
        for (int k = 0; k < 5; k++)
            w[t * 5 + k] = (0.5 - 0.5 * cos(2 * pi * t / 8)) *
                           (k == 0 || k == 4 ? 1 : 2) / 8 *
                           cos(2 * pi * k * (t - 4) / 8);
    return tb_constant(g, tb_dims(8, 5), w);
}

/* Noise of 8 bands and 8 frames of them, as 64 numbers of white noise; or from
   the engine's own generator. */
static inline tb_value *band_noise(tb_value *noise, tb_value *frames)
{
    tb_shape shape = tb_dims(rows_of(frames), BANDS, TB_FRAMES, 8);
    if (!noise)
        return tb_map(tb_noise(frames, TB_UNIFORM_NOISE, shape), TB_AFFINE, 2,
                      -1);
    tb_value *u = tb_reshape(tb_fold(noise, HOP),
                             tb_dims(rows_of(noise), 1, TB_FRAMES, BANDS, 8));
    return tb_reshape(tb_permute(u, (int[]){0, 3, 2, 4, 1}), shape);
}

static inline tb_value *noise_head(tb_value *h, tb_value *noise)
{
    tb_graph *g = h ? h->graph : NULL;
    int64_t ch = h ? h->dim[1] : 0;
    h = tb_conv(h, named(g, "dec.noise1", "w", tb_dims(12, ch, 3)), NULL,
                tb_conv_causal(3, 2, 1));
    h = tb_conv(leaky(h), named(g, "dec.noise2", "w", tb_dims(40, 12, 5)), NULL,
                tb_conv_causal(5, 4, 1));
    h = tb_reshape(level(tb_map(h, TB_AFFINE, 1, -1)),
                   tb_dims(rows_of(h), BANDS, 5, TB_FRAMES));
    tb_value *taps = tb_linear(tb_permute(h, (int[]){0, 1, 3, 2}),
                               taps_of_magnitudes(g), NULL);
    tb_value *u = band_noise(noise, taps), *y = NULL;
    for (int k = 0; k < 8; k++) {
        tb_value *part =
            tb_mul(tb_slice(taps, 3, k, k + 1, 1), tb_pad(u, 3, k, -k));
        y = k ? tb_add(y, part) : part;
    }
    return tb_unfold(y);
}

static inline tb_value *decoder(tb_value *z, tb_value *noise)
{
    tb_value *h = conv(z, "dec.0", 24, 3, 1, 1);
    h = residuals(up(leaky(h), "dec.up1", 16, 4), "dec.1");
    h = residuals(up(leaky(h), "dec.up2", 12, 2), "dec.2");
    tb_value *wave = tb_map(conv(h, "dec.wave", BANDS, 7, 1, 1), TB_TANH, 0, 0);
    tb_value *loud = level(conv(h, "dec.loud", 1, 3, 1, 1));
    return tb_add(tb_mul(wave, loud), noise_head(h, noise));
}

static inline tb_value *to_bands(tb_value *x)
{
    return x ? tb_conv(x, filters(x->graph), NULL, filter_bank()) : NULL;
}

static inline tb_value *from_bands(tb_value *bands)
{
    return bands ? tb_conv_transposed(bands, filters(bands->graph), NULL,
                                      filter_bank())
                 : NULL;
}

/* mean and scale, of x */
static inline void rave_encode(rave *r)
{
    r->bands = to_bands(r->x);
    tb_value *h = encoder(r->bands);
    r->mean = tb_slice(h, 1, 0, LATENT, 1);
    r->scale =
        tb_map(tb_map(tb_slice(h, 1, LATENT, 2 * LATENT, 1), TB_SOFTPLUS, 0, 0),
               TB_AFFINE, 1, 1e-4);
}

/* `drawn`: the heads' noise is the engine's own, not an input. */
static inline rave rave_new(bool drawn)
{
    rave r = {.graph = tb_graph_new()};
    tb_graph *g = r.graph;
    tb_shape signal = tb_dims(ROWS, 1, TB_FRAMES);
    r.x = tb_input(g, "x", TB_REAL, signal);
    r.noise = tb_input(g, "noise", TB_REAL, signal);
    r.temperature = tb_input(g, "temperature", TB_REAL, tb_dims(1));
    rave_encode(&r);
    tb_value *draw = tb_mul(r.scale, latent_noise(r.noise, r.mean));
    r.z = tb_add(r.mean, tb_mul(draw, r.temperature));
    r.encoder_end = tb_graph_nodes(g);
    r.decoded_bands = decoder(r.z, drawn ? NULL : r.noise);
    r.y = from_bands(r.decoded_bands);
    return r;
}

#endif
