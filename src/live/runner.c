#include "live/runner.h"

#include "base/denormals.h"
#include "base/memory.h"
#include "base/semaphore.h"
#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>

struct tb_runner {
    pthread_t thread;
    sem_t asked;
    atomic_bool busy, ends;
    int which;
    TB_REALTIME void (*job)(void *context, int which);
    void *context;
};

/* Below what sound servers and their clients take. */
static void rise(void)
{
    const struct sched_param above = {.sched_priority = 5};
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &above);
}

static void *run(void *context)
{
    tb_runner *r = context;
    rise();
    tb_denormals_off();
    for (;;) {
        while (sem_wait(&r->asked) && errno == EINTR)
            ;
        if (atomic_load(&r->ends))
            return NULL;
        r->job(r->context, r->which);
        atomic_store_explicit(&r->busy, false, memory_order_release);
    }
}

tb_runner *tb_runner_new(TB_REALTIME void (*job)(void *context, int which),
                         void *context, tb_error *error)
{
    tb_runner *r = tb_alloc(sizeof *r);
    if (!r) {
        tb_fail_memory(error);
        return NULL;
    }
    r->job = job;
    r->context = context;
    sem_init(&r->asked, 0, 0);
    if (tb_thread_start(&r->thread, run, r))
        return r;
    sem_destroy(&r->asked);
    tb_free(r);
    tb_fail(error, TB_ERR_SYSTEM,
            "The system gives no more threads; play without one (burst).");
    return NULL;
}

void tb_runner_free(tb_runner *runner)
{
    if (!runner)
        return;
    atomic_store(&runner->ends, true);
    sem_post(&runner->asked);
    pthread_join(runner->thread, NULL);
    sem_destroy(&runner->asked);
    tb_free(runner);
}

bool tb_runner_is_idle(const tb_runner *runner)
{
    return !atomic_load_explicit(&runner->busy, memory_order_acquire);
}

void tb_runner_ask(tb_runner *runner, int which)
{
    runner->which = which;
    atomic_store_explicit(&runner->busy, true, memory_order_relaxed);
    sem_post(&runner->asked);
}
