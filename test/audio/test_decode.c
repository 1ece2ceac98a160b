#include "audio/decode.h"
#include "sounds.h"
#include "tap.h"
#include <sys/stat.h>

static float heard[200000];

/* Reads all of a file in blocks of odd sizes; frames, or -1. */
static int64_t hear(const char *path, tb_audio_info *info, tb_error *error)
{
    tb_decoder *d = tb_decoder_open(path, info, error);
    if (d == NULL)
        return -1;
    int64_t done = 0, n = 0, block = 1;
    int64_t room = (int64_t)(sizeof(heard) / sizeof(heard[0])) / info->channels;
    do {
        block = block * 3 % 1009;
        int64_t want = block < room - done ? block : room - done;
        n = tb_decoder_read(d, heard + done * info->channels, want, error);
        done += n;
    } while (n > 0);
    *info = *tb_decoder_info(d);
    tb_decoder_close(d);
    return n < 0 ? -1 : done;
}

static double worst(const float *x, const float *y, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fabs((double)x[i] - y[i]) <= most ? most
                                                 : fabs((double)x[i] - y[i]);
    return most;
}

static void check_format(const char *path, int format, int channels, int rate,
                         int64_t frames, double tolerance)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    float *x = make_sine(frames, channels, rate, 220);
    OK_NAMED(save_as(path, format, x, frames, channels, rate), path);
    EQ(hear(path, &info, &error), frames);
    EQ(info.frames, frames);
    EQ(info.channels, channels);
    EQ((int)info.sample_rate, rate);
    SAME_TEXT(info.warning, "");
    NEAR(worst(x, heard, frames * channels), 0, tolerance);
    free(x);
}

static void test_formats(void)
{
    check_format("16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 44100, 5000,
                 1.0 / 16384);
    check_format("24.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2, 22050, 5000,
                 1e-6);
    check_format("f.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 5, 48000, 500, 0);
    check_format("d.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 1, 8000, 1, 0);
    check_format("a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 2, 96000, 3000,
                 1e-6);
    check_format("a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2, 44100, 9000,
                 1.0 / 16384);
    check_format("a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 2, 44100, 20000,
                 0.05);
    /* Opus rounds the sudden end of a sine off. */
    check_format("a.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 1, 48000, 20000,
                 0.25);
    check_format("wrong name.txt", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 1, 44100,
                 100, 1.0 / 16384);
}

static void test_mp3(void)
{
    int format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
    SF_INFO known = {.samplerate = 44100, .channels = 1, .format = format};
    if (!sf_format_check(&known)) {
        OK_NAMED(1, "mp3 # SKIP this libsndfile writes none");
        return;
    }
    check_format("a.mp3", format, 1, 44100, 30000, 0.1);
}

static void test_skip(const char *path)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    static float rest[4000];
    int64_t all = hear(path, &info, &error);
    tb_decoder *d = tb_decoder_open(path, NULL, &error);
    OK_NAMED(d != NULL, path);
    EQ(tb_decoder_read(d, rest, 10, &error), 10);
    EQ(tb_decoder_skip(d, 1234, &error), 1234);
    EQ(tb_decoder_skip(d, 0, &error), 0);
    EQ(tb_decoder_read(d, rest, 500, &error), 500);
    NEAR(worst(rest, heard + (int64_t)1244 * info.channels,
               (int64_t)500 * info.channels),
         0, 0);
    EQ(tb_decoder_skip(d, 1000000, &error), all - 1744);
    EQ(tb_decoder_read(d, rest, 1, &error), 0);
    SAME_TEXT(tb_decoder_info(d)->warning, "");
    tb_decoder_close(d);
}

static void check_refusal(const char *path, tb_status status, const char *words)
{
    tb_error error = {0};
    OK_NAMED(tb_decoder_open(path, NULL, &error) == NULL, path);
    EQ(error.status, status);
    OK_NAMED(strstr(error.text, path) != NULL, "the file is named");
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# %s\n", error.text);
    OK(tb_decoder_open(path, NULL, NULL) == NULL);
}

static void test_refusals(void)
{
    save_bytes("empty.wav", "", 0);
    mkdir("folder.wav", 0777);
    check_refusal("none.wav", TB_ERR_FILE, "no such file");
    check_refusal("folder.wav", TB_ERR_FILE, "it is a folder");
    check_refusal("empty.wav", TB_ERR_FORMAT, "is empty");
}

/* Cuts the last part of a file off. */
static void test_cut_short(const char *path, const char *words)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    static char bytes[100000];
    int64_t all = hear(path, &info, &error);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    char name[64];
    snprintf(name, sizeof(name), "cut-%s", path);
    save_bytes(name, bytes, size * 6 / 10);
    int64_t some = hear(name, &info, &error);
    OK(some > all / 10 && some < all);
    EQ(info.frames, some);
    if (!OK_NAMED(strstr(info.warning, words) != NULL, words))
        fprintf(stderr, "# %s: '%s'\n", name, info.warning);
}

static void test_not_numbers(void)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    float x[5] = {0.25f, NAN, INFINITY, -INFINITY, 3.0f};
    save_as("nan.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, x, 5, 1, 44100);
    EQ(hear("nan.wav", &info, &error), 5);
    EQ(heard[0] == 0.25f && heard[4] == 3.0f, 1);
    EQ(heard[1] == 0 && heard[2] == 0 && heard[3] == 0, 1);
    OK(strstr(info.warning, "3 samples that are not numbers") != NULL);
}

static void test_without_frames(void)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    save_as("none.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, NULL, 0, 1, 44100);
    EQ(hear("none.wav", &info, &error), 0);
    EQ(info.frames, 0);
}

/* A program that is called ffmpeg and does what the test wants: it stands for
   the real one, whose presence and version a test cannot choose. */
static void make_program(const char *text)
{
    remove("ffmpeg");
    FILE *file = fopen("ffmpeg", "w");
    if (file == NULL)
        exit(99);
    fprintf(file, "#!/bin/sh\nfor a do printf '%%s\\n' \"$a\"; done > said\n%s",
            text);
    fclose(file);
    chmod("ffmpeg", 0755);
}

#define AU_START "printf '.snd\\0\\0\\0\\034\\377\\377\\377\\377\\0\\0\\0\\006"
#define AU_STEREO "\\0\\0\\126\\042\\0\\0\\0\\002Lavf'\n"
#define AU_FRAMES                                                              \
    "printf '\\077\\0\\0\\0\\277\\0\\0\\0\\076\\200\\0\\0\\0\\0\\0\\0'\n"

static void test_program(void)
{
    static const char odd[] = "-i \"it's\" $(x);*: a.m4a";
    tb_error error = {0};
    tb_audio_info info = {0};
    save_bytes(odd, "no sound", 8);
    make_program(AU_START AU_STEREO AU_FRAMES);
    EQ(hear(odd, &info, &error), 2);
    EQ((int)info.sample_rate, 22050);
    EQ(info.channels, 2);
    EQ(info.frames, 2);
    SAME_TEXT(info.warning, "");
    float expected[4] = {0.5f, -0.5f, 0.25f, 0.0f};
    NEAR(worst(expected, heard, 4), 0, 0);
    char said[1000] = "", input[100];
    FILE *file = fopen("said", "r");
    said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
    fclose(file);
    snprintf(input, sizeof(input), "\n-i\nfile:%s\n", odd);
    OK_NAMED(strstr(said, input) != NULL, "the name arrives as it is");
    OK(strstr(said, "-nostdin\n") != NULL);
}

static void test_program_fails(void)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    save_bytes("bad.m4a", "no sound", 8);
    make_program("echo 'file:bad.m4a: Invalid data' >&2\nexit 1\n");
    check_refusal("bad.m4a", TB_ERR_FORMAT, "(ffmpeg: Invalid data)");
    make_program("echo 'Output file does not contain any stream' >&2\nexit 1");
    check_refusal("bad.m4a", TB_ERR_FORMAT, "holds no sound");
    make_program("printf 'nothing that is a header of the AU format'\n");
    check_refusal("bad.m4a", TB_ERR_FORMAT, "no sound came out");
    make_program(AU_START AU_STEREO AU_FRAMES "echo broken >&2\nexit 1\n");
    EQ(hear("bad.m4a", &info, &error), 2);
    OK(strstr(info.warning, "(ffmpeg: broken)") != NULL);
    make_program("exit 127\n");
    check_refusal("bad.m4a", TB_ERR_UNSUPPORTED, "install");
}

/* What it tells about itself is no complaint, and its guess is no promise. */
static void test_program_guesses(void)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    make_program(
        "echo '[mov @ 0x1] [warning] odd' >&2\n"
        "echo '[info]   Duration: 00:01:02.50, start: 0' >&2\n"
        "echo '[info] Stream mapping:' >&2\n" AU_START AU_STEREO AU_FRAMES);
    tb_decoder *d = tb_decoder_open("bad.m4a", &info, &error);
    OK(d != NULL);
    EQ(info.length, TB_LENGTH_GUESSED);
    EQ(info.frames, 62.5 * 22050);
    EQ(tb_decoder_count(d, &error), 2);
    EQ(tb_decoder_info(d)->length, TB_LENGTH_COUNTED);
    SAME_TEXT(tb_decoder_info(d)->warning, "");
    tb_decoder_close(d);
    make_program(AU_START AU_STEREO AU_FRAMES
                 "echo '[aac @ 0x1] [error] gone' >&2\nexit 1\n");
    EQ(hear("bad.m4a", &info, &error), 2);
    OK(strstr(info.warning, "(ffmpeg: gone)") != NULL);
}

/* Closing while the program still writes must neither wait nor leak. */
static void test_program_endless(void)
{
    tb_error error = {0};
    float x[64];
    make_program(AU_START AU_STEREO "while :; do printf 12345678; done\n");
    tb_decoder *d = tb_decoder_open("bad.m4a", NULL, &error);
    OK(d != NULL);
    EQ(tb_decoder_read(d, x, 32, &error), 32);
    tb_decoder_close(d);
}

static void test_program_missing(void)
{
    remove("ffmpeg");
    save_bytes("text.wav", "dear diary, today I sang\n", 25);
    check_refusal("bad.m4a", TB_ERR_UNSUPPORTED, "install the program ffmpeg");
    check_refusal("text.wav", TB_ERR_UNSUPPORTED, "is not a sound file");
}

static void test_real_program(void)
{
    tb_error error = {0};
    tb_audio_info info = {0};
    if (system("ffmpeg -version > said 2>&1") != 0) {
        OK_NAMED(1, "m4a # SKIP ffmpeg is not installed");
        return;
    }
    check_refusal("text.wav", TB_ERR_FORMAT, "is not a sound file");
    float *x = make_sine(30000, 2, 44100, 440);
    save_as("in.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, x, 30000, 2, 44100);
    free(x);
    if (system("ffmpeg -nostdin -v error -i in.wav -y -- '-a b.m4a'") != 0) {
        OK_NAMED(1, "m4a # SKIP this ffmpeg writes none");
        return;
    }
    int64_t n = hear("-a b.m4a", &info, &error);
    OK(n >= 30000 && n < 30000 + 2048);
    EQ(info.channels, 2);
    EQ((int)info.sample_rate, 44100);
    NEAR(level_at(heard, n, 2, 0, 44100, 440), 0.5, 0.05);
    NEAR(level_at(heard, n, 2, 1, 44100, 880), 0.5, 0.05);
}

int main(void)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s", getenv("PATH") ? getenv("PATH") : "");
    enter_folder();
    int descriptors = count_descriptors();
    setenv("PATH", folder, 1);
    test_formats();
    test_mp3();
    test_skip("24.wav");
    test_skip("a.flac");
    test_skip("a.ogg");
    test_refusals();
    test_cut_short("24.wav", "ends early, with");
    test_cut_short("a.aiff", "ends early, with");
    test_cut_short("a.flac", "its header promises");
    test_not_numbers();
    test_without_frames();
    test_program();
    test_program_fails();
    test_program_guesses();
    test_program_endless();
    test_program_missing();
    setenv("PATH", path, 1);
    test_real_program();
    EQ(count_descriptors(), descriptors);
    leave_folder();
    return tap_done();
}
