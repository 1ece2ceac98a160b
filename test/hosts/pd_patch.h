/* Patches that Pure Data plays without a screen and without waiting for the
   time to pass. The Pd is that of the path, or the one that TIMBREL_PD names.
 */
#ifndef TB_TEST_PD_PATCH_H
#define TB_TEST_PD_PATCH_H

#include "../live/live_models.h"

#include <stdarg.h>
#include <sys/stat.h>

#ifndef PRELOADED
#define PRELOADED ""
#endif

enum { FRAMES = 24000, TEXT = 1 << 16 };

static const char *objects; /* the folder that has them */
static char folder[64], said[TEXT];

static inline const char *pd_program(void)
{
    const char *named = getenv("TIMBREL_PD");
    return named ? named : "pd";
}

typedef struct patch {
    char text[TEXT / 4], joins[TEXT / 4];
    int count;
} patch;

__attribute__((format(printf, 2, 3))) static inline int
add(patch *p, const char *format, ...)
{
    va_list list;
    size_t n = strlen(p->text);
    n += (size_t)snprintf(p->text + n, sizeof p->text - n, "#X ");
    va_start(list, format);
    n += (size_t)vsnprintf(p->text + n, sizeof p->text - n, format, list);
    va_end(list);
    snprintf(p->text + n, sizeof p->text - n, ";\n");
    return p->count++;
}

static inline void join(patch *p, int from, int outlet, int to, int inlet)
{
    size_t n = strlen(p->joins);
    snprintf(p->joins + n, sizeof p->joins - n, "#X connect %d %d %d %d;\n",
             from, outlet, to, inlet);
}

/* A patch that sends noise through an object and writes both, from tables,
   after half a second; `told` is its last outlet. */
typedef struct stage {
    patch p;
    int start, heard, object; /* heard: writes into the table of the object */
} stage;

static inline stage stage_of(const char *object, int told)
{
    stage s = {0};
    patch *p = &s.p;
    s.start = add(p, "obj 10 10 loadbang");
    int order = add(p, "obj 10 40 t b b b");
    int on = add(p, "msg 10 70 \\; pd dsp 1");
    int noise_ = add(p, "obj 300 10 noise~");
    int given = add(p, "obj 10 120 tabwrite~ given");
    s.heard = add(p, "obj 60 120 tabwrite~ heard");
    add(p, "obj 10 240 table given %d", FRAMES);
    add(p, "obj 60 240 table heard %d", FRAMES);
    s.object = add(p, "obj 200 10 %s", object);
    int print = add(p, "obj 200 40 print told");
    int wait = add(p, "obj 10 150 delay 501");
    int end = add(p, "obj 10 165 t b b");
    int write = add(p, "msg 10 180 write -bytes 4 -wave %s/out.wav given heard",
                    folder);
    int file = add(p, "obj 10 195 soundfiler");
    int quit = add(p, "msg 10 210 \\; pd quit");
    join(p, s.start, 0, order, 0);
    join(p, order, 2, given, 0);
    join(p, order, 2, s.heard, 0);
    join(p, order, 1, on, 0);
    join(p, order, 0, wait, 0);
    join(p, wait, 0, end, 0);
    join(p, end, 1, write, 0);
    join(p, write, 0, file, 0);
    join(p, end, 0, quit, 0);
    join(p, noise_, 0, given, 0);
    join(p, noise_, 0, s.object, 0);
    join(p, s.object, 0, s.heard, 0);
    join(p, s.object, told, print, 0);
    return s;
}

/* A message that it gets after so many ms. */
static inline void send(stage *s, int ms, const char *message)
{
    int wait = add(&s->p, "obj 400 10 delay %d", ms);
    int text = add(&s->p, "msg 400 40 %s", message);
    join(&s->p, s->start, 0, wait, 0);
    join(&s->p, wait, 0, text, 0);
    join(&s->p, text, 0, s->object, 0);
}

/* Runs Pd; what it printed is in `said`. */
static inline void run(const stage *s)
{
    char line[1024], path[128];
    snprintf(path, sizeof path, "%s/patch.pd", folder);
    FILE *f = fopen(path, "w");
    fprintf(f, "#N canvas 0 0 600 400 12;\n%s%s", s->p.text, s->p.joins);
    fclose(f);
    snprintf(line, sizeof line,
             "timeout 60 env LD_PRELOAD='" PRELOADED
             "' ASAN_OPTIONS=detect_leaks=0 %s -nogui -batch -noaudio -nomidi "
             "-r 48000 -noprefs "
             "-stderr -path '%s' -open %s 2>&1",
             pd_program(), objects, path);
    FILE *pipe = popen(line, "r");
    size_t n = pipe ? fread(said, 1, sizeof said - 1, pipe) : 0;
    said[n] = 0;
    EQ(pipe ? pclose(pipe) : -1, 0);
}

static inline void expect(const char *text)
{
    char name[256];
    snprintf(name, sizeof name, "says %s", text);
    name[strcspn(name, "\n")] = 0;
    if (!OK_NAMED(strstr(said, text) != NULL, name))
        fprintf(stderr, "# Pd said: %s\n", said);
}

/* What was written: [frames][2]. How many frames. */
static inline int64_t read_sound(float *x, float *y)
{
    static unsigned char bytes[44 + FRAMES * 16];
    char path[128];
    snprintf(path, sizeof path, "%s/out.wav", folder);
    FILE *f = fopen(path, "rb");
    size_t size = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f)
        fclose(f);
    size_t at = 12;
    while (at + 8 < size && memcmp(bytes + at, "data", 4) != 0)
        at += 8 + (bytes[at + 4] | (size_t)bytes[at + 5] << 8);
    int64_t n = 0;
    for (at += 8; at + 8 <= size && n < FRAMES; at += 8, n++) {
        memcpy(&x[n], bytes + at, 4);
        memcpy(&y[n], bytes + at + 4, 4);
    }
    unlink(path);
    return n;
}

static inline double loudest(const float *y, int64_t from, int64_t to)
{
    double peak = 0;
    for (int64_t i = from; i < to; i++)
        peak = fmax(peak, fabs((double)y[i]));
    return peak;
}

static inline void copy(const char *name)
{
    char line[1024];
    snprintf(line, sizeof line, "cp %s/%s %s/", FIXTURES, name, folder);
    OK_NAMED(system(line) == 0, name);
}

/* False: there is no Pd, and the test says so. */
static inline bool enter_pd(int argc, char **argv)
{
    char line[1024];
    objects = argc > 1 ? argv[1] : ".";
    snprintf(line, sizeof line, "command -v '%s' > /dev/null", pd_program());
    if (system(line)) {
        printf("1..0 # SKIP Pure Data is not installed\n");
        return false;
    }
    snprintf(folder, sizeof folder, "/tmp/timbrel-pd-XXXXXX");
    OK(mkdtemp(folder) != NULL);
    return true;
}

static inline int leave_pd(void)
{
    char line[128];
    snprintf(line, sizeof line, "rm -r %s", folder);
    OK(system(line) == 0);
    return tap_done();
}

#endif
