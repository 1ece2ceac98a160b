#include "base/name_list.h"

#include <string.h>

const char *tb_name_list_next(const char **list, size_t *length)
{
    const char *name = *list;
    size_t n = strcspn(name, ","), from = strspn(name, " ");
    if (!*name)
        return NULL;
    *list = name + n + (name[n] == ',');
    from = from < n ? from : n;
    while (n > from && name[n - 1] == ' ')
        n--;
    *length = n - from;
    return name + from;
}

bool tb_name_list_at(const char *list, int i, char *name, size_t size)
{
    size_t n = 0;
    const char *found = NULL;
    for (int k = 0; k < i; k++)
        if (!(found = tb_name_list_next(&list, &n)))
            return false;
    if (!found || n == 0)
        return false;
    n = n < size ? n : size - 1;
    memcpy(name, found, n);
    name[n] = 0;
    return true;
}

int tb_name_list_count(const char *list)
{
    size_t length;
    int n = 0;
    while (tb_name_list_next(&list, &length))
        n++;
    return n;
}
