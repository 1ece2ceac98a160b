/* Placing buffers that live for a while into one block of memory. */
#ifndef TB_ENGINE_PLACE_H
#define TB_ENGINE_PLACE_H

#include <stddef.h>
#include <stdint.h>

typedef struct tb_buffer {
    size_t bytes;
    int born, dies; /* steps, inclusive */
    size_t offset;  /* set by tb_place; a multiple of 64 */
} tb_buffer;

/* Sets offsets so that buffers alive at the same step do not overlap, largest
   first, each in the smallest gap that fits (best fit). Gives the size of the
   block, or SIZE_MAX when there is no memory to work it out. */
size_t tb_place(int n, tb_buffer *buffers);

#endif
