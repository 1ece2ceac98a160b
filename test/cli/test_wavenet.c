/* timbrel with WaveNet: trained, stopped and gone on with the same bits, told
   about and played, in mono and stereo. */
#include "program.h"

#define SMALL                                                                  \
    "--set sample_rate=2000 --set levels=16 --set kernel_sizes=2 "             \
    "--set dims_dilated=6 --set residuals_dim=6 --set skips_dim=6 "            \
    "--set head_size=6 --set blocks=4,2 --set batch=2 --set window=64 "        \
    "--set piece=0.5 --set prompt_seconds=0.2 --set example_seconds=2 "        \
    "--examples 0 --seed 5 "

static void test_resumed(const char *name, const char *changes)
{
    char a[128], b[128];
    RUN(0,
        "train wavenet sounds --run %s-whole --epochs 2 --threads 1 " SMALL
        "%s",
        name, changes);
    RUN(0, "train wavenet sounds --run %s --epochs 1 --threads 2 " SMALL "%s",
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

static void test_generated(const char *name, const char *format)
{
    char a[64], b[64];
    snprintf(a, sizeof a, "%s.wav", name);
    snprintf(b, sizeof b, "%s-again.wav", name);
    RUN(0,
        "generate %s --prompt sounds/a.wav@0.5s+0.5s --seconds 1 --seed 3 "
        "--temperature 0.5..1.2 -o %s",
        name, a);
    RUN(0,
        "generate %s --prompt sounds/a.wav@0.5s+0.5s --seconds 1 --seed 3 "
        "--temperature 0.5..1.2 -o %s",
        name, b);
    OK_NAMED(same_sound(a, b), "the same seed, the same sound");
    RUN(0,
        "generate %s --prompt sounds/a.wav@0.5s+0.5s --seconds 1 --seed 4 "
        "--temperature 0.5..1.2 -o again-%s",
        name, b);
    snprintf(a, sizeof a, "again-%s-again.wav", name);
    OK_NAMED(!same_sound(a, b), "another seed, another sound");
    RUN(0, "info %s", b);
    OK_NAMED(strstr(said, format) != NULL, format);
}

/* 16-bit sound has more to turn. */
static void test_fine(void)
{
    RUN(0, "generate fine --seconds 0.5 --seed 3 -o fine1.wav");
    RUN(0, "generate fine --seconds 0.5 --seed 3 --weight-temperature 1 "
           "--scale-temperature 1 -o fine2.wav");
    OK_NAMED(same_sound("fine1.wav", "fine2.wav"), "1 leaves it as it is");
    RUN(0, "generate fine --seconds 0.5 --seed 3 --scale-temperature 0.5 "
           "-o fine3.wav");
    OK_NAMED(!same_sound("fine1.wav", "fine3.wav"), "scales are turned");
    RUN(0, "info fine3.wav");
    SAID("scale_temperature=0.5");
    RUN(0, "generate fine --seconds 0.5 --seed 3 --weight-temperature 3 "
           "--top-k 2 -o fine4.wav");
    OK_NAMED(!same_sound("fine1.wav", "fine4.wav"), "and weights");
    RUN(2, "generate mono --seconds 0.5 --scale-temperature 0.5");
    SAID("no control called 'scale-temperature'; there are temperature, top_k");
    RUN(0, "info fine");
    SAID("output=logistics");
}

static void test_told(void)
{
    RUN(0, "info mono");
    SAID("a run of wavenet");
    SAID("blocks=4,2");
    RUN(0, "train wavenet sounds --dry-run");
    SAID("It looks back on 64 ms.");
    SAID("layers.4.dilated.weight");
    RUN(0, "train samplernn sounds --dry-run");
    SAID("directly, further by what it remembers.");
}

static void test_wrong(void)
{
    RUN(2, "train wavenet sounds " SMALL "--set groups=4");
    SAID("The nearest that do are 3 and 6.");
    RUN(2, "train wavenet sounds " SMALL "--set kernel_sizes=2,2,2");
    SAID("4 for those of the longest block, or 6");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    test_resumed("mono", "");
    test_resumed("stereo", "--set channels=2 ");
    test_resumed("fine", "--set output=logistics --set components=3 ");
    test_generated("mono", "2 kHz, 1 channel, ");
    test_generated("fine", "2 kHz, 1 channel, ");
    test_fine();
    test_generated("stereo", "2 kHz, 2 channels, ");
    test_told();
    test_wrong();
    return tap_done();
}
