#include "engine/occupancy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct tb_range {
    size_t from, to;
} tb_range;

/* Ranges that do not touch, in order. Where buffers lie close they are few. */
typedef struct tb_ranges {
    tb_range *list;
    size_t n, room;
} tb_ranges;

/* Node 1 of the tree stands for all steps, 2k and 2k + 1 for the halves of
   node k. A buffer lies in the few nodes that make up its life: those are
   `filled` by it, and all nodes above them `touched`. */
typedef struct tb_time_node {
    tb_ranges filled;  /* in each step of the node */
    tb_ranges touched; /* in at least one */
} tb_time_node;

struct tb_occupancy {
    int steps; /* a power of two */
    tb_time_node *nodes;
    tb_ranges found;
};

tb_occupancy *tb_occupancy_new(int last)
{
    tb_occupancy *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    for (o->steps = 1; o->steps <= last;)
        o->steps *= 2;
    o->nodes = calloc(2 * (size_t)o->steps, sizeof *o->nodes);
    if (o->nodes)
        return o;
    free(o);
    return NULL;
}

void tb_occupancy_free(tb_occupancy *o)
{
    if (!o)
        return;
    for (int k = 0; k < 2 * o->steps; k++) {
        free(o->nodes[k].filled.list);
        free(o->nodes[k].touched.list);
    }
    free(o->nodes);
    free(o->found.list);
    free(o);
}

static bool make_room(tb_ranges *r, size_t n)
{
    if (n <= r->room)
        return true;
    size_t room = n > 2 * r->room ? n + 2 : 2 * r->room;
    tb_range *more = realloc(r->list, room * sizeof *more);
    if (!more)
        return false;
    r->list = more;
    r->room = room;
    return true;
}

/* The first range that ends at `from` or behind it. */
static size_t first_reaching(const tb_ranges *r, size_t from)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (r->list[middle].to < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Becomes one with all that it touches. */
static bool add_range(tb_ranges *r, tb_range new)
{
    if (!make_room(r, r->n + 1))
        return false;
    size_t at = first_reaching(r, new.from), end = at;
    for (; end < r->n && r->list[end].from <= new.to; end++) {
        const tb_range *old = &r->list[end];
        new.from = old->from < new.from ? old->from : new.from;
        new.to = old->to > new.to ? old->to : new.to;
    }
    memmove(r->list + at + 1, r->list + end, (r->n - end) * sizeof *r->list);
    r->n -= end - at;
    r->n++;
    r->list[at] = new;
    return true;
}

/* Where node k of `steps` steps, from `first` on, lies beside a life. */
static bool apart(int first, int steps, int born, int dies)
{
    return first > dies || first + steps <= born;
}

static bool inside(int first, int steps, int born, int dies)
{
    return born <= first && first + steps - 1 <= dies;
}

static bool take(tb_occupancy *o, int k, int first, int steps, int born,
                 int dies, tb_range new)
{
    if (apart(first, steps, born, dies))
        return true;
    if (!add_range(&o->nodes[k].touched, new))
        return false;
    if (inside(first, steps, born, dies))
        return add_range(&o->nodes[k].filled, new);
    int half = steps / 2;
    return take(o, 2 * k, first, half, born, dies, new) &&
           take(o, 2 * k + 1, first + half, half, born, dies, new);
}

bool tb_occupancy_take(tb_occupancy *o, int born, int dies, size_t from,
                       size_t to)
{
    return take(o, 1, 0, o->steps, born, dies, (tb_range){from, to});
}

static bool find_all(tb_ranges *found, const tb_ranges *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!add_range(found, r->list[i]))
            return false;
    return true;
}

static bool find(tb_occupancy *o, int k, int first, int steps, int born,
                 int dies)
{
    if (apart(first, steps, born, dies))
        return true;
    if (inside(first, steps, born, dies))
        return find_all(&o->found, &o->nodes[k].touched);
    int half = steps / 2;
    return find_all(&o->found, &o->nodes[k].filled) &&
           find(o, 2 * k, first, half, born, dies) &&
           find(o, 2 * k + 1, first + half, half, born, dies);
}

size_t tb_occupancy_best_fit(tb_occupancy *o, int born, int dies, size_t bytes)
{
    size_t at = 0, best = SIZE_MAX, best_size = SIZE_MAX;
    o->found.n = 0;
    if (!find(o, 1, 0, o->steps, born, dies))
        return SIZE_MAX;
    for (size_t i = 0; i < o->found.n; i++) {
        size_t gap = o->found.list[i].from - at;
        if (gap >= bytes && gap < best_size) {
            best = at;
            best_size = gap;
        }
        at = o->found.list[i].to;
    }
    return best == SIZE_MAX ? at : best;
}
