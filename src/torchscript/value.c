#include "torchscript/value.h"

const char *tb_script_kind_name(tb_script_kind kind)
{
    static const char *const names[TB_SCRIPT_KINDS] = {
        "nothing",        "None",     "a truth value",
        "a whole number", "a number", "a complex number",
        "a text",         "a device", "a tensor",
        "a list",         "a tuple",  "a dict",
        "an object",      "a class",  "a function",
    };
    return names[kind];
}
