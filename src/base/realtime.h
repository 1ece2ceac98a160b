/* TB_REALTIME, to which tools/check-realtime holds every function that is
   marked and whatever it calls. Static functions that only marked ones of the
   same file call need no mark of their own. A function of the system that keeps
   to it is declared again with the mark: see base/clock.h. */
#ifndef TB_BASE_REALTIME_H
#define TB_BASE_REALTIME_H

#include <timbrel/realtime.h>

#endif
