#include "dsp/cluster_parts.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 20000, NEIGHBOURS = 10, SCALE_BY = 7 };

/* Groups that nearly touch have eigenvalues that nearly are equal, and part
   late: as many rounds as this many operations allow. */
static const double OPERATIONS = 4e8, FEWEST_ROUNDS = 300, MOST_ROUNDS = 5000;

typedef struct tb_neighbour {
    int to;
    float weight; /* squared distance first */
} tb_neighbour;

typedef struct tb_spectral {
    const float *rows;
    int n, width, count, degree;
    tb_neighbour *near;     /* [n, degree], nearest first */
    double *scale;          /* [n], distance to the SCALE_BY-th */
    double *sum;            /* [n], 1 / root of a row's weights */
    double *vectors, *next; /* [count, n] */
    float *found;           /* [n, count] */
} tb_spectral;

static tb_neighbour *near_of(const tb_spectral *s, int i)
{
    return s->near + (size_t)i * (size_t)s->degree;
}

static void find_near(tb_spectral *s, int i)
{
    tb_neighbour *near = near_of(s, i);
    int count = 0;
    for (int k = 0; k < s->n; k++) {
        if (k == i)
            continue;
        float d = (float)tb_squared_distance(
            s->rows + (size_t)i * (size_t)s->width,
            s->rows + (size_t)k * (size_t)s->width, s->width);
        if (count == s->degree && d >= near[count - 1].weight)
            continue;
        int at = count < s->degree ? count++ : count - 1;
        for (; at > 0 && near[at - 1].weight > d; at--)
            near[at] = near[at - 1];
        near[at] = (tb_neighbour){k, d};
    }
    int by = SCALE_BY < count ? SCALE_BY : count - 1;
    s->scale[i] = fmax(1e-6, sqrt((double)near[by].weight));
}

/* Weights between neighbours; a pair counts from both ends, which makes the
   table symmetric without storing the other half. */
static void weigh(tb_spectral *s)
{
    for (int i = 0; i < s->n; i++)
        for (int k = 0; k < s->degree; k++) {
            tb_neighbour *e = &near_of(s, i)[k];
            e->weight =
                (float)exp(-e->weight / (s->scale[i] * s->scale[e->to]));
            s->sum[i] += e->weight;
            s->sum[e->to] += e->weight;
        }
    for (int i = 0; i < s->n; i++)
        s->sum[i] = 1 / sqrt(s->sum[i] + 1e-12);
}

/* y = (1 + normalised weights) x / 2, whose largest eigenvectors are wanted. */
static void apply(const tb_spectral *s, const double *x, double *y)
{
    for (int i = 0; i < s->n; i++)
        y[i] = 0.5 * x[i];
    for (int i = 0; i < s->n; i++)
        for (int k = 0; k < s->degree; k++) {
            const tb_neighbour *e = &near_of(s, i)[k];
            double w = 0.5 * e->weight * s->sum[i] * s->sum[e->to];
            y[i] += w * x[e->to];
            y[e->to] += w * x[i];
        }
}

static void make_orthonormal(double *v, int count, int n)
{
    for (int a = 0; a < count; a++) {
        double *x = v + (size_t)a * (size_t)n, length = 0;
        for (int b = 0; b < a; b++) {
            const double *y = v + (size_t)b * (size_t)n;
            double along = 0;
            for (int i = 0; i < n; i++)
                along += x[i] * y[i];
            for (int i = 0; i < n; i++)
                x[i] -= along * y[i];
        }
        for (int i = 0; i < n; i++)
            length += x[i] * x[i];
        for (int i = 0; i < n; i++)
            x[i] /= sqrt(length) + 1e-300;
    }
}

static void find_vectors(tb_spectral *s, uint64_t seed)
{
    tb_rng rng = {.seed = seed};
    size_t all = (size_t)s->count * (size_t)s->n;
    for (size_t i = 0; i < all; i++)
        s->vectors[i] = tb_rng_normal(&rng);
    make_orthonormal(s->vectors, s->count, s->n);
    double rounds = OPERATIONS / ((double)all * s->degree);
    rounds = fmax(FEWEST_ROUNDS, fmin(rounds, MOST_ROUNDS));
    for (int round = 0; round < rounds; round++) {
        for (int a = 0; a < s->count; a++)
            apply(s, s->vectors + (size_t)a * (size_t)s->n,
                  s->next + (size_t)a * (size_t)s->n);
        memcpy(s->vectors, s->next, all * sizeof *s->vectors);
        make_orthonormal(s->vectors, s->count, s->n);
    }
    for (int i = 0; i < s->n; i++) {
        double length = 1e-300;
        for (int a = 0; a < s->count; a++)
            length += pow(s->vectors[(size_t)a * (size_t)s->n + (size_t)i], 2);
        for (int a = 0; a < s->count; a++)
            s->found[i * s->count + a] =
                (float)(s->vectors[(size_t)a * (size_t)s->n + (size_t)i] /
                        sqrt(length));
    }
}

static int allocate(tb_spectral *s)
{
    size_t n = (size_t)s->n, all = n * (size_t)s->count;
    s->near = tb_alloc_array(n * (size_t)s->degree, sizeof *s->near);
    s->scale = tb_alloc_array(n, sizeof *s->scale);
    s->sum = tb_alloc_array(n, sizeof *s->sum);
    s->vectors = tb_alloc_array(all, sizeof *s->vectors);
    s->next = tb_alloc_array(all, sizeof *s->next);
    s->found = tb_alloc_array(all, sizeof *s->found);
    return s->near && s->scale && s->sum && s->vectors && s->next && s->found;
}

tb_status tb_cluster_spectral(const float *rows, int n, int width, int count,
                              uint64_t seed, int *group, tb_error *error)
{
    if (n > MOST_ROWS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%d are too many for spectral clustering, which takes "
                       "%d at most: use kmeans.",
                       n, MOST_ROWS);
    tb_spectral s = {.rows = rows, .n = n, .width = width, .count = count};
    s.degree = NEIGHBOURS < n - 1 ? NEIGHBOURS : n - 1;
    if (s.degree < 1)
        return tb_cluster_kmeans(rows, n, width, count, seed, group, error);
    tb_status status = allocate(&s) ? TB_OK : tb_fail_memory(error);
    if (!status) {
        for (int i = 0; i < n; i++)
            find_near(&s, i);
        weigh(&s);
        find_vectors(&s, seed);
        status =
            tb_cluster_kmeans(s.found, n, count, count, seed, group, error);
    }
    tb_free(s.near);
    tb_free(s.scale);
    tb_free(s.sum);
    tb_free(s.vectors);
    tb_free(s.next);
    tb_free(s.found);
    return status;
}
