/* run.ini: settings within their ranges, recordings that are all told. */
#include "files.h"
#include "fuzz.h"
#include "models/instrument.h"
#include "models/samplernn.h"
#include "run/run_folder.h"
#include "train/training_settings.h"

#include <math.h>

static int reads_sources(const tb_ini *ini)
{
    tb_run_source source;
    char name[16];
    int n = 0;
    while (tb_run_source_at(ini, n, &source)) {
        if (!(source.seconds >= 0) || !isfinite(source.seconds) ||
            !source.path[0])
            return 0;
        n++;
    }
    snprintf(name, sizeof name, "%d", n + 1);
    return tb_ini_get(ini, "sources", name) == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static tb_training_settings training;
    static tb_samplernn network;
    const tb_settings_part parts[] = {{&tb_training_table, &training},
                                      {&tb_samplernn_settings, &network}};
    tb_error error = {0};
    fuzz_file("run.ini", bytes, size);
    tb_ini *ini = tb_run_read(test_folder, &error);
    if (!ini)
        return error.text[0] == 0;
    tb_settings_defaults(parts, 2);
    int good = reads_sources(ini);
    if (tb_ini_read_settings(ini, parts, 2, &error) != TB_OK)
        good = good && error.text[0];
    tb_ini_free(ini);
    return !good;
}
