/* Amounts as people read them. */
#include "base/amounts.h"
#include "tap.h"

#include <math.h>

static const char *time_of(double seconds)
{
    static char text[TB_AMOUNT];
    tb_time_text(seconds, text);
    return text;
}

static void test_times(void)
{
    SAME_TEXT(time_of(NAN), "");
    SAME_TEXT(time_of(0), "0 ms");
    SAME_TEXT(time_of(0.0042), "4 ms");
    SAME_TEXT(time_of(0.9), "0.9 s");
    SAME_TEXT(time_of(9.97), "10 s");
    SAME_TEXT(time_of(59.7), "1 min 0 s");
    SAME_TEXT(time_of(80), "1 min 20 s");
    SAME_TEXT(time_of(7500), "2 h 5 min");
    SAME_TEXT(time_of(3e6), "34 days");
}

static void test_counts(void)
{
    char text[TB_AMOUNT];
    tb_count_text(812, text);
    SAME_TEXT(text, "812");
    tb_count_text(999400, text);
    SAME_TEXT(text, "999 thousand");
    tb_count_text(1.3e6, text);
    SAME_TEXT(text, "1.3 million");
    tb_bytes_text(12.0 * 1048576, text);
    SAME_TEXT(text, "12 MiB");
    SAME_TEXT(tb_plural(1, "file", "files"), "file");
    SAME_TEXT(tb_plural(0, "file", "files"), "files");
}

int main(void)
{
    test_times();
    test_counts();
    return tap_done();
}
