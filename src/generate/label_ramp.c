#include "generate/label_ramp.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 2048 };

typedef struct label_text {
    const char *const *names;
    int count;
    tb_error *error;
} label_text;

static int index_of(const label_text *l, const char *name, size_t length)
{
    for (int i = 0; i < l->count; i++)
        if (strlen(l->names[i]) == length &&
            memcmp(l->names[i], name, length) == 0)
            return i;
    return -1;
}

static tb_status fail_label(const label_text *l, const char *name, size_t n)
{
    char all[512] = "";
    for (int i = 0; i < l->count; i++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "",
                 l->names[i]);
    }
    return tb_fail(l->error, TB_ERR_ARGUMENT,
                   "The network has learned no label '%.*s'; there are %s. "
                   "Write one, two as A..B, or labels at times as 0:A,2s:B.",
                   (int)(n < 80 ? n : 80), name, all);
}

/* A number takes the place of a name: text that tb_ramp_parse reads. */
static tb_status put(const label_text *l, const char *name, size_t length,
                     char numbers[LONGEST])
{
    size_t used = strlen(numbers);
    int i = index_of(l, name, length);
    if (i < 0 || used + 8 > LONGEST)
        return fail_label(l, name, length);
    snprintf(numbers + used, LONGEST - used, "%d", i);
    return TB_OK;
}

static const char *last_colon(const char *point, size_t length)
{
    while (length > 0 && point[length - 1] != ':')
        length--;
    return length > 0 ? point + length - 1 : NULL;
}

static tb_status put_points(const label_text *l, const char *text,
                            char numbers[LONGEST])
{
    tb_status status = TB_OK;
    while (*text && !status) {
        size_t length = strcspn(text, ","), used = strlen(numbers);
        const char *colon = last_colon(text, length);
        if (!colon || used + length + 16 > LONGEST)
            return fail_label(l, text, length);
        snprintf(numbers + used, LONGEST - used, "%s%.*s", used ? "," : "",
                 (int)(colon + 1 - text), text);
        status =
            put(l, colon + 1, length - (size_t)(colon + 1 - text), numbers);
        text += length + (text[length] == ',');
    }
    return status;
}

static tb_status put_all(const label_text *l, const char *text,
                         char numbers[LONGEST])
{
    const char *dots = strstr(text, "..");
    if (index_of(l, text, strlen(text)) >= 0)
        return put(l, text, strlen(text), numbers);
    if (!dots)
        return strchr(text, ':') ? put_points(l, text, numbers)
                                 : fail_label(l, text, strlen(text));
    tb_status status = put(l, text, (size_t)(dots - text), numbers);
    snprintf(numbers + strlen(numbers), LONGEST - strlen(numbers), "..");
    return status ? status : put(l, dots + 2, strlen(dots + 2), numbers);
}

tb_status tb_label_ramps(const char *text, const char *const *names, int count,
                         tb_ramp *ramps, tb_error *error)
{
    const label_text l = {names, count, error};
    char numbers[LONGEST] = "";
    tb_ramp places;
    tb_status status = put_all(&l, text, numbers);
    if (!status)
        status = tb_ramp_parse(numbers, "label", 0, count, &places, error);
    for (int i = 0; i < count && !status; i++) {
        ramps[i] = places;
        for (int k = 0; k < places.count; k++)
            ramps[i].value[k] = places.value[k] == i;
    }
    return status;
}
