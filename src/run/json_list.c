#include "run/json_list.h"

#include "base/memory.h"
#include "base/paths.h"

static tb_status add_all(const char *path, const tb_json *json,
                         const char *what, tb_json_list_add add, void *list,
                         tb_error *error)
{
    tb_status status = TB_OK;
    if (!tb_json_is_array(json))
        return tb_fail(error, TB_ERR_FORMAT, "'%s' is no list of %s.", path,
                       what);
    const tb_json *item = tb_json_first(json);
    for (; item && !status; item = tb_json_next(item))
        status = add(list, item, error);
    return status;
}

tb_status tb_json_list_read(const char *path, size_t most, const char *what,
                            tb_json_list_add add, void *list, tb_error *error)
{
    void *text;
    size_t bytes;
    tb_json *json = NULL;
    if (!tb_exists(path))
        return TB_OK;
    tb_status status = tb_read_file(path, most, &text, &bytes, error);
    if (status)
        return status;
    status = tb_json_parse(text, bytes, path, &json, error);
    tb_free(text);
    if (!status)
        status = add_all(path, json, what, add, list, error);
    tb_json_free(json);
    return status;
}

tb_status tb_json_list_write(const char *path, tb_json_writer *writer,
                             tb_error *error)
{
    const char *text = tb_json_finish(writer);
    tb_status status =
        path && text ? tb_write_text(path, text, error) : tb_fail_memory(error);
    tb_json_clear(writer);
    return status;
}
