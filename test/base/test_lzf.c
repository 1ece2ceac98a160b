#include "base/lzf.h"

#include "tap.h"

static unsigned char to[300];

static void expands(const char *from, size_t bytes, const char *wanted)
{
    size_t n = strlen(wanted);
    memset(to, '!', sizeof to);
    EQ(tb_lzf_expand(from, bytes, to, n), (long long)n);
    OK_NAMED(memcmp(to, wanted, n) == 0 && to[n] == '!', wanted);
    if (n)
        EQ(tb_lzf_expand(from, bytes, to, n - 1), -1);
    for (size_t cut = 1; cut < bytes; cut++)
        OK(tb_lzf_expand(from, bytes - cut, to, n) < (ptrdiff_t)n);
}

/* Bytes as they are; repetitions near, overlapping, and long. */
int main(void)
{
    static const char damaged[][4] = {"\x20", "\x20\x00", "\xe0\x00",
                                      "\x00x\x20\x01"};
    expands("", 0, "");
    expands("\x04hello", 6, "hello");
    expands("\x02"
            "abc\x20\x02\x00-",
            8, "abcabc-");
    expands("\x00x\x40\x00", 4, "xxxxx");
    expands("\x01xy\xe0\x01\x01", 6, "xyxyxyxyxyxy");
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
        EQ(tb_lzf_expand(damaged[i], i < 1 ? 1 : i < 3 ? 2 : 4, to, 300), -1);
    return tap_done();
}
