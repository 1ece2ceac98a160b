/* Programs that are measured from outside. */
#ifndef TB_BENCH_CHILD_H
#define TB_BENCH_CHILD_H

#include <sys/types.h>

/* Starts command[0] with its arguments, ended by null, and says nothing of what
   it prints. */
pid_t bench_start(char **command);

/* Waits for its end: its exit status, or -1. */
int bench_exit_status(pid_t child);

#endif
