#include "base/safetensors_source.h"

#include "base/memory.h"

static tb_status take_all(tb_safetensors *file, const tb_stored *tensors,
                          size_t count, const tb_stored_text *texts,
                          size_t entries, tb_error *error)
{
    file->tensors = tb_arena_array(file->arena, count + 1, sizeof *tensors);
    file->by_name =
        tb_arena_array(file->arena, count + 1, sizeof *file->by_name);
    file->text = tb_arena_array(file->arena, entries + 1, sizeof *texts);
    if (!file->tensors || !file->by_name || !file->text)
        return tb_fail_memory(error);
    for (size_t i = 0; i < count; i++) {
        tb_stored *t = &file->tensors[i];
        *t = tensors[i];
        file->by_name[i] = t;
        tb_status status = tb_stored_measure(t, &t->bytes, error);
        if (status)
            return status;
    }
    for (size_t i = 0; i < entries; i++)
        file->text[i] = texts[i];
    file->count = count;
    file->text_count = entries;
    const char *twice = tb_safetensors_sort(file);
    return twice ? tb_fail(error, TB_ERR_FORMAT, "'%s' has tensor '%s' twice.",
                           file->what, twice)
                 : TB_OK;
}

tb_status tb_safetensors_make(tb_arena *arena, const char *what,
                              const tb_stored *tensors, size_t count,
                              const tb_stored_text *texts, size_t entries,
                              tb_safetensors **out, tb_error *error)
{
    *out = NULL;
    tb_safetensors *file = tb_alloc(sizeof *file);
    if (!file) {
        tb_arena_free(arena);
        return tb_fail_memory(error);
    }
    file->arena = arena;
    file->what = what;
    tb_status status = take_all(file, tensors, count, texts, entries, error);
    if (status)
        tb_safetensors_close(file);
    else
        *out = file;
    return status;
}
