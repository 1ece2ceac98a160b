#include "dsp/cluster.h"

#include "base/memory.h"
#include "base/random.h"
#include "dsp/cluster_parts.h"

#include <math.h>
#include <string.h>

enum { MOST_ASKED = 1000 };

const char *const tb_cluster_names[] = {"kmeans", "hierarchical", "spectral",
                                        NULL};

/* Groups in the order in which they appear. */
static tb_status renumber(int *group, int n, int count, tb_error *error)
{
    int *name = tb_alloc_array((size_t)count, sizeof *name), next = 0;
    if (!name)
        return tb_fail_memory(error);
    for (int i = 0; i < n; i++) {
        int *mine = &name[group[i]];
        if (*mine == 0)
            *mine = ++next;
        group[i] = *mine - 1;
    }
    tb_free(name);
    return TB_OK;
}

tb_status tb_cluster(const float *rows, int n, int width, int count,
                     tb_cluster_method method, uint64_t seed, int *group,
                     tb_error *error)
{
    tb_status status;
    if (n < 1 || count < 1 || count > n)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%d things cannot be sorted into %d groups: ask for 1 "
                       "to %d.",
                       n, count, n);
    if (method == TB_CLUSTER_HIERARCHICAL)
        status = tb_cluster_ward(rows, n, width, count, group, error);
    else if (method == TB_CLUSTER_SPECTRAL)
        status = tb_cluster_spectral(rows, n, width, count, seed, group, error);
    else
        status = tb_cluster_kmeans(rows, n, width, count, seed, group, error);
    return status ? status : renumber(group, n, count, error);
}

/* ---- how well it is done ---- */

/* Of one row; `sum` and `size` are [count]. */
static double silhouette_of(const float *rows, int n, int width,
                            const int *group, int count, int i, double *sum,
                            int *size)
{
    double own = 0, next = INFINITY;
    memset(sum, 0, (size_t)count * sizeof *sum);
    memset(size, 0, (size_t)count * sizeof *size);
    for (int k = 0; k < n; k++) {
        if (k == i)
            continue;
        sum[group[k]] += sqrt(tb_squared_distance(
            rows + (size_t)i * width, rows + (size_t)k * width, width));
        size[group[k]]++;
    }
    if (size[group[i]] == 0)
        return 0;
    own = sum[group[i]] / size[group[i]];
    for (int g = 0; g < count; g++)
        if (g != group[i] && size[g] > 0)
            next = fmin(next, sum[g] / size[g]);
    double most = fmax(own, next);
    return isfinite(next) && most > 0 ? (next - own) / most : 0;
}

tb_status tb_silhouette(const float *rows, int n, int width, const int *group,
                        int count, double *silhouette, tb_error *error)
{
    double *sum = tb_alloc_array((size_t)count, sizeof *sum), total = 0;
    int *size = tb_alloc_array((size_t)count, sizeof *size), asked = 0;
    int step = (n + MOST_ASKED - 1) / MOST_ASKED;
    tb_status status = sum && size ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < n && !status; i += step, asked++)
        total += silhouette_of(rows, n, width, group, count, i, sum, size);
    *silhouette = asked > 0 ? total / asked : 0;
    tb_free(sum);
    tb_free(size);
    return status;
}

/* ---- a map ---- */

/* What is left of a direction after `before` is taken out of it, of length 1.
 */
static void orthogonal(double *v, const double *before, int width)
{
    double along = 0, length = 0;
    for (int k = 0; before && k < width; k++)
        along += v[k] * before[k];
    for (int k = 0; k < width; k++) {
        v[k] -= before ? along * before[k] : 0;
        length += v[k] * v[k];
    }
    for (int k = 0; k < width; k++)
        v[k] = length > 1e-300 ? v[k] / sqrt(length) : 0;
}

/* Power iteration on the covariance, without forming it. */
static void direction(const float *rows, int n, int width, const double *mean,
                      const double *before, double *v, double *next)
{
    tb_rng rng = {.seed = before ? 2 : 1};
    for (int k = 0; k < width; k++)
        v[k] = tb_rng_normal(&rng);
    orthogonal(v, before, width);
    for (int round = 0; round < 60; round++) {
        memset(next, 0, (size_t)width * sizeof *next);
        for (int i = 0; i < n; i++) {
            const float *row = rows + (size_t)i * width;
            double along = 0;
            for (int k = 0; k < width; k++)
                along += (row[k] - mean[k]) * v[k];
            for (int k = 0; k < width; k++)
                next[k] += along * (row[k] - mean[k]);
        }
        memcpy(v, next, (size_t)width * sizeof *v);
        orthogonal(v, before, width);
    }
}

tb_status tb_principal_plane(const float *rows, int n, int width, float *xy,
                             tb_error *error)
{
    double *mean = tb_alloc_array((size_t)width, 4 * sizeof *mean);
    if (!mean)
        return tb_fail_memory(error);
    double *axis[2] = {mean + width, mean + 2 * width};
    for (int i = 0; i < n; i++)
        for (int k = 0; k < width; k++)
            mean[k] += rows[(size_t)i * width + k] / (double)n;
    direction(rows, n, width, mean, NULL, axis[0], mean + 3 * width);
    direction(rows, n, width, mean, axis[0], axis[1], mean + 3 * width);
    for (int i = 0; i < n; i++)
        for (int a = 0; a < 2; a++) {
            double along = 0;
            for (int k = 0; k < width; k++)
                along += (rows[(size_t)i * width + k] - mean[k]) * axis[a][k];
            xy[2 * i + a] = (float)along;
        }
    tb_free(mean);
    return TB_OK;
}
