#include "base/json.h"

#include <cJSON.h>
#include <math.h>

tb_status tb_json_parse(const char *text, size_t bytes, const char *what,
                        tb_json **out, tb_error *error)
{
    const char *end = text;
    *out = bytes ? cJSON_ParseWithLengthOpts(text, bytes, &end, 0) : NULL;
    const char *stop = *out ? text + bytes : end;
    while (*out && end < stop && (*end == ' ' || (*end >= 9 && *end <= 13)))
        end++;
    if (*out && end == stop)
        return TB_OK;
    tb_json_free(*out);
    *out = NULL;
    size_t line = 1;
    for (const char *p = text; p < end; p++)
        line += *p == '\n';
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is not correct JSON (line %zu, byte %zu).", what, line,
                   (size_t)(end - text));
}

void tb_json_free(tb_json *json)
{
    cJSON_Delete(json);
}

bool tb_json_is_object(const tb_json *json)
{
    return cJSON_IsObject(json);
}

bool tb_json_is_array(const tb_json *json)
{
    return cJSON_IsArray(json);
}

bool tb_json_is_null(const tb_json *json)
{
    return cJSON_IsNull(json);
}

const tb_json *tb_json_find(const tb_json *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const tb_json *tb_json_first(const tb_json *container)
{
    return container ? container->child : NULL;
}

const tb_json *tb_json_next(const tb_json *item)
{
    return item->next;
}

bool tb_json_as_number(const tb_json *item, double *out)
{
    if (!cJSON_IsNumber(item))
        return false;
    *out = item->valuedouble;
    return true;
}

bool tb_json_as_flag(const tb_json *item, bool *out)
{
    if (!cJSON_IsBool(item))
        return false;
    *out = cJSON_IsTrue(item);
    return true;
}

const char *tb_json_name(const tb_json *item)
{
    return item->string;
}

const char *tb_json_as_text(const tb_json *item)
{
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* Above 2^53 a double no longer tells neighbours apart. */
bool tb_json_as_integer(const tb_json *item, int64_t low, int64_t high,
                        int64_t *out)
{
    if (!cJSON_IsNumber(item))
        return false;
    double x = item->valuedouble;
    if (!(fabs(x) <= 0x1p53) || x != floor(x))
        return false;
    if ((int64_t)x < low || (int64_t)x > high)
        return false;
    *out = (int64_t)x;
    return true;
}

static tb_status fail_kind(tb_error *error, const tb_json *found,
                           const char *key, const char *kind)
{
    if (!found)
        return tb_fail(error, TB_ERR_FORMAT, "The entry '%s' is missing.", key);
    return tb_fail(error, TB_ERR_FORMAT, "The entry '%s' must be %s.", key,
                   kind);
}

tb_status tb_json_text(const tb_json *object, const char *key, const char **out,
                       tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    const char *text = tb_json_as_text(found);
    if (!text)
        return fail_kind(error, found, key, "text");
    *out = text;
    return TB_OK;
}

tb_status tb_json_number(const tb_json *object, const char *key, double *out,
                         tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (!cJSON_IsNumber(found) || !isfinite(found->valuedouble))
        return fail_kind(error, found, key, "a number");
    *out = found->valuedouble;
    return TB_OK;
}

tb_status tb_json_integer(const tb_json *object, const char *key, int64_t low,
                          int64_t high, int64_t *out, tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (tb_json_as_integer(found, low, high, out))
        return TB_OK;
    if (!cJSON_IsNumber(found))
        return fail_kind(error, found, key, "a whole number");
    return tb_fail(error, TB_ERR_FORMAT,
                   "The entry '%s' is %g but must be a whole number from "
                   "%lld to %lld.",
                   key, found->valuedouble, (long long)low, (long long)high);
}

tb_status tb_json_flag(const tb_json *object, const char *key, bool *out,
                       tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (!cJSON_IsBool(found))
        return fail_kind(error, found, key, "true or false");
    *out = cJSON_IsTrue(found);
    return TB_OK;
}

tb_status tb_json_array(const tb_json *object, const char *key,
                        const tb_json **out, tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (!cJSON_IsArray(found))
        return fail_kind(error, found, key, "a list");
    *out = found;
    return TB_OK;
}

tb_status tb_json_object(const tb_json *object, const char *key,
                         const tb_json **out, tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (!cJSON_IsObject(found))
        return fail_kind(error, found, key, "an object");
    *out = found;
    return TB_OK;
}

tb_status tb_json_integers(const tb_json *object, const char *key, int64_t low,
                           int64_t high, int64_t *out, int most, int *count,
                           tb_error *error)
{
    const tb_json *array;
    tb_status status = tb_json_array(object, key, &array, error);
    if (status != TB_OK)
        return status;
    int n = 0;
    for (const tb_json *i = tb_json_first(array); i; i = tb_json_next(i)) {
        if (n == most)
            return tb_fail(error, TB_ERR_FORMAT,
                           "The entry '%s' may have at most %d numbers.", key,
                           most);
        if (!tb_json_as_integer(i, low, high, out + n))
            return tb_fail(error, TB_ERR_FORMAT,
                           "The entry '%s' must hold whole numbers from %lld "
                           "to %lld.",
                           key, (long long)low, (long long)high);
        n++;
    }
    *count = n;
    return TB_OK;
}
