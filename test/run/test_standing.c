/* How a run stands, in words. */
#include "run/standing.h"
#include "sounds.h"
#include "tap.h"

static const char *words(double learned, double ahead)
{
    static char text[160];
    tb_standing_text(learned, ahead, "bits", "a predictor of order 32", text,
                     sizeof text);
    return text;
}

static void test_words(void)
{
    SAME_TEXT(words(0.41, -1.32), "has learned 41 %, knows 1.3 bits less than "
                                  "a predictor of order 32");
    SAME_TEXT(words(1.08, 0.3), "has learned 108 %, knows 0.3 bits more than a "
                                "predictor of order 32");
    SAME_TEXT(words(1, 0.01),
              "has learned 100 %, knows as much as a predictor of order 32");
    SAME_TEXT(words(0.5, NAN), "has learned 50 %");
    char small[8];
    tb_standing_text(0.5, 1, "bits", "x", small, sizeof small);
    SAME_TEXT(small, "has lea");
}

static const char *standing_of(const char *log)
{
    static char text[160];
    tb_log_table table;
    int64_t row;
    tb_error error;
    write_text(in_folder("log.csv"), log);
    EQ(tb_log_read(in_folder("log.csv"), &table, &error), TB_OK);
    bool told = tb_log_standing(&table, text, sizeof text, &row);
    tb_log_table_clear(&table);
    return told ? text : "nothing";
}

static void test_logs(void)
{
    SAME_TEXT(standing_of("step,learned,train_bits,held_out_bits,"
                          "predictor_bits\n1,0.4,6,5.5,4\n2,,5.5,,4\n"),
              "has learned 40 %, knows 1.5 bits less than a predictor of order "
              "32");
    SAME_TEXT(standing_of("step,learned,train_bits\n1,0.4,6\n"),
              "has learned 40 %");
    SAME_TEXT(standing_of("step,learned,train_x,held_out_x\n1,,6,5\n"),
              "held out x: 5");
    SAME_TEXT(standing_of("step,learned,train_x\n1,,6\n"), "training x: 6");
    SAME_TEXT(standing_of("step\n1\n"), "nothing");
}

int main(void)
{
    enter_folder();
    test_words();
    test_logs();
    return tap_done();
}
