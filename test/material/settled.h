/* Steps of a trainer that are waited for, and its numbers as the host sees
   them. */
#ifndef TB_TEST_MATERIAL_SETTLED_H
#define TB_TEST_MATERIAL_SETTLED_H

#include "train/trainer.h"

#include <stdlib.h>
#include <string.h>

/* The report is of this step. */
static inline tb_status settled_step(tb_trainer *t, const tb_batch *batch,
                                     tb_step_report *report, tb_error *error)
{
    tb_status status = tb_trainer_step(t, batch, report, error);
    return status ? status : tb_trainer_settle(t, report, error);
}

/* Numbers of the storage; the caller frees. */
static inline void *seen(const tb_storage *storage, const void *there,
                         size_t bytes)
{
    void *here = malloc(bytes + 1);
    if (here)
        storage->read(here, there, bytes);
    return here;
}

static inline size_t block_bytes(const tb_trainer_block *b)
{
    return (size_t)b->n * (b->is_integer ? 8 : 4);
}

static inline void *seen_block(tb_trainer *t, int i)
{
    tb_trainer_block b = tb_trainer_block_at(t, i);
    return seen(tb_trainer_storage(t), b.data, block_bytes(&b));
}

static inline bool same_blocks(tb_trainer *a, tb_trainer *b)
{
    bool same = tb_trainer_blocks(a) == tb_trainer_blocks(b);
    for (int i = 0; same && i < tb_trainer_blocks(a); i++) {
        tb_trainer_block x = tb_trainer_block_at(a, i);
        tb_trainer_block y = tb_trainer_block_at(b, i);
        void *p = seen_block(a, i), *q = seen_block(b, i);
        same = x.n == y.n && p && q && memcmp(p, q, block_bytes(&x)) == 0;
        free(p);
        free(q);
    }
    return same;
}

#endif
