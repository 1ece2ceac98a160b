#include "base/task.h"

#include <stdint.h>
#include <time.h>

#include "tap.h"

typedef struct work_done {
    int rounds, wanted;
} work_done;

static tb_status count(tb_task *task, void *context, tb_error *error)
{
    work_done *w = context;
    for (; w->rounds < w->wanted; w->rounds++) {
        if (tb_task_is_stopped(task))
            return tb_fail(error, TB_ERR_STOPPED, "Stopped.");
        tb_task_tell(task, (double)w->rounds / w->wanted);
    }
    tb_task_tell(task, 1);
    return TB_OK;
}

static tb_status fail(tb_task *task, void *context, tb_error *error)
{
    (void)task;
    (void)context;
    return tb_fail(error, TB_ERR_FILE, "No room.");
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void test_whole(void)
{
    work_done w = {.wanted = 100000};
    tb_error error = {TB_OK, ""};
    tb_task *t = tb_task_start(count, &w, &error);
    double done = 0;
    bool rising = true;
    while (!tb_task_is_over(t)) {
        rising = rising && tb_task_done(t) >= done;
        done = tb_task_done(t);
    }
    OK(rising);
    EQ(w.rounds, 100000);
    NEAR(tb_task_done(t), 1, 0);
    EQ(tb_task_finish(t, &error), TB_OK);
    SAME_TEXT(error.text, "");
}

static void test_stopped(void)
{
    work_done w = {.wanted = INT32_MAX};
    tb_error error;
    tb_task *t = tb_task_start(count, &w, &error);
    while (tb_task_done(t) <= 0)
        nap();
    OK(!tb_task_is_over(t));
    tb_task_stop(t);
    EQ(tb_task_finish(t, &error), TB_ERR_STOPPED);
    OK(w.rounds > 0 && w.rounds < INT32_MAX);
}

static void test_failed(void)
{
    tb_error error;
    tb_task *t = tb_task_start(fail, NULL, &error);
    EQ(tb_task_finish(t, &error), TB_ERR_FILE);
    SAME_TEXT(error.text, "No room.");
    t = tb_task_start(fail, NULL, NULL);
    EQ(tb_task_finish(t, NULL), TB_ERR_FILE);
}

int main(void)
{
    test_whole();
    test_stopped();
    test_failed();
    return tap_done();
}
