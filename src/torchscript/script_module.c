#include "torchscript/script_module.h"

#include "base/memory.h"
#include "engine/prepared.h"
#include "torchscript/parser.h"
#include "torchscript/pickled_torch.h"
#include "torchscript/script_load.h"
#include "torchscript/script_tensor.h"

#include <stdlib.h>
#include <string.h>

/* ---- sources ---- */

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* code/__torch__/a/b.py holds what is named __torch__.a.b.*. */
static char *qualifier_of(tb_arena *arena, const char *file)
{
    size_t n = strlen(file);
    char *text = tb_arena_strdup(arena, file + strlen("code/"));
    if (!text)
        return NULL;
    text[n - strlen("code/") - strlen(".py")] = 0;
    for (char *p = text; *p; p++)
        if (*p == '/')
            *p = '.';
    return text;
}

static tb_status parse_sources(tb_script_module *m, tb_error *error)
{
    for (size_t i = 0; i < tb_archive_count(m->archive); i++) {
        tb_archive_entry *entry = tb_archive_at(m->archive, i);
        size_t n = strlen(entry->name);
        const void *data = NULL;
        if (!has_prefix(entry->name, "code/") || n < 9 ||
            strcmp(entry->name + n - 3, ".py") != 0)
            continue;
        const char *qualifier = qualifier_of(m->arena, entry->name);
        if (!qualifier)
            return tb_fail_memory(error);
        tb_status status = tb_archive_data(m->archive, entry, &data, error);
        if (!status)
            status = tb_syntax_parse(m->syntax, data, entry->bytes, entry->name,
                                     qualifier, error);
        if (status)
            return status;
    }
    return TB_OK;
}

/* ---- values ---- */

static tb_status load_values(tb_script_module *m, tb_error *error)
{
    tb_script_value constants;
    tb_status status = tb_script_load(m, "data.pkl", "data", &m->root, error);
    if (!status && m->root.kind != TB_SCRIPT_OBJECT)
        status = tb_fail(error, TB_ERR_FORMAT,
                         "'%s' is no TorchScript model: it holds no module.",
                         tb_archive_name(m->archive));
    if (status || !tb_archive_find(m->archive, "constants.pkl"))
        return status;
    status = tb_script_load(m, "constants.pkl", "constants", &constants, error);
    if (!status && constants.kind == TB_SCRIPT_TUPLE)
        m->constants = constants.list->items;
    return status;
}

/* ---- opening ---- */

static tb_status read_version(tb_script_module *m, tb_error *error)
{
    const void *data = NULL;
    char text[16] = "";
    tb_archive_entry *entry = tb_archive_find(m->archive, "version");
    if (!entry)
        entry = tb_archive_find(m->archive, ".data/version");
    if (!entry || entry->bytes >= sizeof text)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is no TorchScript model: it says no version.",
                       tb_archive_name(m->archive));
    tb_status status = tb_archive_data(m->archive, entry, &data, error);
    if (status)
        return status;
    memcpy(text, data, entry->bytes);
    m->version = atoi(text);
    if (m->version >= 1 && m->version <= 10)
        return TB_OK;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "'%s' is a TorchScript model of version %d; versions 1 to "
                   "10 are known.",
                   tb_archive_name(m->archive), m->version);
}

static tb_script_module *finish(tb_script_module *m, tb_status status,
                                tb_error *error)
{
    if (!status)
        status = tb_archive_check_order(m->archive, error);
    if (!status)
        status = read_version(m, error);
    if (!status)
        status = parse_sources(m, error);
    if (!status)
        status = load_values(m, error);
    if (!status)
        return m;
    tb_script_module_close(m);
    return NULL;
}

static tb_script_module *new_module(tb_error *error)
{
    tb_script_module *m = tb_alloc(sizeof *m);
    if (m) {
        *m = (tb_script_module){.arena = tb_arena_new(),
                                .syntax = tb_syntax_new(),
                                .prepared = tb_prepared_store_new()};
        if (m->arena && m->syntax && m->prepared)
            return m;
        tb_script_module_close(m);
    }
    tb_fail_memory(error);
    return NULL;
}

tb_script_module *tb_script_module_open(const char *path, tb_error *error)
{
    tb_script_module *m = new_module(error);
    return m ? finish(m, tb_archive_open(path, &m->archive, error), error)
             : NULL;
}

tb_script_module *tb_script_module_read(tb_archive *archive, tb_error *error)
{
    tb_script_module *m = new_module(error);
    if (!m) {
        tb_archive_close(archive);
        return NULL;
    }
    m->archive = archive;
    return finish(m, TB_OK, error);
}

void tb_script_module_close(tb_script_module *m)
{
    if (!m)
        return;
    tb_archive_close(m->archive);
    tb_syntax_free(m->syntax);
    tb_prepared_store_free(m->prepared);
    tb_arena_free(m->left_before);
    tb_arena_free(m->left);
    tb_arena_free(m->arena);
    tb_free(m);
}

/* ---- what it holds ---- */

/* Objects are shared: each is counted once, by a mark that storages keep. */
static int64_t count_parameters(const tb_script_value *x, int depth)
{
    int64_t n = 0;
    if (depth > 64 || x->kind != TB_SCRIPT_OBJECT ||
        tb_script_class_is_enum(x->object->class))
        return 0;
    const tb_script_class_source *s = x->object->class->source;
    for (int i = 0; i < s->slot_count; i++) {
        const tb_script_value *slot = &x->object->items.at[i];
        n += count_parameters(slot, depth + 1);
        for (int k = 0; k < s->parameters.count; k++)
            if (slot->kind == TB_SCRIPT_TENSOR &&
                strcmp(s->parameters.at[k], s->slots[i].name) == 0 &&
                !slot->tensor->storage->counted) {
                slot->tensor->storage->counted = true;
                n += tb_script_tensor_count(slot->tensor);
            }
    }
    return n;
}

int64_t tb_script_module_parameters(const tb_script_module *m)
{
    return count_parameters(&m->root, 0);
}
