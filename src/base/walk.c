#include "base/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

typedef struct folder_place {
    dev_t device;
    ino_t inode;
} folder_place;

/* A growing array, of the names in one folder or of the folders visited. */
typedef struct path_list {
    void *items;
    size_t count, capacity;
} path_list;

typedef struct folder_walk {
    const tb_walker *walker;
    path_list visited;
    tb_error *error;
} folder_walk;

static bool list_add(path_list *l, const void *item, size_t size)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 32;
        void *items = tb_alloc_array(capacity, size);
        if (!items)
            return false;
        if (l->count)
            memcpy(items, l->items, l->count * size);
        tb_free(l->items);
        l->items = items;
        l->capacity = capacity;
    }
    memcpy((char *)l->items + l->count++ * size, item, size);
    return true;
}

static void report(folder_walk *w, const char *path, int code)
{
    tb_error reason;
    if (!w->walker->unreadable)
        return;
    tb_fail_file(&reason, "read", path, code);
    w->walker->unreadable(w->walker->context, path, reason.text);
}

static bool is_new(const folder_walk *w, folder_place here)
{
    const folder_place *places = w->visited.items;
    for (size_t i = 0; i < w->visited.count; i++)
        if (places[i].inode == here.inode && places[i].device == here.device)
            return false;
    return true;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_paths(path_list *paths)
{
    char **items = paths->items;
    for (size_t i = 0; i < paths->count; i++)
        tb_free(items[i]);
    tb_free(paths->items);
}

/* The paths in a folder, sorted. A folder that stops half way is told and
   what was read of it is used. */
static tb_status list_folder(folder_walk *w, const char *path, DIR *dir,
                             path_list *paths)
{
    struct dirent *entry;
    for (errno = 0; (entry = readdir(dir)); errno = 0) {
        if (entry->d_name[0] == '.')
            continue;
        char *full = tb_path_join(path, entry->d_name);
        if (!full || !list_add(paths, &full, sizeof full)) {
            tb_free(full);
            return tb_fail_memory(w->error);
        }
    }
    if (errno)
        report(w, path, errno);
    if (paths->count)
        qsort(paths->items, paths->count, sizeof(char *), compare_paths);
    return TB_OK;
}

static tb_status visit(folder_walk *w, const char *path);

static tb_status visit_folder(folder_walk *w, const char *path,
                              folder_place here)
{
    if (!is_new(w, here))
        return TB_OK;
    if (!list_add(&w->visited, &here, sizeof here))
        return tb_fail_memory(w->error);
    DIR *dir = opendir(path);
    if (!dir) {
        report(w, path, errno);
        return TB_OK;
    }
    path_list paths = {NULL, 0, 0};
    tb_status status = list_folder(w, path, dir, &paths);
    closedir(dir);
    for (size_t i = 0; i < paths.count && status == TB_OK; i++)
        status = visit(w, ((char **)paths.items)[i]);
    free_paths(&paths);
    return status;
}

static tb_status visit(folder_walk *w, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        report(w, path, errno);
        return TB_OK;
    }
    if (S_ISDIR(info.st_mode))
        return visit_folder(w, path, (folder_place){info.st_dev, info.st_ino});
    if (!S_ISREG(info.st_mode))
        return TB_OK;
    return w->walker->file(w->walker->context, path, w->error);
}

tb_status tb_walk(const char *path, const tb_walker *walker, tb_error *error)
{
    folder_walk w = {walker, {NULL, 0, 0}, error};
    struct stat info;
    if (stat(path, &info) != 0)
        return tb_fail_file(error, "read", path, errno);
    if (S_ISDIR(info.st_mode)) {
        DIR *dir = opendir(path);
        if (!dir)
            return tb_fail_file(error, "read", path, errno);
        closedir(dir);
    }
    tb_status status = visit(&w, path);
    tb_free(w.visited.items);
    return status;
}
