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
    int fd, count;
    int64_t size; /* of the file: where the next line starts */
    char *path;
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

static char *make_header(const char *const *columns, int count)
{
    size_t length = 1;
    for (int i = 0; i < count; i++)
        length += strlen(columns[i]) + 1;
    char *header = tb_alloc(length);
    for (int i = 0; header && i < count; i++) {
        strcat(header, columns[i]);
        strcat(header, i + 1 < count ? "," : "\n");
    }
    return header;
}

/* The bytes of the whole lines up to step `last`; 0 without a whole header, -1
   when the header is another. */
static int64_t good_bytes(const char *text, size_t size, const char *header,
                          int count, int64_t last)
{
    size_t length = strlen(header), known = size < length ? size : length;
    double values[MOST_COLUMNS];
    if (memcmp(text, header, known) != 0)
        return -1;
    if (size < length)
        return 0;
    const char *at = text + length, *end = text + size, *line_end;
    while (at < end && (line_end = end_of_line(at, end))) {
        if (!read_line(at, line_end, count, values) || values[0] > (double)last)
            break;
        at = line_end + 1;
    }
    return at - text;
}

static tb_status keep_good(tb_log *log, const char *header, int64_t last,
                           tb_error *error)
{
    void *text = NULL;
    size_t size = 0;
    tb_status status = tb_read_file(log->path, MOST_BYTES, &text, &size, error);
    if (status)
        return status;
    log->size = good_bytes(text, size, header, log->count, last);
    tb_free(text);
    if (log->size < 0)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' has other columns than this program writes. Move "
                       "it away to go on with a new one.",
                       log->path);
    if (ftruncate(log->fd, (off_t)log->size) != 0)
        return tb_fail_file(error, "write", log->path, errno);
    if (log->size > 0)
        return TB_OK;
    return write_all(log, header, strlen(header), error);
}

static tb_status open_log(tb_log *log, const char *path,
                          const char *const *columns, int64_t last,
                          tb_error *error)
{
    char *header = make_header(columns, log->count);
    log->path = tb_path_join(NULL, path);
    log->fd = -1;
    tb_status status = TB_OK;
    if (!header || !log->path) {
        status = tb_fail_memory(error);
        goto done;
    }
    log->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (log->fd < 0)
        status = tb_fail_file(error, "write", path, errno);
    else
        status = keep_good(log, header, last, error);
done:
    tb_free(header);
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
    log->count = count;
    if (open_log(log, path, columns, last, error)) {
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
    for (int i = 1; i < log->count; i++) {
        line[used++] = ',';
        write_number(values[i], line + used);
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

static tb_status read_names(const char *at, const char *end,
                            tb_log_table *table, tb_error *error)
{
    table->names = tb_alloc_array(MOST_COLUMNS, sizeof *table->names);
    if (!table->names)
        return tb_fail_memory(error);
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
