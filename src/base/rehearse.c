#include "base/rehearse.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* What handlers of this process would make of a crash is not wanted there, nor
   a file of its memory. */
static void prepare(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    const struct rlimit none = {0, 0};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        signal(crashes[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &none);
}

/* A byte comes when it is over; without one the pipe ends. */
static bool comes_to_end(int from, int seconds)
{
    char byte;
    struct pollfd wait = {.fd = from, .events = POLLIN};
    int ready;
    do
        ready = poll(&wait, 1, 1000 * seconds);
    while (ready < 0 && errno == EINTR);
    return ready > 0 && read(from, &byte, 1) == 1;
}

static void end(pid_t process)
{
    kill(process, SIGKILL);
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
        ;
}

tb_status tb_rehearse(void (*act)(void *context), void *context, int seconds,
                      tb_error *error)
{
    int ends[2];
    bool has_pipe = pipe(ends) == 0;
    pid_t process = has_pipe ? fork() : -1;
    if (process == 0) {
        prepare();
        act(context);
        _exit(write(ends[1], "", 1) != 1);
    }
    tb_status status = TB_OK;
    if (process < 0)
        status = tb_fail(error, TB_ERR_SYSTEM,
                         "The system gives no process: %s.", strerror(errno));
    if (has_pipe)
        close(ends[1]);
    if (!status && !comes_to_end(ends[0], seconds))
        status = TB_ERR_FORMAT;
    if (has_pipe)
        close(ends[0]);
    if (process > 0)
        end(process);
    return status;
}
