#include "cli/info_compare.h"

#include "base/amounts.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/shell.h"
#include "cli/say.h"
#include "run/example_list.h"
#include "run/log.h"
#include "run/middle.h"
#include "run/run_folder.h"
#include "run/stage_list.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* All that is on record of a run. */
typedef struct cli_comparison {
    const char *folder;
    int *epochs, count; /* that have a checkpoint */
    tb_log_table log;   /* empty: there is none */
    char metric[64];    /* "bits"; empty: none */
    bool tested;        /* the metric was measured on what is held out */
    bool clips;         /* examples are clips, made again */
    tb_example_list examples;
    tb_stage_list stages;
    tb_middle middle;
    char why[TB_MIDDLE_TEXT];
} cli_comparison;

/* ---- reading ---- */

static void find_metric(cli_comparison *c)
{
    static const char train[] = "train_";
    char name[80];
    for (int i = 0; i < c->log.columns && !c->metric[0]; i++)
        if (strncmp(c->log.names[i], train, sizeof train - 1) == 0)
            snprintf(c->metric, sizeof c->metric, "%s",
                     c->log.names[i] + sizeof train - 1);
    snprintf(name, sizeof name, "held_out_%s", c->metric);
    const double *column = tb_log_column(&c->log, name);
    for (int64_t i = 0; column && i < c->log.rows; i++)
        c->tested = c->tested || isfinite(column[i]);
}

/* A log or lists that are missing or damaged tell nothing. */
static tb_status read_all(cli_comparison *c, tb_error *error)
{
    char *log = tb_run_log_file(c->folder);
    tb_status status = log ? TB_OK : tb_fail_memory(error);
    if (!status && tb_log_read(log, &c->log, NULL))
        c->log = (tb_log_table){0};
    tb_free(log);
    if (!status)
        status = tb_run_epochs(c->folder, &c->epochs, &c->count, error);
    if (status)
        return status;
    if (tb_example_list_read(c->folder, &c->examples, NULL))
        tb_example_list_clear(&c->examples);
    if (tb_stage_list_read(c->folder, &c->stages, NULL))
        tb_stage_list_clear(&c->stages);
    find_metric(c);
    c->clips = c->examples.count > 0 && c->examples.examples[0].clip;
    c->middle = tb_find_middle(&c->stages, c->why, sizeof c->why);
    return TB_OK;
}

static void clear(cli_comparison *c)
{
    tb_free(c->epochs);
    tb_log_table_clear(&c->log);
    tb_example_list_clear(&c->examples);
    tb_stage_list_clear(&c->stages);
}

/* The last number of a column (two names put together) at the end of an epoch;
   NaN: there is none. */
static double at_epoch(const cli_comparison *c, const char *prefix,
                       const char *name, int epoch)
{
    char whole[160];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    const double *column = tb_log_column(&c->log, whole);
    const double *epochs = tb_log_column(&c->log, "epoch");
    double value = NAN;
    for (int64_t i = 0; column && epochs && i < c->log.rows; i++)
        if (ceil(epochs[i] - 1e-9) == epoch && isfinite(column[i]))
            value = column[i];
    return value;
}

static double metric_at(const cli_comparison *c, int epoch)
{
    return at_epoch(c, c->tested ? "held_out_" : "train_", c->metric, epoch);
}

/* How many examples of an epoch there are. */
static int examples_of(const cli_comparison *c, int epoch)
{
    int n = 0;
    for (int i = 0; i < c->examples.count; i++)
        n += c->examples.examples[i].epoch == epoch;
    return n;
}

/* Whether those of epoch 0 are the nearest neighbour's, not clips' originals.
 */
static bool has_nearest(const cli_comparison *c)
{
    return !c->clips && examples_of(c, 0) > 0;
}

/* ---- as a table ---- */

/* A number right-aligned in its column, or a dash. */
static void put(const char *format, double value, int width)
{
    char text[32] = "-";
    if (isfinite(value))
        snprintf(text, sizeof text, format, value);
    printf("  %*s", width, text);
}

/* "3 moving, 1 silent": what the tags begin with, most first. */
static void put_tags(const cli_comparison *c, int epoch)
{
    static const char *const tags[] = {"moving", "silent", "standing", "noise",
                                       "at full level"};
    const char *comma = "  ";
    for (size_t k = 0; k < sizeof tags / sizeof *tags; k++) {
        int n = 0;
        for (int i = 0; i < c->examples.count; i++) {
            const tb_example *e = &c->examples.examples[i];
            n += e->epoch == epoch && e->tag &&
                 strncmp(e->tag, tags[k], strlen(tags[k])) == 0;
        }
        if (n > 0)
            printf("%s%d %s", comma, n, tags[k]);
        comma = n > 0 ? ", " : comma;
    }
}

static void put_score(const cli_comparison *c, int epoch)
{
    const tb_stage *s = tb_stage_list_find(&c->stages, epoch);
    put("%.0f %%", epoch > 0 ? 100 * at_epoch(c, "learned", "", epoch) : NAN,
        7);
    put("%.2f", s ? s->score : NAN, 6);
    put("%.0f %%", s ? 100 * s->quoted : NAN, 6);
    put("%.2f", s ? s->variety : NAN, 7);
}

static void put_remade(const cli_comparison *c, int epoch)
{
    tb_remade r;
    tb_example_list_remade(&c->examples, epoch, &r);
    put("%.1f dB", r.spectrum_db, 8);
    put("%.1f dB", r.loudness_db, 8);
    put("%+.1f dB", r.level_db, 8);
    put("%.0f", r.pitch_cents, 5);
    put("%.0f %%", 100 * r.pitch_kept, 6);
}

static void put_row(const cli_comparison *c, int epoch)
{
    bool varied =
        epoch > 0 && epoch >= c->middle.first && epoch <= c->middle.last;
    if (epoch > 0)
        printf("%c %7d", varied ? '*' : ' ', epoch);
    else
        printf("  nearest");
    put("%.2f", epoch > 0 ? metric_at(c, epoch) : NAN, 8);
    if (c->clips)
        put_remade(c, epoch);
    else
        put_score(c, epoch);
    put_tags(c, epoch);
    printf("\n");
}

/* The best of the first metric, as far as is known; -1. */
static int best_epoch(const cli_comparison *c)
{
    int best = -1;
    for (int i = 0; i < c->count; i++) {
        double x = metric_at(c, c->epochs[i]);
        if (isfinite(x) && (best < 0 || x < metric_at(c, best)))
            best = c->epochs[i];
    }
    return best;
}

/* Epochs with examples, the best and the last. */
static void say_rows(const cli_comparison *c)
{
    int best = best_epoch(c);
    printf("  %7s  %8s  ", "epoch", c->metric[0] ? c->metric : "metric");
    if (c->clips)
        printf("%8s  %8s  %8s  %5s  %6s  clips\n", "spectrum", "loudness",
               "level", "cents", "kept");
    else
        printf("%7s  %6s  %6s  %7s  examples\n", "learned", "score", "quoted",
               "variety");
    if (has_nearest(c))
        put_row(c, 0);
    for (int i = 0; i < c->count; i++)
        if (examples_of(c, c->epochs[i]) > 0 || c->epochs[i] == best ||
            i + 1 == c->count)
            put_row(c, c->epochs[i]);
}

/* What is not on record, with the command that makes it. */
static void say_missing(const cli_comparison *c)
{
    char run[TB_SHELL_WORD];
    int silent = 0, unjudged = 0, example = -1;
    for (int i = 0; i < c->count; i++) {
        bool made = examples_of(c, c->epochs[i]) > 0;
        silent += !made;
        example = made ? example : c->epochs[i];
        unjudged += made && !tb_stage_list_find(&c->stages, c->epochs[i]);
    }
    tb_shell_word(c->folder, run);
    if (unjudged > 0)
        printf("The examples of %d %s are not judged yet: %s train --resume %s "
               "does it.\n",
               unjudged, tb_plural(unjudged, "epoch", "epochs"), cli_program(),
               run);
    if (silent > 0)
        printf("%d %s no examples. To hear and judge one: %s generate %s "
               "--epoch %d --voices 4, then %s judge %s and the files.\n",
               silent, tb_plural(silent, "checkpoint has", "checkpoints have"),
               cli_program(), run, example, cli_program(), run);
}

/* What the numbers are, of clips or of examples. */
static void say_below(const cli_comparison *c)
{
    if (c->clips) {
        printf("Clips are held against their originals: how far apart spectra, "
               "loudness and pitch are, and the part of pitches that are kept "
               "within half a tone.\n");
        return;
    }
    printf("%s%s\n", c->middle.first > 0 ? "* " : "", c->why);
    say_missing(c);
}

/* ---- as JSON ---- */

static void tell_row(const cli_comparison *c, int epoch)
{
    const tb_stage *s = tb_stage_list_find(&c->stages, epoch);
    tb_json_writer w = {0};
    tb_remade remade;
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "checkpoint");
    tb_json_put_integer(&w, "epoch", epoch);
    tb_json_put_text(&w, "metric", c->metric[0] ? c->metric : NULL);
    tb_json_put_number(&w, "held_out",
                       at_epoch(c, "held_out_", c->metric, epoch));
    tb_json_put_number(&w, "train", at_epoch(c, "train_", c->metric, epoch));
    tb_json_put_number(&w, "learned", at_epoch(c, "learned", "", epoch));
    tb_json_put_integer(&w, "examples", examples_of(c, epoch));
    tb_json_put_flag(&w, "judged", s != NULL);
    tb_json_put_flag(&w, "copy", s && s->copy);
    tb_json_put_number(&w, "score", s ? s->score : NAN);
    tb_json_put_number(&w, "quoted", s ? s->quoted : NAN);
    tb_json_put_number(&w, "longest_quote", s ? s->longest : NAN);
    tb_json_put_number(&w, "variety", s ? s->variety : NAN);
    tb_json_put_number(&w, "silent", s ? s->silent : NAN);
    tb_json_put_number(&w, "standing", s ? s->standing : NAN);
    tb_json_put_number(&w, "noise", s ? s->noise : NAN);
    tb_json_put_number(&w, "full_level", s ? s->full_level : NAN);
    if (tb_example_list_remade(&c->examples, epoch, &remade))
        tb_remade_write(&w, &remade);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

static void tell_all(const cli_comparison *c)
{
    tb_json_writer w = {0};
    if (has_nearest(c))
        tell_row(c, 0);
    for (int i = 0; i < c->count; i++)
        tell_row(c, c->epochs[i]);
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "middle");
    tb_json_put_number(&w, "first",
                       c->middle.first > 0 ? c->middle.first : NAN);
    tb_json_put_number(&w, "last", c->middle.last > 0 ? c->middle.last : NAN);
    tb_json_put_text(&w, "why", c->why);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

tb_status cli_compare_checkpoints(const char *folder, bool json,
                                  tb_error *error)
{
    cli_comparison c = {.folder = folder};
    tb_status status = read_all(&c, error);
    if (!status && json) {
        tell_all(&c);
    } else if (!status && c.count > 0) {
        say_rows(&c);
        say_below(&c);
    }
    clear(&c);
    return status;
}
