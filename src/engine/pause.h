/* Runs that are spread over time: after each node that has run, whoever runs a
   plan or a stream alone on this thread is told how much that was, and may
   leave the run for a while. */
#ifndef TB_ENGINE_PAUSE_H
#define TB_ENGINE_PAUSE_H

#include "base/realtime.h"

/* `work`: multiply-adds, or numbers that were written, about. */
typedef struct tb_pause {
    TB_REALTIME void (*after)(void *context, double work);
    void *context;
} tb_pause;

/* That of the calling thread, to read and to write; a null function, as at
   first: nobody is told. */
TB_REALTIME tb_pause *tb_pause_mine(void);

#endif
