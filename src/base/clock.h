/* Time that only goes forward, for measuring how long things take. */
#ifndef TB_BASE_CLOCK_H
#define TB_BASE_CLOCK_H

#include "base/realtime.h"

#include <time.h>

/* Waits for nothing: the system keeps the time where programs read it. */
TB_REALTIME int clock_gettime(clockid_t clock, struct timespec *now);

/* Seconds since some fixed moment. */
static inline double tb_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
