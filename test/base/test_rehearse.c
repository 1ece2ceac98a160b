#include "base/rehearse.h"

#include "tap.h"

#include <signal.h>
#include <unistd.h>

static int changed;

static void change(void *context)
{
    changed = *(int *)context;
}

static void crash(void *context)
{
    (void)context;
    raise(SIGSEGV);
}

static void leave(void *context)
{
    (void)context;
    _exit(0);
}

static void hang(void *context)
{
    (void)context;
    for (;;)
        pause();
}

int main(void)
{
    int x = 3;
    EQ(tb_rehearse(change, &x, 20, NULL), TB_OK);
    EQ(changed, 0);
    EQ(tb_rehearse(crash, NULL, 20, NULL), TB_ERR_FORMAT);
    EQ(tb_rehearse(leave, NULL, 20, NULL), TB_ERR_FORMAT);
    EQ(tb_rehearse(hang, NULL, 1, NULL), TB_ERR_FORMAT);
    return tap_done();
}
