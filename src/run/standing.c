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

void tb_standing_text(double learned, double ahead, const char *unit,
                      const char *than, char *text, size_t size)
{
    int n = snprintf(text, size, "has learned %.0f %%", 100 * learned);
    if (!isfinite(ahead) || !than || n < 0 || (size_t)n >= size)
        return;
    text += n;
    size -= (size_t)n;
    if (fabs(ahead) < 0.05)
        snprintf(text, size, ", knows as much as %s", than);
    else
        snprintf(text, size, ", knows %.1f %s %s than %s", fabs(ahead), unit,
                 ahead < 0 ? "less" : "more", than);
}

/* Of a log of bits, on what is held out: how far it is ahead of the predictor.
 */
static double ahead_of_predictor(const tb_log_table *log, int64_t row)
{
    const double *bits = tb_log_column(log, "held_out_bits");
    const double *predictor = tb_log_column(log, "predictor_bits");
    return bits && predictor ? predictor[row] - bits[row] : NAN;
}

bool tb_log_standing(const tb_log_table *log, char *text, size_t size,
                     int64_t *row)
{
    const double *learned = tb_log_column(log, "learned");
    *row = last_row(log, learned);
    if (*row >= 0) {
        tb_standing_text(learned[*row], ahead_of_predictor(log, *row), "bits",
                         "a predictor of order 32", text, size);
        return true;
    }
    const char *metric = first_metric(log);
    return metric &&
           (tell(log, "held out", "held_out_", metric, text, size, row) ||
            tell(log, "training", train, metric, text, size, row));
}
