#include "models/rave_layers.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/norm.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

#include <stdio.h>

static const double EPSILON = 1e-5;

/* Numbers of a frame that the encoder says for one latent. */
static int64_t numbers_each(const tb_rave *c)
{
    return c->latent_kind == TB_RAVE_VARIATIONAL ? 2 : 1;
}

/* ---- version 1 ---- */

static tb_value *statistic(tb_value *x, const char *name, const char *what)
{
    char full[TB_RAVE_NAME + 16];
    snprintf(full, sizeof full, "%s.%s", name, what);
    return tb_param(x->graph, full, tb_dims(x->dim[1]));
}

/* What the running statistics are to follow. */
static void measure(tb_value *x, const char *name, tb_rave_signals *s)
{
    unsigned axes = TB_AXIS(0) | TB_AXIS(2);
    if (s->norm_count == TB_RAVE_MOST_NORMS)
        return;
    tb_rave_norm *n = &s->norm[s->norm_count++];
    snprintf(n->name, sizeof n->name, "%s", name);
    n->mean = tb_mean(x, axes, false);
    n->variance = tb_var(x, axes, true, false);
}

/* By the statistics of the batch while the encoder learns, else by running
   ones: a frozen encoder stands still. */
static tb_value *normalised(tb_rave_chain *chain, tb_value *x, bool learns,
                            tb_rave_signals *s)
{
    char name[TB_RAVE_NAME];
    tb_rave_next(chain, name);
    if (!x)
        return NULL;
    tb_value *gain = statistic(x, name, "weight");
    tb_value *bias = statistic(x, name, "bias");
    tb_value *mean = statistic(x, name, "running_mean");
    tb_value *variance = statistic(x, name, "running_var");
    if (!learns)
        return tb_batch_norm(x, gain, bias, mean, variance, 0, EPSILON, false);
    measure(x, name, s);
    tb_shape shape = tb_dims(x->dim[1], 1);
    x = tb_standardise(x, TB_AXIS(0) | TB_AXIS(2), EPSILON);
    return tb_add(tb_mul(x, tb_reshape(gain, shape)), tb_reshape(bias, shape));
}

static tb_value *first_encoder(tb_rave_chain *chain, const tb_rave_how *how,
                               tb_value *x, tb_rave_signals *s)
{
    const tb_rave *c = chain->c;
    int64_t n = c->capacity, each = numbers_each(c);
    x = tb_rave_chain_conv(
        chain, x,
        (tb_rave_conv){.out = n, .taps = 7, .plain = true, .biased = true});
    for (int i = 0; i < c->ratios.count; i++) {
        int64_t ratio = c->ratios.at[i];
        x = normalised(chain, x, how->encoder_learns, s);
        x = tb_rave_activation(chain, x);
        x = tb_rave_chain_conv(chain, x,
                               (tb_rave_conv){.out = n *= 2,
                                              .taps = 2 * ratio + 1,
                                              .stride = ratio,
                                              .plain = true,
                                              .biased = true});
    }
    x = tb_rave_activation(chain, x);
    return tb_rave_chain_conv(chain, x,
                              (tb_rave_conv){.out = c->latents * each,
                                             .taps = 5,
                                             .groups = each,
                                             .plain = true,
                                             .biased = true});
}

/* ---- version 2 ---- */

static tb_value *second_encoder(tb_rave_chain *chain, tb_value *x)
{
    const tb_rave *c = chain->c;
    int64_t n = c->capacity;
    x = tb_rave_chain_conv(chain, x,
                           (tb_rave_conv){.out = n, .taps = 2 * c->kernel + 1});
    for (int i = 0; i < c->ratios.count; i++) {
        int64_t ratio = c->ratios.at[i];
        x = tb_rave_units(chain, x, i);
        x = tb_rave_activation(chain, x);
        x = tb_rave_chain_conv(
            chain, x,
            (tb_rave_conv){.out = n *= 2, .taps = 2 * ratio, .stride = ratio});
    }
    x = tb_rave_activation(chain, x);
    return tb_rave_chain_conv(
        chain, x,
        (tb_rave_conv){.out = c->latents * numbers_each(c), .taps = c->kernel});
}

tb_value *tb_rave_encoder(const tb_rave *c, const tb_rave_how *how,
                          tb_value *heard, tb_rave_signals *signals)
{
    tb_rave_chain chain = {.c = c,
                           .name = "encoder.encoder.net",
                           .snake = c->version > 0,
                           .adapts = how->adapts,
                           .units = c->encoder_units.at[0] ? &c->encoder_units
                                                           : &c->units};
    return c->version == 0 ? first_encoder(&chain, how, heard, signals)
                           : second_encoder(&chain, heard);
}
