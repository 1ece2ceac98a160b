#include "torchscript/archive_write.h"

#include "base/checksum.h"
#include "base/memory.h"

#include <string.h>

enum { ALIGN = 64, LOCAL = 30, EXTRA = 4, MOST_ENTRIES = 65535, ZEROS = 4096 };

static const uint64_t MOST_BYTES = UINT32_MAX;
static const unsigned char zeros[ZEROS];

typedef struct archive_item {
    char *name; /* with the root's folder */
    uint32_t crc, bytes, offset;
} archive_item;

struct tb_archive_writer {
    tb_file *file;
    char *root;
    archive_item *items;
    int count, room;
    uint64_t at; /* bytes written */
};

/* ---- bytes ---- */

/* Fields of a header, little-endian, one behind the other. */
typedef struct fields {
    unsigned char at[64];
    size_t n;
} fields;

static void put(fields *f, uint32_t x, int bytes)
{
    for (int i = 0; i < bytes; i++, x >>= 8)
        f->at[f->n++] = (unsigned char)x;
}

static tb_status write_bytes(tb_archive_writer *w, const void *data,
                             size_t bytes, tb_error *error)
{
    tb_status status = tb_file_write(w->file, data, bytes, error);
    w->at += bytes;
    return status;
}

static tb_status write_zeros(tb_archive_writer *w, size_t bytes,
                             tb_error *error)
{
    tb_status status = TB_OK;
    for (size_t n; !status && bytes; bytes -= n) {
        n = bytes < ZEROS ? bytes : ZEROS;
        status = write_bytes(w, zeros, n, error);
    }
    return status;
}

static uint32_t crc_of(const void *data, size_t bytes)
{
    uint32_t crc = 0;
    if (data)
        return tb_crc32(0, data, bytes);
    for (size_t n; bytes; bytes -= n) {
        n = bytes < ZEROS ? bytes : ZEROS;
        crc = tb_crc32(crc, zeros, n);
    }
    return crc;
}

/* ---- entries ---- */

tb_archive_writer *tb_archive_writer_new(tb_file *file, const char *root,
                                         tb_error *error)
{
    tb_archive_writer *w = tb_alloc(sizeof *w);
    char *copy = tb_alloc(strlen(root) + 1);
    if (!w || !copy) {
        tb_free(w);
        tb_free(copy);
        tb_fail_memory(error);
        return NULL;
    }
    strcpy(copy, root);
    *w = (tb_archive_writer){.file = file, .root = copy};
    return w;
}

void tb_archive_writer_free(tb_archive_writer *w)
{
    if (!w)
        return;
    for (int i = 0; i < w->count; i++)
        tb_free(w->items[i].name);
    tb_free(w->items);
    tb_free(w->root);
    tb_free(w);
}

static archive_item *new_item(tb_archive_writer *w, const char *name)
{
    archive_item *items =
        tb_array_grown(w->items, w->count, &w->room, sizeof *items);
    if (!items)
        return NULL;
    w->items = items;
    archive_item *item = &items[w->count];
    *item = (archive_item){.name = tb_path_join(w->root, name)};
    if (!item->name)
        return NULL;
    w->count++;
    return item;
}

/* What a local header and one of the directory have in common: from the version
   that is needed to the length of the name. */
static void put_common(fields *f, const archive_item *item)
{
    put(f, 20, 2);     /* version that is needed: 2.0 */
    put(f, 0x0800, 2); /* names are UTF-8 */
    put(f, 0, 2);      /* stored */
    put(f, 0, 2);
    put(f, 0x0021, 2); /* the first of January 1980 */
    put(f, item->crc, 4);
    put(f, item->bytes, 4);
    put(f, item->bytes, 4);
    put(f, (uint32_t)strlen(item->name), 2);
}

/* With an extra field of as many letters as bring the data to its place. */
static tb_status write_header(tb_archive_writer *w, const archive_item *item,
                              tb_error *error)
{
    static const char padding[] =
        "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ";
    size_t name = strlen(item->name);
    size_t pad = (ALIGN - (w->at + LOCAL + name + EXTRA) % ALIGN) % ALIGN;
    fields f = {.n = 0}, extra = {.n = 0};
    put(&f, 0x04034b50, 4);
    put_common(&f, item);
    put(&f, (uint32_t)(EXTRA + pad), 2);
    put(&extra, 0x4246, 2);
    put(&extra, (uint32_t)pad, 2);
    tb_status status = write_bytes(w, f.at, f.n, error);
    if (!status)
        status = write_bytes(w, item->name, name, error);
    if (!status)
        status = write_bytes(w, extra.at, extra.n, error);
    return status ? status : write_bytes(w, padding, pad, error);
}

tb_status tb_archive_writer_add(tb_archive_writer *w, const char *name,
                                const void *data, size_t bytes, tb_error *error)
{
    if (w->count == MOST_ENTRIES || bytes > MOST_BYTES ||
        w->at + bytes + 4096 > MOST_BYTES)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "The model is too large for such a file: it holds 4 GB "
                       "and %d tensors at most.",
                       MOST_ENTRIES);
    archive_item *item = new_item(w, name);
    if (!item)
        return tb_fail_memory(error);
    item->offset = (uint32_t)w->at;
    item->bytes = (uint32_t)bytes;
    item->crc = crc_of(data, bytes);
    tb_status status = write_header(w, item, error);
    if (status)
        return status;
    return data ? write_bytes(w, data, bytes, error)
                : write_zeros(w, bytes, error);
}

/* ---- the directory ---- */

static tb_status write_directory_item(tb_archive_writer *w,
                                      const archive_item *item, tb_error *error)
{
    fields f = {.n = 0};
    put(&f, 0x02014b50, 4);
    put(&f, 20, 2);
    put_common(&f, item);
    put(&f, 0, 2); /* no extra field, comment, other disk, attributes */
    put(&f, 0, 2);
    put(&f, 0, 2);
    put(&f, 0, 2);
    put(&f, 0, 4);
    put(&f, item->offset, 4);
    tb_status status = write_bytes(w, f.at, f.n, error);
    return status ? status
                  : write_bytes(w, item->name, strlen(item->name), error);
}

tb_status tb_archive_writer_finish(tb_archive_writer *w, tb_error *error)
{
    uint64_t from = w->at;
    tb_status status = TB_OK;
    for (int i = 0; !status && i < w->count; i++)
        status = write_directory_item(w, &w->items[i], error);
    fields f = {.n = 0};
    put(&f, 0x06054b50, 4);
    put(&f, 0, 2);
    put(&f, 0, 2);
    put(&f, (uint32_t)w->count, 2);
    put(&f, (uint32_t)w->count, 2);
    put(&f, (uint32_t)(w->at - from), 4);
    put(&f, (uint32_t)from, 4);
    put(&f, 0, 2);
    return status ? status : write_bytes(w, f.at, f.n, error);
}
