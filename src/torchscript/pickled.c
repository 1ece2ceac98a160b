/* Questions about what was unpickled. */
#include <string.h>

#include "torchscript/pickle.h"

bool tb_pickled_is(const tb_pickled *value, tb_pickled_kind kind)
{
    return value && value->kind == kind;
}

bool tb_pickled_is_made(const tb_pickled *value)
{
    return tb_pickled_is(value, TB_PICKLED_OBJECT) ||
           tb_pickled_is(value, TB_PICKLED_CALL);
}

static bool is_text(const tb_pickled *value, const char *text)
{
    return value->kind == TB_PICKLED_TEXT && strcmp(value->text, text) == 0 &&
           strlen(text) == value->text_bytes;
}

tb_pickled *tb_pickled_find(const tb_pickled *value, const char *key)
{
    const tb_pickled *dict = tb_pickled_is_made(value) ? value->state : value;
    if (!tb_pickled_is(dict, TB_PICKLED_DICT))
        return NULL;
    for (size_t i = dict->count; i; i -= 2)
        if (is_text(dict->items[i - 2], key))
            return dict->items[i - 1];
    return NULL;
}

bool tb_pickled_is_global(const tb_pickled *value, const char *module,
                          const char *name)
{
    return tb_pickled_is(value, TB_PICKLED_GLOBAL) &&
           strcmp(value->module, module) == 0 && strcmp(value->name, name) == 0;
}

bool tb_pickled_is_call(const tb_pickled *value, const char *module,
                        const char *name)
{
    return tb_pickled_is(value, TB_PICKLED_CALL) &&
           tb_pickled_is_global(value->of, module, name);
}

tb_pickled *tb_pickled_argument(const tb_pickled *value, size_t index)
{
    const tb_pickled *args = tb_pickled_is_made(value) ? value->args : NULL;
    if (!tb_pickled_is(args, TB_PICKLED_TUPLE) || index >= args->count)
        return NULL;
    return args->items[index];
}
