/* Marks functions that the audio thread may call: they never allocate, lock,
   log or do I/O. */
#ifndef TB_BASE_REALTIME_H
#define TB_BASE_REALTIME_H

#define TB_REALTIME

#endif
