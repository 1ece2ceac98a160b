/* Memory does not grow with the hours that are imported. */
#include "audio/encode.h"
#include "corpus/cache.h"
#include "sounds.h"
#include "tap.h"
#include <sys/resource.h>
#include <sys/wait.h>

enum { RATE = 100, HOUR = 3600 * RATE, HOURS = 30 };

static void save_hours(int from, int to)
{
    static float x[HOUR];
    const tb_encode_settings encode = {.sample_rate = RATE, .channels = 1};
    for (int k = from; k < to; k++) {
        char name[64];
        for (int i = 0; i < HOUR; i++)
            x[i] = 0.5f * (float)sin(0.01 * (k + 1) * i);
        snprintf(name, sizeof name, "hours/%02d.flac", k);
        OK(tb_save_audio(in_folder(name), &encode, x, HOUR, NULL, NULL) ==
           TB_OK);
    }
}

static int import(int hours)
{
    tb_corpus *corpus;
    const char *path = in_folder("hours");
    const tb_cache_settings settings = {
        .sample_rate = RATE, .channels = 1, .half = true, .threads = 2};
    if (tb_corpus_find(&path, 1, &corpus, NULL) != TB_OK)
        return 0;
    tb_cache *cache = tb_cache_open(corpus, &settings, NULL, NULL);
    int good = cache && tb_cache_total_frames(cache) == (int64_t)hours * HOUR;
    tb_cache_close(cache);
    tb_corpus_free(corpus);
    return good;
}

/* The peak of a process of its own, which forgets ours: in KiB. */
static long peak_of(int hours)
{
    int state = 0;
    struct rusage usage = {0};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int good = import(hours);
        getrusage(RUSAGE_SELF, &usage);
        FILE *file = fopen(in_folder("peak"), "w");
        fprintf(file, "%ld", usage.ru_maxrss);
        fclose(file);
        _exit(!good);
    }
    waitpid(child, &state, 0);
    EQ(state, 0);
    long peak = 0;
    FILE *file = fopen(in_folder("peak"), "r");
    EQ(file && fscanf(file, "%ld", &peak) == 1, 1);
    fclose(file);
    return peak;
}

int main(void)
{
    enter_folder();
    mkdir(in_folder("hours"), 0777);
    save_hours(0, 2);
    long few = peak_of(2);
    save_hours(2, HOURS);
    long many = peak_of(HOURS);
#ifdef SANITIZED
    OK_NAMED(1, "peaks # SKIP sanitizers keep what is freed");
#else
    /* A list of files, and pages of the cache that were looked at. */
    if (!OK(many < few + 3000))
        fprintf(stderr, "# %ld KiB, then %ld KiB\n", few, many);
#endif
    return tap_done();
}
