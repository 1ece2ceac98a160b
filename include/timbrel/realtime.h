/* Marks functions that an audio thread may call, and the types of pointers to
   them: they never allocate, lock, log or do I/O, and call nothing that might.
   A compiler that knows function effects (clang 20) can hold callers to it as
   well: mark the audio callback, and compile with -Wfunction-effects. */
#ifndef TIMBREL_REALTIME_H
#define TIMBREL_REALTIME_H

#ifdef __has_attribute
#if __has_attribute(nonblocking)
#define TB_REALTIME __attribute__((nonblocking))
#endif
#endif

#ifndef TB_REALTIME
#define TB_REALTIME
#endif

#endif
