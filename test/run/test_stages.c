/* What was judged of epochs, and which of them are the most varied. */
#include "base/paths.h"
#include "run/middle.h"
#include "run/stage_list.h"
#include "sounds.h"
#include "tap.h"

static tb_error error;
static char why[TB_MIDDLE_TEXT];

static void add(tb_stage_list *list, int epoch, double score, double variety,
                double quoted)
{
    const tb_stage s = {.epoch = epoch,
                        .sounds = 4,
                        .score = score,
                        .real_low = NAN,
                        .real_high = 0.25,
                        .variety = variety,
                        .quoted = quoted,
                        .longest = 1.5,
                        .silent = 0.25};
    EQ(tb_stage_list_add(list, &s, &error), TB_OK);
}

static void test_list(void)
{
    tb_stage_list list = {0}, read;
    EQ(tb_stage_list_read(in_folder(""), &read, &error), TB_OK);
    EQ(read.count, 0);
    for (int i = 40; i > 0; i--)
        add(&list, i * 2, 1.0 / i, 0.5, 0);
    add(&list, 6, 0.125, 0.5, 0);
    EQ(list.count, 40);
    snprintf(list.stages[1].why, sizeof list.stages[1].why, "too \"short\"");
    OK(tb_make_folders(in_folder("examples"), &error) == TB_OK);
    EQ(tb_stage_list_write(in_folder(""), &list, &error), TB_OK);
    EQ(tb_stage_list_read(in_folder(""), &read, &error), TB_OK);
    EQ(read.count, 40);
    EQ(read.stages[0].epoch, 2);
    EQ(read.stages[39].epoch, 80);
    const tb_stage *s = tb_stage_list_find(&read, 6);
    NEAR(s->score, 0.125, 0);
    NEAR(s->real_high, 0.25, 0);
    OK(isnan(s->real_low));
    NEAR(s->longest, 1.5, 0);
    EQ(s->sounds, 4);
    OK(!tb_stage_list_find(&read, 7));
    SAME_TEXT(read.stages[1].why, "too \"short\"");
    SAME_TEXT(read.stages[2].why, "");
    tb_stage_list_clear(&read);
    write_text(in_folder("examples/stages.json"), "[{\"epoch\": 1}]");
    EQ(tb_stage_list_read(in_folder(""), &read, &error), TB_ERR_FORMAT);
    tb_stage_list_clear(&read);
    tb_stage_list_clear(&list);
}

static void test_best(void)
{
    tb_stage s[] = {{.epoch = 2, .score = NAN},
                    {.epoch = 9, .score = 0.1, .copy = true},
                    {.epoch = 4, .score = 0.5},
                    {.epoch = 1, .score = 0.3}};
    EQ(tb_stage_best(s, 4), 3);
    EQ(tb_stage_best(s, 3), 2);
    EQ(tb_stage_best(s, 2), -1);
    tb_stage_list list = {s, 0, 4};
    OK(!tb_stage_list_last(&list));
    list.count = 3;
    EQ(tb_stage_list_last(&list)->epoch, 4);
    s[2].epoch = 0;
    OK(!tb_stage_list_last(&list));
}

static void test_words(void)
{
    char text[TB_STAGE_WORDS];
    tb_stage s = {.score = 0.724, .quoted = 0.031};
    tb_stage_words(&s, text, sizeof text);
    SAME_TEXT(text, "score 0.72, 3 % quoted");
    s = (tb_stage){.score = NAN, .quoted = 0.94, .copy = true};
    tb_stage_words(&s, text, sizeof text);
    SAME_TEXT(text, "a copy, 94 % quoted");
    s.copy = false;
    tb_stage_words(&s, text, sizeof text);
    SAME_TEXT(text, "no score");
    snprintf(s.why, sizeof s.why, "the corpus is too short");
    tb_stage_words(&s, text, sizeof text);
    SAME_TEXT(text, "no score: the corpus is too short");
}

static tb_middle middle_of(const double *variety, const double *quoted, int n)
{
    tb_stage_list list = {0};
    add(&list, 0, 0.1, 5, 0);
    for (int i = 0; i < n; i++)
        add(&list, 4 * (i + 1), 0.9 - 0.05 * i, variety[i], quoted[i]);
    tb_middle m = tb_find_middle(&list, why, sizeof why);
    tb_stage_list_clear(&list);
    return m;
}

/* Epoch 0 is nearest neighbour and never counts. */
static void test_middle(void)
{
    const double none[8] = {0};
    const double hill[] = {0.3, 0.5, 0.9, 1, 0.85, 0.6, 0.4};
    tb_middle m = middle_of(hill, none, 7);
    EQ(m.first, 12);
    EQ(m.last, 20);
    OK(strstr(why, "Epochs 12 to 20 are the most varied"));
    OK(strstr(why, "1.00 times as far apart as your recordings at epoch 16"));
    const double copies[] = {0, 0, 0, 0.5, 0.02, 0, 0};
    m = middle_of(hill, copies, 7);
    EQ(m.first, 12);
    EQ(m.last, 12);
    OK(strstr(why, "Epoch 12 is"));
    EQ(middle_of(hill, none, 3).first, 0);
    OK(strstr(why, "when there are 4"));
    EQ(middle_of(hill, none, 4).first, 0);
    OK(strstr(why, "no middle yet"));
    const double flat[] = {0.5, 0.51, 0.52, 0.5, 0.5};
    EQ(middle_of(flat, none, 5).first, 0);
    OK(strstr(why, "about as varied"));
}

int main(void)
{
    enter_folder();
    test_list();
    test_best();
    test_words();
    test_middle();
    return tap_done();
}
