#include "cli/say.h"

#include "base/clock.h"
#include "base/shell.h"
#include "cli/command.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cli_complain(const tb_error *error)
{
    cli_bar_clear();
    fflush(stdout);
    fprintf(stderr, "timbrel: %s\n", error->text);
    return error->status == TB_ERR_STOPPED    ? CLI_STOPPED
           : error->status == TB_ERR_ARGUMENT ? CLI_USAGE
                                              : CLI_FAILED;
}

static char program_word[TB_SHELL_WORD] = "timbrel";

void cli_set_program(const char *path)
{
    if (path && *path)
        tb_shell_word(path, program_word);
}

const char *cli_program(void)
{
    return program_word;
}

/* ---- the bar ---- */

enum { BAR_WIDTH = 24 };

static bool bar_is_there;

void cli_bar(double done, const char *format, ...)
{
    static double shown = -1;
    char bar[BAR_WIDTH + 1], text[128];
    double now = tb_seconds();
    if (!isatty(STDERR_FILENO) || (done < 1 && now - shown < 0.1))
        return;
    shown = now;
    int full = done > 0 ? (int)(done * BAR_WIDTH) : 0;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = 0;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "\r\033[K%s %.52s", bar, text);
    fflush(stderr);
    bar_is_there = true;
}

void cli_bar_clear(void)
{
    if (bar_is_there)
        fputs("\r\033[K", stderr);
    bar_is_there = false;
}

/* ---- JSON ---- */

void cli_say_turned_down(double least_gain, const char *remedy)
{
    double by = -20 * log10(least_gain);
    if (by >= 0.05)
        fprintf(stderr,
                "timbrel: the loudest moments were turned down, by %.1f dB at "
                "most%s%s.\n",
                by, remedy ? ": " : "", remedy ? remedy : "");
}

void cli_json_line(tb_json_writer *w)
{
    const char *text = tb_json_finish(w);
    if (text) {
        puts(text);
        fflush(stdout);
    }
    tb_json_clear(w);
}

/* ---- stopping ---- */

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

/* Terminals that close may say so twice, and pipes with each write: only a
   second Ctrl-C or polite kill ends the process. */
void cli_catch_stop(void)
{
    struct sigaction once = {.sa_handler = on_signal,
                             .sa_flags = (int)SA_RESETHAND};
    struct sigaction always = {.sa_handler = on_signal}, before;
    sigemptyset(&once.sa_mask);
    sigemptyset(&always.sa_mask);
    sigaction(SIGINT, &once, NULL);
    sigaction(SIGTERM, &once, NULL);
    sigaction(SIGPIPE, &always, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &always, NULL);
}

bool cli_is_stopped(void)
{
    return stopped;
}
