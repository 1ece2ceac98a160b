#include "base/safetensors_source.h"

#include <unistd.h>

#include "base/memory.h"

/* Closes what could not be understood. */
static tb_status finish(tb_safetensors *file, tb_status status,
                        tb_safetensors **out)
{
    if (status != TB_OK)
        tb_safetensors_close(file);
    else
        *out = file;
    return status;
}

tb_status tb_safetensors_read(const void *data, size_t bytes, const char *what,
                              tb_safetensors **out, tb_error *error)
{
    *out = NULL;
    tb_safetensors *file = tb_alloc(sizeof *file);
    if (!file)
        return tb_fail_memory(error);
    const tb_stored_source source = {what, data, bytes, -1};
    return finish(file, tb_safetensors_parse(file, &source, error), out);
}

tb_status tb_safetensors_open(const char *path, tb_safetensors **out,
                              tb_error *error)
{
    *out = NULL;
    int descriptor = -1;
    tb_safetensors *file = tb_alloc(sizeof *file);
    if (!file)
        return tb_fail_memory(error);
    tb_status status = tb_file_map_open(path, &file->map, &descriptor, error);
    if (status == TB_OK) {
        const tb_stored_source source = {path, file->map.data, file->map.bytes,
                                         descriptor};
        status = tb_safetensors_parse(file, &source, error);
    }
    if (descriptor >= 0)
        close(descriptor);
    return finish(file, status, out);
}

void tb_safetensors_drop(const tb_safetensors *file)
{
    tb_file_map_drop(&file->map, 0, file->map.bytes);
}

void tb_safetensors_close(tb_safetensors *file)
{
    if (!file)
        return;
    tb_file_map_close(&file->map);
    tb_arena_free(file->arena);
    tb_free(file->copies);
    tb_free(file);
}
