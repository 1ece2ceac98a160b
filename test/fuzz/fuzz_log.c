/* log.csv: read for curves, and gone on with after a kill. */
#include "files.h"
#include "fuzz.h"
#include "run/log.h"

#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const columns[] = {"step", "epoch", "bits"};
    const double line[] = {9, 1, 4.5};
    tb_log_table table;
    tb_error error = {0};
    volatile double sum = 0;
    const char *path = fuzz_file("log.csv", bytes, size);
    if (tb_log_read(path, &table, &error) == TB_OK) {
        for (int64_t i = 0; i < table.columns * table.rows; i++)
            sum = sum + table.values[i];
        tb_log_column(&table, "bits");
        tb_log_table_clear(&table);
    } else if (!error.text[0]) {
        return 1;
    }
    tb_log *log = tb_log_open(path, columns, 3, 8, &error);
    if (!log)
        return error.text[0] == 0;
    bool added = tb_log_add(log, line, &error) == TB_OK;
    tb_log_close(log);
    if (tb_log_read(path, &table, &error) != TB_OK)
        return 1;
    const double *steps = tb_log_column(&table, "step");
    bool last = table.rows > 0 && steps && steps[table.rows - 1] == 9;
    tb_log_table_clear(&table);
    return !added || !last;
}
