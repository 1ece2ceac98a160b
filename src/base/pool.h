/* Threads that share the parts of one job. */
#ifndef TB_BASE_POOL_H
#define TB_BASE_POOL_H

typedef struct tb_pool tb_pool;

/* A pool of `threads`, the caller of tb_pool_run included: 1 starts none.
   Where the system refuses some, the pool has fewer. Null, which every
   function here takes for a pool of one, when there is no memory. */
tb_pool *tb_pool_new(int threads);

/* Ends the threads. Accepts null. */
void tb_pool_free(tb_pool *pool);

/* Calls job(context, part) once for each part in 0 ... parts - 1, in any order
   and on any thread of the pool, and returns when all are done. Allocates
   nothing. One thread at a time may call it, and a job may not call it on its
   own pool. */
void tb_pool_run(tb_pool *pool, int parts, void (*job)(void *context, int part),
                 void *context);

/* How many threads take part, the caller included. */
int tb_pool_threads(const tb_pool *pool);

/* How many processors this process may use, at least 1. */
int tb_cpu_count(void);

#endif
