#include "base/lmdb.h"

#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

/* Offsets in pages and nodes. A page begins with its number (8 bytes), two
   bytes that say nothing, flags, and where its free room begins and ends or, of
   large values, how many pages they take. */
enum {
    PAGE_FLAGS = 10,
    PAGE_LOWER = 12,
    PAGE_PAGES = 12,
    PAGE_HEAD = 16,
    META_MAGIC = PAGE_HEAD,
    META_VERSION = PAGE_HEAD + 4,
    META_PAGE_SIZE = PAGE_HEAD + 24, /* of the list of free pages' own */
    META_MAIN = PAGE_HEAD + 24 + 48, /* the main database: 48 bytes */
    META_TRANSACTION = PAGE_HEAD + 24 + 96 + 8,
    META_BYTES = META_TRANSACTION + 8,
    DB_FLAGS = 4,
    DB_ROOT = 40,
    NODE_FLAGS = 4,
    NODE_KEY = 6,
    NODE_HEAD = 8
};

enum { BRANCH = 1, LEAF = 2, LARGE = 4 }; /* of pages */
enum { NODE_LARGE = 1, NODE_DATABASE = 2, NODE_MANY = 4 };
enum { MOST_DEPTH = 32, MOST_ENTRIES = 1 << 28 };
static const uint32_t MAGIC = 0xBEEFC0DE;
static const uint64_t NO_PAGE = ~(uint64_t)0;

struct tb_lmdb {
    const uint8_t *data;
    size_t bytes, page_size;
    uint64_t pages, seen; /* that there are, and that were looked at */
    const char *what;
    tb_lmdb_entry *entries;
    int count, room;
};

/* ---- numbers ---- */

static uint16_t two(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t four(const uint8_t *p)
{
    return two(p) | (uint32_t)two(p + 2) << 16;
}

static uint64_t eight(const uint8_t *p)
{
    return four(p) | (uint64_t)four(p + 4) << 32;
}

static tb_status damaged(const tb_lmdb *db, tb_error *error)
{
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is no LMDB database that can be read, or it is "
                   "damaged.",
                   db->what);
}

/* ---- pages ---- */

/* Null: there is none, or more were asked for than there are. */
static const uint8_t *page_at(tb_lmdb *db, uint64_t number)
{
    return number < db->pages && db->seen++ < db->pages
               ? db->data + number * db->page_size
               : NULL;
}

/* A value that lies on pages of its own. */
static const uint8_t *large_value(tb_lmdb *db, uint64_t number, size_t bytes)
{
    const uint8_t *page = page_at(db, number);
    if (!page || !(two(page + PAGE_FLAGS) & LARGE))
        return NULL;
    uint64_t pages = four(page + PAGE_PAGES);
    bool fits = pages <= db->pages - number &&
                bytes <= pages * db->page_size - PAGE_HEAD && pages > 0;
    return fits ? page + PAGE_HEAD : NULL;
}

/* ---- nodes ---- */

/* Node i of a page, with its key whole in the page; null: it is not. */
static const uint8_t *node_at(const tb_lmdb *db, const uint8_t *page, int i)
{
    size_t at = two(page + PAGE_HEAD + 2 * (size_t)i);
    if (at < PAGE_HEAD || at + NODE_HEAD > db->page_size)
        return NULL;
    const uint8_t *node = page + at;
    return at + NODE_HEAD + two(node + NODE_KEY) <= db->page_size ? node : NULL;
}

static tb_status add_entry(tb_lmdb *db, const uint8_t *page,
                           const uint8_t *node, tb_error *error)
{
    size_t key = two(node + NODE_KEY), bytes = four(node);
    unsigned flags = two(node + NODE_FLAGS);
    const uint8_t *value = node + NODE_HEAD + key;
    size_t left = db->page_size - (size_t)(value - page);
    if (flags & (NODE_DATABASE | NODE_MANY))
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' holds databases within the database, which are "
                       "not read.",
                       db->what);
    if (flags & NODE_LARGE)
        value = left >= 8 ? large_value(db, eight(value), bytes) : NULL;
    else if (bytes > left)
        value = NULL;
    if (!value || db->count == MOST_ENTRIES)
        return damaged(db, error);
    tb_lmdb_entry *larger =
        tb_array_grown(db->entries, db->count, &db->room, sizeof *larger);
    if (!larger)
        return tb_fail_memory(error);
    db->entries = larger;
    db->entries[db->count++] =
        (tb_lmdb_entry){node + NODE_HEAD, value, key, bytes};
    return TB_OK;
}

/* A page and all below it, from left to right. */
static tb_status walk(tb_lmdb *db, uint64_t number, int depth, tb_error *error)
{
    const uint8_t *page = depth < MOST_DEPTH ? page_at(db, number) : NULL;
    unsigned flags = page ? two(page + PAGE_FLAGS) & (BRANCH | LEAF) : 0;
    size_t lower = page ? two(page + PAGE_LOWER) : 0;
    tb_status status = TB_OK;
    if ((flags != BRANCH && flags != LEAF) || lower < PAGE_HEAD ||
        lower > db->page_size)
        return damaged(db, error);
    int nodes = (int)(lower - PAGE_HEAD) / 2;
    for (int i = 0; i < nodes && !status; i++) {
        const uint8_t *node = node_at(db, page, i);
        if (!node)
            status = damaged(db, error);
        else if (flags == LEAF)
            status = add_entry(db, page, node, error);
        else
            status =
                walk(db, four(node) | (uint64_t)two(node + NODE_FLAGS) << 32,
                     depth + 1, error);
    }
    return status;
}

/* ---- the whole ---- */

static bool is_meta(const uint8_t *page)
{
    return four(page + META_MAGIC) == MAGIC && four(page + META_VERSION) == 1;
}

/* The first two pages say where all begins: the later one counts. */
static const uint8_t *find_meta(tb_lmdb *db)
{
    const uint8_t *first = db->data;
    if (db->bytes < META_BYTES || !is_meta(first))
        return NULL;
    db->page_size = four(first + META_PAGE_SIZE);
    if (db->page_size < 256 || db->page_size > 65536 ||
        db->bytes < 2 * db->page_size)
        return NULL;
    const uint8_t *second = first + db->page_size;
    db->pages = db->bytes / db->page_size;
    return is_meta(second) && eight(second + META_TRANSACTION) >
                                  eight(first + META_TRANSACTION)
               ? second
               : first;
}

static tb_status read_all(tb_lmdb *db, tb_error *error)
{
    const uint8_t *meta = find_meta(db);
    if (!meta || two(meta + META_MAIN + DB_FLAGS) & NODE_MANY)
        return damaged(db, error);
    uint64_t root = eight(meta + META_MAIN + DB_ROOT);
    return root == NO_PAGE ? TB_OK : walk(db, root, 0, error);
}

tb_status tb_lmdb_read(const void *data, size_t bytes, const char *what,
                       tb_lmdb **out, tb_error *error)
{
    tb_lmdb *db = tb_alloc(sizeof *db);
    *out = NULL;
    if (!db)
        return tb_fail_memory(error);
    *db = (tb_lmdb){.data = data, .bytes = bytes, .what = what};
    tb_status status = read_all(db, error);
    db->what = NULL;
    if (status)
        tb_lmdb_free(db);
    else
        *out = db;
    return status;
}

void tb_lmdb_free(tb_lmdb *db)
{
    if (!db)
        return;
    tb_free(db->entries);
    tb_free(db);
}

int tb_lmdb_count(const tb_lmdb *db)
{
    return db->count;
}

tb_lmdb_entry tb_lmdb_at(const tb_lmdb *db, int index)
{
    return db->entries[index];
}
