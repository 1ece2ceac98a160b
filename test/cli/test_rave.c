/* Small RAVEs as a user trains and plays them: sound that takes on how others
   sound, latents that are drawn or changed, and reports. */
#include "program.h"

#define SMALL                                                                  \
    "--set sample_rate=4000 --set bands=4 --set attenuation=40 --set "         \
    "capacity=2 --set latents=3 --set ratios=2,2 --set units=1 --set "         \
    "dilations=1 --set noise_bins=0 --set scales=64,32 --set crop=no --set "   \
    "batch=2 --set window=512 --set examples=0 --seed 5 --epochs 1 "

static void check_targets(void)
{
    RUN(0, "train rave sounds --preset v2,adain " SMALL "--run adapts");
    RUN(0, "transfer adapts sounds/a.wav -o plain.wav --seed 1");
    RUN(0, "transfer adapts sounds/a.wav -o one.wav --seed 1 --target "
           "sounds/b.wav");
    RUN(0, "transfer adapts sounds/a.wav -o again.wav --seed 1 --target "
           "sounds/b.wav");
    RUN(0, "transfer adapts sounds/a.wav -o two.wav --seed 1 --target "
           "sounds/b.wav --target sounds/c.wav");
    OK(same_sound("one.wav", "again.wav"));
    OK(!same_sound("plain.wav", "one.wav"));
    OK(!same_sound("one.wav", "two.wav"));
    RUN(1, "transfer adapts sounds/a.wav -o no.wav --target sounds/none.wav");
    OK(!there("no.wav"));
}

/* Each clip is held against its original, on the screen, the page and in
   info. */
static void check_clips(void)
{
    RUN(0,
        "train rave sounds --preset v2 " SMALL "--run heard --set examples=2");
    SAID("epoch 1, clip 1: ");
    SAID("dB apart, loudness ");
    size_t size;
    char *page = bytes_of("heard/index.html", &size);
    OK(page && strstr(page, "dB apart, loudness "));
    free(page);
    RUN(0, "info heard");
    SAID("spectrum");
    SAID("Clips are held against their originals");
    RUN(0, "info heard --json");
    SAID("\"spectrum_db\":");
    SAID("\"level_db\":");
    OK(!strstr(said, "\"epoch\":0,"));
}

static void check_refusals(void)
{
    RUN(0, "train rave sounds --preset v2 " SMALL "--run plain");
    RUN(1, "transfer plain sounds/a.wav -o no.wav --target sounds/b.wav");
    SAID("adain");
    OK(!there("no.wav"));
}

/* What is drawn depends on the seed; without it latents are means. */
static void check_chance(void)
{
    RUN(0, "transfer plain sounds/a.wav -o drawn.wav --seed 1 --attribute "
           "spread=1");
    RUN(0, "transfer plain sounds/a.wav -o twice.wav --seed 1 --attribute "
           "spread=1");
    RUN(0, "transfer plain sounds/a.wav -o luck.wav --seed 2 --attribute "
           "spread=1");
    OK(same_sound("drawn.wav", "twice.wav"));
    OK(!same_sound("drawn.wav", "luck.wav"));
}

/* Whether sounds are the same from their first quarter on. */
static int same_end(const char *a, const char *b)
{
    size_t n, m;
    char *x = bytes_of(a, &n), *y = bytes_of(b, &m);
    const char *p = samples_of(x, n, &n), *q = samples_of(y, m, &m);
    int same = p && q && n == m && n > 0 &&
               memcmp(p + n / 4, q + n / 4, n - n / 4) == 0;
    free(x);
    free(y);
    return same;
}

/* Latents that are changed by hand: the same in a file and on the way. */
static void check_latents(void)
{
    RUN(0, "encode plain sounds/a.wav -o z.npy");
    RUN(0, "encode plain sounds/a.wav -o moved.npy --scale 1=2 --bias 0=0.5 "
           "--bias 2=-1");
    RUN(0, "decode plain moved.npy -o moved.wav");
    RUN(0, "decode plain z.npy -o again.wav --scale 1=2 --bias 0=0.5 --bias "
           "2=-1 --force");
    RUN(0, "decode plain z.npy -o z.wav");
    OK(same_sound("moved.wav", "again.wav"));
    OK(!same_sound("moved.wav", "z.wav"));
    RUN(0, "transfer plain sounds/a.wav -o way.wav --scale 1=2 --bias 0=0.5 "
           "--bias 2=-1 --attribute spread=0");
    RUN(0, "transfer plain sounds/a.wav -o halves.wav --scale all=1");
    RUN(0, "transfer plain sounds/a.wav -o whole.wav");
    OK(same_end("halves.wav", "whole.wav"));
    OK(!same_end("way.wav", "whole.wav"));
    OK(!same_sound("way.wav", "whole.wav"));
    RUN(2, "transfer plain sounds/a.wav -o no.wav --scale 1=2 --attribute "
           "spreads=0");
    RUN(2, "decode plain z.npy -o no.wav --bias 3=1");
    SAID("from 0 to 2");
    RUN(2, "decode plain z.npy -o no.wav --scale loud=1");
    RUN(0, "decode plain z.npy -o none.wav --scale all=0");
    OK(!same_sound("none.wav", "z.wav"));
}

/* A report stands beside the sound, with the run's own sounds for a likeness.
 */
static void check_report(void)
{
    size_t n;
    RUN(0, "transfer plain sounds/a.wav -o told.wav --report");
    SAID("Loudness");
    char *text = bytes_of("told.json", &n);
    OK(text && strstr(text, "\"pitch_cents\":") &&
       strstr(text, "\"mmd_target\":") && strstr(text, "\"target_files\":3"));
    free(text);
    RUN(1, "transfer plain sounds/a.wav -o told2.wav --report --like nowhere");
    RUN(0, "transfer plain sounds/a.wav -o told3.wav --report --like "
           "sounds/c.wav");
    text = bytes_of("told3.json", &n);
    OK(text && strstr(text, "\"target_files\":1"));
    free(text);
}

/* Noise that gets louder. */
static float hiss_at(void *context, int frame, int channel)
{
    uint32_t noise = (uint32_t)(frame + channel) * 2654435761u;
    (void)context;
    return (float)((noise >> 16) / 32768.0 - 1) * (float)frame / 4000;
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(4);
    write_wav("sounds/c.wav", 2000, 1, 3000, hiss_at, NULL);
    check_targets();
    check_clips();
    check_refusals();
    check_chance();
    check_latents();
    check_report();
    return tap_done();
}
