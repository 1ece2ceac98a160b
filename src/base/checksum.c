#include "base/checksum.h"

#include "base/checksum_fold.h"

#include <zlib.h>

/* What is too short to be folded, and where the processor cannot. */
uint32_t tb_crc32(uint32_t before, const void *data, size_t n)
{
    const unsigned char *at = data;
    size_t folded = 0;
    if (n >= TB_LEAST_FOLDED && tb_crc32_can_fold()) {
        folded = n / 16 * 16;
        before = tb_crc32_fold(before, at, folded);
    }
    return (uint32_t)crc32_z(before, at + folded, n - folded);
}
