#include "audio/encode.h"
#include "audio/load.h"
#include "sounds.h"
#include "tap.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const tb_encode_settings STEREO = {.sample_rate = 44100, .channels = 2};

/* Writes a sine and reads it back with the largest difference allowed. */
static void check_format(const char *path, tb_samples samples, int channels,
                         int rate, int64_t frames, double tolerance)
{
    tb_audio a;
    tb_error error = {0};
    tb_encode_report report;
    tb_encode_settings settings = {
        .sample_rate = rate, .channels = channels, .samples = samples};
    float *x = make_sine(frames, channels, rate, 220);
    if (!EQ(tb_save_audio(path, &settings, x, frames, &report, &error), TB_OK))
        fprintf(stderr, "# %s: %s\n", path, error.text);
    EQ(report.frames, frames);
    EQ(report.not_numbers, 0);
    NEAR(report.least_gain, 1, 0);
    EQ(tb_load_audio(path, 0, 0, 0, 0, &a, &error), TB_OK);
    EQ(a.frames, frames);
    EQ(a.channels, channels);
    NEAR(a.sample_rate, rate, 0);
    double most = 0;
    for (int64_t i = 0; i < a.frames * channels; i++)
        most = fmax(most, fabs((double)a.data[i] - x[i]));
    if (!OK_NAMED(most <= tolerance, path))
        fprintf(stderr, "# %g above %g\n", most, tolerance);
    tb_audio_clear(&a);
    free(x);
}

static int format_of(const char *path)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    sf_close(file);
    return info.format;
}

static void test_formats(void)
{
    double bit16 = 1.5 / 32768, bit24 = 0.5 / 8388608;
    check_format("24.wav", TB_SAMPLES_DEFAULT, 2, 44100, 5000, bit24);
    check_format("16.wav", TB_SAMPLES_16, 1, 22050, 5000, bit16);
    check_format("float.wav", TB_SAMPLES_FLOAT, 3, 48000, 3000, 0);
    check_format("one.WAV", TB_SAMPLES_24, 1, 8000, 1, bit24);
    check_format("24.aiff", TB_SAMPLES_24, 2, 44100, 3000, bit24);
    check_format("float.aif", TB_SAMPLES_FLOAT, 1, 44100, 3000, 0);
    check_format("24.flac", TB_SAMPLES_DEFAULT, 2, 96000, 9000, bit24);
    check_format("16.flac", TB_SAMPLES_16, 1, 44100, 9000, bit16);
    check_format("a.ogg", TB_SAMPLES_DEFAULT, 2, 44100, 70000, 0.05);
    EQ(format_of("24.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_24);
    EQ(format_of("16.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    EQ(format_of("float.wav"), SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    EQ(format_of("24.flac"), SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
    EQ(format_of("16.flac"), SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    EQ(format_of("a.ogg"), SF_FORMAT_OGG | SF_FORMAT_VORBIS);
    EQ(count_files(), 9);
}

static void check_tags(const char *path)
{
    tb_tags tags = {.title = "Glocken, früh", .artist = "A & B"}, back;
    tb_error error = {0};
    tb_encode_settings settings = STEREO;
    float x[200] = {0};
    char value[64];
    tb_tags_add(&tags, NULL, "model", "%s", "samplernn");
    tb_tags_add(&tags, NULL, "seed", "%d", 4711);
    for (int i = 0; i < 40; i++)
        tb_tags_add(&tags, NULL, "source", "a rather long name %d.wav", i);
    settings.tags = &tags;
    EQ(tb_save_audio(path, &settings, x, 100, NULL, &error), TB_OK);
    EQ(tb_tags_read(path, &back, &error), TB_OK);
    SAME_TEXT(back.title, tags.title);
    SAME_TEXT(back.artist, tags.artist);
    SAME_TEXT(back.comment, tags.comment);
    SAME_TEXT(back.software, "Timbrel " TIMBREL_VERSION);
    OK(tb_tags_get(&back, "seed", value, sizeof(value)));
    SAME_TEXT(value, "4711");
}

/* What a file cannot hold is turned down with what surrounds it. */
static void test_beyond(void)
{
    tb_audio a;
    tb_encode_report report;
    tb_encode_settings settings = {.sample_rate = 8000, .channels = 1};
    float x[8] = {1.0f, -1.0f, 0.5f, -4.0f, NAN, INFINITY, 0.8f, 0.0f};
    EQ(tb_save_audio("c.wav", &settings, x, 8, &report, NULL), TB_OK);
    EQ(report.frames, 8);
    NEAR(report.least_gain, 0.25, 1e-9);
    EQ(report.not_numbers, 2);
    EQ(tb_load_audio("c.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    EQ(a.frames, 8);
    NEAR(a.data[3], -1, 0);
    OK(a.data[2] > 0.125 && a.data[2] < 0.2);
    NEAR(a.data[4], 0, 0);
    NEAR(a.data[5], 0, 0);
    tb_audio_clear(&a);
    settings.samples = TB_SAMPLES_FLOAT;
    EQ(tb_save_audio("cf.wav", &settings, x, 8, &report, NULL), TB_OK);
    NEAR(report.least_gain, 1, 0);
    EQ(report.not_numbers, 2);
    EQ(tb_load_audio("cf.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    NEAR(a.data[3], -4, 0);
    tb_audio_clear(&a);
    settings.samples = TB_SAMPLES_16;
    float full[2] = {1, -1};
    EQ(tb_save_audio("c16.wav", &settings, full, 2, &report, NULL), TB_OK);
    NEAR(report.least_gain, 1, 0);
    EQ(tb_load_audio("c16.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    NEAR(a.data[0], 1, 1.0 / 32768);
    NEAR(a.data[1], -1, 0);
    tb_audio_clear(&a);
}

/* Dither: a level below half a bit survives in the mean, whole bits and silence
   stay as they are, and the same file comes out twice. */
static void test_dither(void)
{
    enum { N = 20000 };
    tb_audio a, b;
    static float x[N];
    tb_encode_settings settings = {
        .sample_rate = 8000, .channels = 1, .samples = TB_SAMPLES_16};
    for (int i = 0; i < N; i++)
        x[i] = 0.3f / 32768;
    tb_save_audio("d1.wav", &settings, x, N, NULL, NULL);
    tb_save_audio("d2.wav", &settings, x, N, NULL, NULL);
    EQ(tb_load_audio("d1.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    EQ(tb_load_audio("d2.wav", 0, 0, 0, 0, &b, NULL), TB_OK);
    EQ(memcmp(a.data, b.data, sizeof(x)), 0);
    double mean = 0, square = 0;
    for (int i = 0; i < N; i++) {
        mean += a.data[i] * 32768.0 / N;
        square += pow(a.data[i] * 32768.0 - 0.3, 2) / N;
    }
    NEAR(mean, 0.3, 0.02);
    /* Triangular dither and rounding: 1/6 + 1/12 of a bit squared. */
    NEAR(square, 0.25, 0.02);
    tb_audio_clear(&a);
    tb_audio_clear(&b);
    for (int i = 0; i < N; i++)
        x[i] = (float)(i * 3 - 30000) / 32768;
    tb_save_audio("d3.wav", &settings, x, N, NULL, NULL);
    EQ(tb_load_audio("d3.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    EQ(memcmp(a.data, x, sizeof(x)), 0);
    tb_audio_clear(&a);
}

/* Nothing has the name before it is whole, and nothing stays of what is not. */
static void test_whole(void)
{
    tb_error error = {0};
    float *x = make_sine(50000, 2, 44100, 440);
    int files = count_files();
    tb_encoder *e = tb_encoder_open("whole.wav", &STEREO, &error);
    EQ(tb_encoder_write(e, x, 50000, &error), TB_OK);
    OK(access("whole.wav", F_OK) != 0);
    EQ(tb_encoder_close(e, NULL, &error), TB_OK);
    OK(access("whole.wav", F_OK) == 0);
    EQ(count_files(), files + 1);
    e = tb_encoder_open("never.flac", &STEREO, &error);
    EQ(tb_encoder_write(e, x, 5000, &error), TB_OK);
    tb_encoder_discard(e);
    EQ(count_files(), files + 1);
    free(x);
}

static void test_replace(void)
{
    tb_audio a;
    tb_error error = {0};
    tb_encode_settings settings = STEREO;
    float x[20] = {0.5f};
    OK(tb_encoder_open("whole.wav", &settings, &error) == NULL);
    EQ(error.status, TB_ERR_FILE);
    OK(strstr(error.text, "there is one already") != NULL);
    settings.growing = true;
    OK(tb_encoder_open("whole.wav", &settings, &error) == NULL);
    /* One that comes into being while the sound is made is kept too. */
    settings.growing = false;
    tb_encoder *e = tb_encoder_open("late.wav", &settings, &error);
    save_bytes("late.wav", "mine", 4);
    int files = count_files();
    EQ(tb_encoder_close(e, NULL, &error), TB_ERR_FILE);
    OK(strstr(error.text, "there is one already") != NULL);
    EQ(count_files(), files - 1);
    settings.replace = true;
    EQ(tb_save_audio("late.wav", &settings, x, 10, NULL, &error), TB_OK);
    EQ(tb_load_audio("late.wav", 0, 0, 0, 0, &a, NULL), TB_OK);
    EQ(a.frames, 10);
    tb_audio_clear(&a);
    EQ(count_files(), files - 1);
}

static void check_growing(const char *path, int64_t behind)
{
    tb_audio a;
    tb_error error = {0};
    tb_encode_settings settings = STEREO;
    settings.growing = true;
    float *x = make_sine(30000, 2, 44100, 440);
    tb_encoder *e = tb_encoder_open(path, &settings, &error);
    OK_NAMED(e != NULL, path);
    for (int i = 1; i <= 3; i++) {
        EQ(tb_encoder_write(e, x, 30000, &error), TB_OK);
        EQ(tb_load_audio(path, 0, 0, 0, 0, &a, &error), TB_OK);
        OK(a.frames <= 30000 * i && a.frames >= 30000 * i - behind);
        EQ(memcmp(a.warning, "", 1), 0);
        NEAR(a.data[1000], x[1000], 1e-6);
        tb_audio_clear(&a);
    }
    EQ(tb_encoder_close(e, NULL, &error), TB_OK);
    EQ(tb_load_audio(path, 0, 0, 0, 0, &a, &error), TB_OK);
    EQ(a.frames, 90000);
    SAME_TEXT(a.warning, "");
    tb_audio_clear(&a);
    free(x);
}

static void check_refusal(const char *path, tb_encode_settings settings,
                          const char *words)
{
    tb_error error = {0};
    int files = count_files();
    OK(tb_encoder_open(path, &settings, &error) == NULL);
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# '%s'\n", error.text);
    OK(strstr(error.text, path) != NULL);
    OK(tb_encoder_open(path, &settings, NULL) == NULL);
    EQ(count_files(), files);
}

static void test_refusals(void)
{
    tb_encode_settings floats = STEREO, many = STEREO, none = STEREO;
    tb_encode_settings odd = STEREO;
    floats.samples = TB_SAMPLES_FLOAT;
    many.channels = 9;
    none.channels = 0;
    odd.sample_rate = 44100.5;
    mkdir("f.wav", 0777);
    check_refusal("a.mp4", STEREO, ".wav, .aiff, .flac or .ogg");
    check_refusal("wav", STEREO, "has to end with");
    check_refusal(".wav", STEREO, "has to end with");
    check_refusal("f.flac", floats, "floating-point");
    check_refusal("m.flac", many, "cannot hold 9 channels");
    check_refusal("n.wav", none, "1 to 1024 channels");
    check_refusal("o.wav", odd, "sample rate");
    check_refusal("no/where.wav", STEREO, "no such file or folder");
    check_refusal("f.wav", STEREO, "it is a folder");
    rmdir("f.wav");
}

/* A limit on the size of files stands for a full disk. */
static void check_full(const char *path, bool growing)
{
    tb_error error = {0};
    tb_encode_settings settings = STEREO;
    struct rlimit before, small;
    float *x = make_sine(100000, 2, 44100, 440);
    int files = count_files();
    settings.growing = growing;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 20000;
    setrlimit(RLIMIT_FSIZE, &small);
    tb_encoder *e = tb_encoder_open(path, &settings, &error);
    OK_NAMED(e != NULL, path);
    tb_status status = TB_OK;
    for (int i = 0; i < 5; i++)
        status = tb_encoder_write(e, x, 100000, &error);
    EQ(status, TB_ERR_FILE);
    OK(strstr(error.text, "Cannot write") != NULL);
    OK(strstr(error.text, path) != NULL);
    EQ(tb_encoder_close(e, NULL, &error), TB_ERR_FILE);
    setrlimit(RLIMIT_FSIZE, &before);
    EQ(count_files(), files + growing);
    free(x);
}

static void test_full_disk(void)
{
    tb_error error = {0};
    float x[4000] = {0};
    check_full("full.wav", false);
    check_full("full.flac", false);
    check_full("full.ogg", false);
    check_full("grown.wav", true);
    if (access("/dev/full", W_OK) != 0) {
        OK_NAMED(1, "/dev/full # SKIP there is none here");
        return;
    }
    EQ(tb_save_audio("/dev/full", &STEREO, x, 2000, NULL, &error), TB_ERR_FILE);
    OK(strstr(error.text, "the disk is full") != NULL);
}

/* Writes to "-" with the standard output sent to a file or a pipe. */
static tb_status save_to_output(int target, const tb_encode_settings *settings,
                                const float *x, int64_t frames, tb_error *error)
{
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(target, STDOUT_FILENO);
    tb_status status = tb_save_audio("-", settings, x, frames, NULL, error);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    return status;
}

static uint32_t word_at(FILE *file, long at)
{
    uint32_t word = 0;
    fseek(file, at, SEEK_SET);
    for (int i = 0; i < 4; i++)
        word |= (uint32_t)fgetc(file) << (8 * i);
    return word;
}

/* Those of the bare header that streams have. */
static int sizes_are_right(const char *path)
{
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    uint32_t size = (uint32_t)ftell(file);
    int right = word_at(file, 4) == size - 8 && word_at(file, 40) == size - 44;
    fclose(file);
    return right;
}

/* Behind other bytes the header stays open, since it cannot be written again.
 */
static void test_appended_stream(void)
{
    tb_error error = {0};
    tb_encode_settings settings = STEREO;
    float x[4] = {0};
    int file = open("end", O_WRONLY | O_CREAT | O_APPEND, 0666);
    EQ(write(file, "before", 6), 6);
    EQ(save_to_output(file, &settings, x, 2, &error), TB_OK);
    EQ(lseek(file, 0, SEEK_END), 6 + 44 + 12);
    close(file);
    FILE *back = fopen("end", "rb");
    EQ(word_at(back, 6 + 40), UINT32_MAX);
    fclose(back);
}

static void check_stream(tb_samples samples, double tolerance)
{
    tb_audio a;
    tb_error error = {0};
    tb_encode_settings settings = STEREO;
    settings.samples = samples;
    settings.replace = true;
    float *x = make_sine(10000, 2, 44100, 440);
    int file = open("stream.wav", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    EQ(save_to_output(file, &settings, x, 10000, &error), TB_OK);
    OK_NAMED(sizes_are_right("stream.wav"), "the header knows the length");
    close(file);
    EQ(tb_load_audio("stream.wav", 0, 0, 0, 0, &a, &error), TB_OK);
    EQ(a.frames, 10000);
    EQ(a.channels, 2);
    NEAR(a.sample_rate, 44100, 0);
    SAME_TEXT(a.warning, "");
    double most = 0;
    for (int i = 0; i < 20000; i++)
        most = fmax(most, fabs((double)a.data[i] - x[i]));
    NEAR(most, 0, tolerance);
    tb_audio_clear(&a);
    free(x);
}

static void test_bare_stream(void)
{
    tb_error error = {0};
    tb_encode_settings settings = STEREO;
    settings.bare = true;
    float x[6] = {0.5f, -2.0f, 0, 1, -1, 0.1f}, back[6];
    int ends[2];
    EQ(pipe(ends), 0);
    EQ(save_to_output(ends[1], &settings, x, 3, &error), TB_OK);
    EQ(read(ends[0], back, sizeof(back)), sizeof(back));
    EQ(memcmp(x, back, sizeof(x)), 0);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    EQ(save_to_output(ends[1], &settings, x, 3, &error), TB_ERR_STOPPED);
    OK(strstr(error.text, "has gone") != NULL);
    close(ends[1]);
}

int main(void)
{
    enter_folder();
    int descriptors = count_descriptors();
    test_formats();
    check_tags("t.wav");
    check_tags("t.aiff");
    check_tags("t.flac");
    check_tags("t.ogg");
    test_beyond();
    test_dither();
    test_whole();
    test_replace();
    check_growing("grow.wav", 22050 + 1024);
    check_growing("grow.aiff", 22050 + 1024);
    check_growing("grow.flac", 8192);
    test_refusals();
    test_full_disk();
    check_stream(TB_SAMPLES_16, 1.5 / 32768);
    check_stream(TB_SAMPLES_DEFAULT, 0.5 / 8388608);
    check_stream(TB_SAMPLES_FLOAT, 0);
    test_appended_stream();
    test_bare_stream();
    EQ(count_descriptors(), descriptors);
    leave_folder();
    return tap_done();
}
