#include "base/checksum.h"
#include "tap.h"

#include <stdbool.h>

/* Bit by bit, as the polynomial says. */
static uint32_t slowly(uint32_t before, const unsigned char *at, size_t n)
{
    uint32_t crc = ~before;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* Every length about the sizes that are folded at once, from any address. */
static void test_lengths(void)
{
    unsigned char data[400];
    bool same = true;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * i * 31 + i / 7);
    for (size_t n = 0; n < 300; n++)
        for (size_t from = 0; from < 20; from++)
            same = same &&
                   tb_crc32(n == 7 ? 0 : (uint32_t)n * 0x9e3779b9, data + from,
                            n) == slowly(n == 7 ? 0 : (uint32_t)n * 0x9e3779b9,
                                         data + from, n);
    OK(same);
}

int main(void)
{
    EQ(tb_crc32(0, "123456789", 9), 0xcbf43926);
    EQ(tb_crc32(tb_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    test_lengths();
    return tap_done();
}
