/* timbrel with the Transformer: what it says beforehand, trained with tiers,
   stopped and gone on with the same bits, and played, in mono and stereo. */
#include "program.h"

#define SMALL                                                                  \
    "--set sample_rate=2000 --set levels=16 --set frame_sizes=8,4 "            \
    "--set dim=6 --set heads=2 --set layers=1 --set look_back=5 "              \
    "--set head_size=6 --set batch=2 --set window=64 --set piece=0.5 "         \
    "--set prompt_seconds=0.2 --set example_seconds=2 --examples 0 --seed 5 "  \
    "--set schedule=constant "

static void test_resumed(const char *name, const char *changes)
{
    char a[128], b[128];
    RUN(0,
        "train transformer sounds --run %s-whole --epochs 2 --threads 1 " SMALL
        "%s",
        name, changes);
    SAID("is for long budgets: give it hours.");
    RUN(0,
        "train transformer sounds --run %s --epochs 1 --threads 2 " SMALL "%s",
        name, changes);
    RUN(0, "train --resume %s --epochs 2", name);
    snprintf(a, sizeof a, "%s-whole/checkpoints/epoch-0002.safetensors", name);
    snprintf(b, sizeof b, "%s/checkpoints/epoch-0002.safetensors", name);
    OK_NAMED(same_files(a, b), "gone on with, the same weights");
    RUN(0,
        "generate %s --prompt sounds/a.wav@0.5s+0.5s --seconds 1 --seed 3 "
        "--temperature 0.5..1.2 -o %s.wav",
        name, name);
    RUN(0, "info %s.wav", name);
}

static void test_told(void)
{
    RUN(0, "train transformer sounds --dry-run");
    SAID("is for long budgets: give it hours.");
    SAID("It looks back on 64.8 ms.");
    RUN(0, "train transformer sounds --dry-run --json");
    SAID("\"advice\":");
    RUN(0, "train transformer sounds --dry-run --preset tiered "
           "--set batch=1 --set sample_rate=8000 --set layers=1 "
           "--set look_back=8");
    SAID("tiers.0.layers.0.attention.distances 4 x 8");
    RUN(0, "train wavenet sounds --dry-run");
    OK_NAMED(!strstr(said, "long budgets"), "others say nothing of the kind");
    RUN(2, "train transformer sounds " SMALL "--set heads=4");
    SAID("The nearest that do are 3 and 6.");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    test_resumed("mono", "");
    test_resumed("stereo", "--set channels=2 ");
    test_told();
    return tap_done();
}
