#include "base/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"

enum { MOST_NUMBERS = 10000 };

struct tb_file {
    FILE *stream;
    char *path, *temporary, *folder;
};

static tb_status fail_large(tb_error *error, const char *path, size_t limit)
{
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is larger than the %zu bytes that such a file can "
                   "have.",
                   path, limit);
}

/* Two more than the file has: one so that the first read falls short and thus
   ends, one for the zero. A guess where
   nobody knows (pipes, /proc). 0 for a file above the limit. */
static size_t first_capacity(FILE *stream, size_t limit)
{
    struct stat info;
    size_t capacity = 16 << 10;
    if (fstat(fileno(stream), &info) != 0 || !S_ISREG(info.st_mode))
        return capacity;
    if ((uint64_t)info.st_size > limit ||
        (uint64_t)info.st_size >= SIZE_MAX - 2)
        return 0;
    size_t size = (size_t)info.st_size + 2;
    return size > capacity ? size : capacity;
}

/* Makes room for more in `*data`, whose first `used` bytes are kept. */
static bool grow(char **data, size_t used, size_t *capacity)
{
    if (*capacity > SIZE_MAX / 2)
        return false;
    char *larger = tb_alloc(2 * *capacity);
    if (!larger)
        return false;
    memcpy(larger, *data, used);
    tb_free(*data);
    *data = larger;
    *capacity *= 2;
    return true;
}

static tb_status read_stream(FILE *stream, const char *path, size_t limit,
                             char **data, size_t *size, tb_error *error)
{
    size_t capacity = first_capacity(stream, limit), used = 0;
    if (!capacity)
        return fail_large(error, path, limit);
    *data = tb_alloc(capacity);
    if (!*data)
        return tb_fail_memory(error);
    for (;;) {
        used += fread(*data + used, 1, capacity - 1 - used, stream);
        if (ferror(stream))
            return tb_fail_file(error, "read", path, errno);
        if (used > limit)
            return fail_large(error, path, limit);
        if (used < capacity - 1)
            break;
        if (!grow(data, used, &capacity))
            return tb_fail_memory(error);
    }
    *size = used;
    return TB_OK;
}

tb_status tb_read_file(const char *path, size_t limit, void **data,
                       size_t *size, tb_error *error)
{
    char *bytes = NULL;
    size_t count = 0;
    *data = NULL;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return tb_fail_file(error, "read", path, errno);
    tb_status status = read_stream(stream, path, limit, &bytes, &count, error);
    fclose(stream);
    if (status != TB_OK) {
        tb_free(bytes);
        return status;
    }
    *data = bytes;
    if (size)
        *size = count;
    return TB_OK;
}

static void file_free(tb_file *file)
{
    if (file->stream)
        fclose(file->stream);
    tb_free(file->path);
    tb_free(file->temporary);
    tb_free(file->folder);
    tb_free(file);
}

static char *temporary_name(const char *path, const char *folder)
{
    char name[64];
    snprintf(name, sizeof name, ".%.24s.%016" PRIx64 ".part",
             tb_path_base(path), tb_random_seed());
    return tb_path_join(folder, name);
}

/* Not mkstemp, which makes files that nobody else may read. Held as long as it
   is open, so that tb_clear_abandoned leaves it alone; that may come between
   opening and holding it, which gives ESTALE. */
static int open_held(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    struct stat mine;
    if (fd < 0)
        return -1;
    flock(fd, LOCK_EX);
    if (fstat(fd, &mine) == 0 && mine.st_nlink > 0)
        return fd;
    close(fd);
    errno = ESTALE;
    return -1;
}

static FILE *create(const char *path)
{
    int fd;
    do
        fd = open_held(path);
    while (fd < 0 && errno == ESTALE);
    if (fd < 0)
        return NULL;
    FILE *stream = fdopen(fd, "wb");
    if (!stream) {
        int code = errno;
        close(fd);
        unlink(path);
        errno = code;
    }
    return stream;
}

static bool is_temporary(const char *name)
{
    size_t length = strlen(name), ending = strlen(".part");
    if (length < 24 || name[0] != '.' ||
        strcmp(name + length - ending, ".part") != 0)
        return false;
    const char *number = name + length - ending - 16;
    return number[-1] == '.' && strspn(number, "0123456789abcdef") == 16;
}

static void clear_one(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlink(path);
    close(fd);
}

void tb_clear_abandoned(const char *folder)
{
    struct dirent *entry;
    DIR *all = opendir(folder);
    while (all && (entry = readdir(all))) {
        char *path = is_temporary(entry->d_name)
                         ? tb_path_join(folder, entry->d_name)
                         : NULL;
        if (path)
            clear_one(path);
        tb_free(path);
    }
    if (all)
        closedir(all);
}

tb_file *tb_file_begin(const char *path, tb_error *error)
{
    tb_file *file = tb_alloc(sizeof *file);
    if (!file) {
        tb_fail_memory(error);
        return NULL;
    }
    file->path = tb_path_join(NULL, path);
    file->folder = tb_path_folder(path);
    if (file->folder)
        file->temporary = temporary_name(path, file->folder);
    if (!file->path || !file->temporary) {
        tb_fail_memory(error);
        goto fail;
    }
    if (tb_is_folder(path)) {
        tb_fail_file(error, "write", path, EISDIR);
        goto fail;
    }
    file->stream = create(file->temporary);
    if (!file->stream) {
        tb_fail_file(error, "write", path, errno);
        goto fail;
    }
    return file;
fail:
    file_free(file);
    return NULL;
}

FILE *tb_file_unnamed(const char *folder, tb_error *error)
{
    FILE *stream = NULL;
    char *name = temporary_name("unnamed", folder);
    if (!name) {
        tb_fail_memory(error);
        return NULL;
    }
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && unlink(name) == 0)
        stream = fdopen(fd, "w+b");
    if (!stream)
        tb_fail_file(error, "write", folder, errno);
    if (!stream && fd >= 0)
        close(fd);
    tb_free(name);
    return stream;
}

tb_status tb_file_write(tb_file *file, const void *data, size_t bytes,
                        tb_error *error)
{
    if (bytes && fwrite(data, 1, bytes, file->stream) != bytes)
        return tb_fail_file(error, "write", file->path, errno);
    return TB_OK;
}

FILE *tb_file_stream(tb_file *file)
{
    return file->stream;
}

const char *tb_file_temporary(const tb_file *file)
{
    return file->temporary;
}

/* The errno of an earlier failed write is gone by now; a second flush tells it
   again where the cause persists. */
static int settle(tb_file *file)
{
    bool failed = ferror(file->stream);
    errno = 0;
    if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) != 0)
        return errno;
    return failed ? EIO : 0;
}

/* The new name must be on the disk too. Some file systems cannot do this for
   folders, which is no reason to give up a good file. */
static void settle_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Some file systems have no hard links; there two steps must do. */
static int rename_new(const char *from, const char *to)
{
    if (link(from, to) == 0) {
        unlink(from);
        return 0;
    }
    if (errno == EEXIST || tb_exists(to))
        return EEXIST;
    return rename(from, to) == 0 ? 0 : errno;
}

static tb_status commit(tb_file *file, bool replace, tb_error *error)
{
    int code = settle(file);
    int closed = fclose(file->stream);
    file->stream = NULL;
    if (!code && closed != 0)
        code = errno;
    if (!code && replace)
        code = rename(file->temporary, file->path) == 0 ? 0 : errno;
    else if (!code)
        code = rename_new(file->temporary, file->path);
    tb_status status = TB_OK;
    if (code) {
        unlink(file->temporary);
        status = tb_fail_file(error, "write", file->path, code);
    } else {
        settle_folder(file->folder);
    }
    file_free(file);
    return status;
}

tb_status tb_file_commit(tb_file *file, tb_error *error)
{
    return commit(file, true, error);
}

tb_status tb_file_commit_new(tb_file *file, tb_error *error)
{
    return commit(file, false, error);
}

void tb_file_abort(tb_file *file)
{
    if (!file)
        return;
    unlink(file->temporary);
    file_free(file);
}

tb_status tb_write_text(const char *path, const char *text, tb_error *error)
{
    tb_file *file = tb_file_begin(path, error);
    if (!file)
        return error && error->status ? error->status : TB_ERR_FILE;
    tb_status status = tb_file_write(file, text, strlen(text), error);
    if (!status)
        return tb_file_commit(file, error);
    tb_file_abort(file);
    return status;
}

/* ---- names that are free ---- */

static char *numbered_name(const char *path, int number)
{
    size_t size = strlen(path) + 16;
    char *name = tb_alloc(size);
    const char *end = tb_path_extension(path);
    int stem = (int)(*end ? (size_t)(end - path) - 1 : strlen(path));
    if (name)
        snprintf(name, size, "%.*s-%d%s%s", stem, path, number, *end ? "." : "",
                 end);
    return name;
}

tb_status tb_put_aside(const char *path, char **name, tb_error *error)
{
    int code = EEXIST;
    *name = NULL;
    for (int number = 1; code == EEXIST && number < MOST_NUMBERS; number++) {
        tb_free(*name);
        *name = numbered_name(path, number);
        if (!*name)
            return tb_fail_memory(error);
        code = rename_new(path, *name);
    }
    if (!code)
        return TB_OK;
    tb_free(*name);
    *name = NULL;
    return tb_fail_file(error, "rename", path, code);
}
