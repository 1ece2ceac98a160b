/* A number that may change while sound is made, as a user types it:
     0.9                  always
     0.5..1.2             evenly from one to the other over the whole length
     0:0.5,2s:1.0,5s:0.7  through these values at these times
   Between two times the value moves evenly; before the first and after the
   last it stands. */
#ifndef TB_GENERATE_RAMP_H
#define TB_GENERATE_RAMP_H

#include "base/status.h"

#include <stdbool.h>

enum { TB_RAMP_MAX = 64 };

typedef struct tb_ramp {
    int count;     /* at least 1 */
    bool relative; /* times are parts of the whole length, 0 to 1 */
    double time[TB_RAMP_MAX], value[TB_RAMP_MAX];
} tb_ramp;

/* `what` names the number in errors ("temperature"); low and high bound it,
   both included. Times are as in audio/cut.h, or plain seconds. */
tb_status tb_ramp_parse(const char *text, const char *what, double low,
                        double high, tb_ramp *ramp, tb_error *error);

/* The value `seconds` after the beginning of a sound of that length. */
double tb_ramp_at(const tb_ramp *ramp, double seconds, double length_seconds);

/* Whether it never changes. */
bool tb_ramp_is_constant(const tb_ramp *ramp);

#endif
