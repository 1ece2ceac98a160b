/* Small RAVEs under test: their configurations, and weights that are a formula
   of their names, which the script of the golden numbers knows too. */
#ifndef TB_TEST_MODELS_CHECK_RAVE_H
#define TB_TEST_MODELS_CHECK_RAVE_H

#include "../engine/golden.h"
#include "models/rave.h"

#include <string.h>

/* ---- configurations ---- */

static const char *const small[] = {
    "capacity=4", "latents=4", "noise_hidden=6",   "codebooks=3",
    "codes=8",    "bank=rave", "noise_cropped=yes"};

static inline tb_status configure(tb_rave *c, const char *presets, int channels,
                                  tb_error *error)
{
    tb_settings_part part = {&tb_rave_settings, c};
    char text[64];
    *c = (tb_rave){0};
    tb_settings_defaults(&part, 1);
    tb_status status = tb_settings_preset(&part, 1, presets, error);
    for (size_t i = 0; !status && i < sizeof small / sizeof *small; i++)
        status = tb_settings_assign(&part, 1, small[i], error);
    snprintf(text, sizeof text, "channels=%d", channels);
    if (!status)
        status = tb_settings_assign(&part, 1, text, error);
    c->noise_latents = c->noise_latents ? 3 : 0;
    return status ? status : tb_rave_check(c, error);
}

static inline tb_rave configured(const char *presets, int channels)
{
    tb_rave c;
    tb_error error = {0};
    if (configure(&c, presets, channels, &error))
        fprintf(stderr, "# %s: %s\n", presets, error.text);
    OK_NAMED(error.text[0] == 0, presets);
    return c;
}

/* ---- weights ---- */

static inline bool ends(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static inline double weight_at(const tb_parameter *p, int64_t i)
{
    double x = noise(seed_of(p->name), i);
    if (strcmp(p->name, "decoder.warmed_up") == 0)
        return 1;
    if (ends(p->name, "weight_g") || ends(p->name, "alpha") ||
        ends(p->name, "running_var") ||
        (ends(p->name, ".weight") && p->shape.rank == 1))
        return 1 + 0.2 * x;
    if (p->shape.rank > 1)
        return x * sqrt(3 / (double)(p->n / p->shape.dim[0]));
    return 0.2 * x;
}

static inline tb_params *params_of(const tb_graph *g, size_t real_size)
{
    tb_error error = {0};
    tb_params *p = tb_params_new(1, &g, real_size, &error);
    for (int i = 0; p && i < tb_params_count(p); i++) {
        const tb_parameter *q = tb_params_at(p, i);
        double *x = calloc((size_t)q->n, sizeof *x);
        for (int64_t k = 0; k < q->n; k++)
            x[k] = weight_at(q, k);
        tb_params_set(p, i, x);
        free(x);
    }
    if (!p)
        fprintf(stderr, "# %s\n", error.text);
    return p;
}

#endif
