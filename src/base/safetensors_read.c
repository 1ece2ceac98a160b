#include "base/safetensors_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/paths.h"

static const size_t most_header = 100000000, most_tensors = 1000000,
                    most_texts = 10000;
static const char checksum_prefix[] = "xxh64:";

enum { BLOCK = 1 << 16 };

/* One file on its way to being understood. */
typedef struct header_reader {
    tb_safetensors *file;
    const tb_stored_source *source;
    char *header;
    size_t header_bytes;
    const unsigned char *data; /* what follows the header */
    size_t data_bytes;
    tb_error *error;
} header_reader;

__attribute__((format(printf, 2, 3))) static tb_status
fail(const header_reader *r, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return tb_fail(r->error, TB_ERR_FORMAT,
                   "'%s' is a corrupt or truncated checkpoint: %s.",
                   r->file->what, detail);
}

/* ---- the header ---- */

/* Copies bytes of the file. Those of a mapped one are asked from the system
   and not from the mapping: one that was cut meanwhile is an error then. */
static tb_status take(const header_reader *r, size_t at, size_t bytes, void *to)
{
    const tb_stored_source *s = r->source;
    size_t done = 0;
    if (s->descriptor < 0)
        memcpy(to, (const char *)s->data + at, bytes);
    while (s->descriptor >= 0 && done < bytes) {
        ssize_t n = pread(s->descriptor, (char *)to + done, bytes - done,
                          (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return tb_fail_file(r->error, "read", s->what, errno);
        if (n == 0)
            return fail(r, "it was cut while it was read");
        done += (size_t)n;
    }
    return TB_OK;
}

static tb_status split(header_reader *r)
{
    unsigned char prefix[8];
    size_t size = r->source->bytes;
    uint64_t length = 0;
    if (size < 8)
        return fail(r, "it has only %zu bytes", size);
    tb_status status = take(r, 0, 8, prefix);
    if (status != TB_OK)
        return status;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | prefix[i];
    if (length > most_header)
        return fail(r, "its header cannot be %llu bytes long",
                    (unsigned long long)length);
    if (length > size - 8)
        return fail(r, "it ends within its header");
    r->header_bytes = (size_t)length;
    r->header = tb_alloc(r->header_bytes);
    if (!r->header)
        return tb_fail_memory(r->error);
    r->data = (const unsigned char *)r->source->data + 8 + length;
    r->data_bytes = size - 8 - (size_t)length;
    status = take(r, 8, r->header_bytes, r->header);
    if (status == TB_OK && (length < 2 || r->header[0] != '{'))
        return fail(r, "it has no header");
    return status;
}

static tb_status parse_type(header_reader *r, const tb_json *entry,
                            tb_stored *t)
{
    const char *text = tb_json_as_text(tb_json_find(entry, "dtype"));
    if (!text)
        return fail(r, "tensor '%.100s' has no type", t->name);
    for (int i = TB_STORED_F64; i <= TB_STORED_BOOL; i++)
        if (strcmp(text, tb_stored_name((tb_stored_type)i)) == 0) {
            t->type = (tb_stored_type)i;
            return TB_OK;
        }
    return tb_fail(r->error, TB_ERR_UNSUPPORTED,
                   "Tensor '%.100s' of '%s' has the type %.20s, which cannot "
                   "be read; convert it to F32.",
                   t->name, r->file->what, text);
}

/* Also computes the bytes that the shape asks for. */
static tb_status parse_shape(header_reader *r, const tb_json *entry,
                             tb_stored *t)
{
    tb_error why;
    tb_status status = tb_json_integers(entry, "shape", 0, INT64_MAX, t->shape,
                                        TB_STORED_RANK, &t->rank, &why);
    if (status != TB_OK)
        return fail(r, "the shape of tensor '%.100s' is wrong (%.200s)",
                    t->name, why.text);
    size_t bytes = tb_stored_size(t->type);
    for (int i = 0; i < t->rank; i++)
        if (__builtin_mul_overflow(bytes, (uint64_t)t->shape[i], &bytes))
            return fail(r, "tensor '%.100s' is impossibly large", t->name);
    t->bytes = bytes;
    return TB_OK;
}

static tb_status parse_offsets(header_reader *r, const tb_json *entry,
                               tb_stored *t)
{
    int64_t at[2];
    int count = 0;
    tb_status status = tb_json_integers(entry, "data_offsets", 0, INT64_MAX, at,
                                        2, &count, NULL);
    if (status != TB_OK || count != 2 || at[0] > at[1])
        return fail(r, "tensor '%.100s' does not say where it lies", t->name);
    if ((uint64_t)at[1] > r->data_bytes)
        return fail(r, "tensor '%.100s' reaches past the end", t->name);
    if ((uint64_t)(at[1] - at[0]) != t->bytes)
        return fail(r, "the size of tensor '%.100s' contradicts its shape",
                    t->name);
    t->data = r->data + at[0];
    return TB_OK;
}

static tb_status parse_tensor(header_reader *r, const tb_json *entry,
                              tb_stored *t)
{
    t->name = tb_arena_strdup(r->file->arena, tb_json_name(entry));
    if (!t->name)
        return tb_fail_memory(r->error);
    if (!tb_json_is_object(entry))
        return fail(r, "the entry '%.100s' is no tensor", t->name);
    tb_status status = parse_type(r, entry, t);
    if (status == TB_OK)
        status = parse_shape(r, entry, t);
    if (status == TB_OK)
        status = parse_offsets(r, entry, t);
    return status;
}

static size_t count_items(const tb_json *container)
{
    size_t n = 0;
    for (const tb_json *i = tb_json_first(container); i; i = tb_json_next(i))
        n++;
    return n;
}

static tb_status parse_metadata(header_reader *r, const tb_json *entry)
{
    tb_safetensors *file = r->file;
    if (!tb_json_is_object(entry))
        return fail(r, "its metadata is not one table of text");
    size_t count = count_items(entry);
    if (count > most_texts)
        return fail(r, "it cannot have %zu texts as metadata", count);
    file->text = tb_arena_array(file->arena, count, sizeof *file->text);
    if (!file->text)
        return tb_fail_memory(r->error);
    for (const tb_json *i = tb_json_first(entry); i; i = tb_json_next(i)) {
        const char *value = tb_json_as_text(i);
        if (!value)
            return fail(r, "the metadata '%.100s' is not text",
                        tb_json_name(i));
        tb_stored_text *t = &file->text[file->text_count];
        t->key = tb_arena_strdup(file->arena, tb_json_name(i));
        t->value = tb_arena_strdup(file->arena, value);
        if (!t->key || !t->value)
            return tb_fail_memory(r->error);
        file->text_count++;
    }
    return TB_OK;
}

static tb_status parse_entries(header_reader *r, const tb_json *header)
{
    tb_safetensors *file = r->file;
    size_t count = count_items(header);
    if (count > most_tensors)
        return fail(r, "it cannot have %zu tensors", count);
    file->tensors = tb_arena_array(file->arena, count, sizeof *file->tensors);
    file->by_name = tb_arena_array(file->arena, count, sizeof *file->by_name);
    if (!file->tensors || !file->by_name)
        return tb_fail_memory(r->error);
    tb_status status = TB_OK;
    for (const tb_json *i = tb_json_first(header); i && status == TB_OK;
         i = tb_json_next(i)) {
        if (strcmp(tb_json_name(i), "__metadata__") == 0)
            status = parse_metadata(r, i);
        else
            status = parse_tensor(r, i, &file->tensors[file->count++]);
    }
    return status;
}

/* ---- the whole ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(tb_stored *const *)a)->name,
                  (*(tb_stored *const *)b)->name);
}

/* Empty tensors come before what starts at the same place. */
static int compare_places(const void *a, const void *b)
{
    const tb_stored *x = *(tb_stored *const *)a, *y = *(tb_stored *const *)b;
    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* The tensors must cover the data without gap or overlap: a gap could hide
   bytes, and a file that was cut ends with one. */
static tb_status check_cover(header_reader *r)
{
    const tb_stored **order = r->file->by_name;
    const unsigned char *end = r->data;
    for (size_t i = 0; i < r->file->count; i++)
        order[i] = &r->file->tensors[i];
    if (r->file->count)
        qsort(order, r->file->count, sizeof *order, compare_places);
    for (size_t i = 0; i < r->file->count; i++) {
        const unsigned char *start = order[i]->data;
        if (start != end)
            return fail(r, "tensor '%.100s' does not follow the one before",
                        order[i]->name);
        end = start + order[i]->bytes;
    }
    if (end != r->data + r->data_bytes)
        return fail(r, "bytes that belong to no tensor follow the last one");
    return TB_OK;
}

const char *tb_safetensors_sort(tb_safetensors *file)
{
    const tb_stored **names = file->by_name;
    if (file->count)
        qsort(names, file->count, sizeof *names, compare_names);
    for (size_t i = 1; i < file->count; i++)
        if (compare_names(&names[i - 1], &names[i]) == 0)
            return names[i]->name;
    return NULL;
}

static tb_status sort_names(header_reader *r)
{
    const char *twice = tb_safetensors_sort(r->file);
    return twice ? fail(r, "tensor '%.100s' is there twice", twice) : TB_OK;
}

static tb_status hash_data(const header_reader *r, tb_hash *hash)
{
    unsigned char block[BLOCK];
    tb_status status = TB_OK;
    size_t start = r->source->bytes - r->data_bytes;
    for (size_t at = 0; at < r->data_bytes && status == TB_OK; at += BLOCK) {
        size_t n = r->data_bytes - at < BLOCK ? r->data_bytes - at : BLOCK;
        status = take(r, start + at, n, block);
        if (status == TB_OK)
            tb_hash_add(hash, block, n);
    }
    return status;
}

static tb_status check_sum(header_reader *r)
{
    const char *sum = tb_safetensors_text(r->file, "checksum");
    size_t n = sizeof checksum_prefix - 1;
    char digits[17];
    tb_hash hash;
    if (!sum || strncmp(sum, checksum_prefix, n) != 0)
        return TB_OK;
    tb_hash_init(&hash, 0);
    tb_status status = hash_data(r, &hash);
    if (status != TB_OK)
        return status;
    snprintf(digits, sizeof digits, "%016llx",
             (unsigned long long)tb_hash_get(&hash));
    if (strcmp(sum + n, digits) != 0)
        return fail(r, "its data does not match its checksum; copy it again "
                       "or use another one");
    return TB_OK;
}

/* ---- alignment ---- */

/* What a copy of the tensor takes; 0: it lies well where it is. */
static size_t copy_bytes(const tb_stored *t)
{
    if ((uintptr_t)t->data % TB_ALIGNMENT == 0 || !t->bytes)
        return 0;
    return (t->bytes + TB_ALIGNMENT - 1) / TB_ALIGNMENT * TB_ALIGNMENT;
}

static tb_status align(header_reader *r)
{
    tb_safetensors *file = r->file;
    size_t bytes = 0;
    tb_status status = TB_OK;
    for (size_t i = 0; i < file->count; i++)
        bytes += copy_bytes(&file->tensors[i]);
    if (!bytes)
        return TB_OK;
    char *to = file->copies = tb_alloc(bytes);
    if (!to)
        return tb_fail_memory(r->error);
    for (size_t i = 0; i < file->count && status == TB_OK; i++) {
        tb_stored *t = &file->tensors[i];
        size_t n = copy_bytes(t);
        if (!n)
            continue;
        size_t at =
            (size_t)((const char *)t->data - (const char *)r->source->data);
        status = take(r, at, t->bytes, to);
        t->data = to;
        to += n;
    }
    return status;
}

static tb_status parse(header_reader *r)
{
    tb_json *header = NULL;
    tb_status status = split(r);
    if (status != TB_OK)
        return status;
    tb_error why;
    status = tb_json_parse(r->header, r->header_bytes, "header", &header, &why);
    if (status == TB_ERR_MEMORY)
        return tb_fail_memory(r->error);
    if (status != TB_OK)
        return fail(r, "its header cannot be understood (%.200s)", why.text);
    status = parse_entries(r, header);
    tb_json_free(header);
    if (status == TB_OK)
        status = check_cover(r);
    if (status == TB_OK)
        status = sort_names(r);
    if (status == TB_OK)
        status = check_sum(r);
    return status == TB_OK ? align(r) : status;
}

tb_status tb_safetensors_parse(tb_safetensors *file,
                               const tb_stored_source *source, tb_error *error)
{
    header_reader r = {.file = file, .source = source, .error = error};
    file->arena = tb_arena_new();
    file->what =
        file->arena ? tb_arena_strdup(file->arena, source->what) : NULL;
    tb_status status = file->what ? parse(&r) : tb_fail_memory(error);
    tb_free(r.header);
    return status;
}

/* ---- access ---- */

size_t tb_safetensors_count(const tb_safetensors *file)
{
    return file->count;
}

const tb_stored *tb_safetensors_at(const tb_safetensors *file, size_t index)
{
    return &file->tensors[index];
}

const tb_stored *tb_safetensors_find(const tb_safetensors *file,
                                     const char *name)
{
    tb_stored key = {.name = name};
    const tb_stored *wanted = &key;
    if (!file->count)
        return NULL;
    const tb_stored **found = bsearch(&wanted, file->by_name, file->count,
                                      sizeof *file->by_name, compare_names);
    return found ? *found : NULL;
}

static void shape_text(int rank, const int64_t *shape, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "[");
    for (int i = 0; i < rank && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%lld", i ? ", " : "",
                              (long long)shape[i]);
    if (n < size)
        snprintf(out + n, size - n, "]");
}

tb_status tb_safetensors_get(const tb_safetensors *file, const char *name,
                             int rank, const int64_t *shape,
                             const tb_stored **out, tb_error *error)
{
    char has[200], needs[200];
    const tb_stored *t = tb_safetensors_find(file, name);
    if (!t)
        return tb_fail(error, TB_ERR_FORMAT, "'%s' has no tensor '%s'.",
                       file->what, name);
    bool same = !shape || t->rank == rank;
    for (int i = 0; shape && same && i < rank; i++)
        same = t->shape[i] == shape[i];
    if (!same) {
        shape_text(t->rank, t->shape, has, sizeof has);
        shape_text(rank, shape, needs, sizeof needs);
        return tb_fail(error, TB_ERR_FORMAT,
                       "Tensor '%s' of '%s' has the shape %s where %s is "
                       "needed.",
                       name, file->what, has, needs);
    }
    *out = t;
    return TB_OK;
}

const char *tb_safetensors_text(const tb_safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->text_count; i++)
        if (strcmp(file->text[i].key, key) == 0)
            return file->text[i].value;
    return NULL;
}

size_t tb_safetensors_text_count(const tb_safetensors *file)
{
    return file->text_count;
}

tb_stored_text tb_safetensors_text_at(const tb_safetensors *file, size_t index)
{
    return file->text[index];
}
