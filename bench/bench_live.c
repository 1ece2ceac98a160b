/* Models in a host: the longest call.

     bench_live MODEL...

   Each is played at its own rate in blocks of 64 to 1024 frames, at once
   (burst) and spread over calls (sliced). The figure is the longest call in
   processor time of the thread; its bound is what a block lasts. What calls do
   comes round: each place of the round counts with the median of the times that
   it was called, since a system that is interrupted now and then counts that as
   time of whom it interrupts. */
#include "base/memory.h"
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timbrel/live.h>
#include <time.h>

/* Frames after which all comes round: more than any ratio or pass. */
enum { ROUND = 32768, ROUNDS = 5, MOST = 1024, CHANNELS = 64 };

static double thread_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Noise in all channels. */
static void fill(float *x, unsigned *seed)
{
    for (int i = 0; i < CHANNELS * MOST; i++) {
        *seed = *seed * 1664525U + 1013904223U;
        x[i] = (float)(*seed >> 8) / (float)(1U << 24) - 0.5F;
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times)
{
    qsort(times, ROUNDS, sizeof *times, by_size);
    return times[ROUNDS / 2];
}

/* Round 0 only begins. */
static double longest_call(tb_live *live, int64_t block, float *memory)
{
    static double took[ROUND / 64][ROUNDS];
    const float *in[CHANNELS];
    float *out[CHANNELS];
    unsigned seed = 1;
    double longest = 0;
    int calls = ROUND / (int)block;
    fill(memory, &seed);
    for (int i = 0; i < CHANNELS; i++) {
        in[i] = memory + i * MOST;
        out[i] = memory + (CHANNELS + i) * MOST;
    }
    for (int i = -calls; i < calls * ROUNDS; i++) {
        double began = thread_seconds();
        tb_live_process(live, in, out, block);
        if (i >= 0)
            took[i % calls][i / calls] = thread_seconds() - began;
    }
    for (int i = 0; i < calls; i++) {
        double time = median(took[i]);
        longest = time > longest ? time : longest;
    }
    return longest;
}

static double rate_of(const char *path)
{
    tb_model *m = tb_model_open(path, NULL);
    double rate = m ? tb_model_sample_rate(m) : 0;
    tb_model_close(m);
    return rate > 0 ? rate : 48000;
}

static void measure(const bench_options *o, const char *path, tb_live_mode mode,
                    int64_t block, float *memory)
{
    char name[256];
    tb_message message = {0};
    tb_live_settings s = tb_live_defaults();
    const char *slash = strrchr(path, '/');
    snprintf(name, sizeof name, "%s %s %d", slash ? slash + 1 : path,
             mode == TB_LIVE_BURST ? "burst" : "sliced", (int)block);
    if (!bench_wanted(o, name))
        return;
    s.sample_rate = rate_of(path);
    s.block = block;
    s.mode = mode;
    s.inputs = s.outputs = CHANNELS;
    tb_live *live = tb_live_new(&s, &message);
    if (live && tb_live_open(live, path, NULL, &message))
        bench_report(name, longest_call(live, block, memory), "s",
                     (double)block / s.sample_rate);
    else
        fprintf(stderr, "%s: %s\n", path, message.text);
    tb_live_free(live);
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    float *memory = tb_alloc_array(2 * CHANNELS, MOST * sizeof *memory);
    for (char **path = o.rest; memory && *path; path++)
        for (int64_t block = 64; block <= MOST; block *= 4) {
            measure(&o, *path, TB_LIVE_BURST, block, memory);
            measure(&o, *path, TB_LIVE_SLICED, block, memory);
        }
    tb_free(memory);
    bench_end(&o);
    return 0;
}
