#include "live/slices.h"

#include "base/memory.h"
#include "engine/pause.h"
#include "live/fiber.h"

#include <math.h>
#include <string.h>
#include <ucontext.h>

/* They wait for nothing. */
TB_REALTIME int getcontext(ucontext_t *context);
TB_REALTIME int swapcontext(ucontext_t *from, const ucontext_t *to);
TB_REALTIME void makecontext(ucontext_t *context, void (*run)(void), int count,
                             ...);

enum { STACK = 1 << 20 };

struct tb_slices {
    ucontext_t own, caller;
    void *own_fiber, *caller_fiber;
    char *stack;
    TB_REALTIME void (*job)(void *context, int which);
    void *context;
    int which;
    double done, until;
    bool begun, started, is_open;
};

tb_slices *tb_slices_new(TB_REALTIME void (*job)(void *context, int which),
                         void *context, tb_error *error)
{
    tb_slices *s = tb_alloc(sizeof *s);
    char *stack = tb_alloc(STACK);
    if (!s || !stack) {
        tb_free(s);
        tb_free(stack);
        tb_fail_memory(error);
        return NULL;
    }
    /* Its pages are there before they are needed. */
    memset(stack, 1, STACK);
    *s = (tb_slices){.stack = stack,
                     .job = job,
                     .context = context,
                     .own_fiber = tb_fiber_new()};
    return s;
}

void tb_slices_free(tb_slices *slices)
{
    if (!slices)
        return;
    tb_fiber_free(slices->own_fiber);
    tb_free(slices->stack);
    tb_free(slices);
}

/* ---- measuring ---- */

typedef struct work_sum {
    double all, largest;
} work_sum;

static TB_REALTIME void add_work(void *context, double work)
{
    work_sum *sum = context;
    sum->all += work;
    sum->largest = work > sum->largest ? work : sum->largest;
}

double tb_slices_measure(TB_REALTIME void (*job)(void *context, int which),
                         void *context, int which, double *largest)
{
    work_sum sum = {0, 0};
    *tb_pause_mine() = (tb_pause){add_work, &sum};
    job(context, which);
    *tb_pause_mine() = (tb_pause){0};
    *largest = sum.largest;
    return sum.all;
}

/* ---- slices ---- */

static TB_REALTIME void leave(tb_slices *s)
{
    tb_fiber_enter(s->caller_fiber);
    swapcontext(&s->own, &s->caller);
}

static TB_REALTIME void enter(tb_slices *s)
{
    s->caller_fiber = tb_fiber_here();
    tb_fiber_enter(s->own_fiber);
    swapcontext(&s->caller, &s->own);
}

static TB_REALTIME void leave_after(void *context, double work)
{
    tb_slices *s = context;
    s->done += work;
    if (s->done >= s->until)
        leave(s);
}

/* A function on a stack of its own has no argument: it is the one that is told
   of. It does job after job, and is never come back from. */
static TB_REALTIME void run_jobs(void)
{
    tb_slices *s = tb_pause_mine()->context;
    for (;;) {
        s->job(s->context, s->which);
        s->begun = false;
        leave(s);
    }
}

static TB_REALTIME void open_stack(tb_slices *s)
{
    getcontext(&s->own);
    s->own.uc_stack.ss_sp = s->stack;
    s->own.uc_stack.ss_size = STACK;
    s->own.uc_link = &s->caller;
    makecontext(&s->own, run_jobs, 0);
    s->is_open = true;
}

void tb_slices_begin(tb_slices *s, int which)
{
    s->which = which;
    s->done = 0;
    s->begun = true;
    s->started = false;
}

void tb_slices_go_on(tb_slices *s, double work)
{
    if (!s->begun || s->done >= work)
        return;
    s->until = work;
    s->started = true;
    *tb_pause_mine() = (tb_pause){leave_after, s};
    if (!s->is_open)
        open_stack(s);
    enter(s);
    *tb_pause_mine() = (tb_pause){0};
}

void tb_slices_finish(tb_slices *s)
{
    tb_slices_go_on(s, INFINITY);
}

double tb_slices_done(const tb_slices *s)
{
    return s->done;
}

bool tb_slices_is_amid(const tb_slices *s)
{
    return s->begun && s->started;
}
