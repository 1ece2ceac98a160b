/* Marks functions that the audio thread may call, and the types of pointers to
   them: they never allocate, lock, log or do I/O, and call nothing that might.
   A compiler that knows function effects (clang 20) can hold them to it, which
   tools/check-realtime makes it do. Static functions of the same file that
   only marked ones call need no mark of their own. */
#ifndef TB_BASE_REALTIME_H
#define TB_BASE_REALTIME_H

#ifdef __has_attribute
#if __has_attribute(nonblocking)
#define TB_REALTIME __attribute__((nonblocking))
#endif
#endif

#ifndef TB_REALTIME
#define TB_REALTIME
#endif

#endif
