/* madvise is not in POSIX; only this file asks for more. */
#ifdef __linux__
#define _DEFAULT_SOURCE
#endif

#include "base/safetensors_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/paths.h"

/* Closes what could not be understood. */
static tb_status finish(tb_safetensors *file, tb_status status,
                        tb_safetensors **out)
{
    if (status != TB_OK)
        tb_safetensors_close(file);
    else
        *out = file;
    return status;
}

tb_status tb_safetensors_read(const void *data, size_t bytes, const char *what,
                              tb_safetensors **out, tb_error *error)
{
    *out = NULL;
    tb_safetensors *file = tb_alloc(sizeof *file);
    if (!file)
        return tb_fail_memory(error);
    const tb_stored_source source = {what, data, bytes, -1};
    return finish(file, tb_safetensors_parse(file, &source, error), out);
}

/* Pipes and some file systems cannot be mapped. */
static tb_status read_whole(tb_safetensors *file, const char *path,
                            tb_error *error)
{
    size_t bytes;
    tb_status status =
        tb_read_file(path, PTRDIFF_MAX, &file->owned, &bytes, error);
    if (status != TB_OK)
        return status;
    const tb_stored_source source = {path, file->owned, bytes, -1};
    return tb_safetensors_parse(file, &source, error);
}

static void map(tb_safetensors *file, int descriptor)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_size <= 0 || (uint64_t)info.st_size > PTRDIFF_MAX)
        return;
    size_t bytes = (size_t)info.st_size;
    void *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (at == MAP_FAILED)
        return;
    file->mapped = at;
    file->mapped_bytes = bytes;
}

tb_status tb_safetensors_open(const char *path, tb_safetensors **out,
                              tb_error *error)
{
    *out = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return tb_fail_file(error, "read", path, errno);
    tb_status status;
    tb_safetensors *file = tb_alloc(sizeof *file);
    if (!file) {
        close(descriptor);
        return tb_fail_memory(error);
    }
    map(file, descriptor);
    if (file->mapped) {
        const tb_stored_source source = {path, file->mapped, file->mapped_bytes,
                                         descriptor};
        status = tb_safetensors_parse(file, &source, error);
    } else {
        status = read_whole(file, path, error);
    }
    close(descriptor);
    return finish(file, status, out);
}

void tb_safetensors_drop(const tb_safetensors *file)
{
#ifdef __linux__
    if (file->mapped)
        madvise(file->mapped, file->mapped_bytes, MADV_DONTNEED);
#else
    (void)file;
#endif
}

void tb_safetensors_close(tb_safetensors *file)
{
    if (!file)
        return;
    if (file->mapped)
        munmap(file->mapped, file->mapped_bytes);
    tb_arena_free(file->arena);
    tb_free(file->copies);
    tb_free(file->owned);
    tb_free(file);
}
