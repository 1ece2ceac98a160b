/* LZF: never more than there is room for, nor more than the format can say. */
#include "base/lzf.h"
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t room = size ? (size_t)bytes[0] * 16 : 0;
    unsigned char *to = malloc(room + 1), *from = malloc(size + 1);
    if (!to || !from) {
        free(to);
        free(from);
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        from[i] = bytes[i];
    ptrdiff_t n = tb_lzf_expand(from, size, to, room);
    free(to);
    free(from);
    return n > (ptrdiff_t)room || n > (ptrdiff_t)(TB_LZF_MOST * size);
}
