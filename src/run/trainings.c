#include "run/trainings.h"

#include "base/memory.h"
#include "base/paths.h"
#include "run/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether a folder of this name in it is a training. */
static bool is_training(const char *folder, const char *name)
{
    char *path = name[0] != '.' ? tb_path_join(folder, name) : NULL;
    bool is = path && tb_is_run(path);
    tb_free(path);
    return is;
}

static tb_status add_name(char ***names, int *count, const char *name,
                          tb_error *error)
{
    char **more = tb_alloc_array((size_t)*count + 1, sizeof *more);
    char *copy = tb_path_join(NULL, name);
    if (!more || !copy) {
        tb_free(more);
        tb_free(copy);
        return tb_fail_memory(error);
    }
    if (*count)
        memcpy(more, *names, (size_t)*count * sizeof *more);
    more[(*count)++] = copy;
    tb_free(*names);
    *names = more;
    return TB_OK;
}

tb_status tb_run_trainings(const char *folder, char ***names, int *count,
                           tb_error *error)
{
    struct dirent *entry;
    tb_status status = TB_OK;
    *names = NULL;
    *count = 0;
    DIR *open = opendir(folder);
    if (!open)
        return tb_fail_file(error, "read", folder, errno);
    while (!status && (entry = readdir(open)))
        if (is_training(folder, entry->d_name))
            status = add_name(names, count, entry->d_name, error);
    closedir(open);
    if (*count)
        qsort(*names, (size_t)*count, sizeof **names, by_name);
    if (!status)
        return TB_OK;
    tb_run_trainings_free(*names, *count);
    *names = NULL;
    *count = 0;
    return status;
}

void tb_run_trainings_free(char **names, int count)
{
    for (int i = 0; i < count; i++)
        tb_free(names[i]);
    tb_free(names);
}

void tb_run_trainings_text(const char *folder, char *text, size_t size)
{
    char **names;
    int count;
    *text = 0;
    if (tb_run_trainings(folder, &names, &count, NULL))
        return;
    for (int i = 0; i < count; i++) {
        size_t n = strlen(text);
        snprintf(text + n, size - n, "%s%s", i ? ", " : "", names[i]);
    }
    tb_run_trainings_free(names, count);
}

char *tb_run_above(const char *folder)
{
    char *plain = tb_path_join(NULL, folder);
    size_t n = plain ? strlen(plain) : 0;
    while (n > 1 && plain[n - 1] == '/')
        plain[--n] = 0;
    char *above = plain ? tb_path_folder(plain) : NULL;
    tb_free(plain);
    if (above && tb_is_run(above))
        return above;
    tb_free(above);
    return NULL;
}

char *tb_run_title(const char *folder)
{
    char *above = tb_run_above(folder), *own = tb_path_stem(folder);
    char *of = above && own ? tb_path_stem(above) : NULL;
    if (of) {
        size_t size = strlen(of) + strlen(own) + 2;
        char *title = tb_alloc(size);
        if (title)
            snprintf(title, size, "%s-%s", of, own);
        tb_free(own);
        own = title;
    }
    tb_free(above);
    tb_free(of);
    return own;
}

bool tb_run_keeps(const char *name)
{
    static const char *const kept[] = {"checkpoints", "examples", "pictures"};
    bool keeps = false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        keeps |= strcmp(name, kept[i]) == 0;
    return keeps;
}
