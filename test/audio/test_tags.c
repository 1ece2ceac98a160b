#include "audio/tags.h"
#include "sounds.h"
#include "tap.h"

static void test_values(void)
{
    tb_tags tags = {0};
    tb_error error = {0};
    char value[64];
    EQ(tb_tags_add(&tags, &error, "model", "%s", "samplernn"), TB_OK);
    EQ(tb_tags_add(&tags, &error, "epoch", "%d", 12), TB_OK);
    EQ(tb_tags_add(&tags, &error, "from", "%s", "a;b=50%\n\"c\".wav"), TB_OK);
    EQ(tb_tags_add(&tags, &error, "empty", "%s", ""), TB_OK);
    SAME_TEXT(tags.comment, "model=samplernn; epoch=12; "
                            "from=a%3Bb=50%25%0A\"c\".wav; empty=");
    OK(tb_tags_get(&tags, "model", value, sizeof(value)));
    SAME_TEXT(value, "samplernn");
    OK(tb_tags_get(&tags, "epoch", value, sizeof(value)));
    SAME_TEXT(value, "12");
    OK(tb_tags_get(&tags, "from", value, sizeof(value)));
    SAME_TEXT(value, "a;b=50%\n\"c\".wav");
    OK(tb_tags_get(&tags, "empty", value, sizeof(value)));
    SAME_TEXT(value, "");
    OK(!tb_tags_get(&tags, "mod", value, sizeof(value)));
    OK(!tb_tags_get(&tags, "b", value, sizeof(value)));
    OK(!tb_tags_get(&tags, "model", value, 9));
    OK(tb_tags_get(&tags, "model", value, 10));
    OK(!tb_tags_get(&tags, "empty", value, 0));
}

static void test_foreign_comment(void)
{
    tb_tags tags = {.comment = "100% me; take=3; seed=4%zz%4"};
    char value[64];
    OK(tb_tags_get(&tags, "take", value, sizeof(value)));
    SAME_TEXT(value, "3");
    OK(tb_tags_get(&tags, "seed", value, sizeof(value)));
    SAME_TEXT(value, "4%zz%4");
}

static void test_limits(void)
{
    tb_tags tags = {0};
    tb_error error = {0};
    static char text[5000];
    EQ(tb_tags_add(&tags, &error, "a b", "x"), TB_ERR_ARGUMENT);
    EQ(tb_tags_add(&tags, &error, "", "x"), TB_ERR_ARGUMENT);
    EQ(tb_tags_add(&tags, &error, "a=b", "x"), TB_ERR_ARGUMENT);
    memset(text, 'x', 1997);
    EQ(tb_tags_add(&tags, &error, "k", "%s", text), TB_OK);
    EQ(strlen(tags.comment), sizeof(tags.comment) - 1);
    EQ(tb_tags_add(&tags, &error, "k", "%s", ""), TB_ERR_ARGUMENT);
    EQ(strlen(tags.comment), sizeof(tags.comment) - 1);
    tags.comment[0] = '\0';
    text[1997] = 'x';
    EQ(tb_tags_add(&tags, &error, "k", "%s", text), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "does not fit") != NULL);
    SAME_TEXT(tags.comment, "");
    memset(text, ';', 700);
    text[700] = '\0';
    EQ(tb_tags_add(&tags, NULL, "k", "%s", text), TB_ERR_ARGUMENT);
    SAME_TEXT(tags.comment, "");
}

static void test_refusals(void)
{
    tb_tags tags;
    tb_error error = {0};
    save_bytes("text.wav", "no sound", 8);
    EQ(tb_tags_read("missing.wav", &tags, &error), TB_ERR_FILE);
    OK(strstr(error.text, "missing.wav") != NULL);
    EQ(tb_tags_read("text.wav", &tags, &error), TB_ERR_FORMAT);
    SAME_TEXT(tags.title, "");
}

int main(void)
{
    enter_folder();
    test_values();
    test_foreign_comment();
    test_limits();
    test_refusals();
    leave_folder();
    return tap_done();
}
