/* What commands print: sentences, one line that is written over, and lines of
   JSON for programs. */
#ifndef TB_CLI_SAY_H
#define TB_CLI_SAY_H

#include "base/json.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* "timbrel: sentence" on the standard error; returns the exit code for it. */
int cli_complain(const tb_error *error);

/* The program as it was called, for commands that are suggested. */
void cli_set_program(const char *path);
const char *cli_program(void);

/* A line at the bottom of the terminal with a bar, `done` of which (0 to 1) is
   full; not more than ten times a second unless `done` is 1. Nothing is shown
   where the standard error is no terminal. */
void cli_bar(double done, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes the bar, before something else is printed. */
void cli_bar_clear(void);

/* Says how far a limiter turned the loudest moments of a file down, and what
   helps (null: nothing does), where that can be heard. */
void cli_say_turned_down(double least_gain, const char *remedy);

/* Prints what was written as one line, and frees it. */
void cli_json_line(tb_json_writer *w);

/* From now on Ctrl-C (and a polite kill) asks to stop; a second one ends the
   process as ever. So do a terminal that closes, unless nohup says otherwise,
   and a pipe that nobody reads any more. */
void cli_catch_stop(void);
bool cli_is_stopped(void);

#endif
