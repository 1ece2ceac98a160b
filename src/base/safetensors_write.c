#include "base/safetensors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/paths.h"

tb_status tb_stored_measure(const tb_stored *t, size_t *bytes, tb_error *error)
{
    if (strcmp(t->name, "__metadata__") == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A tensor cannot be named __metadata__.");
    if (t->rank < 0 || t->rank > TB_STORED_RANK)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Tensor '%s' has %d dimensions; at most %d can be "
                       "stored.",
                       t->name, t->rank, TB_STORED_RANK);
    size_t size = tb_stored_size(t->type);
    for (int i = 0; i < t->rank; i++)
        if (t->shape[i] < 0 ||
            __builtin_mul_overflow(size, (uint64_t)t->shape[i], &size))
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "Tensor '%s' has an impossible shape.", t->name);
    *bytes = size;
    return TB_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(tb_stored *const *)a)->name,
                  (*(tb_stored *const *)b)->name);
}

static int compare_addresses(const void *a, const void *b)
{
    const tb_stored *x = *(tb_stored *const *)a, *y = *(tb_stored *const *)b;
    return (x > y) - (x < y);
}

/* Nothing may lie between tensors, so one that does not fill whole cache lines
   would put all behind it out of line. Overflows are refused elsewhere. */
static bool fills_lines(const tb_stored *t)
{
    uint64_t bytes = tb_stored_size(t->type);
    for (int i = 0; i < t->rank && i < TB_STORED_RANK; i++)
        bytes *= (uint64_t)t->shape[i];
    return bytes % TB_ALIGNMENT == 0;
}

/* Whole cache lines first, then larger elements, otherwise as given. */
static int compare_alignment(const void *a, const void *b)
{
    const tb_stored *x = *(tb_stored *const *)a, *y = *(tb_stored *const *)b;
    size_t p = tb_stored_size(x->type), q = tb_stored_size(y->type);
    bool f = fills_lines(x), g = fills_lines(y);
    if (f != g)
        return f ? -1 : 1;
    return !f && p != q ? (p < q) - (p > q) : compare_addresses(a, b);
}

static tb_status sort(const tb_stored **order, const tb_stored *tensors,
                      size_t count, tb_error *error)
{
    for (size_t i = 0; i < count; i++)
        order[i] = &tensors[i];
    if (!count)
        return TB_OK;
    qsort(order, count, sizeof *order, compare_names);
    for (size_t i = 1; i < count; i++)
        if (compare_names(&order[i - 1], &order[i]) == 0)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "Two tensors are named '%s'.", order[i]->name);
    qsort(order, count, sizeof *order, compare_alignment);
    return TB_OK;
}

static tb_status check_all(const tb_stored *const *order, size_t count,
                           size_t *sizes, tb_error *error)
{
    for (size_t i = 0; i < count; i++) {
        tb_status status = tb_stored_measure(order[i], &sizes[i], error);
        if (status != TB_OK)
            return status;
    }
    return TB_OK;
}

static void checksum(const tb_stored *const *order, const size_t *sizes,
                     size_t count, char out[32])
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    for (size_t i = 0; i < count; i++)
        tb_hash_add(&hash, order[i]->data, sizes[i]);
    snprintf(out, 32, "xxh64:%016llx", (unsigned long long)tb_hash_get(&hash));
}

static void put_tensor(tb_json_writer *w, const tb_stored *t, size_t start,
                       size_t end)
{
    tb_json_begin_object(w, t->name);
    tb_json_put_text(w, "dtype", tb_stored_name(t->type));
    tb_json_begin_array(w, "shape");
    for (int k = 0; k < t->rank; k++)
        tb_json_put_integer(w, NULL, t->shape[k]);
    tb_json_end_array(w);
    tb_json_begin_array(w, "data_offsets");
    tb_json_put_integer(w, NULL, (int64_t)start);
    tb_json_put_integer(w, NULL, (int64_t)end);
    tb_json_end_array(w);
    tb_json_end_object(w);
}

static void put_metadata(tb_json_writer *w, const tb_stored_text *metadata,
                         size_t entries, const char *sum)
{
    tb_json_begin_object(w, "__metadata__");
    for (size_t i = 0; i < entries; i++)
        if (strcmp(metadata[i].key, "checksum") != 0)
            tb_json_put_text(w, metadata[i].key, metadata[i].value);
    tb_json_put_text(w, "checksum", sum);
    tb_json_end_object(w);
}

/* The header's length is written in 8 bytes; spaces fill it up so that the
   data starts on a cache line. */
static tb_status write_header(tb_file *file, const char *header, size_t length,
                              tb_error *error)
{
    static const char spaces[] = "                                "
                                 "                                ";
    unsigned char prefix[8];
    size_t fill = (TB_ALIGNMENT - (length + 8) % TB_ALIGNMENT) % TB_ALIGNMENT;
    for (int i = 0; i < 8; i++)
        prefix[i] = (unsigned char)((uint64_t)(length + fill) >> (8 * i));
    tb_status status = tb_file_write(file, prefix, 8, error);
    if (status == TB_OK)
        status = tb_file_write(file, header, length, error);
    if (status == TB_OK)
        status = tb_file_write(file, spaces, fill, error);
    return status;
}

static tb_status write_file(const char *path, const tb_json_writer *header,
                            const tb_stored *const *order, const size_t *sizes,
                            size_t count, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    tb_file *file = tb_file_begin(path, error);
    if (!file)
        return error->status;
    tb_status status = write_header(file, header->text, header->length, error);
    for (size_t i = 0; i < count && status == TB_OK; i++)
        status = tb_file_write(file, order[i]->data, sizes[i], error);
    if (status == TB_OK)
        return tb_file_commit(file, error);
    tb_file_abort(file);
    return status;
}

tb_status tb_safetensors_write(const char *path, const tb_stored *tensors,
                               size_t count, const tb_stored_text *metadata,
                               size_t entries, tb_error *error)
{
    tb_json_writer w = {0};
    char sum[32];
    const tb_stored **order = tb_alloc_array(count, sizeof *order);
    size_t *sizes = tb_alloc_array(count, sizeof *sizes), end = 0;
    tb_status status = TB_OK;
    if (!order || !sizes)
        status = tb_fail_memory(error);
    if (status == TB_OK)
        status = sort(order, tensors, count, error);
    if (status == TB_OK)
        status = check_all(order, count, sizes, error);
    if (status != TB_OK)
        goto done;
    checksum(order, sizes, count, sum);
    tb_json_begin_object(&w, NULL);
    put_metadata(&w, metadata, entries, sum);
    for (size_t i = 0; i < count; i++) {
        put_tensor(&w, order[i], end, end + sizes[i]);
        end += sizes[i];
    }
    tb_json_end_object(&w);
    status = tb_json_finish(&w)
                 ? write_file(path, &w, order, sizes, count, error)
                 : tb_fail_memory(error);
done:
    tb_json_clear(&w);
    tb_free(order);
    tb_free(sizes);
    return status;
}
