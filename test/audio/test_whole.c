/* What is in a file is read, all of it, whatever its header says, and libraries
   below are silent about it. */
#include "audio/decode.h"
#include "audio/tags.h"
#include "sounds.h"
#include "tap.h"
#include <fcntl.h>

enum { RATE = 44100, MOST_BYTES = 1 << 20 };

typedef struct bytes {
    size_t size;
    uint8_t at[MOST_BYTES];
} bytes;

static bytes one, two;

static void load_bytes(const char *path, bytes *b)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        exit(99);
    b->size = fread(b->at, 1, sizeof(b->at), file);
    fclose(file);
}

static void add_bytes(bytes *b, const bytes *more)
{
    memcpy(b->at + b->size, more->at, more->size);
    b->size += more->size;
}

static void save(const char *path, const bytes *b)
{
    save_bytes(path, b->at, b->size);
}

static size_t find_bytes(const bytes *b, const char *word, size_t size)
{
    for (size_t i = 0; i + size <= b->size; i++)
        if (memcmp(b->at + i, word, size) == 0)
            return i;
    return b->size;
}

/* Frames that come out, or -1. */
static int64_t count(const char *path, tb_audio_info *info)
{
    tb_error error = {0};
    tb_decoder *d = tb_decoder_open(path, info, &error);
    if (d == NULL)
        fprintf(stderr, "# %s\n", error.text);
    int64_t n = d ? tb_decoder_count(d, &error) : -1;
    if (d)
        *info = *tb_decoder_info(d);
    tb_decoder_close(d);
    return n;
}

static void make(const char *path, int format, int64_t frames, int channels)
{
    float *x = make_sine(frames, channels, RATE, 330);
    save_as(path, format, x, frames, channels, RATE);
    free(x);
}

static void expect(const char *path, int64_t frames, int64_t more,
                   const char *warning)
{
    tb_audio_info info = {0};
    int64_t n = count(path, &info);
    if (!OK_NAMED(n >= frames && n <= frames + more, path))
        fprintf(stderr, "# %lld frames\n", (long long)n);
    EQ(info.length, TB_LENGTH_COUNTED);
    EQ(info.frames, n);
    if (!OK(warning ? strstr(info.warning, warning) != NULL
                    : info.warning[0] == 0))
        fprintf(stderr, "# '%s'\n", info.warning);
}

/* ---- sizes that nobody wrote ---- */

static void put_size(bytes *b, size_t at, uint32_t size)
{
    for (int i = 0; i < 4; i++)
        b->at[at + (size_t)i] = (uint8_t)(size >> (8 * i));
}

static void test_unwritten_sizes(void)
{
    static const uint32_t sizes[] = {0, UINT32_MAX, 400};
    make("whole.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 5000, 1);
    load_bytes("whole.wav", &one);
    size_t data = find_bytes(&one, "data", 4);
    for (int i = 0; i < 3; i++) {
        put_size(&one, data + 4, sizes[i]);
        save("recorder.wav", &one);
        expect("recorder.wav", 5000, 0, NULL);
        put_size(&one, 4, sizes[i]);
        save("recorder.wav", &one);
        expect("recorder.wav", 5000, 0, NULL);
    }
}

/* Chunks behind the sound are no sound. */
static void test_chunks_behind(void)
{
    static const uint8_t list[] = {'L', 'I', 'S', 'T', 4,   0,
                                   0,   0,   'I', 'N', 'F', 'O'};
    make("whole.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 5000, 1);
    load_bytes("whole.wav", &one);
    memcpy(one.at + one.size, list, sizeof(list));
    one.size += sizeof(list);
    save("listed.wav", &one);
    expect("listed.wav", 5000, 0, NULL);
    size_t data = find_bytes(&one, "data", 4);
    put_size(&one, data + 4, 0);
    memcpy(one.at + data + 8, list, sizeof(list));
    one.size = data + 8 + sizeof(list);
    save("empty.wav", &one);
    expect("empty.wav", 0, 0, NULL);
}

static void test_flac_without_length(void)
{
    make("whole.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 50000, 1);
    load_bytes("whole.flac", &one);
    one.at[21] &= 0xF0;
    memset(one.at + 22, 0, 4);
    save("piped.flac", &one);
    expect("piped.flac", 50000, 0, NULL);
}

/* ---- several sounds in a file ---- */

static void join(const char *first, const char *second, const char *path)
{
    load_bytes(first, &one);
    load_bytes(second, &two);
    add_bytes(&one, &two);
    save(path, &one);
}

static void test_links(const char *path, int format, int rate)
{
    float *x = make_sine(2 * 30000, 2, rate, 330);
    save_as(path, format, x, 30000, 1, rate);
    save_as("stereo", format, x, 20000, 2, rate);
    save_as("lower", format, x, 20000, 1, rate / 2);
    free(x);
    join(path, path, "joined");
    expect("joined", 60000, 0, NULL);
    join("joined", path, "joined");
    expect("joined", 90000, 0, NULL);
    join(path, "stereo", "joined");
    expect("joined", 50000, 0, NULL);
    join("stereo", path, "joined");
    expect("joined", 50000, 0, NULL);
    join(path, "lower", "joined");
    expect("joined", 30000, 0, "goes on in another format");
}

static void test_damaged_flac(void)
{
    make("whole.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 100000, 1);
    load_bytes("whole.flac", &one);
    memset(one.at + one.size / 2, 0, one.size / 20);
    save("rot.flac", &one);
    expect("rot.flac", 80000, 19999, "rot.flac' ends after");
}

/* ---- MP3 ---- */

enum { MP3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III };

static void save_mp3(const char *path, double level, int64_t frames)
{
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = MP3};
    float *x = make_sine(frames, 1, RATE, 330);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    sf_command(file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof(level));
    sf_writef_float(file, x, frames);
    sf_close(file);
    free(x);
}

/* Takes the first frame out, which tells the length. */
static void drop_header(bytes *b)
{
    size_t tag = find_bytes(b, "Info", 4), next = tag;
    tag = tag == b->size ? find_bytes(b, "Xing", 4) : tag;
    if (tag == b->size)
        return;
    for (next = tag; b->at[next] != 0xFF || (b->at[next + 1] & 0xFE) != 0xFA;)
        next++;
    memmove(b->at, b->at + next, b->size - next);
    b->size -= next;
}

static void test_mp3(void)
{
    save_mp3("a.mp3", 0.1, 60000);
    save_mp3("b.mp3", 0.9, 60000);
    expect("a.mp3", 60000, 0, NULL);
    join("a.mp3", "b.mp3", "joined.mp3");
    expect("joined.mp3", 120000, 6000, NULL);
    load_bytes("a.mp3", &one);
    drop_header(&one);
    save("no-header.mp3", &one);
    expect("no-header.mp3", 60000, 3000, NULL);
    load_bytes("b.mp3", &two);
    drop_header(&two);
    add_bytes(&one, &two);
    save("no-header.mp3", &one);
    expect("no-header.mp3", 120000, 6000, NULL);
}

static void test_broken_mp3(void)
{
    load_bytes("a.mp3", &one);
    one.size = one.size * 6 / 10;
    save("cut.mp3", &one);
    expect("cut.mp3", 30000, 10000, "its header promises");
    load_bytes("a.mp3", &one);
    memset(&two, 0, 1000);
    memcpy(two.at, "junk that is no sound", 21);
    two.size = 1000;
    add_bytes(&two, &one);
    save("junk.mp3", &two);
    expect("junk.mp3", 60000, 0, NULL);
    memcpy(two.at, "ID3\3\0\0\x7F\x7F\x7F\x7F", 10);
    save("tag.mp3", &two);
    expect("tag.mp3", 60000, 0, NULL);
    for (size_t i = 2000; i < one.size; i += 97)
        one.at[i] ^= 0x5A;
    save("noise.mp3", &one);
    tb_audio_info info;
    OK(count("noise.mp3", &info) > 0);
}

/* ---- silence on the screen ---- */

static void test_quiet(void)
{
    tb_audio_info info;
    tb_tags tags;
    static const char *const names[] = {"joined.mp3", "noise.mp3", "cut.mp3",
                                        "tag.mp3", "short.mp3"};
    load_bytes("a.mp3", &one);
    one.size = 300;
    save("short.mp3", &one);
    fflush(stderr);
    int screen = dup(2), file = open("said", O_CREAT | O_RDWR | O_TRUNC, 0666);
    dup2(file, 2);
    for (int i = 0; i < 5; i++) {
        tb_decoder *d = tb_decoder_open(names[i], &info, NULL);
        if (d)
            tb_decoder_count(d, NULL);
        tb_decoder_close(d);
        tb_tags_read(names[i], &tags, NULL);
    }
    dup2(screen, 2);
    close(screen);
    EQ(lseek(file, 0, SEEK_END), 0);
    close(file);
}

/* ---- rates ---- */

static void test_rates(void)
{
    static const uint32_t rates[] = {0, 1, 99, 768001, 4000000000};
    make("whole.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 100, 1);
    load_bytes("whole.wav", &one);
    for (int i = 0; i < 5; i++) {
        tb_error error = {0};
        put_size(&one, 24, rates[i]);
        save("rate.wav", &one);
        OK(tb_decoder_open("rate.wav", NULL, &error) == NULL);
        EQ(error.status, TB_ERR_FORMAT);
        OK(strstr(error.text, "'rate.wav' has a sample rate of") != NULL);
    }
    put_size(&one, 24, 768000);
    save("rate.wav", &one);
    expect("rate.wav", 100, 0, NULL);
    put_size(&one, 24, 100);
    save("rate.wav", &one);
    expect("rate.wav", 100, 0, NULL);
}

int main(void)
{
    SF_INFO known = {.samplerate = RATE, .channels = 1, .format = MP3};
    enter_folder();
    setenv("PATH", folder, 1);
    int descriptors = count_descriptors();
    test_unwritten_sizes();
    test_chunks_behind();
    test_flac_without_length();
    test_links("a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, RATE);
    test_links("a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, RATE);
    test_damaged_flac();
    test_rates();
    if (sf_format_check(&known)) {
        test_mp3();
        test_broken_mp3();
        test_quiet();
    }
    EQ(count_descriptors(), descriptors);
    leave_folder();
    return tap_done();
}
