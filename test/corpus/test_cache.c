#include "audio/resample.h"
#include "corpus/cache.h"
#include "sounds.h"
#include "tap.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

enum { FRAMES = 20000 };
static tb_error error;
static const tb_cache_settings plain = {.sample_rate = 16000, .channels = 1};

/* Opens the corpus of one path; null with `error` filled when it cannot. */
static tb_cache *open_path(const char *path, const tb_cache_settings *settings,
                           const tb_cache_watch *watch)
{
    tb_corpus *corpus;
    error = (tb_error){0};
    if (tb_corpus_find(&path, 1, &corpus, &error))
        return NULL;
    tb_cache *cache = tb_cache_open(corpus, settings, watch, &error);
    tb_corpus_free(corpus);
    if (!cache && error.status != TB_ERR_STOPPED)
        fprintf(stderr, "# said: %s\n", error.text);
    return cache;
}

/* Everything in the cache folder whose name ends so. */
static int count_files(const char *ending)
{
    DIR *folder = opendir(in_folder("cache"));
    struct dirent *entry;
    int count = 0;
    while ((entry = readdir(folder))) {
        size_t n = strlen(entry->d_name), m = strlen(ending);
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            count += n >= m && strcmp(entry->d_name + n - m, ending) == 0;
    }
    closedir(folder);
    return count;
}

static float ramp_at(void *context, int frame, int channel)
{
    float *offset = context;
    return *offset + (float)(frame % 1000) / 4000 - 0.1f * (float)channel;
}

static void make_sounds(void)
{
    float offset = 0, other = 0.25f;
    mkdir(in_folder("two"), 0777);
    write_wav(in_folder("two/a.wav"), 16000, 1, FRAMES, ramp_at, &offset);
    write_wav(in_folder("two/b.wav"), 16000, 2, FRAMES / 2, ramp_at, &other);
}

static void test_exact(void)
{
    float *x = calloc(FRAMES + 20, sizeof *x), offset = 0, other = 0.25f;
    tb_cache *cache = open_path(in_folder("two"), &plain, NULL);
    OK(!tb_cache_was_there(cache));
    EQ(tb_cache_files(cache), 2);
    EQ(tb_cache_frames(cache, 0), FRAMES);
    EQ(tb_cache_frames(cache, 1), FRAMES / 2);
    EQ(tb_cache_total_frames(cache), FRAMES + FRAMES / 2);
    NEAR(tb_cache_sample_rate(cache), 16000, 0);
    tb_cache_read(cache, 0, -10, FRAMES + 20, x);
    int wrong = 0;
    for (int i = 0; i < FRAMES + 20; i++) {
        int inside = i >= 10 && i < FRAMES + 10;
        float wanted = inside ? ramp_at(&offset, i - 10, 0) : 0;
        wrong += x[i] != wanted;
    }
    EQ(wrong, 0);
    tb_cache_read(cache, 1, 100, FRAMES / 2, x);
    double worst = 0;
    for (int i = 0; i < FRAMES / 2; i++) {
        double wanted = i + 100 < FRAMES / 2
                            ? (ramp_at(&other, i + 100, 0) +
                               (double)ramp_at(&other, i + 100, 1)) /
                                  2
                            : 0;
        worst = fmax(worst, fabs(x[i] - wanted));
    }
    NEAR(worst, 0, 1e-7);
    OK(tb_cache_hash(cache, 0) != tb_cache_hash(cache, 1));
    tb_cache_close(cache);
    free(x);
}

static void test_channels(void)
{
    float x[8];
    tb_cache_settings stereo = {.sample_rate = 16000, .channels = 2};
    tb_cache *cache = open_path(in_folder("two"), &stereo, NULL);
    tb_cache_read(cache, 0, 40, 2, x);
    NEAR(x[0], 0.01, 1e-8);
    NEAR(x[1], 0.01, 1e-8);
    tb_cache_read(cache, 1, 40, 2, x);
    NEAR(x[0], 0.26, 1e-7);
    NEAR(x[1], 0.16, 1e-7);
    tb_cache_close(cache);
    tb_cache_settings four = {.sample_rate = 16000, .channels = 4};
    OK(open_path(in_folder("two"), &four, NULL) == NULL);
    EQ(error.status, TB_ERR_ARGUMENT);
    OK(strstr(error.text, "b.wav"));
    tb_cache_settings none = {.sample_rate = 16000};
    OK(open_path(in_folder("two"), &none, NULL) == NULL);
    tb_cache_settings no_rate = {.channels = 1};
    OK(open_path(in_folder("two"), &no_rate, NULL) == NULL);
}

static void test_resampling(void)
{
    enum { HALF = 11025 };
    write_sine(in_folder("sine.wav"), 44100, 1, HALF, 100);
    tb_cache *cache = open_path(in_folder("sine.wav"), &plain, NULL);
    int64_t frames = tb_cache_frames(cache, 0);
    EQ(frames, tb_resampled_frames(HALF, 44100, 16000));
    float *x = calloc((size_t)frames, sizeof *x);
    double worst = 0, period = 100 * 16000.0 / 44100;
    tb_cache_read(cache, 0, 0, frames, x);
    for (int64_t i = 400; i < frames - 400; i++)
        worst = fmax(worst,
                     fabs(x[i] - 0.5 * sin(2 * acos(-1) * (double)i / period)));
    NEAR(worst, 0, 1e-5);
    tb_cache_close(cache);
    free(x);
}

static float constant_at(void *context, int frame, int channel)
{
    (void)frame, (void)channel;
    return *(float *)context;
}

static void test_offset(void)
{
    float x[1000], level = 0.3f, in[1000];
    write_wav(in_folder("dc.wav"), 16000, 1, 1000, constant_at, &level);
    tb_cache_settings s = plain;
    for (s.dc = TB_DC_MEAN; s.dc <= TB_DC_HIGHPASS; s.dc++) {
        tb_cache *cache = open_path(in_folder("dc.wav"), &s, NULL);
        double worst = 0;
        tb_cache_read(cache, 0, 0, 1000, x);
        for (int i = 0; i < 1000; i++)
            worst = fmax(worst, fabs(x[i]));
        NEAR(worst, 0, 1e-6);
        tb_cache_close(cache);
    }
    s.dc = TB_DC_HIGHPASS;
    tb_cache *cache = open_path(in_folder("two/a.wav"), &s, NULL);
    tb_cache_read(cache, 0, 0, 1000, x);
    level = 0;
    double worst = 0, y = 0;
    for (int i = 0; i < 1000; i++) {
        in[i] = ramp_at(&level, i, 0);
        y = in[i] - (double)in[i ? i - 1 : 0] + 0.99 * y;
        worst = fmax(worst, fabs(x[i] - y));
    }
    NEAR(worst, 0, 1e-6);
    tb_cache_close(cache);
}

static double peak_of(const tb_cache *cache, int file)
{
    float x[1000];
    double peak = 0;
    tb_cache_read(cache, file, 0, 1000, x);
    for (int i = 0; i < 1000; i++)
        peak = fmax(peak, fabs(x[i]));
    return peak;
}

static void test_normalise(void)
{
    double target = pow(10, -0.5 / 20);
    tb_cache_settings s = plain;
    s.normalise = TB_NORMALISE_CORPUS;
    tb_cache *cache = open_path(in_folder("two"), &s, NULL);
    NEAR(peak_of(cache, 1), target, 1e-6);
    NEAR(peak_of(cache, 0), target * 0.24975 / 0.44975, 1e-5);
    tb_cache_close(cache);
    s.normalise = TB_NORMALISE_FILE;
    cache = open_path(in_folder("two"), &s, NULL);
    OK(tb_cache_was_there(cache));
    NEAR(peak_of(cache, 0), target, 1e-6);
    NEAR(peak_of(cache, 1), target, 1e-6);
    tb_cache_close(cache);
    float silence = 0;
    write_wav(in_folder("silence.wav"), 16000, 1, 1000, constant_at, &silence);
    cache = open_path(in_folder("silence.wav"), &s, NULL);
    NEAR(tb_cache_gain(cache, 0), 1, 0);
    tb_cache_close(cache);
}

static void test_half(void)
{
    tb_cache_settings s = plain;
    float x[1000], y[1000];
    tb_cache *cache = open_path(in_folder("two/a.wav"), &s, NULL);
    tb_cache_read(cache, 0, 0, 1000, x);
    tb_cache_close(cache);
    s.half = true;
    cache = open_path(in_folder("two/a.wav"), &s, NULL);
    OK(!tb_cache_was_there(cache));
    tb_cache_read(cache, 0, 0, 1000, y);
    double worst = 0;
    for (int i = 0; i < 1000; i++)
        worst = fmax(worst, fabs(x[i] - y[i]));
    OK(worst > 0);
    NEAR(worst, 0, 0.5001 / 16384);
    tb_cache_close(cache);
}

static bool count_progress(void *context, double done, const char *path)
{
    int *calls = context;
    OK(done >= 0 && done <= 1 && path);
    ++*calls;
    return true;
}

static void touch(const char *path, int seconds)
{
    struct timespec times[2] = {{1000000000 + seconds, 0},
                                {1000000000 + seconds, 0}};
    utimensat(AT_FDCWD, path, times, 0);
}

static void test_changes(void)
{
    int calls = 0, before;
    float offset = 0.125f, x;
    tb_cache_watch watch = {count_progress, NULL, &calls};
    tb_cache_settings s = plain;
    s.dc = TB_DC_MEAN;
    tb_cache_close(open_path(in_folder("two"), &s, &watch));
    OK(calls > 1);
    before = calls;
    int sounds = count_files(".sound");
    touch(in_folder("two/a.wav"), 1);
    tb_cache *cache = open_path(in_folder("two"), &s, &watch);
    OK(tb_cache_was_there(cache));
    EQ(calls, before);
    uint64_t hash = tb_cache_hash(cache, 0);
    tb_cache_close(cache);
    s.dc = TB_DC_OFF;
    write_wav(in_folder("two/a.wav"), 16000, 1, FRAMES, ramp_at, &offset);
    touch(in_folder("two/a.wav"), 2);
    cache = open_path(in_folder("two"), &s, &watch);
    OK(!tb_cache_was_there(cache));
    OK(calls > before);
    OK(tb_cache_hash(cache, 0) != hash);
    tb_cache_read(cache, 0, 0, 1, &x);
    NEAR(x, 0.125, 0);
    EQ(count_files(".sound"), sounds);
    tb_cache_close(cache);
    rename(in_folder("two"), in_folder("moved"));
    cache = open_path(in_folder("moved"), &s, &watch);
    OK(tb_cache_was_there(cache));
    tb_cache_close(cache);
    rename(in_folder("moved"), in_folder("two"));
}

/* A cache cut at any place is decoded again. */
static void test_cut(void)
{
    tb_cache *cache = open_path(in_folder("two"), &plain, NULL);
    char path[512];
    struct stat st;
    snprintf(path, sizeof path, "%s", tb_cache_path(cache));
    tb_cache_close(cache);
    stat(path, &st);
    static const long cuts[] = {0, 1, 63, 64, 100, 4095, 4096, -1};
    for (int i = 0; i < 8; i++) {
        EQ(truncate(path, cuts[i] < 0 ? st.st_size - 1 : cuts[i]), 0);
        cache = open_path(in_folder("two"), &plain, NULL);
        OK(cache && !tb_cache_was_there(cache));
        tb_cache_close(cache);
    }
    FILE *file = fopen(path, "r+b");
    fseek(file, 70, SEEK_SET);
    fputc(99, file);
    fclose(file);
    cache = open_path(in_folder("two"), &plain, NULL);
    OK(cache && !tb_cache_was_there(cache));
    tb_cache_close(cache);
}

static bool stop_in_second(void *context, double done, const char *path)
{
    (void)context, (void)done;
    return strstr(path, "b.wav") == NULL;
}

static void test_whole_or_not(void)
{
    tb_cache_settings s = plain;
    s.sample_rate = 12345;
    int files = count_files("");
    tb_cache_watch watch = {stop_in_second, NULL, NULL};
    OK(open_path(in_folder("two"), &s, &watch) == NULL);
    EQ(error.status, TB_ERR_STOPPED);
    EQ(count_files(""), files);
    struct rlimit old, small;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){20000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    OK(open_path(in_folder("two"), &s, NULL) == NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    EQ(error.status, TB_ERR_FILE);
    OK(strstr(error.text, "TIMBREL_CACHE"));
    EQ(count_files(""), files);
}

static void test_folders(void)
{
    setenv("TIMBREL_CACHE", in_folder("sine.wav/below"), 1);
    OK(open_path(in_folder("two"), &plain, NULL) == NULL);
    EQ(error.status, TB_ERR_FILE);
    OK(strstr(error.text, "TIMBREL_CACHE"));
    unsetenv("TIMBREL_CACHE");
    setenv("XDG_CACHE_HOME", in_folder("xdg"), 1);
    tb_cache *cache = open_path(in_folder("two"), &plain, NULL);
    OK(strstr(tb_cache_path(cache), "/xdg/timbrel/"));
    tb_cache_close(cache);
    setenv("TIMBREL_CACHE", in_folder("cache"), 1);
}

/* ---- recordings of all levels ---- */

typedef struct sine {
    float level;
    int wild_frame; /* -1: none */
    float wild;
} sine;

static float wave_at(void *context, int frame, int channel)
{
    const sine *s = context;
    (void)channel;
    if (frame == s->wild_frame)
        return s->wild;
    return s->level * (float)sin(0.05 * frame);
}

static char notes[4096];

static void keep_note(void *context, const char *text)
{
    (void)context;
    strncat(notes, text, sizeof notes - strlen(notes) - 1);
}

/* A healthy file "a.wav" beside "b.wav", which is not. */
static tb_cache *beside(sine s, tb_normalise normalise)
{
    sine healthy = {0.5f, -1, 0};
    tb_cache_watch watch = {NULL, keep_note, NULL};
    tb_cache_settings settings = {.sample_rate = 16000,
                                  .channels = 1,
                                  .half = true,
                                  .normalise = normalise};
    remove_tree(in_folder("levels"));
    mkdir(in_folder("levels"), 0777);
    write_wav(in_folder("levels/a.wav"), 16000, 1, FRAMES, wave_at, &healthy);
    write_wav(in_folder("levels/b.wav"), 16000, 1, FRAMES, wave_at, &s);
    notes[0] = 0;
    return open_path(in_folder("levels"), &settings, &watch);
}

static void expect_levels(sine s, double a, double b, const char *note)
{
    tb_cache *cache = beside(s, TB_NORMALISE_CORPUS);
    NEAR(peak_of(cache, 0), a, 2e-4);
    NEAR(peak_of(cache, 1), b, 2e-4);
    if (!OK(note ? strstr(notes, note) != NULL : notes[0] == 0))
        fprintf(stderr, "# noted: %s\n", notes);
    float x;
    tb_cache_read(cache, 1, 31, 1, &x);
    NEAR(x / (s.level * sin(0.05 * 31)) / tb_cache_gain(cache, 1), 1, 1e-3);
    tb_cache_close(cache);
}

static void test_wild_samples(void)
{
    double top = pow(10, -0.5 / 20);
    expect_levels((sine){0.5f, -1, 0}, top, top, NULL);
    expect_levels((sine){0.5f, 700, 1e20f}, top, top,
                  "b.wav' holds 1 sample far beyond all others");
    expect_levels((sine){0.5f, 700, -3e38f}, top, top, "b.wav' holds 1 sample");
    expect_levels((sine){0.5f, 700, INFINITY}, top, top, "not numbers");
    expect_levels((sine){20000, -1, 0}, top, top,
                  "b.wav' reaches 2e+04 times full scale");
    expect_levels((sine){1e30f, -1, 0}, top, top, "b.wav' reaches 1e+30");
    expect_levels((sine){20000, 700, 1e20f}, top, top, "b.wav' reaches");
}

/* What was decoded before is told of again. */
static void test_told_again(void)
{
    tb_cache_watch watch = {NULL, keep_note, NULL};
    tb_cache_settings settings = {
        .sample_rate = 16000, .channels = 1, .half = true};
    tb_cache_close(beside((sine){20000, 700, 1e20f}, TB_NORMALISE_OFF));
    notes[0] = 0;
    tb_cache *cache = open_path(in_folder("levels"), &settings, &watch);
    OK(tb_cache_was_there(cache));
    OK(strstr(notes, "b.wav' holds 1 sample far beyond"));
    OK(strstr(notes, "b.wav' reaches 3.28e+04"));
    tb_cache_close(cache);
}

/* More than 16 bits of the cache hold, and still a level like any other. */
static void test_loud(void)
{
    double top = pow(10, -0.5 / 20);
    expect_levels((sine){5, -1, 0}, top / 10, top, NULL);
    tb_cache *cache = beside((sine){5, -1, 0}, TB_NORMALISE_OFF);
    NEAR(peak_of(cache, 0), 0.5, 1e-4);
    NEAR(peak_of(cache, 1), 5, 1e-3);
    NEAR(tb_cache_gain(cache, 1), 1, 0);
    tb_cache_close(cache);
}

static void test_silence(void)
{
    float level = 0;
    tb_cache_watch watch = {NULL, keep_note, NULL};
    write_wav(in_folder("mute.wav"), 16000, 1, 1000, constant_at, &level);
    for (int i = 0; i < 2; i++) {
        notes[0] = 0;
        tb_cache_close(open_path(in_folder("mute.wav"), &plain, &watch));
        OK(strstr(notes, "All of the material is silent"));
    }
    tb_cache_close(beside((sine){0, -1, 0}, TB_NORMALISE_CORPUS));
    SAME_TEXT(notes, "");
}

/* ---- threads ---- */

enum { MANY = 80 };

static uint64_t hash_of(const char *path)
{
    uint64_t hash = 14695981039346656037u;
    FILE *file = fopen(path, "rb");
    for (int c; (c = fgetc(file)) != EOF;)
        hash = (hash ^ (uint64_t)c) * 1099511628211u;
    fclose(file);
    return hash;
}

/* The first recording is the longest, so that all others wait for it. */
static void test_threads(void)
{
    uint64_t first = 0;
    tb_cache_settings s = {.sample_rate = 16000, .channels = 1, .half = true};
    mkdir(in_folder("many"), 0777);
    for (int i = 0; i < MANY; i++) {
        char name[32];
        sine one = {0.1f + 0.01f * (float)i, i == 50 ? 20 : -1, 1e20f};
        snprintf(name, sizeof name, "many/%02d.wav", i);
        write_wav(in_folder(name), i % 3 ? 16000 : 22050, 1,
                  i ? 500 + 7 * i : 200000, wave_at, &one);
    }
    for (s.threads = 1; s.threads <= 4; s.threads++) {
        int calls = 0;
        tb_cache_watch watch = {count_progress, keep_note, &calls};
        notes[0] = 0;
        tb_cache *cache = open_path(in_folder("many"), &s, &watch);
        OK(cache && !tb_cache_was_there(cache));
        EQ(tb_cache_files(cache), MANY);
        OK(calls >= MANY);
        OK(strstr(notes, "50.wav' holds 1 sample"));
        uint64_t hash = hash_of(tb_cache_path(cache));
        first = first ? first : hash;
        EQ(hash, first);
        remove(tb_cache_path(cache));
        tb_cache_close(cache);
    }
    EQ(count_files(".part"), 0);
}

int main(void)
{
    enter_folder();
    make_sounds();
    test_exact();
    test_channels();
    test_resampling();
    test_offset();
    test_normalise();
    test_half();
    test_wild_samples();
    test_told_again();
    test_loud();
    test_silence();
    test_threads();
    test_changes();
    test_cut();
    test_whole_or_not();
    test_folders();
    return tap_done();
}
