#include "audio/cut.h"
#include "sounds.h"
#include "tap.h"

static void check(const char *text, const char *path, double start,
                  double length)
{
    tb_cut cut;
    tb_error error = {0};
    if (!EQ(tb_cut_parse(text, &cut, &error), TB_OK))
        fprintf(stderr, "# %s\n", error.text);
    SAME_TEXT(cut.path, path);
    NEAR(cut.start_seconds, start, 1e-12);
    NEAR(cut.length_seconds, length, 1e-12);
}

static void check_refusal(const char *text, const char *words)
{
    tb_cut cut;
    tb_error error = {0};
    EQ(tb_cut_parse(text, &cut, &error), TB_ERR_ARGUMENT);
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# %s\n", error.text);
    EQ(tb_cut_parse(text, &cut, NULL), TB_ERR_ARGUMENT);
}

static void test_good(void)
{
    check("bell.wav", "bell.wav", 0, 0);
    check("bell.wav@3.5s", "bell.wav", 3.5, 0);
    check("bell.wav@3.5s+1s", "bell.wav", 3.5, 1);
    check("bell.wav@250ms+1500ms", "bell.wav", 0.25, 1.5);
    check("bell.wav@1:30+0:05.5", "bell.wav", 90, 5.5);
    check("bell.wav@1:02:03", "bell.wav", 3723, 0);
    check("bell.wav@+2s", "bell.wav", 0, 2);
    check("bell.wav+2s", "bell.wav", 0, 2);
    check("bell.wav@0s", "bell.wav", 0, 0);
    check("bell.wav@.5s", "bell.wav", 0.5, 0);
    check("bell.wav@3.s", "bell.wav", 3, 0);
    check("bell.wav@0.1s", "bell.wav", 0.1, 0);
    check("drum+bass.wav", "drum+bass.wav", 0, 0);
    check("drum+bass.wav@1s+2s", "drum+bass.wav", 1, 2);
    check("me@home/a b.wav@1s", "me@home/a b.wav", 1, 0);
}

static void test_bad(void)
{
    check_refusal("", "names no file");
    check_refusal("@3s", "names no file");
    check_refusal("+3s", "names no file");
    check_refusal("bell.wav@", "is not a start");
    check_refusal("bell.wav@3", "'3s' for seconds or '3ms' for thousandths");
    check_refusal("bell.wav@3s+1", "write the length with its unit, '1s'");
    check_refusal("bell.wav@3s+", "is not a length");
    check_refusal("bell.wav@3,5s+1s", "in the start, write 3.5, with a point");
    check_refusal("bell.wav@3s+0,25s", "in the length, write 0.25, with");
    check_refusal("bell.wav@soon", "'soon' is not a start");
    check_refusal("bell.wav@-2s", "'-2s' is not a start");
    check_refusal("bell.wav@3s+-1s", "'-1s' is not a length");
    check_refusal("bell.wav@3s+0s", "a length of 0 leaves nothing");
    check_refusal("bell.wav@3s+1s+2s", "'1s+2s' is not a length");
    check_refusal("bell.wav@1:75", "is not a start");
    check_refusal("bell.wav@1.5:30", "is not a start");
    check_refusal("bell.wav@1:2:3:4", "is not a start");
    check_refusal("bell.wav@:30", "is not a start");
    check_refusal("bell.wav@1:", "is not a start");
    check_refusal("bell.wav@nans", "is not a start");
    check_refusal("bell.wav@infs", "is not a start");
    check_refusal("bell.wav@0x1s", "is not a start");
    check_refusal("bell.wav@1e3s", "is not a start");
    check_refusal("bell.wav@99999999999999999999s", "is not a start");
    check_refusal("bell.wav@3 s", "is not a start");
    check_refusal("bell.wav@3S", "is not a start");
    check_refusal("me@home.wav", "'home.wav' is not a start");
}

/* A file that exists is what it is called. */
static void test_existing(void)
{
    save_bytes("me@home.wav", "x", 1);
    save_bytes("loop@3s+1s", "x", 1);
    save_bytes("rise+2s", "x", 1);
    check("me@home.wav", "me@home.wav", 0, 0);
    check("me@home.wav@2s", "me@home.wav", 2, 0);
    check("loop@3s+1s", "loop@3s+1s", 0, 0);
    check("rise+2s", "rise+2s", 0, 0);
}

static void test_long(void)
{
    static char text[5000];
    tb_cut cut;
    memset(text, 'a', 4095);
    EQ(tb_cut_parse(text, &cut, NULL), TB_OK);
    EQ(strlen(cut.path), 4095);
    text[4095] = 'a';
    check_refusal(text, "too long");
}

int main(void)
{
    enter_folder();
    test_good();
    test_bad();
    test_existing();
    test_long();
    leave_folder();
    return tap_done();
}
