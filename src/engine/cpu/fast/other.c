/* Processors without a table of their own. */
#include "engine/cpu/fast/choose.h"

const tb_fast *tb_fast_special(int i)
{
    (void)i;
    return NULL;
}
