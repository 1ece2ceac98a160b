/* What is taken of a block of memory, and when: a tree over steps, so that
   looking for room between many buffers costs little more than between few. */
#ifndef TB_ENGINE_OCCUPANCY_H
#define TB_ENGINE_OCCUPANCY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tb_occupancy tb_occupancy;

/* For steps 0 to `last`. Null when there is no memory. */
tb_occupancy *tb_occupancy_new(int last);
void tb_occupancy_free(tb_occupancy *o);

/* Bytes `from` to below `to` are taken in steps `born` to `dies`. False when
   there is no memory. */
bool tb_occupancy_take(tb_occupancy *o, int born, int dies, size_t from,
                       size_t to);

/* The start of the smallest gap that has room for so many bytes in all these
   steps, of equal ones the lowest; behind everything if none has. SIZE_MAX
   when there is no memory. */
size_t tb_occupancy_best_fit(tb_occupancy *o, int born, int dies, size_t bytes);

#endif
