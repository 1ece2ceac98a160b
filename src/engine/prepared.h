/* Prepared operands (packed or 16-bit weights, tables) that many plans share:
   of what is alike byte by byte there is one. So plans of one model for other
   numbers of voices, other blocks or other methods hold its weights once, and
   models that have a layer in common hold that once; nobody needs to know which
   uses of a weight are the same. What lies here never changes. */
#ifndef TB_ENGINE_PREPARED_H
#define TB_ENGINE_PREPARED_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tb_prepared_store tb_prepared_store;

/* Null when there is no memory. Plans that use it must be freed before. */
tb_prepared_store *tb_prepared_store_new(void);
void tb_prepared_store_free(tb_prepared_store *store); /* accepts null */

/* Bytes of all that it holds. */
size_t tb_prepared_bytes(tb_prepared_store *store);

/* What an operand was made from: bytes that are the same only where what is
   made is. */
typedef struct tb_prepared_origin {
    const void *bytes;
    size_t count;
} tb_prepared_origin;

/* What was made from this, to be released as if tb_prepared_share had given it;
   null: nothing. Any thread. */
void *tb_prepared_find(tb_prepared_store *store,
                       const tb_prepared_origin *origin);

/* Gives what was prepared (of tb_alloc, with a line more than `bytes`, and the
   store's from now on) to all, and gets what to use instead: what has been
   there with the same content; or else a copy of it on large pages, behind what
   came before; or itself, if it points into itself and cannot move. Null when
   there is no memory. With an origin (null: none) it is found by that as long
   as somebody uses it. Any thread. */
void *tb_prepared_share(tb_prepared_store *store, void *memory, size_t bytes,
                        bool moves, const tb_prepared_origin *origin);

/* Once for each time that it was given by tb_prepared_share; without a store it
   is freed. Accepts null. Any thread. */
void tb_prepared_release(tb_prepared_store *store, void *memory);

#endif
