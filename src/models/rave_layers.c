#include "models/rave_layers.h"

#include "engine/ops/shape.h"
#include "nn/layers.h"

#include <stdio.h>

/* ---- names and numbers ---- */

const char *tb_rave_next(tb_rave_chain *chain, char name[TB_RAVE_NAME])
{
    snprintf(name, TB_RAVE_NAME, "%s.%d", chain->name, chain->next++);
    return name;
}

int tb_rave_at(const tb_int_list *list, int i)
{
    return list->at[i < list->count ? i : list->count - 1];
}

const tb_int_list *tb_rave_decoder_ratios(const tb_rave *c)
{
    return c->decoder_ratios.at[0] ? &c->decoder_ratios : &c->ratios;
}

int64_t tb_rave_product(const tb_int_list *ratios)
{
    int64_t n = 1;
    for (int i = 0; i < ratios->count; i++)
        n *= ratios->at[i];
    return n;
}

int64_t tb_rave_width(const tb_rave *c, int port)
{
    return (int64_t)c->channels * (port == TB_RAVE_BANDS ? c->bands : 1);
}

/* ---- layers ---- */

tb_value *tb_rave_conv_layer(const tb_rave *c, tb_value *x, const char *name,
                             tb_rave_conv how)
{
    int64_t stride = how.stride ? how.stride : 1;
    int64_t dilation = how.dilation ? how.dilation : 1;
    tb_conv_attr at = c->causal ? tb_conv_causal(how.taps, stride, dilation)
                                : tb_conv_centred(how.taps, stride, dilation);
    at.groups = how.groups ? how.groups : 1;
    unsigned norm = how.plain ? 0 : TB_LAYER_WEIGHT_NORM;
    unsigned bias = how.biased && c->biases ? 0 : TB_LAYER_NO_BIAS;
    return tb_conv_layer(x, name, how.out, how.taps, at, bias | norm);
}

tb_value *tb_rave_chain_conv(tb_rave_chain *chain, tb_value *x,
                             tb_rave_conv how)
{
    char name[TB_RAVE_NAME];
    return tb_rave_conv_layer(chain->c, x, tb_rave_next(chain, name), how);
}

/* An odd ratio trims one frame more on the right, so that there are exactly
   ratio times as many. */
tb_value *tb_rave_up(const tb_rave *c, tb_value *x, const char *name,
                     int64_t out, int64_t ratio)
{
    char full[TB_RAVE_NAME + 8];
    if (ratio == 1)
        return tb_rave_conv_layer(
            c, x, name, (tb_rave_conv){.out = out, .taps = 3, .stride = 1});
    tb_conv_attr how = tb_conv_plain(ratio, 1);
    how.left[0] = ratio / 2;
    how.right[0] = ratio - ratio / 2;
    snprintf(full, sizeof full, "%s.weight", name);
    return x ? tb_conv_transposed(x,
                                  tb_weight(x->graph, full,
                                            tb_dims(x->dim[1], out, 2 * ratio),
                                            TB_LAYER_WEIGHT_NORM),
                                  NULL, how)
             : NULL;
}

tb_value *tb_rave_activation(tb_rave_chain *chain, tb_value *x)
{
    char name[TB_RAVE_NAME], full[TB_RAVE_NAME + 8];
    tb_rave_next(chain, name);
    if (!x || !chain->snake || chain->c->activation == 0)
        return tb_map(x, TB_LEAKY_RELU, 0.2, 0);
    snprintf(full, sizeof full, "%s.alpha", name);
    tb_value *alpha = tb_param(x->graph, full, tb_dims(x->dim[1], 1));
    return tb_snake(x, tb_reshape(alpha, tb_dims(x->dim[1])), 1);
}

/* ---- units ---- */

/* `name` is that of the Sequential within, which has no snakes: published
   models have them between stages alone. */
static tb_value *unit(const tb_rave_chain *outer, tb_value *x, const char *name,
                      int64_t taps, int64_t dilation, int64_t second_taps)
{
    tb_rave_chain chain = {.c = outer->c, .name = name};
    if (!x)
        return NULL;
    int64_t n = x->dim[1];
    tb_value *y = tb_rave_activation(&chain, x);
    y = tb_rave_chain_conv(
        &chain, y,
        (tb_rave_conv){
            .out = n, .taps = taps, .stride = 1, .dilation = dilation});
    y = tb_rave_activation(&chain, y);
    y = tb_rave_chain_conv(&chain, y,
                           (tb_rave_conv){.out = n, .taps = second_taps});
    return tb_add(y, x);
}

static int unit_count(const tb_rave_chain *chain, int stage)
{
    int n = tb_rave_at(chain->units, stage), all = chain->c->dilations.count;
    return n < all ? n : all;
}

/* One ResidualStack of one kernel size. */
static tb_value *first_units(tb_rave_chain *chain, tb_value *x, int stage)
{
    char outer[TB_RAVE_NAME], inner[2 * TB_RAVE_NAME];
    tb_rave_next(chain, outer);
    for (int i = 0; i < unit_count(chain, stage); i++) {
        snprintf(inner, sizeof inner,
                 "%s.net.branches.0.net.%d.net.aligned.branches.0", outer, i);
        x = unit(chain, x, inner, 3, chain->c->dilations.at[i], 3);
    }
    return x;
}

/* A layer that adapts statistics is counted, whether or not it does. */
static tb_value *adapted(tb_rave_chain *chain, tb_value *x)
{
    char name[TB_RAVE_NAME];
    return chain->c->adain ? tb_adapted_statistics(x, tb_rave_next(chain, name),
                                                   chain->adapts)
                           : x;
}

static tb_value *second_units(tb_rave_chain *chain, tb_value *x, int stage)
{
    char outer[TB_RAVE_NAME], inner[2 * TB_RAVE_NAME];
    for (int i = 0; i < unit_count(chain, stage); i++) {
        x = adapted(chain, x);
        snprintf(inner, sizeof inner, "%s.aligned.branches.0.net",
                 tb_rave_next(chain, outer));
        x = unit(chain, x, inner, chain->c->kernel, chain->c->dilations.at[i],
                 1);
    }
    return x;
}

tb_value *tb_rave_units(tb_rave_chain *chain, tb_value *x, int stage)
{
    return chain->c->version == 0 ? first_units(chain, x, stage)
                                  : second_units(chain, x, stage);
}
