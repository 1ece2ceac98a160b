/* A corpus of which only labelled stretches are heard. */
#include "corpus/only.h"

#include "sounds.h"
#include "tap.h"

enum { RATE = 1000 };

static tb_corpus *corpus;
static const int64_t frames[] = {10000, 10000, 10000};

static tb_status only(const char *names, int whole, tb_holdout *h,
                      tb_error *error)
{
    if (tb_holdout_make(frames, 3, RATE, 0.05, whole, h, error))
        exit(1);
    return tb_holdout_only(h, corpus, frames, RATE, names, error);
}

static void test_regions(void)
{
    tb_holdout h;
    tb_error error;
    OK(only("a, c", -1, &h, &error) == TB_OK);
    EQ(h.training_count, 3);
    EQ(h.training[0].file, 0);
    EQ(h.training[0].start, 1000);
    EQ(h.training[0].frames, 3000); /* two that overlap are one */
    EQ(h.training[1].start, 8000);
    EQ(h.training[1].frames, 2000); /* not beyond the end */
    EQ(h.training[2].file, 1);
    EQ(h.training[2].start, 500);
    EQ(h.training_frames, 6000);
    tb_holdout_clear(&h);
    OK(only("a,c", 1, &h, &error) == TB_OK);
    EQ(h.training_count, 2);
    EQ(h.held_out_count, 1);
    EQ(h.held_out_frames, 1000);
    tb_holdout_clear(&h);
}

static void test_refusals(void)
{
    tb_holdout h;
    tb_error error;
    OK(only("d", -1, &h, &error) == TB_ERR_ARGUMENT);
    OK(strstr(error.text, "There are: a, c, b") != NULL);
    tb_holdout_clear(&h);
    remove(in_folder("s/1.txt"));
    remove(in_folder("s/1.slices.txt"));
    remove(in_folder("s/2.clusters.txt"));
    OK(only("a", -1, &h, &error) == TB_ERR_ARGUMENT);
    OK(strstr(error.text, "timbrel segment") != NULL);
    tb_holdout_clear(&h);
    write_text(in_folder("s/1.txt"), "some notes\n");
    OK(only("a", -1, &h, &error) == TB_ERR_FORMAT);
    tb_holdout_clear(&h);
}

int main(void)
{
    tb_error error;
    enter_folder();
    mkdir(in_folder("s"), 0777);
    write_sine(in_folder("s/1.wav"), RATE, 1, 10000, 20);
    write_sine(in_folder("s/2.wav"), RATE, 1, 10000, 20);
    write_sine(in_folder("s/3.wav"), RATE, 1, 10000, 20);
    write_text(in_folder("s/1.txt"), "1\t3\ta\n4\t5\tb\n8\t12\ta\n");
    write_text(in_folder("s/1.slices.txt"), "2\t4\tc\n");
    write_text(in_folder("s/2.clusters.txt"), "0.5\t1.5\tc\n3\t4\tb\n");
    const char *path = in_folder("s");
    if (tb_corpus_find(&path, 1, &corpus, &error))
        return 1;
    test_regions();
    test_refusals();
    tb_corpus_free(corpus);
    return tap_done();
}
