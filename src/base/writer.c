#include "base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/paths.h"
#include "base/task.h"

/* What is to be written. */
typedef struct tb_written_file {
    const char *path;
    const tb_stored *tensors;
    size_t count;
    const tb_stored_text *metadata;
    size_t entries;
} tb_written_file;

/* Memory that is filled from its start; while `memory` is null it is only
   measured. */
typedef struct tb_block {
    char *memory;
    size_t used;
} tb_block;

struct tb_writer {
    char *first;
    char *memory; /* [capacity], holds all that `file` points to */
    size_t capacity, reserved;
    tb_written_file file;
    tb_task *task; /* null: nothing is being written, no room made */
};

tb_writer *tb_writer_new(const char *first, tb_error *error)
{
    tb_writer *w = tb_alloc(sizeof *w);
    if (w && first)
        w->first = tb_path_join(NULL, first);
    if (w && (w->first || !first))
        return w;
    tb_writer_free(w);
    tb_fail_memory(error);
    return NULL;
}

void tb_writer_free(tb_writer *w)
{
    if (!w)
        return;
    tb_writer_wait(w, NULL);
    tb_free(w->first);
    tb_free(w->memory);
    tb_free(w);
}

/* ---- the copy ---- */

static void *put(tb_block *b, const void *data, size_t bytes)
{
    char *to = b->memory ? b->memory + b->used : NULL;
    if (to && bytes)
        memcpy(to, data, bytes);
    b->used += (bytes + TB_ALIGNMENT - 1) / TB_ALIGNMENT * TB_ALIGNMENT;
    return to;
}

static const char *put_text(tb_block *b, const char *text)
{
    return put(b, text, strlen(text) + 1);
}

static void put_tensor(tb_block *b, const tb_stored *t, tb_stored *copy)
{
    size_t bytes = 0;
    tb_stored_measure(t, &bytes, NULL);
    const char *name = put_text(b, t->name);
    const void *data = put(b, t->data, bytes);
    if (copy) {
        copy->name = name;
        copy->data = data;
    }
}

static void put_entry(tb_block *b, const tb_stored_text *entry,
                      tb_stored_text *copy)
{
    const char *key = put_text(b, entry->key);
    const char *value = put_text(b, entry->value);
    if (copy)
        *copy = (tb_stored_text){key, value};
}

static tb_written_file put_file(tb_block *b, const tb_written_file *f)
{
    tb_written_file copy = *f;
    tb_stored *tensors = put(b, f->tensors, f->count * sizeof *tensors);
    tb_stored_text *metadata =
        put(b, f->metadata, f->entries * sizeof *metadata);
    copy.tensors = tensors;
    copy.metadata = metadata;
    copy.path = put_text(b, f->path);
    for (size_t i = 0; i < f->count; i++)
        put_tensor(b, &f->tensors[i], tensors ? &tensors[i] : NULL);
    for (size_t i = 0; i < f->entries; i++)
        put_entry(b, &f->metadata[i], metadata ? &metadata[i] : NULL);
    return copy;
}

static void make_room(tb_writer *w, size_t bytes)
{
    if (bytes <= w->capacity)
        return;
    tb_free(w->memory);
    w->memory = tb_alloc(bytes);
    w->capacity = w->memory ? bytes : 0;
}

/* False when there is no memory. */
static bool copy_file(tb_writer *w, const tb_written_file *f)
{
    tb_block size = {0};
    put_file(&size, f);
    make_room(w, size.used);
    tb_block block = {w->memory, 0};
    if (w->memory)
        w->file = put_file(&block, f);
    return w->memory != NULL;
}

/* Zeroing the memory is what takes its time: the system has each page looked
   for when it is first written. */
static tb_status make_reserve(tb_task *task, void *context, tb_error *error)
{
    tb_writer *w = context;
    (void)task;
    (void)error;
    make_room(w, w->reserved);
    return TB_OK;
}

void tb_writer_reserve(tb_writer *w, size_t bytes)
{
    if (w->task)
        return;
    w->reserved = bytes;
    w->task = tb_task_start(make_reserve, w, NULL);
}

/* ---- writing ---- */

static tb_status bring_to_disk(const char *path, tb_error *error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return tb_fail_file(error, "write", path, errno);
    int code = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    return code ? tb_fail_file(error, "write", path, code) : TB_OK;
}

static tb_status write_file(const tb_writer *w, const tb_written_file *f,
                            tb_error *error)
{
    tb_status status = w && w->first ? bring_to_disk(w->first, error) : TB_OK;
    if (status == TB_OK)
        status = tb_safetensors_write(f->path, f->tensors, f->count,
                                      f->metadata, f->entries, error);
    return status;
}

static tb_status write_copy(tb_task *task, void *context, tb_error *error)
{
    const tb_writer *w = context;
    (void)task;
    return write_file(w, &w->file, error);
}

tb_status tb_writer_save(tb_writer *w, const char *path,
                         const tb_stored *tensors, size_t count,
                         const tb_stored_text *metadata, size_t entries,
                         tb_error *error)
{
    const tb_written_file file = {path, tensors, count, metadata, entries};
    size_t bytes;
    tb_status status = w ? tb_writer_wait(w, error) : TB_OK;
    for (size_t i = 0; i < count && status == TB_OK; i++)
        status = tb_stored_measure(&tensors[i], &bytes, error);
    if (status != TB_OK)
        return status;
    if (w && copy_file(w, &file))
        w->task = tb_task_start(write_copy, w, NULL);
    return w && w->task ? TB_OK : write_file(w, &file, error);
}

tb_status tb_writer_wait(tb_writer *w, tb_error *error)
{
    if (!w->task)
        return TB_OK;
    tb_status status = tb_task_finish(w->task, error);
    w->task = NULL;
    return status;
}

bool tb_writer_is_busy(const tb_writer *w)
{
    return w->task && !tb_task_is_over(w->task);
}

tb_status tb_writer_check(tb_writer *w, tb_error *error)
{
    return tb_writer_is_busy(w) ? TB_OK : tb_writer_wait(w, error);
}
