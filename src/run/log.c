#include "run/log.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/setting_value.h"
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_COLUMNS = 64, MOST_DIGITS = 32 };
static const size_t MOST_BYTES = (size_t)1 << 30;

struct tb_log {
    int fd;
    int64_t size; /* of the file: where the next line starts */
    char *path;
    int columns;              /* of the file */
    int source[MOST_COLUMNS]; /* the value that stands in each; -1: none */
};

/* ---- reading lines ---- */

/* The number in a place that ends with a comma or the line; NaN when it is
   empty. False when it is neither. */
static bool read_place(const char **at, const char *end, double *value)
{
    *value = NAN;
    const char *stop = *at;
    if (*at < end && **at != ',' && !tb_number_parse(*at, &stop, value))
        return false;
    if (stop > end || (stop < end && *stop != ','))
        return false;
    *at = stop + (stop < end);
    return true;
}

/* Reads the `count` numbers of the line that ends before `end`. */
static bool read_line(const char *at, const char *end, int count,
                      double *values)
{
    int commas = 0;
    for (const char *c = at; c < end; c++)
        commas += *c == ',';
    if (commas != count - 1)
        return false;
    for (int i = 0; i < count; i++)
        if (!read_place(&at, end, &values[i]))
            return false;
    return !isnan(values[0]);
}

static const char *end_of_line(const char *at, const char *end)
{
    return memchr(at, '\n', (size_t)(end - at));
}

/* ---- writing ---- */

static tb_status write_all(tb_log *log, const char *text, size_t bytes,
                           tb_error *error)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pwrite(log->fd, text + done, bytes - done,
                           (off_t)log->size + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int code = n < 0 ? errno : ENOSPC;
            if (ftruncate(log->fd, (off_t)log->size) != 0)
                code = errno;
            return tb_fail_file(error, "write", log->path, code);
        }
        done += (size_t)n;
    }
    log->size += (int64_t)bytes;
    return TB_OK;
}

/* ---- names of columns ---- */

static tb_status make_names(tb_log_table *table, tb_error *error)
{
    table->names = tb_alloc_array(MOST_COLUMNS, sizeof *table->names);
    return table->names ? TB_OK : tb_fail_memory(error);
}

static tb_status read_names(const char *at, const char *end,
                            tb_log_table *table, tb_error *error)
{
    if (make_names(table, error))
        return TB_ERR_MEMORY;
    while (at <= end && table->columns < MOST_COLUMNS) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        char *name = tb_alloc((size_t)(stop - at) + 1);
        if (!name)
            return tb_fail_memory(error);
        memcpy(name, at, (size_t)(stop - at));
        table->names[table->columns++] = name;
        at = stop + 1;
    }
    return TB_OK;
}

/* The place of a name among `count`, or -1. */
static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static tb_status add_name(tb_log_table *table, const char *name,
                          tb_error *error)
{
    if (table->columns == MOST_COLUMNS)
        return tb_fail(error, TB_ERR_FORMAT,
                       "A log has at most %d columns: there is no place for "
                       "'%s'.",
                       MOST_COLUMNS, name);
    char *copy = tb_path_join(NULL, name);
    if (!copy)
        return tb_fail_memory(error);
    table->names[table->columns++] = copy;
    return TB_OK;
}

/* ---- what is there already ---- */

/* A log's file as it was found, and what it becomes. */
typedef struct tb_log_found {
    char *text;
    size_t size;
    tb_log_table head; /* names of the columns */
    int known;         /* of these, so many were there */
    size_t first;      /* byte where its lines begin; 0: it has no whole head */
    size_t good;       /* and where the last good one ends */
} tb_log_found;

static tb_status refuse(const char *path, tb_error *error)
{
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' has other columns than this program writes. Move it "
                   "away to go on with a new one.",
                   path);
}

/* A file whose first line is not whole was killed as it began, if what is there
   begins as a log does. */
static tb_status read_head(tb_log_found *f, const char *path, const char *first,
                           tb_error *error)
{
    const char *end = end_of_line(f->text, f->text + f->size);
    size_t length = strlen(first);
    if (!end)
        return memcmp(f->text, first, f->size < length ? f->size : length) == 0
                   ? TB_OK
                   : refuse(path, error);
    tb_status status = read_names(f->text, end, &f->head, error);
    if (!status && strcmp(f->head.names[0], first) != 0)
        status = refuse(path, error);
    f->first = (size_t)(end - f->text) + 1;
    return status;
}

/* The whole lines up to step `last`. */
static void find_good(tb_log_found *f, int64_t last)
{
    double values[MOST_COLUMNS];
    const char *at = f->text + f->first, *end = f->text + f->size, *line_end;
    while (at < end && (line_end = end_of_line(at, end)) &&
           read_line(at, line_end, f->head.columns, values) &&
           values[0] <= (double)last)
        at = line_end + 1;
    f->good = (size_t)(at - f->text);
}

/* Columns that the file has not come after those that it has. */
static tb_status find(tb_log_found *f, const char *path,
                      const char *const *columns, int count, int64_t last,
                      tb_error *error)
{
    void *text = NULL;
    tb_status status = TB_OK;
    if (tb_exists(path))
        status = tb_read_file(path, MOST_BYTES, &text, &f->size, error);
    f->text = text;
    if (!status && text)
        status = read_head(f, path, columns[0], error);
    if (!status && f->first > 0)
        find_good(f, last);
    if (!status && f->first == 0)
        status = make_names(&f->head, error);
    f->known = f->head.columns;
    for (int i = 0; i < count && !status; i++)
        if (find_name((const char *const *)f->head.names, f->head.columns,
                      columns[i]) < 0)
            status = add_name(&f->head, columns[i], error);
    return status;
}

static void write_grown(const tb_log_found *f, FILE *out)
{
    int added = f->head.columns - f->known;
    for (int i = 0; i < f->head.columns; i++)
        fprintf(out, "%s%s", i ? "," : "", f->head.names[i]);
    fputc('\n', out);
    for (size_t at = f->first; at < f->good; at++) {
        for (int i = 0; i < added && f->text[at] == '\n'; i++)
            fputc(',', out);
        fputc(f->text[at], out);
    }
}

/* A log that grows, or begins, is written anew. */
static tb_status write_found(const tb_log_found *f, const char *path,
                             tb_error *error)
{
    if (f->head.columns == f->known)
        return truncate(path, (off_t)f->good) == 0
                   ? TB_OK
                   : tb_fail_file(error, "write", path, errno);
    tb_file *file = tb_file_begin(path, error);
    if (!file)
        return error ? error->status : TB_ERR_FILE;
    write_grown(f, tb_file_stream(file));
    return tb_file_commit(file, error);
}

static tb_status open_end(tb_log *log, tb_error *error)
{
    log->fd = open(log->path, O_RDWR | O_CLOEXEC);
    off_t end = log->fd < 0 ? -1 : lseek(log->fd, 0, SEEK_END);
    if (end < 0)
        return tb_fail_file(error, "write", log->path, errno);
    log->size = (int64_t)end;
    return TB_OK;
}

static tb_status open_log(tb_log *log, const char *path,
                          const char *const *columns, int count, int64_t last,
                          tb_error *error)
{
    tb_log_found found = {0};
    log->fd = -1;
    log->path = tb_path_join(NULL, path);
    tb_status status = log->path ? TB_OK : tb_fail_memory(error);
    if (!status)
        status = find(&found, path, columns, count, last, error);
    if (!status)
        status = write_found(&found, path, error);
    log->columns = found.head.columns;
    for (int i = 0; i < log->columns; i++)
        log->source[i] = find_name(columns, count, found.head.names[i]);
    if (!status)
        status = open_end(log, error);
    tb_log_table_clear(&found.head);
    tb_free(found.text);
    return status;
}

tb_log *tb_log_open(const char *path, const char *const *columns, int count,
                    int64_t last, tb_error *error)
{
    if (count < 1 || count > MOST_COLUMNS) {
        tb_fail(error, TB_ERR_ARGUMENT, "A log has 1 to %d columns, not %d.",
                MOST_COLUMNS, count);
        return NULL;
    }
    tb_log *log = tb_alloc(sizeof *log);
    if (!log) {
        tb_fail_memory(error);
        return NULL;
    }
    if (open_log(log, path, columns, count, last, error)) {
        tb_log_close(log);
        return NULL;
    }
    return log;
}

/* With a decimal point, whatever the locale. */
static void write_number(double value, char text[MOST_DIGITS])
{
    text[0] = 0;
    if (!isfinite(value))
        return;
    snprintf(text, MOST_DIGITS, "%.9g", value);
    char *sign = strchr(text, localeconv()->decimal_point[0]);
    if (sign)
        *sign = '.';
}

tb_status tb_log_add(tb_log *log, const double *values, tb_error *error)
{
    char line[(MOST_COLUMNS + 1) * MOST_DIGITS];
    size_t used =
        (size_t)snprintf(line, sizeof line, "%lld", (long long)values[0]);
    for (int i = 1; i < log->columns; i++) {
        line[used++] = ',';
        write_number(log->source[i] < 0 ? NAN : values[log->source[i]],
                     line + used);
        used += strlen(line + used);
    }
    line[used++] = '\n';
    return write_all(log, line, used, error);
}

void tb_log_close(tb_log *log)
{
    if (!log)
        return;
    if (log->fd >= 0)
        close(log->fd);
    tb_free(log->path);
    tb_free(log);
}

/* ---- as a table ---- */

/* Lines from `at` on: counts them, or stores them too when `values` is given,
   with room for `rows`. */
static int64_t read_rows(const char *at, const char *end, int columns,
                         double *values, int64_t rows)
{
    double line[MOST_COLUMNS];
    const char *line_end;
    int64_t n = 0;
    while (at < end && (line_end = end_of_line(at, end)) &&
           read_line(at, line_end, columns, line)) {
        for (int i = 0; values && i < columns; i++)
            values[i * rows + n] = line[i];
        n++;
        at = line_end + 1;
    }
    return n;
}

static tb_status read_table(const char *text, size_t size, const char *path,
                            tb_log_table *table, tb_error *error)
{
    const char *end = text + size, *line_end = end_of_line(text, end);
    if (!line_end)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is no log: its first line names no columns.",
                       path);
    tb_status status = read_names(text, line_end, table, error);
    if (status)
        return status;
    const char *rows = line_end + 1;
    table->rows = read_rows(rows, end, table->columns, NULL, 0);
    table->values = tb_alloc_array((size_t)table->columns * (size_t)table->rows,
                                   sizeof *table->values);
    if (!table->values)
        return tb_fail_memory(error);
    read_rows(rows, end, table->columns, table->values, table->rows);
    return TB_OK;
}

tb_status tb_log_read(const char *path, tb_log_table *table, tb_error *error)
{
    void *text = NULL;
    size_t size = 0;
    *table = (tb_log_table){0};
    tb_status status = tb_read_file(path, MOST_BYTES, &text, &size, error);
    if (status == TB_OK)
        status = read_table(text, size, path, table, error);
    tb_free(text);
    if (status)
        tb_log_table_clear(table);
    return status;
}

void tb_log_table_clear(tb_log_table *table)
{
    for (int i = 0; i < table->columns; i++)
        tb_free(table->names[i]);
    tb_free(table->names);
    tb_free(table->values);
    *table = (tb_log_table){0};
}

const double *tb_log_column(const tb_log_table *table, const char *name)
{
    for (int i = 0; i < table->columns; i++)
        if (strcmp(table->names[i], name) == 0)
            return table->values + i * table->rows;
    return NULL;
}
