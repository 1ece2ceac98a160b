#include "audio/child.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Between pipe() and close-on-exec a child started by another thread would
   inherit the pipe and keep it open: one at a time. */
static pthread_mutex_t spawning = PTHREAD_MUTEX_INITIALIZER;

static int make_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return errno;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static int spawn_with(pid_t *pid, const char *const *arguments, int output,
                      int errors, posix_spawn_file_actions_t *actions,
                      posix_spawnattr_t *attributes)
{
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    posix_spawnattr_setsigdefault(attributes, &broken_pipe);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setflags(attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int failed = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                                  "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed =
            posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    if (!failed)
        failed =
            posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
    if (failed)
        return failed;
    /* posix_spawnp does not write to the arguments, whatever its type says. */
    return posix_spawnp(pid, arguments[0], actions, attributes,
                        (char *const *)arguments, environ);
}

static int spawn(pid_t *pid, const char *const *arguments, int output,
                 int errors)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (!failed) {
        failed =
            spawn_with(pid, arguments, output, errors, &actions, &attributes);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static int start(tb_child *child, const char *const *arguments)
{
    int ends[2];
    child->errors = tmpfile();
    if (child->errors == NULL)
        return errno;
    fcntl(fileno(child->errors), F_SETFD, FD_CLOEXEC);
    int failed = make_pipe(ends);
    if (failed)
        return failed;
    failed = spawn(&child->pid, arguments, ends[1], fileno(child->errors));
    close(ends[1]);
    if (failed)
        child->pid = 0;
    else if ((child->output = fdopen(ends[0], "rb")) == NULL)
        failed = errno;
    if (failed)
        close(ends[0]);
    return failed;
}

tb_status tb_child_open(tb_child *child, const char *const *arguments,
                        tb_error *error)
{
    *child = (tb_child){0};
    pthread_mutex_lock(&spawning);
    int failed = start(child, arguments);
    pthread_mutex_unlock(&spawning);
    if (!failed)
        return TB_OK;
    tb_child_close(child);
    /* EACCES and ENOTDIR come from folders of PATH that cannot be searched. */
    if (failed == ENOENT || failed == EACCES || failed == ENOTDIR)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "The program '%s' is not installed.", arguments[0]);
    return tb_fail(error, TB_ERR_SYSTEM, "The program '%s' cannot be run: %s.",
                   arguments[0], strerror(failed));
}

int tb_child_wait(tb_child *child)
{
    int state = 0;
    pid_t ended;
    if (child->pid <= 0)
        return -1;
    do
        ended = waitpid(child->pid, &state, 0);
    while (ended < 0 && errno == EINTR);
    child->pid = 0;
    /* A host that ignores SIGCHLD leaves no status to collect. */
    if (ended < 0)
        return 0;
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

/* With pread, since the child shares the place where it writes with us. */
void tb_child_find_line(tb_child *child, bool (*wanted)(char *line), char *line,
                        size_t size)
{
    char text[1024];
    ssize_t n;
    line[0] = '\0';
    if (child->errors == NULL)
        return;
    for (off_t at = 0;
         (n = pread(fileno(child->errors), text, sizeof(text) - 1, at)) > 0;) {
        text[n] = '\0';
        size_t length = strcspn(text, "\r\n");
        at += (off_t)length + (length < (size_t)n);
        text[length] = '\0';
        if (wanted(text))
            snprintf(line, size, "%s", text);
    }
}

void tb_child_close(tb_child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        tb_child_wait(child);
    }
    if (child->output != NULL)
        fclose(child->output);
    if (child->errors != NULL)
        fclose(child->errors);
    *child = (tb_child){0};
}
