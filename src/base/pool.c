#include "base/pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"

/* How long a thread looks for work before it sleeps: a little more than the
   gap between two layers, much less than a block of audio. */
static const double spin_seconds = 40e-6;

/* `state` holds the number of the job (high half) and how many of its parts
   nobody has taken yet (low half). A thread takes a part by lowering the low
   half of the number it saw, so one that comes late can never touch a later
   job; the job's own fields stay put until every part taken is done. */
struct tb_pool {
    _Alignas(TB_ALIGNMENT) atomic_uint_fast64_t state;
    _Alignas(TB_ALIGNMENT) atomic_int done;
    _Alignas(TB_ALIGNMENT) atomic_int sleepers;
    atomic_bool caller_sleeps, stop;
    void (*job)(void *context, int part);
    void *context;
    int parts, threads;
    bool spin;
    pthread_mutex_t mutex;
    pthread_cond_t work, finished;
    pthread_t workers[];
};

static void relax(void)
{
    for (int i = 0; i < 32; i++) {
#if defined __x86_64__ || defined __i386__
        __builtin_ia32_pause();
#elif defined __aarch64__
        __asm__ volatile("yield");
#endif
    }
}

static bool has_work(tb_pool *pool)
{
    return (uint32_t)atomic_load(&pool->state) != 0 || atomic_load(&pool->stop);
}

static bool is_finished(tb_pool *pool)
{
    return atomic_load(&pool->done) == pool->parts;
}

static bool spin_until(tb_pool *pool, bool (*ready)(tb_pool *))
{
    if (ready(pool))
        return true;
    if (!pool->spin)
        return false;
    for (double end = tb_seconds() + spin_seconds; tb_seconds() < end;) {
        relax();
        if (ready(pool))
            return true;
    }
    return false;
}

/* Does parts until none are left to take. */
static void work(tb_pool *pool)
{
    uint_fast64_t state = atomic_load(&pool->state);
    while ((uint32_t)state) {
        if (!atomic_compare_exchange_weak(&pool->state, &state, state - 1))
            continue;
        int parts = pool->parts;
        pool->job(pool->context, parts - (int)(uint32_t)state);
        bool last = atomic_fetch_add(&pool->done, 1) + 1 == parts;
        if (last && atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->finished);
            pthread_mutex_unlock(&pool->mutex);
        }
        state = atomic_load(&pool->state);
    }
}

static void *worker(void *context)
{
    tb_pool *pool = context;
    while (!atomic_load(&pool->stop)) {
        if (!spin_until(pool, has_work)) {
            pthread_mutex_lock(&pool->mutex);
            atomic_fetch_add(&pool->sleepers, 1);
            while (!has_work(pool))
                pthread_cond_wait(&pool->work, &pool->mutex);
            atomic_fetch_sub(&pool->sleepers, 1);
            pthread_mutex_unlock(&pool->mutex);
        }
        work(pool);
    }
    return NULL;
}

static void wake(tb_pool *pool, int count)
{
    int sleepers = atomic_load(&pool->sleepers);
    if (!sleepers)
        return;
    pthread_mutex_lock(&pool->mutex);
    for (int i = 0; i < count && i < sleepers; i++)
        pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
}

static void start(tb_pool *pool, int threads)
{
    while (pool->threads < threads &&
           tb_thread_start(&pool->workers[pool->threads - 1], worker, pool))
        pool->threads++;
}

tb_pool *tb_pool_new(int threads)
{
    size_t workers = threads > 1 ? (size_t)threads - 1 : 0;
    tb_pool *pool = tb_alloc(sizeof *pool + workers * sizeof *pool->workers);
    if (!pool)
        return NULL;
    pool->threads = 1;
    pool->spin = threads <= tb_cpu_count();
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->finished, NULL);
    start(pool, threads);
    return pool;
}

void tb_pool_free(tb_pool *pool)
{
    if (!pool)
        return;
    atomic_store(&pool->stop, true);
    wake(pool, pool->threads);
    for (int i = 0; i < pool->threads - 1; i++)
        pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    tb_free(pool);
}

static void wait_for_others(tb_pool *pool)
{
    if (spin_until(pool, is_finished))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (!is_finished(pool))
        pthread_cond_wait(&pool->finished, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

void tb_pool_run(tb_pool *pool, int parts, void (*job)(void *context, int part),
                 void *context)
{
    if (!pool || pool->threads == 1 || parts < 2) {
        for (int i = 0; i < parts; i++)
            job(context, i);
        return;
    }
    pool->job = job;
    pool->context = context;
    pool->parts = parts;
    atomic_store(&pool->done, 0);
    uint64_t number = (atomic_load(&pool->state) >> 32) + 1;
    atomic_store(&pool->state, number << 32 | (uint32_t)parts);
    wake(pool, parts - 1);
    work(pool);
    wait_for_others(pool);
}

int tb_pool_threads(const tb_pool *pool)
{
    return pool ? pool->threads : 1;
}
