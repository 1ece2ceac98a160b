/* Label files, read and written. */
#include "corpus/labels.h"

#include "base/memory.h"
#include "sounds.h"
#include "tap.h"

static tb_status parse(const char *text, tb_labels *labels, tb_error *error)
{
    *labels = (tb_labels){0};
    return tb_labels_parse(text, strlen(text), "x.txt", labels, error);
}

static void test_parse(void)
{
    tb_labels l;
    tb_error error;
    OK(parse("2.5\t3.5\tchorus\r\n\\\t100\t200\n\n0.000000\t1,25\tverse one\n"
             "4\t4\t\n",
             &l, &error) == TB_OK);
    EQ(l.count, 3);
    SAME_TEXT(l.at[0].name, "verse one");
    NEAR(l.at[0].end, 1.25, 1e-12);
    SAME_TEXT(l.at[1].name, "chorus");
    SAME_TEXT(l.at[2].name, "");
    tb_labels_clear(&l);
    OK(parse("", &l, &error) == TB_OK);
    EQ(l.count, 0);
    OK(parse("1\t2", &l, &error) == TB_OK); /* Audacity's without a name */
    EQ(l.count, 1);
    tb_labels_clear(&l);
}

static void test_wrong(void)
{
    static const char *const texts[] = {
        "hello\n",     "1\t2\ta\n3\t2\tb\n", "-1\t2\ta\n",  "1\tnan\ta\n",
        "1 2 three\n", "1e99\t2e99\tx\n",    "0x1\t2\tx\n", "1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tb_labels l;
        tb_error error = {0};
        EQ(parse(texts[i], &l, &error), TB_ERR_FORMAT);
        OK(strstr(error.text, "x.txt") != NULL);
        tb_labels_clear(&l);
    }
    tb_labels l;
    tb_error error;
    parse("1\t2\ta\n3\t2\tb\n", &l, &error);
    OK(strstr(error.text, "line 2") != NULL);
    tb_labels_clear(&l);
}

static void test_stretches(void)
{
    tb_labels l;
    tb_error error;
    parse("1\t1\ta\n1\t1\tb\n2.5\t3\tc\n9\t12\td\n20\t21\te\n", &l, &error);
    tb_extent s = tb_label_extent(&l, 0, 100, 1000);
    EQ(s.start, 100);
    EQ(s.frames, 150); /* a point reaches to the next that begins later */
    s = tb_label_extent(&l, 2, 100, 1000);
    EQ(s.start, 250);
    EQ(s.frames, 50);
    s = tb_label_extent(&l, 3, 100, 1000);
    EQ(s.frames, 100); /* cut at the end */
    s = tb_label_extent(&l, 4, 100, 1000);
    EQ(s.start, 1000);
    EQ(s.frames, 0);
    OK(tb_label_is_one_of(&l.at[0], "x, a ,b"));
    OK(!tb_label_is_one_of(&l.at[0], "ab,x,"));
    tb_labels_clear(&l);
}

static void test_files(void)
{
    tb_labels l = {0}, back = {0};
    tb_error error;
    tb_labels_add(&l, 0, 1.5, "a\tb", &error);
    tb_labels_add(&l, 1.5, 2, "c", &error);
    char *path = tb_labels_path(in_folder("bell.wav"), NULL, "slices");
    SAME_TEXT(path, in_folder("bell.slices.txt"));
    OK(tb_labels_write(path, &l, false, &error) == TB_OK);
    OK(tb_labels_write(path, &l, false, &error) == TB_ERR_FILE);
    OK(tb_labels_write(path, &l, true, &error) == TB_OK);
    write_text(in_folder("bell.txt"), "7\t8\tmine\n");
    OK(tb_labels_of(in_folder("bell.wav"), NULL, &back, &error) == TB_OK);
    EQ(back.count, 3);
    SAME_TEXT(back.at[0].name, "a b");
    SAME_TEXT(back.at[2].name, "mine");
    tb_labels_clear(&back);
    OK(tb_labels_of(in_folder("other.wav"), NULL, &back, &error) == TB_OK);
    EQ(back.count, 0);
    tb_labels_clear(&l);
    tb_free(path);
    path = tb_labels_path("bell.wav", NULL, NULL);
    SAME_TEXT(path, "bell.txt");
    tb_free(path);
    path = tb_labels_path("x/bell.wav", "out", "slices");
    SAME_TEXT(path, "out/bell.slices.txt");
    tb_free(path);
}

int main(void)
{
    enter_folder();
    test_parse();
    test_wrong();
    test_stretches();
    test_files();
    return tap_done();
}
