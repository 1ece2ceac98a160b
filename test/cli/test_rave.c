/* Small RAVEs as a user trains and plays them: sound that takes on how others
   sound. */
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

static void check_refusals(void)
{
    RUN(0, "train rave sounds --preset v2 " SMALL "--run plain");
    RUN(1, "transfer plain sounds/a.wav -o no.wav --target sounds/b.wav");
    SAID("adain");
    OK(!there("no.wav"));
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
    check_refusals();
    return tap_done();
}
