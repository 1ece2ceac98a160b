/* Memory under two addresses: one that is closed for good, which is given to
   others, and one behind which the same bytes lie, for the backend alone. */
#ifndef TB_ENGINE_FAR_FAR_MEMORY_H
#define TB_ENGINE_FAR_FAR_MEMORY_H

#include "base/realtime.h"

#include <stddef.h>

/* Zeroed, aligned to 64 bytes; null when there is none. Any thread. */
void *tb_far_alloc(size_t bytes);
void tb_far_free(void *memory); /* accepts null */

/* Where the bytes behind an address lie; other addresses stay as they are. */
TB_REALTIME void *tb_far_open(const void *memory);

#endif
