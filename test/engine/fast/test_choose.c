/* The choice of a table by name, by the environment and by the processor. */
#include "fast_test.h"

/* Every function is there. */
static bool whole(const tb_fast *f)
{
    void *const *member = (void *const *)f;
    for (size_t i = 0; i < sizeof *f / sizeof *member; i++)
        if (!member[i])
            return false;
    return true;
}

int main(void)
{
    unsetenv("TIMBREL_BACKEND");
    const tb_fast *best = tb_fast_named("avx512");
    if (!best)
        best = tb_fast_named("avx2");
    if (!best)
        best = &tb_fast_portable;
    OK(tb_fast_named("portable") == &tb_fast_portable);
    OK(tb_fast_named("naive") == NULL);
    OK(tb_fast_named("") == NULL);
    OK(tb_fast_choose() == best);
    setenv("TIMBREL_BACKEND", "portable", 1);
    OK(tb_fast_choose() == &tb_fast_portable);
    setenv("TIMBREL_BACKEND", "naive", 1);
    OK(tb_fast_choose() == NULL);
    if (tb_fast_named("avx2")) {
        setenv("TIMBREL_BACKEND", "avx2", 1);
        OK(tb_fast_choose() == tb_fast_named("avx2"));
    }
    setenv("TIMBREL_BACKEND", "abacus", 1);
    OK(tb_fast_choose() == best);
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++) {
        OK_NAMED(whole(f), f->name);
        OK_NAMED(tb_fast_named(f->name) == f, f->name);
    }
    return tap_done();
}
