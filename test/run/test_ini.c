#include "run/ini.h"
#include "sounds.h"
#include "tap.h"

typedef struct network {
    int hop;
    double rate;
    tb_int_list sizes;
    char note[2000];
} network;

static const tb_setting rows[] = {
    TB_SETTING_INT(network, hop, "512", 1, 65536, "samples",
                   "Distance between frames; shorter steps hear more."),
    TB_SETTING_FLOAT(network, rate, "0.001", 0, 1, NULL, "Learning rate."),
    TB_SETTING_INTS(network, sizes, "16,8", 1, 100, NULL, "Sizes."),
    TB_SETTING_TEXT(network, note, "", "Anything."),
};
static const tb_settings table = {"network", rows, 4, NULL, 0};
static tb_error error;

static const char *const awkward[] = {
    "",
    "plain",
    " spaces at both ends ",
    "; not a comment",
    "a ; b # c",
    "#x",
    "[x]",
    "key = value: more",
    "\\",
    "ends with \\",
    "C:\\new\\sounds",
    "two\nlines\r\n\ttab",
    "\xc3\xa4\xe2\x99\xab.wav",
    "\"quoted\"",
};
enum { AWKWARD = sizeof awkward / sizeof *awkward };

static void test_awkward_values(void)
{
    char name[16];
    FILE *file = fopen(in_folder("a.ini"), "wb");
    tb_ini_write_section(file, "x",
                         "A comment that is so long that it has to "
                         "be broken over several lines because no "
                         "line may be longer than inih reads, and "
                         "this one would be longer than that.");
    for (int i = 0; i < AWKWARD; i++) {
        snprintf(name, sizeof name, "v%d", i);
        tb_ini_write(file, name, awkward[i]);
    }
    fclose(file);
    tb_ini *ini = tb_ini_read(in_folder("a.ini"), &error);
    for (int i = 0; i < AWKWARD; i++) {
        snprintf(name, sizeof name, "v%d", i);
        SAME_TEXT(tb_ini_get(ini, "x", name), awkward[i]);
    }
    OK(tb_ini_get(ini, "x", "v99") == NULL);
    OK(tb_ini_get(ini, "y", "v1") == NULL);
    tb_ini_free(ini);
}

/* Long values, with spaces, backslashes and semicolons at every place where a
   line may be broken. */
static void test_long_values(void)
{
    char value[900];
    static const char letters[] = "ab \\;# ";
    int wrong = 0;
    for (int shift = 0; shift < 40; shift++) {
        FILE *file = fopen(in_folder("long.ini"), "wb");
        for (int i = 0; i < 899; i++)
            value[i] = letters[(i * 5 + shift + i / 7) % 7];
        value[899] = 0;
        tb_ini_write_section(file, "s", NULL);
        tb_ini_write(file, "long", value);
        tb_ini_write(file, "after", "x");
        fclose(file);
        tb_ini *ini = tb_ini_read(in_folder("long.ini"), &error);
        wrong += !ini || strcmp(tb_ini_get(ini, "s", "long"), value) != 0;
        wrong += !ini || strcmp(tb_ini_get(ini, "s", "after"), "x") != 0;
        tb_ini_free(ini);
    }
    EQ(wrong, 0);
}

static void test_settings(void)
{
    network net = {0}, again = {0};
    tb_settings_part part = {&table, &net}, other = {&table, &again};
    tb_settings_defaults(&part, 1);
    tb_settings_defaults(&other, 1);
    tb_settings_assign(&part, 1, "hop=64", NULL);
    tb_settings_assign(&part, 1, "rate=0.1", NULL);
    tb_settings_assign(&part, 1, "sizes=3,2,1", NULL);
    memset(net.note, 'n', 1500);
    FILE *file = fopen(in_folder("s.ini"), "wb");
    tb_ini_write_settings(file, &part, 1);
    fclose(file);
    tb_ini *ini = tb_ini_read(in_folder("s.ini"), &error);
    EQ(tb_ini_read_settings(ini, &other, 1, &error), TB_OK);
    EQ(memcmp(&net, &again, sizeof net), 0);
    tb_ini_free(ini);
}

/* Edited by hand: what is there is taken, what is wrong is named. */
static void test_edited(void)
{
    network net;
    tb_settings_part part = {&table, &net};
    tb_settings_defaults(&part, 1);
    write_text(in_folder("e.ini"), "; mine\n[network]\nhop=32 ; smaller\n"
                                   "\n[unknown]\nx = 1\n");
    tb_ini *ini = tb_ini_read(in_folder("e.ini"), &error);
    EQ(tb_ini_read_settings(ini, &part, 1, &error), TB_OK);
    EQ(net.hop, 32);
    NEAR(net.rate, 0.001, 0);
    tb_ini_free(ini);
    write_text(in_folder("e.ini"), "[network]\nhob = 32\n");
    ini = tb_ini_read(in_folder("e.ini"), &error);
    EQ(tb_ini_read_settings(ini, &part, 1, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "Did you mean 'hop'?"));
    tb_ini_free(ini);
    write_text(in_folder("e.ini"), "[network]\nhop = 32\nnonsense\n");
    OK(tb_ini_read(in_folder("e.ini"), &error) == NULL);
    OK(strstr(error.text, "Line 3 of"));
    write_text(in_folder("e.ini"), "[network]\nhop = 32\nhop = 33\n");
    OK(tb_ini_read(in_folder("e.ini"), &error) == NULL);
    OK(strstr(error.text, "'hop' stands twice"));
    OK(tb_ini_read(in_folder("none.ini"), &error) == NULL);
    EQ(error.status, TB_ERR_FILE);
    write_text(in_folder("e.ini"), "");
    ini = tb_ini_read(in_folder("e.ini"), &error);
    OK(ini && !tb_ini_get(ini, "a", "b"));
    tb_ini_free(ini);
}

int main(void)
{
    enter_folder();
    test_awkward_values();
    test_long_values();
    test_settings();
    test_edited();
    return tap_done();
}
