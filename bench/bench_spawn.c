/* Times a whole program: the median milliseconds from start to exit.

     bench_spawn CASE PROGRAM ARGUMENT... */
#include "bench.h"
#include "child.h"

#include <stdio.h>

static int worst_status;

static void run_once(void *context)
{
    int status = bench_exit_status(bench_start(context));
    if (status)
        worst_status = status;
}

static int time_program(const char *name, char **command)
{
    bench_options o = {.seconds = 2};
    double seconds = bench_median(&o, run_once, command);
    if (worst_status) {
        fprintf(stderr, "%s does not run (status %d)\n", command[0],
                worst_status);
        return 1;
    }
    bench_report(name, seconds * 1e3, "ms", 0);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2)
        return time_program(argv[1], argv + 2);
    fprintf(stderr, "usage: bench_spawn CASE PROGRAM...\n");
    return 2;
}
