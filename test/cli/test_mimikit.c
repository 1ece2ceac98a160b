/* Checkpoints of mimikit are played as any other. */
#include "program.h"

static const char *checkpoint; /* one that was made as mimikit makes them */

static void copy(const char *to)
{
    char line[4096];
    snprintf(line, sizeof line, "cp '%s' '%s'", checkpoint, to);
    OK(system(line) == 0);
}

static void test_playing(void)
{
    RUN(0, "info 'trainings/1a2b/epoch=3.ckpt'");
    SAID("a checkpoint of samplernn, epoch 3");
    SAID("11.025 kHz mono");
    SAID("mulaw=0.5");
    RUN(0, "generate 'trainings/1a2b/epoch=3.ckpt' --seconds 0.3 --seed 4");
    OK(there("1a2b_e3_T1.00_seed4_01.wav"));
    RUN(0, "generate trainings/1a2b --seconds 0.3 --seed 4");
    OK(there("1a2b_e12_T1.00_seed4_01.wav"));
    OK(same_sound("1a2b_e3_T1.00_seed4_01.wav", "1a2b_e12_T1.00_seed4_01.wav"));
    RUN(0, "generate alone.ckpt --seconds 0.3 --seed 4");
    OK(there("alone_T1.00_seed4_01.wav"));
}

static void test_mixing(void)
{
    RUN(0, "blend trainings/1a2b@3..12 -o both.safetensors");
    RUN(0, "generate both.safetensors --seconds 0.3 --seed 4 -o both.wav");
    OK(same_sound("both.wav", "1a2b_e3_T1.00_seed4_01.wav"));
    RUN(0, "generate trainings/1a2b@3 both.safetensors --seconds 0.3 --seed 4 "
           "-o vote.wav");
}

static void test_refusals(void)
{
    OK(system("head -c 20000 alone.ckpt >cut.ckpt") == 0);
    RUN(1, "info cut.ckpt");
    SAID("'cut.ckpt' is a damaged HDF5 file");
    RUN(1, "generate cut.ckpt");
    SAID("'cut.ckpt' is a damaged HDF5 file");
    OK(system("echo something else >text.ckpt") == 0);
    RUN(1, "generate text.ckpt");
    SAID("'text.ckpt'");
    RUN(1, "generate trainings/1a2b@7");
    SAID("no checkpoint of epoch 7");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    checkpoint = argc > 2 ? argv[2] : "";
    OK(system("mkdir -p trainings/1a2b") == 0);
    copy("trainings/1a2b/epoch=3.ckpt");
    copy("trainings/1a2b/epoch=12.ckpt");
    copy("alone.ckpt");
    if (timbrel("info alone.ckpt") != 0 && strstr(said, "not installed")) {
        OK_NAMED(1, "playing # SKIP libhdf5 is not installed");
    } else {
        test_playing();
        test_mixing();
        test_refusals();
    }
    return tap_done();
}
