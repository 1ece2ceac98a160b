/* What a training in a test's folder is asked for, and what it leaves. */
#ifndef TB_TEST_TRAIN_TRAINED_H
#define TB_TEST_TRAIN_TRAINED_H

#include "base/safetensors.h"
#include "run/log.h"
#include "sounds.h"
#include "train/job.h"

#include <stdbool.h>

static inline void set(tb_job *job, const char *key, const char *value)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_error error;
    tb_job_parts(job, parts);
    if (tb_settings_set(parts, TB_JOB_PARTS, key, value, &error)) {
        fprintf(stderr, "# %s\n", error.text);
        abort();
    }
}

static inline char *text_of(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 22);
    *bytes = file ? fread(text, 1, (1 << 22) - 1, file) : 0;
    if (file)
        fclose(file);
    return text;
}

static inline bool is_in(const char *path, const char *what)
{
    size_t bytes;
    char *text = text_of(path, &bytes);
    bool found = strstr(text, what) != NULL;
    free(text);
    return found;
}

static inline const char *in_run(const char *folder, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return in_folder(path);
}

static inline bool same_files(const char *a, const char *b)
{
    size_t n, m;
    char *x = text_of(a, &n), *y = text_of(b, &m);
    bool same = n > 0 && n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

static inline bool has_column(const char *folder, const char *name)
{
    tb_log_table table;
    if (tb_log_read(in_run(folder, "log.csv"), &table, NULL))
        return false;
    bool found = tb_log_column(&table, name) != NULL;
    tb_log_table_clear(&table);
    return found;
}

/* A number of resume.safetensors, whose reals are written as their bits. */
static inline int64_t kept(const char *folder, const char *name)
{
    tb_safetensors *file;
    int64_t number = -1;
    if (tb_safetensors_open(in_run(folder, "resume.safetensors"), &file, NULL))
        return -1;
    const char *text = tb_safetensors_text(file, name);
    if (text)
        number = (int64_t)strtoull(text, NULL, 0);
    tb_safetensors_close(file);
    return number;
}

/* The last number of a column, which not all lines have; NaN: there is none. */
static inline double last_of(const char *folder, const char *column)
{
    tb_log_table table;
    double x = NAN;
    if (tb_log_read(in_run(folder, "log.csv"), &table, NULL))
        return NAN;
    const double *all = tb_log_column(&table, column);
    for (int64_t i = 0; all && i < table.rows; i++)
        if (!isnan(all[i]))
            x = all[i];
    tb_log_table_clear(&table);
    return x;
}

#endif
