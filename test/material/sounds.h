/* Sounds in a temporary folder, made for tests. */
#ifndef TB_TEST_SOUNDS_H
#define TB_TEST_SOUNDS_H

#include <dirent.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char test_folder[256];

/* A path in the test's folder; sixteen of them live at a time. */
static inline const char *in_folder(const char *name)
{
    static char paths[16][512];
    static int next;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

static inline void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char below[1024];
        struct stat st;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (n >= (int)sizeof below)
            continue;
        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode))
            remove_tree(below);
        else
            remove(below);
    }
    if (folder)
        closedir(folder);
    remove(path);
}

static inline void leave_folder(void)
{
    remove_tree(test_folder);
}

/* A fresh folder, with a folder "cache" for what is decoded. */
static inline void enter_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(test_folder, sizeof test_folder, "%s/timbrel-XXXXXX",
             tmp ? tmp : "/tmp");
    if (!mkdtemp(test_folder))
        abort();
    mkdir(in_folder("cache"), 0777);
    setenv("TIMBREL_CACHE", in_folder("cache"), 1);
    atexit(leave_folder);
}

static inline void put32(FILE *file, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        fputc(x >> (8 * i) & 255, file);
}

/* Writes a WAV file of 32-bit floats; `at(context, i, ch)` is frame i. */
static inline void write_wav(const char *path, int rate, int channels,
                             int frames,
                             float (*at)(void *, int frame, int channel),
                             void *context)
{
    FILE *file = fopen(path, "wb");
    uint32_t bytes = (uint32_t)(frames * channels) * 4;
    if (!file)
        abort();
    fwrite("RIFF", 1, 4, file);
    put32(file, 36 + bytes);
    fwrite("WAVEfmt ", 1, 8, file);
    put32(file, 16);
    put32(file, 3 | (uint32_t)channels << 16);
    put32(file, (uint32_t)rate);
    put32(file, (uint32_t)(rate * channels * 4));
    put32(file, (uint32_t)(channels * 4) | 32u << 16);
    fwrite("data", 1, 4, file);
    put32(file, bytes);
    for (int i = 0; i < frames; i++)
        for (int ch = 0; ch < channels; ch++) {
            float x = at(context, i, ch);
            uint32_t bits;
            memcpy(&bits, &x, 4);
            put32(file, bits);
        }
    fclose(file);
}

static inline float sine_at(void *context, int frame, int channel)
{
    double *period = context;
    return 0.5f * (float)sin(2 * acos(-1) * frame / *period + channel);
}

static inline void write_sine(const char *path, int rate, int channels,
                              int frames, double period)
{
    write_wav(path, rate, channels, frames, sine_at, &period);
}

/* A tone of each 4000 frames that soon dies away. */
static inline float hits_at(void *context, int frame, int channel)
{
    int at = frame % 4000;
    (void)context, (void)channel;
    return expf(-(float)at / 400) * sinf(0.3f * (float)at);
}

static inline void write_hits(const char *path, int rate, int channels,
                              int frames)
{
    write_wav(path, rate, channels, frames, hits_at, NULL);
}

static inline void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        abort();
    fputs(text, file);
    fclose(file);
}

#endif
