#include "models/script_attributes.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

tb_attribute_text tb_attribute_text_of(const char *name, const char *text)
{
    tb_attribute_text a = {{0}, {0}};
    snprintf(a.name, sizeof a.name, "%s", name);
    snprintf(a.text, sizeof a.text, "%s", text);
    return a;
}

tb_status tb_attribute_text_set(tb_script_model *model,
                                const tb_attribute_text *attribute,
                                tb_error *error)
{
    const char *values[TB_MOST_ATTRIBUTE_VALUES];
    tb_attribute_text a = *attribute;
    int n = 0;
    for (char *p = a.text; p && n < TB_MOST_ATTRIBUTE_VALUES; n++) {
        values[n] = p;
        p = strchr(p, ',');
        if (p)
            *p++ = 0;
    }
    return tb_script_model_set(model, a.name, n, values, error);
}

static int place_of(const tb_attribute_list *list, const char *name)
{
    int i = 0;
    while (i < list->count && strcmp(list->at[i].name, name) != 0)
        i++;
    return i;
}

tb_status tb_attribute_list_put(tb_attribute_list *list,
                                const tb_attribute_text *attribute,
                                tb_error *error)
{
    int at = place_of(list, attribute->name);
    tb_attribute_text *larger =
        tb_array_grown(list->at, list->count, &list->room, sizeof *larger);
    if (!larger)
        return tb_fail_memory(error);
    list->at = larger;
    list->at[at] = *attribute;
    list->count += at == list->count;
    return TB_OK;
}

const char *tb_attribute_list_get(const tb_attribute_list *list,
                                  const char *name)
{
    int i = place_of(list, name);
    return i < list->count ? list->at[i].text : NULL;
}

void tb_attribute_list_clear(tb_attribute_list *list)
{
    tb_free(list->at);
    *list = (tb_attribute_list){0};
}
