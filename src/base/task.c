#include "base/task.h"

#include <stdatomic.h>

#include "base/memory.h"
#include "base/thread.h"

struct tb_task {
    tb_task_job *job;
    void *context;
    pthread_t thread;
    bool has_thread;
    atomic_bool stopped, over;
    _Atomic double done;
    tb_status status;
    tb_error error;
};

static void *run(void *context)
{
    tb_task *t = context;
    t->status = t->job(t, t->context, &t->error);
    atomic_store(&t->over, true);
    return NULL;
}

tb_task *tb_task_start(tb_task_job *job, void *context, tb_error *error)
{
    tb_task *t = tb_alloc(sizeof *t);
    if (!t) {
        tb_fail_memory(error);
        return NULL;
    }
    t->job = job;
    t->context = context;
    t->has_thread = tb_thread_start(&t->thread, run, t);
    if (!t->has_thread)
        run(t);
    return t;
}

bool tb_task_is_stopped(const tb_task *t)
{
    return atomic_load(&t->stopped);
}

void tb_task_tell(tb_task *t, double done)
{
    atomic_store(&t->done, done);
}

double tb_task_done(const tb_task *t)
{
    return atomic_load(&t->done);
}

bool tb_task_is_over(const tb_task *t)
{
    return atomic_load(&t->over);
}

void tb_task_stop(tb_task *t)
{
    atomic_store(&t->stopped, true);
}

tb_status tb_task_finish(tb_task *t, tb_error *error)
{
    if (t->has_thread)
        pthread_join(t->thread, NULL);
    tb_status status = t->status;
    if (status && error)
        *error = t->error;
    tb_free(t);
    return status;
}
