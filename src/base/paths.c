#include "base/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/hash.h"
#include "base/memory.h"

static char *copy(const char *text, size_t length)
{
    char *out = tb_alloc(length + 1);
    return out ? memcpy(out, text, length) : NULL;
}

char *tb_path_join(const char *folder, const char *name)
{
    size_t a = folder ? strlen(folder) : 0, b = strlen(name);
    if (a == 0 || name[0] == '/')
        return copy(name, b);
    char *out = tb_alloc(a + b + 2);
    if (!out)
        return NULL;
    memcpy(out, folder, a);
    if (out[a - 1] != '/')
        out[a++] = '/';
    memcpy(out + a, name, b);
    return out;
}

const char *tb_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *tb_path_extension(const char *path)
{
    const char *base = tb_path_base(path);
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? dot + 1 : "";
}

char *tb_path_stem(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    char *stem = copy(path + start, end - start);
    char *dot = stem ? strrchr(stem, '.') : NULL;
    if (dot && dot != stem && strcmp(stem, ".."))
        memset(dot, 0, strlen(dot));
    return stem;
}

char *tb_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return copy(".", 1);
    return copy(path, slash == path ? 1 : (size_t)(slash - path));
}

bool tb_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool tb_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int64_t tb_free_space(const char *path)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0)
        return -1;
    uint64_t unit = info.f_frsize ? info.f_frsize : info.f_bsize;
    uint64_t blocks = info.f_bavail;
    return unit && blocks > INT64_MAX / unit ? INT64_MAX
                                             : (int64_t)(blocks * unit);
}

static tb_status make_folder(const char *path, tb_error *error)
{
    int code = mkdir(path, 0777) == 0 ? 0 : errno;
    if (!code || tb_is_folder(path))
        return TB_OK;
    return tb_fail_file(error, "make the folder", path, code);
}

tb_status tb_make_folders(const char *path, tb_error *error)
{
    char *part = copy(path, strlen(path));
    if (!part)
        return tb_fail_memory(error);
    tb_status status = TB_OK;
    for (char *p = part; *p && status == TB_OK; p++)
        if (*p == '/' && p != part && p[-1] != '/') {
            *p = 0;
            status = make_folder(part, error);
            *p = '/';
        }
    if (status == TB_OK && *part)
        status = make_folder(part, error);
    tb_free(part);
    return status;
}

static const char *advice(int code)
{
    switch (code) {
    case ENOENT:
        return "there is no such file or folder";
    case EACCES:
    case EPERM:
        return "permission is denied";
    case ENOSPC:
        return "the disk is full; free some space and try again";
    case EDQUOT:
        return "your share of the disk is used up; free some space and try "
               "again";
    case EROFS:
        return "the disk can only be read";
    case EISDIR:
        return "it is a folder";
    case ENOTDIR:
        return "a part of this path is not a folder";
    case EEXIST:
        return "there is one already";
    case ENAMETOOLONG:
        return "the name is too long";
    case EMFILE:
    case ENFILE:
        return "too many files are open";
    case EFBIG:
        return "the file would be larger than is allowed here";
    case EPIPE:
        return "nobody reads it any more";
    case EIO:
        return "the disk reports an error";
    default:
        return NULL;
    }
}

tb_status tb_check_exists(const char *path, tb_error *error)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return TB_OK;
    if (errno != ENOENT && errno != ENOTDIR)
        return tb_fail_file(error, "read", path, errno);
    return tb_fail(error, TB_ERR_FILE,
                   "There is no file or folder '%s'. Check the name.", path);
}

tb_status tb_fail_file(tb_error *error, const char *verb, const char *path,
                       int code)
{
    char text[128] = "";
    const char *reason = advice(code);
    if (code == ENOMEM)
        return tb_fail_memory(error);
    if (!reason && strerror_r(code, text, sizeof text) == 0)
        reason = text;
    return tb_fail(error, TB_ERR_FILE, "Cannot %s '%s': %s.", verb, path,
                   reason ? reason : "the reason is unknown");
}

tb_status tb_hash_file(const char *path, uint64_t *out, tb_error *error)
{
    char block[16384];
    tb_hash hash;
    size_t n;
    FILE *file = fopen(path, "rb");
    if (!file)
        return tb_fail_file(error, "read", path, errno);
    tb_hash_init(&hash, 0);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        tb_hash_add(&hash, block, n);
    tb_status status =
        ferror(file) ? tb_fail_file(error, "read", path, errno) : TB_OK;
    fclose(file);
    *out = tb_hash_get(&hash);
    return status;
}
