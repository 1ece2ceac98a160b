/* The parameter store: all parameters of a network by name, in the layout of
   checkpoints (PyTorch's), with room for their gradients. Several graphs and
   plans share one store. */
#ifndef TB_ENGINE_PARAMS_H
#define TB_ENGINE_PARAMS_H

#include "engine/graph.h"
#include "engine/storage.h"

typedef struct tb_params tb_params;

typedef struct tb_parameter {
    const char *name;
    tb_shape shape;
    int64_t n;      /* elements */
    int64_t offset; /* in the blocks of tb_params_data and the like */
} tb_parameter;

/* A store for the parameters of these graphs, all zero. `real_size` is
   sizeof(float), or sizeof(double) for plans of double precision. */
tb_params *tb_params_new(int n_graphs, const tb_graph *const *graphs,
                         size_t real_size, tb_error *error);

/* As tb_params_new over memory of others: `find` tells where the value of a
   parameter lies (in a file that is mapped, say), aligned to 64 bytes and of
   `real_size`; null: the store has room of its own for it. That memory must
   outlive the store, and is only read: such parameters cannot be set and are
   not in the block of tb_params_data. */
typedef const void *(*tb_params_finder)(void *context, const tb_parameter *p);
tb_params *tb_params_new_over(int n_graphs, const tb_graph *const *graphs,
                              size_t real_size, tb_params_finder find,
                              void *context, tb_error *error);

void tb_params_free(tb_params *p);

int tb_params_count(const tb_params *p);
const tb_parameter *tb_params_at(const tb_params *p, int i);
int tb_params_find(const tb_params *p, const char *name); /* -1: none */

/* One block for all values; offsets are multiples of 16 elements, and what
   lies between is zero. No block (null) when all lie in memory of others. */
int64_t tb_params_total(const tb_params *p);
size_t tb_params_real_size(const tb_params *p);

/* The block as the host sees it, to read or to write. Where the storage is not
   the host's this brings over what has moved there since somebody looked last:
   ask again after every step. */
void *tb_params_data(tb_params *p);

/* The block in the storage, and that storage: an address to bind and to
   calculate with. Call tb_params_moved_at after changing what lies there. */
void *tb_params_memory(tb_params *p);
const tb_storage *tb_params_storage(const tb_params *p);

/* Where the value of parameter i lies, in the block or elsewhere, as the host
   sees it. */
const void *tb_params_value(const tb_params *p, int i);

/* Whether it lies in memory of others, where nobody writes. */
bool tb_params_is_outside(const tb_params *p, int i);

/* The same in the storage, where programs read it: an address to bind, not to
   look at. What was written to tb_params_data is there after tb_params_touch.
 */
const void *tb_params_address(const tb_params *p, int i);

/* Where each of the first `count` parameters lies, as a number: blocks of
   another network of the same size are told apart by it. */
uint64_t tb_params_layout(const tb_params *p, int count);

/* The value of parameter i as doubles, for files and tests. */
void tb_params_get(const tb_params *p, int i, double *to);
void tb_params_set(tb_params *p, int i, const double *from);

/* Gives the first `count` parameters the values that those of the same name,
   shape and real size have in another store, and leaves the rest as they are,
   also what lies in memory of others. Returns how many were given; `*missing`
   (or null) is the first that was not, -1: there is none. */
int tb_params_take(tb_params *p, int count, const tb_params *from,
                   int *missing);

/* Plans compare these to know which weights changed, so that folded or packed
   forms of those alone are made again: the version of all, which rises with any
   change, and of one. Call tb_params_touch after writing to the host's block,
   or tb_params_touch_at after writing to parameter i alone; what was never
   looked at since it moved in the storage stays as it is there.
   tb_params_moved_at and tb_params_moved (all of them) tell that the storage's
   block was written to.
 */
uint64_t tb_params_version(const tb_params *p);
uint64_t tb_params_version_at(const tb_params *p, int i);
void tb_params_touch(tb_params *p);
void tb_params_touch_at(tb_params *p, int i);
void tb_params_moved(tb_params *p);
void tb_params_moved_at(tb_params *p, int i);

#endif
