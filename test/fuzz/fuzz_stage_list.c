/* examples/stages.json: what is read can be written and read again. */
#include "files.h"
#include "fuzz.h"
#include "run/middle.h"

#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_stage_list list, again = {0};
    tb_error error = {0};
    char why[TB_MIDDLE_TEXT];
    mkdir(fuzz_path("examples"), 0700);
    fuzz_file("examples/stages.json", bytes, size);
    tb_status status = tb_stage_list_read(test_folder, &list, &error);
    bool good = status == TB_OK || error.text[0];
    tb_middle middle = tb_find_middle(&list, why, sizeof why);
    good = good && why[0] && middle.first <= middle.last;
    if (good && status == TB_OK)
        good = tb_stage_list_write(test_folder, &list, &error) == TB_OK &&
               tb_stage_list_read(test_folder, &again, &error) == TB_OK &&
               list.count == again.count;
    tb_stage_list_clear(&list);
    tb_stage_list_clear(&again);
    return !good;
}
