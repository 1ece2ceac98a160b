#include "torchscript/pickled_torch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const int64_t most_repeated = 1 << 26;

/* A tensor on its way to being understood. */
typedef struct tensor_reader {
    tb_archive *archive;
    const char *folder, *what;
    tb_error *error;
} tensor_reader;

__attribute__((format(printf, 3, 4))) static tb_status
fail(const tensor_reader *r, tb_status status, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return tb_fail(r->error, status, "The tensor '%s' of '%s' is not read: %s.",
                   r->what, tb_archive_name(r->archive), detail);
}

static tb_status damaged(const tensor_reader *r)
{
    return fail(r, TB_ERR_FORMAT,
                "it is not described as PyTorch does; fetch or export the file "
                "again");
}

/* ---- its storage ---- */

static const struct {
    const char *name;
    tb_dtype dtype;
} storages[] = {
    {"FloatStorage", TB_DTYPE_FLOAT32},
    {"DoubleStorage", TB_DTYPE_FLOAT64},
    {"HalfStorage", TB_DTYPE_FLOAT16},
    {"BFloat16Storage", TB_DTYPE_BFLOAT16},
    {"LongStorage", TB_DTYPE_INT64},
    {"IntStorage", TB_DTYPE_INT32},
    {"ShortStorage", TB_DTYPE_INT16},
    {"CharStorage", TB_DTYPE_INT8},
    {"ByteStorage", TB_DTYPE_UINT8},
    {"BoolStorage", TB_DTYPE_BOOL},
    {"ComplexFloatStorage", TB_DTYPE_COMPLEX64},
    {"ComplexDoubleStorage", TB_DTYPE_COMPLEX128},
};

static tb_status find_dtype(const tensor_reader *r, const tb_pickled *type,
                            tb_dtype *dtype)
{
    if (!tb_pickled_is(type, TB_PICKLED_GLOBAL))
        return damaged(r);
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
        if (tb_pickled_is_global(type, "torch", storages[i].name)) {
            *dtype = storages[i].dtype;
            return TB_OK;
        }
    return fail(r, TB_ERR_UNSUPPORTED,
                "its numbers are in a %s.%s, which is not supported; export "
                "the model with ordinary floating-point weights",
                type->module, type->name);
}

static tb_status find_entry(const tensor_reader *r, const tb_pickled *key,
                            tb_pickled_tensor *t)
{
    char name[256];
    int length = snprintf(name, sizeof name, "%s/%s", r->folder, key->text);
    if (length < (int)sizeof name)
        t->storage = tb_archive_find(r->archive, name);
    if (!t->storage)
        return fail(r, TB_ERR_FORMAT,
                    "the file has no '%s' with its numbers; fetch or export it "
                    "again",
                    name);
    if (t->storage_elements < 0 ||
        (uint64_t)t->storage_elements >
            t->storage->bytes / tb_dtype_size(t->dtype))
        return fail(r, TB_ERR_FORMAT,
                    "'%s' holds fewer numbers than it needs; fetch or export "
                    "the file again",
                    name);
    return TB_OK;
}

/* The storage's id: ("storage", its type, its key, its device, elements). */
static tb_status read_storage(const tensor_reader *r, const tb_pickled *value,
                              tb_pickled_tensor *t)
{
    static const tb_pickled_kind kinds[] = {TB_PICKLED_TEXT, TB_PICKLED_GLOBAL,
                                            TB_PICKLED_TEXT, TB_PICKLED_TEXT,
                                            TB_PICKLED_INT};
    enum { COUNT = sizeof kinds / sizeof *kinds };
    const tb_pickled *id =
        tb_pickled_is(value, TB_PICKLED_PERSISTENT) ? value->of : NULL;
    bool good = tb_pickled_is(id, TB_PICKLED_TUPLE) && id->count >= COUNT;
    for (size_t i = 0; good && i < COUNT; i++)
        good = id->items[i]->kind == kinds[i];
    if (!good || strcmp(id->items[0]->text, "storage") != 0)
        return damaged(r);
    tb_status status = find_dtype(r, id->items[1], &t->dtype);
    t->device = id->items[3]->text;
    t->storage_elements = id->items[4]->integer;
    return status == TB_OK ? find_entry(r, id->items[2], t) : status;
}

/* ---- its shape ---- */

static tb_status read_numbers(const tensor_reader *r, const tb_pickled *value,
                              int *count, int64_t *numbers)
{
    const tb_pickled *tuple = tb_pickled_size(value);
    if (!tuple)
        return damaged(r);
    if (tuple->count > TB_TORCH_RANK)
        return fail(r, TB_ERR_UNSUPPORTED,
                    "it has %zu dimensions, of which at most %d are supported",
                    tuple->count, TB_TORCH_RANK);
    for (size_t i = 0; i < tuple->count; i++) {
        if (tuple->items[i]->kind != TB_PICKLED_INT ||
            tuple->items[i]->integer < 0)
            return damaged(r);
        numbers[i] = tuple->items[i]->integer;
    }
    *count = (int)tuple->count;
    return TB_OK;
}

/* Elements of a shape that has any, and the place of the last one in the
   storage. False when they cannot be counted. */
static bool measure(const tb_pickled_tensor *t, int64_t *elements,
                    int64_t *last)
{
    *elements = 1;
    *last = t->offset;
    for (int i = 0; i < t->rank; i++) {
        int64_t way;
        if (__builtin_mul_overflow(*elements, t->sizes[i], elements) ||
            __builtin_mul_overflow(t->sizes[i] - 1, t->strides[i], &way) ||
            __builtin_add_overflow(*last, way, last))
            return false;
    }
    return true;
}

/* Fills `elements`. */
static tb_status check_extent(const tensor_reader *r, tb_pickled_tensor *t)
{
    int64_t last;
    bool within = t->offset >= 0 && t->offset <= t->storage_elements;
    for (int i = 0; within && i < t->rank; i++)
        if (t->sizes[i] == 0)
            return TB_OK;
    if (!within || !measure(t, &t->elements, &last) ||
        last >= t->storage_elements)
        return fail(r, TB_ERR_FORMAT,
                    "it reaches beyond its storage; fetch or export the file "
                    "again");
    if (t->elements - most_repeated > t->storage_elements)
        return fail(r, TB_ERR_UNSUPPORTED,
                    "it repeats its numbers too often to be stored");
    return TB_OK;
}

/* ---- the whole tensor ---- */

static bool is_rebuilt(const tb_pickled *value, const char *name)
{
    return tb_pickled_is_call(value, "torch._utils", name);
}

bool tb_pickled_is_tensor(const tb_pickled *value)
{
    static const char start[] = "_rebuild_";
    return tb_pickled_is(value, TB_PICKLED_CALL) &&
           tb_pickled_is(value->of, TB_PICKLED_GLOBAL) &&
           (strcmp(value->of->module, "torch._utils") == 0 ||
            strcmp(value->of->module, "torch._tensor") == 0) &&
           strncmp(value->of->name, start, sizeof start - 1) == 0;
}

static bool is_true(const tb_pickled *value)
{
    return tb_pickled_is(value, TB_PICKLED_BOOL) && value->integer;
}

/* The tensor of a parameter, else the value itself. */
static const tb_pickled *inside_parameter(const tb_pickled *value)
{
    return is_rebuilt(value, "_rebuild_parameter") ||
                   is_rebuilt(value, "_rebuild_parameter_with_state")
               ? tb_pickled_argument(value, 0)
               : value;
}

static tb_status check_kind(const tensor_reader *r, const tb_pickled *value)
{
    if (!tb_pickled_is_tensor(value))
        return damaged(r);
    if (!is_rebuilt(value, "_rebuild_tensor_v2") &&
        !is_rebuilt(value, "_rebuild_tensor"))
        return fail(r, TB_ERR_UNSUPPORTED,
                    "it is one of a special kind (%s: quantised, sparse or "
                    "other); export the model with ordinary weights",
                    value->of->name);
    return TB_OK;
}

tb_status tb_pickled_tensor_read(const tb_pickled *value, tb_archive *archive,
                                 const char *folder, const char *what,
                                 tb_pickled_tensor *out, tb_error *error)
{
    const tensor_reader reader = {archive, folder, what, error}, *r = &reader;
    const tb_pickled *tensor = inside_parameter(value);
    int strides = 0;
    *out = (tb_pickled_tensor){0};
    tb_status status = check_kind(r, tensor);
    if (status == TB_OK)
        status = read_storage(r, tb_pickled_argument(tensor, 0), out);
    if (status == TB_OK)
        status = read_numbers(r, tb_pickled_argument(tensor, 2), &out->rank,
                              out->sizes);
    if (status == TB_OK)
        status = read_numbers(r, tb_pickled_argument(tensor, 3), &strides,
                              out->strides);
    if (status != TB_OK)
        return status;
    const tb_pickled *offset = tb_pickled_argument(tensor, 1);
    if (!tb_pickled_is(offset, TB_PICKLED_INT) || strides != out->rank)
        return damaged(r);
    out->offset = offset->integer;
    out->requires_grad =
        is_true(tb_pickled_argument(value, tensor == value ? 4 : 1));
    return check_extent(r, out);
}

/* ---- other calls ---- */

tb_pickled *tb_pickled_untag(tb_pickled *value, const char **type)
{
    static const struct {
        const char *name, *type;
    } lists[] = {{"build_intlist", "List[int]"},
                 {"build_doublelist", "List[float]"},
                 {"build_boollist", "List[bool]"},
                 {"build_tensorlist", "List[Tensor]"}};
    static const char module[] = "torch.jit._pickle";
    tb_pickled *inside = tb_pickled_argument(value, 0);
    *type = NULL;
    for (size_t i = 0; inside && i < sizeof lists / sizeof *lists; i++)
        if (tb_pickled_is_call(value, module, lists[i].name))
            *type = lists[i].type;
    const tb_pickled *tag = tb_pickled_argument(value, 1);
    if (tb_pickled_is_call(value, module, "restore_type_tag") &&
        tb_pickled_is(tag, TB_PICKLED_TEXT))
        *type = tag->text;
    return *type ? inside : value;
}

const char *tb_pickled_device(const tb_pickled *value)
{
    const tb_pickled *name = tb_pickled_argument(value, 0);
    return tb_pickled_is_call(value, "torch", "device") &&
                   tb_pickled_is(name, TB_PICKLED_TEXT)
               ? name->text
               : NULL;
}

bool tb_pickled_complex(const tb_pickled *value, double parts[2])
{
    if (!tb_pickled_is_call(value, "builtins", "complex") &&
        !tb_pickled_is_call(value, "__builtin__", "complex"))
        return false;
    for (size_t i = 0; i < 2; i++) {
        const tb_pickled *x = tb_pickled_argument(value, i);
        if (!tb_pickled_is(x, TB_PICKLED_REAL))
            return false;
        parts[i] = x->real;
    }
    return true;
}

const tb_pickled *tb_pickled_size(const tb_pickled *value)
{
    if (tb_pickled_is_call(value, "torch", "Size"))
        value = tb_pickled_argument(value, 0);
    return tb_pickled_is(value, TB_PICKLED_TUPLE) ? value : NULL;
}

tb_status tb_archive_check_order(tb_archive *archive, tb_error *error)
{
    static const char little[] = "little";
    const void *order;
    tb_archive_entry *entry = tb_archive_find(archive, "byteorder");
    if (!entry)
        return TB_OK;
    tb_status status = tb_archive_data(archive, entry, &order, error);
    if (status != TB_OK)
        return status;
    if (entry->bytes != sizeof little - 1 ||
        memcmp(order, little, entry->bytes) != 0)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' was saved on a computer that writes numbers the "
                       "other way round (big-endian): save it on another one.",
                       tb_archive_name(archive));
    return TB_OK;
}
