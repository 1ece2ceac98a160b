#include "dsp/cluster_parts.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { TRIES = 10, MOST_ROUNDS = 100 };

typedef struct tb_kmeans {
    const float *rows;
    int n, width, count;
    float *centre;   /* [count, width] */
    double *nearest; /* [n], squared distance to the nearest centre */
    double *sum;     /* [count, width] */
    int *size;       /* [count] */
    int *group;      /* [n] */
} tb_kmeans;

static const float *row_of(const tb_kmeans *m, int i)
{
    return m->rows + (size_t)i * (size_t)m->width;
}

static float *centre_of(const tb_kmeans *m, int g)
{
    return m->centre + (size_t)g * (size_t)m->width;
}

/* A row, the farther from all centres the likelier. */
static int draw(const tb_kmeans *m, tb_rng *rng)
{
    double all = 0;
    for (int i = 0; i < m->n; i++)
        all += m->nearest[i];
    double left = tb_rng_uniform(rng) * all;
    for (int i = 0; i < m->n; i++) {
        left -= m->nearest[i];
        if (left < 0)
            return i;
    }
    return (int)tb_rng_below(rng, (uint64_t)m->n);
}

static void begin(tb_kmeans *m, tb_rng *rng)
{
    for (int i = 0; i < m->n; i++)
        m->nearest[i] = 1;
    for (int g = 0; g < m->count; g++) {
        memcpy(centre_of(m, g), row_of(m, draw(m, rng)),
               (size_t)m->width * sizeof(float));
        for (int i = 0; i < m->n; i++) {
            double d =
                tb_squared_distance(row_of(m, i), centre_of(m, g), m->width);
            m->nearest[i] = g == 0 ? d : fmin(m->nearest[i], d);
        }
    }
}

/* Gives each row its nearest centre; false when nothing changes. */
static bool assign(tb_kmeans *m, double *spread)
{
    bool changed = false;
    *spread = 0;
    for (int i = 0; i < m->n; i++) {
        int best = 0;
        double least = INFINITY;
        for (int g = 0; g < m->count; g++) {
            double d =
                tb_squared_distance(row_of(m, i), centre_of(m, g), m->width);
            if (d < least) {
                least = d;
                best = g;
            }
        }
        changed = changed || best != m->group[i];
        m->group[i] = best;
        m->nearest[i] = least;
        *spread += least;
    }
    return changed;
}

/* An empty group takes the row that is farthest from its centre. */
static void fill_empty(tb_kmeans *m, int g)
{
    int far = 0;
    for (int i = 1; i < m->n; i++)
        if (m->nearest[i] > m->nearest[far])
            far = i;
    memcpy(centre_of(m, g), row_of(m, far), (size_t)m->width * sizeof(float));
    m->nearest[far] = 0;
}

static void move(tb_kmeans *m)
{
    size_t width = (size_t)m->width;
    memset(m->sum, 0, (size_t)m->count * width * sizeof *m->sum);
    memset(m->size, 0, (size_t)m->count * sizeof *m->size);
    for (int i = 0; i < m->n; i++) {
        m->size[m->group[i]]++;
        for (size_t k = 0; k < width; k++)
            m->sum[(size_t)m->group[i] * width + k] += row_of(m, i)[k];
    }
    for (int g = 0; g < m->count; g++) {
        for (size_t k = 0; m->size[g] && k < width; k++)
            centre_of(m, g)[k] =
                (float)(m->sum[(size_t)g * width + k] / m->size[g]);
        if (!m->size[g])
            fill_empty(m, g);
    }
}

static bool allocate(tb_kmeans *m)
{
    size_t centres = (size_t)m->count * (size_t)m->width;
    m->centre = tb_alloc_array(centres, sizeof *m->centre);
    m->sum = tb_alloc_array(centres, sizeof *m->sum);
    m->nearest = tb_alloc_array((size_t)m->n, sizeof *m->nearest);
    m->size = tb_alloc_array((size_t)m->count, sizeof *m->size);
    m->group = tb_alloc_array((size_t)m->n, sizeof *m->group);
    return m->centre && m->sum && m->nearest && m->size && m->group;
}

tb_status tb_cluster_kmeans(const float *rows, int n, int width, int count,
                            uint64_t seed, int *group, tb_error *error)
{
    tb_kmeans m = {.rows = rows, .n = n, .width = width, .count = count};
    tb_rng rng = {.seed = seed};
    double least = INFINITY, spread = 0;
    tb_status status = allocate(&m) ? TB_OK : tb_fail_memory(error);
    for (int try = 0; try < TRIES && !status; try++) {
        begin(&m, &rng);
        for (int round = 0; assign(&m, &spread) && round < MOST_ROUNDS; round++)
            move(&m);
        if (spread < least || try == 0) {
            least = spread;
            memcpy(group, m.group, (size_t)n * sizeof *group);
        }
    }
    tb_free(m.centre);
    tb_free(m.sum);
    tb_free(m.nearest);
    tb_free(m.size);
    tb_free(m.group);
    return status;
}
