#include "audio/load.h"
#include "sounds.h"
#include "tap.h"

enum { FLOATS = SF_FORMAT_WAV | SF_FORMAT_FLOAT };

static void test_whole(void)
{
    tb_audio a;
    tb_error error = {0};
    float *x = make_sine(30000, 2, 44100, 440);
    save_as("stereo.wav", FLOATS, x, 30000, 2, 44100);
    EQ(tb_load_audio("stereo.wav", 0, 0, 0, 0, &a, &error), TB_OK);
    EQ(a.frames, 30000);
    EQ(a.channels, 2);
    NEAR(a.sample_rate, 44100, 0);
    EQ(memcmp(a.data, x, 60000 * sizeof(*x)), 0);
    SAME_TEXT(a.warning, "");
    tb_audio_clear(&a);
    OK(a.data == NULL);
    EQ(a.frames, 0);
    free(x);
}

static void test_channels(void)
{
    tb_audio a;
    float many[6] = {1.0f, 0.5f, 0.0f, -1.0f, 0.25f, 0.75f};
    float one[3] = {0.5f, -0.5f, 1.0f};
    save_as("three.wav", FLOATS, many, 2, 3, 8000);
    save_as("one.wav", FLOATS, one, 3, 1, 8000);
    EQ(tb_load_audio("three.wav", 0, 1, 0, 0, &a, NULL), TB_OK);
    EQ(a.channels == 1 && a.frames == 2, 1);
    EQ(a.data[0] == 0.5f && a.data[1] == 0.0f, 1);
    SAME_TEXT(a.warning, "");
    tb_audio_clear(&a);
    EQ(tb_load_audio("three.wav", 0, 2, 0, 0, &a, NULL), TB_OK);
    EQ(a.data[0] == 1.0f && a.data[1] == 0.5f, 1);
    EQ(a.data[2] == -1.0f && a.data[3] == 0.25f, 1);
    OK(strstr(a.warning, "3 channels: the first 2 are used") != NULL);
    tb_audio_clear(&a);
    EQ(tb_load_audio("one.wav", 0, 2, 0, 0, &a, NULL), TB_OK);
    EQ(a.channels == 2 && a.frames == 3, 1);
    for (int i = 0; i < 6; i++)
        EQ(a.data[i] == one[i / 2], 1);
    tb_audio_clear(&a);
    EQ(tb_load_audio("three.wav", 0, 4, 0, 0, &a, NULL), TB_ERR_ARGUMENT);
    OK(a.data == NULL);
}

static void test_parts(void)
{
    tb_audio a;
    float *x = make_sine(20000, 1, 8000, 100);
    save_as("long.wav", FLOATS, x, 20000, 1, 8000);
    EQ(tb_load_audio("long.wav", 0, 0, 0.5, 1.25, &a, NULL), TB_OK);
    EQ(a.frames, 10000);
    EQ(memcmp(a.data, x + 4000, 10000 * sizeof(*x)), 0);
    SAME_TEXT(a.warning, "");
    tb_audio_clear(&a);
    EQ(tb_load_audio("long.wav", 0, 0, 2, 0, &a, NULL), TB_OK);
    EQ(a.frames, 4000);
    SAME_TEXT(a.warning, "");
    tb_audio_clear(&a);
    EQ(tb_load_audio("long.wav", 0, 0, 2, 10, &a, NULL), TB_OK);
    EQ(a.frames, 4000);
    OK(strstr(a.warning, "only 0.500 s there, not 10.000 s") != NULL);
    tb_audio_clear(&a);

    /* Rounding of a typed time is no shortage. */
    EQ(tb_load_audio("long.wav", 0, 0, 2, 0.5004, &a, NULL), TB_OK);
    EQ(a.frames, 4000);
    SAME_TEXT(a.warning, "");
    tb_audio_clear(&a);
    free(x);
}

static void check_rate(double in_rate, double out_rate, int channels)
{
    tb_audio a;
    int64_t n = (int64_t)in_rate * 3 / 2;
    float *x = make_sine(n, 2, in_rate, 440);
    save_as("rate.wav", FLOATS, x, n, 2, (int)in_rate);
    EQ(tb_load_audio("rate.wav", out_rate, channels, 0.25, 1, &a, NULL), TB_OK);
    EQ(a.frames, (int64_t)out_rate);
    NEAR(a.sample_rate, out_rate, 0);
    double part = channels == 1 ? 0.25 : 0.5;
    NEAR(level_at(a.data, a.frames, channels, 0, out_rate, 440), part, 1e-4);
    NEAR(level_at(a.data, a.frames, channels, channels - 1, out_rate, 880),
         part, 1e-4);
    tb_audio_clear(&a);
    free(x);
}

/* One frame, at every change of rate, is still one frame's worth. */
static void test_one_frame(void)
{
    tb_audio a;
    float x = 0.5f;
    save_as("frame.wav", FLOATS, &x, 1, 1, 8000);
    EQ(tb_load_audio("frame.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    EQ(a.frames, 1);
    EQ(a.data[0] == 0.5f, 1);
    tb_audio_clear(&a);
    EQ(tb_load_audio("frame.wav", 48000, 2, 0, 0, &a, NULL), TB_OK);
    EQ(a.frames, 6);
    tb_audio_clear(&a);
}

static void check_refusal(const char *path, double rate, double start,
                          double length, const char *words)
{
    tb_audio a;
    tb_error error = {0};
    OK(tb_load_audio(path, rate, 0, start, length, &a, &error) != TB_OK);
    OK(a.data == NULL && a.frames == 0);
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# %s\n", error.text);
    EQ(tb_load_audio(path, rate, 0, start, length, &a, NULL), error.status);
}

static void test_refusals(void)
{
    save_as("none.wav", FLOATS, NULL, 0, 1, 8000);
    save_bytes("empty.wav", "", 0);
    check_refusal("missing.wav", 0, 0, 0, "no such file");
    check_refusal("empty.wav", 0, 0, 0, "is empty");
    check_refusal("none.wav", 0, 0, 0, "holds no sound");
    check_refusal("long.wav", 0, 3, 0, "lasts 2.500 s: it cannot start at 3");
    check_refusal("long.wav", 0, 2.5, 0, "holds no sound there");
    check_refusal("long.wav", 0, -1, 0, "times from 0 s");
    check_refusal("long.wav", 0, NAN, 0, "times from 0 s");
    check_refusal("long.wav", 0, 0, INFINITY, "times from 0 s");
    check_refusal("long.wav", INFINITY, 0, 0, "cannot be brought");
}

/* A header may promise far more than there is: memory must not follow it. */
static void test_lying_header(void)
{
    static const unsigned char wav[] =
        "RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0"
        "\2\0\x10\0data\xd0\xff\xff\x7f\0\x40\0\xc0";
    tb_audio a;
    save_bytes("liar.wav", wav, sizeof(wav) - 1);
    EQ(tb_load_audio("liar.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    EQ(a.frames, 2);
    EQ(a.data[0] == 0.5f && a.data[1] == -0.5f, 1);
    OK(strstr(a.warning, "ends early") != NULL);
    tb_audio_clear(&a);
}

int main(void)
{
    enter_folder();
    test_whole();
    test_channels();
    test_parts();
    check_rate(44100, 48000, 2);
    check_rate(48000, 22050, 1);
    check_rate(22050, 44100, 2);
    check_rate(8000, 44100, 1);
    test_one_frame();
    test_refusals();
    test_lying_header();
    leave_folder();
    return tap_done();
}
