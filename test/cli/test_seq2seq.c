/* timbrel with Seq2Seq: trained, stopped and gone on with the same bits, told
   about and played, in mono, in stereo and at 48 kHz. */
#include "network.h"

#define FEW                                                                    \
    "--set hidden=6 --set choices=2 --set components=9 --set batch=2 --set "   \
    "piece=0.5 "                                                               \
    "--set prompt_seconds=0.2 --set example_seconds=2 --examples 0 --seed 5 "  \
    "--set schedule=constant "
#define SMALL                                                                  \
    FEW "--set sample_rate=2000 --set fft_size=64 --set hop=16 --set "         \
        "training.window=128 "

static void test_told(void)
{
    RUN(0, "info mono");
    SAID("a run of seq2seq");
    SAID("chunk=4");
    RUN(0, "train seq2seq sounds --dry-run");
    SAID("encoder.lstm.0.weight_ih_l0_reverse");
    SAID("further by what it remembers.");
    RUN(0, "train seq2seq sounds --preset mimikit --dry-run");
    SAID("It looks back on 186 ms.");
    RUN(0, "train --help seq2seq");
    SAID("carried");
}

static void test_wrong(void)
{
    RUN(2, "train seq2seq sounds " SMALL "--set downsampling=linear");
    SAID("The nearest possible are chunk=3 and 6.");
    RUN(2, "train seq2seq sounds --set chunk=300");
    SAID("256");
    RUN(2, "train seq2seq sounds --set fft_size=1023");
    SAID("possible are 1022 and 1024.");
}

static void test_rate(void)
{
    RUN(0, "train seq2seq sounds --run high --epochs 1 " FEW
           "--set sample_rate=48000 --set fft_size=256 --set hop=64 "
           "--set training.window=2048 ");
    test_generated("high", "48 kHz, 1 channel, ");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    test_resumed("seq2seq", "mono", SMALL, "");
    test_resumed("seq2seq", "stereo", SMALL,
                 "--set channels=2 --set carried=no ");
    test_generated("mono", "2 kHz, 1 channel, ");
    test_generated("stereo", "2 kHz, 2 channels, ");
    test_rate();
    test_told();
    test_wrong();
    return tap_done();
}
