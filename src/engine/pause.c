#include "engine/pause.h"

/* Threads that use such a variable for the first time may have to make room for
   it; of this kind it lies with the thread from the beginning. The checker of
   audio threads does not tell the two apart. */
static _Thread_local tb_pause mine __attribute__((tls_model("initial-exec")));

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif

tb_pause *tb_pause_mine(void)
{
    return &mine;
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif
