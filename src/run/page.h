/* index.html of a run, with its curves. */
#ifndef TB_RUN_PAGE_H
#define TB_RUN_PAGE_H

#include "picture/page.h"
#include "run/example_list.h"

/* A column of log.csv, and its name in the chart. */
typedef struct tb_run_column {
    const char *column, *name;
} tb_run_column;

/* A chart of what the log tells over its column "epoch". */
typedef struct tb_run_curve {
    const char *file;  /* "distance": pictures/distance.png */
    const char *title; /* "Spectral distance, dB" */
    const char *hint;  /* "lower is better", or null */
    const tb_run_column *lines;
    int line_count;              /* at most TB_RUN_MOST_LINES */
    const tb_run_column *levels; /* the column's last number, drawn across */
    int level_count;             /* at most TB_RUN_MOST_LINES */
    double scale;                /* what the log tells times this; 0 means 1 */
    double low, high; /* the least that is shown; both 0: what there is */
} tb_run_curve;

enum { TB_RUN_MOST_LINES = 6, TB_RUN_MOST_CURVES = 20 };

/* Draws the curves [curve_count] (at most TB_RUN_MOST_CURVES) from log.csv and
   writes the page. A column that the log has not is left out, and so is a curve
   of which nothing was measured; where pictures cannot be drawn there are none.
   `examples` may be null; those of epoch 0 stand in a column "original", beside
   which the others are heard. `page` gives title, subtitle, state, facts and
   footer; the rest is filled here. */
tb_status tb_run_page_write(const char *folder, const tb_example_list *examples,
                            const tb_run_curve *curves, int curve_count,
                            const tb_page *page, tb_error *error);

#endif
