#include "engine/cpu/origin.h"

#include <string.h>

typedef struct writing {
    char *room;
    size_t used;
    bool fits;
} writing;

static void write_bytes(writing *w, const void *bytes, size_t count)
{
    w->fits = w->fits && count <= TB_MOST_ORIGIN - w->used;
    if (!w->fits || count == 0)
        return;
    memcpy(w->room + w->used, bytes, count);
    w->used += count;
}

static void write_number(writing *w, int64_t x)
{
    write_bytes(w, &x, sizeof x);
}

static void write_form(writing *w, const tb_tensor *t)
{
    write_number(w, t->type);
    write_number(w, t->rank);
    write_number(w, t->time);
    write_bytes(w, t->dim, (size_t)t->rank * sizeof *t->dim);
    write_bytes(w, t->stride, (size_t)t->rank * sizeof *t->stride);
}

bool tb_origin_of(const tb_call *c, const tb_kernel *k,
                  char room[TB_MOST_ORIGIN], tb_prepared_origin *origin)
{
    writing w = {room, 0, true};
    const void *numbers = c->in[k->operand]->data;
    write_bytes(&w, &k->prepare, sizeof k->prepare);
    write_bytes(&w, &c->fast, sizeof(const void *));
    write_bytes(&w, &numbers, sizeof numbers);
    write_number(&w, c->prepared_as);
    write_number(&w, c->from);
    write_number(&w, c->count);
    write_number(&w, c->node->n_in);
    for (int i = 0; i < c->node->n_in; i++)
        write_form(&w, c->in[i]);
    for (int i = 0; i < c->node->n_out; i++)
        write_form(&w, c->out[i]);
    write_bytes(&w, c->node->attr, c->node->attr_size);
    *origin = (tb_prepared_origin){room, w.used};
    return w.fits;
}
