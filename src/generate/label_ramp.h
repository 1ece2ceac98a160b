/* Between labels over time, as a user types it:
     bell                     always
     bell..drum               evenly from one to the other over the whole length
     0:bell,2s:drum,5s:bell   through these labels at these times
   Between two times both count, one less and the other more. */
#ifndef TB_GENERATE_LABEL_RAMP_H
#define TB_GENERATE_LABEL_RAMP_H

#include "generate/ramp.h"

/* How much each of `count` names counts: ramps[i] from 0 to 1, and all of them
   1 at any time. What is no label is refused with those that there are. */
tb_status tb_label_ramps(const char *text, const char *const *names, int count,
                         tb_ramp *ramps, tb_error *error);

#endif
