#include "run/log.h"
#include "sounds.h"
#include "tap.h"

static const char *const columns[] = {"step", "loss", "learned"};
static tb_error error;

static void copy_part(const char *from, const char *to, long bytes)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    while (bytes-- > 0)
        fputc(fgetc(in), out);
    fclose(in);
    fclose(out);
}

static void add(tb_log *log, double step, double loss, double learned)
{
    double values[] = {step, loss, learned};
    EQ(tb_log_add(log, values, &error), TB_OK);
}

static long make_log(void)
{
    struct stat st;
    tb_log *log = tb_log_open(in_folder("log.csv"), columns, 3, 0, &error);
    for (int i = 1; i <= 12; i++)
        add(log, i * 50, 5.0 / i, i == 7 ? NAN : -1e-9 * i);
    tb_log_close(log);
    stat(in_folder("log.csv"), &st);
    return st.st_size;
}

static void test_round_trip(void)
{
    tb_log_table t;
    EQ(tb_log_read(in_folder("log.csv"), &t, &error), TB_OK);
    EQ(t.columns, 3);
    EQ(t.rows, 12);
    SAME_TEXT(t.names[2], "learned");
    const double *step = tb_log_column(&t, "step");
    const double *loss = tb_log_column(&t, "loss");
    const double *learned = tb_log_column(&t, "learned");
    NEAR(step[11], 600, 0);
    NEAR(loss[2], 5.0 / 3, 1e-8);
    NEAR(learned[11], -1.2e-8, 1e-17);
    OK(isnan(learned[6]));
    OK(tb_log_column(&t, "los") == NULL);
    tb_log_table_clear(&t);
}

/* After a kill at any byte the log opens, holds exactly the lines that were
   whole, and goes on as if nothing had happened. */
static void test_cut_anywhere(long size)
{
    int wrong = 0;
    for (long bytes = 0; bytes <= size; bytes++) {
        FILE *file = fopen(in_folder("log.csv"), "rb");
        int lines = -1;
        for (long i = 0; i < bytes; i++)
            lines += fgetc(file) == '\n';
        fclose(file);
        int rows = lines < 0 ? 0 : lines;
        copy_part(in_folder("log.csv"), in_folder("cut.csv"), bytes);
        tb_log *log =
            tb_log_open(in_folder("cut.csv"), columns, 3, 1000, &error);
        double values[] = {1050, 1.5, 2};
        wrong += !log || tb_log_add(log, values, &error);
        tb_log_close(log);
        tb_log_table t;
        wrong += tb_log_read(in_folder("cut.csv"), &t, &error) != TB_OK;
        wrong += t.rows != rows + 1;
        for (int i = 0; i < rows && i < t.rows; i++)
            wrong += tb_log_column(&t, "step")[i] != 50 * (i + 1);
        if (t.rows)
            wrong += tb_log_column(&t, "step")[t.rows - 1] != 1050;
        tb_log_table_clear(&t);
    }
    EQ(wrong, 0);
}

/* A reader meanwhile sees whole lines only. */
static void test_read_cut(long size)
{
    int wrong = 0;
    for (long bytes = 18; bytes <= size; bytes++) {
        tb_log_table t;
        copy_part(in_folder("log.csv"), in_folder("cut.csv"), bytes);
        wrong += tb_log_read(in_folder("cut.csv"), &t, &error) != TB_OK;
        for (int i = 0; i < t.rows; i++)
            wrong += tb_log_column(&t, "step")[i] != 50 * (i + 1);
        tb_log_table_clear(&t);
    }
    EQ(wrong, 0);
}

static void test_resume(long size)
{
    tb_log_table t;
    copy_part(in_folder("log.csv"), in_folder("cut.csv"), size);
    tb_log *log = tb_log_open(in_folder("cut.csv"), columns, 3, 520, &error);
    add(log, 521, 1, 1);
    tb_log_close(log);
    EQ(tb_log_read(in_folder("cut.csv"), &t, &error), TB_OK);
    EQ(t.rows, 11);
    NEAR(tb_log_column(&t, "step")[9], 500, 0);
    NEAR(tb_log_column(&t, "step")[10], 521, 0);
    tb_log_table_clear(&t);
    tb_log_close(tb_log_open(in_folder("cut.csv"), columns, 3, -1, &error));
    EQ(tb_log_read(in_folder("cut.csv"), &t, &error), TB_OK);
    EQ(t.rows, 0);
    tb_log_table_clear(&t);
}

static void test_refusals(void)
{
    static const char *const others[] = {"stop", "loss", "learned"};
    OK(tb_log_open(in_folder("log.csv"), others, 3, 0, &error) == NULL);
    EQ(error.status, TB_ERR_FORMAT);
    OK(tb_log_open(in_folder("no/log.csv"), columns, 3, 0, &error) == NULL);
    EQ(error.status, TB_ERR_FILE);
    OK(tb_log_open(in_folder("x.csv"), columns, 0, 0, &error) == NULL);
    tb_log_table t;
    EQ(tb_log_read(in_folder("none.csv"), &t, &error), TB_ERR_FILE);
    write_text(in_folder("x.csv"), "");
    EQ(tb_log_read(in_folder("x.csv"), &t, &error), TB_ERR_FORMAT);
    EQ(t.rows, 0);
}

/* Zeros, as some file systems leave after a crash, and rubbish end the log. */
static void test_rubbish(long size)
{
    tb_log_table t;
    static const char *const rubbish[] = {
        "1050,1", "1050,1,2,3\n", "x,1,2\n", "1050,1;2,3\n", ",1,2\n", "\n"};
    for (int i = 0; i < 6; i++) {
        copy_part(in_folder("log.csv"), in_folder("cut.csv"), size);
        FILE *file = fopen(in_folder("cut.csv"), "ab");
        fputs(rubbish[i], file);
        fwrite("\0\0\0\n", 1, 4, file);
        fclose(file);
        tb_log *log =
            tb_log_open(in_folder("cut.csv"), columns, 3, 9999, &error);
        add(log, 2000, 1, 1);
        tb_log_close(log);
        EQ(tb_log_read(in_folder("cut.csv"), &t, &error), TB_OK);
        EQ(t.rows, 13);
        tb_log_table_clear(&t);
    }
}

/* A later program knows more: lines from before have nothing to say to it, and
   what it does not know itself it leaves alone. */
static void test_growing(long size)
{
    static const char *const grown[] = {"step", "score", "learned", "quoted"};
    const double line[] = {650, 0.25, 0.5, 0.125};
    tb_log_table t;
    copy_part(in_folder("log.csv"), in_folder("cut.csv"), size);
    tb_log *log = tb_log_open(in_folder("cut.csv"), grown, 4, 550, &error);
    EQ(tb_log_add(log, line, &error), TB_OK);
    tb_log_close(log);
    EQ(tb_log_read(in_folder("cut.csv"), &t, &error), TB_OK);
    EQ(t.columns, 5);
    EQ(t.rows, 12);
    SAME_TEXT(t.names[1], "loss");
    SAME_TEXT(t.names[3], "score");
    NEAR(tb_log_column(&t, "loss")[2], 5.0 / 3, 1e-8);
    OK(isnan(tb_log_column(&t, "loss")[11]));
    OK(isnan(tb_log_column(&t, "quoted")[10]));
    NEAR(tb_log_column(&t, "learned")[11], 0.5, 0);
    NEAR(tb_log_column(&t, "score")[11], 0.25, 0);
    NEAR(tb_log_column(&t, "quoted")[11], 0.125, 0);
    tb_log_table_clear(&t);
}

/* And the program from before goes on with what the later one wrote. */
static void test_shrinking(void)
{
    tb_log_table t;
    tb_log *log = tb_log_open(in_folder("cut.csv"), columns, 3, 650, &error);
    add(log, 700, 2, 3);
    tb_log_close(log);
    EQ(tb_log_read(in_folder("cut.csv"), &t, &error), TB_OK);
    EQ(t.columns, 5);
    EQ(t.rows, 13);
    NEAR(tb_log_column(&t, "score")[11], 0.25, 0);
    OK(isnan(tb_log_column(&t, "score")[12]));
    NEAR(tb_log_column(&t, "learned")[12], 3, 0);
    tb_log_table_clear(&t);
}

/* A head of more names than a log may have is nobody's. */
static void test_too_many(void)
{
    FILE *file = fopen(in_folder("many.csv"), "wb");
    fputs("step", file);
    for (int i = 0; i < 63; i++)
        fprintf(file, ",c%d", i);
    fputs("\n", file);
    fclose(file);
    OK(tb_log_open(in_folder("many.csv"), columns, 3, 0, &error) == NULL);
    EQ(error.status, TB_ERR_FORMAT);
    OK(strstr(error.text, "'loss'"));
}

int main(void)
{
    enter_folder();
    long size = make_log();
    test_round_trip();
    test_cut_anywhere(size);
    test_read_cut(size);
    test_resume(size);
    test_refusals();
    test_rubbish(size);
    test_growing(size);
    test_shrinking();
    test_too_many();
    return tap_done();
}
