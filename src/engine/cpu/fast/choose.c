#include "engine/cpu/fast/choose.h"

#include "engine/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const tb_fast *tb_fast_at(int i)
{
    int special = 0;
    while (tb_fast_special(special))
        special++;
    if (i < special)
        return tb_fast_special(i);
    return i == special ? &tb_fast_portable : NULL;
}

const tb_fast *tb_fast_named(const char *name)
{
    for (int i = 0; tb_fast_at(i); i++)
        if (strcmp(tb_fast_at(i)->name, name) == 0)
            return tb_fast_at(i);
    return NULL;
}

tb_status tb_backend_check(tb_error *error)
{
    const char *name = getenv("TIMBREL_BACKEND");
    if (!name || !*name || strcmp(name, "naive") == 0 ||
        strcmp(name, "far") == 0 || tb_fast_named(name))
        return TB_OK;
    char names[128] = "naive";
    for (int i = 0; tb_fast_at(i); i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, ", %s",
                 tb_fast_at(i)->name);
    }
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "TIMBREL_BACKEND is '%s'; this processor can run %s.", name,
                   names);
}

const tb_fast *tb_fast_choose(void)
{
    const char *name = getenv("TIMBREL_BACKEND");
    if (name && strcmp(name, "naive") == 0)
        return NULL;
    const tb_fast *named = name ? tb_fast_named(name) : NULL;
    return named ? named : tb_fast_at(0);
}
