/* timbrel with FreqNet: trained, stopped and gone on with the same bits, told
   about and played, in mono and stereo, drawn and said outright. */
#include "program.h"

#include <stdbool.h>

#define SMALL                                                                  \
    "--set sample_rate=4000 --set fft_size=128 --set hop=32 --set blocks=2 "   \
    "--set dims_dilated=8 --set residuals_dim=8 --set skips_dim=8 "            \
    "--set batch=2 --set training.window=512 --set piece=0.5 "                 \
    "--set prompt_seconds=0.2 --set example_seconds=2 --examples 0 --seed 5 "  \
    "--set schedule=constant "

static void test_resumed(const char *name, const char *changes)
{
    char a[128], b[128];
    RUN(0,
        "train freqnet sounds --run %s-whole --epochs 2 --threads 1 " SMALL
        "%s",
        name, changes);
    RUN(0, "train freqnet sounds --run %s --epochs 1 --threads 2 " SMALL "%s",
        name, changes);
    RUN(0, "train --resume %s --epochs 2", name);
    for (int epoch = 1; epoch <= 2; epoch++) {
        const char *file = "checkpoints/epoch-%04d.safetensors";
        char path[64];
        snprintf(path, sizeof path, file, epoch);
        snprintf(a, sizeof a, "%s-whole/%s", name, path);
        snprintf(b, sizeof b, "%s/%s", name, path);
        OK_NAMED(same_files(a, b), "gone on with, the same weights");
    }
}

#define PROMPT "--prompt sounds/a.wav@0.5s+0.5s --seconds 1 "

static void test_generated(const char *name, const char *heat,
                           const char *format, bool chance)
{
    char a[64], b[64], c[64];
    snprintf(a, sizeof a, "%s.wav", name);
    snprintf(b, sizeof b, "%s-again.wav", name);
    snprintf(c, sizeof c, "%s-other.wav", name);
    RUN(0, "generate %s " PROMPT "--seed 3 %s -o %s", name, heat, a);
    RUN(0, "generate %s " PROMPT "--seed 3 %s -o %s", name, heat, b);
    OK_NAMED(same_sound(a, b), "the same seed, the same sound");
    RUN(0, "generate %s " PROMPT "--seed 4 %s -o %s", name, heat, c);
    OK_NAMED(same_sound(a, c) != chance, "chance is what a seed decides");
    RUN(0, "info %s", b);
    OK_NAMED(strstr(said, format) != NULL, format);
}

static void test_told(void)
{
    RUN(0, "info mono");
    SAID("a run of freqnet");
    SAID("hop=32");
    RUN(0, "train freqnet sounds --dry-run --set sample_rate=48000");
    SAID("48 kHz mono");
    SAID("layers.5.dilated.weight");
    SAID("frames.components");
    RUN(0, "train freqnet sounds --dry-run --preset mimikit");
    SAID("10.5 million weights");
}

static void test_wrong(void)
{
    RUN(2, "train freqnet sounds --set hop=1500");
    SAID("hop=1024 or fft_size=3000");
    RUN(2, "train freqnet sounds --set components=2000");
    SAID("components=1025");
    RUN(2, "generate plain --seconds 1 --temperature 0.5");
    SAID("nothing to chance");
    RUN(2, "generate mono --seconds 1 --top-k 3");
    SAID("temperature");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    test_resumed("mono", "--set components=12");
    test_resumed("stereo", "--set channels=2 --set components=0 "
                           "--set scale=mel --set bands=20 --set groups=4");
    test_resumed("plain", "--set head=plain --set components=0 "
                          "--set scale=magnitude --set network.normalise=no");
    test_generated("mono", "--temperature 0.5..1.2", "4 kHz, 1 channel, ",
                   true);
    test_generated("stereo", "--temperature 0.5..1.2", "4 kHz, 2 channels, ",
                   true);
    test_generated("plain", "", "4 kHz, 1 channel, ", false);
    test_told();
    test_wrong();
    return tap_done();
}
