/* Where checkpoints lie. */
#include "models/checkpoint_find.h"

#include "base/memory.h"
#include "base/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tb_checkpoint_name(int epoch, char name[64])
{
    snprintf(name, 64, "epoch-%04d.safetensors", epoch);
}

/* ---- those of a folder ---- */

void tb_checkpoint_list_clear(tb_checkpoint_list *list)
{
    for (int i = 0; i < list->count; i++)
        tb_free(list->at[i].path);
    tb_free(list->at);
    *list = (tb_checkpoint_list){0};
}

static bool make_room(tb_checkpoint_list *list)
{
    void *at =
        tb_array_grown(list->at, list->count, &list->room, sizeof *list->at);
    if (at)
        list->at = at;
    return at != NULL;
}

int tb_checkpoint_epoch(const char *path)
{
    static const char *const names[] = {"epoch-%9d.safetensors%n",
                                        "epoch=%9d.ckpt%n"};
    const char *base = tb_path_base(path);
    for (int i = 0; i < 2; i++) {
        int epoch, end = 0;
        if (sscanf(base, names[i], &epoch, &end) == 1 &&
            end == (int)strlen(base) && epoch >= 0)
            return epoch;
    }
    return -1;
}

bool tb_is_checkpoint_name(const char *path)
{
    const char *extension = tb_path_extension(path);
    return strcmp(extension, "safetensors") == 0 ||
           strcmp(extension, "ckpt") == 0;
}

static tb_status add(tb_checkpoint_list *list, const char *path,
                     tb_error *error)
{
    char *copy = make_room(list) ? tb_path_join(NULL, path) : NULL;
    if (!copy)
        return tb_fail_memory(error);
    list->at[list->count++] =
        (tb_found_checkpoint){tb_checkpoint_epoch(path), copy};
    return TB_OK;
}

static tb_status look_at(void *context, const char *path, tb_error *error)
{
    return tb_checkpoint_epoch(path) < 0 ? TB_OK : add(context, path, error);
}

static int by_epoch(const void *a, const void *b)
{
    const tb_found_checkpoint *x = a, *y = b;
    return (x->epoch > y->epoch) - (x->epoch < y->epoch);
}

/* Nobody knows which is meant where those of several runs lie. */
static tb_status check_one_run(const tb_checkpoint_list *list, const char *path,
                               tb_error *error)
{
    tb_status status = TB_OK;
    char *one = list->count ? tb_path_folder(list->at[0].path) : NULL;
    for (int i = 1; i < list->count && one && !status; i++) {
        char *two = tb_path_folder(list->at[i].path);
        if (two && strcmp(one, two) != 0)
            status = tb_fail(error, TB_ERR_ARGUMENT,
                             "'%s' holds the checkpoints of several runs, such "
                             "as '%.300s' and '%.300s': name one of them.",
                             path, one, two);
        tb_free(two);
    }
    tb_free(one);
    return status;
}

static tb_status list_all(const char *folder, tb_checkpoint_list *list,
                          tb_error *error)
{
    tb_walker walker = {look_at, NULL, list};
    char *inside = tb_path_join(folder, "checkpoints");
    tb_status status =
        inside ? tb_walk(tb_is_folder(inside) ? inside : folder, &walker, error)
               : tb_fail_memory(error);
    tb_free(inside);
    if (!status)
        status = check_one_run(list, folder, error);
    if (!status && list->count > 1)
        qsort(list->at, (size_t)list->count, sizeof *list->at, by_epoch);
    return status;
}

static tb_status fail_none(const tb_checkpoint_list *list, const char *folder,
                           int first, int last, tb_error *error)
{
    if (list->count == 0)
        return tb_fail(error, TB_ERR_FILE,
                       "In '%s' there is no checkpoint yet: train first.",
                       folder);
    if (first == last)
        return tb_fail(error, TB_ERR_FILE,
                       "In '%s' there is no checkpoint of epoch %d.", folder,
                       first);
    return tb_fail(error, TB_ERR_FILE,
                   "In '%s' there is no checkpoint of epochs %d to %d: they go "
                   "from %d to %d.",
                   folder, first, last, list->at[0].epoch,
                   list->at[list->count - 1].epoch);
}

/* Those of epochs `first` to `last` come to the front; the latest for -1. */
static int choose(tb_checkpoint_list *list, int first, int last)
{
    int n = 0;
    if (first < 0 && list->count > 0)
        first = last = list->at[list->count - 1].epoch;
    for (int i = 0; i < list->count; i++)
        if (list->at[i].epoch >= first && list->at[i].epoch <= last) {
            tb_found_checkpoint found = list->at[i];
            list->at[i] = list->at[n];
            list->at[n++] = found;
        }
    return n;
}

static void cut_to(tb_checkpoint_list *list, int count)
{
    for (int i = count; i < list->count; i++)
        tb_free(list->at[i].path);
    list->count = count;
}

tb_status tb_checkpoint_find_epochs(const char *path, int first, int last,
                                    tb_checkpoint_list *list, tb_error *error)
{
    *list = (tb_checkpoint_list){0};
    bool folder = tb_is_folder(path);
    tb_status status =
        folder ? list_all(path, list, error) : add(list, path, error);
    int n = status ? 0 : folder ? choose(list, first, last) : 1;
    if (!status && n == 0)
        status = fail_none(list, path, first, last, error);
    cut_to(list, n);
    if (status)
        tb_checkpoint_list_clear(list);
    return status;
}

tb_status tb_checkpoint_find(const char *path, int epoch, char **file,
                             tb_error *error)
{
    tb_checkpoint_list list;
    *file = NULL;
    tb_status status =
        tb_checkpoint_find_epochs(path, epoch, epoch, &list, error);
    if (status)
        return status;
    *file = list.at[0].path;
    list.at[0].path = NULL;
    tb_checkpoint_list_clear(&list);
    return TB_OK;
}

/* ---- as they are typed ---- */

/* A whole number up to `end`. */
static bool take_epoch(const char **at, int *epoch)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    long number = strtol(*at, &end, 10);
    *at = end;
    *epoch = (int)number;
    return number <= TB_MOST_EPOCH;
}

bool tb_epochs_parse(const char *text, int *first, int *last)
{
    if (!take_epoch(&text, first))
        return false;
    *last = *first;
    if (strncmp(text, "..", 2) == 0) {
        text += 2;
        if (!take_epoch(&text, last) || *last < *first)
            return false;
    }
    return *text == 0;
}

tb_status tb_checkpoint_choose(const char *text, tb_checkpoint_choice *choice,
                               tb_error *error)
{
    const char *at = strrchr(text, '@');
    size_t length = strlen(text);
    *choice = (tb_checkpoint_choice){.first = -1, .last = -1};
    if (at && tb_exists(text))
        at = NULL;
    if (at)
        length = (size_t)(at - text);
    if (length >= sizeof choice->path)
        return tb_fail(error, TB_ERR_ARGUMENT, "'%.60s...' is too long a path.",
                       text);
    memcpy(choice->path, text, length);
    if (at && !tb_epochs_parse(at + 1, &choice->first, &choice->last))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' is not understood: after @ stands an epoch, as in "
                       "runs/bells@12, or epochs to average, as in "
                       "runs/bells@10..20.",
                       text);
    if (at && !tb_is_folder(choice->path) && tb_exists(choice->path))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' is a file and has no epochs to choose from.",
                       choice->path);
    return tb_check_exists(choice->path, error);
}
