/* The charts of a training: one for each metric, from its column of the log. */
#ifndef TB_TRAIN_TRAINING_CURVES_H
#define TB_TRAIN_TRAINING_CURVES_H

#include "judge/yardstick.h"
#include "models/learning.h"
#include "run/page.h"

enum { TB_METRIC_COLUMNS = 2 + TB_YARD_LEVELS };

/* Column `i` of the log that a metric has: in training, held out, and of the
   first metric what it is held against. False: it has none. */
bool tb_metric_column(const tb_learning *learning, int metric, int i,
                      char name[80]);

/* Curves with all that they point at. */
typedef struct tb_training_curves {
    int count;
    tb_run_curve curves[TB_MOST_METRICS + 3];
    tb_run_column columns[TB_MOST_METRICS][TB_METRIC_COLUMNS];
    char names[TB_MOST_METRICS][TB_METRIC_COLUMNS][80];
    char titles[TB_MOST_METRICS][80];
} tb_training_curves;

void tb_learning_curves(const tb_learning *learning,
                        tb_training_curves *curves);

/* Adds those of what was judged of examples. */
void tb_example_curves(tb_training_curves *curves);

#endif
