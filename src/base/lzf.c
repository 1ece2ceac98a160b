#include "base/lzf.h"

#include <string.h>

/* What was written `back` bytes ago, again: the two may overlap. */
static void repeat(unsigned char *to, size_t back, size_t n)
{
    const unsigned char *from = to - back;
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

/* A byte below 32 says how many bytes follow as they are, less one. Else its
   upper three bits (7: and the next byte) are a length, less two, and the lower
   five and the next byte how far back it is found, less one. */
ptrdiff_t tb_lzf_expand(const void *from, size_t bytes, void *to, size_t room)
{
    const unsigned char *at = from, *end = at + bytes;
    unsigned char *out = to;
    size_t made = 0;
    while (at < end) {
        size_t n = *at >> 5, back = *at & 31, literal = *at + 1u;
        if (*at++ < 32) {
            if (literal > (size_t)(end - at) || literal > room - made)
                return -1;
            memcpy(out + made, at, literal);
            at += literal;
            made += literal;
            continue;
        }
        if (n == 7 && at < end)
            n += *at++;
        if (at == end)
            return -1;
        back = (back << 8 | *at++) + 1;
        n += 2;
        if (back > made || n > room - made)
            return -1;
        repeat(out + made, back, n);
        made += n;
    }
    return (ptrdiff_t)made;
}
