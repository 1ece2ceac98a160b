/* timbrel generate: names, repeatability, prompts, and what is refused. */
#include "program.h"

static void test_names(void)
{
    RUN(0, "generate run --seconds 0.5 --seed 4711 --temperature 0.9");
    SAID("epoch-0002.safetensors");
    OK(there("run_e2_T0.90_seed4711_01.wav"));
    RUN(0, "generate run --seconds 0.5 --seed 4711 --temperature 0.9");
    OK_NAMED(there("run_e2_T0.90_seed4711_02.wav"), "nothing is overwritten");
    RUN(0, "generate run --epoch 1 --seconds 0.5 --seed 7 --voices 3 "
           "--temperature 0.5..1.2");
    OK(there("run_e1_T0.50-1.20_seed7_03.wav"));
    RUN(0, "generate run/checkpoints/epoch-0001.safetensors --seconds 0.2 "
           "--seed 8");
    OK(there("run_e1_T1.00_seed8_01.wav"));
    RUN(0, "generate run --seconds 0.2 --voices 2 -o two.wav");
    OK(there("two_01.wav") && there("two_02.wav"));
}

/* The samples of a WAV file; tags, which hold its name, come before or after.
 */
static const char *samples_of(const char *bytes, size_t size, size_t *n)
{
    for (size_t at = 12; bytes && at + 8 <= size;) {
        const unsigned char *head = (const unsigned char *)bytes + at;
        *n = head[4] | (size_t)head[5] << 8 | (size_t)head[6] << 16;
        if (memcmp(head, "data", 4) == 0)
            return at + 8 + *n <= size ? bytes + at + 8 : NULL;
        at += 8 + *n + (*n & 1);
    }
    return NULL;
}

static int same_sound(const char *a, const char *b)
{
    size_t n, m;
    char *x = bytes_of(a, &n), *y = bytes_of(b, &m);
    const char *p = samples_of(x, n, &n), *q = samples_of(y, m, &m);
    int same = p && q && n == m && n > 0 && memcmp(p, q, n) == 0;
    free(x);
    free(y);
    return same;
}

static void test_repeatable(void)
{
    OK(same_sound("run_e2_T0.90_seed4711_01.wav",
                  "run_e2_T0.90_seed4711_02.wav"));
    RUN(0, "generate run --seconds 0.5 --seed 4711 --voices 4 --threads 1 "
           "-o one.wav");
    RUN(0, "generate run --seconds 0.5 --seed 4711 --voices 4 --threads 2 "
           "-o both.wav");
    OK(same_sound("one_01.wav", "both_01.wav"));
    OK_NAMED(same_sound("one_04.wav", "both_04.wav"), "on any threads");
    OK(!same_sound("one_01.wav", "one_03.wav"));
    RUN(0, "generate run --seconds 0.5 --seed 4712 -o other.wav");
    OK(!same_sound("one_01.wav", "other.wav"));
}

static void test_prompts(void)
{
    RUN(0, "generate run --seconds 0.25 --prompt sounds/a.wav@1s+0.5s "
           "--keep-prompt yes --seed 1 -o kept.wav");
    RUN(0, "info kept.wav");
    SAID("0.750 s");
    SAID("prompt=sounds/a.wav@1s+0.5s");
    SAID("seed=1");
    RUN(0, "generate run --seconds 0.25 --prompt corpus@7s+0.5s -o c.wav");
    RUN(0, "info c.wav");
    SAID("prompt=b.wav@1.000s+0.500s");
    RUN(1, "generate run --prompt nothing.wav");
    RUN(2, "generate run --prompt corpus@1000s");
    RUN(2, "generate run --prompt sounds/a.wav@soon");
}

static void test_outputs(void)
{
    RUN(0, "generate run --seconds 0.5 --rate 8000 --voices 3 --mix --level -6 "
           "-o mix.flac");
    RUN(0, "info mix.flac");
    SAID("8 kHz");
    SAID("0.500 s");
    RUN(1, "generate run --seconds 0.5 -o mix.flac");
    RUN(0, "generate run --seconds 0.5 -o mix.flac --force");
    RUN(0, "generate run --seconds 0.5 -o - 2>/dev/null | wc -c");
    OK(atoi(said) > 3000);
    RUN(2, "generate run --seconds 0.5 --voices 2 -o -");
    RUN(0, "generate run --seconds 0.2 --seed 3 --json -o j.wav");
    SAID("\"path\":\"j.wav\"");
    RUN(2, "generate run -o x.xyz");
    OK(!there("x.xyz"));
}

static void test_refused(void)
{
    RUN(2, "generate");
    RUN(1, "generate nothing-here");
    RUN(1, "generate sounds");
    RUN(1, "generate run --epoch 77");
    SAID("epoch 77");
    RUN(2, "generate run --temperature hot");
    RUN(2, "generate run --seconds -1");
    RUN(2, "generate run --temprature 1");
    SAID("Did you mean '--temperature'");
    RUN(2, "generate run --voices 100000");
    RUN(2, "generate run --keep-prompt maybe");
}

static void test_damaged(void)
{
    size_t n;
    char *bytes = bytes_of("run/checkpoints/epoch-0002.safetensors", &n);
    bytes[n - 5] ^= 4;
    FILE *file = fopen("bad.safetensors", "wb");
    fwrite(bytes, 1, n, file);
    fclose(file);
    RUN(1, "generate bad.safetensors -o bad.wav");
    OK(!there("bad.wav"));
    RUN(1, "info bad.safetensors");
    file = fopen("short.safetensors", "wb");
    fwrite(bytes, 1, n / 2, file);
    fclose(file);
    RUN(1, "generate short.safetensors -o bad.wav");
    OK(!there("bad.wav"));
    free(bytes);
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    RUN(0, "train samplernn sounds --run run --seed 5 --epochs 2 --examples "
           "0 " TINY);
    test_names();
    test_repeatable();
    test_prompts();
    test_outputs();
    test_refused();
    test_damaged();
    return tap_done();
}
