/* A network small enough for tests: an embedding, one recurrent layer, and a
   linear layer that tells the next level. */
#ifndef TB_TEST_TRAIN_TINY_H
#define TB_TEST_TRAIN_TINY_H

#include "base/random.h"
#include "dsp/interleave.h"
#include "dsp/mulaw_ops.h"
#include "engine/ops.h"
#include "engine/params.h"
#include "models/instrument.h"

#include <stdlib.h>

#ifndef TINY_UNITS
#define TINY_UNITS 24
#endif

enum { TINY_LEVELS = 16, TINY_HIDDEN = TINY_UNITS };

typedef struct tiny_config {
    double dropout;
} tiny_config;

static inline tb_status tiny_check(const void *config, tb_error *error)
{
    (void)config;
    (void)error;
    return TB_OK;
}

static inline tb_sound_format tiny_format(const void *config)
{
    (void)config;
    return (tb_sound_format){8000, 1};
}

static inline tb_symbols tiny_symbols(const void *config)
{
    (void)config;
    return (tb_symbols){
        .type = TB_I64, .levels = TINY_LEVELS, .frames = 1, .per = 1};
}

static inline int64_t tiny_context(const void *config)
{
    (void)config;
    return 1;
}

static inline tb_mulaw tiny_law(void)
{
    tb_mulaw law = {0};
    tb_mulaw_init(&law, TINY_LEVELS, 0, NULL);
    return law;
}

static inline tb_value *tiny_encode(tb_builder *b, tb_value *sound)
{
    tb_mulaw law = tiny_law();
    (void)b;
    return tb_interleave(tb_mulaw_levels(sound, &law));
}

static inline tb_value *tiny_decode(tb_builder *b, tb_value *levels,
                                    const tb_prime *prime)
{
    tb_mulaw law = tiny_law();
    (void)b;
    (void)prime;
    return tb_deinterleave(tb_mulaw_samples(levels, &law), 1);
}

static inline tb_distribution tiny_loop(tb_builder *b, tb_value *levels,
                                        int64_t context)
{
    const tiny_config *c = b->config;
    const int64_t q = TINY_LEVELS, h = TINY_HIDDEN;
    tb_graph *g = b->graph;
    tb_value *h0 = tb_state(g, "h", TB_REAL, tb_dims(b->rows, h), 0.25);
    tb_value *x = tb_embedding(tb_param(g, "embedding", tb_dims(q, h)),
                               tb_pad(levels, 1, 1 - context, -1 + !context));
    x = tb_dropout(x, c->dropout);
    x = tb_linear(x, tb_param(g, "w_ih", tb_dims(h, h)),
                  tb_param(g, "b_ih", tb_dims(h)));
    tb_rnn_out y = tb_rnn(TB_RNN_TANH, x, tb_param(g, "w_hh", tb_dims(h, h)),
                          tb_param(g, "b_hh", tb_dims(h)), h0, NULL);
    tb_state_next(h0, y.hn);
    return tb_levels_distribution(
        tb_linear(y.y, tb_param(g, "head", tb_dims(q, h)), NULL));
}

static inline void tiny_init(const void *config, tb_params *params,
                             uint64_t seed)
{
    (void)config;
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        double *x = calloc((size_t)p->n, sizeof *x);
        for (int64_t k = 0; k < p->n; k++)
            x[k] = 0.3 * (double)tb_normal(seed, (uint32_t)i, k, 0, 0);
        tb_params_set(params, i, x);
        free(x);
    }
}

static const tb_network tiny_network = {.symbols = tiny_symbols,
                                        .encode = tiny_encode,
                                        .loop = tiny_loop,
                                        .context = tiny_context,
                                        .decode = tiny_decode};

static const tb_settings tiny_settings = {"network", NULL, 0, NULL, 0};

static const tb_instrument tiny_instrument = {
    .name = "tiny",
    .about = "for tests",
    .settings = &tiny_settings,
    .config_size = sizeof(tiny_config),
    .check = tiny_check,
    .format = tiny_format,
    .network = &tiny_network,
    .init = tiny_init,
};

#endif
