/* Cables of many channels, in a Pd that has them (0.54 and later): named by
   TIMBREL_PD where the one of the path is older.

     test_pd_cables FOLDER_OF_OBJECTS */
#include "pd_patch.h"

/* By the function that its objects would call. */
static bool has_cables(void)
{
    char line[256];
    snprintf(line, sizeof line,
             "grep -q signal_setmultiout \"$(command -v '%s')\"", pd_program());
    return system(line) == 0;
}

/* An object behind the first, which hears all of it, and its sound in the
   file. `cables`: between the two. */
static int follow(stage *s, const char *object, int cables)
{
    char from[80];
    int next = add(&s->p, "obj 200 80 %s", object);
    snprintf(from, sizeof from, "#X connect %d 0 %d 0;\n", s->object, s->heard);
    char *old = strstr(s->p.joins, from);
    memmove(old, old + strlen(from), strlen(old + strlen(from)) + 1);
    for (int i = 0; i < cables; i++)
        join(&s->p, s->object, i, next, i);
    return next;
}

static void to_file(stage *s, int object, int outlet)
{
    join(&s->p, object, outlet, s->heard, 0);
}

static int64_t play(const stage *s, float *y)
{
    static float x[FRAMES];
    run(s);
    return read_sound(x, y);
}

/* Encoded and decoded, latents on cables of their own and all on one. */
static void test_halves(void)
{
    static float one[FRAMES], many[FRAMES];
    stage s = stage_of("nn~ stream.ts encode 0", 2);
    to_file(&s, follow(&s, "nn~ stream.ts decode 0", 2), 0);
    int64_t n = play(&s, many);
    s = stage_of("nn~ -m stream.ts encode 0", 1);
    to_file(&s, follow(&s, "nn~ -m stream.ts decode 0", 1), 0);
    int64_t m = play(&s, one);
    OK(n > 15000 && m > 15000 && loudest(many, 0, n) > 1e-3);
    OK_NAMED(memcmp(one, many, (size_t)(n < m ? n : m) * sizeof *one) == 0,
             "one cable carries what several do");
}

/* A cable of fewer channels than there are latents goes round. */
static void test_round(void)
{
    static float one[FRAMES], many[FRAMES];
    stage s = stage_of("*~ 1", 0);
    int decoder = follow(&s, "nn~ stream.ts decode 0", 1);
    join(&s.p, s.object, 0, decoder, 1);
    to_file(&s, decoder, 0);
    int64_t n = play(&s, many);
    s = stage_of("*~ 1", 0);
    to_file(&s, follow(&s, "nn~ -m stream.ts decode 0", 1), 0);
    int64_t m = play(&s, one);
    OK(n > 15000 && m > 15000 && loudest(many, 0, n) > 1e-3);
    OK_NAMED(memcmp(one, many, (size_t)(n < m ? n : m) * sizeof *one) == 0,
             "one channel goes to all latents");
}

/* Channels of a cable one by one: those that the method has now. Another buffer
   is made when the method is there, whatever time that takes. */
static void test_method(void)
{
    static float y[FRAMES];
    stage s = stage_of("nn~ -m stream.ts forward 0", 1);
    to_file(&s, follow(&s, "snake~ out 2", 1), 1);
    send(&s, 250, "method encode");
    send(&s, 260, "bufsize 4096");
    send(&s, 270, "bufsize 0");
    send(&s, 400, "bang");
    int64_t n = play(&s, y);
    expect("told: method encode\n");
    expect("told: dim 1 2\n");
    OK_NAMED(loudest(y, 0, 10000) == 0, "sound has one channel");
    OK_NAMED(loudest(y, 16000, n) > 1e-3, "latents have two");
}

/* What has one cable for each channel hears the first of a wide one. */
static void test_narrow(void)
{
    static float one[FRAMES], many[FRAMES];
    stage s = stage_of("*~ 1", 0);
    to_file(&s, follow(&s, "nn~ stream.ts forward 0", 1), 0);
    int64_t n = play(&s, one);
    s = stage_of("*~ 1", 0);
    int wide = follow(&s, "snake~ in 2", 1);
    int model = add(&s.p, "obj 200 120 nn~ stream.ts forward 0");
    join(&s.p, wide, 0, model, 0);
    to_file(&s, model, 0);
    int64_t m = play(&s, many);
    OK(n > 15000 && m > 15000 && loudest(one, 0, n) > 1e-3);
    OK(memcmp(one, many, (size_t)(n < m ? n : m) * sizeof *one) == 0);
}

int main(int argc, char **argv)
{
    if (!has_cables()) {
        printf("1..0 # SKIP this Pd has no cables of many channels: "
               "TIMBREL_PD=PATH names one of 0.54 or later\n");
        return 0;
    }
    if (!enter_pd(argc, argv))
        return 0;
    copy("stream.ts");
    test_halves();
    test_round();
    test_method();
    test_narrow();
    return leave_pd();
}
