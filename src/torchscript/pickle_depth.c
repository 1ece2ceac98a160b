#include "torchscript/pickle_depth.h"

#include "base/memory.h"

/* One value on the way down from the root. */
typedef struct depth_step {
    const tb_pickled *value;
    size_t next; /* of its children */
    int below;   /* the deepest of its children so far */
} depth_step;

/* Child `i` of a value; null: it has no such, or this one is left out. */
static const tb_pickled *child(const tb_pickled *v, size_t i)
{
    switch (v->kind) {
    case TB_PICKLED_LIST:
    case TB_PICKLED_TUPLE:
    case TB_PICKLED_SET:
    case TB_PICKLED_DICT:
        return v->items[i];
    case TB_PICKLED_OBJECT:
    case TB_PICKLED_CALL:
        return (const tb_pickled *[]){v->of,    v->args, v->keywords,
                                      v->state, v->list, v->dict}[i];
    default:
        return v->of;
    }
}

static size_t children(const tb_pickled *v)
{
    switch (v->kind) {
    case TB_PICKLED_LIST:
    case TB_PICKLED_TUPLE:
    case TB_PICKLED_SET:
    case TB_PICKLED_DICT:
        return v->count;
    case TB_PICKLED_OBJECT:
    case TB_PICKLED_CALL:
        return 6;
    case TB_PICKLED_PERSISTENT:
        return 1;
    default:
        return 0;
    }
}

enum { UNKNOWN = 0, ON_THE_WAY = -1, TOO_DEEP = TB_PICKLED_DEPTH + 1 };

/* Goes down depth first, each value once: `depth` holds what is known of each
   by its number, counted from 1. The deepest way from the root, -1 where
   something holds itself, TOO_DEEP. */
static int measure(const tb_pickled *root, int *depth)
{
    depth_step way[TB_PICKLED_DEPTH];
    int length = 1;
    way[0] = (depth_step){.value = root};
    depth[root->number] = ON_THE_WAY;
    while (length) {
        depth_step *step = &way[length - 1];
        if (step->next == children(step->value)) {
            int below = step->below + 1;
            depth[step->value->number] = below;
            if (--length && way[length - 1].below < below)
                way[length - 1].below = below;
            continue;
        }
        const tb_pickled *c = child(step->value, step->next++);
        int known = c ? depth[c->number] : UNKNOWN;
        if (known == ON_THE_WAY)
            return -1;
        if (length + known > TB_PICKLED_DEPTH ||
            (c && length == TB_PICKLED_DEPTH))
            return TOO_DEEP;
        if (known > step->below)
            step->below = known;
        if (c && known == UNKNOWN) {
            way[length++] = (depth_step){.value = c};
            depth[c->number] = ON_THE_WAY;
        }
    }
    return depth[root->number];
}

tb_status tb_pickled_measure(tb_unpickled *unpickled, const char *what,
                             tb_error *error)
{
    int *depth = tb_alloc_array(unpickled->count, sizeof *depth);
    if (!depth)
        return tb_fail_memory(error);
    unpickled->depth = measure(unpickled->root, depth);
    tb_free(depth);
    if (unpickled->depth != TOO_DEEP)
        return TB_OK;
    *unpickled = (tb_unpickled){0};
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "'%s' is not read: it holds values that lie more than %d "
                   "deep in one another, which no model does.",
                   what, TB_PICKLED_DEPTH);
}
