#include "audio/output_file.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static tb_status open_whole(tb_output_file *output, tb_error *error)
{
    tb_error unwanted;
    error = error != NULL ? error : &unwanted;
    output->whole = tb_file_begin(output->path, error);
    if (output->whole == NULL)
        return error->status;
    output->file = fileno(tb_file_stream(output->whole));
    return TB_OK;
}

static tb_status open_in_place(tb_output_file *output, int flags,
                               tb_error *error)
{
    output->file = open(output->path, flags | O_CLOEXEC, 0666);
    if (output->file < 0)
        return tb_fail_file(error, "write", output->path, errno);
    return TB_OK;
}

static tb_status open_stream(tb_output_file *output, tb_error *error)
{
    output->is_stream = true;
    if (strcmp(output->path, "-") != 0)
        return open_in_place(output, O_WRONLY, error);
    output->file = dup(STDOUT_FILENO);
    if (output->file < 0)
        return tb_fail_file(error, "write", "the standard output", errno);
    return TB_OK;
}

bool tb_output_file_is_stream(const char *path)
{
    struct stat entry;
    if (strcmp(path, "-") == 0)
        return true;
    return stat(path, &entry) == 0 && !S_ISREG(entry.st_mode) &&
           !S_ISDIR(entry.st_mode);
}

static tb_status open_any(tb_output_file *output, bool growing, tb_error *error)
{
    if (tb_output_file_is_stream(output->path))
        return open_stream(output, error);
    if (tb_is_folder(output->path))
        return tb_fail_file(error, "write", output->path, EISDIR);
    if (!output->replace && tb_exists(output->path))
        return tb_fail_file(error, "write", output->path, EEXIST);
    if (!growing)
        return open_whole(output, error);
    int flags = O_RDWR | O_CREAT | (output->replace ? O_TRUNC : O_EXCL);
    return open_in_place(output, flags, error);
}

static void release(tb_output_file *output)
{
    if (output->whole == NULL && output->file >= 0)
        close(output->file);
    tb_free(output->path);
    *output = (tb_output_file){.file = -1};
}

tb_status tb_output_file_open(tb_output_file *output, const char *path,
                              bool growing, bool replace, tb_error *error)
{
    *output = (tb_output_file){.file = -1, .replace = replace};
    output->path = tb_path_join(NULL, path);
    if (output->path == NULL)
        return tb_fail_memory(error);
    tb_status status = open_any(output, growing, error);
    if (status != TB_OK)
        release(output);
    return status;
}

int64_t tb_output_file_write(tb_output_file *output, const void *bytes,
                             int64_t size)
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

tb_status tb_output_file_fail(const tb_output_file *output, tb_error *error)
{
    if (output->problem == EPIPE)
        return tb_fail(error, TB_ERR_STOPPED,
                       "The program that listened to '%s' has gone.",
                       output->path);
    return tb_fail_file(error, "write", output->path,
                        output->problem ? output->problem : EIO);
}

static tb_status publish_whole(tb_output_file *output, tb_error *error)
{
    tb_file *whole = output->whole;
    output->whole = NULL;
    output->file = -1;
    return output->replace ? tb_file_commit(whole, error)
                           : tb_file_commit_new(whole, error);
}

static tb_status publish_in_place(tb_output_file *output, tb_error *error)
{
    if (!output->is_stream && fsync(output->file) != 0 && output->problem == 0)
        output->problem = errno;
    int closed = close(output->file);
    output->file = -1;
    if (closed != 0 && output->problem == 0)
        output->problem = errno;
    return output->problem ? tb_output_file_fail(output, error) : TB_OK;
}

tb_status tb_output_file_publish(tb_output_file *output, tb_error *error)
{
    tb_status status = TB_OK;
    if (output->problem != 0)
        status = tb_output_file_fail(output, error);
    else if (output->whole != NULL)
        status = publish_whole(output, error);
    else
        status = publish_in_place(output, error);
    tb_output_file_discard(output);
    return status;
}

void tb_output_file_discard(tb_output_file *output)
{
    tb_file_abort(output->whole);
    output->file = output->whole != NULL ? -1 : output->file;
    output->whole = NULL;
    release(output);
}
