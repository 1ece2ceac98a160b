/* Instruments that are added from outside, through everything: a training on a
   small sound, its folder, log, page and examples, stopping and going on, and
   voices from what it left. Their metrics have other names, directions and no
   yardstick. */
#define TINY_UNITS 6
#include "nearest.h"
#include "tiny.h"

#include "base/paths.h"
#include "base/safetensors.h"
#include "judge/yardstick.h"
#include "picture/picture.h"
#include "run/example_list.h"
#include "run/log.h"
#include "run/standing.h"
#include "sounds.h"
#include "tap.h"
#include "train/training.h"
#include "train/training_curves.h"
#include "trained.h"
#include <timbrel/model.h>

#include <ctype.h>

/* ---- metrics that are not bits ---- */

/* Nats as they are, held against nothing. */
static tb_status learn_plain(const void *config, const tb_learning_size *size,
                             tb_learning *l, tb_error *error)
{
    tb_status status =
        tb_learn_to_foresee(&tiny_instrument, config, size, l, error);
    l->metric[0].name = "surprise";
    l->metric[0].title = "surprise";
    l->metric[0].unit = "nats";
    l->metric[0].scale = 0;
    l->metric[0].yardstick = TB_YARDSTICK_NONE;
    return status;
}

/* How certain it was of what came, and beside it what is neither good nor
   bad. */
static tb_status learn_certain(const void *config, const tb_learning_size *size,
                               tb_learning *l, tb_error *error)
{
    tb_status status =
        tb_learn_to_foresee(&tiny_instrument, config, size, l, error);
    if (status)
        return status;
    tb_value *loss = l->objective[0].loss;
    tb_value *sound = l->objective[0].input[0].value;
    tb_value *level = tb_mean(tb_map(sound, TB_ABS, 0, 0), TB_ALL_AXES, false);
    l->metric[0] =
        (tb_metric){.name = "certainty",
                    .title = "certainty",
                    .unit = "%",
                    .better = TB_HIGHER_IS_BETTER,
                    .value = tb_map(tb_scale(loss, -1), TB_EXP, 0, 0),
                    .scale = 100,
                    .tested = true};
    l->metric[l->metric_count++] =
        (tb_metric){.name = "level",
                    .title = "level heard",
                    .better = TB_NEITHER_IS_BETTER,
                    .value = tb_reshape(level, tb_dims(1))};
    return tb_graph_check(l->objective[0].graph, error);
}

static tb_instrument plain, certain;
extern const tb_instrument taps_instrument; /* doc/examples/taps.c */

static const tb_instrument *const more[] = {
    &tiny_instrument, &nearest_instrument, &plain,
    &certain,         &taps_instrument,    NULL};

/* ---- a small training ---- */

/* What it told; it is asked to stop after `stop_at` steps (0: never). */
typedef struct watched {
    int steps, stop_at, epochs, examples, saved;
    double learned, trained, tested; /* of the last epoch */
    const tb_metric *metric;
    char title[64], notes[4000];
} watched;

static void on_event(void *context, const tb_training_event *e)
{
    watched *w = context;
    w->steps += e->kind == TB_EVENT_STEP;
    w->examples += e->kind == TB_EVENT_EXAMPLE;
    w->saved += e->kind == TB_EVENT_SAVED;
    if (e->kind == TB_EVENT_NOTE)
        strncat(w->notes, e->text, sizeof w->notes - strlen(w->notes) - 1);
    if (e->kind != TB_EVENT_EPOCH)
        return;
    w->epochs++;
    w->learned = e->learned;
    w->trained = e->trained[0];
    w->tested = e->tested[0];
    snprintf(w->title, sizeof w->title, "%s", e->metrics[0].title);
}

static bool on_stop(void *context)
{
    const watched *w = context;
    return w->stop_at > 0 && w->steps >= w->stop_at;
}

static tb_status run(tb_job *job, watched *w)
{
    tb_error error = {0};
    const tb_training_watch watch = {
        .event = on_event, .stop = on_stop, .context = w};
    job->threads = 2;
    tb_training *t = tb_training_new(job, &watch, &error);
    tb_status status = t ? tb_training_run(t, &error) : error.status;
    if (status && status != TB_ERR_STOPPED)
        fprintf(stderr, "# %s\n", error.text);
    tb_training_free(t);
    tb_job_clear(job);
    return status;
}

static tb_status train(const char *name, const char *folder, watched *w)
{
    static const char *const small[][2] = {
        {"batch", "1"},           {"window", "400"},
        {"piece", "2"},           {"epochs", "3"},
        {"examples", "2"},        {"examples_every", "1"},
        {"example_seconds", "2"}, {"prompt_seconds", "0.1"},
        {"seed", "11"},           {"average", "0.9"}};
    tb_job job;
    tb_error error = {0};
    if (tb_job_init(&job, tb_instrument_named(name, &error), &error))
        return error.status;
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        set(&job, small[i][0], small[i][1]);
    set(&job, "held_out_file", in_folder("b.wav"));
    tb_job_add_path(&job, in_folder("a.wav"), &error);
    tb_job_add_path(&job, in_folder("b.wav"), &error);
    job.folder = strdup(in_folder(folder));
    return run(&job, w);
}

static tb_status go_on(const char *folder, watched *w)
{
    tb_job job;
    tb_error error = {0};
    if (tb_job_read(&job, in_folder(folder), &error)) {
        fprintf(stderr, "# %s\n", error.text);
        return error.status;
    }
    return run(&job, w);
}

/* ---- what it left ---- */

/* Columns of numbers that do not depend on the clock. */
static bool same_columns(const char *a, const char *b, const char *name)
{
    tb_log_table x, y;
    if (tb_log_read(in_run(a, "log.csv"), &x, NULL) ||
        tb_log_read(in_run(b, "log.csv"), &y, NULL))
        return false;
    const double *p = tb_log_column(&x, name), *q = tb_log_column(&y, name);
    bool same = p && q && x.rows > 0;
    double last = NAN, other = NAN;
    for (int64_t i = 0; same && i < x.rows; i++)
        last = isfinite(p[i]) ? p[i] : last;
    for (int64_t i = 0; same && i < y.rows; i++)
        other = isfinite(q[i]) ? q[i] : other;
    same &= last == other;
    tb_log_table_clear(&x);
    tb_log_table_clear(&y);
    return same;
}

static void check_examples(const char *folder, int made)
{
    tb_example_list list;
    int there = 0, beside = 0;
    OK(tb_example_list_read(in_folder(folder), &list, NULL) == TB_OK);
    for (int i = 0; i < list.count; i++) {
        there += tb_exists(in_run(folder, list.examples[i].sound));
        beside += list.examples[i].epoch == 0;
    }
    EQ(list.count - beside, made);
    EQ(there, list.count);
    OK_NAMED(beside == 0 || beside == 2,
             "nearest neighbour goes on from the prompts, too, or cannot");
    tb_example_list_clear(&list);
}

/* The model of the run's folder speaks, and tells of its controls. */
static void check_voices(const char *folder, const char *name)
{
    tb_message message = {0};
    tb_model *m = tb_model_open(in_folder(folder), &message);
    if (!OK_NAMED(m != NULL, "the run's folder opens"))
        fprintf(stderr, "# %s\n", message.text);
    if (!m)
        return;
    float x[800], first = 0;
    float *const to[] = {x};
    bool moves = false, known = false;
    const tb_control *c;
    SAME_TEXT(tb_model_kind(m), name);
    EQ(tb_model_epoch(m), 3);
    for (int i = 0; (c = tb_model_control(m, "generate", i)); i++)
        known |= strcmp(c->name, "temperature") == 0 && c->per_row && c->help;
    OK_NAMED(known, "its controls are told");
    tb_voices *v = tb_voices_new(m, NULL, &message);
    OK(v && tb_voices_control(v, "temperature") >= 0);
    tb_voices_run(v, to, 800);
    first = x[0];
    for (int i = 0; i < 800; i++)
        moves |= x[i] != first;
    OK_NAMED(moves, "it speaks");
    tb_voices_free(v);
    tb_model_close(m);
}

/* A run's folder after all, and one that was stopped inside an epoch. */
static void check_run(const char *name, const char *metric, watched *w)
{
    char column[80], stopped[80];
    snprintf(stopped, sizeof stopped, "%s-stopped", name);
    EQ(train(name, name, w), TB_OK);
    EQ(w->epochs, 3);
    OK_NAMED(w->examples >= 4, "the first and the last epoch are heard");
    snprintf(column, sizeof column, "network = %s", name);
    OK_NAMED(is_in(in_run(name, "run.ini"), column), "run.ini names it");
    snprintf(column, sizeof column, "train_%s", metric);
    OK_NAMED(has_column(name, column), column);
    w->title[0] = (char)toupper((unsigned char)w->title[0]);
    OK_NAMED(tb_picture_possible(NULL) ||
                 is_in(in_run(name, "index.html"), w->title),
             "the page shows its metric");
    check_examples(name, w->examples);
    check_voices(name, name);

    watched half = {.stop_at = w->steps / 2 + 1}, rest = {0};
    EQ(train(name, stopped, &half), TB_ERR_STOPPED);
    EQ(half.saved, 1);
    EQ(go_on(stopped, &rest), TB_OK);
    EQ(half.steps + rest.steps, w->steps);
    OK_NAMED(same_files(in_run(name, "checkpoints/epoch-0003.safetensors"),
                        in_run(stopped, "checkpoints/epoch-0003.safetensors")),
             "stopped and resumed: the same bits");
    OK_NAMED(same_columns(name, stopped, column), "and the same numbers");
}

/* The best epoch is that of the largest number in the log. */
static void check_best(const char *folder, const char *column)
{
    tb_log_table table;
    double best = -INFINITY, epoch = 0, known;
    int64_t bits = kept(folder, "best_0");
    if (!OK(tb_log_read(in_run(folder, "log.csv"), &table, NULL) == TB_OK))
        return;
    const double *x = tb_log_column(&table, column);
    const double *at = tb_log_column(&table, "epoch");
    for (int64_t i = 0; x && i < table.rows; i++)
        if (x[i] > best) {
            best = x[i];
            epoch = at[i];
        }
    memcpy(&known, &bits, sizeof known);
    NEAR(known, best, 1e-6 * best);
    EQ(kept(folder, "best_epoch_0"), (int64_t)epoch);
    tb_log_table_clear(&table);
}

/* What charts say of the direction. */
static void check_hints(void)
{
    tb_training_curves c;
    tb_learning l;
    const tiny_config config = {0};
    const tb_learning_size size = {.rows = 1, .window = 32};
    OK(certain.learn(&config, &size, &l, NULL) == TB_OK);
    tb_learning_curves(&l, &c);
    EQ(c.count, 2);
    SAME_TEXT(c.curves[0].title, "Certainty, %");
    SAME_TEXT(c.curves[0].hint, "higher is better");
    SAME_TEXT(c.curves[1].title, "Level heard");
    OK(!c.curves[1].hint && c.curves[1].line_count == 1);
    OK(tb_metric_is_better(&l.metric[0], 2, 1) &&
       !tb_metric_is_better(&l.metric[0], 1, 2));
    OK(!tb_metric_is_better(&l.metric[1], 1, 2) &&
       !tb_metric_is_better(&l.metric[1], 2, 1) &&
       !tb_metric_is_better(&l.metric[1], 2, NAN));
    tb_learning_clear(&l);
    OK(plain.learn(&config, &size, &l, NULL) == TB_OK);
    tb_learning_curves(&l, &c);
    EQ(c.count, 1);
    SAME_TEXT(c.curves[0].title, "Surprise, nats");
    SAME_TEXT(c.curves[0].hint, "lower is better");
    tb_learning_clear(&l);
}

/* ---- tests ---- */

static void test_bits(void)
{
    watched w = {0};
    check_run("tiny", "bits", &w);
    SAME_TEXT(w.title, "Bits per sample");
    OK(has_column("tiny", "held_out_bits") &&
       has_column("tiny", "order0_bits") &&
       has_column("tiny", "predictor_bits"));
    OK(isfinite(w.learned));
    OK(is_in(in_run("tiny", "index.html"), "than a predictor of order 32"));
}

static void test_without_yardstick(void)
{
    watched w = {0};
    check_run("plain", "surprise", &w);
    SAME_TEXT(w.title, "Surprise");
    OK(has_column("plain", "held_out_surprise"));
    OK(!has_column("plain", "order0_surprise") &&
       !has_column("plain", "yard_surprise"));
    OK_NAMED(isnan(w.learned), "there is nothing to hold it against");
    OK(isfinite(w.tested));
    const char *page = in_run("plain", "index.html");
    OK_NAMED(!is_in(page, "than a predictor of order 32") &&
                 !is_in(page, "Has just begun"),
             "the page says how it stands all the same");
    char state[64];
    snprintf(state, sizeof state, "Surprise: %.3g nats", w.tested);
    OK_NAMED(is_in(page, state), state);
}

static void check_standing(const char *folder, const char *words)
{
    tb_log_table table;
    char text[160] = "";
    int64_t row = -1;
    if (OK(tb_log_read(in_run(folder, "log.csv"), &table, NULL) == TB_OK)) {
        OK(tb_log_standing(&table, text, sizeof text, &row));
        OK(row >= 0 && row < table.rows);
        OK_NAMED(strncmp(text, words, strlen(words)) == 0, words);
        tb_log_table_clear(&table);
    }
}

/* When the time is over inside an epoch, what was learned of it is tested and
   told, held against something or not. */
static void test_time_over(void)
{
    tb_job job;
    tb_error error = {0};
    watched w = {0};
    OK(tb_job_init(&job, tb_instrument_named("plain", &error), &error) ==
       TB_OK);
    set(&job, "epochs", "1");
    set(&job, "batch", "1");
    set(&job, "window", "16");
    set(&job, "minutes", "0.001");
    set(&job, "examples", "0");
    set(&job, "held_out_file", in_folder("b.wav"));
    tb_job_add_path(&job, in_folder("long.wav"), &error);
    tb_job_add_path(&job, in_folder("b.wav"), &error);
    job.folder = strdup(in_folder("over"));
    EQ(run(&job, &w), TB_OK);
    EQ(w.epochs, 0);
    EQ(w.saved, 1);
    OK_NAMED(isfinite(last_of("over", "held_out_surprise")),
             "the log tells what was learned until then");
    OK(is_in(in_run("over", "index.html"), "Surprise: "));
    check_standing("over", "held out surprise: ");
    check_standing("tiny", "has learned ");
}

static void test_higher(void)
{
    watched w = {0};
    check_run("certain", "certainty", &w);
    const char *page = in_run("certain", "index.html");
    OK(tb_picture_possible(NULL) || is_in(page, "Level heard"));
    check_best("certain", "held_out_certainty");
    check_hints();
    OK(w.tested > 100 / 16.0 && w.tested < 100);
    OK(has_column("certain", "train_level") &&
       !has_column("certain", "held_out_level"));
}

static void test_native(void)
{
    watched w = {0};
    check_run("recall", "level", &w);
    SAME_TEXT(w.title, "Level of what is heard");
    OK(isfinite(w.trained) && isnan(w.tested) && isnan(w.learned));
    check_standing("recall", "training level: ");
}

/* The one of the documentation. */
static void test_documented(void)
{
    watched w = {0};
    check_run("taps", "bits", &w);
    OK(isfinite(w.learned));
}

int main(void)
{
    plain = certain = tiny_instrument;
    plain.name = "plain";
    plain.learn = learn_plain;
    certain.name = "certain";
    certain.learn = learn_certain;
    enter_folder();
    write_sine(in_folder("a.wav"), 8000, 1, 24000, 37);
    write_sine(in_folder("long.wav"), 8000, 1, 800000, 37);
    write_sine(in_folder("b.wav"), 8000, 1, 8000, 33);
    tb_instruments_add(more);
    test_bits();
    test_without_yardstick();
    test_time_over();
    test_higher();
    test_native();
    test_documented();
    return tap_done();
}
