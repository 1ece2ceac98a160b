/* Quotes found behind a training's back: the index in the background, what is
   said of it, and examples that were made before it was ready. */
#include "base/memory.h"
#include "base/paths.h"
#include "base/random.h"
#include "run/example_list.h"
#include "sounds.h"
#include "tap.h"
#include "train/example_quotes.h"
#include "train/examples.h"

#include <time.h>

enum { RATE = 8000, SECONDS = 60 };

static tb_training_settings settings;
static tb_data data;
static tb_error error;

/* ---- sounds ---- */

/* Noise that rises and falls: every moment is like no other. */
static float noise_at(void *context, int frame, int channel)
{
    const int *from = context;
    int at = frame + *from;
    double level = 0.3 + 0.2 * sin(at * 0.003);
    return (float)(level * tb_normal(7, 1, at, 0, (uint32_t)channel) / 4);
}

static void write_noise(const char *name, int seconds, int from)
{
    int frame = from * RATE;
    write_wav(in_folder(name), RATE, 1, seconds * RATE, noise_at, &frame);
}

static void open_data(void)
{
    const tb_settings_part part = {&tb_training_table, &settings};
    const tb_sound_format format = {RATE, 1};
    const tb_learning learning = {.feed_count = 1,
                                  .feed = {{.context = 16, .window = 256}}};
    const char *paths[] = {in_folder("noise.wav")};
    tb_settings_defaults(&part, 1);
    settings.held_out = 0;
    write_noise("noise.wav", SECONDS, 0);
    EQ(tb_data_open(paths, 1, &settings, &format, &learning, NULL, &data,
                    &error),
       TB_OK);
}

/* The list of a run whose one example begins at a second of the corpus, after a
   second of something else. */
static void make_list(tb_example_list *list, int from)
{
    const tb_example e = {.epoch = 3,
                          .prompt = 1,
                          .temperature = 1,
                          .sound = "examples/a.wav",
                          .tag = "moving",
                          .unsearched = true,
                          .prompt_seconds = 1};
    mkdir(in_folder("run"), 0777);
    mkdir(in_folder("run/examples"), 0777);
    write_noise("run/examples/a.wav", 4, from);
    *list = (tb_example_list){0};
    EQ(tb_example_list_add(list, &e, &error), TB_OK);
    EQ(tb_example_list_write(in_folder("run"), list, &error), TB_OK);
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* ---- the index ---- */

static tb_quote_finder *ready_finder(size_t max_bytes)
{
    bool ready = false, rising = true;
    tb_quote_finder *f = tb_quote_finder_new(&data, max_bytes, &error);
    tb_status status = TB_OK;
    for (double done = 0; f && !ready && status == TB_OK; nap()) {
        status = tb_quote_finder_check(f, &ready, &error);
        rising = rising && tb_quote_finder_done(f) >= done;
        done = tb_quote_finder_done(f);
    }
    EQ(status, TB_OK);
    OK_NAMED(rising, "progress");
    NEAR(tb_quote_finder_done(f), 1, 0);
    return f;
}

static const char *words_of(const tb_quote_finder *f, int from)
{
    static char text[400];
    tb_example_list list;
    tb_quotes_report report;
    make_list(&list, from);
    EQ(tb_quote_finder_search(f, in_folder("run"), &list, 0, &report, &error),
       TB_OK);
    OK(!list.examples[0].unsearched);
    snprintf(text, sizeof text, "%s",
             list.examples[0].quotes ? list.examples[0].quotes : "");
    tb_example_list_clear(&list);
    return text;
}

static void test_words(void)
{
    tb_quote_finder *f = ready_finder(0);
    NEAR(tb_quote_finder_coverage(f), 1, 1e-3);
    SAME_TEXT(words_of(f, 20), "quotes noise.wav, 3.0 s");
    SAME_TEXT(words_of(f, 1000), "");
    remove(in_folder("run/examples/a.wav"));
    tb_quote_finder_free(f);
    f = ready_finder(250000);
    double percent = 100 * tb_quote_finder_coverage(f);
    char expected[100];
    snprintf(expected, sizeof expected,
             "quotes noise.wav, 3.0 s; %.0f %% of your recordings searched",
             percent);
    OK(percent > 10 && percent < 90);
    SAME_TEXT(words_of(f, 0), expected);
    tb_quote_finder_free(f);
}

static void test_gone(void)
{
    tb_example_list list;
    tb_quotes_report report;
    tb_quote_finder *f = ready_finder(0);
    make_list(&list, 20);
    remove(in_folder("run/examples/a.wav"));
    EQ(tb_quote_finder_search(f, in_folder("run"), &list, 0, &report, &error),
       TB_OK);
    OK(!list.examples[0].quotes && !list.examples[0].unsearched);
    tb_example_list_clear(&list);
    tb_quote_finder_free(f);
}

/* Whenever it is freed, it ends. */
static void test_stopped(void)
{
    for (int i = 0; i < 10; i++) {
        tb_quote_finder *f = tb_quote_finder_new(&data, 0, &error);
        OK(f);
        for (int k = 0; k < i; k++)
            nap();
        tb_quote_finder_free(f);
    }
    tb_quote_finder_free(NULL);
}

/* ---- examples ---- */

static int told;

static void on_quoted(void *context, const tb_example *e)
{
    (void)context;
    told++;
    EQ(e->epoch, 3);
    SAME_TEXT(e->quotes, "quotes noise.wav, 3.0 s");
}

static bool stop(void *context)
{
    return *(bool *)context;
}

static char *list_text(void)
{
    void *text = NULL;
    tb_read_file(in_folder("run/examples/list.json"), 1 << 20, &text, NULL,
                 NULL);
    return text;
}

static void test_late(void)
{
    tb_example_list list;
    bool stopped = true, searched = false;
    const tb_examples_watch watch = {NULL, on_quoted, NULL, stop, &stopped};
    make_list(&list, 20);
    tb_example_list_clear(&list);
    char *before = list_text();
    OK(strstr(before, "unsearched"));
    tb_examples *x = tb_examples_open(in_folder("run"), &data, &settings,
                                      TB_LISTEN_PROMPTS, 1, &error);
    if (!OK(x))
        return;
    EQ(tb_examples_unsearched(x), 1);
    while (tb_examples_indexed(x) < 1)
        nap();
    EQ(tb_examples_search(x, &watch, &searched, &error), TB_OK);
    OK_NAMED(!searched && tb_examples_unsearched(x) == 1, "stopped");
    tb_status status = TB_OK;
    for (stopped = false; !searched && status == TB_OK; nap())
        status = tb_examples_search(x, &watch, &searched, &error);
    EQ(status, TB_OK);
    EQ(told, 1);
    EQ(tb_examples_unsearched(x), 0);
    NEAR(tb_examples_quoted(x).longest_seconds, 3, 0.1);
    NEAR(tb_examples_quoted(x).coverage, 1, 1e-3);
    char *after = list_text();
    OK(strstr(after, "\"quotes noise.wav, 3.0 s\"") &&
       !strstr(after, "unsearched"));
    EQ(tb_examples_search(x, &watch, &searched, &error), TB_OK);
    OK(!searched);
    tb_examples_free(x);
    tb_free(before);
    tb_free(after);
}

int main(void)
{
    enter_folder();
    open_data();
    test_words();
    test_gone();
    test_stopped();
    test_late();
    tb_data_clear(&data);
    return tap_done();
}
