#include "torchscript/value.h"

#include <string.h>

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

tb_script_kind tb_script_kind_of_type(const char *name)
{
    static const struct {
        const char *name;
        tb_script_kind kind;
    } kinds[] = {
        {"Tensor", TB_SCRIPT_TENSOR}, {"int", TB_SCRIPT_INT},
        {"float", TB_SCRIPT_FLOAT},   {"bool", TB_SCRIPT_BOOL},
        {"str", TB_SCRIPT_STRING},    {"complex", TB_SCRIPT_COMPLEX},
        {"List", TB_SCRIPT_LIST},     {"list", TB_SCRIPT_LIST},
        {"Tuple", TB_SCRIPT_TUPLE},   {"tuple", TB_SCRIPT_TUPLE},
        {"Dict", TB_SCRIPT_DICT},     {"dict", TB_SCRIPT_DICT},
        {"NoneType", TB_SCRIPT_NONE}, {"Device", TB_SCRIPT_DEVICE},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    return TB_SCRIPT_ABSENT;
}
