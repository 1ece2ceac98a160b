/* madvise is not in POSIX; only this file asks for more. */
#ifdef __linux__
#define _DEFAULT_SOURCE
#endif

#include "base/file_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/paths.h"

/* False for pipes, and on file systems that cannot do it. */
static bool map_descriptor(tb_file_map *map, int descriptor)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_size <= 0 || (uint64_t)info.st_size > PTRDIFF_MAX)
        return false;
    size_t bytes = (size_t)info.st_size;
    void *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (at == MAP_FAILED)
        return false;
    *map = (tb_file_map){at, bytes, NULL};
    return true;
}

tb_status tb_file_map_open(const char *path, tb_file_map *map, int *descriptor,
                           tb_error *error)
{
    *map = (tb_file_map){0};
    if (descriptor)
        *descriptor = -1;
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    if (opened < 0)
        return tb_fail_file(error, "read", path, errno);
    bool mapped = map_descriptor(map, opened);
    if (mapped && descriptor)
        *descriptor = opened;
    else
        close(opened);
    if (mapped)
        return TB_OK;
    tb_status status =
        tb_read_file(path, PTRDIFF_MAX, &map->owned, &map->bytes, error);
    map->data = map->owned;
    return status;
}

void tb_file_map_fetch(const tb_file_map *map)
{
#ifdef MADV_POPULATE_READ /* where it is not known, pages come one by one */
    if (map->data && !map->owned)
        madvise((void *)map->data, map->bytes, MADV_POPULATE_READ);
#else
    (void)map;
#endif
}

void tb_file_map_drop(const tb_file_map *map, size_t first, size_t bytes)
{
#ifdef __linux__
    if (!map->data || map->owned || !bytes)
        return;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), before = first % page;
    madvise((char *)map->data + (first - before), bytes + before,
            MADV_DONTNEED);
#else
    (void)map;
    (void)first;
    (void)bytes;
#endif
}

void tb_file_map_close(tb_file_map *map)
{
    if (map->data && !map->owned)
        munmap((void *)map->data, map->bytes);
    tb_free(map->owned);
    *map = (tb_file_map){0};
}
