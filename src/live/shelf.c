#include "live/shelf.h"

#include "base/memory.h"
#include "models/model.h"

#include <pthread.h>
#include <string.h>

struct tb_shelf_place {
    tb_shelf *shelf;
    tb_shelf_place *next;
    tb_model *model;
    int users;
    bool old; /* who asks for the path from now on gets another one */
    char path[];
};

struct tb_shelf {
    pthread_mutex_t lock;
    tb_shelf_place *places;
};

tb_shelf *tb_shelf_new(void)
{
    tb_shelf *s = tb_alloc(sizeof *s);
    if (s)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

void tb_shelf_free(tb_shelf *shelf)
{
    if (!shelf)
        return;
    pthread_mutex_destroy(&shelf->lock);
    tb_free(shelf);
}

static tb_shelf_place *find(const tb_shelf *s, const char *path)
{
    tb_shelf_place *p = s->places;
    while (p && (p->old || strcmp(p->path, path) != 0))
        p = p->next;
    return p;
}

static tb_shelf_place *open_place(tb_shelf *s, const char *path,
                                  tb_error *error)
{
    size_t size = strlen(path) + 1;
    tb_shelf_place *p = tb_alloc(sizeof *p + size);
    if (!p) {
        tb_fail_memory(error);
        return NULL;
    }
    memcpy(p->path, path, size);
    p->shelf = s;
    p->model = tb_model_open_any(path, error);
    if (p->model)
        return p;
    tb_free(p);
    return NULL;
}

static tb_shelf_place *place_of(tb_shelf *s, const char *path, bool anew,
                                tb_error *error)
{
    tb_shelf_place *before = find(s, path);
    if (before && !anew)
        return before;
    tb_shelf_place *p = open_place(s, path, error);
    if (!p)
        return NULL;
    if (before)
        before->old = true;
    p->next = s->places;
    s->places = p;
    return p;
}

tb_shelf_place *tb_shelf_take(tb_shelf *shelf, const char *path, bool anew,
                              tb_error *error)
{
    pthread_mutex_lock(&shelf->lock);
    tb_shelf_place *p = place_of(shelf, path, anew, error);
    if (p)
        p->users++;
    pthread_mutex_unlock(&shelf->lock);
    return p;
}

tb_shelf_place *tb_shelf_share(tb_shelf_place *place)
{
    pthread_mutex_lock(&place->shelf->lock);
    place->users++;
    pthread_mutex_unlock(&place->shelf->lock);
    return place;
}

static void remove_place(tb_shelf_place *place)
{
    tb_shelf_place **p = &place->shelf->places;
    while (*p != place)
        p = &(*p)->next;
    *p = place->next;
    tb_model_close(place->model);
    tb_free(place);
}

void tb_shelf_give(tb_shelf_place *place)
{
    if (!place)
        return;
    tb_shelf *s = place->shelf;
    pthread_mutex_lock(&s->lock);
    if (--place->users == 0)
        remove_place(place);
    pthread_mutex_unlock(&s->lock);
}

tb_model *tb_shelf_model(const tb_shelf_place *place)
{
    return place->model;
}

const char *tb_shelf_path(const tb_shelf_place *place)
{
    return place->path;
}
