/* timbrel generate: names, repeatability, prompts, and what is refused. */
#include "program.h"

#include <math.h>
#include <time.h>

static void test_names(void)
{
    RUN(0, "generate run --seconds 0.5 --seed 4711 --temperature 0.9");
    SAID("epoch-0002.safetensors");
    OK(there("run_e2_T0.90_seed4711_01.wav"));
    RUN(0, "generate run --seconds 0.5 --seed 4711 --temperature 0.9");
    OK_NAMED(there("run_e2_T0.90_seed4711_02.wav"), "nothing is overwritten");
    RUN(0, "generate run --epoch 1 --seconds 0.5 --seed 7 --voices 3 "
           "--temperature 0.5..1.2");
    OK(there("run_e1_T0.50-1.20_seed7_03.wav"));
    RUN(0, "generate run/checkpoints/epoch-0001.safetensors --seconds 0.2 "
           "--seed 8");
    OK(there("run_e1_T1.00_seed8_01.wav"));
    RUN(0, "generate run --seconds 0.2 --voices 2 -o two.wav");
    OK(there("two_01.wav") && there("two_02.wav"));
}

static void test_repeatable(void)
{
    OK(same_sound("run_e2_T0.90_seed4711_01.wav",
                  "run_e2_T0.90_seed4711_02.wav"));
    RUN(0, "generate run --seconds 0.5 --seed 4711 --voices 4 --threads 1 "
           "-o one.wav");
    RUN(0, "generate run --seconds 0.5 --seed 4711 --voices 4 --threads 2 "
           "-o both.wav");
    OK(same_sound("one_01.wav", "both_01.wav"));
    OK_NAMED(same_sound("one_04.wav", "both_04.wav"), "on any threads");
    OK(!same_sound("one_01.wav", "one_03.wav"));
    RUN(0, "generate run --seconds 0.5 --seed 4712 -o other.wav");
    OK(!same_sound("one_01.wav", "other.wav"));
}

/* The largest of 24-bit samples, of 1. */
static double peak_of(const char *name)
{
    size_t n = 0;
    double peak = 0;
    char *bytes = bytes_of(name, &n);
    const char *x = samples_of(bytes, n, &n);
    for (size_t i = 0; x && i + 2 < n; i += 3)
        peak = fmax(peak, fabs((unsigned char)x[i + 1] +
                               256.0 * (signed char)x[i + 2]));
    free(bytes);
    return peak / 32768;
}

/* The mean of 24-bit samples, of 1. */
static double mean_of(const char *name)
{
    size_t n = 0;
    double sum = 0;
    char *bytes = bytes_of(name, &n);
    const char *x = samples_of(bytes, n, &n);
    for (size_t i = 0; x && i + 2 < n; i += 3)
        sum += (unsigned char)x[i + 1] + 256.0 * (signed char)x[i + 2];
    free(bytes);
    return x ? sum / 32768 / (double)(n / 3) : 1;
}

static void test_high_pass(void)
{
    RUN(0, "generate run --seconds 1 --seed 5 -o gentle.wav");
    RUN(0, "generate run --seconds 1 --seed 5 --high-pass 20 -o same.wav");
    RUN(0, "generate run --seconds 1 --seed 5 --high-pass off -o bare.wav");
    RUN(0, "generate run --seconds 1 --seed 5 --high-pass 200 -o thin.wav");
    OK(same_sound("gentle.wav", "same.wav"));
    OK(!same_sound("gentle.wav", "bare.wav"));
    OK(!same_sound("gentle.wav", "thin.wav"));
    OK(fabs(mean_of("thin.wav")) < 0.002);
    RUN(2, "generate run --high-pass 0,5");
    SAID("write 0.5, with a point");
    RUN(2, "generate run --high-pass 5000");
}

static void test_prompts(void)
{
    RUN(0, "generate run --seconds 0.1 --prompt sounds/a.wav@1s+500s "
           "--seed 1 -o end.wav 2>&1");
    SAID("'sounds/a.wav' has only");
    RUN(0, "generate run --seconds 0.1 --prompt sounds/a.wav@1s+0.5s --prompt "
           "sounds/a.wav@1s+0.25s --voices 2 --seed 1 -o ends.wav 2>&1");
    SAID("last as long as the shortest, 'sounds/a.wav@1s+0.25s' with 0.25 s");
    RUN(0, "generate run --seconds 0.25 --prompt sounds/a.wav@1s+0.5s "
           "--keep-prompt yes --seed 1 -o kept.wav");
    RUN(0, "info kept.wav");
    SAID("0.750 s");
    SAID("prompt=sounds/a.wav@1s+0.5s");
    SAID("seed=1");
    RUN(0, "generate run --seconds 0.25 --prompt corpus@7s+0.5s -o c.wav");
    RUN(0, "info c.wav");
    SAID("prompt=b.wav@1.000s+0.500s");
    RUN(1, "generate run --prompt nothing.wav");
    RUN(2, "generate run --prompt corpus@1000s");
    RUN(2, "generate run --prompt sounds/a.wav@soon");
}

/* A soft prompt is heard as loud as what was learned, and goes on softly. */
static void test_levels(void)
{
    RUN(0, "generate run --seconds 1 --seed 1 --prompt sounds/a.wav@0s+1s "
           "--keep-prompt yes -o loud.wav");
    RUN(0, "generate run --seconds 1 --seed 1 --prompt sounds/a.wav@0s+1s "
           "--keep-prompt yes --level -30 -o soft.wav");
    RUN(0, "generate run --seconds 1 --seed 2 --prompt soft.wav@0s+1s "
           "-o back.wav 2>&1");
    SAID("'soft.wav@0s+1s' is ");
    SAID("dB softer than the network knows");
    SAID("comes back at that of the prompt.");
    RUN(0, "generate run --seconds 1 --seed 2 --prompt soft.wav@0s+1s "
           "--level-from network -o up.wav");
    OK_NAMED(peak_of("back.wav") < 0.2 * peak_of("up.wav"),
             "what is made is as soft as its prompt");
    RUN(0, "generate run --seconds 1 --seed 2 --prompt soft.wav@0s+1s "
           "--level-from prompt --keep-prompt yes -o both.wav");
    OK_NAMED(peak_of("both.wav") < 1.5 * peak_of("soft.wav"),
             "and so is the prompt itself");
    RUN(2, "generate run --level-from above");
    SAID("--level-from is prompt or network, not 'above'.");
}

static void test_outputs(void)
{
    RUN(0, "generate run --seconds 0.5 --rate 8000 --voices 3 --mix --level -6 "
           "-o mix.flac");
    RUN(0, "info mix.flac");
    SAID("8 kHz");
    SAID("0.500 s");
    RUN(1, "generate run --seconds 0.5 -o mix.flac");
    RUN(0, "generate run --seconds 0.5 -o mix.flac --force");
    RUN(0, "generate run --seconds 0.5 -o - 2>/dev/null | wc -c");
    OK(atoi(said) > 3000);
    RUN(2, "generate run --seconds 0.5 --voices 2 -o -");
    RUN(0, "generate run --seconds 0.2 --seed 3 --json -o j.wav");
    SAID("\"path\":\"j.wav\"");
    RUN(2, "generate run -o x.xyz");
    OK(!there("x.xyz"));
}

static void test_refused(void)
{
    RUN(2, "generate");
    RUN(1, "generate nothing-here");
    RUN(1, "generate sounds");
    RUN(1, "generate run --epoch 77");
    SAID("epoch 77");
    RUN(2, "generate run --temperature hot");
    RUN(2, "generate run --seconds -1");
    RUN(2, "generate run --temprature 1");
    SAID("Did you mean '--temperature'");
    RUN(2, "generate run --voices 100000");
    RUN(2, "generate run --keep-prompt maybe");
}

/* Sounds and folders of many runs are named. */
static void test_named(void)
{
    RUN(1, "generate sounds/a.wav");
    SAID("is a sound, not a checkpoint");
    SAID("--prompt sounds/a.wav");
    RUN(1, "generate run/log.csv");
    SAID("is no checkpoint");
    OK(system("mkdir -p all/one && cp -R run/checkpoints all/one") == 0);
    RUN(0, "generate all --seconds 0.1 --seed 1 -o sole.wav");
    OK(system("cp -R all/one all/two") == 0);
    RUN(2, "generate all");
    SAID("several runs");
    SAID("all/one");
    RUN(2, "generate . --epoch 1");
    SAID("name one of them");
    RUN(2, "info all --graph");
    RUN(0, "generate all/two --seconds 0.1 --seed 1 -o two.wav");
    RUN(0, "generate all/two/checkpoints --seconds 0.1 --seed 1 -o two2.wav");
}

static void test_gone(void)
{
    RUN(0, "generate run --seconds 0.1 --prompt a.wav@1s+0.5s --seed 1 "
           "-o named.wav");
    RUN(0, "generate run --seconds 0.1 --prompt sounds/a.wav@1s+0.5s --seed 1 "
           "-o whole.wav");
    OK(same_sound("named.wav", "whole.wav"));
    OK(rename("sounds/b.wav", "b.away") == 0);
    RUN(0, "generate run --seconds 0.1 --voices 12 --seed 1 -o rest.wav");
    SAID("1 of the 2 recordings is not where it was");
    SAID("sounds/b.wav");
    RUN(0, "generate run --seconds 0.1 --prompt corpus@1s+0.5s -o rest2.wav");
    RUN(1, "generate run --seconds 0.1 --prompt corpus@7s+0.5s -o rest3.wav");
    SAID("sounds/b.wav");
    SAID("run.ini");
    OK(rename("b.away", "sounds/b.wav") == 0);
    OK(rename("sounds/a.wav", "a.away") == 0);
    RUN(0, "generate run --seconds 0.1 --voices 12 --seed 1 -o rest4.wav");
    SAID("after b.wav");
    OK(rename("sounds/b.wav", "b.away") == 0);
    RUN(0, "generate run --seconds 0.1 --seed 1 -o rest5.wav");
    SAID("begins without a prompt");
    RUN(1, "generate run --prompt corpus --seed 1 -o rest6.wav");
    RUN(1, "generate run --prompt a.wav --seed 1 -o rest7.wav");
    OK(rename("b.away", "sounds/b.wav") == 0);
    OK(rename("a.away", "sounds/a.wav") == 0);
}

static void test_stopped(void)
{
    const char *line[] = {program,     "generate",    "run",
                          "--seconds", "9000",        "--json",
                          "-o",        "stopped.wav", NULL};
    beside b = start(line);
    while (!there("stopped.wav"))
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    kill(b.pid, SIGINT);
    OK(await(&b, "\"event\":\"file\"", 1));
    EQ(end(&b, 0), 130);
    OK(there("stopped.wav"));
}

static void test_damaged(void)
{
    size_t n;
    char *bytes = bytes_of("run/checkpoints/epoch-0002.safetensors", &n);
    bytes[n - 5] ^= 4;
    FILE *file = fopen("bad.safetensors", "wb");
    fwrite(bytes, 1, n, file);
    fclose(file);
    RUN(1, "generate bad.safetensors -o bad.wav");
    OK(!there("bad.wav"));
    RUN(1, "info bad.safetensors");
    file = fopen("short.safetensors", "wb");
    fwrite(bytes, 1, n / 2, file);
    fclose(file);
    RUN(1, "generate short.safetensors -o bad.wav");
    OK(!there("bad.wav"));
    free(bytes);
}

/* What learns nothing plays at once. */
static void test_nearest(void)
{
    RUN(0, "train nearest sounds --dry-run");
    SAID("learns nothing");
    OK(!there("near"));
    RUN(0, "train nearest sounds --run near --seed 5");
    SAID("plays at once");
    SAID("generate near");
    OK(there("near/run.ini"));
    OK(there("near/checkpoints/epoch-0001.safetensors"));
    RUN(0, "generate near --seconds 1 --seed 7 --temperature 0.5 -o near1.wav");
    RUN(0, "generate near --seconds 1 --seed 7 --temperature 0.5 -o near2.wav");
    OK(same_sound("near1.wav", "near2.wav"));
    RUN(0, "train nearest sounds --run pair --channels 2 --match 0.1 --json");
    SAID("\"event\":\"saved\"");
    RUN(0, "generate pair --seconds 1 --voices 2 -o pair.wav");
    RUN(0, "info near");
    SAID("a run of nearest");
    RUN(1, "train --resume near");
    SAID("learns nothing");
    RUN(2, "train nearest sounds --fade 0.9 --run wrong");
    SAID("fade=0.5");
    RUN(1, "train nearest sounds --match 5 --room 50000 --run wrong");
    SAID("too little sound");
    OK(!there("wrong"));
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    RUN(0, "train samplernn sounds --run run --seed 5 --epochs 2 --examples "
           "0 " TINY);
    test_names();
    test_repeatable();
    test_high_pass();
    test_prompts();
    test_levels();
    test_outputs();
    test_refused();
    test_named();
    test_gone();
    test_stopped();
    test_damaged();
    test_nearest();
    return tap_done();
}
