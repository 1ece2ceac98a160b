/* JSON: all of it is walked through, and texts and numbers survive being
   written. */
#include "base/json.h"
#include "fuzz.h"

#include <string.h>

static int64_t walk(const tb_json *item)
{
    int64_t number, sum = 0;
    const char *name = tb_json_name(item), *text = tb_json_as_text(item);
    sum += name ? (int64_t)strlen(name) : 0;
    sum += text ? (int64_t)strlen(text) : 0;
    sum += tb_json_as_integer(item, -1000, 1000, &number);
    for (const tb_json *i = tb_json_first(item); i; i = tb_json_next(i))
        sum += walk(i);
    return sum;
}

static bool members(const tb_json *json)
{
    tb_error error;
    const char *text;
    double number;
    int64_t integers[4];
    int count = 0;
    bool flag;
    const tb_json *below;
    tb_json_text(json, "text", &text, &error);
    tb_json_number(json, "number", &number, &error);
    tb_json_flag(json, "flag", &flag, &error);
    tb_json_array(json, "array", &below, &error);
    tb_json_object(json, "object", &below, &error);
    return tb_json_integers(json, "array", -9, 9, integers, 4, &count,
                            &error) != TB_OK ||
           (count >= 0 && count <= 4);
}

static bool is_written(const tb_json *json)
{
    const char *text;
    tb_json_writer w = {0};
    tb_json *again = NULL;
    bool good = true;
    if (tb_json_text(json, "text", &text, NULL) != TB_OK)
        return true;
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "text", text);
    tb_json_end_object(&w);
    const char *written = tb_json_finish(&w), *back = NULL;
    if (written)
        good = tb_json_parse(written, strlen(written), "written", &again,
                             NULL) == TB_OK &&
               tb_json_text(again, "text", &back, NULL) == TB_OK;
    tb_json_free(again);
    tb_json_clear(&w);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_json *json = NULL;
    tb_error error = {0};
    if (tb_json_parse((const char *)bytes, size, "input", &json, &error) !=
        TB_OK)
        return error.text[0] == 0 || json != NULL;
    bool good = walk(json) >= 0;
    if (tb_json_is_object(json))
        good = members(json) && is_written(json);
    tb_json_free(json);
    return !good;
}
