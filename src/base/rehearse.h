/* What may crash, such as a library that is given a damaged file, is done in a
   process of its own first. */
#ifndef TB_BASE_REHEARSE_H
#define TB_BASE_REHEARSE_H

#include "base/status.h"

/* Calls `act` in a copy of this process, which changes nothing here, and waits
   for its end. TB_ERR_FORMAT where it came to none, by a crash or within so
   many seconds; TB_ERR_SYSTEM where there can be no process; `error` is filled
   for that alone. */
tb_status tb_rehearse(void (*act)(void *context), void *context, int seconds,
                      tb_error *error);

#endif
