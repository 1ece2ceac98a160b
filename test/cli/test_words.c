/* What the program says when it is asked, and when it is asked wrongly. */
#include "program.h"

static void test_help(void)
{
    RUN(0, "--version");
    OK(strncmp(said, "timbrel ", 8) == 0);
    RUN(0, "help");
    SAID("timbrel train");
    SAID("timbrel generate");
    RUN(0, "--help");
    RUN(0, "help train");
    SAID("--epochs N");
    SAID("hidden=128");
    SAID("learning_rate=");
    RUN(0, "train --help");
    SAID("--dry-run");
    RUN(0, "generate --help");
    SAID("--temperature T");
    RUN(0, "info --help");
    RUN(0, "help --man");
    SAID(".TH TIMBREL 1");
    RUN(0, "help --man generate");
    SAID(".SH OPTIONS");
    SAID("\\-\\-temperature");
}

static void test_wrong(void)
{
    RUN(2, " ");
    SAID("timbrel train");
    RUN(2, "trian");
    SAID("Did you mean 'train'");
    RUN(2, "qwertyuiop");
    SAID("timbrel help");
    RUN(2, "help trian");
    RUN(2, "info --grpah x");
    SAID("Did you mean '--graph'");
    RUN(2, "info --graph=3 x");
    RUN(2, "info");
    RUN(1, "info nothing-here");
    RUN(2, "generate run --seconds");
    SAID("--seconds needs a value");
}

static void test_backend(void)
{
    const char *set = getenv("TIMBREL_BACKEND");
    char before[64];
    snprintf(before, sizeof before, "%s", set ? set : "");
    setenv("TIMBREL_BACKEND", "abacus", 1);
    RUN(2, "info run");
    SAID("TIMBREL_BACKEND is 'abacus'");
    SAID("naive, ");
    RUN(0, "info --help");
    setenv("TIMBREL_BACKEND", before, 1);
}

static void test_info(void)
{
    RUN(0, "train samplernn sounds --run run --seed 5 --epochs 1 --examples "
           "0 " TINY);
    RUN(0, "info run");
    SAID("a run of samplernn");
    SAID("One checkpoint, of epoch 1");
    SAID("hidden=8");
    SAID("sounds/a.wav");
    RUN(0, "info run/checkpoints/epoch-0001.safetensors");
    SAID("a checkpoint of samplernn, epoch 1, trained on sounds");
    RUN(0, "info run/resume.safetensors");
    SAID("first/all");
    RUN(0, "info run --graph");
    SAID("feedback");
    SAID("sample");
    RUN(0, "info sounds/a.wav sounds/b.wav");
    SAID("2 kHz, 1 channel, 6.000 s");
    RUN(1, "info run/run.ini");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    test_help();
    test_wrong();
    test_backend();
    test_info();
    return tap_done();
}
