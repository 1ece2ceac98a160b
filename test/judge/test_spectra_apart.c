/* Spectra moment by moment, on recordings: the nearer something is to the
   recording for a listener, the nearer it is said to be. */
#include "audio/load.h"
#include "judge/spectra_apart.h"
#include "tap.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 44100, FRAMES = 4 * RATE };

static double apart(const float *sound, const float *made)
{
    double db = -1;
    tb_error error = {0};
    EQ(tb_spectra_apart(sound, made, FRAMES, RATE, &db, &error), TB_OK);
    return db;
}

/* The beginning of a recording, repeated where it is shorter. */
static float *recording(const char *name)
{
    char path[512];
    tb_audio audio;
    tb_error error = {0};
    float *x = calloc(FRAMES, sizeof *x);
    snprintf(path, sizeof path, "%s/%s", getenv("TIMBREL_SOUNDS"), name);
    EQ(tb_load_audio(path, RATE, 1, 0, 0, &audio, &error), TB_OK);
    for (int i = 0; i < FRAMES; i++)
        x[i] = audio.data[i % audio.frames];
    tb_audio_clear(&audio);
    return x;
}

static float noise_at(int i)
{
    uint32_t n = (uint32_t)i * 2654435761u;
    n = (n ^ n >> 15) * 2246822519u;
    return (float)((n >> 16) / 32768.0 - 1);
}

static double level_of(const float *x)
{
    double sum = 0;
    for (int i = 0; i < FRAMES; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum / FRAMES);
}

/* A copy, one 6 dB softer, a duller one, with noise at -20 dB; another moment,
   noise alone, and silence. */
static void check_order(const char *name)
{
    float *x = recording(name), *y = calloc(FRAMES, sizeof *y);
    double level = level_of(x), was = 0;
    NEAR(apart(x, x), 0, 0);
    for (int i = 0; i < FRAMES; i++)
        y[i] = x[i] / 2;
    double softer = apart(x, y);
    OK(softer > 3 && softer < 6.1);
    for (int i = 0; i < FRAMES; i++) {
        was += 0.3 * ((double)x[i] - was);
        y[i] = (float)was;
    }
    double duller = apart(x, y);
    for (int i = 0; i < FRAMES; i++)
        y[i] = x[i] + (float)(0.1 * level) * noise_at(i);
    double noisy = apart(x, y);
    for (int i = 0; i < FRAMES; i++)
        y[i] = x[(i + FRAMES / 2 + 4321) % FRAMES];
    double another = apart(x, y);
    for (int i = 0; i < FRAMES; i++)
        y[i] = (float)level * noise_at(i);
    double noise = apart(x, y);
    memset(y, 0, FRAMES * sizeof *y);
    double silence = apart(x, y);
    printf("# %s: softer %.1f, duller %.1f, noisy %.1f, another moment %.1f, "
           "noise %.1f, silence %.1f\n",
           name, softer, duller, noisy, another, noise, silence);
    OK(duller > 0.5 && duller < noise);
    OK(noisy < noise);
    OK(another > softer && another < silence);
    OK(noise > 12 && silence > 20);
    free(x);
    free(y);
}

static void check_silence(void)
{
    float *x = calloc(FRAMES, sizeof *x);
    OK(isnan(apart(x, x)));
    free(x);
}

int main(void)
{
    check_order("loop_tabla.flac");
    check_order("loop_mika.flac");
    check_order("guit_harmonics.flac");
    check_silence();
    return tap_done();
}
