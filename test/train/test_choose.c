/* Which network suits which sounds, when nobody names one. */
#include "sounds.h"
#include "tap.h"
#include "train/choose.h"
#include "trained.h"

#include <math.h>

static const tb_suits steady = {.sustained = 0.9, .minutes = 2, .sound = "Hm."};
static const tb_suits beaten = {.struck = 0.8, .spoken = 0.4, .minutes = 1};
static const tb_suits any = {.sustained = 0.1, .struck = 0.1, .spoken = 0.1};

static void find(tb_sound_kind *kind, double change_db, double pauses)
{
    const tb_sound_traits t = {.change_db = change_db, .pauses = pauses};
    tb_sound_kind_find(kind, &t);
}

/* What is spoken without pauses glides, and begins again and again. */
static void test_traits(void)
{
    tb_sound_kind kind = {0};
    tb_sound_traits t = {
        .change_db = 1, .timbre = 30, .attacks = 1, .glides = 0.2};
    tb_sound_kind_find(&kind, &t);
    NEAR(kind.spoken, 1, 1e-12);
    t.glides = 0.01; /* a tune */
    tb_sound_kind_find(&kind, &t);
    NEAR(kind.sustained, 1, 1e-12);
    t.change_db = 3;
    tb_sound_kind_find(&kind, &t);
    NEAR(kind.struck, 1, 1e-12);
    t = (tb_sound_traits){.change_db = 3, .glides = 0.2};
    tb_sound_kind_find(&kind, &t);
    NEAR(kind.struck, 1, 1e-12);
}

static void test_choice(void)
{
    const tb_instrument a = {.name = "a", .suits = &steady},
                        b = {.name = "b", .suits = &beaten},
                        c = {.name = "c", .suits = &any}, d = {.name = "d"};
    const tb_instrument *const all[] = {&d, &a, &b, &c, NULL};
    const tb_instrument *const unknown[] = {&d, NULL};
    tb_sound_kind kind = {.seconds = 90};
    find(&kind, 0.8, 0.05);
    NEAR(kind.sustained, 1, 0);
    OK(tb_choose_instrument(all, &kind, 0) == &a);
    OK(tb_choose_instrument(all, &kind, 2) == &a);
    OK(tb_choose_instrument(all, &kind, 1.5) == &c);
    OK(!tb_choose_instrument(unknown, &kind, 0));
    char text[200];
    tb_choice_words(&a, &kind, 3, text, sizeof text);
    SAME_TEXT(text,
              "This is mostly sustained sound (1 min 30 s), and 3 minutes "
              "to learn from it: a. Hm.");
    find(&kind, 3, 0.06);
    NEAR(kind.struck, 1, 0);
    OK(tb_choose_instrument(all, &kind, 1) == &b);
    find(&kind, 4, 0.5);
    NEAR(kind.spoken, 1, 0);
    OK(tb_choose_instrument(all, &kind, 0.5) == &c);
    find(&kind, 1.8, 0.175);
    NEAR(kind.sustained + kind.struck + kind.spoken, 1, 1e-12);
    NEAR(kind.spoken, 0.25, 1e-12);
}

/* The best first; what learns nothing is not tried. */
static void test_several(void)
{
    static const tb_suits all_well = {.sustained = 0.9, .struck = 0.9};
    static const tb_suits half = {.sustained = 0.45, .struck = 0.5};
    const tb_gathering gathering = {0};
    const tb_instrument a = {.name = "a", .suits = &half},
                        b = {.name = "b", .suits = &steady},
                        c = {.name = "c", .suits = &any},
                        d = {.name = "d", .suits = &all_well},
                        e = {.name = "e",
                             .suits = &all_well,
                             .gathering = &gathering},
                        f = {.name = "f"};
    const tb_instrument *const all[] = {&a, &c, &b, &e, &d, &f, NULL};
    const tb_instrument *chosen[3] = {0};
    tb_sound_kind kind = {.seconds = 90, .sustained = 1};
    EQ(tb_choose_several(all, &kind, 0, chosen, 3), 3);
    OK(chosen[0] == &b && chosen[1] == &d && chosen[2] == &a);
    EQ(tb_choose_several(all, &kind, 1, chosen, 3), 2);
    OK(chosen[0] == &d && chosen[1] == &a);
    EQ(tb_choose_several(all, &kind, 2, chosen, 2), 2);
    OK(chosen[0] == &b && chosen[1] == &d);
    EQ(tb_choose_several(&all[5], &kind, 0, chosen, 3), 0);
    char text[200];
    tb_several_words(chosen, 2, &kind, 2.5, text, sizeof text);
    SAME_TEXT(text, "This is mostly sustained sound (1 min 30 s): b and d are "
                    "tried for 2.5 minutes each.");
    const tb_instrument *const three[] = {&a, &b, &d};
    tb_several_words(three, 3, &kind, 0, text, sizeof text);
    SAME_TEXT(text, "This is mostly sustained sound (1 min 30 s): a, b and d "
                    "are tried.");
}

/* The networks that come with the program, by kind of sound. */
static void test_several_of_ours(void)
{
    const tb_instrument *chosen[3] = {0};
    tb_sound_kind kind = {.sustained = 1};
    EQ(tb_choose_several(tb_instruments(), &kind, 3, chosen, 3), 3);
    SAME_TEXT(chosen[0]->name, "frametransformer");
    SAME_TEXT(chosen[1]->name, "framernn");
    SAME_TEXT(chosen[2]->name, "freqnet");
    EQ(tb_choose_several(tb_instruments(), &kind, 1.5, chosen, 3), 3);
    SAME_TEXT(chosen[0]->name, "framernn");
    kind = (tb_sound_kind){.struck = 1};
    EQ(tb_choose_several(tb_instruments(), &kind, 3, chosen, 3), 3);
    SAME_TEXT(chosen[1]->name, "freqnet");
    SAME_TEXT(chosen[2]->name, "frametransformer");
    kind = (tb_sound_kind){.spoken = 1};
    EQ(tb_choose_several(tb_instruments(), &kind, 3, chosen, 3), 3);
    SAME_TEXT(chosen[1]->name, "frametransformer");
}

/* A sine is sustained; one that is cut into strokes is not. */
static void test_hearing(void)
{
    const char *sine = in_folder("a.wav"), *beat = in_folder("beat.wav");
    tb_sound_kind kind;
    tb_error error = {0};
    write_hits(beat, 16000, 1, 160000);
    OK_NAMED(tb_sound_kind_hear(&sine, 1, &kind, &error) == TB_OK, error.text);
    NEAR(kind.sustained, 1, 0.05);
    NEAR(kind.seconds, 3, 0.01);
    OK_NAMED(tb_sound_kind_hear(&beat, 1, &kind, &error) == TB_OK, error.text);
    OK(kind.sustained < 0.3);
    beat = "nothing-here";
    OK(tb_sound_kind_hear(&beat, 1, &kind, &error) != TB_OK);
}

int main(void)
{
    enter_folder();
    write_sine(in_folder("a.wav"), 8000, 1, 24000, 37);
    test_traits();
    test_choice();
    test_several();
    test_several_of_ours();
    test_hearing();
    return tap_done();
}
