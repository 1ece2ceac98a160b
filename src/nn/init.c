#include "nn/init.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 200 };

static bool ends(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static const tb_parameter *find(const tb_params *params, const char *name)
{
    int i = tb_params_find(params, name);
    return i < 0 ? NULL : tb_params_at(params, i);
}

/* A weight of this name, plain or normalised. */
static const tb_parameter *find_weight(const tb_params *params,
                                       const char *name)
{
    char v[NAME + 4];
    const tb_parameter *w = find(params, name);
    snprintf(v, sizeof v, "%.*s_v", NAME, name);
    return w ? w : find(params, v);
}

static double bound_of(const tb_parameter *weight)
{
    double fan_in = 1;
    for (int i = 1; i < weight->shape.rank; i++)
        fan_in *= (double)weight->shape.dim[i];
    return 1 / sqrt(fan_in);
}

/* Weights and biases of a recurrent layer share the bound of weight_hh. */
static const tb_parameter *recurrent_weight(const tb_params *params,
                                            const char *name, const char *part)
{
    char full[NAME];
    int layer = 0;
    const char *tail = strstr(part, "_l");
    if (!tail || sscanf(tail, "_l%d", &layer) != 1)
        return NULL;
    snprintf(full, sizeof full, "%.*sweight_hh_l%d", (int)(part - name), name,
             layer);
    return find_weight(params, full);
}

/* The weight whose fan in bounds this parameter, or null. */
static const tb_parameter *bounding(const tb_params *params,
                                    const tb_parameter *p)
{
    char full[NAME];
    const char *dot = strrchr(p->name, '.');
    const char *part = dot ? dot + 1 : p->name;
    if (strstr(part, "_ih_l") || strstr(part, "_hh_l"))
        return recurrent_weight(params, p->name, part);
    if (ends(part, "weight") || ends(part, "weight_v"))
        return p->shape.rank > 1 ? p : NULL;
    if (strcmp(part, "bias") != 0)
        return NULL;
    snprintf(full, sizeof full, "%.*sweight", (int)(part - p->name), p->name);
    const tb_parameter *w = find_weight(params, full);
    return w && w->shape.rank > 1 ? w : NULL;
}

static tb_rng rng_of(const tb_parameter *p, uint64_t seed)
{
    tb_hash hash;
    tb_hash_init(&hash, seed);
    tb_hash_add(&hash, p->name, strlen(p->name));
    return (tb_rng){tb_hash_get(&hash), 0};
}

/* All but the lengths of normalised weights. */
static void draw(const tb_params *params, const tb_parameter *p, uint64_t seed,
                 double *x)
{
    tb_rng rng = rng_of(p, seed);
    const tb_parameter *w = bounding(params, p);
    double bound = w ? bound_of(w) : 0;
    bool gain = ends(p->name, "weight") && p->shape.rank == 1;
    for (int64_t i = 0; i < p->n; i++) {
        if (ends(p->name, "embedding.weight"))
            x[i] = tb_rng_normal(&rng);
        else if (w)
            x[i] = bound * (2 * tb_rng_uniform(&rng) - 1);
        else
            x[i] = gain ? 1 : 0;
    }
}

/* The lengths of the rows of v. */
static void measure(const double *v, int64_t rows, int64_t n, double *g)
{
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t k = 0; k < n; k++)
            sum += v[i * n + k] * v[i * n + k];
        g[i] = sqrt(sum);
    }
}

static void set_lengths(tb_params *params, int v, double *x)
{
    char name[NAME];
    const tb_parameter *p = tb_params_at(params, v);
    snprintf(name, sizeof name, "%.*s_g", (int)strlen(p->name) - 2, p->name);
    int g = tb_params_find(params, name);
    if (g < 0)
        return;
    int64_t rows = tb_params_at(params, g)->n;
    measure(x, rows, p->n / rows, x + p->n);
    tb_params_set(params, g, x + p->n);
}

static int64_t largest(const tb_params *params)
{
    int64_t n = 1;
    for (int i = 0; i < tb_params_count(params); i++)
        if (tb_params_at(params, i)->n > n)
            n = tb_params_at(params, i)->n;
    return n;
}

void tb_init_params(tb_params *params, uint64_t seed)
{
    double *x = tb_alloc_array(2 * (size_t)largest(params), sizeof *x);
    for (int i = 0; x && i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        if (ends(p->name, "_g"))
            continue;
        draw(params, p, seed, x);
        tb_params_set(params, i, x);
        if (ends(p->name, "_v"))
            set_lengths(params, i, x);
    }
    tb_free(x);
    tb_params_touch(params);
}

void tb_init_fill(tb_params *params, const char *name, double value)
{
    int i = tb_params_find(params, name);
    double *x =
        i < 0 ? NULL
              : tb_alloc_array((size_t)tb_params_at(params, i)->n, sizeof *x);
    for (int64_t k = 0; x && k < tb_params_at(params, i)->n; k++)
        x[k] = value;
    if (x)
        tb_params_set(params, i, x);
    tb_free(x);
    tb_params_touch(params);
}

void tb_init_row(tb_params *params, int i, int64_t row, double value)
{
    const tb_parameter *p = tb_params_at(params, i);
    int64_t n = p->n / p->shape.dim[0];
    double *x = tb_alloc_array((size_t)p->n, sizeof *x);
    if (x) {
        tb_params_get(params, i, x);
        for (int64_t k = 0; k < n; k++)
            x[row * n + k] = value;
        tb_params_set(params, i, x);
    }
    tb_free(x);
    tb_params_touch(params);
}
