/* A run's page: curves of whatever the log holds, prompts over the epochs, and
   clips made again beside their originals. */
#include "base/memory.h"
#include "base/paths.h"
#include "picture/picture.h"
#include "run/log.h"
#include "run/page.h"
#include "run/stage_list.h"
#include "sounds.h"
#include "tap.h"

static tb_error error;

static const tb_run_column lines[] = {{"test_distance", "held-out"},
                                      {"distance", "training"}};
static const tb_run_column levels[] = {{"repeated", "last frame repeated"}};
static const tb_run_column unknown[] = {{"nowhere", "nowhere"}};
static const tb_run_column unmeasured[] = {{"score", "score"}};
static const tb_run_curve curves[] = {
    {.file = "distance",
     .title = "Spectral <distance>",
     .hint = "lower is better",
     .lines = lines,
     .line_count = 2,
     .levels = levels,
     .level_count = 1},
    {.file = "nowhere", .title = "x", .lines = unknown, .line_count = 1},
    {.file = "score", .title = "y", .lines = unmeasured, .line_count = 1},
    {.file = "repeated", .title = "z", .lines = levels, .line_count = 1},
};

enum { CURVES = sizeof curves / sizeof *curves };

static void make_log(void)
{
    static const char *const columns[] = {
        "step", "epoch", "distance", "test_distance", "repeated", "score"};
    tb_log *log = tb_log_open(in_folder("log.csv"), columns, 6, 0, &error);
    OK(log != NULL);
    for (int i = 1; log && i <= 8; i++) {
        const double values[] = {
            i * 10, i / 4.0, 1e-4 / i, i % 4 ? NAN : 2e-4 / i, 3e-4, NAN};
        EQ(tb_log_add(log, values, &error), TB_OK);
    }
    tb_log_close(log);
}

static char *page_of(const tb_example_list *list)
{
    void *text = NULL;
    const tb_page page = {.title = "a run"};
    EQ(tb_run_page_write(in_folder(""), list, curves, CURVES, &page, &error),
       TB_OK);
    EQ(tb_read_file(in_folder("index.html"), 1 << 20, &text, NULL, &error),
       TB_OK);
    return text;
}

static int times(const char *text, const char *piece)
{
    int n = 0;
    for (; (text = strstr(text, piece)); text++)
        n++;
    return n;
}

/* Only what was measured is drawn, whatever an older page has left. */
static void test_curves(void)
{
    int possible = tb_picture_possible(NULL) == TB_OK;
    make_log();
    char *text = page_of(NULL);
    EQ(times(text, "src=\"pictures/distance.png\""), possible);
    EQ(times(text, "src=\"pictures/repeated.png\""), possible);
    EQ(times(text, "alt=\"Spectral &lt;distance&gt;, over the epochs\""),
       possible);
    EQ(times(text, "<img"), 2 * possible);
    EQ(tb_exists(in_folder("pictures/distance.png")), possible);
    OK(!tb_exists(in_folder("pictures/score.png")));
    EQ(times(text, "<table>"), 0);
    tb_free(text);
    unlink(in_folder("log.csv"));
    text = page_of(NULL);
    EQ(times(text, "<img"), 0);
    tb_free(text);
}

static void add(tb_example_list *list, int epoch, int prompt, const char *clip)
{
    const tb_example e = {.epoch = epoch,
                          .prompt = prompt,
                          .temperature = clip ? 0 : 0.7,
                          .clip = clip,
                          .sound = "a.wav"};
    EQ(tb_example_list_add(list, &e, &error), TB_OK);
}

static const char *after(const char *text, const char *piece)
{
    const char *at = text ? strstr(text, piece) : NULL;
    return at ? at + strlen(piece) : NULL;
}

static void test_prompts(void)
{
    tb_example_list list = {0};
    add(&list, 12, 1, NULL);
    add(&list, 3, 2, NULL);
    char *text = page_of(&list);
    OK(after(after(text, "<th scope=\"col\">epoch 3</th>"),
             "<th scope=\"col\">epoch 12</th>"));
    EQ(times(text, "<th scope=\"row\">prompt 2, temperature 0.7</th>"), 1);
    EQ(times(text, "original"), 0);
    EQ(times(text, " keep\""), 0);
    tb_free(text);
    tb_example_list_clear(&list);
}

/* What the examples of an epoch were judged to be stands below its name, and so
   does what makes it one of the most varied. */
static void test_stages(void)
{
    tb_example_list list = {0};
    tb_stage_list stages = {0};
    const double variety[] = {0.4, 0.9, 1, 0.5};
    for (int i = 0; i < 4; i++) {
        const tb_stage s = {.epoch = i + 1,
                            .sounds = 4,
                            .score = 0.8 - 0.1 * i,
                            .quoted = 0.031,
                            .variety = variety[i]};
        add(&list, i + 1, 1, NULL);
        EQ(tb_stage_list_add(&stages, &s, &error), TB_OK);
    }
    add(&list, 0, 1, NULL);
    OK(tb_make_folders(in_folder("examples"), NULL) == TB_OK);
    EQ(tb_stage_list_write(in_folder(""), &stages, &error), TB_OK);
    char *text = page_of(&list);
    EQ(times(text, "<th scope=\"col\">epoch 1<small>score 0.80, 3 % quoted"
                   "</small></th>"),
       1);
    EQ(times(text, "<th scope=\"col\">epoch 3<small>score 0.60, 3 % quoted; "
                   "among the most varied</small></th>"),
       1);
    EQ(times(text, "<th scope=\"col\">nearest neighbour</th>"), 1);
    EQ(times(text, " keep\""), 1);
    tb_free(text);
    unlink(in_folder("examples/stages.json"));
    tb_example_list_clear(&list);
    tb_stage_list_clear(&stages);
}

/* Beside each clip, and of all of an epoch the medians; what has no pitch
   counts in none. */
static void check_remade(const tb_example_list *list, const char *text)
{
    tb_remade median;
    OK(!tb_example_list_remade(list, 1, &median));
    OK(tb_example_list_remade(list, 2, &median));
    NEAR(median.spectrum_db, 6, 1e-12);
    NEAR(median.level_db, -2, 1e-12);
    NEAR(median.pitch_cents, 30, 1e-12);
    EQ(times(text,
             "spectrum 4.0 dB apart, loudness 1.0 dB, level -3.0 dB, pitch 30 "
             "cents (50 % kept)"),
       1);
    EQ(times(text, "spectrum 8.0 dB apart, loudness 2.0 dB, level -1.0 dB"), 1);
    OK(after(
        after(text, "<th scope=\"col\">epoch 2"),
        "spectrum 6.0 dB apart, loudness 1.5 dB, level -2.0 dB, pitch 30 cents "
        "(50 % kept)"));
}

static void add_remade(tb_example_list *list, int prompt, const char *clip,
                       const tb_remade *remade)
{
    const tb_example e = {.epoch = 2,
                          .prompt = prompt,
                          .clip = clip,
                          .sound = "a.wav",
                          .remade = remade};
    EQ(tb_example_list_add(list, &e, &error), TB_OK);
}

/* The list goes through its file, as in a training that was resumed. */
static void test_clips(void)
{
    tb_example_list list = {0}, read;
    add_remade(&list, 1, "bell & gong.wav", &(tb_remade){4, 1, -3, 30, 0.5});
    add(&list, 0, 1, "bell & gong.wav");
    add_remade(&list, 2, "cello.wav", &(tb_remade){8, 2, -1, NAN, NAN});
    add(&list, 0, 2, "cello.wav");
    add(&list, 1, 2, "cello.wav");
    OK(tb_make_folders(in_folder("examples"), NULL) == TB_OK);
    EQ(tb_example_list_write(in_folder(""), &list, &error), TB_OK);
    EQ(tb_example_list_read(in_folder(""), &read, &error), TB_OK);
    EQ(read.count, 5);
    char *text = page_of(&read);
    OK(after(after(text, "<th scope=\"col\">original</th>"
                         "<th scope=\"col\">epoch 1</th>"),
             "<th scope=\"col\">epoch 2<"));
    EQ(times(text, "<th scope=\"row\">bell &amp; gong.wav</th>"), 1);
    EQ(times(text, "<th scope=\"row\">"), 2);
    EQ(times(text, "aria-label=\"cello.wav, original\""), 1);
    EQ(times(text, "class=\"grid last keep\""), 1);
    EQ(times(text, "temperature"), 0);
    EQ(times(text, "class=\"none\""), 1);
    check_remade(&read, text);
    tb_free(text);
    tb_example_list_clear(&read);
    tb_example_list_clear(&list);
}

/* Fontconfig keeps its tables for the process's life. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}

int main(void)
{
    enter_folder();
    test_curves();
    test_prompts();
    test_stages();
    test_clips();
    return tap_done();
}
