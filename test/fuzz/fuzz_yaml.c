/* YAML: what is understood is walked through. */
#include "base/yaml.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static size_t walk(const tb_json *item)
{
    const char *name = tb_json_name(item), *text = tb_json_as_text(item);
    size_t sum = (name ? strlen(name) : 0) + (text ? strlen(text) : 0);
    for (const tb_json *i = tb_json_first(item); i; i = tb_json_next(i))
        sum += walk(i);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_json *json;
    tb_error error = {0};
    char *text = malloc(size + (size == 0)); /* its end is watched */
    if (!text)
        return 0;
    if (size)
        memcpy(text, bytes, size);
    tb_status status = tb_yaml_parse(text, size, "input", &json, &error);
    free(text);
    if (status)
        return error.text[0] == 0 || json != NULL;
    bool good = walk(json) <= 3 * size;
    tb_json_free(json);
    return !good;
}
