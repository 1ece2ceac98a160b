#include "run/standing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char train[] = "train_";

/* The last line with a number in this column, or -1. */
static int64_t last_row(const tb_log_table *log, const double *column)
{
    int64_t row = log->rows - 1;
    while (column && row >= 0 && !isfinite(column[row]))
        row--;
    return column ? row : -1;
}

/* Metrics come in order, each with its training first. */
static const char *first_metric(const tb_log_table *log)
{
    for (int i = 0; i < log->columns; i++)
        if (strncmp(log->names[i], train, sizeof train - 1) == 0)
            return log->names[i] + sizeof train - 1;
    return NULL;
}

static bool tell(const tb_log_table *log, const char *words, const char *prefix,
                 const char *metric, char *text, size_t size, int64_t *row)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", prefix, metric);
    const double *column = tb_log_column(log, name);
    *row = last_row(log, column);
    if (*row >= 0)
        snprintf(text, size, "%s %s: %.4g", words, metric, column[*row]);
    return *row >= 0;
}

bool tb_log_standing(const tb_log_table *log, char *text, size_t size,
                     int64_t *row)
{
    const double *learned = tb_log_column(log, "learned");
    *row = last_row(log, learned);
    if (*row >= 0) {
        snprintf(text, size, "has learned %.0f %% of what there is to learn",
                 100 * learned[*row]);
        return true;
    }
    const char *metric = first_metric(log);
    return metric &&
           (tell(log, "held out", "held_out_", metric, text, size, row) ||
            tell(log, "training", train, metric, text, size, row));
}
