#include "base/hdf5.h"

#include "base/arena.h"
#include "base/library.h"
#include "base/lzf.h"
#include "base/memory.h"
#include "base/rehearse.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What of libhdf5's interface (1.10 and later) is used, so that building needs
   no header. Ids below 0 and results below 0 are failures. */
typedef int64_t hdf5_id;

enum {
    DEFAULT = 0,  /* any property list; all of a space; read only */
    BY_NAME = 0,  /* an order of links, and both ways through it */
    IS_GROUP = 2, /* kinds of ids */
    IS_NUMBERS = 5,
    IS_INTEGER = 0, /* classes of types */
    IS_FLOAT = 1,
    IS_TEXT = 3,
    IS_CHUNKED = 2, /* layouts; what follows lies in other files */
    REVERSE = 0x100,
    LZF = 32000
};

typedef struct hdf5_group_info {
    int storage;
    uint64_t links;
    int64_t order;
    bool mounted;
} hdf5_group_info;

typedef size_t hdf5_filter(unsigned flags, size_t count, const unsigned *values,
                           size_t bytes, size_t *room, void **data);

typedef struct hdf5_filter_class {
    int version, id;
    unsigned can_encode, can_decode;
    const char *name;
    void *can_apply, *set_local;
    hdf5_filter *filter;
} hdf5_filter_class;

#define FUNCTIONS(F)                                                           \
    F(int, open, (void))                                                       \
    F(int, Eset_auto2, (hdf5_id, void *, void *))                              \
    F(int, PLset_loading_state, (unsigned))                                    \
    F(int, Zfilter_avail, (int))                                               \
    F(int, Zregister, (const hdf5_filter_class *))                             \
    F(void *, allocate_memory, (size_t, bool))                                 \
    F(int, free_memory, (void *))                                              \
    F(hdf5_id, Fopen, (const char *, unsigned, hdf5_id))                       \
    F(int, Fclose, (hdf5_id))                                                  \
    F(hdf5_id, Oopen, (hdf5_id, const char *, hdf5_id))                        \
    F(int, Oclose, (hdf5_id))                                                  \
    F(int, Iget_type, (hdf5_id))                                               \
    F(int, Gget_info, (hdf5_id, hdf5_group_info *))                            \
    F(ptrdiff_t, Lget_name_by_idx,                                             \
      (hdf5_id, const char *, int, int, uint64_t, char *, size_t, hdf5_id))    \
    F(int, Lget_val, (hdf5_id, const char *, void *, size_t, hdf5_id))         \
    F(int, Aexists, (hdf5_id, const char *))                                   \
    F(hdf5_id, Aopen, (hdf5_id, const char *, hdf5_id))                        \
    F(int, Aclose, (hdf5_id))                                                  \
    F(hdf5_id, Aget_type, (hdf5_id))                                           \
    F(hdf5_id, Aget_space, (hdf5_id))                                          \
    F(int, Aread, (hdf5_id, hdf5_id, void *))                                  \
    F(int, Tclose, (hdf5_id))                                                  \
    F(int, Tget_class, (hdf5_id))                                              \
    F(size_t, Tget_size, (hdf5_id))                                            \
    F(int, Tis_variable_str, (hdf5_id))                                        \
    F(int, Sclose, (hdf5_id))                                                  \
    F(int64_t, Sget_simple_extent_npoints, (hdf5_id))                          \
    F(int, Sget_simple_extent_ndims, (hdf5_id))                                \
    F(int, Sget_simple_extent_dims, (hdf5_id, uint64_t *, uint64_t *))         \
    F(hdf5_id, Dget_type, (hdf5_id))                                           \
    F(hdf5_id, Dget_space, (hdf5_id))                                          \
    F(hdf5_id, Dget_create_plist, (hdf5_id))                                   \
    F(uint64_t, Dget_storage_size, (hdf5_id))                                  \
    F(int, Dread, (hdf5_id, hdf5_id, hdf5_id, hdf5_id, hdf5_id, void *))       \
    F(int, Pget_layout, (hdf5_id))                                             \
    F(int, Pget_chunk, (hdf5_id, int, uint64_t *))                             \
    F(int, Pget_external_count, (hdf5_id))                                     \
    F(int, Pclose, (hdf5_id))

#define MEMBER(result, name, arguments) result(*name) arguments;
#define NAME(result, name, arguments) "H5" #name,

typedef struct hdf5_library {
    FUNCTIONS(MEMBER)
    const hdf5_id *native_float;
} hdf5_library;

static const char *const symbols[] = {FUNCTIONS(NAME) "H5T_NATIVE_FLOAT_g"};

struct tb_hdf5 {
    tb_arena *arena;
    const char *path;
    uint64_t bytes;
    hdf5_id id;
    int links; /* that may still be visited */
};

enum {
    DEEPEST = 4,
    MOST_LINKS = 100000,
    NAME_SIZE = 512,
    MOST_TEXT = 1 << 26,
    LONGEST = 60 /* s */
};

static hdf5_library h5;
static pthread_mutex_t in_use = PTHREAD_MUTEX_INITIALIZER;

/* ---- the library ---- */

/* libhdf5 knows LZF by its number alone. */
static size_t expand(unsigned flags, size_t count, const unsigned *values,
                     size_t bytes, size_t *room, void **data)
{
    size_t most = TB_LZF_MOST * bytes;
    if (!(flags & REVERSE) || bytes > SIZE_MAX / TB_LZF_MOST)
        return 0;
    if (count > 2 && values[2] < most) /* the size of a chunk */
        most = values[2];
    void *to = h5.allocate_memory(most + 1, false);
    ptrdiff_t made = to ? tb_lzf_expand(*data, bytes, to, most) : -1;
    if (made <= 0) {
        h5.free_memory(to);
        return 0;
    }
    h5.free_memory(*data);
    *data = to;
    *room = most + 1;
    return (size_t)made;
}

static tb_status load(tb_error *error)
{
    static const char *const files[] = {
        "libhdf5_serial.so.103", "libhdf5_serial.so.310",
        "libhdf5_serial.so.200", "libhdf5.so.103",
        "libhdf5.so.200",        "libhdf5.so.310",
        "libhdf5_serial.so",     "libhdf5.so",
        "libhdf5.dylib",         NULL};
    static const tb_library library = {
        files,
        symbols,
        sizeof symbols / sizeof *symbols,
        "libhdf5",
        "libhdf5-103-1",
        "HDF5 files, such as mimikit's checkpoints, cannot be read"};
    static const hdf5_filter_class lzf = {.version = 1,
                                          .id = LZF,
                                          .can_decode = 1,
                                          .name = "lzf",
                                          .filter = expand};
    tb_status status = tb_library_load(&library, &h5, error);
    if (status)
        return status;
    h5.open();
    h5.Eset_auto2(DEFAULT, NULL, NULL); /* it would print its failures */
    h5.PLset_loading_state(0);          /* no code that a file asks for */
    if (h5.Zfilter_avail(LZF) <= 0)
        h5.Zregister(&lzf);
    return TB_OK;
}

/* ---- opening ---- */

bool tb_is_hdf5(const char *path)
{
    static const char first[] = "\211HDF\r\n\032\n";
    char bytes[8];
    FILE *file = fopen(path, "rb");
    bool good =
        file && fread(bytes, 1, 8, file) == 8 && memcmp(bytes, first, 8) == 0;
    if (file)
        fclose(file);
    return good;
}

static tb_status is_damaged(const tb_hdf5 *file, const char *why,
                            tb_error *error)
{
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is a damaged HDF5 file, or was cut: %s. Copy it again "
                   "or use another one.",
                   file->path, why);
}

static tb_status begin(tb_hdf5 *file, const char *path, tb_error *error)
{
    struct stat info;
    file->arena = tb_arena_new();
    file->path = file->arena ? tb_arena_strdup(file->arena, path) : NULL;
    if (!file->path)
        return tb_fail_memory(error);
    if (stat(path, &info) != 0)
        return tb_fail(error, TB_ERR_FILE, "'%s' cannot be read.", path);
    file->bytes = (uint64_t)info.st_size;
    file->links = MOST_LINKS;
    return load(error);
}

static tb_status read_once(tb_hdf5 *file, tb_hdf5_reader *read, void *context,
                           tb_error *error)
{
    file->id = h5.Fopen(file->path, DEFAULT, DEFAULT);
    if (file->id < 0)
        return is_damaged(file, "it cannot be opened", error);
    tb_status status = read(file, context, error);
    h5.Fclose(file->id);
    return status;
}

typedef struct hdf5_rehearsal {
    tb_hdf5 *file;
    tb_hdf5_reader *read;
    void *context;
} hdf5_rehearsal;

static void rehearse(void *context)
{
    const hdf5_rehearsal *r = context;
    read_once(r->file, r->read, r->context, NULL);
}

tb_status tb_hdf5_read(const char *path, tb_hdf5_reader *read, void *context,
                       tb_error *error)
{
    tb_hdf5 file = {0};
    hdf5_rehearsal first = {&file, read, context};
    pthread_mutex_lock(&in_use);
    tb_status status = begin(&file, path, error);
    if (!status)
        status = tb_rehearse(rehearse, &first, LONGEST, error);
    if (status == TB_ERR_FORMAT)
        is_damaged(&file, "its library cannot read it", error);
    if (!status)
        status = read_once(&file, read, context, error);
    pthread_mutex_unlock(&in_use);
    tb_arena_free(file.arena);
    return status;
}

/* ---- texts ---- */

static tb_status copy_text(const char *text, size_t length, char **out,
                           tb_error *error)
{
    *out = tb_alloc(length + 1);
    if (!*out)
        return tb_fail_memory(error);
    memcpy(*out, text, length);
    return TB_OK;
}

/* Of any length, which lies elsewhere in the file. */
static tb_status read_variable(tb_hdf5 *file, hdf5_id attribute, hdf5_id type,
                               char **out, tb_error *error)
{
    char *text = NULL;
    if (h5.Aread(attribute, type, &text) < 0)
        return is_damaged(file, "a text of it cannot be read", error);
    tb_status status =
        copy_text(text ? text : "", text ? strlen(text) : 0, out, error);
    if (text)
        h5.free_memory(text);
    return status;
}

static tb_status read_fixed(tb_hdf5 *file, hdf5_id attribute, hdf5_id type,
                            char **out, tb_error *error)
{
    size_t size = h5.Tget_size(type);
    if (size == 0 || size > MOST_TEXT || size > file->bytes)
        return is_damaged(file, "a text is longer than the file", error);
    *out = tb_alloc(size + 1);
    if (!*out)
        return tb_fail_memory(error);
    if (h5.Aread(attribute, type, *out) >= 0)
        return TB_OK;
    tb_free(*out);
    *out = NULL;
    return is_damaged(file, "a text of it cannot be read", error);
}

static tb_status read_text(tb_hdf5 *file, hdf5_id attribute, char **out,
                           tb_error *error)
{
    hdf5_id type = h5.Aget_type(attribute), space = h5.Aget_space(attribute);
    tb_status status;
    if (type < 0 || space < 0 || h5.Tget_class(type) != IS_TEXT ||
        h5.Sget_simple_extent_npoints(space) != 1)
        status = is_damaged(file, "a text is expected and not found", error);
    else if (h5.Tis_variable_str(type) > 0)
        status = read_variable(file, attribute, type, out, error);
    else
        status = read_fixed(file, attribute, type, out, error);
    if (type >= 0)
        h5.Tclose(type);
    if (space >= 0)
        h5.Sclose(space);
    return status;
}

tb_status tb_hdf5_text(tb_hdf5 *file, const char *object, const char *name,
                       char **out, tb_error *error)
{
    *out = NULL;
    hdf5_id owner = h5.Oopen(file->id, object, DEFAULT);
    if (owner < 0)
        return TB_OK;
    tb_status status = TB_OK;
    hdf5_id attribute =
        h5.Aexists(owner, name) > 0 ? h5.Aopen(owner, name, DEFAULT) : -1;
    if (attribute >= 0) {
        status = read_text(file, attribute, out, error);
        h5.Aclose(attribute);
    }
    h5.Oclose(owner);
    return status;
}

/* ---- numbers ---- */

/* Whether what must be read is no more than the file can hold, packed as it may
   be, and lies in it. */
static bool fits(const tb_hdf5 *file, hdf5_id data, hdf5_id how,
                 const tb_hdf5_numbers *n, size_t size)
{
    uint64_t chunk[TB_HDF5_RANK], stored = h5.Dget_storage_size(data);
    uint64_t most = TB_LZF_MOST * stored, bytes = size;
    int layout = h5.Pget_layout(how);
    if (stored > file->bytes || (uint64_t)n->count > most / size ||
        layout > IS_CHUNKED || layout < 0 || h5.Pget_external_count(how) != 0)
        return false;
    if (layout != IS_CHUNKED)
        return true;
    if (n->rank < 1 || h5.Pget_chunk(how, n->rank, chunk) != n->rank)
        return false;
    for (int i = 0; i < n->rank; i++)
        if (__builtin_mul_overflow(bytes, chunk[i], &bytes))
            return false;
    return bytes <= most;
}

static bool measure(hdf5_id data, tb_hdf5_numbers *n)
{
    uint64_t shape[TB_HDF5_RANK] = {0};
    hdf5_id space = h5.Dget_space(data);
    n->rank = space < 0 ? -1 : h5.Sget_simple_extent_ndims(space);
    n->count = 1;
    bool good = n->rank >= 0 && n->rank <= TB_HDF5_RANK &&
                h5.Sget_simple_extent_dims(space, shape, NULL) == n->rank;
    for (int i = 0; good && i < n->rank; i++) {
        n->shape[i] = (int64_t)shape[i];
        good = shape[i] > 0 &&
               !__builtin_mul_overflow(n->count, n->shape[i], &n->count);
    }
    if (space >= 0)
        h5.Sclose(space);
    return good;
}

/* What are no numbers is passed over. */
static tb_status visit_data(tb_hdf5 *file, hdf5_id data, const char *path,
                            tb_hdf5_visit *visit, void *context,
                            tb_error *error)
{
    tb_hdf5_numbers n = {.path = path};
    hdf5_id type = h5.Dget_type(data), how = h5.Dget_create_plist(data);
    int class = type < 0 ? -1 : h5.Tget_class(type);
    size_t size = type < 0 ? 0 : h5.Tget_size(type);
    bool is_number = class == IS_FLOAT || class == IS_INTEGER;
    bool good = class >= 0 && how >= 0;
    if (good && is_number)
        good = size > 0 && measure(data, &n) && fits(file, data, how, &n, size);
    if (type >= 0)
        h5.Tclose(type);
    if (how >= 0)
        h5.Pclose(how);
    if (!good)
        return is_damaged(file, "numbers of it are not all there", error);
    return is_number ? visit(context, &n, error) : TB_OK;
}

static tb_status visit_group(tb_hdf5 *file, hdf5_id group, const char *path,
                             int depth, tb_hdf5_visit *visit, void *context,
                             tb_error *error);

static tb_status visit_link(tb_hdf5 *file, const char *path, int depth,
                            tb_hdf5_visit *visit, void *context,
                            tb_error *error)
{
    hdf5_id id = h5.Oopen(file->id, path, DEFAULT);
    if (id < 0)
        return is_damaged(file, "a part of it cannot be opened", error);
    tb_status status = TB_OK;
    int kind = h5.Iget_type(id);
    if (kind == IS_GROUP)
        status = visit_group(file, id, path, depth + 1, visit, context, error);
    else if (kind == IS_NUMBERS)
        status = visit_data(file, id, path, visit, context, error);
    h5.Oclose(id);
    return status;
}

/* A link that has a value points elsewhere, maybe into another file, and is
   passed over. */
static tb_status visit_group(tb_hdf5 *file, hdf5_id group, const char *path,
                             int depth, tb_hdf5_visit *visit, void *context,
                             tb_error *error)
{
    hdf5_group_info info = {0};
    tb_status status = TB_OK;
    if (depth > DEEPEST || h5.Gget_info(group, &info) < 0)
        return is_damaged(file, "its groups cannot be listed", error);
    for (uint64_t i = 0; i < info.links && !status; i++) {
        char name[NAME_SIZE], whole[DEEPEST * NAME_SIZE + NAME_SIZE], value[8];
        ptrdiff_t n = h5.Lget_name_by_idx(group, ".", BY_NAME, BY_NAME, i, name,
                                          sizeof name, DEFAULT);
        if (n <= 0 || n >= NAME_SIZE || file->links-- <= 0)
            return is_damaged(file, "its groups cannot be listed", error);
        if (h5.Lget_val(group, name, value, sizeof value, DEFAULT) >= 0)
            continue;
        snprintf(whole, sizeof whole, "%s/%s", path, name);
        status = visit_link(file, whole, depth, visit, context, error);
    }
    return status;
}

tb_status tb_hdf5_walk(tb_hdf5 *file, const char *group, tb_hdf5_visit *visit,
                       void *context, tb_error *error)
{
    hdf5_id id = h5.Oopen(file->id, group, DEFAULT);
    tb_status status = TB_OK;
    if (id >= 0 && h5.Iget_type(id) == IS_GROUP)
        status = visit_group(file, id, group, 0, visit, context, error);
    if (id >= 0)
        h5.Oclose(id);
    return status;
}

tb_status tb_hdf5_floats(tb_hdf5 *file, const tb_hdf5_numbers *numbers,
                         float *to, tb_error *error)
{
    tb_hdf5_numbers now = {0};
    hdf5_id data = h5.Oopen(file->id, numbers->path, DEFAULT);
    bool good =
        data >= 0 && measure(data, &now) && now.count == numbers->count &&
        h5.Dread(data, *h5.native_float, DEFAULT, DEFAULT, DEFAULT, to) >= 0;
    if (data >= 0)
        h5.Oclose(data);
    return good ? TB_OK
                : is_damaged(file, "numbers of it cannot be read", error);
}
