/* What a small RAVE learns by: spectral distances, divergence of the latent
   samples, and two discriminators with hinge losses and feature matching. */
#ifndef TB_TEST_WITNESS_RAVE_LOSSES_H
#define TB_TEST_WITNESS_RAVE_LOSSES_H

#include "rave.h"

static inline tb_value *mean_of(tb_value *x)
{
    return tb_mean(x, TB_ALL_AXES, false);
}

static inline tb_value *magnitudes(tb_value *x, int n)
{
    double window[64], pi = acos(-1);
    for (int i = 0; i < n; i++)
        window[i] = 0.5 - 0.5 * cos(2 * pi * i / n);
    return tb_norm(tb_stft(x, n, n / 4, window, n / 2, n / 2), 2, TB_AXIS(3),
                   false);
}

static inline tb_value *log_of(tb_value *x)
{
    return tb_map(tb_map(x, TB_AFFINE, 1, 1e-7), TB_LOG, 0, 0);
}

/* Relative to the energy of x, and between logarithms; x and y [rows, n]. */
static inline tb_value *distance_at(tb_value *x, tb_value *y, int n)
{
    tb_value *a = magnitudes(x, n), *b = magnitudes(y, n);
    tb_value *energy = mean_of(tb_map(a, TB_SQUARE, 0, 0));
    return tb_add(tb_div(mean_of(tb_l2(a, b)), energy),
                  mean_of(tb_l1(log_of(a), log_of(b))));
}

static inline tb_value *distance(tb_value *x, tb_value *y, int64_t rows,
                                 int large, int small)
{
    x = tb_reshape(x, tb_dims(rows, TB_FRAMES));
    y = tb_reshape(y, tb_dims(rows, TB_FRAMES));
    return tb_add(distance_at(x, y, large), distance_at(x, y, small));
}

static inline tb_value *distances(const rave *r)
{
    int64_t rows = rows_of(r->x);
    return tb_add(distance(r->x, r->y, rows, 64, 32),
                  distance(r->bands, r->decoded_bands, rows * BANDS, 32, 16));
}

/* Sum over dimensions of mean^2 + scale^2 - log scale^2 - 1, on average. */
static inline tb_value *divergence(const rave *r)
{
    tb_value *s2 = tb_map(r->scale, TB_SQUARE, 0, 0);
    tb_value *d = tb_add(tb_map(r->mean, TB_SQUARE, 0, 0),
                         tb_sub(s2, tb_map(s2, TB_LOG, 0, 0)));
    return tb_map(mean_of(d), TB_AFFINE, LATENT, -LATENT);
}

/* ---- discriminators ---- */

enum { NETS = 2, FEATURES = 2 };

typedef struct judgement {
    tb_value *features[NETS][FEATURES], *score[NETS];
} judgement;

static inline tb_value *disc_conv(tb_value *x, const char *name, int64_t out,
                                  int64_t taps, int64_t stride, int64_t groups)
{
    if (!x)
        return NULL;
    tb_conv_attr how = tb_conv_plain(stride, 1);
    how.axes = x->rank - 2;
    how.stride[1] = how.dilation[1] = 1;
    how.left[0] = how.right[0] = taps / 2;
    how.groups = groups;
    tb_shape w = {x->rank, {out, x->dim[1] / groups, taps, 1}};
    return tb_conv(x, normed(x->graph, name, w),
                   named(x->graph, name, "b", tb_dims(out)), how);
}

/* Scores, large enough for the hinges to be felt, and what stands before the
   activations. */
static inline judgement judge(tb_value *x)
{
    judgement j;
    tb_value *folded =
        tb_fold(tb_pad(x, 2, 0, (PERIOD - FRAMES % PERIOD) % PERIOD), PERIOD);
    j.features[0][0] = disc_conv(x, "dis.scale0", 8, 15, 4, 1);
    j.features[0][1] =
        disc_conv(leaky(j.features[0][0]), "dis.scale1", 16, 9, 2, 4);
    j.score[0] = tb_scale(
        disc_conv(leaky(j.features[0][1]), "dis.scale2", 1, 1, 1, 1), 8);
    j.features[1][0] = disc_conv(folded, "dis.period0", 8, 5, 3, 1);
    j.features[1][1] =
        disc_conv(leaky(j.features[1][0]), "dis.period1", 16, 5, 2, 1);
    j.score[1] = tb_scale(
        disc_conv(leaky(j.features[1][1]), "dis.period2", 1, 1, 1, 1), 8);
    return j;
}

/* Relative to the size of the real features. */
static inline tb_value *feature_matching(const judgement *real,
                                         const judgement *fake)
{
    tb_value *sum = NULL;
    for (int i = 0; i < NETS; i++)
        for (int k = 0; k < FEATURES; k++) {
            tb_value *a = real->features[i][k], *b = fake->features[i][k];
            tb_value *d =
                tb_div(mean_of(tb_l1(a, b)), mean_of(tb_map(a, TB_ABS, 0, 0)));
            sum = sum ? tb_add(sum, d) : d;
        }
    return tb_scale(sum, 1.0 / (NETS * FEATURES));
}

static inline tb_value *deception(const judgement *fake)
{
    return tb_scale(tb_add(mean_of(fake->score[0]), mean_of(fake->score[1])),
                    -1);
}

static inline tb_value *hinge(tb_value *score, double sign)
{
    return mean_of(tb_map(tb_map(score, TB_AFFINE, sign, 1), TB_RELU, 0, 0));
}

static inline tb_value *discrimination(const judgement *real,
                                       const judgement *fake)
{
    tb_value *sum = NULL;
    for (int i = 0; i < NETS; i++) {
        tb_value *l =
            tb_add(hinge(real->score[i], -1), hinge(fake->score[i], 1));
        sum = sum ? tb_add(sum, l) : l;
    }
    return sum;
}

#endif
