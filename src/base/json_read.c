#include "base/json_value.h"

#include <math.h>
#include <string.h>

static bool is_kind(const tb_json *item, tb_json_kind kind)
{
    return item && item->kind == kind;
}

bool tb_json_is_object(const tb_json *json)
{
    return is_kind(json, TB_JSON_OBJECT);
}

bool tb_json_is_array(const tb_json *json)
{
    return is_kind(json, TB_JSON_ARRAY);
}

bool tb_json_is_null(const tb_json *json)
{
    return is_kind(json, TB_JSON_NULL);
}

const tb_json *tb_json_find(const tb_json *object, const char *key)
{
    const tb_json *i = is_kind(object, TB_JSON_OBJECT) ? object->first : NULL;
    while (i && strcmp(i->name, key) != 0)
        i = i->next;
    return i;
}

const tb_json *tb_json_first(const tb_json *container)
{
    return container ? container->first : NULL;
}

const tb_json *tb_json_next(const tb_json *item)
{
    return item->next;
}

bool tb_json_as_number(const tb_json *item, double *out)
{
    if (!is_kind(item, TB_JSON_NUMBER))
        return false;
    *out = item->number;
    return true;
}

bool tb_json_as_flag(const tb_json *item, bool *out)
{
    if (!is_kind(item, TB_JSON_FLAG))
        return false;
    *out = item->flag;
    return true;
}

const char *tb_json_name(const tb_json *item)
{
    return item->name;
}

const char *tb_json_as_text(const tb_json *item)
{
    return is_kind(item, TB_JSON_TEXT) ? item->text : NULL;
}

/* What is written with a point or an exponent may be whole, too; above 2^53 a
   double no longer tells neighbours apart. */
static bool whole_of(const tb_json *item, int64_t *out)
{
    if (item->is_whole) {
        *out = item->integer;
        return true;
    }
    if (fabs(item->number) > 0x1p53 || item->number != floor(item->number))
        return false;
    *out = (int64_t)item->number;
    return true;
}

bool tb_json_as_integer(const tb_json *item, int64_t low, int64_t high,
                        int64_t *out)
{
    int64_t x;
    if (!is_kind(item, TB_JSON_NUMBER) || !whole_of(item, &x) || x < low ||
        x > high)
        return false;
    *out = x;
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
    return tb_json_as_number(found, out)
               ? TB_OK
               : fail_kind(error, found, key, "a number");
}

tb_status tb_json_integer(const tb_json *object, const char *key, int64_t low,
                          int64_t high, int64_t *out, tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (tb_json_as_integer(found, low, high, out))
        return TB_OK;
    if (!is_kind(found, TB_JSON_NUMBER))
        return fail_kind(error, found, key, "a whole number");
    return tb_fail(error, TB_ERR_FORMAT,
                   "The entry '%s' is %g but must be a whole number from "
                   "%lld to %lld.",
                   key, found->number, (long long)low, (long long)high);
}

tb_status tb_json_flag(const tb_json *object, const char *key, bool *out,
                       tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    return tb_json_as_flag(found, out)
               ? TB_OK
               : fail_kind(error, found, key, "true or false");
}

tb_status tb_json_array(const tb_json *object, const char *key,
                        const tb_json **out, tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (!tb_json_is_array(found))
        return fail_kind(error, found, key, "a list");
    *out = found;
    return TB_OK;
}

tb_status tb_json_object(const tb_json *object, const char *key,
                         const tb_json **out, tb_error *error)
{
    const tb_json *found = tb_json_find(object, key);
    if (!tb_json_is_object(found))
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
