/* timbrel with RAVE: trained through both phases, without an end in sight, on
   command and by what is over of it. */
#include "program.h"

#define SMALL                                                                  \
    "--set sample_rate=8000 --set bands=4 --set attenuation=40 --set "         \
    "capacity=2 --set latents=2 --set ratios=4,2 --set units=1 --set "         \
    "scales=64,32 --set discriminator_scales=1 --set training.window=1024 "    \
    "--set batch=2 --set example_seconds=2 --set prompt_seconds=0.2 "          \
    "--examples 1 --seed 5 "

static void test_open(void)
{
    RUN(0, "train rave sounds " SMALL "--dry-run");
    SAID("For as long as it helps");
    SAID("falls when that helps");
    RUN(0, "train rave sounds " SMALL "--minutes 1 --dry-run");
    SAID("The phase adversarial begins when 67 % of that are over");
    SAID("The usual 1000000 steps of the phase reconstruction would take");
    SAID("or a machine with a graphics card");
    RUN(0, "train rave sounds " SMALL "--hours 0.05 --dry-run");
    SAID("3 minutes: ");
    RUN(2, "train rave sounds " SMALL "--hours 1 --minutes 1 --dry-run");
    SAID("not both");
}

/* What learning takes, and what is wrong with the sounds. */
static void test_check(void)
{
    RUN(0, "train rave sounds " SMALL "--check");
    SAID("10.0 seconds of sound in 2 files");
    SAID("That is little");
    SAID("some recordings have 2 kHz: they say nothing above 1 kHz.");
    SAID("A step of the phase reconstruction takes");
    SAID("A step of the phase adversarial takes");
    SAID("the usual 1000000 take");
    SAID("the first phase has 67 %");
    SAID("Nothing was written.");
    RUN(0, "train rave sounds " SMALL "--check --json");
    SAID("\"adversarial\":");
    RUN(0, "train samplernn sounds --check " TINY);
    OK(!there("runs"));
}

static void test_phases(void)
{
    RUN(0, "train rave sounds --run steps --epochs 2 --phase2 6 " SMALL);
    SAID("After 6 steps the phase adversarial begins.");
    RUN(0, "train rave sounds --run asked --epochs 1 --phase2 never " SMALL);
    OK(!strstr(said, "phase adversarial"));
    RUN(0, "train --resume asked --epochs 2 --phase 2");
    SAID("The phase adversarial begins.");
    RUN(2, "train --resume asked --epochs 3 --phase adversarial");
    SAID("has begun already");
    RUN(0, "transfer asked sounds/a.wav -o out.wav");
}

static void test_compat(void)
{
    RUN(0, "train rave sounds --run old --epochs 1 --from steps --compat "
           "rave-2.3 --set batch=2 --set window=1024 --set examples=0");
    size_t n;
    char *ini = bytes_of("old/run.ini", &n);
    OK(ini && strstr(ini, "compat = rave-2.3"));
    free(ini);
    RUN(0, "transfer old sounds/a.wav -o old.wav");
    RUN(2, "train rave sounds --compat rave-9 " SMALL);
    RUN(2, "train samplernn sounds --compat rave-2.3");
}

static void test_wrong(void)
{
    RUN(2, "train rave sounds --phase2 soon " SMALL);
    SAID("auto, never");
    RUN(2, "train samplernn sounds --phase2 auto");
    SAID("one phase");
    RUN(2, "train rave sounds " SMALL "--set discriminator_spectra=30,0");
    SAID("multiples of 4");
    RUN(2, "train rave sounds " SMALL "--set discriminators=spectral");
    SAID("take a longer window");
    RUN(2, "train rave sounds " SMALL "--set learns=gains");
    SAID("learns=gains leaves most of the network as it begins");
    SAID("--from");
    RUN(2, "train rave sounds " SMALL "--set learns=decoder --dry-run");
    RUN(0, "train rave sounds --from steps --set learns=gains --set batch=2 "
           "--set window=1024 --dry-run");
    OK(!there("runs"));
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    test_open();
    test_check();
    test_phases();
    test_compat();
    test_wrong();
    return tap_done();
}
