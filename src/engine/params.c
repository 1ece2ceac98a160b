#include "engine/params.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/names.h"
#include "engine/backend.h"
#include "engine/op.h"
#include "engine/source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct tb_params {
    tb_arena *arena;
    tb_parameter *list;
    uint64_t *versions; /* by parameter */
    tb_names names;
    int count;
    int64_t total;
    size_t real_size;
    const tb_storage *storage;
    void *memory; /* the storage's; null: all lie elsewhere */
    void *mirror; /* the host's view; null: it is the memory itself */
    bool *stale;  /* by parameter: it moved since the mirror was made */
    bool any_stale;
    const void **outside; /* by parameter: in memory of others, or null */
    uint64_t version;
};

static int count_all(int n, const tb_graph *const *graphs)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        for (tb_node *k = tb_graph_first(graphs[i]); k; k = k->next)
            count += k->op == &tb_op_param;
    return count;
}

static int64_t elements(tb_shape shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape.rank; i++)
        n *= shape.dim[i];
    return n;
}

static bool add(tb_params *p, const tb_node *node, tb_error *error)
{
    tb_shape shape = tb_value_shape(node->out[0]);
    int old = tb_params_find(p, node->name);
    if (old >= 0) {
        if (elements(shape) == p->list[old].n)
            return true;
        tb_fail(error, TB_ERR_ARGUMENT,
                "The parameter %s is used with two shapes.", node->name);
        return false;
    }
    tb_parameter *q = &p->list[p->count++];
    q->name = tb_arena_strdup(p->arena, node->name);
    q->shape = shape;
    q->n = elements(shape);
    q->offset = p->total;
    p->total += (q->n + 15) / 16 * 16;
    if (q->name && tb_names_add(&p->names, q->name, q))
        return true;
    tb_fail_memory(error);
    return false;
}

static bool list_parameters(tb_params *p, int n_graphs,
                            const tb_graph *const *graphs, tb_error *error)
{
    for (int i = 0; i < n_graphs; i++)
        for (tb_node *k = tb_graph_first(graphs[i]); k; k = k->next)
            if (k->op == &tb_op_param && !add(p, k, error))
                return false;
    return true;
}

static size_t bytes_of(const tb_params *p)
{
    return ((size_t)p->total + 16) * p->real_size;
}

/* Both are zero. */
static bool allocate(tb_params *p)
{
    p->memory = p->storage->alloc(bytes_of(p));
    if (!p->storage->is_host)
        p->mirror = tb_alloc(bytes_of(p));
    return p->memory && (p->mirror || p->storage->is_host);
}

/* Room for what does not lie elsewhere. What lies with the host is copied to a
   storage that is not the host's. */
static bool give_memory(tb_params *p, tb_params_finder find, void *context)
{
    const tb_backend *b =
        p->real_size == sizeof(float) ? tb_backend_cpu() : tb_backend_naive64();
    bool all = find != NULL;
    p->storage = b->storage;
    p->outside =
        tb_arena_alloc(p->arena, ((size_t)p->count + 1) * sizeof *p->outside);
    p->stale =
        tb_arena_alloc(p->arena, ((size_t)p->count + 1) * sizeof *p->stale);
    if (!p->outside || !p->stale || (!p->storage->is_host && !allocate(p)))
        return false;
    for (int i = 0; find && i < p->count; i++) {
        const tb_parameter *q = &p->list[i];
        const void *from = find(context, q);
        all = all && from;
        if (p->storage->is_host)
            p->outside[i] = from;
        else if (from)
            memcpy((char *)p->mirror + (size_t)q->offset * p->real_size, from,
                   (size_t)q->n * p->real_size);
    }
    return p->memory || all || allocate(p);
}

tb_params *tb_params_new_over(int n_graphs, const tb_graph *const *graphs,
                              size_t real_size, tb_params_finder find,
                              void *context, tb_error *error)
{
    tb_params *p = calloc(1, sizeof *p);
    int most = count_all(n_graphs, graphs);
    if (!p || !(p->arena = tb_arena_new()) ||
        !(p->list =
              tb_arena_alloc(p->arena, ((size_t)most + 1) * sizeof *p->list)) ||
        !(p->versions = tb_arena_alloc(p->arena, ((size_t)most + 1) *
                                                     sizeof *p->versions)))
        goto no_memory;
    p->real_size = real_size;
    if (!list_parameters(p, n_graphs, graphs, error))
        goto failed;
    if (give_memory(p, find, context)) {
        tb_params_touch(p);
        return p;
    }
no_memory:
    tb_fail_memory(error);
failed:
    tb_params_free(p);
    return NULL;
}

tb_params *tb_params_new(int n_graphs, const tb_graph *const *graphs,
                         size_t real_size, tb_error *error)
{
    return tb_params_new_over(n_graphs, graphs, real_size, NULL, NULL, error);
}

void tb_params_free(tb_params *p)
{
    if (!p)
        return;
    tb_names_clear(&p->names);
    tb_arena_free(p->arena);
    if (p->storage)
        p->storage->free(p->memory);
    tb_free(p->mirror);
    free(p);
}

int tb_params_count(const tb_params *p)
{
    return p->count;
}

const tb_parameter *tb_params_at(const tb_params *p, int i)
{
    return &p->list[i];
}

int tb_params_find(const tb_params *p, const char *name)
{
    const tb_parameter *q = tb_names_find(&p->names, name);
    return q ? (int)(q - p->list) : -1;
}

int64_t tb_params_total(const tb_params *p)
{
    return p->total;
}

size_t tb_params_real_size(const tb_params *p)
{
    return p->real_size;
}

/* ---- the host's view ---- */

static size_t bytes_at(const tb_params *p, int i)
{
    return (size_t)p->list[i].n * p->real_size;
}

static size_t offset_at(const tb_params *p, int i)
{
    return (size_t)p->list[i].offset * p->real_size;
}

/* Brings over one that has moved. A mirror is no change that anybody sees. */
static void look_at(const tb_params *p, int i)
{
    size_t at = offset_at(p, i);
    if (p->stale[i])
        p->storage->read((char *)p->mirror + at, (char *)p->memory + at,
                         bytes_at(p, i));
    p->stale[i] = false;
}

void *tb_params_data(tb_params *p)
{
    for (int i = 0; p->any_stale && i < p->count; i++)
        look_at(p, i);
    p->any_stale = false;
    return p->mirror ? p->mirror : p->memory;
}

void *tb_params_memory(tb_params *p)
{
    return p->memory;
}

const tb_storage *tb_params_storage(const tb_params *p)
{
    return p->storage;
}

bool tb_params_is_outside(const tb_params *p, int i)
{
    return p->outside[i] != NULL;
}

const void *tb_params_address(const tb_params *p, int i)
{
    const char *memory = p->memory;
    return p->outside[i] ? p->outside[i] : memory + offset_at(p, i);
}

const void *tb_params_value(const tb_params *p, int i)
{
    const char *data = p->mirror ? p->mirror : p->memory;
    if (p->outside[i])
        return p->outside[i];
    look_at(p, i);
    return data + offset_at(p, i);
}

void tb_params_get(const tb_params *p, int i, double *to)
{
    const void *from = tb_params_value(p, i);
    for (int64_t k = 0; k < p->list[i].n; k++)
        to[k] = p->real_size == sizeof(float) ? ((const float *)from)[k]
                                              : ((const double *)from)[k];
}

void tb_params_set(tb_params *p, int i, const double *from)
{
    const tb_parameter *q = &p->list[i];
    assert(!p->outside[i]);
    char *to = (char *)(p->mirror ? p->mirror : p->memory) + offset_at(p, i);
    for (int64_t k = 0; k < q->n; k++) {
        if (p->real_size == sizeof(float))
            ((float *)to)[k] = (float)from[k];
        else
            ((double *)to)[k] = from[k];
    }
    p->stale[i] = false;
    tb_params_touch_at(p, i);
}

/* ---- from another store ---- */

static bool is_same_shape(const tb_shape *a, const tb_shape *b)
{
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    return same;
}

int tb_params_take(tb_params *p, int count, const tb_params *from, int *missing)
{
    int given = 0, first = -1;
    char *block = tb_params_data(p);
    assert(p->real_size == from->real_size);
    for (int i = 0; i < count; i++) {
        const tb_parameter *q = &p->list[i];
        int k = tb_params_find(from, q->name);
        if (k < 0 || p->outside[i] ||
            !is_same_shape(&from->list[k].shape, &q->shape)) {
            first = first < 0 ? i : first;
            continue;
        }
        memcpy(block + offset_at(p, i), tb_params_value(from, k),
               bytes_at(p, i));
        given++;
    }
    tb_params_touch(p);
    if (missing)
        *missing = first;
    return given;
}

/* ---- versions ---- */

uint64_t tb_params_version(const tb_params *p)
{
    return p->version;
}

uint64_t tb_params_version_at(const tb_params *p, int i)
{
    return p->versions[i];
}

/* What the host has not seen since it moved she cannot have written to. */
static void upload(tb_params *p, int i)
{
    size_t at = offset_at(p, i);
    if (p->mirror && !p->stale[i])
        p->storage->write((char *)p->memory + at, (char *)p->mirror + at,
                          bytes_at(p, i));
}

void tb_params_touch(tb_params *p)
{
    p->version++;
    for (int i = 0; i < p->count; i++) {
        upload(p, i);
        p->versions[i] = p->version;
    }
}

void tb_params_touch_at(tb_params *p, int i)
{
    upload(p, i);
    p->versions[i] = ++p->version;
}

void tb_params_moved_at(tb_params *p, int i)
{
    p->stale[i] = p->any_stale = p->mirror != NULL;
    p->versions[i] = ++p->version;
}

void tb_params_moved(tb_params *p)
{
    for (int i = 0; i < p->count; i++)
        tb_params_moved_at(p, i);
}

uint64_t tb_params_layout(const tb_params *params, int count)
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    for (int i = 0; i < count; i++) {
        const tb_parameter *p = &params->list[i];
        tb_hash_add(&hash, p->name, strlen(p->name) + 1);
        tb_hash_add(&hash, &p->offset, sizeof p->offset);
        for (int k = 0; k < p->shape.rank; k++)
            tb_hash_add(&hash, &p->shape.dim[k], sizeof p->shape.dim[k]);
    }
    return tb_hash_get(&hash);
}
