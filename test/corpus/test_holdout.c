#include "base/random.h"
#include "corpus/holdout.h"
#include "sounds.h"
#include "tap.h"
#include <stdbool.h>

enum { RATE = 1000, MOST_FILES = 400 };
static tb_holdout h;
static tb_error error;

static tb_status make(const double *seconds, int files, double fraction,
                      int whole)
{
    int64_t frames[MOST_FILES];
    for (int i = 0; i < files; i++)
        frames[i] = (int64_t)(seconds[i] * RATE);
    tb_holdout_clear(&h);
    return tb_holdout_make(frames, files, RATE, fraction, whole, &h, &error);
}

static tb_status make_equal(int files, double seconds)
{
    double all[MOST_FILES];
    for (int i = 0; i < files; i++)
        all[i] = seconds;
    return make(all, files, 0.05, -1);
}

static void test_short(void)
{
    EQ(make_equal(1, 1), TB_OK);
    EQ(h.held_out_count, 0);
    EQ(h.training_count, 1);
    EQ(h.training[0].frames, RATE);
    EQ(make_equal(2, 89.9), TB_OK);
    EQ(h.held_out_count, 0);
    EQ(h.training_frames, 2 * 89900);
}

static void test_three_minutes(void)
{
    EQ(make_equal(1, 180), TB_OK);
    EQ(h.held_out_count, 1);
    EQ(h.held_out[0].start + h.held_out[0].frames, 180 * RATE);
    EQ(h.held_out_frames, 8000);
    EQ(h.training[0].start, 0);
    EQ(h.training[0].frames, 171 * RATE);
    double none[] = {180};
    EQ(make(none, 1, 0, -1), TB_OK);
    EQ(h.held_out_count, 0);
}

static void test_many(void)
{
    EQ(make_equal(10, 18), TB_OK);
    EQ(h.held_out_count, 4);
    EQ(h.held_out[0].frames, 2000);
    EQ(make_equal(400, 0.5), TB_OK);
    EQ(h.held_out_count, 20);
    EQ(h.training_count, 380);
    EQ(h.held_out_frames, 10 * RATE);
    EQ(make_equal(1, 36000), TB_OK);
    EQ(h.held_out_count, 1);
    OK(h.held_out_frames <= 120 * RATE && h.held_out_frames > 100 * RATE);
}

static void test_whole_file(void)
{
    double seconds[] = {3, 2, 5};
    EQ(make(seconds, 3, 0.05, 1), TB_OK);
    EQ(h.held_out_count, 1);
    EQ(h.held_out[0].file, 1);
    EQ(h.held_out[0].start, 0);
    EQ(h.held_out[0].frames, 2 * RATE);
    EQ(h.training_count, 2);
    EQ(h.training_frames, 8 * RATE);
    EQ(make(seconds, 1, 0.05, 0), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "Nothing is left"));
}

/* Whatever the lengths: everything lies in its file, nothing is both learned
   and held out, the gaps are there and the shares are kept. */
static void check_rules(const double *seconds, int files)
{
    int64_t total = 0, learned = 0, held = 0;
    bool good = true;
    for (int i = 0; i < files; i++) {
        int64_t frames = (int64_t)(seconds[i] * RATE), end = 0, begin = frames;
        total += frames;
        for (int k = 0; k < h.training_count; k++)
            if (h.training[k].file == i) {
                good &= h.training[k].start == 0 && end == 0;
                end = h.training[k].frames;
            }
        for (int k = 0; k < h.held_out_count; k++)
            if (h.held_out[k].file == i) {
                const tb_region *r = &h.held_out[k];
                good &= begin == frames && r->start + r->frames == frames;
                begin = r->start;
                good &= begin == 0 ? end == 0 : begin - end >= RATE / 8;
            }
        good &= end <= frames && begin >= end;
        if (begin > 0)
            good &= end >= frames * 4 / 5;
        learned += end;
        held += frames - begin;
    }
    good &= learned == h.training_frames && held == h.held_out_frames;
    good &= total - learned <= 0.05 * (double)total;
    good &= total - learned <= 120 * RATE;
    good &= total >= 180 * RATE || held == 0;
    OK(good);
}

static void test_random(void)
{
    tb_rng rng = {4711, 0};
    double seconds[MOST_FILES];
    for (int round = 0; round < 200; round++) {
        int files = 1 + (int)tb_rng_below(&rng, round % 2 ? 10 : MOST_FILES);
        double longest = round % 3 ? 300 : 4;
        for (int i = 0; i < files; i++)
            seconds[i] = tb_rng_uniform(&rng) * longest;
        EQ(make(seconds, files, 0.05, -1), TB_OK);
        check_rules(seconds, files);
    }
}

static void test_sentence(void)
{
    tb_corpus_file files[] = {{.path = "x/bell.wav"}, {.path = "gong.wav"}};
    tb_corpus corpus = {.files = files, .count = 2};
    char text[512], small[20];
    EQ(make_equal(2, 90), TB_OK);
    tb_holdout_sentence(&h, &corpus, RATE, text, sizeof text);
    SAME_TEXT(text, "Held out and never learned from: gong.wav 1:22.0 to "
                    "1:30.0; 8.0 s in all, 4.5 %.");
    tb_holdout_sentence(&h, &corpus, RATE, small, sizeof small);
    EQ(strlen(small), 19);
    make_equal(1, 5);
    tb_holdout_sentence(&h, &corpus, RATE, text, sizeof text);
    OK(strstr(text, "Nothing is held out"));
}

static void test_index(void)
{
    write_sine(in_folder("a.wav"), 8000, 1, 100, 10);
    write_sine(in_folder("b.wav"), 8000, 1, 100, 10);
    const char *paths[] = {in_folder("a.wav"), in_folder("b.wav")};
    tb_corpus *corpus;
    EQ(tb_corpus_find(paths, 2, &corpus, NULL), TB_OK);
    EQ(tb_corpus_index(corpus, in_folder("cache/../b.wav")), 1);
    EQ(tb_corpus_index(corpus, in_folder("c.wav")), -1);
    EQ(tb_corpus_index(corpus, "b.wav"), 1);
    EQ(tb_corpus_index(corpus, "wav"), -1);
    tb_corpus_free(corpus);
    OK(mkdir(in_folder("other"), 0755) == 0);
    write_sine(in_folder("other/b.wav"), 8000, 1, 100, 10);
    const char *folder = in_folder("");
    EQ(tb_corpus_find(&folder, 1, &corpus, NULL), TB_OK);
    EQ(corpus->count, 3);
    EQ(tb_corpus_index(corpus, "a.wav"), 0);
    EQ(tb_corpus_index(corpus, "b.wav"), -1); /* which of two? */
    tb_corpus_free(corpus);
}

int main(void)
{
    enter_folder();
    test_short();
    test_three_minutes();
    test_many();
    test_whole_file();
    test_random();
    test_sentence();
    test_index();
    tb_holdout_clear(&h);
    return tap_done();
}
