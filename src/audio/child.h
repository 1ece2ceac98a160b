/* A program run without a shell whose output is read as a stream. */
#ifndef TB_AUDIO_CHILD_H
#define TB_AUDIO_CHILD_H

#include "base/status.h"
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct tb_child {
    pid_t pid;
    FILE *output; /* what it writes to its standard output */
    FILE *errors; /* a temporary file with what it complained about */
} tb_child;

/* Runs `arguments` (a list that ends with null; the first is the program,
   looked for in PATH) with nothing to read, in a process group of its own so
   that Ctrl-C at the terminal does not cut the output short. Finding no such
   program is TB_ERR_UNSUPPORTED. */
tb_status tb_child_open(tb_child *child, const char *const *arguments,
                        tb_error *error);

/* Waits for the end of a child whose output has been read to its end, and
   returns its exit status; -1 when it was killed. */
int tb_child_wait(tb_child *child);

/* The last line of what it wrote to its standard error that `wanted` wants
   (and may change for the answer); empty: there is none. The child may still
   run. */
void tb_child_find_line(tb_child *child, bool (*wanted)(char *line), char *line,
                        size_t size);

/* Ends the child if it still runs, and frees what belongs to it. */
void tb_child_close(tb_child *child);

#endif
