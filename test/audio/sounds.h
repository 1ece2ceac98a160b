/* Sounds made by the tests of src/audio, in a folder of their own. */
#ifndef TB_TEST_AUDIO_SOUNDS_H
#define TB_TEST_AUDIO_SOUNDS_H

#include <dirent.h>
#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PI 3.14159265358979323846

static char folder[64];

/* Makes a new folder and works inside it. */
static inline void enter_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/timbrel-test-XXXXXX");
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        exit(99);
}

static inline void leave_folder(void)
{
    DIR *all = opendir(".");
    struct dirent *entry;
    while (all != NULL && (entry = readdir(all)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(entry->d_name);
    if (all != NULL)
        closedir(all);
    if (chdir("/") == 0)
        rmdir(folder);
}

static inline int count_files(void)
{
    int count = -2; /* "." and ".." */
    DIR *all = opendir(".");
    while (all != NULL && readdir(all) != NULL)
        count++;
    if (all != NULL)
        closedir(all);
    return count;
}

static inline int count_descriptors(void)
{
    int count = 0;
    for (int i = 0; i < 256; i++) {
        int copy = dup(i);
        if (copy >= 0)
            close(copy);
        count += copy >= 0;
    }
    return count;
}

/* A sine of amplitude 0.5, [frames, channels]: channel c has (c + 1) * hz. */
static inline float *make_sine(int64_t frames, int channels, double rate,
                               double hz)
{
    float *x = calloc((size_t)(frames * channels) + 1, sizeof(*x));
    if (x == NULL)
        exit(99);
    for (int64_t i = 0; i < frames; i++)
        for (int ch = 0; ch < channels; ch++)
            x[i * channels + ch] =
                (float)(0.5 * sin(2 * PI * hz * (ch + 1) * (double)i / rate));
    return x;
}

/* Writes `x` with libsndfile itself, in the format given. */
static inline int save_as(const char *path, int format, const float *x,
                          int64_t frames, int channels, int rate)
{
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL)
        return 0;
    int64_t done = 0;
    while (done < frames) {
        int64_t n = frames - done < 1024 ? frames - done : 1024;
        if (sf_writef_float(file, x + done * channels, n) != n)
            break;
        done += n;
    }
    sf_close(file);
    return done == frames;
}

static inline void save_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size)
        exit(99);
    fclose(file);
}

/* Amplitude of the frequency `hz` in channel `ch` of `x`. */
static inline double level_at(const float *x, int64_t frames, int channels,
                              int ch, double rate, double hz)
{
    double re = 0, im = 0, sum = 0;
    for (int64_t i = 0; i < frames; i++) {
        double w = 0.5 - 0.5 * cos(2 * PI * (i + 0.5) / (double)frames);
        double phase = 2 * PI * hz * (double)i / rate;
        re += w * x[i * channels + ch] * cos(phase);
        im += w * x[i * channels + ch] * sin(phase);
        sum += w;
    }
    return 2 * sqrt(re * re + im * im) / sum;
}

#endif
