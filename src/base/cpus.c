/* sched_getaffinity is not in POSIX; only this file asks for more. */
#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#endif

#include "base/pool.h"

#include <unistd.h>

static int affinity_count(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
#endif
    return 0;
}

int tb_cpu_count(void)
{
    int count = affinity_count();
    if (count < 1)
        count = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count;
}
