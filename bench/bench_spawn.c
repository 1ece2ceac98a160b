/* Times whole programs.

     bench_spawn time CASE PROGRAM ARGUMENT...
     bench_spawn until CASE PATTERN PROGRAM ARGUMENT...

   The first prints the median milliseconds from start to exit; the second the
   seconds until a file matches the pattern, and then ends the program. */
#include "base/clock.h"
#include "bench.h"
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST_WAIT = 600 };

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

static bool exists(const char *pattern)
{
    glob_t found;
    bool any = glob(pattern, 0, NULL, &found) == 0;
    if (any)
        globfree(&found);
    return any;
}

static int time_until(const char *name, const char *pattern, char **command)
{
    const struct timespec moment = {0, 5000000};
    double began = tb_seconds(), seconds = 0;
    pid_t child = start(command);
    bool running = child > 0, found = false;
    while (running && !found && seconds < LONGEST_WAIT) {
        nanosleep(&moment, NULL);
        seconds = tb_seconds() - began;
        running = waitpid(child, NULL, WNOHANG) == 0;
        found = exists(pattern);
    }
    if (running) {
        kill(child, SIGINT);
        exit_status(child);
    }
    if (!found) {
        fprintf(stderr, "%s: nothing matched %s\n", command[0], pattern);
        return 1;
    }
    bench_report(name, seconds, "s", 0);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "time") == 0)
        return time_program(argv[2], argv + 3);
    if (argc > 4 && strcmp(argv[1], "until") == 0)
        return time_until(argv[2], argv[3], argv + 4);
    fprintf(stderr, "usage: bench_spawn time CASE PROGRAM...\n"
                    "       bench_spawn until CASE PATTERN PROGRAM...\n");
    return 2;
}
