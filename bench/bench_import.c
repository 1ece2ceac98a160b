/* Importing a corpus: its speed on all threads, and that its memory does not
   grow with the material.

     bench_import [OPTION...] FOLDER

   The folder is filled with recordings, and emptied again. */
/* wait4 is of BSD. */
#define _DEFAULT_SOURCE
#include "audio/encode.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/paths.h"
#include "bench.h"
#include "corpus/cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Hours at the lowest rate, so that a hundred of them are cheap to keep. */
enum { MOST_HOURS = 100, SLOW_RATE = 100, TONES = 16, RATE = 44100 };
static const double TONE_SECONDS = 30;

static char folder[3000];

static tb_status save_tone(const char *name, double rate, double seconds,
                           double hz, tb_error *error)
{
    char path[4096];
    const tb_encode_settings encode = {.sample_rate = rate, .channels = 1};
    int64_t n = (int64_t)(rate * seconds);
    float *x = tb_alloc_array((size_t)n, sizeof *x);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!x)
        return tb_fail_memory(error);
    for (int64_t i = 0; i < n; i++)
        x[i] = 0.5f * (float)sin(6.283185307179586 * hz * (double)i / rate);
    tb_status status = tb_save_audio(path, &encode, x, n, NULL, error);
    tb_free(x);
    return status;
}

static void remove_all(const char *format, int count)
{
    for (int i = 0; i < count; i++) {
        char name[64], path[4096];
        snprintf(name, sizeof name, format, i);
        snprintf(path, sizeof path, "%s/%s", folder, name);
        remove(path);
    }
}

static bool import(double rate, int threads)
{
    tb_error error;
    tb_corpus *corpus;
    const char *path = folder;
    const tb_cache_settings settings = {
        .sample_rate = rate, .channels = 1, .half = true, .threads = threads};
    tb_cache *cache = NULL;
    if (tb_corpus_find(&path, 1, &corpus, &error) == TB_OK) {
        cache = tb_cache_open(corpus, &settings, NULL, &error);
        tb_corpus_free(corpus);
    }
    if (!cache) {
        fprintf(stderr, "%s\n", error.text);
        return false;
    }
    remove(tb_cache_path(cache));
    tb_cache_close(cache);
    return true;
}

/* In a process of its own; its peak of memory in MB, or -1. */
static double measure(double rate, int threads, double *seconds)
{
    int state = 0;
    struct rusage usage;
    double start = tb_seconds();
    pid_t child = fork();
    if (child == 0)
        _exit(import(rate, threads) ? 0 : 1);
    if (child < 0 || wait4(child, &state, 0, &usage) != child || state != 0)
        return -1;
    *seconds = tb_seconds() - start;
    return (double)usage.ru_maxrss / 1024;
}

static bool measure_hours(int hours, int threads)
{
    double seconds = 0;
    double memory = measure(SLOW_RATE, threads, &seconds);
    char name[32];
    snprintf(name, sizeof name, "memory, %d h", hours);
    bench_report(name, memory, "MB", 0);
    return memory >= 0;
}

static bool measure_memory(int threads)
{
    tb_error error;
    bool good = true;
    for (int i = 0; i < MOST_HOURS && good; i++) {
        char name[64];
        snprintf(name, sizeof name, "hour-%d.flac", i);
        good = save_tone(name, SLOW_RATE, 3600, 1 + 0.1 * i, &error) == TB_OK;
        if (good && (i == 0 || i == MOST_HOURS - 1))
            good = measure_hours(i + 1, threads);
    }
    remove_all("hour-%d.flac", MOST_HOURS);
    return good;
}

static bool measure_speed(int threads)
{
    tb_error error;
    double seconds = 0, minutes = TONES * TONE_SECONDS / 60;
    bool good = true;
    for (int i = 0; i < TONES && good; i++) {
        char name[64];
        snprintf(name, sizeof name, "tone-%d.flac", i);
        good = save_tone(name, RATE, TONE_SECONDS, 100 + i, &error) == TB_OK;
    }
    for (int n = 1; n <= threads && good; n += threads > 1 ? threads - 1 : 1) {
        good = measure(16000, n, &seconds) >= 0;
        char name[64];
        snprintf(name, sizeof name, "44.1 to 16 kHz, %d threads", n);
        bench_report(name, minutes / seconds, "minutes/s", 0);
    }
    remove_all("tone-%d.flac", TONES);
    return good;
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    if (!o.rest[0])
        return 2;
    snprintf(folder, sizeof folder, "%s", o.rest[0]);
    setenv("TIMBREL_CACHE", folder, 1);
    bool good = measure_speed(o.threads) && measure_memory(o.threads);
    bench_end(&o);
    return !good;
}
