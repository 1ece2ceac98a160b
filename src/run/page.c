#include "run/page.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/paths.h"
#include "picture/picture.h"
#include "run/log.h"
#include "run/middle.h"
#include "run/page_links.h"
#include "run/run_folder.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* ---- curves ---- */

enum { MOST_POINTS = 1 << 20 };

/* Legible where two of them stand beside the page's title. */
static const tb_picture_size curve_size = {.width = 420, .height = 200};

/* What a curve reads from the log; the values live in the arena. */
typedef struct curve_source {
    const tb_log_table *table;
    int count; /* of values in a column */
    double scale;
    tb_arena *arena;
} curve_source;

/* The values [count] of a column; null where there is no such column. */
static const double *read_column(const curve_source *s, const char *name)
{
    const double *column = tb_log_column(s->table, name);
    double *values =
        column ? tb_arena_array(s->arena, (size_t)s->count, sizeof *values)
               : NULL;
    for (int i = 0; values && i < s->count; i++)
        values[i] = column[i] * s->scale;
    return values;
}

/* NaN where there is none. */
static double last_number(const double *values, int count)
{
    while (values && count > 0 && !isfinite(values[count - 1]))
        count--;
    return values && count > 0 ? values[count - 1] : NAN;
}

/* A line of which nothing was measured is kept, so that the others have the
   same colour in every run. Returns whether there is anything to see. */
static bool fill_lines(const curve_source *s, const tb_run_curve *curve,
                       tb_picture_line lines[TB_RUN_MOST_LINES], int *count)
{
    bool measured = false;
    for (int i = 0; i < curve->line_count; i++) {
        const double *values = read_column(s, curve->lines[i].column);
        if (values)
            lines[(*count)++] = (tb_picture_line){curve->lines[i].name, values};
        measured = measured || isfinite(last_number(values, s->count));
    }
    return measured;
}

static void fill_levels(const curve_source *s, const tb_run_curve *curve,
                        tb_picture_level levels[TB_RUN_MOST_LINES])
{
    for (int i = 0; i < curve->level_count; i++)
        levels[i] = (tb_picture_level){
            curve->levels[i].name,
            last_number(read_column(s, curve->levels[i].column), s->count)};
}

/* Whether there was something to draw, and it is drawn. */
static bool draw_curve(const char *path, const tb_run_curve *curve,
                       const curve_source *s)
{
    tb_picture_line lines[TB_RUN_MOST_LINES];
    tb_picture_level levels[TB_RUN_MOST_LINES];
    tb_picture_chart chart = {.title = curve->title,
                              .hint = curve->hint,
                              .epochs = tb_log_column(s->table, "epoch"),
                              .count = s->count,
                              .lines = lines,
                              .levels = levels,
                              .level_count = curve->level_count,
                              .low = curve->low,
                              .high = curve->high,
                              .size = curve_size};
    assert(curve->line_count <= TB_RUN_MOST_LINES &&
           curve->level_count <= TB_RUN_MOST_LINES);
    bool measured = fill_lines(s, curve, lines, &chart.line_count);
    fill_levels(s, curve, levels);
    return chart.epochs && measured &&
           tb_picture_write_chart(path, &chart, NULL) == TB_OK;
}

static bool make_curve(const char *folder, const tb_run_curve *curve,
                       const tb_log_table *t, tb_arena *arena,
                       tb_page_image *image)
{
    const curve_source source = {
        t, (int)(t->rows < MOST_POINTS ? t->rows : MOST_POINTS),
        curve->scale != 0 ? curve->scale : 1, arena};
    const char *name = tb_arena_printf(arena, "%s.png", curve->file);
    char *path = NULL;
    *image = (tb_page_image){
        tb_arena_printf(arena, "pictures/%s.png", curve->file),
        tb_arena_printf(arena, "%s, over the epochs", curve->title)};
    bool drawn = name && image->path && image->text &&
                 tb_run_picture(folder, name, &path, NULL) == TB_OK &&
                 draw_curve(path, curve, &source);
    tb_free(path);
    return drawn;
}

/* Curves are a help: without them the page is still a page. */
static int make_curves(const char *folder, const tb_run_curve *curves, int n,
                       tb_arena *arena,
                       tb_page_image images[TB_RUN_MOST_CURVES])
{
    char *log = tb_run_log_file(folder);
    tb_log_table table = {0};
    int count = 0;
    assert(n <= TB_RUN_MOST_CURVES);
    if (log && tb_picture_possible(NULL) == TB_OK &&
        tb_log_read(log, &table, NULL) == TB_OK)
        for (int i = 0; i < n; i++)
            count +=
                make_curve(folder, &curves[i], &table, arena, &images[count]);
    tb_log_table_clear(&table);
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
    const char **row_names, **column_names, **column_notes;
    bool clips;
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

static const char *name_column(stage_table *t, int epoch)
{
    if (epoch == 0)
        return t->clips ? "original" : "nearest neighbour";
    return tb_arena_printf(t->arena, "epoch %d", epoch);
}

static const char *note_remade(stage_table *t, const tb_remade *remade)
{
    char words[TB_REMADE_WORDS];
    tb_remade_words(remade, words);
    return words[0] ? tb_arena_strdup(t->arena, words) : NULL;
}

/* "score 0.72, 3 % quoted; among the most varied"; null: not judged. */
static const char *note_column(stage_table *t, const tb_stage_list *stages,
                               tb_middle middle, int epoch)
{
    char words[TB_STAGE_WORDS];
    const tb_stage *stage = tb_stage_list_find(stages, epoch);
    bool varied = epoch >= middle.first && epoch <= middle.last && epoch > 0;
    if (!stage)
        return NULL;
    tb_stage_words(stage, words, sizeof words);
    return tb_arena_printf(t->arena, "%s%s", words,
                           varied ? "; among the most varied" : "");
}

static void fill_notes(stage_table *t, const char *folder)
{
    char why[TB_MIDDLE_TEXT];
    tb_stage_list stages;
    if (tb_stage_list_read(folder, &stages, NULL) == TB_OK) {
        tb_middle middle = tb_find_middle(&stages, why, sizeof why);
        for (int i = 0; i < t->epoch_count; i++)
            t->column_notes[i] = note_column(t, &stages, middle, t->epochs[i]);
    }
    tb_stage_list_clear(&stages);
}

/* What was made of all clips of an epoch. */
static void fill_remade(stage_table *t, const tb_example_list *list)
{
    tb_remade remade;
    for (int i = 0; i < t->epoch_count; i++)
        if (tb_example_list_remade(list, t->epochs[i], &remade))
            t->column_notes[i] = note_remade(t, &remade);
}

static bool fill_table(stage_table *t, const tb_example_list *list)
{
    collect(t, list);
    t->clips = list->count > 0 && list->examples[0].clip;
    for (int i = 0; i < t->row_count; i++)
        t->row_names[i] = tb_example_row(t->rows[i], t->arena);
    for (int i = 0; i < t->epoch_count; i++)
        t->column_names[i] = name_column(t, t->epochs[i]);
    for (int i = 0; i < list->count; i++) {
        const tb_example *e = &list->examples[i];
        const char *note = e->remade ? note_remade(t, e->remade) : e->note;
        t->cells[i] = (tb_page_cell){find_row(t, e),
                                     find_epoch(t, e->epoch),
                                     e->sound,
                                     e->picture,
                                     e->tag,
                                     e->quotes,
                                     note};
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
           (t->column_notes = tb_arena_array(t->arena, n, sizeof(char *))) &&
           (t->cells = tb_arena_array(t->arena, n, sizeof *t->cells)) &&
           fill_table(t, list);
}

tb_status tb_run_page_write(const char *folder, const tb_example_list *examples,
                            const tb_run_curve *curves, int curve_count,
                            const tb_page *page, tb_error *error)
{
    static const tb_example_list none;
    stage_table t = {0};
    tb_page_image images[TB_RUN_MOST_CURVES];
    char *path = tb_path_join(folder, "index.html");
    tb_status status = TB_ERR_MEMORY;
    examples = examples ? examples : &none;
    if (path && make_table(&t, examples)) {
        fill_notes(&t, folder);
        fill_remade(&t, examples);
        const tb_page_grid grid = {.heading = "Examples",
                                   .rows = t.row_names,
                                   .row_count = t.row_count,
                                   .columns = t.column_names,
                                   .column_notes = t.column_notes,
                                   .column_count = t.epoch_count,
                                   .cells = t.cells,
                                   .cell_count = examples->count,
                                   .show_last = true,
                                   .keep_first =
                                       t.epoch_count > 0 && t.epochs[0] == 0};
        tb_page whole = *page;
        status = tb_run_page_links(folder, t.arena, &whole.links,
                                   &whole.link_count, error);
        whole.curves = images;
        whole.curve_count =
            make_curves(folder, curves, curve_count, t.arena, images);
        whole.grids = &grid;
        whole.grid_count = examples->count > 0;
        if (!status)
            status = tb_page_write(path, &whole, error);
        if (!status)
            status = tb_run_page_link_above(folder, error);
    } else {
        tb_fail_memory(error);
    }
    tb_arena_free(t.arena);
    tb_free(path);
    return status;
}
