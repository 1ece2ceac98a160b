/* Input as choices: numbers taken one after the other, zeros past its end. */
#ifndef TB_TEST_FUZZ_CURSOR_H
#define TB_TEST_FUZZ_CURSOR_H

#include <stddef.h>
#include <stdint.h>

typedef struct fuzz_cursor {
    const uint8_t *at;
    size_t left;
} fuzz_cursor;

static inline uint8_t fuzz_next(fuzz_cursor *c)
{
    if (!c->left)
        return 0;
    c->left--;
    return *c->at++;
}

/* A number below `count`, which is at most 256. */
static inline int fuzz_choose(fuzz_cursor *c, int count)
{
    return fuzz_next(c) % count;
}

#endif
