/* Pictures: the files' size, that they show what they should depend on, gaps,
   refusals, and whole or not at all. */
#include "base/memory.h"
#include "base/paths.h"
#include "picture/canvas.h"
#include "picture/picture.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

enum { RATE = 8000, LENGTH = 2 * RATE };

static char folder[] = "/tmp/timbrel-picture-XXXXXX";
static char path[64];
static float sound[LENGTH];

static unsigned number_at(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 24 | (unsigned)bytes[1] << 16 |
           (unsigned)bytes[2] << 8 | bytes[3];
}

/* Whether the file is a PNG of that many pixels. */
static int is_png(unsigned width, unsigned height)
{
    static const unsigned char magic[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    void *data = NULL;
    size_t size = 0;
    if (tb_read_file(path, 1 << 24, &data, &size, NULL))
        return 0;
    const unsigned char *bytes = data;
    int good = size > 60 && memcmp(bytes, magic, 16) == 0 &&
               number_at(bytes + 16) == width &&
               number_at(bytes + 20) == height &&
               memcmp(bytes + size - 8, "IEND", 4) == 0;
    tb_free(data);
    return good;
}

/* Something that differs between files that differ. */
static unsigned long long sum_of_file(void)
{
    void *data = NULL;
    size_t size = 0;
    tb_read_file(path, 1 << 24, &data, &size, NULL);
    unsigned long long sum = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((unsigned char *)data)[i]) * 1099511628211u;
    tb_free(data);
    return sum;
}

static tb_picture_sound tone(double hz)
{
    for (int i = 0; i < LENGTH; i++)
        sound[i] = (float)(0.2 * sin(6.283185307179586 * hz * i / RATE));
    return (tb_picture_sound){.mono = sound,
                              .frames = LENGTH,
                              .sample_rate = RATE,
                              .size = {.width = 320, .height = 160}};
}

static void test_sound(void)
{
    tb_picture_sound s = tone(440);
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    OK(is_png(640, 320));
    unsigned long long first = sum_of_file();
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    OK(sum_of_file() == first);
    for (int i = 0; i < LENGTH; i++)
        sound[i] += 0.25f;
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    OK_NAMED(sum_of_file() == first, "an offset is not seen");
    s.prompt_seconds = 0.5;
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    OK(sum_of_file() != first);
    s = tone(880);
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    OK(sum_of_file() != first);
    s.title = "not UTF-8: \xff\xfe";
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    s.size = (tb_picture_size){.scale = 1};
    s.frames = 3;
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    OK(is_png(360, 170));
    s.frames = 0;
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
    memset(sound, 0, sizeof sound);
    s.frames = LENGTH;
    EQ(tb_picture_write_sound(path, &s, NULL), TB_OK);
}

static unsigned long long drawn(const tb_picture_chart *chart)
{
    EQ(tb_picture_write_chart(path, chart, NULL), TB_OK);
    return sum_of_file();
}

static void test_curves(void)
{
    double epochs[] = {1, 2, 3, 4}, train[] = {5, 4, 3, 2};
    double held[] = {5.1, NAN, NAN, 2.5}, none[] = {NAN, NAN, NAN, NAN};
    tb_picture_line lines[] = {{"held-out", held}, {"training", train}};
    tb_picture_level levels[] = {{"without memory", 6}, {"one sample", 4}};
    tb_picture_chart chart = {.title = "Loss",
                              .epochs = epochs,
                              .count = 4,
                              .lines = lines,
                              .line_count = 2,
                              .levels = levels,
                              .level_count = 2,
                              .size = {.scale = 1}};
    unsigned long long first = drawn(&chart);
    OK(is_png(640, 240));
    levels[1].value = NAN;
    OK(drawn(&chart) != first);
    levels[1].value = 4;
    OK(drawn(&chart) == first);
    chart.hint = "lower is better";
    OK(drawn(&chart) != first);
    lines[0].values = none;
    OK(drawn(&chart) != first);
    chart.count = 1;
    drawn(&chart);
    chart.count = 0;
    drawn(&chart);
    chart.size = (tb_picture_size){.width = 420, .height = 200};
    drawn(&chart);
    OK(is_png(840, 400));
}

/* Whatever a metric measures, its curve keeps its shape: the same numbers in
   another unit fill the same plot. */
static void test_ranges(void)
{
    static const double sizes[] = {1e-9, 1e-3, 1, 1e6, 1e12};
    double epochs[] = {1, 2, 3, 4}, zero[] = {0, 0, 0, 0}, values[4];
    tb_picture_line line = {"distance", values};
    tb_picture_chart chart = {.title = "Distance",
                              .epochs = epochs,
                              .count = 4,
                              .lines = &line,
                              .line_count = 1};
    unsigned long long flat, before = 0;
    line.values = zero;
    flat = drawn(&chart);
    line.values = values;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int j = 0; j < 4; j++)
            values[j] = sizes[i] * (4 - j);
        unsigned long long now = drawn(&chart);
        OK(now != flat && now != before);
        before = now;
    }
    for (int j = 0; j < 4; j++)
        values[j] = -3;
    drawn(&chart);
}

/* One step that went wrong is cut off, as far as it went: how far is said to
   three digits. Without the others it is all that there is. */
static void test_peaks(void)
{
    enum { COUNT = 200 };
    double epochs[COUNT], values[COUNT];
    tb_picture_line line = {"distance", values};
    tb_picture_chart chart = {
        .epochs = epochs, .count = COUNT, .lines = &line, .line_count = 1};
    for (int j = 0; j < COUNT; j++) {
        epochs[j] = j;
        values[j] = 20 + 0.05 * j;
    }
    unsigned long long smooth = drawn(&chart);
    for (int side = 0; side < 2; side++) {
        double sign = side ? -1 : 1;
        values[70] = sign * 9.996e5;
        unsigned long long high = drawn(&chart);
        values[70] = sign * 1.0004e6;
        OK(high != smooth && drawn(&chart) == high);
        values[70] = sign * 2e6;
        OK(drawn(&chart) != high);
    }
    for (int j = 0; j < COUNT; j += 2)
        values[j] = 9.996e5;
    unsigned long long tall = drawn(&chart);
    for (int j = 0; j < COUNT; j += 2)
        values[j] = 1.0004e6;
    OK(drawn(&chart) != tall);
}

static void test_refused(void)
{
    tb_error error;
    tb_picture_sound s = tone(440);
    unsigned long long before = sum_of_file();
    s.size.width = 10;
    EQ(tb_picture_write_sound(path, &s, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "10 x 160"));
    s.size.width = 320;
    s.sample_rate = 0;
    EQ(tb_picture_write_sound(path, &s, &error), TB_ERR_ARGUMENT);
    OK(sum_of_file() == before);
    s.sample_rate = RATE;
    EQ(tb_picture_write_sound("/nowhere/at/all.png", &s, &error), TB_ERR_FILE);
    tb_picture_chart chart = {.line_count = 7};
    EQ(tb_picture_write_chart(path, &chart, &error), TB_ERR_ARGUMENT);
}

static void test_ticks(void)
{
    NEAR(tb_tick_step(10, 5), 2, 1e-12);
    NEAR(tb_tick_step(10, 4), 5, 1e-12);
    NEAR(tb_tick_step(8, 8), 1, 1e-12);
    NEAR(tb_tick_step(0.9, 5), 0.2, 1e-12);
    NEAR(tb_tick_step(600, 7), 100, 1e-9);
    NEAR(tb_tick_step(0, 5), 1, 0);
}

/* Fontconfig keeps its tables for the process's life. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}

int main(void)
{
    tb_error error;
    if (tb_picture_possible(&error)) {
        printf("1..0 # SKIP %s\n", error.text);
        return 0;
    }
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/a.png", folder);
    test_sound();
    test_curves();
    test_ranges();
    test_peaks();
    test_refused();
    test_ticks();
    unlink(path);
    EQ(rmdir(folder), 0);
    return tap_done();
}
