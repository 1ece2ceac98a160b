#include "engine/cpu/fast/choose.h"

#include <stdlib.h>
#include <string.h>

const tb_fast *tb_fast_named(const char *name)
{
    const tb_fast *tables[] = {tb_fast_x86(), &tb_fast_portable};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (tables[i] && strcmp(tables[i]->name, name) == 0)
            return tables[i];
    return NULL;
}

const tb_fast *tb_fast_choose(void)
{
    const char *name = getenv("TIMBREL_BACKEND");
    if (name && strcmp(name, "naive") == 0)
        return NULL;
    const tb_fast *named = name ? tb_fast_named(name) : NULL;
    if (named)
        return named;
    const tb_fast *best = tb_fast_x86();
    return best ? best : &tb_fast_portable;
}
