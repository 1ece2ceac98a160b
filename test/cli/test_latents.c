/* timbrel encode, decode, and generate with models of others. */
#include "program.h"

#define MODEL MODELS "/generator.ts"

/* Encode and decode in turn are transfer. */
static void test_halves(void)
{
    RUN(0, "encode " MODEL " sounds/a.wav -o a.npy");
    SAID("a.npy: 150 frames of 4 channels, one for 16 samples at 2 kHz.");
    RUN(0, "decode " MODEL " a.npy -o a.wav");
    SAID("a.wav: 1.2 s at 2 kHz");
    RUN(0, "transfer " MODEL " sounds/a.wav -o whole.wav --latency 0s");
    OK(same_sound("a.wav", "whole.wav"));
    RUN(0, "encode " MODEL " sounds/a.wav -o a.safetensors");
    RUN(0, "decode " MODEL " a.safetensors -o b.wav");
    OK(same_sound("a.wav", "b.wav"));
    RUN(0, "info a.safetensors");
    SAID("model: generator.ts");
    SAID("ratio: 16");
    RUN(0, "decode " MODEL " a.npy -o bias.wav --attribute bias=0.5");
    OK(!same_sound("a.wav", "bias.wav"));
    RUN(1, "encode " MODEL " sounds/a.wav -o a.npy");
    SAID("--force");
    RUN(0, "encode " MODEL " sounds/a.wav -o a.npy --force");
}

static void test_folders(void)
{
    RUN(0,
        "encode " MODELS "/layers.ts sounds/a.wav -o late.npy --method halve "
        "--rate 2000");
    SAID("one for 2 samples at 2 kHz; 5 frames of latency cut off.");
    RUN(0, "encode " MODEL " sounds -o z");
    OK(there("z/a.npy"));
    OK(there("z/b.npy"));
    RUN(0, "encode " MODEL " sounds -o z --safetensors");
    OK(there("z/b.safetensors"));
    RUN(0, "decode " MODEL " z -o out --force");
    OK(there("out/a.wav"));
    OK(there("out/b.wav"));
}

/* A network of one's own speaks in codes: whole numbers. */
static void test_codes(void)
{
    RUN(0, "train samplernn sounds --run own --epochs 1 --threads 1 " TINY);
    RUN(0, "encode own sounds/a.wav -o codes.npy");
    SAID("codes.npy: 2400 frames of 1 channel, one for 1 samples at 2 kHz.");
    RUN(0, "encode own sounds/a.wav -o codes.safetensors");
    RUN(0, "info codes.safetensors");
    SAID("I64");
    RUN(0, "decode own codes.npy -o coded.wav");
    RUN(0, "transfer own sounds/a.wav -o forward.wav");
    OK(same_sound("coded.wav", "forward.wav"));
    RUN(1, "decode own a.npy -o x.wav");
    SAID("has 4 channels of 150 frames, and the model takes 1 channels");
    OK(!there("x.wav"));
}

/* One that goes from sound to sound is sent through, and said so. */
static void test_rave(void)
{
    RUN(0, "train rave sounds --run rave --preset v2 --epochs 1 --threads 1 "
           "--batch 1 --set network.sample_rate=4000 --set bands=4 "
           "--set attenuation=40 --set capacity=4 --set latents=3 "
           "--set ratios=4,2 --set noise_bins=0 --set window=4096 "
           "--examples 1 --set example_seconds=2");
    SAID("transfer rave SOUND -o OUT");
    OK(!strstr(said, "generate rave"));
    RUN(0, "transfer rave sounds/a.wav -o raved.wav");
    SAID("of latency cut off");
    RUN(0, "encode rave sounds/a.wav -o latents.npy");
    SAID("of 3 channels, one for 32 samples at 4 kHz; 11 frames of latency "
         "cut off.");
    RUN(0, "decode rave latents.npy -o from-latents.wav");
    OK(there("from-latents.wav"));
}

static void write_numbers(const char *path, const char *shape, const float *x,
                          int n)
{
    char header[128];
    int size = snprintf(header, sizeof header,
                        "{'descr': '<f4', 'fortran_order': False, 'shape': "
                        "%s, }\n",
                        shape);
    FILE *file = fopen(path, "wb");
    fwrite("\x93NUMPY\1", 1, 7, file);
    fputc(0, file);
    fputc(size, file);
    fputc(0, file);
    fwrite(header, 1, (size_t)size, file);
    fwrite(x, sizeof *x, (size_t)n, file);
    fclose(file);
}

static void test_numbers(void)
{
    float x[12] = {0.5F, 0, -1, 0.25F};
    write_numbers("x.npy", "(4, 3)", x, 12);
    RUN(0, "decode " MODEL " x.npy -o x.flac");
    write_numbers("batch.npy", "(1, 4, 3)", x, 12);
    RUN(0, "decode " MODEL " batch.npy -o batch.wav");
    RUN(0, "decode " MODEL " x.npy -o x-same.wav");
    OK(same_sound("x-same.wav", "batch.wav"));
    write_numbers("turned.npy", "(3, 4)", x, 12);
    RUN(1, "decode " MODEL " turned.npy -o y.wav");
    SAID("the axes are [channels, frames]");
    write_numbers("cut.npy", "(4, 4)", x, 12);
    RUN(1, "decode " MODEL " cut.npy -o y.wav");
    SAID("ends before its last number");
    x[7] = NAN;
    write_numbers("nan.npy", "(4, 3)", x, 12);
    RUN(1, "decode " MODEL " nan.npy -o y.wav");
    SAID("frame 1 of channel 2 is no number");
    RUN(1, "decode " MODEL " sounds/a.wav -o y.wav");
    RUN(2, "decode " MODEL " a.npy -o y.wav --attribute tune=1");
    SAID("it has bias");
    OK(!there("y.wav"));
}

static void test_refusals(void)
{
    RUN(2, "encode");
    RUN(2, "encode " MODEL " sounds/a.wav");
    RUN(2, "encode " MODEL " sounds/a.wav -o x.npy --method decode");
    SAID("decode does not take sound");
    RUN(2, "decode " MODEL " a.npy -o y.wav --method encode");
    SAID("encode does not make sound");
    RUN(2, "decode " MODEL " sounds -o y");
    SAID("holds no file for this");
    RUN(1, "decode " MODELS "/stream.ts a.npy -o y.wav --rate 2000");
    SAID("the model takes 2 channels");
}

static void test_generate(void)
{
    RUN(0, "generate " MODEL " --seconds 1 --seed 3 -o g.wav");
    RUN(0, "generate " MODEL " --seconds 1 --seed 3 --voices 2 --threads 2 "
           "-o v.wav");
    OK_NAMED(same_sound("g.wav", "v_01.wav"),
             "a voice sounds as beside others");
    OK(!same_sound("v_01.wav", "v_02.wav"));
    RUN(0, "generate " MODEL " --seconds 1 --seed 4 -o h.wav");
    OK(!same_sound("g.wav", "h.wav"));
    RUN(0, "generate " MODEL " --seconds 1 --seed 4 --temperature 0 -o c.wav");
    RUN(0, "generate " MODEL " --seconds 1 --seed 5 --temperature 0 -o d.wav");
    OK_NAMED(same_sound("c.wav", "d.wav"), "nothing is left to chance");
    RUN(0, "generate " MODEL " --seconds 1 --seed 4 --temperature 0 "
           "--control bias=0.5 -o e.wav");
    OK(!same_sound("d.wav", "e.wav"));
    RUN(1, "generate " MODELS "/stream.ts -o x.wav");
    SAID("it has no prior");
    RUN(1, "generate " MODEL " --prompt sounds/a.wav -o x.wav");
    SAID("takes no prompt");
    RUN(2, "generate " MODEL " own -o x.wav");
    OK(!there("x.wav"));
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(2);
    test_halves();
    test_folders();
    test_codes();
    test_rave();
    test_numbers();
    test_refusals();
    test_generate();
    return tap_done();
}
