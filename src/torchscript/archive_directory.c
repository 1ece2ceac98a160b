/* The directory at the end of a zip file: where each entry lies. Sizes and
   places are the directory's alone, because writers that stream leave those of
   the entries' own headers empty. */
#include "torchscript/archive_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum {
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    CENTRAL_BYTES = 46,
    LOCAL_BYTES = 30,
    LONGEST_COMMENT = 65535,
    ZIP64_FIELDS = 1 /* the number of the extra field of 64-bit sizes */
};

enum { STORED = 0, DEFLATED = 8 };

/* Bits of an entry's flags: its data is encrypted, or its own header is. */
enum { ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13 };

static const uint64_t most_entries = 100000;

/* Expanding may take this and so many times the archive; one byte of deflate
   never becomes more than 1032. */
static const uint64_t expanded_free = 64 << 20, expanded_ratio = 16,
                      deflate_ratio = 1032;

/* Where the directory lies, and where it must have ended. */
typedef struct archive_end {
    uint64_t disk, count, start, bytes, limit;
} archive_end;

/* One entry on its way to being understood. */
typedef struct central_entry {
    const unsigned char *name, *extra;
    size_t name_bytes, extra_bytes;
    uint64_t stored_bytes, bytes, header, disk;
    uint32_t crc;
    uint16_t flags, method;
} central_entry;

static uint16_t u16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const unsigned char *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static uint64_t u64(const unsigned char *p)
{
    return u32(p) | (uint64_t)u32(p + 4) << 32;
}

static bool is_marked(const unsigned char *p, unsigned char a, unsigned char b)
{
    return p[0] == 'P' && p[1] == 'K' && p[2] == a && p[3] == b;
}

/* ---- the end ---- */

/* The last record whose comment ends with the file; null: there is none. */
static const unsigned char *find_end(const tb_archive *a)
{
    for (size_t n = END_BYTES; n <= a->size && n <= END_BYTES + LONGEST_COMMENT;
         n++) {
        const unsigned char *p = a->bytes + a->size - n;
        if (is_marked(p, 5, 6) && u16(p + 20) == n - END_BYTES)
            return p;
    }
    return NULL;
}

/* A 16- or 32-bit field and its 64-bit form say the same, or the short one that
   it has no room. */
static bool agree(uint64_t narrow, uint64_t full, uint64_t wide)
{
    return narrow == full || narrow == wide;
}

/* With zip64 a second record holds the same in 64 bits. */
static tb_status read_end64(const tb_archive *a, uint64_t locator,
                            archive_end *end, tb_error *error)
{
    uint64_t at = u64(a->bytes + locator + 8);
    if (locator < END64_BYTES || at > locator - END64_BYTES ||
        !is_marked(a->bytes + at, 6, 6))
        return tb_archive_fail(a, error, "its end is not where it should be");
    const unsigned char *p = a->bytes + at;
    const archive_end wide = {u32(p + 16) | u32(p + 20) |
                                  u32(a->bytes + locator + 4),
                              u64(p + 32), u64(p + 48), u64(p + 40), at};
    if (u64(p + 24) != wide.count || !agree(end->disk, 0xffff, wide.disk) ||
        !agree(end->count, 0xffff, wide.count) ||
        !agree(end->bytes, 0xffffffff, wide.bytes) ||
        !agree(end->start, 0xffffffff, wide.start))
        return tb_archive_fail(a, error, "its two ends contradict each other");
    *end = wide;
    return TB_OK;
}

static tb_status read_end(const tb_archive *a, archive_end *end,
                          tb_error *error)
{
    const unsigned char *p = find_end(a);
    if (!p)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is not a model that PyTorch saved, or not all of "
                       "it: it has no archive's end. Fetch it again, or save "
                       "it with torch.jit.save.",
                       a->what);
    uint64_t at = (uint64_t)(p - a->bytes);
    *end = (archive_end){(uint64_t)(u16(p + 4) | u16(p + 6)), u16(p + 10),
                         u32(p + 16), u32(p + 12), at};
    tb_status status = TB_OK;
    if (at >= LOCATOR_BYTES && is_marked(p - LOCATOR_BYTES, 6, 7))
        status = read_end64(a, at - LOCATOR_BYTES, end, error);
    if (status != TB_OK)
        return status;
    if (end->disk)
        return tb_archive_fail(a, error,
                               "it is one of several pieces of an archive");
    if (end->start > end->limit || end->bytes > end->limit - end->start)
        return tb_archive_fail(a, error, "its directory lies outside of it");
    if (end->count > end->bytes / CENTRAL_BYTES || end->count > most_entries)
        return tb_archive_fail(a, error, "it cannot have %llu entries",
                               (unsigned long long)end->count);
    return TB_OK;
}

/* ---- an entry of the directory ---- */

/* Takes the wide form of a field that is all ones from what follows. */
static bool widen(uint64_t *field, uint64_t full, size_t width,
                  const unsigned char **p, size_t *left)
{
    if (*field != full)
        return true;
    if (*left < width)
        return false;
    *field = width == 8 ? u64(*p) : u32(*p);
    *p += width;
    *left -= width;
    return true;
}

/* False where a 64-bit size is announced and missing. */
static bool read_extra(central_entry *e)
{
    const unsigned char *p = e->extra, *wide = p;
    size_t left = e->extra_bytes, wide_left = 0;
    while (left >= 4 && u16(p + 2) <= left - 4) {
        size_t n = u16(p + 2);
        if (u16(p) == ZIP64_FIELDS) {
            wide = p + 4;
            wide_left = n;
            break;
        }
        p += 4 + n;
        left -= 4 + n;
    }
    return widen(&e->bytes, 0xffffffff, 8, &wide, &wide_left) &&
           widen(&e->stored_bytes, 0xffffffff, 8, &wide, &wide_left) &&
           widen(&e->header, 0xffffffff, 8, &wide, &wide_left) &&
           widen(&e->disk, 0xffff, 4, &wide, &wide_left);
}

/* Reads the record at `*at`, which moves past it. */
static tb_status read_central(const tb_archive *a, uint64_t *at, uint64_t limit,
                              central_entry *e, tb_error *error)
{
    const unsigned char *p = a->bytes + *at;
    if (limit - *at < CENTRAL_BYTES || !is_marked(p, 1, 2))
        return tb_archive_fail(a, error, "its directory ends too early");
    *e = (central_entry){.name = p + CENTRAL_BYTES,
                         .extra = p + CENTRAL_BYTES + u16(p + 28),
                         .name_bytes = u16(p + 28),
                         .extra_bytes = u16(p + 30),
                         .stored_bytes = u32(p + 20),
                         .bytes = u32(p + 24),
                         .header = u32(p + 42),
                         .disk = u16(p + 34),
                         .crc = u32(p + 16),
                         .flags = u16(p + 8),
                         .method = u16(p + 10)};
    size_t record =
        CENTRAL_BYTES + e->name_bytes + e->extra_bytes + (size_t)u16(p + 32);
    if (limit - *at < record)
        return tb_archive_fail(a, error, "its directory ends too early");
    if (!read_extra(e))
        return tb_archive_fail(a, error, "the size of an entry is missing");
    *at += record;
    return TB_OK;
}

/* A name that can be printed and compared as text. */
static bool is_clean(const char *name, size_t bytes)
{
    const char *p = name;
    while (*p && (unsigned char)*p >= 0x20 && tb_utf8_length(p))
        p += tb_utf8_length(p);
    return p == name + bytes;
}

/* What can be read at all. */
static tb_status check_kind(const tb_archive *a, const central_entry *c,
                            const char *name, tb_error *error)
{
    if (c->flags & ENCRYPTED)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' is encrypted ('%s'): unpack it and pack it again "
                       "without a password.",
                       a->what, name);
    if (c->method != STORED && c->method != DEFLATED)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' holds '%s' compressed by method %d, which is not "
                       "read: pack it again as an ordinary zip file.",
                       a->what, name, c->method);
    if (c->method == STORED && c->stored_bytes != c->bytes)
        return tb_archive_fail(a, error, "'%s' has two different sizes", name);
    /* zlib counts in 32 bits, and no code is that long. */
    if (c->method == DEFLATED &&
        (c->bytes / deflate_ratio > c->stored_bytes ||
         c->stored_bytes > INT32_MAX || c->bytes > INT32_MAX))
        return tb_archive_fail(a, error, "'%s' cannot be as large as it says",
                               name);
    return TB_OK;
}

/* The data follows the entry's own header, of which only the lengths count;
   that it is this entry's is checked. Everything ends before the directory. */
static tb_status find_data(const tb_archive *a, uint64_t limit,
                           const central_entry *c, tb_archive_entry *e,
                           tb_error *error)
{
    if (limit < LOCAL_BYTES || c->header > limit - LOCAL_BYTES ||
        !is_marked(a->bytes + c->header, 3, 4))
        return tb_archive_fail(a, error, "'%s' is not where it should be",
                               e->name);
    const unsigned char *p = a->bytes + c->header;
    uint64_t left = limit - c->header - LOCAL_BYTES;
    uint64_t before = (uint64_t)u16(p + 26) + u16(p + 28);
    if (before > left || c->stored_bytes > left - before)
        return tb_archive_fail(a, error, "'%s' is cut off", e->name);
    if (u16(p + 26) != c->name_bytes || u16(p + 8) != c->method ||
        memcmp(p + LOCAL_BYTES, c->name, c->name_bytes) != 0)
        return tb_archive_fail(a, error, "'%s' is described twice, differently",
                               e->name);
    e->header = c->header;
    e->start = c->header + LOCAL_BYTES + before;
    e->stored_bytes = c->stored_bytes;
    e->bytes = (size_t)c->bytes;
    e->crc = c->crc;
    e->deflated = c->method == DEFLATED;
    return TB_OK;
}

/* ---- the whole directory ---- */

/* The directory while it is read. */
typedef struct directory_reader {
    tb_archive *archive;
    uint64_t limit;            /* where the directory begins */
    const unsigned char *root; /* with the '/' at its end */
    size_t root_bytes;
    tb_error *error;
} directory_reader;

static bool find_root(directory_reader *r, const central_entry *c)
{
    const unsigned char *slash = memchr(c->name, '/', c->name_bytes);
    r->root = c->name;
    r->root_bytes = slash ? (size_t)(slash - c->name) + 1 : 0;
    return r->root_bytes > 1;
}

/* False for folders, and for what other programs put beside the root. */
static bool is_below_root(const directory_reader *r, const central_entry *c)
{
    return c->name_bytes > r->root_bytes && c->name[c->name_bytes - 1] != '/' &&
           memcmp(c->name, r->root, r->root_bytes) == 0;
}

static tb_status add_entry(directory_reader *r, const central_entry *c)
{
    tb_archive *a = r->archive;
    tb_archive_entry *e = &a->entries[a->count];
    size_t bytes = c->name_bytes - r->root_bytes;
    e->name =
        tb_arena_text(a->arena, (const char *)c->name + r->root_bytes, bytes);
    if (!e->name)
        return tb_fail_memory(r->error);
    if (!is_clean(e->name, bytes))
        return tb_archive_fail(a, r->error,
                               "the name of an entry is not a text");
    tb_status status = check_kind(a, c, e->name, r->error);
    if (status == TB_OK)
        status = find_data(a, r->limit, c, e, r->error);
    if (status == TB_OK)
        a->by_name[a->count++] = e;
    return status;
}

static tb_status read_entries(directory_reader *r, const archive_end *end)
{
    const tb_archive *a = r->archive;
    uint64_t at = end->start, limit = end->start + end->bytes;
    for (uint64_t i = 0; i < end->count; i++) {
        central_entry c = {0};
        tb_status status = read_central(a, &at, limit, &c, r->error);
        if (status != TB_OK)
            return status;
        if (c.disk)
            return tb_archive_fail(a, r->error,
                                   "it is one of several pieces of an archive");
        if (i == 0 && !find_root(r, &c))
            return tb_fail(r->error, TB_ERR_FORMAT,
                           "'%s' is an archive, but not one of PyTorch, which "
                           "keeps everything in one folder.",
                           a->what);
        if (is_below_root(r, &c))
            status = add_entry(r, &c);
        if (status != TB_OK)
            return status;
    }
    if (at != limit)
        return tb_archive_fail(a, r->error,
                               "its directory has more entries than it says");
    return TB_OK;
}

static int by_header(const void *x, const void *y)
{
    const tb_archive_entry *a = *(tb_archive_entry *const *)x,
                           *b = *(tb_archive_entry *const *)y;
    return (a->header > b->header) - (a->header < b->header);
}

static int by_name(const void *x, const void *y)
{
    return strcmp((*(tb_archive_entry *const *)x)->name,
                  (*(tb_archive_entry *const *)y)->name);
}

/* Leaves `by_name` in order. */
static tb_status check_entries(tb_archive *a, tb_error *error)
{
    uint64_t expanded = 0;
    tb_archive_entry **list = a->by_name;
    qsort(list, a->count, sizeof *list, by_header);
    for (size_t i = 0; i < a->count; i++) {
        if (i &&
            list[i - 1]->start + list[i - 1]->stored_bytes > list[i]->header)
            return tb_archive_fail(a, error, "'%s' and '%s' overlap",
                                   list[i - 1]->name, list[i]->name);
        expanded += list[i]->deflated ? list[i]->bytes : 0;
    }
    if (expanded > expanded_free && expanded / expanded_ratio > a->size)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' would expand from %zu to %llu bytes, which no "
                       "model does: it is not opened.",
                       a->what, a->size, (unsigned long long)expanded);
    qsort(list, a->count, sizeof *list, by_name);
    for (size_t i = 1; i < a->count; i++)
        if (strcmp(list[i - 1]->name, list[i]->name) == 0)
            return tb_archive_fail(a, error, "it has two entries '%s'",
                                   list[i]->name);
    return TB_OK;
}

tb_status tb_archive_parse(tb_archive *a, tb_error *error)
{
    archive_end end = {0};
    tb_status status = read_end(a, &end, error);
    if (status != TB_OK)
        return status;
    size_t count = (size_t)end.count;
    a->entries = tb_arena_array(a->arena, count, sizeof *a->entries);
    a->by_name = tb_arena_array(a->arena, count, sizeof *a->by_name);
    if (!a->entries || !a->by_name)
        return tb_fail_memory(error);
    directory_reader reader = {
        .archive = a, .limit = end.start, .error = error};
    status = read_entries(&reader, &end);
    return status == TB_OK ? check_entries(a, error) : status;
}
