#include "dsp/cluster_parts.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROWS = 5000 };

/* Two groups that became one, and how much that spread them. */
typedef struct tb_union {
    int a, b;
    float height;
} tb_union;

typedef struct tb_ward {
    int n;
    float *far;       /* [n, n], what a union of two would add to the spread */
    int *size;        /* [n]; 0: joined to another */
    int *chain;       /* [n], each the nearest to the one before */
    tb_union *unions; /* [n - 1] */
    int chained, count;
} tb_ward;

static float *far_between(const tb_ward *w, int a, int b)
{
    return &w->far[(size_t)a * (size_t)w->n + (size_t)b];
}

/* The group nearest to `a`; of equals `before`, so that the chain ends. */
static int nearest_to(const tb_ward *w, int a, int before)
{
    int best = before;
    for (int b = 0; b < w->n; b++)
        if (w->size[b] && b != a &&
            (best < 0 || *far_between(w, a, b) < *far_between(w, a, best)))
            best = b;
    return best;
}

/* The distances of a union follow from those of its halves (Lance and Williams
   1967). */
static void unite(tb_ward *w, int a, int b)
{
    double na = w->size[a], nb = w->size[b], ab = *far_between(w, a, b);
    w->unions[w->count++] = (tb_union){a, b, (float)ab};
    for (int c = 0; c < w->n; c++) {
        double nc = w->size[c];
        if (!w->size[c] || c == a || c == b)
            continue;
        double d = ((na + nc) * *far_between(w, a, c) +
                    (nb + nc) * *far_between(w, b, c) - nc * ab) /
                   (na + nb + nc);
        *far_between(w, a, c) = *far_between(w, c, a) = (float)d;
    }
    w->size[a] += w->size[b];
    w->size[b] = 0;
}

/* Follows nearest groups until two are nearest to each other. */
static void unite_next(tb_ward *w)
{
    if (w->chained == 0)
        for (int i = 0; i < w->n && w->chained == 0; i++)
            if (w->size[i])
                w->chain[w->chained++] = i;
    for (;;) {
        int last = w->chain[w->chained - 1];
        int before = w->chained > 1 ? w->chain[w->chained - 2] : -1;
        int next = nearest_to(w, last, before);
        if (next == before) {
            w->chained -= 2;
            unite(w, before, last);
            return;
        }
        w->chain[w->chained++] = next;
    }
}

static int by_height(const void *a, const void *b)
{
    const tb_union *x = a, *y = b;
    return (x->height > y->height) - (x->height < y->height);
}

static int root_of(const int *above, int i)
{
    while (above[i] != i)
        i = above[i];
    return i;
}

/* The lowest unions are made, until `count` groups are left. */
static void tell(tb_ward *w, int count, int *group)
{
    int *above = w->chain, *number = w->size, next = 0;
    qsort(w->unions, (size_t)w->count, sizeof *w->unions, by_height);
    for (int i = 0; i < w->n; i++) {
        above[i] = i;
        number[i] = -1;
    }
    for (int i = 0; i < w->n - count; i++)
        above[root_of(above, w->unions[i].b)] = root_of(above, w->unions[i].a);
    for (int i = 0; i < w->n; i++) {
        int root = root_of(above, i);
        if (number[root] < 0)
            number[root] = next++;
        group[i] = number[root];
    }
}

tb_status tb_cluster_ward(const float *rows, int n, int width, int count,
                          int *group, tb_error *error)
{
    if (n > MOST_ROWS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%d are too many for hierarchical clustering, which "
                       "takes %d at most: use kmeans.",
                       n, MOST_ROWS);
    tb_ward w = {.n = n};
    w.far = tb_alloc_array((size_t)n, (size_t)n * sizeof *w.far);
    w.size = tb_alloc_array((size_t)n, sizeof *w.size);
    w.chain = tb_alloc_array((size_t)n, sizeof *w.chain);
    w.unions = tb_alloc_array((size_t)n, sizeof *w.unions);
    tb_status status =
        w.far && w.size && w.chain && w.unions ? TB_OK : tb_fail_memory(error);
    for (int a = 0; a < n && !status; a++) {
        w.size[a] = 1;
        for (int b = 0; b < n; b++)
            *far_between(&w, a, b) =
                (float)(0.5 * tb_squared_distance(
                                  rows + (size_t)a * (size_t)width,
                                  rows + (size_t)b * (size_t)width, width));
    }
    while (!status && w.count < n - 1)
        unite_next(&w);
    if (!status)
        tell(&w, count, group);
    tb_free(w.far);
    tb_free(w.size);
    tb_free(w.chain);
    tb_free(w.unions);
    return status;
}
