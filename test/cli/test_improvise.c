/* Exports of what makes sound by itself: info knows them, generate plays them.
 */
#include "program.h"

/* It goes on by itself here, too: the same with the same seed. */
static void test_improvising(void)
{
    /* Rounding draws another number once in some 20,000: not with this seed. */
    RUN(0, "train samplernn sounds --run own --epochs 1 --threads 1 --seed "
           "1 " TINY);
    RUN(0, "export own -o own.ts");
    SAID("improvise: 2 in, 1 out");
    SAID("temperature, top_k, top_p, seed");
    OK(!strstr(said, "Try it"));
    RUN(0, "info own.ts");
    OK(!strstr(said, "cannot be played"));
    RUN(0, "generate own.ts --seconds 0.2 --seed 5 -o a.wav --prompt "
           "sounds/a.wav@0.1s+0.1s");
    RUN(0, "generate own.ts --seconds 0.2 --seed 5 -o b.wav --prompt "
           "sounds/a.wav@0.1s+0.1s");
    RUN(0, "generate own.ts --seconds 0.2 --seed 6 -o c.wav --prompt "
           "sounds/a.wav@0.1s+0.1s");
    RUN(0, "generate own.ts --seconds 0.2 --seed 5 -o d.wav --temperature 0.5");
    OK(same_sound("a.wav", "b.wav"));
    OK(!same_sound("a.wav", "c.wav") && !same_sound("a.wav", "d.wav"));
    RUN(0, "generate own.ts --seconds 0.1 --voices 2 --seed 5 -o two.wav");
    OK(!same_sound("two_01.wav", "two_02.wav"));
}

#define ON_STAGE                                                               \
    " --method generate --seconds 0.3 --seed 5 --rate 2000 --mode burst"

/* What the run itself goes on with after a prompt of any length that it did not
   learn from: a recording of the run comes at the level that it had there. */
static void test_run_beside(void)
{
    RUN(0, "generate own --seconds 0.3 --seed 5 -o run.wav --prompt "
           "c.wav@0.02s+0.0705s");
    RUN(0, "generate own.ts --seconds 0.3 --seed 5 -o file.wav --prompt "
           "c.wav@0.02s+0.0705s");
    OK(same_sound("run.wav", "file.wav"));
    RUN(0, "live own --out live.wav --prompt c.wav@0.02s+0.0705s" ON_STAGE);
    RUN(0, "live own.ts --out stage.wav --prompt c.wav@0.02s+0.0705s" ON_STAGE);
    RUN(0, "live own.ts --out free.wav" ON_STAGE);
    OK(same_sound("live.wav", "stage.wav"));
    OK(!same_sound("free.wav", "stage.wav"));
    RUN(2, "live own.ts --out no.wav --method improvise --prompt c.wav");
    SAID("takes no prompt");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(2);
    test_improvising();
    test_run_beside();
    return tap_done();
}
