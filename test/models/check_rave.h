/* Small RAVEs under test: their configurations, and weights that are a formula
   of their names, which the script of the golden numbers knows too. */
#ifndef TB_TEST_MODELS_CHECK_RAVE_H
#define TB_TEST_MODELS_CHECK_RAVE_H

#include "../engine/golden.h"
#include "engine/ops/frames.h"
#include "engine/ops/shape.h"
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
    tb_rave c = {0};
    tb_error error = {0};
    if (configure(&c, presets, channels, &error))
        fprintf(stderr, "# %s: %s\n", presets, error.text);
    OK_NAMED(error.text[0] == 0, presets);
    return c;
}

/* ---- noise ---- */

enum { LATENT_NOISE = 21, MORE_NOISE = 22, BAND_NOISE = 23 }; /* seeds */

/* What graphs are given in place of chance: its inputs, where there are any. */
typedef struct given_noise {
    const tb_rave *c;
    int64_t rows, frames;
    tb_value *latent, *band, *more;
} given_noise;

/* Noise of which every `period`th frames matter, `hop` of them: [rows, n,
   frames] or, with a hop, [rows, n, frames, hop]. */
static inline tb_value *noise_seen(tb_value *x, int64_t period, int64_t hop)
{
    tb_value *y = tb_slice(tb_fold(x, period), 3, 0, hop ? hop : 1, 1);
    return hop || !y ? y
                     : tb_reshape(y, tb_dims(x->dim[0], x->dim[1], TB_FRAMES));
}

static inline tb_value *noise_input(const given_noise *n, tb_graph *g,
                                    int64_t channels)
{
    return channels ? tb_input(g, "noise", TB_REAL,
                               tb_dims(n->rows, channels, TB_FRAMES))
                    : NULL;
}

static inline int64_t hop_of(const tb_rave *c)
{
    int64_t hop = 1;
    for (int i = 0; i < c->noise_ratios.count; i++)
        hop *= c->noise_ratios.at[i];
    return hop;
}

/* Frames of sound for one of what the decoder says. */
static inline int64_t band_frame(const tb_rave *c)
{
    return c->says == TB_RAVE_BANDS ? c->bands : 1;
}

static inline void give_noise(given_noise *n, tb_graph *g, tb_rave_how *how)
{
    const tb_rave *c = n->c;
    int64_t ratio = tb_rave_ratio(c), hop = hop_of(c);
    int64_t signals = c->noise_bins ? c->channels * band_frame(c) : 0;
    n->latent = noise_input(n, g, c->latents);
    n->band = noise_input(n, g, signals);
    n->more = noise_input(n, g, c->noise_latents);
    how->latent_noise = noise_seen(n->latent, ratio, 0);
    how->band_noise = noise_seen(n->band, hop * band_frame(c), hop);
    how->more_noise = noise_seen(n->more, ratio, 0);
}

static inline void write_noise_input(const given_noise *n, const tb_tensor *t,
                                     int seed, int64_t period, int64_t hop)
{
    int64_t frames = n->frames / period;
    for (int64_t i = 0; t && i < n->rows * t->dim[1] * frames * hop; i++)
        *element(t, i / hop / frames * n->frames + i / hop % frames * period +
                        i % hop) = noise(seed, i);
}

static inline void write_given_noise(const given_noise *n, const tb_plan *plan)
{
    int64_t ratio = tb_rave_ratio(n->c), hop = hop_of(n->c);
    const tb_tensor *latent =
        n->latent ? tb_plan_tensor(plan, n->latent) : NULL;
    const tb_tensor *band = n->band ? tb_plan_tensor(plan, n->band) : NULL;
    const tb_tensor *more = n->more ? tb_plan_tensor(plan, n->more) : NULL;
    write_noise_input(n, latent, LATENT_NOISE, ratio, 1);
    write_noise_input(n, band, BAND_NOISE, hop * band_frame(n->c), hop);
    write_noise_input(n, more, MORE_NOISE, ratio, 1);
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
