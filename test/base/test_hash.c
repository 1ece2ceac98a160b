#include "base/hash.h"

#include <stdbool.h>

#include "tap.h"

static uint64_t of(const char *text)
{
    return tb_hash_bytes(text, strlen(text));
}

/* Values that other implementations of XXH64 give. */
static void known_answers(void)
{
    OK(of("") == 0xEF46DB3751D8E999);
    OK(of("a") == 0xD24EC4F1A98C6E5B);
    OK(of("abc") == 0x44BC2CF5AD770999);
    OK(of("Nobody inspects the spammish repetition") == 0xFBCEA83C8A378BF1);
}

static void pieces(void)
{
    unsigned char data[300];
    bool same = true;
    for (int i = 0; i < 300; i++)
        data[i] = (unsigned char)(i * 7);
    for (size_t step = 1; step < 100; step++) {
        tb_hash h;
        tb_hash_init(&h, 0);
        for (size_t i = 0; i < 300; i += step)
            tb_hash_add(&h, data + i, step < 300 - i ? step : 300 - i);
        same = same && tb_hash_get(&h) == tb_hash_bytes(data, 300);
    }
    OK(same);
    uint64_t before = tb_hash_bytes(data, 300);
    bool changes = true;
    for (int i = 0; i < 300; i++) {
        data[i] ^= 1;
        changes = changes && tb_hash_bytes(data, 300) != before;
        data[i] ^= 1;
    }
    OK(changes);
}

static void seeds(void)
{
    tb_hash a, b;
    tb_hash_init(&a, 1);
    tb_hash_init(&b, 2);
    OK(tb_hash_get(&a) != tb_hash_get(&b));
    OK(tb_hash_bytes(NULL, 0) == of(""));
}

int main(void)
{
    known_answers();
    pieces();
    seeds();
    return tap_done();
}
