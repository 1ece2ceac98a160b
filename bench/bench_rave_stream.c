/* Blocks of shared models, played by one voice.

     bench_rave_stream SOUND MODEL.ts...

   SOUND holds floats. Of each model the method `forward` is measured, in the
   blocks whose sizes stand in `cases`, with weights of 32 and of 16 bits. The
   bound: over the layers, the larger of their weights at the bandwidth at which
   so many bytes are read again and again, and of their operations at 75 % of
   the peak. "worst": the longest of 10,000 calls in processor time of the
   thread, and by the clock; "nothing": the longest by the clock of a loop that
   waits as long and does nothing, which is what the machine takes away. The
   bound of these is the time that a block lasts. "first sound": from the file,
   which the system has in memory, to the first block of one model; its bound is
   150 ms. "resident": what that takes of memory for good; its bound is the
   weights and 50 MB. "16 bits beside 32": by how much the sound is louder than
   what the short weights change of it; asked are 50 dB. */
#include "base/memory.h"
#include "bench.h"
#include "engine/ops.h"
#include "torchscript/script_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

enum { SOUND = 1 << 20 };

static const struct {
    const char *name; /* begins so */
    int64_t block;
} cases[] = {{"rave_v2", 2048},
             {"rave_v1", 2048},
             {"rave_v2_small", 2048},
             {"rave_v2_small", 512},
             {"rave_raspberry", 2048}};

/* Numbers that fade away are zero, as hosts of plug-ins set it. */
static void flush_to_zero(void)
{
#ifdef __SSE__
    _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}

typedef struct playing {
    tb_script_stream *stream;
    const float *sound;
    int64_t at, block;
    float *out;
} playing;

/* Ready to play a block of `p`; says what is wrong. */
static tb_script_model *open_playing(playing *p, const char *path, int bits)
{
    const tb_script_plan_settings settings = {.half_weights = bits == 16,
                                              .threads = 1};
    tb_error error = {0};
    tb_script_model *m = tb_script_model_open(path, &settings, &error);
    const tb_script_method *method =
        m ? tb_script_model_method(m, "forward", &error) : NULL;
    p->out = tb_alloc_array((size_t)p->block, sizeof *p->out);
    if (method)
        p->stream = tb_script_stream_new(m, method, 1, p->block, &error);
    if (!p->stream || !p->out)
        fprintf(stderr, "%s: %s\n", path, error.text);
    return m;
}

static void play_block(void *context)
{
    playing *p = context;
    const float *in = p->sound + p->at;
    tb_error error = {0};
    p->at = p->at + 2 * p->block <= SOUND ? p->at + p->block : 0;
    if (tb_script_stream_play(p->stream, &in, &p->out, &error)) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
}

static int64_t elements(const tb_value *v)
{
    int64_t n = 1;
    for (int i = 0; i < v->rank; i++)
        n *= v->dim[i];
    return n;
}

/* Bytes of the weights, and the bound in seconds. */
static double bound(const bench_options *o, const tb_plan *plan, int bits)
{
    double bytes = 0, seconds = 0, flops = 0.75 * bench_peak_flops(o);
    for (int pass = 0; pass < 2; pass++) {
        double rate = pass ? bench_repeated_bytes(o, (size_t)bytes) : 1;
        for (int i = 0; i < tb_plan_steps(plan); i++) {
            const tb_node *n = tb_plan_step(plan, i);
            bool transposed = n->op == &tb_op_conv_transposed;
            if (n->op != &tb_op_conv && !transposed)
                continue;
            const tb_value *w = n->in[1], *x = n->in[0], *y = n->out[0];
            double weights = (double)elements(w);
            double frames = (double)(transposed ? elements(x) / x->dim[1]
                                                : elements(y) / y->dim[1]);
            if (!pass) {
                bytes += weights * bits / 8;
                continue;
            }
            double read = weights * bits / 8 / rate;
            double work = 2 * weights * frames / flops;
            seconds += read > work ? read : work;
        }
    }
    return seconds;
}

/* ---- the worst call ---- */

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* As long as a call lasts on average, and nothing else. */
static double idle(double seconds)
{
    double from = seconds_of(CLOCK_MONOTONIC), to;
    do
        to = seconds_of(CLOCK_MONOTONIC);
    while (to - from < seconds);
    return to - from;
}

static void measure_worst(const char *label, playing *p, double rate)
{
    enum { CALLS = 10000 };
    static const clockid_t clocks[] = {CLOCK_THREAD_CPUTIME_ID,
                                       CLOCK_MONOTONIC};
    double worst[2] = {0, 0}, all = 0, nothing = 0;
    double lasts = (double)p->block / rate;
    char name[160];
    for (int i = 0; i < CALLS; i++) {
        double from[2] = {seconds_of(clocks[0]), seconds_of(clocks[1])};
        play_block(p);
        for (int c = 0; c < 2; c++) {
            double took = seconds_of(clocks[c]) - from[c];
            worst[c] = took > worst[c] ? took : worst[c];
            all += c == 0 ? took : 0;
        }
    }
    for (int i = 0; i < CALLS; i++) {
        double took = idle(all / CALLS);
        nothing = took > nothing ? took : nothing;
    }
    snprintf(name, sizeof name, "%s worst", label);
    bench_report(name, worst[0], "s", lasts);
    snprintf(name, sizeof name, "%s worst by the clock", label);
    bench_report(name, worst[1], "s", lasts);
    snprintf(name, sizeof name, "%s nothing by the clock", label);
    bench_report(name, nothing, "s", lasts);
}

/* ---- a block ---- */

static void measure(const bench_options *o, const char *path, const char *name,
                    int64_t block, const float *sound, int bits)
{
    char label[128];
    playing p = {.sound = sound, .block = block};
    snprintf(label, sizeof label, "%s %d%s", name, (int)block,
             bits == 16 ? " 16 bits" : "");
    if (!bench_wanted(o, label))
        return;
    tb_script_model *m = open_playing(&p, path, bits);
    if (p.stream && p.out) {
        play_block(&p);
        double limit = bound(o, tb_script_stream_plan(p.stream), bits);
        bench_report(label, bench_median(o, play_block, &p), "s", limit);
        if (bits == 32)
            measure_worst(label, &p, m->sample_rate);
    }
    tb_script_stream_free(p.stream);
    tb_script_model_close(m);
    tb_free(p.out);
}

/* ---- what 16 bits change ---- */

/* By how many decibels the sound is louder than it, over all of it. */
static void measure_error(const bench_options *o, const char *path,
                          const char *name, int64_t block, const float *sound)
{
    static const double asked = 50;
    char label[128];
    playing p[2] = {{.sound = sound, .block = block},
                    {.sound = sound, .block = block}};
    double power = 0, error = 0;
    snprintf(label, sizeof label, "%s %d 16 bits beside 32", name, (int)block);
    if (!bench_wanted(o, label))
        return;
    tb_script_model *m[2] = {open_playing(&p[0], path, 32),
                             open_playing(&p[1], path, 16)};
    bool ready = p[0].stream && p[0].out && p[1].stream && p[1].out;
    for (int64_t at = 0; ready && at + block <= SOUND; at += block) {
        play_block(&p[0]);
        play_block(&p[1]);
        for (int64_t i = 0; i < block; i++) {
            double y = (double)p[0].out[i], x = (double)p[1].out[i];
            power += y * y;
            error += (y - x) * (y - x);
        }
    }
    if (ready)
        bench_report(label, 10 * log10(power / error), "dB", asked);
    for (int i = 0; i < 2; i++) {
        tb_script_stream_free(p[i].stream);
        tb_script_model_close(m[i]);
        tb_free(p[i].out);
    }
}

/* ---- the first sound ---- */

typedef struct first_sound {
    double seconds, resident, weights; /* bytes */
} first_sound;

static double resident_bytes(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void hear_first(const bench_options *o, const char *path, int64_t block,
                       const float *sound, first_sound *first)
{
    playing p = {.sound = sound, .block = block};
    double before = resident_bytes(), from = bench_seconds(o);
    tb_script_model *m = open_playing(&p, path, 32);
    if (!p.stream || !p.out)
        _exit(1);
    play_block(&p);
    first->seconds = bench_seconds(o) - from;
    first->resident = resident_bytes() - before;
    first->weights = (double)m->parameters * sizeof(float);
}

/* In a process of its own: what others left behind in this one counts not. */
static bool first_of(const bench_options *o, const char *path, int64_t block,
                     const float *sound, first_sound *first)
{
    int ends[2];
    pid_t child = pipe(ends) ? -1 : fork();
    if (child < 0)
        return false;
    if (child == 0) {
        hear_first(o, path, block, sound, first);
        ssize_t written = write(ends[1], first, sizeof *first);
        _exit(written != (ssize_t)sizeof *first);
    }
    close(ends[1]);
    bool whole = read(ends[0], first, sizeof *first) == (ssize_t)sizeof *first;
    close(ends[0]);
    waitpid(child, NULL, 0);
    return whole;
}

static void measure_first(const bench_options *o, const char *path,
                          const char *name, int64_t block, const float *sound)
{
    enum { TRIES = 5 };
    static const double most_seconds = 0.15, most_besides = 50e6;
    char label[2][128];
    first_sound first = {0}, best = {0};
    snprintf(label[0], sizeof label[0], "%s %d first sound", name, (int)block);
    snprintf(label[1], sizeof label[1], "%s %d resident", name, (int)block);
    if (!bench_wanted(o, label[0]) && !bench_wanted(o, label[1]))
        return;
    for (int i = 0; i < TRIES && first_of(o, path, block, sound, &first); i++)
        if (i == 0 || first.seconds < best.seconds)
            best = first;
    if (best.seconds <= 0)
        return;
    bench_report(label[0], best.seconds, "s", most_seconds);
    bench_report(label[1], best.resident, "bytes", best.weights + most_besides);
}

static float *read_sound(const char *path)
{
    float *sound = tb_alloc_array(SOUND, sizeof *sound);
    FILE *f = fopen(path, "rb");
    size_t n = f && sound ? fread(sound, sizeof *sound, SOUND, f) : 0;
    if (f)
        fclose(f);
    for (size_t i = n; n && i < SOUND; i++)
        sound[i] = sound[i % n];
    if (!n) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    return sound;
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    if (!o.rest[0])
        return 2;
    flush_to_zero();
    float *sound = read_sound(o.rest[0]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (char **path = o.rest + 1; *path; path++) {
            const char *slash = strrchr(*path, '/');
            const char *base = slash ? slash + 1 : *path;
            size_t n = strlen(cases[i].name);
            if (strncmp(base, cases[i].name, n) || strcmp(base + n, ".ts"))
                continue;
            if (i == 0)
                measure_first(&o, *path, cases[i].name, cases[i].block, sound);
            measure(&o, *path, cases[i].name, cases[i].block, sound, 32);
            measure(&o, *path, cases[i].name, cases[i].block, sound, 16);
            measure_error(&o, *path, cases[i].name, cases[i].block, sound);
        }
    tb_free(sound);
    bench_end(&o);
    return 0;
}
