#include "train/training_curves.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* "train", "held_out", or the name of a level; null: no such column. */
static const char *prefix_of(const tb_metric *m, int metric, int i)
{
    switch (i) {
    case 0:
        return "train";
    case 1:
        return m->tested ? "held_out" : NULL;
    default:
        return metric == 0 ? tb_yard_name(m, (tb_yard_level)(i - 2)) : NULL;
    }
}

bool tb_metric_column(const tb_learning *learning, int metric, int i,
                      char name[80])
{
    const tb_metric *m = &learning->metric[metric];
    const char *prefix = prefix_of(m, metric, i);
    snprintf(name, 80, "%s_%s", prefix ? prefix : "", m->name);
    return prefix != NULL;
}

static const char *words_of(const tb_metric *m, int i)
{
    static const char *const lines[] = {"training", "held out"};
    return i < 2 ? lines[i] : tb_yard_words(m, (tb_yard_level)(i - 2));
}

/* Whether it is the first metric summed into 256 levels, which the predictor's
   own sums stand beside. */
static bool is_coarse(const tb_learning *l, const tb_metric *m)
{
    return tb_yard_name(&l->metric[0], TB_YARD_COARSE) &&
           strcmp(m->name, "bits_256") == 0;
}

/* Lines come before levels, as the columns do. */
static void add_metric(const tb_learning *l, int metric, tb_training_curves *c)
{
    const tb_metric *m = &l->metric[metric];
    tb_run_curve *curve = &c->curves[c->count++];
    tb_run_column *column = c->columns[metric];
    int n = 0, lines = 0;
    for (int i = 0; i < TB_METRIC_COLUMNS; i++) {
        if (!tb_metric_column(l, metric, i, c->names[metric][i]) ||
            i - 2 == TB_YARD_COARSE)
            continue;
        column[n++] = (tb_run_column){c->names[metric][i], words_of(m, i)};
        lines += i < 2;
    }
    if (metric > 0 && is_coarse(l, m)) {
        tb_metric_column(l, 0, 2 + TB_YARD_COARSE, c->names[metric][n]);
        column[n] =
            (tb_run_column){c->names[metric][n],
                            tb_yard_words(&l->metric[0], TB_YARD_FORESEEN)};
        n++;
    }
    snprintf(c->titles[metric], sizeof c->titles[metric], "%s%s%s", m->title,
             m->unit ? ", " : "", m->unit ? m->unit : "");
    c->titles[metric][0] = (char)toupper((unsigned char)c->titles[metric][0]);
    *curve = (tb_run_curve){
        .file = m->name,
        .title = c->titles[metric],
        .hint = m->better == TB_LOWER_IS_BETTER    ? "lower is better"
                : m->better == TB_HIGHER_IS_BETTER ? "higher is better"
                                                   : NULL,
        .lines = column,
        .line_count = lines,
        .levels = column + lines,
        .level_count = n - lines};
}

static const char *learned_hint(const tb_metric *m)
{
    return m->yardstick == TB_YARDSTICK_ENTROPY ? "100: a predictor of order 32"
                                                : "of what there is to learn";
}

void tb_learning_curves(const tb_learning *l, tb_training_curves *c)
{
    static const tb_run_column learned[] = {{"learned", "learned"}};
    c->count = 0;
    if (l->metric_count > 0 && l->metric[0].yardstick != TB_YARDSTICK_NONE)
        c->curves[c->count++] =
            (tb_run_curve){.file = "learned",
                           .title = "Learned, %",
                           .hint = learned_hint(&l->metric[0]),
                           .lines = learned,
                           .line_count = 1,
                           .scale = 100,
                           .high = 100};
    for (int i = 0; i < l->metric_count; i++)
        add_metric(l, i, c);
}

void tb_example_curves(tb_training_curves *c)
{
    static const tb_run_column score[] = {{"score", "score"}};
    static const tb_run_column variety[] = {{"variety", "variety"},
                                            {"quoted", "quoted"}};
    c->curves[c->count++] = (tb_run_curve){.file = "score",
                                           .title = "Score of the examples",
                                           .hint = "0: recordings, 1: noise",
                                           .lines = score,
                                           .line_count = 1,
                                           .high = 1};
    c->curves[c->count++] = (tb_run_curve){.file = "variety",
                                           .title = "Variety of the examples",
                                           .hint = "1: as of recordings",
                                           .lines = variety,
                                           .line_count = 2,
                                           .high = 1};
}
