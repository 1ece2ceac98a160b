/* Counts each thread's allocations and locks, for programs linked with --wrap
   of each of these functions (see meson.build). */
#ifndef TB_TEST_COUNTED_H
#define TB_TEST_COUNTED_H

#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

static _Thread_local int counted;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
int __real_posix_memalign(void **p, size_t align, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void *__real_mmap(void *at, size_t n, int protection, int flags, int file,
                  off_t offset);
void *__real_mmap64(void *at, size_t n, int protection, int flags, int file,
                    off_t offset);
int __real_munmap(void *at, size_t n);
int __real_pthread_mutex_lock(pthread_mutex_t *m);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);
int __wrap_posix_memalign(void **p, size_t align, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
void *__wrap_mmap(void *at, size_t n, int protection, int flags, int file,
                  off_t offset);
void *__wrap_mmap64(void *at, size_t n, int protection, int flags, int file,
                    off_t offset);
int __wrap_munmap(void *at, size_t n);
int __wrap_pthread_mutex_lock(pthread_mutex_t *m);

void *__wrap_malloc(size_t n)
{
    counted++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    counted++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    counted++;
    return __real_realloc(p, n);
}

void __wrap_free(void *p)
{
    counted++;
    __real_free(p);
}

int __wrap_posix_memalign(void **p, size_t align, size_t n)
{
    counted++;
    return __real_posix_memalign(p, align, n);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
    counted++;
    return __real_aligned_alloc(align, n);
}

/* Where large blocks come from, by the name that wide offsets give it. */
void *__wrap_mmap64(void *at, size_t n, int protection, int flags, int file,
                    off_t offset)
{
    counted++;
    return __real_mmap64(at, n, protection, flags, file, offset);
}

void *__wrap_mmap(void *at, size_t n, int protection, int flags, int file,
                  off_t offset)
{
    counted++;
    return __real_mmap(at, n, protection, flags, file, offset);
}

int __wrap_munmap(void *at, size_t n)
{
    counted++;
    return __real_munmap(at, n);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
    counted++;
    return __real_pthread_mutex_lock(m);
}

#endif
