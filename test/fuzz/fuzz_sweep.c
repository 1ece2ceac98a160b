/* "setting=value,value": values of the text that stay within their folder. */
#include "fuzz.h"
#include "text.h"
#include "train/sweep.h"

#include "base/memory.h"

#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[8192], folder[] = "sweep";
    tb_sweep sweep;
    tb_error error;
    if (!fuzz_text(bytes, size, text, sizeof text))
        return 0;
    if (tb_sweep_parse(&sweep, text, &error) != TB_OK)
        return error.text[0] == 0;
    bool good = sweep.count >= 1 && sweep.count <= TB_SWEEP_MAX;
    sweep.folder = folder;
    for (int i = 0; good && i < sweep.count; i++) {
        char *run = tb_sweep_run(&sweep, i);
        good = sweep.values[i][0] && strstr(text, sweep.values[i]) &&
               (!run || !strchr(run + sizeof folder, '/'));
        tb_free(run);
    }
    return !good;
}
