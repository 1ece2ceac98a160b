#include "live/shelf.h"

#include "base/memory.h"
#include "models/model.h"

#include <pthread.h>
#include <string.h>

/* Models open outside of the lock. Who asks for the same path meanwhile waits
   for it, who asks for another one does not. */
struct tb_shelf_place {
    tb_shelf *shelf;
    tb_shelf_place *next;
    tb_model *model; /* null: it is being opened, or that failed */
    tb_error error;
    bool is_opening;
    int users;
    bool hidden; /* who asks for the path gets another one */
    char path[];
};

struct tb_shelf {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    tb_shelf_place *places;
};

tb_shelf *tb_shelf_new(void)
{
    tb_shelf *s = tb_alloc(sizeof *s);
    if (s) {
        pthread_mutex_init(&s->lock, NULL);
        pthread_cond_init(&s->opened, NULL);
    }
    return s;
}

void tb_shelf_free(tb_shelf *shelf)
{
    if (!shelf)
        return;
    pthread_mutex_destroy(&shelf->lock);
    pthread_cond_destroy(&shelf->opened);
    tb_free(shelf);
}

/* ---- with the lock ---- */

static tb_shelf_place *find(const tb_shelf *s, const char *path)
{
    tb_shelf_place *p = s->places;
    while (p && (p->hidden || strcmp(p->path, path) != 0))
        p = p->next;
    return p;
}

/* Out of the list when nobody has it any longer: then it is the caller's. */
static bool leave(tb_shelf_place *place)
{
    tb_shelf_place **p = &place->shelf->places;
    if (--place->users > 0)
        return false;
    while (*p != place)
        p = &(*p)->next;
    *p = place->next;
    return true;
}

/* One to be opened by the caller, who has it; null without memory. */
static tb_shelf_place *add(tb_shelf *s, const char *path, bool hidden)
{
    size_t size = strlen(path) + 1;
    tb_shelf_place *p = tb_alloc(sizeof *p + size);
    if (!p)
        return NULL;
    memcpy(p->path, path, size);
    p->shelf = s;
    p->is_opening = true;
    p->users = 1;
    p->hidden = hidden;
    p->next = s->places;
    s->places = p;
    return p;
}

static void wait_until_open(tb_shelf_place *p)
{
    p->users++;
    while (p->is_opening)
        pthread_cond_wait(&p->shelf->opened, &p->shelf->lock);
}

/* One that was opened anew takes the place of the one before. */
static void has_opened(tb_shelf_place *p, tb_model *model)
{
    tb_shelf_place *before = p->hidden && model ? find(p->shelf, p->path) : p;
    if (before && before != p)
        before->hidden = true;
    p->hidden = model == NULL;
    p->model = model;
    p->is_opening = false;
    pthread_cond_broadcast(&p->shelf->opened);
}

/* ---- without ---- */

static void discard(tb_shelf_place *p)
{
    tb_model_close(p->model);
    tb_free(p);
}

static void open_place(tb_shelf_place *p)
{
    tb_model *m = tb_model_open_any(p->path, &p->error);
    pthread_mutex_lock(&p->shelf->lock);
    has_opened(p, m);
    pthread_mutex_unlock(&p->shelf->lock);
}

tb_shelf_place *tb_shelf_take(tb_shelf *shelf, const char *path, bool anew,
                              tb_error *error)
{
    pthread_mutex_lock(&shelf->lock);
    tb_shelf_place *p = anew ? NULL : find(shelf, path);
    bool is_ours = !p;
    if (p)
        wait_until_open(p);
    else
        p = add(shelf, path, anew);
    pthread_mutex_unlock(&shelf->lock);
    if (!p) {
        tb_fail_memory(error);
        return NULL;
    }
    if (is_ours)
        open_place(p);
    if (p->model)
        return p;
    if (error)
        *error = p->error;
    tb_shelf_give(p);
    return NULL;
}

tb_shelf_place *tb_shelf_share(tb_shelf_place *place)
{
    pthread_mutex_lock(&place->shelf->lock);
    place->users++;
    pthread_mutex_unlock(&place->shelf->lock);
    return place;
}

void tb_shelf_give(tb_shelf_place *place)
{
    if (!place)
        return;
    tb_shelf *s = place->shelf;
    pthread_mutex_lock(&s->lock);
    bool is_last = leave(place);
    pthread_mutex_unlock(&s->lock);
    if (is_last)
        discard(place);
}

tb_model *tb_shelf_model(const tb_shelf_place *place)
{
    return place->model;
}

const char *tb_shelf_path(const tb_shelf_place *place)
{
    return place->path;
}
