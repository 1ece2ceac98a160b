/* Times a whole program: the median milliseconds from start to exit.

     bench_spawn CASE PROGRAM ARGUMENT... */
#include "bench.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void say_nothing(void)
{
    int null = open("/dev/null", O_WRONLY);
    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
}

static pid_t start(char **command)
{
    pid_t child = fork();
    if (child == 0) {
        say_nothing();
        execvp(command[0], command);
        _exit(127);
    }
    return child;
}

static int exit_status(pid_t child)
{
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int worst_status;

static void run_once(void *context)
{
    int status = exit_status(start(context));
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
