/* Buffers are placed as the rule says, whatever helps to find the places: no
   two that live at once overlap, and each lies in the smallest gap that the
   larger ones left. */
#include "base/random.h"
#include "engine/place.h"
#include "tap.h"

#include <stdbool.h>
#include <stdlib.h>

enum { MANY = 600 };

static bool meet(const tb_buffer *a, const tb_buffer *b)
{
    return a->born <= b->dies && b->born <= a->dies;
}

static bool before(const tb_buffer *a, const tb_buffer *b)
{
    return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;
}

/* Whether bytes `at` to `end` are free of all that were placed before. */
static bool is_free(const tb_buffer *all, int n, const tb_buffer *b, size_t at,
                    size_t end)
{
    for (int i = 0; i < n; i++)
        if (before(&all[i], b) && meet(&all[i], b) && all[i].offset < end &&
            at < all[i].offset + all[i].bytes)
            return false;
    return true;
}

/* The end of the gap that begins at `at`; SIZE_MAX: it has none. */
static size_t gap_end(const tb_buffer *all, int n, const tb_buffer *b,
                      size_t at)
{
    size_t end = SIZE_MAX;
    for (int i = 0; i < n; i++)
        if (before(&all[i], b) && meet(&all[i], b) && all[i].offset >= at &&
            all[i].offset < end)
            end = all[i].offset;
    return end;
}

/* Gaps begin at 0 or where something ends. */
static size_t best_place(const tb_buffer *all, int n, const tb_buffer *b)
{
    size_t best = SIZE_MAX, best_size = SIZE_MAX;
    for (int i = -1; i < n; i++) {
        size_t at = i < 0 ? 0 : all[i].offset + all[i].bytes;
        if (i >= 0 && (!before(&all[i], b) || !meet(&all[i], b)))
            continue;
        size_t end = gap_end(all, n, b, at);
        if (end - at < b->bytes || !is_free(all, n, b, at, at + 1))
            continue;
        if (end - at < best_size || (end - at == best_size && at < best) ||
            (end == SIZE_MAX && best == SIZE_MAX)) {
            best = at;
            best_size = end - at;
        }
    }
    return best;
}

static bool placed_right(uint64_t seed)
{
    static tb_buffer all[MANY];
    tb_rng rng = {seed, 0};
    int n = 1 + (int)tb_rng_below(&rng, MANY);
    int steps = 1 + (int)tb_rng_below(&rng, (uint64_t)n);
    size_t largest = 0;
    for (int i = 0; i < n; i++) {
        int born = (int)tb_rng_below(&rng, (uint64_t)steps);
        int life = (int)tb_rng_below(&rng, tb_rng_below(&rng, 4) ? 4 : 4000);
        int dies = born + life < steps ? born + life : steps;
        all[i] = (tb_buffer){1 + tb_rng_below(&rng, 1000), born, dies, 0};
    }
    size_t total = tb_place(n, all);
    bool right = true;
    for (int i = 0; right && i < n; i++) {
        size_t end = all[i].offset + all[i].bytes;
        right = is_free(all, n, &all[i], all[i].offset, end) &&
                all[i].offset == best_place(all, n, &all[i]);
        largest = end > largest ? end : largest;
    }
    return right && total == largest;
}

int main(int argc, char **argv)
{
    uint64_t last = argc > 1 ? strtoull(argv[1], NULL, 10) : 40;
    for (uint64_t seed = 1; seed <= last; seed++) {
        char name[64];
        snprintf(name, sizeof name, "buffers of seed %d", (int)seed);
        OK_NAMED(placed_right(seed), name);
    }
    EQ(tb_place(0, NULL), 0);
    return tap_done();
}
