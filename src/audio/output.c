#include "audio/output.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Length of the folder part of a path, with its last '/'. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static tb_status fail_exists(const char *path, tb_error *error)
{
    return tb_fail(error, TB_ERR_FILE,
                   "'%s' exists already and is kept: choose another name, or "
                   "ask for it to be replaced",
                   path);
}

static tb_status fail_to_create(const tb_output *output, tb_error *error)
{
    if (errno == EEXIST)
        return fail_exists(output->path, error);
    if (errno == ENOENT)
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' cannot be written: its folder does not exist",
                       output->path);
    if (errno == EACCES || errno == EROFS || errno == EPERM)
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' cannot be written: you may not write into its "
                       "folder",
                       output->path);
    return tb_fail(error, TB_ERR_FILE, "'%s' cannot be written: %s",
                   output->path, strerror(errno));
}

/* The name is short so that a long name of the user's cannot make it too long,
   and hidden so that no program takes it for a sound. */
static tb_status open_temporary(tb_output *output, tb_error *error)
{
    size_t folder = folder_length(output->path);
    size_t size = folder + 64;
    output->temporary = malloc(size);
    if (output->temporary == NULL)
        return tb_fail_memory(error);
    memcpy(output->temporary, output->path, folder);
    for (int i = 0; i < 10000; i++) {
        snprintf(output->temporary + folder, 64, ".timbrel-%ld-%d.part",
                 (long)getpid(), i);
        output->file = open(output->temporary,
                            O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->file >= 0)
            return TB_OK;
        if (errno != EEXIST)
            break;
    }
    free(output->temporary);
    output->temporary = NULL;
    return fail_to_create(output, error);
}

static tb_status open_in_place(tb_output *output, tb_error *error)
{
    int flags = O_RDWR | O_CREAT | O_CLOEXEC;
    flags |= output->replace ? O_TRUNC : O_EXCL;
    output->file = open(output->path, flags, 0666);
    return output->file >= 0 ? TB_OK : fail_to_create(output, error);
}

static tb_status open_stream(tb_output *output, tb_error *error)
{
    output->is_stream = true;
    if (strcmp(output->path, "-") == 0)
        output->file = dup(STDOUT_FILENO);
    else
        output->file = open(output->path, O_WRONLY | O_CLOEXEC);
    return output->file >= 0 ? TB_OK : fail_to_create(output, error);
}

bool tb_output_is_stream(const char *path)
{
    struct stat entry;
    if (strcmp(path, "-") == 0)
        return true;
    return stat(path, &entry) == 0 && !S_ISREG(entry.st_mode) &&
           !S_ISDIR(entry.st_mode);
}

static tb_status open_any(tb_output *output, bool growing, tb_error *error)
{
    struct stat entry;
    if (tb_output_is_stream(output->path))
        return open_stream(output, error);
    bool exists = stat(output->path, &entry) == 0;
    if (exists && S_ISDIR(entry.st_mode))
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' is a folder: name a file inside it", output->path);
    if (exists && !output->replace)
        return fail_exists(output->path, error);
    return growing ? open_in_place(output, error)
                   : open_temporary(output, error);
}

static void release(tb_output *output)
{
    if (output->file >= 0)
        close(output->file);
    free(output->path);
    free(output->temporary);
    *output = (tb_output){.file = -1};
}

tb_status tb_output_open(tb_output *output, const char *path, bool growing,
                         bool replace, tb_error *error)
{
    *output = (tb_output){.file = -1, .replace = replace};
    output->path = strdup(path);
    if (output->path == NULL)
        return tb_fail_memory(error);
    tb_status status = open_any(output, growing, error);
    if (status != TB_OK)
        release(output);
    return status;
}

int64_t tb_output_write(tb_output *output, const void *bytes, int64_t size)
{
    int64_t done = 0;
    while (done < size) {
        ssize_t n = write(output->file, (const char *)bytes + done,
                          (size_t)(size - done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (output->problem == 0)
                output->problem = n < 0 ? errno : EIO;
            break;
        }
        done += n;
    }
    return done;
}

tb_status tb_output_fail(const tb_output *output, tb_error *error)
{
    const char *path = output->path;
    int problem = output->problem;
    if (problem == ENOSPC || problem == EDQUOT)
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' cannot be written: the disk is full, make room "
                       "and try again",
                       path);
    if (problem == EPIPE)
        return tb_fail(error, TB_ERR_STOPPED,
                       "'%s': the program that listens has gone", path);
    return tb_fail(error, TB_ERR_FILE, "'%s' cannot be written: %s", path,
                   problem ? strerror(problem) : "the encoder failed");
}

/* A link never replaces anything, unlike a rename; file systems without links
   (memory sticks) leave only the rename. */
static int give_name(const tb_output *output)
{
    if (output->replace)
        return rename(output->temporary, output->path);
    if (link(output->temporary, output->path) == 0)
        return unlink(output->temporary);
    if (errno == EEXIST)
        return -1;
    if (access(output->path, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(output->temporary, output->path);
}

/* The new name is safe once its folder is on the disk too. Folders that cannot
   be synchronised are no reason to fail. */
static void sync_folder(const tb_output *output)
{
    size_t length = folder_length(output->path);
    char *folder = strdup(length > 0 ? output->path : ".");
    if (folder == NULL)
        return;
    if (length > 0)
        folder[length] = '\0';
    int file = open(folder, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        fsync(file);
        close(file);
    }
    free(folder);
}

tb_status tb_output_publish(tb_output *output, tb_error *error)
{
    tb_status status = TB_OK;
    if (output->problem == 0 && !output->is_stream &&
        fsync(output->file) != 0 && errno != EINVAL)
        output->problem = errno;
    int closed = close(output->file);
    output->file = -1;
    if (closed != 0 && output->problem == 0)
        output->problem = errno;
    if (output->problem != 0)
        status = tb_output_fail(output, error);
    if (status == TB_OK && output->temporary != NULL) {
        if (give_name(output) != 0)
            status = fail_to_create(output, error);
        else
            sync_folder(output);
    }
    if (status != TB_OK)
        tb_output_discard(output);
    else
        release(output);
    return status;
}

void tb_output_discard(tb_output *output)
{
    if (output->temporary != NULL)
        unlink(output->temporary);
    release(output);
}
