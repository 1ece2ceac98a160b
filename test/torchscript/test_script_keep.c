/* What calls leave in slots takes memory once: a switch that goes to and fro
   has one copy of each text. */
#include "tap.h"
#include "torchscript/script_model.h"

#include <string.h>

/* The text in the tuple that the slot `mode` holds, after it was set. */
static const char *set_mode(tb_script_model *m, const char *text)
{
    tb_error error = {0};
    if (!OK_NAMED(tb_script_model_set(m, "mode", 1, &text, &error) == TB_OK,
                  error.text))
        return NULL;
    const tb_script_value *x = tb_script_slot(&m->module->root, "mode");
    return x && x->kind == TB_SCRIPT_TUPLE && x->list->items.count == 1
               ? x->list->items.at[0].string
               : NULL;
}

int main(void)
{
    tb_error error = {0};
    tb_script_model *m =
        tb_script_model_open(FIXTURES "/stream.ts", NULL, &error);
    if (!OK_NAMED(m, error.text))
        return tap_done();
    const char *hard = set_mode(m, "hard"), *soft = set_mode(m, "soft");
    OK(hard && soft && strcmp(hard, "hard") == 0 && strcmp(soft, "soft") == 0);
    OK(set_mode(m, "hard") == hard);
    OK(set_mode(m, "soft") == soft);
    tb_script_model_close(m);
    return tap_done();
}
