#include "engine/place.h"

#include "engine/occupancy.h"

#include <stdbool.h>
#include <stdlib.h>

static int larger_first(const void *a, const void *b)
{
    const tb_buffer *x = *(tb_buffer *const *)a, *y = *(tb_buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : x > y;
}

static bool place_one(tb_occupancy *taken, tb_buffer *b)
{
    b->offset = tb_occupancy_best_fit(taken, b->born, b->dies, b->bytes);
    return b->offset != SIZE_MAX &&
           tb_occupancy_take(taken, b->born, b->dies, b->offset,
                             b->offset + b->bytes);
}

size_t tb_place(int n, tb_buffer *buffers)
{
    tb_buffer **order = calloc((size_t)n + 1, sizeof *order);
    int last = 0;
    for (int i = 0; order && i < n; i++) {
        buffers[i].bytes = (buffers[i].bytes + 63) / 64 * 64;
        last = buffers[i].dies > last ? buffers[i].dies : last;
        order[i] = &buffers[i];
    }
    tb_occupancy *taken = tb_occupancy_new(last);
    size_t total = order && taken ? 0 : SIZE_MAX;
    if (total == 0)
        qsort(order, (size_t)n, sizeof *order, larger_first);
    for (int i = 0; total != SIZE_MAX && i < n; i++) {
        const tb_buffer *b = order[i];
        if (!place_one(taken, order[i]))
            total = SIZE_MAX;
        else if (b->offset + b->bytes > total)
            total = b->offset + b->bytes;
    }
    tb_occupancy_free(taken);
    free(order);
    return total;
}
