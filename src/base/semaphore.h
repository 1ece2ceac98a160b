/* Waking another thread from one that must not wait. */
#ifndef TB_BASE_SEMAPHORE_H
#define TB_BASE_SEMAPHORE_H

#include "base/realtime.h"

#include <semaphore.h>

/* Adds one to a number, and wakes whoever waits for it; waits for nobody. */
TB_REALTIME int sem_post(sem_t *semaphore);

#endif
