/* Fails allocation i, for every i, for programs linked with --wrap of each of
   these functions (see meson.build). Counted over threads. */
#ifndef TB_TEST_FAILING_H
#define TB_TEST_FAILING_H

#include "tap.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* Allocations until all fail; blocks that nobody gave back. */
static atomic_int remaining = 1 << 30, unfreed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    unfreed++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    unfreed++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    unfreed += memory == NULL;
    return __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    unfreed -= memory != NULL;
    __real_free(memory);
}

/* Lets the first allocation fail, then the second, until there are enough:
   `attempt` succeeds after at least `fewest` failures and fewer than `most`,
   and nothing leaks. */
static inline void fail_each(bool (*attempt)(void), const char *name,
                             int fewest, int most)
{
    int before = unfreed, failures = 0;
    bool good = false, leaks = false;
    for (; failures < most && !good; failures += !good) {
        remaining = failures;
        good = attempt();
        remaining = 1 << 30;
        leaks = leaks || unfreed != before;
    }
    if (!OK_NAMED(good && failures >= fewest && !leaks, name))
        fprintf(stderr, "# success %d, failures %d, blocks that stay %d\n",
                good, failures, unfreed - before);
}

#endif
