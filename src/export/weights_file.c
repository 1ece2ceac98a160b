#include "export/weights_file.h"

#include "export/about.h"
#include "models/base_checkpoint.h"

#include <string.h>

/* Bit for bit, NaN too. */
static bool same(const tb_params *a, int i, const tb_params *b)
{
    const tb_parameter *p = tb_params_at(a, i);
    int k = tb_params_find(b, p->name);
    return k >= 0 && memcmp(tb_params_value(a, i), tb_params_value(b, k),
                            (size_t)p->n * sizeof(float)) == 0;
}

static tb_status compare(const tb_checkpoint *c, const char *path,
                         tb_error *error)
{
    tb_checkpoint again;
    tb_status status = tb_checkpoint_open(path, &again, error);
    for (int i = 0; !status && i < tb_params_count(c->params); i++) {
        const char *name = tb_params_at(c->params, i)->name;
        if (!tb_is_of_base(name) && !same(c->params, i, again.params))
            status = tb_fail(error, TB_ERR_NUMERIC,
                             "'%s' was written, but its %s is not that of the "
                             "model: is the disk damaged?",
                             path, name);
    }
    tb_checkpoint_clear(&again);
    return status;
}

tb_status tb_export_weights(const tb_checkpoint *c, const char *path,
                            const char *licence, tb_error *error)
{
    tb_json_writer about = {.text = NULL};
    tb_json_begin_object(&about, NULL);
    tb_export_about(&about, c, licence);
    tb_json_end_object(&about);
    const tb_stored_text entries[] = {{"about", tb_json_finish(&about)},
                                      {"licence", licence}};
    tb_status status =
        entries[0].value
            ? tb_checkpoint_save(path, c, entries, licence ? 2 : 1, NULL, error)
            : tb_fail_memory(error);
    if (!status)
        status = compare(c, path, error);
    tb_json_clear(&about);
    return status;
}
