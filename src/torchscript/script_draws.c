#include "torchscript/script_draws.h"

#include "base/random.h"

/* One of them: along an axis it has what one unit draws for each unit. Rows of
   that and their elements are rows and channels of random numbers. */
typedef struct placed {
    const tb_drawn *draw;
    int axis;                /* of units; -1: it has one */
    int64_t units, late;     /* in a run; after the run's first */
    uint32_t number;         /* of the draw in a call of one unit */
    tb_shape shape;          /* of one unit */
    const tb_tensor *tensor; /* where the plan has it; null: it does not */
} placed;

struct tb_script_draws {
    int count;
    placed *at;
    float *room; /* for the channels of any */
};

/* ---- places ---- */

/* The axis of `whole` that is `units` times that of `unit`: -1 where all are
   alike, -2 where they differ otherwise. */
static int scaled_axis(tb_shape whole, tb_shape unit, int64_t units)
{
    int found = -1;
    if (whole.rank != unit.rank)
        return -2;
    for (int i = 0; i < whole.rank; i++) {
        if (whole.dim[i] == unit.dim[i])
            continue;
        if (found >= 0 || whole.dim[i] != units * unit.dim[i])
            return -2;
        found = i;
    }
    return found;
}

static const tb_drawn *draw_at(const tb_recording *r, int i)
{
    const tb_drawn *d = r->draws;
    while (i-- > 0)
        d = d->next;
    return d;
}

/* Draw i of r: as often as in one unit, longer; or in a loop, once in each
   unit. Without anything known of one unit it is drawn anew in each call. */
static placed place(const tb_recording *r, const tb_recording *unit,
                    int64_t units, int i)
{
    const tb_drawn *draw = draw_at(r, i);
    placed p = {draw, -1, 1, 0, (uint32_t)i, draw->shape, NULL};
    int n = unit ? unit->draw_count : 0;
    bool longer = n == r->draw_count;
    bool looped = n > 0 && units * n == r->draw_count;
    int k = looped ? i % n : i;
    int axis = longer || looped
                   ? scaled_axis(draw->shape, draw_at(unit, k)->shape,
                                 longer ? units : 1)
                   : -2;
    if (axis != -2 && looped) {
        p.late = i / n;
        p.number = (uint32_t)k;
    }
    if (axis >= 0) {
        p.axis = axis;
        p.units = units;
        p.shape.dim[axis] /= units;
    }
    return p;
}

static TB_REALTIME int64_t channels_of(const placed *p)
{
    int64_t n = 1;
    for (int a = 1; a < p->shape.rank; a++)
        n *= p->shape.dim[a];
    return n;
}

tb_script_draws *tb_script_draws_new(tb_arena *arena, const tb_recording *r,
                                     const tb_recording *unit, int64_t units,
                                     const tb_plan *plan)
{
    int64_t most = 1;
    tb_script_draws *d = tb_arena_alloc(arena, sizeof *d);
    if (!d)
        return NULL;
    d->count = r->draw_count;
    d->at = tb_arena_array(arena, (size_t)d->count + 1, sizeof *d->at);
    for (int i = 0; d->at && i < d->count; i++) {
        d->at[i] = place(r, unit, units, i);
        if (plan)
            d->at[i].tensor = tb_plan_tensor(plan, d->at[i].draw->value);
        if (channels_of(&d->at[i]) > most)
            most = channels_of(&d->at[i]);
    }
    d->room = tb_arena_array(arena, (size_t)most, sizeof *d->room);
    return d->at && d->room ? d : NULL;
}

/* ---- filling ---- */

static TB_REALTIME void put(const tb_tensor *t, const float *numbers)
{
    int64_t index[TB_RANK] = {0};
    do
        ((float *)t->data)[tb_offset_of(t, index)] = *numbers++;
    while (tb_next_index(t, index));
}

static TB_REALTIME void fill_unit(const placed *p, uint64_t seed,
                                  int64_t position, int64_t unit, float *room)
{
    const tb_tensor *t = p->tensor;
    int64_t rows = p->shape.rank > 0 ? p->shape.dim[0] : 1;
    uint32_t channels = (uint32_t)channels_of(p);
    tb_tensor row = *t;
    for (int a = 0; a < t->rank; a++)
        row.dim[a] = a == 0 ? 1 : p->shape.dim[a];
    if (p->axis >= 0)
        row.data = (float *)row.data +
                   unit * p->shape.dim[p->axis] * t->stride[p->axis];
    for (int64_t i = 0; i < rows; i++) {
        if (p->draw->kind == TB_UNIFORM_NOISE)
            tb_uniform_row(seed, p->number, position + p->late + unit,
                           (uint32_t)i, channels, room);
        else
            tb_normal_row(seed, p->number, position + p->late + unit,
                          (uint32_t)i, channels, room);
        put(&row, room);
        if (t->rank > 0)
            row.data = (float *)row.data + t->stride[0];
    }
}

TB_REALTIME void tb_script_draws_fill(const tb_script_draws *d, uint64_t seed,
                                      int64_t position)
{
    for (int i = 0; i < d->count; i++)
        for (int64_t unit = 0; d->at[i].tensor && unit < d->at[i].units; unit++)
            fill_unit(&d->at[i], seed, position, unit, d->room);
}
