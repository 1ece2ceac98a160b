#include "train/sweep.h"

#include "base/amounts.h"
#include "base/arena.h"
#include "base/memory.h"
#include "base/paths.h"
#include "picture/page.h"
#include "run/example_list.h"
#include "run/log.h"
#include "run/run_folder.h"
#include "run/stage_list.h"
#include "run/standing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 64, MOST_FOLDERS = 9999 };

/* ---- values ---- */

tb_status tb_sweep_parse(tb_sweep *sweep, const char *text, tb_error *error)
{
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    *sweep = (tb_sweep){0};
    if (!equals || length == 0 || length >= sizeof sweep->name || !equals[1])
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' is not of the form setting=value,value...", text);
    memcpy(sweep->name, text, length);
    const char *between = strchr(equals, ':') ? ":" : ",";
    for (const char *at = equals + 1; *at;) {
        size_t n = strcspn(at, between);
        if (n == 0 || n >= sizeof sweep->values[0] ||
            sweep->count == TB_SWEEP_MAX)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "'%s' has an empty value, one that is too long, or "
                           "more than %d of them.",
                           text, TB_SWEEP_MAX);
        memcpy(sweep->values[sweep->count++], at, n);
        at += n + (at[n] != 0);
    }
    return TB_OK;
}

/* ---- folders ---- */

tb_status tb_sweep_create(tb_sweep *sweep, const char *folder, bool numbered,
                          tb_error *error)
{
    char name[4096];
    snprintf(name, sizeof name, "%s", folder);
    for (int n = 2; tb_exists(name); n++) {
        if (!numbered || n > MOST_FOLDERS)
            return tb_fail(error, TB_ERR_FILE,
                           "There is a file or folder '%s' already, which is "
                           "not overwritten. Name another one.",
                           name);
        snprintf(name, sizeof name, "%s-%d", folder, n);
    }
    sweep->folder = tb_path_join(NULL, name);
    return sweep->folder ? tb_make_folders(name, error) : tb_fail_memory(error);
}

void tb_sweep_clear(tb_sweep *sweep)
{
    tb_free(sweep->folder);
    sweep->folder = NULL;
}

static void run_name(const tb_sweep *sweep, int i, char *name, size_t size)
{
    snprintf(name, size, "%s=%s", sweep->name, sweep->values[i]);
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '_';
}

char *tb_sweep_run(const tb_sweep *sweep, int i)
{
    char name[256];
    run_name(sweep, i, name, sizeof name);
    return tb_path_join(sweep->folder, name);
}

/* ---- the page ---- */

typedef struct sweep_table {
    tb_arena *arena;
    const char *rows[MOST_ROWS], *columns[TB_SWEEP_MAX];
    int row_count, cell_count;
    tb_page_cell cells[MOST_ROWS * TB_SWEEP_MAX];
    tb_page_fact facts[TB_SWEEP_MAX];
    tb_page_link links[TB_SWEEP_MAX];
} sweep_table;

static int find_row(sweep_table *t, const tb_example *e)
{
    const char *name = tb_example_row(e, t->arena);
    for (int i = 0; name && i < t->row_count; i++)
        if (strcmp(t->rows[i], name) == 0)
            return i;
    if (!name || t->row_count == MOST_ROWS ||
        !(t->rows[t->row_count] = tb_arena_strdup(t->arena, name)))
        return -1;
    return t->row_count++;
}

/* A path in one of the runs as the page above them sees it. */
static const char *below(sweep_table *t, const char *run, const char *path)
{
    return path ? tb_arena_printf(t->arena, "%s/%s", run, path) : NULL;
}

/* The last examples of a run. */
static tb_status add_examples(sweep_table *t, int column, const char *folder,
                              const char *run, tb_error *error)
{
    tb_example_list list;
    int last = -1;
    tb_status status = tb_example_list_read(folder, &list, error);
    for (int i = 0; i < list.count; i++)
        if (list.examples[i].epoch > last)
            last = list.examples[i].epoch;
    for (int i = 0; i < list.count && !status; i++) {
        const tb_example *e = &list.examples[i];
        int row = e->epoch == last ? find_row(t, e) : -1;
        if (row >= 0)
            t->cells[t->cell_count++] =
                (tb_page_cell){row,
                               column,
                               below(t, run, e->sound),
                               below(t, run, e->picture),
                               tb_arena_strdup(t->arena, e->tag),
                               tb_arena_strdup(t->arena, e->quotes),
                               tb_arena_printf(t->arena, "epoch %d", e->epoch)};
    }
    tb_example_list_clear(&list);
    return status;
}

/* "has learned 41 %, in 12 epochs". */
static const char *result_text(sweep_table *t, const char *what, double epoch)
{
    int number = (int)ceil(epoch);
    return epoch < number
               ? tb_arena_printf(t->arena,
                                 "%s, in epoch %d, not all of it heard", what,
                                 number)
               : tb_arena_printf(t->arena, "%s, in %d %s", what, number,
                                 tb_plural(number, "epoch", "epochs"));
}

/* From the last line of the log that tells. */
static const char *result_of(sweep_table *t, const char *folder)
{
    tb_log_table log;
    const char *text = "";
    char *path = tb_run_log_file(folder);
    if (path && tb_log_read(path, &log, NULL) == TB_OK) {
        const double *epoch = tb_log_column(&log, "epoch");
        char what[160];
        int64_t row;
        if (epoch && tb_log_standing(&log, what, sizeof what, &row))
            text = result_text(t, what, epoch[row]);
        tb_log_table_clear(&log);
    }
    tb_free(path);
    return text;
}

/* With what its last examples were judged to be. */
static const char *judged_result(sweep_table *t, const char *folder)
{
    char words[TB_STAGE_WORDS];
    const char *text = result_of(t, folder);
    tb_stage_list list = {0};
    const tb_stage *last = tb_stage_list_read(folder, &list, NULL) == TB_OK
                               ? tb_stage_list_last(&list)
                               : NULL;
    if (last) {
        tb_stage_words(last, words, sizeof words);
        text = tb_arena_printf(t->arena, "%s%s%s", text ? text : "",
                               text && *text ? "; " : "", words);
    }
    tb_stage_list_clear(&list);
    return text;
}

static tb_status add_run(sweep_table *t, const tb_sweep *sweep, int i,
                         tb_error *error)
{
    char name[256];
    char *folder = tb_sweep_run(sweep, i);
    run_name(sweep, i, name, sizeof name);
    t->columns[i] = tb_arena_strdup(t->arena, name);
    tb_status status = folder && t->columns[i]
                           ? add_examples(t, i, folder, name, error)
                           : tb_fail_memory(error);
    if (!status) {
        t->facts[i] = (tb_page_fact){t->columns[i], judged_result(t, folder)};
        t->links[i] =
            (tb_page_link){below(t, name, "index.html"), t->columns[i]};
        if (!t->links[i].path)
            status = tb_fail_memory(error);
    }
    tb_free(folder);
    return status;
}

static tb_status write_page(const tb_sweep *sweep, const sweep_table *t,
                            int done, tb_error *error)
{
    char *path = tb_path_join(sweep->folder, "index.html");
    char *title = tb_path_stem(sweep->folder);
    const tb_page_grid grid = {.heading = "Last examples",
                               .rows = t->rows,
                               .row_count = t->row_count,
                               .columns = t->columns,
                               .column_count = done,
                               .cells = t->cells,
                               .cell_count = t->cell_count};
    const tb_page page = {.title = title,
                          .subtitle = sweep->name,
                          .facts = t->facts,
                          .fact_count = done,
                          .links = t->links,
                          .link_count = done,
                          .grids = &grid,
                          .grid_count = t->cell_count > 0};
    tb_status status = path && title ? tb_page_write(path, &page, error)
                                     : tb_fail_memory(error);
    tb_free(path);
    tb_free(title);
    return status;
}

tb_status tb_sweep_write_page(const tb_sweep *sweep, int done, tb_error *error)
{
    sweep_table *t = tb_alloc(sizeof *t);
    if (!t || !(t->arena = tb_arena_new())) {
        tb_free(t);
        return tb_fail_memory(error);
    }
    tb_status status = TB_OK;
    for (int i = 0; i < done && !status; i++)
        status = add_run(t, sweep, i, error);
    if (!status)
        status = write_page(sweep, t, done, error);
    tb_arena_free(t->arena);
    tb_free(t);
    return status;
}
