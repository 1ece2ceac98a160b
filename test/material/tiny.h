/* A network small enough for tests: an embedding, one recurrent layer, and a
   linear layer that tells the next level. */
#ifndef TB_TEST_TRAIN_TINY_H
#define TB_TEST_TRAIN_TINY_H

#include "base/random.h"
#include "engine/ops.h"
#include "engine/params.h"
#include "models/network.h"

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
    return (tb_sound_format){8000, 1, TINY_LEVELS, 0};
}

static inline int64_t tiny_context(const void *config)
{
    (void)config;
    return 1;
}

static inline tb_status tiny_trainee(const void *config, int rows,
                                     tb_trainee *t, tb_error *error)
{
    const tiny_config *c = config;
    const int64_t q = TINY_LEVELS, h = TINY_HIDDEN;
    tb_graph *g = tb_graph_new();
    tb_value *levels = tb_input(g, "levels", TB_I64, tb_dims(rows, TB_FRAMES));
    tb_value *h0 = tb_state(g, "h", TB_REAL, tb_dims(rows, h), 0.25);
    tb_value *x = tb_embedding(tb_param(g, "embedding", tb_dims(q, h)),
                               tb_pad(levels, 1, 0, -1));
    x = tb_dropout(x, c->dropout);
    x = tb_linear(x, tb_param(g, "w_ih", tb_dims(h, h)),
                  tb_param(g, "b_ih", tb_dims(h)));
    tb_rnn_out y = tb_rnn(TB_RNN_TANH, x, tb_param(g, "w_hh", tb_dims(h, h)),
                          tb_param(g, "b_hh", tb_dims(h)), h0, NULL);
    tb_state_next(h0, y.hn);
    x = tb_linear(y.y, tb_param(g, "head", tb_dims(q, h)), NULL);
    x = tb_cross_entropy(x, tb_pad(levels, 1, -1, 0));
    *t = (tb_trainee){
        .graph = g,
        .levels = levels,
        .loss = tb_reshape(tb_mean(x, TB_ALL_AXES, false), tb_dims(1)),
        .context = 1};
    return tb_trainee_complete(t, error);
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

static const tb_network_kind tiny_kind = {
    .name = "tiny",
    .about = "for tests",
    .config_size = sizeof(tiny_config),
    .check = tiny_check,
    .format = tiny_format,
    .trainee = tiny_trainee,
    .init = tiny_init,
    .context = tiny_context,
};

#endif
