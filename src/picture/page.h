/* A page to listen to: sounds in a grid, each with a player, a picture and
   what is known about it. It needs no server and no network and opens from
   the folder it lies in. */
#ifndef TB_PICTURE_PAGE_H
#define TB_PICTURE_PAGE_H

#include "base/status.h"

#include <stdbool.h>

/* All text is UTF-8 as it should be read (the page escapes it); all paths are
   relative to the page's folder. Null or empty: left out. */

typedef struct tb_page_fact {
    const char *name, *value; /* "Sounds", "12 files, 8 min 20 s" */
} tb_page_fact;

typedef struct tb_page_link {
    const char *path, *text; /* another page: "prior/index.html", "prior" */
} tb_page_link;

typedef struct tb_page_image {
    const char *path;
    const char *text; /* what it shows, for those who do not see it */
} tb_page_image;

typedef struct tb_page_cell {
    int row, column;
    const char *sound;   /* path */
    const char *picture; /* path */
    const char *tag;     /* "moving", "standing loop, 0.31 s" */
    const char *quotes;  /* "quotes bell.wav 3.2 s" */
    const char *note;    /* anything else */
} tb_page_cell;

/* One more grid of a page, with its own heading. */
typedef struct tb_page_grid {
    const char *heading;
    const char *const *rows; /* "prompt 1, temperature 0.7" */
    int row_count;
    const char *const *columns;      /* "epoch 12", or the values of a sweep */
    const char *const *column_notes; /* below them: "score 0.72"; or null */
    int column_count;
    const tb_page_cell *cells; /* in any order, not necessarily all */
    int cell_count;
    bool show_last;  /* opens scrolled to the last columns */
    bool keep_first; /* the first column stays in sight: "original" */
} tb_page_grid;

typedef struct tb_page {
    const char *title;
    const char *subtitle; /* "SampleRNN on sounds/bells" */
    const char *state;    /* "Has just begun." */
    const tb_page_fact *facts;
    int fact_count;
    const tb_page_link *links; /* below the facts */
    int link_count;
    const tb_page_image *curves; /* beside or below, never above the grids */
    int curve_count;
    const tb_page_grid *grids;
    int grid_count;
    const char *footer;
} tb_page;

/* Writes the page to `path`, whole or not at all. A cell outside its grid is
   refused. */
tb_status tb_page_write(const char *path, const tb_page *page, tb_error *error);

/* Puts other links into a page that was written; nothing where they are the
   same, or where there is no such page. */
tb_status tb_page_set_links(const char *path, const tb_page_link *links,
                            int count, tb_error *error);

#endif
