/* Stacks that a thread leaves and enters, as the thread sanitizer wants to be
   told of them; in all other builds nothing. */
#ifndef TB_LIVE_FIBER_H
#define TB_LIVE_FIBER_H

#include "base/realtime.h"

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TB_TELLS_FIBERS 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define TB_TELLS_FIBERS 1
#endif

#ifdef TB_TELLS_FIBERS

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

#define tb_fiber_new() __tsan_create_fiber(0)
#define tb_fiber_free(fiber) __tsan_destroy_fiber(fiber)
#define tb_fiber_here() __tsan_get_current_fiber()
#define tb_fiber_enter(fiber) __tsan_switch_to_fiber(fiber, 0)

#else

#define tb_fiber_new() NULL
#define tb_fiber_free(fiber) (void)(fiber)
#define tb_fiber_here() NULL
#define tb_fiber_enter(fiber) (void)(fiber)

#endif
#endif
