/* examples/list.json: what is read can be written and read again. */
#include "files.h"
#include "fuzz.h"
#include "run/example_list.h"

#include <stdbool.h>

static bool is_same(const tb_example_list *a, const tb_example_list *b)
{
    bool same = a->count == b->count;
    for (int i = 0; same && i < a->count; i++)
        same = a->examples[i].epoch == b->examples[i].epoch &&
               a->examples[i].prompt == b->examples[i].prompt &&
               a->examples[i].sound && b->examples[i].sound;
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_example_list list, again = {0};
    tb_error error = {0};
    mkdir(fuzz_path("examples"), 0700);
    fuzz_file("examples/list.json", bytes, size);
    tb_status status = tb_example_list_read(test_folder, &list, &error);
    bool good = status == TB_OK || error.text[0];
    if (status == TB_OK)
        good = tb_example_list_write(test_folder, &list, &error) == TB_OK &&
               tb_example_list_read(test_folder, &again, &error) == TB_OK &&
               is_same(&list, &again);
    tb_example_list_clear(&list);
    tb_example_list_clear(&again);
    return !good;
}
