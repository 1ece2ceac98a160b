/* Numbers too small to be normal are zero: they would take a hundred times as
   long where sounds fade away. The mode belongs to a thread, and a host's is
   left as it was. */
#ifndef TB_BASE_DENORMALS_H
#define TB_BASE_DENORMALS_H

#include "base/realtime.h"

/* Sets the mode and returns what it was. */
TB_REALTIME unsigned tb_denormals_off(void);
TB_REALTIME void tb_denormals_restore(unsigned mode);

#endif
