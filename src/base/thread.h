/* Threads of our own, which leave signals to those of the program. */
#ifndef TB_BASE_THREAD_H
#define TB_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* False where the system refuses another thread. */
bool tb_thread_start(pthread_t *thread, void *(*run)(void *context),
                     void *context);

#endif
