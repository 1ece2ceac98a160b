#include "engine/place.h"

#include <stdlib.h>

static int larger_first(const void *a, const void *b)
{
    const tb_buffer *x = *(tb_buffer *const *)a, *y = *(tb_buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : x > y;
}

static int lower_first(const void *a, const void *b)
{
    const tb_buffer *x = *(tb_buffer *const *)a, *y = *(tb_buffer *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Those already placed that live at the same time as `b`, by offset. */
static int neighbours(tb_buffer *const *placed, int n, const tb_buffer *b,
                      tb_buffer **found)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        if (placed[i]->born <= b->dies && b->born <= placed[i]->dies)
            found[count++] = placed[i];
    qsort(found, (size_t)count, sizeof *found, lower_first);
    return count;
}

static size_t best_gap(tb_buffer *const *found, int n, size_t bytes)
{
    size_t at = 0, best = SIZE_MAX, best_size = SIZE_MAX;
    for (int i = 0; i < n; i++) {
        if (found[i]->offset >= at) {
            size_t gap = found[i]->offset - at;
            if (gap >= bytes && gap < best_size) {
                best = at;
                best_size = gap;
            }
        }
        if (found[i]->offset + found[i]->bytes > at)
            at = found[i]->offset + found[i]->bytes;
    }
    return best == SIZE_MAX ? at : best;
}

size_t tb_place(int n, tb_buffer *buffers)
{
    tb_buffer **order = calloc((size_t)n + 1, sizeof *order);
    tb_buffer **found = calloc((size_t)n + 1, sizeof *found);
    size_t total = 0;
    if (!order || !found) {
        total = SIZE_MAX;
        goto done;
    }
    for (int i = 0; i < n; i++) {
        buffers[i].bytes = (buffers[i].bytes + 63) / 64 * 64;
        order[i] = &buffers[i];
    }
    qsort(order, (size_t)n, sizeof *order, larger_first);
    for (int i = 0; i < n; i++) {
        int count = neighbours(order, i, order[i], found);
        order[i]->offset = best_gap(found, count, order[i]->bytes);
        if (order[i]->offset + order[i]->bytes > total)
            total = order[i]->offset + order[i]->bytes;
    }
done:
    free(order);
    free(found);
    return total;
}
