#include "torchscript/archive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/checksum.h"
#include "base/memory.h"
#include "torchscript/archive_source.h"

tb_status tb_archive_fail(const tb_archive *archive, tb_error *error,
                          const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is damaged or incomplete: %s. Fetch or export it "
                   "again.",
                   archive->what, detail);
}

/* ---- opening ---- */

/* With everything that parsing needs but the bytes. */
static tb_archive *archive_new(const char *what)
{
    tb_archive *a = tb_alloc(sizeof *a);
    if (a)
        a->arena = tb_arena_new();
    if (a && a->arena)
        a->what = tb_arena_strdup(a->arena, what);
    if (a && a->what)
        return a;
    tb_archive_close(a);
    return NULL;
}

/* Closes what could not be understood. */
static tb_status parse(tb_archive *archive, const void *data, size_t bytes,
                       tb_archive **out, tb_error *error)
{
    archive->bytes = data;
    archive->size = bytes;
    tb_status status = tb_archive_parse(archive, error);
    if (status != TB_OK)
        tb_archive_close(archive);
    else
        *out = archive;
    return status;
}

tb_status tb_archive_open(const char *path, tb_archive **out, tb_error *error)
{
    *out = NULL;
    tb_archive *a = archive_new(path);
    if (!a)
        return tb_fail_memory(error);
    tb_status status = tb_file_map_open(path, &a->map, NULL, error);
    if (status == TB_OK) {
        tb_file_map_fetch(&a->map); /* checksums look at all of it */
        return parse(a, a->map.data, a->map.bytes, out, error);
    }
    tb_archive_close(a);
    return status;
}

tb_status tb_archive_read(const void *data, size_t bytes, const char *what,
                          tb_archive **out, tb_error *error)
{
    *out = NULL;
    tb_archive *a = archive_new(what);
    return a ? parse(a, data, bytes, out, error) : tb_fail_memory(error);
}

void tb_archive_trust(tb_archive *archive)
{
    archive->trusted = true;
}

void tb_archive_close(tb_archive *archive)
{
    if (!archive)
        return;
    tb_file_map_close(&archive->map);
    tb_arena_free(archive->arena);
    tb_free(archive);
}

/* ---- entries ---- */

const char *tb_archive_name(const tb_archive *archive)
{
    return archive->what;
}

size_t tb_archive_count(const tb_archive *archive)
{
    return archive->count;
}

tb_archive_entry *tb_archive_at(const tb_archive *archive, size_t index)
{
    return &archive->entries[index];
}

static int compare_name(const void *name, const void *entry)
{
    return strcmp(name, (*(tb_archive_entry *const *)entry)->name);
}

bool tb_archive_has_program(const tb_archive *archive)
{
    for (size_t i = 0; i < tb_archive_count(archive); i++)
        if (strncmp(tb_archive_at(archive, i)->name, "code/", 5) == 0)
            return true;
    return false;
}

tb_archive_entry *tb_archive_find(const tb_archive *archive, const char *name)
{
    tb_archive_entry **found = bsearch(name, archive->by_name, archive->count,
                                       sizeof *archive->by_name, compare_name);
    return found ? *found : NULL;
}

/* Everything is known beforehand: what comes out fills `to` exactly, or the
   entry is damaged. */
static tb_status expand(const tb_archive *a, const tb_archive_entry *e,
                        void *to, tb_error *error)
{
    z_stream stream = {.next_in = (unsigned char *)a->bytes + e->start,
                       .avail_in = (uInt)e->stored_bytes,
                       .next_out = to,
                       .avail_out = (uInt)e->bytes};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return tb_fail_memory(error);
    int result = inflate(&stream, Z_FINISH);
    bool whole =
        result == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
    inflateEnd(&stream);
    if (result == Z_MEM_ERROR)
        return tb_fail_memory(error);
    if (!whole)
        return tb_archive_fail(a, error, "'%s' does not expand", e->name);
    return TB_OK;
}

tb_status tb_archive_data(tb_archive *a, tb_archive_entry *e, const void **data,
                          tb_error *error)
{
    *data = e->data;
    if (e->data)
        return TB_OK;
    const void *found = a->bytes + e->start;
    if (e->deflated) {
        void *copy = tb_arena_alloc(a->arena, e->bytes);
        if (!copy)
            return tb_fail_memory(error);
        tb_status status = expand(a, e, copy, error);
        if (status != TB_OK)
            return status;
        found = copy;
    }
    if (!a->trusted && tb_crc32(0, found, e->bytes) != e->crc)
        return tb_archive_fail(a, error, "the checksum of '%s' is wrong",
                               e->name);
    *data = e->data = found;
    return TB_OK;
}

void tb_archive_drop(const tb_archive *archive, const tb_archive_entry *entry)
{
    if (!entry)
        tb_file_map_drop(&archive->map, 0, archive->map.bytes);
    else if (!entry->deflated)
        tb_file_map_drop(&archive->map, (size_t)entry->start, entry->bytes);
}
