/* The page of bench/sound: for each material a grid, for each instrument a row,
   above them recordings to compare with. */
#include "bench_sound.h"

#include "audio/load.h"
#include "base/amounts.h"
#include "base/arena.h"
#include "base/memory.h"
#include "base/paths.h"
#include "picture/page.h"
#include "picture/picture.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what was judged ---- */

static tb_status read_sound(const tb_json *line, bench_judged *j,
                            tb_error *error)
{
    const char *path, *tag;
    bench_judged_sound *s = &j->sound[j->count];
    tb_status status = tb_json_text(line, "path", &path, error);
    if (!status)
        status = tb_json_text(line, "tag", &tag, error);
    if (!status)
        status = tb_json_number(line, "quoted", &s->quoted, error);
    if (status || j->count == BENCH_MOST_SOUNDS)
        return status;
    snprintf(s->name, sizeof s->name, "%s", tb_path_base(path));
    snprintf(s->tag, sizeof s->tag, "%s", tag);
    j->count++;
    return TB_OK;
}

static tb_status read_line(const char *at, size_t size, bench_judged *j,
                           tb_error *error)
{
    tb_json *line;
    const char *event;
    tb_status status = tb_json_parse(at, size, "judge.jsonl", &line, error);
    if (status)
        return status;
    status = tb_json_text(line, "event", &event, error);
    if (!status && strcmp(event, "sound") == 0)
        status = read_sound(line, j, error);
    if (!status && strcmp(event, "score") == 0 && !j->line) {
        j->score = j->line = line;
        return TB_OK;
    }
    tb_json_free(line);
    return status;
}

tb_status bench_judged_read(const char *cell, bench_judged *j, tb_error *error)
{
    void *text = NULL;
    char path[4200];
    *j = (bench_judged){0};
    snprintf(path, sizeof path, "%s/judge.jsonl", cell);
    tb_status status = tb_read_file(path, 1 << 24, &text, NULL, error);
    char *at = text, *end;
    for (; !status && at && (end = strchr(at, '\n')); at = end + 1)
        if (end > at)
            status = read_line(at, (size_t)(end - at), j, error);
    tb_free(text);
    if (status)
        bench_judged_clear(j);
    return status;
}

void bench_judged_clear(bench_judged *j)
{
    tb_json_free(j->line);
    *j = (bench_judged){0};
}

/* ---- the grid of a material ---- */

enum { MOST_ROWS = 24, MOST_MATERIALS = 8, MOST_NAMES = 64 };

typedef struct sound_table {
    tb_arena *arena;
    const char *folder, *material;
    const char *row[MOST_ROWS], *column[BENCH_MOST_SOUNDS];
    int rows, columns;
    tb_page_cell cell[MOST_ROWS * BENCH_MOST_SOUNDS];
    int cells;
} sound_table;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The folders in a folder, in the order of their names. */
static int folders_in(const char *folder, tb_arena *arena,
                      const char *names[MOST_NAMES])
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int n = 0;
    while (dir && n < MOST_NAMES && (entry = readdir(dir))) {
        const char *path =
            tb_arena_printf(arena, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && path && tb_is_folder(path))
            names[n++] = tb_arena_strdup(arena, entry->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(names, (size_t)n, sizeof *names, by_name);
    return n;
}

/* "; 0.4 bits behind the predictor" or "the last frame", by cell.json; "" where
   nothing was measured. */
static const char *likelihood(sound_table *t, const char *cell)
{
    void *text = NULL;
    size_t bytes = 0;
    tb_json *json = NULL;
    double ahead;
    const char *metric, *words = "";
    char *path = tb_path_join(cell, "cell.json");
    if (path && tb_read_file(path, 1 << 20, &text, &bytes, NULL) == TB_OK &&
        tb_json_parse(text, bytes, path, &json, NULL) == TB_OK &&
        tb_json_number(json, "ahead", &ahead, NULL) == TB_OK &&
        tb_json_text(json, "metric", &metric, NULL) == TB_OK)
        words = tb_arena_printf(t->arena, "; %.1f %s %s %s", fabs(ahead),
                                metric, ahead < 0 ? "behind" : "ahead of",
                                strcmp(metric, "bits") == 0 ? "the predictor"
                                                            : "the last frame");
    tb_json_free(json);
    tb_free(text);
    tb_free(path);
    return words;
}

/* "samplernn: score 0.62, 12 % quoted"; recordings have no score. */
static const char *name_row(sound_table *t, const char *name, const char *cell,
                            const bench_judged *j)
{
    double score = NAN, quoted = NAN;
    bool copy = false;
    if (!j->score)
        return name;
    const char *bits = likelihood(t, cell);
    tb_json_flag(j->score, "copy", &copy, NULL);
    tb_json_number(j->score, "quoted", &quoted, NULL);
    if (copy)
        return tb_arena_printf(t->arena, "%s: a copy, %.0f %% quoted%s", name,
                               100 * quoted, bits);
    if (tb_json_number(j->score, "score", &score, NULL) || isnan(score))
        return tb_arena_printf(t->arena, "%s: no score%s", name, bits);
    return tb_arena_printf(t->arena, "%s: score %.2f, %.0f %% quoted%s", name,
                           score, 100 * quoted, bits);
}

static const char *draw(sound_table *t, const char *sound)
{
    tb_audio audio;
    const char *picture = tb_arena_printf(t->arena, "%s.png", sound);
    char *path = tb_path_join(t->folder, picture ? picture : "");
    char *from = tb_path_join(t->folder, sound);
    bool drawn = false;
    if (path && tb_exists(path))
        drawn = true;
    else if (picture && path && from &&
             tb_load_audio(from, 0, 1, 0, 0, &audio, NULL) == TB_OK) {
        const tb_picture_sound s = {.mono = audio.data,
                                    .frames = audio.frames,
                                    .sample_rate = audio.sample_rate};
        drawn = tb_picture_write_sound(path, &s, NULL) == TB_OK;
        tb_audio_clear(&audio);
    }
    tb_free(path);
    tb_free(from);
    return drawn ? picture : NULL;
}

static void add_cell(sound_table *t, const char *row, int number,
                     const bench_judged *j)
{
    char name[32];
    snprintf(name, sizeof name, "%d.wav", number + 1);
    const char *sound =
        tb_arena_printf(t->arena, "%s/%s/%s", t->material, row, name);
    char *path = sound ? tb_path_join(t->folder, sound) : NULL;
    if (path && tb_exists(path)) {
        tb_page_cell *c = &t->cell[t->cells++];
        *c = (tb_page_cell){.row = t->rows,
                            .column = number,
                            .sound = sound,
                            .picture = draw(t, sound)};
        for (int i = 0; i < j->count; i++)
            if (strcmp(j->sound[i].name, name) == 0) {
                c->tag = tb_arena_strdup(t->arena, j->sound[i].tag);
                c->quotes = j->sound[i].quoted > 0
                                ? tb_arena_printf(t->arena, "%.0f %% quoted",
                                                  100 * j->sound[i].quoted)
                                : NULL;
            }
    }
    tb_free(path);
}

static void add_row(sound_table *t, const char *name)
{
    bench_judged judged;
    char *cell = tb_path_join(
        t->folder, tb_arena_printf(t->arena, "%s/%s", t->material, name));
    int before = t->cells;
    if (!cell || bench_judged_read(cell, &judged, NULL))
        judged = (bench_judged){0};
    for (int i = 0; t->rows < MOST_ROWS && i < BENCH_MOST_SOUNDS; i++)
        add_cell(t, name, i, &judged);
    if (t->cells > before)
        t->row[t->rows++] = name_row(t, name, cell ? cell : "", &judged);
    bench_judged_clear(&judged);
    tb_free(cell);
}

/* Recordings stand on top. */
static void fill_table(sound_table *t)
{
    static const char *const real[] = {"recordings", "held-out"};
    const char *names[MOST_NAMES];
    char *path = tb_path_join(t->folder, t->material);
    int n = path ? folders_in(path, t->arena, names) : 0;
    for (int i = 0; i < 2; i++)
        add_row(t, real[i]);
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], real[0]) != 0 && strcmp(names[i], real[1]) != 0)
            add_row(t, names[i]);
    for (int i = 0; i < t->cells; i++)
        if (t->cell[i].column >= t->columns)
            t->columns = t->cell[i].column + 1;
    for (int i = 0; i < t->columns; i++)
        t->column[i] = tb_arena_printf(t->arena, "%d", i + 1);
    tb_free(path);
}

/* ---- the page ---- */

static tb_status write_page(const char *folder, const char *minutes,
                            const char *threads, tb_arena *arena,
                            sound_table *tables, tb_error *error)
{
    const char *names[MOST_NAMES];
    tb_page_grid grid[MOST_MATERIALS] = {{0}};
    int n = folders_in(folder, arena, names), grids = 0;
    for (int i = 0; i < n && grids < MOST_MATERIALS; i++) {
        sound_table *t = &tables[grids];
        *t = (sound_table){
            .arena = arena, .folder = folder, .material = names[i]};
        fill_table(t);
        if (t->cells > 0)
            grid[grids++] = (tb_page_grid){.heading = t->material,
                                           .rows = t->row,
                                           .row_count = t->rows,
                                           .columns = t->column,
                                           .column_count = t->columns,
                                           .cells = t->cell,
                                           .cell_count = t->cells};
    }
    const tb_page_fact facts[] = {
        {"Training",
         tb_arena_printf(arena, "%s minutes, %s %s", minutes, threads,
                         tb_plural(atoi(threads), "thread", "threads"))},
        {"Score", "0: real excerpts, 1: noise of their colour"},
        {"Sounds",
         "1 to 4 go on from the first prompt, 5 to 8 from the second"}};
    const tb_page page = {.title = "What the instruments sound like",
                          .subtitle = "each with its standard settings",
                          .facts = facts,
                          .fact_count = sizeof facts / sizeof *facts,
                          .grids = grid,
                          .grid_count = grids};
    char *path = tb_path_join(folder, "index.html");
    tb_status status = path && facts[0].value
                           ? tb_page_write(path, &page, error)
                           : tb_fail_memory(error);
    tb_free(path);
    return status;
}

tb_status bench_sound_page(const char *folder, const char *minutes,
                           const char *threads, tb_error *error)
{
    tb_arena *arena = tb_arena_new();
    sound_table *tables = tb_alloc_array(MOST_MATERIALS, sizeof *tables);
    tb_status status = arena && tables ? write_page(folder, minutes, threads,
                                                    arena, tables, error)
                                       : tb_fail_memory(error);
    tb_free(tables);
    tb_arena_free(arena);
    return status;
}
