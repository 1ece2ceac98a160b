#include "bench.h"
#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TIMES = 4096 };

bench_options bench_begin(char **argv)
{
    bench_options o = {.threads = 1, .seconds = 0.3, .only = ""};
    char **arg = argv + 1;
    for (; *arg && strncmp(*arg, "--", 2) == 0 && arg[1]; arg += 2) {
        if (strcmp(*arg, "--threads") == 0)
            o.threads = atoi(arg[1]);
        else if (strcmp(*arg, "--seconds") == 0)
            o.seconds = atof(arg[1]);
        else if (strcmp(*arg, "--only") == 0)
            o.only = arg[1];
        else if (strcmp(*arg, "--clock") == 0)
            o.cpu = strcmp(arg[1], "cpu") == 0;
        else
            break;
    }
    if ((*arg && strncmp(*arg, "--", 2) == 0) || o.threads < 1) {
        fprintf(stderr,
                "%s: --threads N --seconds S --only TEXT "
                "--clock wall|cpu\n",
                argv[0]);
        exit(2);
    }
    o.rest = arg;
    o.pool = tb_pool_new(o.threads);
    return o;
}

void bench_end(bench_options *o)
{
    tb_pool_free(o->pool);
    o->pool = NULL;
}

bool bench_wanted(const bench_options *o, const char *name)
{
    return strstr(name, o->only) != NULL;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_seconds(const bench_options *o)
{
    struct timespec now;
    if (!o->cpu)
        return tb_seconds();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_median(const bench_options *o, void (*work)(void *context),
                    void *context)
{
    static double times[MOST_TIMES];
    int n = 0;
    work(context);
    for (double spent = 0; n < 3 || (spent < o->seconds && n < MOST_TIMES);) {
        double start = bench_seconds(o);
        work(context);
        times[n] = bench_seconds(o) - start;
        spent += times[n++];
    }
    qsort(times, (size_t)n, sizeof *times, compare);
    return (times[(n - 1) / 2] + times[n / 2]) / 2;
}

void bench_report(const char *name, double value, const char *unit,
                  double bound)
{
    printf("%s\t%.6g\t%s", name, value, unit);
    if (bound > 0)
        printf("\t%.6g", bound);
    printf("\n");
    fflush(stdout);
}
