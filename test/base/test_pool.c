#include "base/pool.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "tap.h"

enum { MOST = 300 };

typedef struct counts {
    int done[MOST]; /* plain: the pool must order these writes */
    atomic_int total;
} counts;

static void job(void *context, int part)
{
    counts *c = context;
    c->done[part]++;
    atomic_fetch_add(&c->total, 1);
}

/* Every part is done exactly once in each of many runs. */
static void runs(tb_pool *pool, int repeats)
{
    bool good = true;
    for (int i = 0; i < repeats; i++) {
        counts c = {{0}, 0};
        int parts = i * 7 % MOST;
        tb_pool_run(pool, parts, job, &c);
        good = good && c.total == parts;
        for (int k = 0; k < MOST; k++)
            good = good && c.done[k] == (k < parts);
    }
    OK(good);
}

/* All threads take part: each part waits until every one has started. */
static void meet(void *context, int part)
{
    atomic_int *arrived = context;
    (void)part;
    atomic_fetch_add(arrived, 1);
    while (atomic_load(arrived) < 3)
        continue;
}

int main(void)
{
    runs(NULL, 50);
    EQ(tb_pool_threads(NULL), 1);
    for (int threads = 0; threads <= 5; threads++) {
        tb_pool *pool = tb_pool_new(threads);
        EQ(tb_pool_threads(pool), threads > 1 ? threads : 1);
        runs(pool, 2000);
        tb_pool_free(pool);
    }
    for (int i = 0; i < 50; i++)
        tb_pool_free(tb_pool_new(4));
    tb_pool *pool = tb_pool_new(3);
    atomic_int arrived = 0;
    tb_pool_run(pool, 3, meet, &arrived);
    EQ(arrived, 3);
    tb_pool_free(pool);
    tb_pool_free(NULL);
    OK(tb_cpu_count() >= 1);
    return tap_done();
}
