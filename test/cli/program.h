/* Runs the program as a user does, on tiny sounds and a tiny network. */
#ifndef TB_TEST_CLI_PROGRAM_H
#define TB_TEST_CLI_PROGRAM_H

#include "sounds.h"
#include "tap.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

static const char *program; /* path of timbrel */
static char said[1 << 16];  /* what the last command printed, both ways */

/* A network and steps that take no time. */
#define TINY                                                                   \
    "--set sample_rate=2000 --set frame_sizes=4,2,4 --set hidden=8 "           \
    "--set head_size=8 --set output=levels --set levels=16 --set batch=2 "     \
    "--set window=64 "                                                         \
    "--set piece=0.5 --set prompt_seconds=0.2 --set example_seconds=2 "        \
    "--set save_seconds=0.02 "

static inline void enter(int argc, char **argv)
{
    program = argc > 1 ? argv[1] : getenv("TIMBREL");
    if (!program)
        abort();
    enter_folder();
    if (chdir(test_folder))
        abort();
}

/* "timbrel <arguments>", through a shell; returns the exit code. */
__attribute__((format(printf, 1, 2))) static inline int
timbrel(const char *format, ...)
{
    char line[4096], arguments[3000];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(line, sizeof line, "%s %s 2>&1", program, arguments);
    FILE *pipe = popen(line, "r");
    size_t n = pipe ? fread(said, 1, sizeof said - 1, pipe) : 0;
    said[n] = 0;
    int status = pipe ? pclose(pipe) : -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

static inline int expect(int code, int wanted, const char *file, int line,
                         const char *what)
{
    int good = tap_eq(code, wanted, file, line, what);
    if (!good)
        fprintf(stderr, "# it said: %s\n", said);
    return good;
}

static inline void expect_words(const char *text, const char *file, int line,
                                const char *what)
{
    if (!tap_ok(strstr(said, text) != NULL, file, line, what))
        fprintf(stderr, "# it said: %s\n", said);
}

/* A command must end with this code. */
#define RUN(code, ...)                                                         \
    expect(timbrel(__VA_ARGS__), code, __FILE__, __LINE__, #__VA_ARGS__)

/* Whether the last command said this. */
#define SAID(text) expect_words(text, __FILE__, __LINE__, "says " text)

/* A process that runs beside the test, its output in a pipe. */
typedef struct beside {
    pid_t pid;
    FILE *output;
} beside;

static inline beside start(const char *const *arguments)
{
    int ends[2];
    if (pipe(ends))
        abort();
    beside b = {fork(), NULL};
    if (b.pid == 0) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        signal(SIGHUP, SIG_DFL); /* also where the tests run under nohup */
        execv(program, (char *const *)arguments);
        _exit(127);
    }
    close(ends[1]);
    b.output = fdopen(ends[0], "r");
    return b;
}

/* Reads until a line with `text` came for the n-th time; false at the end. */
static inline int await(beside *b, const char *text, int n)
{
    char line[4096];
    while (n > 0 && fgets(line, sizeof line, b->output))
        n -= strstr(line, text) != NULL;
    return n == 0;
}

/* Sends a signal and waits; returns the exit code, or minus the signal. */
static inline int end(beside *b, int number)
{
    int status = 0;
    char rest[4096];
    if (number)
        kill(b->pid, number);
    while (fgets(rest, sizeof rest, b->output))
        ;
    fclose(b->output);
    waitpid(b->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A file's bytes; the caller frees them. */
static inline char *bytes_of(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    *size = 0;
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = calloc(*size + 1, 1);
    *size = fread(bytes, 1, *size, file);
    fclose(file);
    return bytes;
}

static inline int same_files(const char *a, const char *b)
{
    size_t n, m;
    char *x = bytes_of(a, &n), *y = bytes_of(b, &m);
    int same = x && y && n == m && n > 0 && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

static inline int there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* A gliding tone in a little noise. */
static inline float glide_at(void *context, int frame, int channel)
{
    double rate = *(double *)context, t = frame / rate;
    uint32_t noise = (uint32_t)(frame + channel) * 2654435761u;
    return (float)(0.6 * sin(2 * 3.14159265 * (100 + 20 * t) * t) +
                   0.05 * ((noise >> 16) / 32768.0 - 1));
}

static inline void make_sounds(double seconds)
{
    double rate = 2000;
    mkdir("sounds", 0777);
    write_wav("sounds/a.wav", (int)rate, 1, (int)(seconds * rate * 0.6),
              glide_at, &rate);
    write_wav("sounds/b.wav", (int)rate, 1, (int)(seconds * rate * 0.4),
              glide_at, &rate);
}

/* The samples of a WAV file; tags, which hold its name, come before or after.
 */
static inline const char *samples_of(const char *bytes, size_t size, size_t *n)
{
    for (size_t at = 12; bytes && at + 8 <= size;) {
        const unsigned char *head = (const unsigned char *)bytes + at;
        *n = head[4] | (size_t)head[5] << 8 | (size_t)head[6] << 16;
        if (memcmp(head, "data", 4) == 0)
            return at + 8 + *n <= size ? bytes + at + 8 : NULL;
        at += 8 + *n + (*n & 1);
    }
    return NULL;
}

static inline int same_sound(const char *a, const char *b)
{
    size_t n, m;
    char *x = bytes_of(a, &n), *y = bytes_of(b, &m);
    const char *p = samples_of(x, n, &n), *q = samples_of(y, m, &m);
    int same = p && q && n == m && n > 0 && memcmp(p, q, n) == 0;
    free(x);
    free(y);
    return same;
}

#endif
