/* timbrel with WaveNet: trained, stopped and gone on with the same bits, told
   about and played, in mono and stereo. */
#include "network.h"

#define SMALL                                                                  \
    "--set sample_rate=2000 --set output=levels --set levels=16 --set "        \
    "kernel_sizes=2 "                                                          \
    "--set dims_dilated=6 --set residuals_dim=6 --set skips_dim=6 "            \
    "--set head_size=6 --set blocks=4,2 --set batch=2 --set window=64 "        \
    "--set piece=0.5 --set prompt_seconds=0.2 --set example_seconds=2 "        \
    "--examples 0 --seed 5 --set schedule=constant "

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
    SAID("It looks back on 64.1 ms.");
    SAID("layers.4.dilated.weight");
    RUN(0, "train samplernn sounds --dry-run");
    SAID("directly, further by what it remembers.");
    SAID("head.guess.weight");
    RUN(0, "train samplernn sounds --dry-run --set levels=64");
    SAID("counts with --set output=levels");
    RUN(0, "train samplernn sounds --dry-run --set levels=64 --set "
           "output=levels");
    OK(!strstr(said, "counts with") && !strstr(said, "guess"));
    RUN(0, "train samplernn sounds --dry-run --preset mimikit");
    OK(!strstr(said, "guess"));
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
    test_resumed("wavenet", "mono", SMALL, "");
    test_resumed("wavenet", "stereo", SMALL, "--set channels=2 ");
    test_resumed("wavenet", "fine", SMALL,
                 "--set output=logistics --set components=3 ");
    test_generated("mono", "2 kHz, 1 channel, ");
    test_generated("fine", "2 kHz, 1 channel, ");
    test_fine();
    test_generated("stereo", "2 kHz, 2 channels, ");
    test_told();
    test_wrong();
    return tap_done();
}
