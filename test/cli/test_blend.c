/* timbrel blend, and generate from several checkpoints. */
#include "program.h"

/* Epochs of one run, by their average. */
static void test_average(void)
{
    RUN(0, "generate run --epoch 1..2 --seconds 0.3 --seed 4 -o mean.wav");
    SAID("run@1..2, seed 4");
    RUN(0, "generate run@1..2 --seconds 0.3 --seed 4");
    OK(there("run_e1-2_T1.00_seed4_01.wav"));
    OK(same_sound("mean.wav", "run_e1-2_T1.00_seed4_01.wav"));
    RUN(0, "blend run@1..2 -o mean.safetensors");
    SAID("the mean of 2 checkpoints");
    RUN(0, "generate mean.safetensors --prompt sounds/a.wav@1s+0.5s "
           "--seconds 0.3 --seed 4");
    OK(there("mean_T1.00_seed4_01.wav"));
    RUN(0, "generate run@1..2 --prompt sounds/a.wav@1s+0.5s --seconds 0.3 "
           "--seed 4 -o mean2.wav");
    OK(same_sound("mean_T1.00_seed4_01.wav", "mean2.wav"));
    RUN(0, "info mean.safetensors");
    SAID("Made of 0.5 ");
    RUN(0, "generate run@2 --seconds 0.3 --seed 4 -o two.wav");
    RUN(0, "generate run --epoch 2 --seconds 0.3 --seed 4 -o two2.wav");
    OK(same_sound("two.wav", "two2.wav"));
    RUN(1, "blend run@1..2 -o mean.safetensors");
    SAID("--force");
    RUN(2, "blend run@1..2 -o mean.wav");
    RUN(2, "blend run@1..2");
    RUN(2, "blend");
    RUN(1, "generate run@7..9");
    SAID("no checkpoint of epochs 7 to 9");
    RUN(2, "generate run --epoch 9..7");
    RUN(2, "generate run@1 run@2 --epoch 1");
    SAID("run@1@1");
}

static void test_blend(void)
{
    RUN(0, "generate run@1 run@2 --blend 0 --seconds 0.3 --seed 4");
    OK(there("run_e1+run_e2_B0.00_T1.00_seed4_01.wav"));
    RUN(0, "generate run@1 --seconds 0.3 --seed 4 -o one.wav");
    OK(same_sound("one.wav", "run_e1+run_e2_B0.00_T1.00_seed4_01.wav"));
    RUN(0, "generate run@1 run@2 --blend 0.5 --seconds 0.3 --seed 4 -o b.wav");
    OK(same_sound("b.wav", "mean.wav"));
    RUN(0, "blend run@1 run@2 --weights 1.0,3.0 -o part.safetensors");
    RUN(0, "info part.safetensors");
    SAID("Made of 0.25 ");
    RUN(2, "generate run@1 run@2 --blend 0..1");
    SAID("--balance 0..1");
    RUN(2, "generate run@1 --blend 0.5");
    RUN(2, "blend run@1 run@2 --weights 1 -o x.safetensors");
    SAID("1 numbers for 2 checkpoints");
    RUN(2, "blend run@1 other -o x.safetensors");
    SAID("its hidden is 6");
    RUN(2, "blend run@1 near -o x.safetensors");
    SAID("can vote instead");
    OK(!there("x.safetensors"));
}

static void test_vote(void)
{
    RUN(0, "generate run@1 other --balance 0 --seconds 0.3 --seed 4 "
           "--voices 2 -o first.wav");
    RUN(0, "generate run@1 --seconds 0.3 --seed 4 --voices 2 -o alone.wav");
    OK(same_sound("first_02.wav", "alone_02.wav"));
    RUN(0, "generate run@1 other --balance 0..1 --seconds 2 --seed 4");
    OK(there("run_e1+other_e1_T1.00_seed4_01.wav"));
    RUN(0, "generate run@1 other --balance 0 --seconds 2 --seed 4 -o stay.wav");
    OK(!same_sound("stay.wav", "run_e1+other_e1_T1.00_seed4_01.wav"));
    RUN(0, "info run_e1+other_e1_T1.00_seed4_01.wav");
    SAID("balance=0..1");
    SAID("checkpoint=run@1 + other");
    RUN(0, "blend run@1 other wave --vote --weights 1,0,0.5 "
           "-o three.safetensors");
    SAID("a vote of 3 checkpoints");
    RUN(0, "info three.safetensors");
    SAID("a checkpoint of vote");
    SAID("weight_3=0.5");
    SAID("wave/checkpoints/epoch-0001.safetensors, a checkpoint of wavenet");
    RUN(0, "generate three.safetensors --balance 0:0,0.1s:2 --seconds 0.3 "
           "--prompt sounds/a.wav --seed 4 -o three.wav");
    RUN(0, "generate three.safetensors --control weight_1=0.5 --seconds 0.2 "
           "--prompt sounds/a.wav -o turned.wav");
    RUN(2, "generate run@1 other --balance 0..2");
    SAID("goes from 0 to 1");
    RUN(2, "generate run@1 --balance 0.5");
    SAID("name two runs");
    RUN(2, "generate run@1 near");
    SAID("cannot vote with others");
    RUN(2, "generate run@1 three.safetensors");
    SAID("it is a vote itself");
    RUN(2, "train vote sounds");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(4);
    RUN(0, "train samplernn sounds --run run --seed 5 --epochs 2 --examples "
           "0 " TINY);
    RUN(0, "train samplernn sounds --run other --seed 6 --epochs 1 --examples "
           "0 " TINY "--set hidden=6");
    RUN(0, "train wavenet sounds --run wave --seed 6 --epochs 1 --examples 0 "
           "--set sample_rate=2000 --set blocks=3 --set dims_dilated=4 --set "
           "output=levels --set levels=16 --set batch=2 --set window=64 --set "
           "piece=0.5 --set "
           "prompt_seconds=0.2 --set save_seconds=0.02");
    RUN(0, "train nearest sounds --run near --set sample_rate=2000");
    test_average();
    test_blend();
    test_vote();
    return tap_done();
}
