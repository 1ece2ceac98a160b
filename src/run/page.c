#include "run/page.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/paths.h"
#include "picture/picture.h"
#include "run/log.h"
#include "run/run_folder.h"

#include <math.h>
#include <stdlib.h>

/* ---- curves ---- */

enum { CURVES = 2, MOST_POINTS = 1 << 20 };

static void draw_curves(const char *bits, const char *learned,
                        const tb_log_table *t)
{
    int count = (int)(t->rows < MOST_POINTS ? t->rows : MOST_POINTS);
    const double *epochs = tb_log_column(t, "epoch");
    const double *train = tb_log_column(t, "train_bits");
    const double *test = tb_log_column(t, "held_out_bits");
    const double *part = tb_log_column(t, "learned");
    const double *order0 = tb_log_column(t, "order0_bits");
    const double *bigram = tb_log_column(t, "bigram_bits");
    double *percent = tb_alloc_array((size_t)count, sizeof *percent);
    const tb_picture_size size = {0};
    if (!epochs || !train || !test || !part || !order0 || !bigram || !percent ||
        count < 1) {
        tb_free(percent);
        return;
    }
    for (int i = 0; i < count; i++)
        percent[i] = 100 * part[i];
    tb_picture_write_bits(bits, epochs, train, test, count, order0[count - 1],
                          bigram[count - 1], size, NULL);
    tb_picture_write_learned(learned, epochs, percent, count, size, NULL);
    tb_free(percent);
}

/* Curves are a help: without them the page is still a page. */
static int make_curves(const char *folder, tb_page_image images[CURVES])
{
    char *bits = NULL, *learned = NULL, *log = tb_run_log_file(folder);
    tb_log_table table = {0};
    int count = 0;
    if (log && tb_picture_possible(NULL) == TB_OK &&
        tb_log_read(log, &table, NULL) == TB_OK &&
        tb_run_picture(folder, "bits.png", &bits, NULL) == TB_OK &&
        tb_run_picture(folder, "learned.png", &learned, NULL) == TB_OK)
        draw_curves(bits, learned, &table);
    if (learned && tb_exists(learned))
        images[count++] = (tb_page_image){
            "pictures/learned.png", "how much has been learned, over epochs"};
    if (bits && tb_exists(bits))
        images[count++] = (tb_page_image){"pictures/bits.png",
                                          "bits per sample, over epochs"};
    tb_log_table_clear(&table);
    tb_free(bits);
    tb_free(learned);
    tb_free(log);
    return count;
}

/* ---- the grid ---- */

typedef struct stage_table {
    tb_arena *arena;
    const tb_example **rows; /* one of each prompt and temperature */
    int row_count;
    int *epochs; /* rising */
    int epoch_count;
    const char **row_names, **column_names;
    tb_page_cell *cells;
} stage_table;

static int by_row(const void *a, const void *b)
{
    const tb_example *x = *(const tb_example *const *)a;
    const tb_example *y = *(const tb_example *const *)b;
    if (x->prompt != y->prompt)
        return x->prompt < y->prompt ? -1 : 1;
    return (x->temperature > y->temperature) -
           (x->temperature < y->temperature);
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int find_row(const stage_table *t, const tb_example *e)
{
    for (int i = 0; i < t->row_count; i++)
        if (by_row(&t->rows[i], &e) == 0)
            return i;
    return -1;
}

static int find_epoch(const stage_table *t, int epoch)
{
    for (int i = 0; i < t->epoch_count; i++)
        if (t->epochs[i] == epoch)
            return i;
    return -1;
}

static void collect(stage_table *t, const tb_example_list *list)
{
    for (int i = 0; i < list->count; i++) {
        const tb_example *e = &list->examples[i];
        if (find_row(t, e) < 0)
            t->rows[t->row_count++] = e;
        if (find_epoch(t, e->epoch) < 0)
            t->epochs[t->epoch_count++] = e->epoch;
    }
    qsort(t->rows, (size_t)t->row_count, sizeof *t->rows, by_row);
    qsort(t->epochs, (size_t)t->epoch_count, sizeof *t->epochs, by_number);
}

static bool fill_table(stage_table *t, const tb_example_list *list)
{
    collect(t, list);
    for (int i = 0; i < t->row_count; i++)
        t->row_names[i] =
            tb_arena_printf(t->arena, "prompt %d, temperature %g",
                            t->rows[i]->prompt, t->rows[i]->temperature);
    for (int i = 0; i < t->epoch_count; i++)
        t->column_names[i] =
            tb_arena_printf(t->arena, "epoch %d", t->epochs[i]);
    for (int i = 0; i < list->count; i++) {
        const tb_example *e = &list->examples[i];
        t->cells[i] = (tb_page_cell){find_row(t, e), find_epoch(t, e->epoch),
                                     e->sound,       e->picture,
                                     e->tag,         e->quotes,
                                     e->note};
    }
    for (int i = 0; i < t->row_count; i++)
        if (!t->row_names[i])
            return false;
    return t->epoch_count == 0 || t->column_names[t->epoch_count - 1];
}

static bool make_table(stage_table *t, const tb_example_list *list)
{
    size_t n = (size_t)list->count + 1;
    t->arena = tb_arena_new();
    return t->arena &&
           (t->rows = tb_arena_array(t->arena, n, sizeof *t->rows)) &&
           (t->epochs = tb_arena_array(t->arena, n, sizeof *t->epochs)) &&
           (t->row_names = tb_arena_array(t->arena, n, sizeof(char *))) &&
           (t->column_names = tb_arena_array(t->arena, n, sizeof(char *))) &&
           (t->cells = tb_arena_array(t->arena, n, sizeof *t->cells)) &&
           fill_table(t, list);
}

tb_status tb_run_page_write(const char *folder, const tb_example_list *examples,
                            const tb_page *page, tb_error *error)
{
    static const tb_example_list none;
    stage_table t = {0};
    tb_page_image images[CURVES];
    char *path = tb_path_join(folder, "index.html");
    tb_status status = TB_ERR_MEMORY;
    examples = examples ? examples : &none;
    if (path && make_table(&t, examples)) {
        const tb_page_grid grid = {.heading = "Examples",
                                   .rows = t.row_names,
                                   .row_count = t.row_count,
                                   .columns = t.column_names,
                                   .column_count = t.epoch_count,
                                   .cells = t.cells,
                                   .cell_count = examples->count,
                                   .show_last = true};
        tb_page whole = *page;
        whole.curves = images;
        whole.curve_count = make_curves(folder, images);
        whole.grids = &grid;
        whole.grid_count = examples->count > 0;
        status = tb_page_write(path, &whole, error);
    } else {
        tb_fail_memory(error);
    }
    tb_arena_free(t.arena);
    tb_free(path);
    return status;
}
