#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>

#include "tap.h"

static bool is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static void sizes(void *(*alloc)(size_t bytes))
{
    static const size_t list[] = {0,    1,       63,      64,           65,
                                  4096, 1 << 20, 2 << 20, (5 << 20) + 7};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        unsigned char *p = alloc(list[i]);
        OK(p);
        EQ((uintptr_t)p % TB_ALIGNMENT, 0);
        OK(is_zero(p, list[i]));
        memset(p, 255, list[i]);
        tb_free(p);
    }
}

static void reused_memory_is_zero(void)
{
    bool good = true;
    for (int i = 0; i < 100; i++) {
        unsigned char *p = tb_alloc(1000);
        good = good && is_zero(p, 1000);
        memset(p, 255, 1000);
        tb_free(p);
    }
    OK(good);
}

static void overflow(void)
{
    volatile size_t huge = SIZE_MAX;
    OK(!tb_alloc(huge));
    OK(!tb_alloc(huge - 100));
    OK(!tb_alloc(huge / 2));
    OK(!tb_alloc_large(huge));
    OK(!tb_alloc_large(huge / 2));
    OK(!tb_alloc_array(huge / 2, 3));
    OK(!tb_alloc_array(huge / 4 + 2, 4));
    void *p = tb_alloc_array(3, 5);
    OK(p);
    tb_free(p);
    p = tb_alloc_array(huge, 0);
    OK(p);
    tb_free(p);
}

static void arrays_grow(void)
{
    int *list = NULL, room = 0;
    bool kept = true;
    for (int n = 0; n < 1000; n++) {
        int *more = tb_array_grown(list, n, &room, sizeof *more);
        if (!OK(more && room > n))
            break;
        list = more;
        list[n] = 3 * n;
    }
    for (int n = 0; n < 1000; n++)
        kept &= list[n] == 3 * n;
    OK(kept);
    OK(!tb_array_grown(list, room, &room, SIZE_MAX / 4));
    EQ(room, 1024);
    tb_free(list);
}

int main(void)
{
    arrays_grow();
    sizes(tb_alloc);
    sizes(tb_alloc_large);
    reused_memory_is_zero();
    overflow();
    tb_free(NULL);
    return tap_done();
}
