/* timbrel transfer, and what info says of TorchScript models. */
#include "program.h"

static void test_one(void)
{
    RUN(0, "transfer " MODELS "/stream.ts sounds/a.wav -o one.wav --rate 2000");
    SAID("one.wav: 1.2 s at 2 kHz");
    SAID("estimated");
    RUN(0, "transfer " MODELS "/stream.ts sounds/a.wav -o two.wav --rate 2000");
    OK(same_sound("one.wav", "two.wav"));
    RUN(1, "transfer " MODELS "/stream.ts sounds/a.wav -o one.wav --rate 2000");
    RUN(0, "transfer " MODELS "/stream.ts sounds/a.wav -o one.wav --rate 2000 "
           "--force --latency 0s");
    OK(!same_sound("one.wav", "two.wav"));
    RUN(0, "transfer " MODELS "/stream.ts sounds/a.wav -o dry.wav --rate 2000 "
           "--wet 0 --latency 0s");
    RUN(0, "transfer " MODELS "/adapt.ts sounds/a.wav -o thru.wav --rate 2000 "
           "--latency 0s");
    SAID("thru.wav");
}

/* Threads share what they compute. */
static void test_threads(void)
{
    RUN(0, "transfer " MODELS "/stream.ts sounds/a.wav -o three.wav "
           "--rate 2000 --seed 1 --threads 3");
    RUN(0, "transfer " MODELS "/stream.ts sounds/a.wav -o alone.wav "
           "--rate 2000 --seed 1 --threads 1");
    OK(same_sound("three.wav", "alone.wav"));
}

/* What waits 300 samples and says so comes out in time. */
static void test_latency(void)
{
    RUN(0, "transfer " MODELS "/told.ts sounds/a.wav -o told.wav --rate 2000");
    SAID("150 ms of latency cut off, seed ");
    RUN(0, "transfer " MODELS "/told.ts sounds/a.wav -o plain.wav --rate 2000 "
           "--wet 0");
    OK(same_sound("told.wav", "plain.wav"));
    RUN(0, "transfer " MODELS "/told.ts sounds/a.wav -o late.wav --rate 2000 "
           "--latency 0s");
    OK(!same_sound("late.wav", "plain.wav"));
}

/* Without a word, a model has forgotten what its file remembers. */
static void test_start(void)
{
    RUN(0, "transfer " MODELS "/told.ts sounds/a.wav -o fresh.wav --rate 2000 "
           "--latency 0s");
    RUN(0, "transfer " MODELS "/told.ts sounds/b.wav sounds/a.wav -o two "
           "--rate 2000 --latency 0s");
    OK(same_sound("fresh.wav", "two/a.wav"));
    RUN(0, "transfer " MODELS "/told.ts sounds/a.wav -o old.wav --rate 2000 "
           "--latency 0s --as-stored");
    OK(!same_sound("fresh.wav", "old.wav"));
    RUN(0, "transfer " MODELS "/told.ts sounds/a.wav -o cut.wav --rate 2000 "
           "--as-stored");
    OK(same_sound("cut.wav", "told.wav"));
}

#define CHANCE                                                                 \
    "transfer " MODELS "/chance.ts sounds/a.wav --rate 2000 --latency 0s -o "

static void test_chance(void)
{
    RUN(0, CHANCE "seven.wav --seed 7");
    SAID("seed 7.");
    RUN(0, CHANCE "again.wav --seed 7");
    OK(same_sound("seven.wav", "again.wav"));
    RUN(0, CHANCE "eight.wav --seed 8");
    OK(!same_sound("seven.wav", "eight.wav"));
    RUN(0, CHANCE "none.wav --seed 7 --no-noise");
    OK(!same_sound("seven.wav", "none.wav"));
    RUN(2, CHANCE "x.wav --seed luck");
}

static void test_folder_of_sounds(void)
{
    RUN(0, "transfer " MODELS "/stream.ts sounds -o out --rate 2000");
    OK(there("out/a.wav"));
    OK(there("out/b.wav"));
    RUN(0, "transfer " MODELS "/stream.ts sounds/a.wav -o c.wav --rate 2000 "
           "--half --no-noise --match-level");
    OK(there("c.wav"));
}

static void test_attributes(void)
{
    RUN(0, "transfer " MODELS "/adapt.ts sounds/a.wav -o learn.wav "
           "--rate 2000 --latency 0s --attribute learning=true");
    RUN(2, "transfer " MODELS "/adapt.ts sounds/a.wav -o x.wav --rate 2000 "
           "--attribute learning=maybe");
    SAID("true or false");
    RUN(2, "transfer " MODELS "/adapt.ts sounds/a.wav -o x.wav --rate 2000 "
           "--attribute tune=1");
    SAID("it has learning");
    RUN(2, "transfer " MODELS "/adapt.ts sounds/a.wav -o x.wav --rate 2000 "
           "--attribute learning");
    OK(!there("x.wav"));
}

/* A network of one's own that goes from sound to sound: it hears itself
   through its alphabet, at once. */
static void test_own(void)
{
    RUN(0, "train samplernn sounds --run own --epochs 1 --threads 1 " TINY);
    RUN(0, "transfer own sounds/a.wav -o own.wav");
    SAID("own.wav: 1.2 s at 2 kHz");
    OK(!strstr(said, "latency"));
    RUN(0, "transfer own@1 sounds/a.wav -o dry.flac --wet 0");
    RUN(2, "transfer own sounds/a.wav -o x.wav --method generate");
    SAID("does not go from sound to sound");
    RUN(2, "transfer own sounds/a.wav -o x.wav --attribute gain=1");
    SAID("no control called 'gain'");
    OK(!there("x.wav"));
}

static void test_refusals(void)
{
    RUN(2, "transfer");
    RUN(2, "transfer " MODELS "/stream.ts sounds/a.wav");
    RUN(2,
        "transfer " MODELS "/stream.ts sounds/a.wav -o x.wav --method dance");
    SAID("it has");
    RUN(2,
        "transfer " MODELS "/stream.ts sounds/a.wav -o x.wav --method encode");
    SAID("does not go from sound to sound");
    RUN(1, "transfer " MODELS "/hidden.ts sounds/a.wav -o x.wav --method late "
           "--rate 2000");
    SAID("(Inner.forward): norm: a norm of order 3");
    RUN(1, "transfer " MODELS "/hidden.ts sounds/a.wav -o x.wav --attribute "
           "path=1 --rate 2000");
    SAID("(Hidden.forward): norm: a norm of order 3");
    RUN(1, "transfer sounds/a.wav sounds/a.wav -o x.wav");
    RUN(1, "transfer " MODELS "/stream.ts nowhere.wav -o x.wav");
    RUN(1, "transfer " MODELS "/stream.ts sounds/a.wav -o no/where/x.wav");
    OK(!there("x.wav"));
}

/* One sample late, which it says, and half as loud. */
static void test_effect(void)
{
    RUN(0, "transfer " MODELS "/effect.ts sounds/a.wav -o effect.wav");
    SAID("effect.wav: 1.2 s at 44.1 kHz");
    SAID("of latency cut off");
    RUN(0, "info " MODELS "/effect.ts");
    SAID("forward: 2 channels to 2 channels");
}

static void test_info(void)
{
    RUN(0, "info " MODELS "/stream.ts");
    SAID("a TorchScript model");
    SAID("encode: 1 channel to 2 channels of one number for 8 samples");
    RUN(0, "info " MODELS "/adapt.ts");
    SAID("learning=false  (true or false)");
    RUN(0, "info " MODELS "/told.ts");
    SAID("answers 300 samples late, besides what a block waits (the model says "
         "so)");
    SAID("of memory: weights 0 bytes, what it remembers 1200 bytes");
    RUN(0, "info " MODELS "/layers.ts");
    SAID("answers 12 samples late, besides what a block waits (its layers say "
         "so)");
    RUN(0, "info " MODELS "/stream.ts");
    SAID("samples late, besides what a block waits (estimated from what is "
         "heard)");
    RUN(0, "info " MODELS "/queues.ts");
    SAID("Note metadata.json:");
    SAID("  model: queues");
    SAID("Made for 44100, 48000 Hz.");
    RUN(0, "info " MODELS "/hidden.ts");
    SAID("cannot be played here: code/__torch__/fixture_hidden.py, line ");
    SAID("(Hidden.cubic): norm: a norm of order 3");
    SAID("    cannot be set here: ");
    OK(system("cp " MODELS "/told.ts told") == 0);
    RUN(0, "info told");
    SAID("a TorchScript model");
    RUN(0, "info --json " MODELS "/layers.ts");
    SAID("\"name\":\"forward\",\"in_channels\":1");
    SAID("\"latency_samples\":12,\"latency_ms\":null,\"latency_from\":"
         "\"layers\"");
    RUN(0, "info --json " MODELS "/adapt.ts");
    SAID("{\"name\":\"learning\",\"value\":\"false\",\"types\":[\"true or "
         "false\"],\"refused\":null}");
    RUN(0, "info --json " MODELS "/queues.ts");
    SAID("\"notes\":{\"metadata.json\":");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(2);
    test_one();
    test_latency();
    test_start();
    test_chance();
    test_folder_of_sounds();
    test_attributes();
    test_own();
    test_refusals();
    test_threads();
    test_effect();
    test_info();
    return tap_done();
}
