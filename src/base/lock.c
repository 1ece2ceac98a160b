#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct tb_lock {
    int fd;
    char *path;
};

static tb_status fail_held(int fd, const char *path, tb_error *error)
{
    char holder[33] = "";
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
    for (ssize_t i = 0; i < n; i++)
        if (holder[i] < '0' || holder[i] > '9')
            holder[i] = 0;
    char *folder = tb_path_folder(path);
    tb_fail(error, TB_ERR_SYSTEM,
            "'%s' is in use by another program (process %s); wait until it "
            "has ended, or stop it.",
            folder ? folder : path, holder[0] ? holder : "unknown");
    tb_free(folder);
    return TB_ERR_SYSTEM;
}

/* Whether the name still leads to the file that we hold: its holder may have
   removed it between our opening and locking it. */
static bool is_current(int fd, const char *path)
{
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
           mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

/* flock rather than fcntl: it also holds against our own process. */
static tb_status take(const char *path, int *fd, tb_error *error)
{
    for (;;) {
        *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (*fd < 0)
            return tb_fail_file(error, "lock", path, errno);
        if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return fail_held(*fd, path, error);
            return tb_fail_file(error, "lock", path, errno);
        }
        if (is_current(*fd, path))
            return TB_OK;
        close(*fd);
    }
}

tb_lock *tb_lock_take(const char *path, tb_error *error)
{
    tb_lock *lock = tb_alloc(sizeof *lock);
    if (!lock || !(lock->path = tb_path_join(NULL, path))) {
        tb_fail_memory(error);
        tb_free(lock);
        return NULL;
    }
    if (take(path, &lock->fd, error) != TB_OK)
        goto fail;
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    errno = ENOSPC; /* where less is written than should be */
    if (ftruncate(lock->fd, 0) != 0 ||
        pwrite(lock->fd, text, (size_t)length, 0) != length) {
        tb_fail_file(error, "write", path, errno);
        goto fail;
    }
    return lock;
fail:
    if (lock->fd >= 0)
        close(lock->fd);
    tb_free(lock->path);
    tb_free(lock);
    return NULL;
}

void tb_lock_release(tb_lock *lock)
{
    if (!lock)
        return;
    unlink(lock->path);
    close(lock->fd);
    tb_free(lock->path);
    tb_free(lock);
}
