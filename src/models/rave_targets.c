#include "models/rave_targets.h"

#include "base/memory.h"
#include "dsp/sound_distance.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "engine/select.h"
#include "engine/time.h"

#include <math.h>

/* ---- what a sample depends on ---- */

/* Time analysis of `y` on its graph. */
static tb_status analyse(tb_value *y, tb_time *of, tb_error *error)
{
    const tb_graph *g = y->graph;
    bool *needed =
        tb_alloc_array((size_t)tb_graph_nodes(g) + 1, sizeof *needed);
    tb_time *times =
        tb_alloc_array((size_t)tb_graph_values(g) + 1, sizeof *times);
    int64_t step;
    tb_status status = TB_OK;
    if (!needed || !times || !tb_select(g, 1, &y, needed))
        status = tb_fail_memory(error);
    if (!status)
        status = tb_time_analyse(g, needed, 1, times, &step, error);
    if (!status)
        *of = times[y->id];
    tb_free(needed);
    tb_free(times);
    return status;
}

static tb_rave_reach reach_of(const tb_time *t)
{
    bool all = tb_ratio_never(t->first);
    return (tb_rave_reach){.all = all,
                           .left = all ? 0 : -tb_ratio_floor(t->first),
                           .right = tb_ratio_ceil(t->last) + 1};
}

tb_status tb_rave_reach_of(const tb_rave *c, tb_rave_reach *reach,
                           tb_error *error)
{
    tb_graph *g = tb_graph_new();
    if (!g)
        return tb_fail_memory(error);
    tb_rave_signals s = {.sound = tb_input(g, "sound", TB_REAL,
                                           tb_dims(1, c->channels, TB_FRAMES))};
    tb_time time;
    tb_rave_encode(c, &(tb_rave_how){0}, &s);
    tb_rave_decode(c, &(tb_rave_how){0}, &s);
    tb_status status = tb_graph_check(g, error);
    if (!status)
        status = analyse(s.made, &time, error);
    if (!status)
        *reach = reach_of(&time);
    tb_graph_free(g);
    return status;
}

/* ---- what is left ---- */

/* Frames of bands at the beginning and at the end that are not compared. */
typedef struct crop {
    int64_t left, right;
} crop;

/* Rounded as RAVE does. What depends on all that came before is whole nowhere,
   and compared everywhere. */
static crop crop_of(const tb_rave *c, const tb_rave_reach *r)
{
    if (r->all)
        return (crop){0, 0};
    return (crop){r->left / c->bands,
                  r->right > 0 ? (r->right + c->bands - 1) / c->bands : 0};
}

bool tb_rave_crops(const tb_rave *c)
{
    return c->crop && c->bands > 1;
}

tb_status tb_rave_check_crop(const tb_rave *c, int64_t window, tb_error *error)
{
    tb_rave_reach reach;
    if (!tb_rave_crops(c))
        return TB_OK;
    tb_status status = tb_rave_reach_of(c, &reach, error);
    if (status)
        return status;
    crop off = crop_of(c, &reach);
    int64_t enough = 2 * (reach.left + reach.right);
    if (window / c->bands - off.left - off.right > 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "What is made in one moment depends on %lld samples before "
                   "it and %lld after it, more than the window of %lld: take "
                   "window=%lld or more, or crop=no.",
                   (long long)reach.left, (long long)reach.right,
                   (long long)window, (long long)((enough / 4096 + 1) * 4096));
}

tb_value *tb_rave_valid_bands(const tb_rave *c, tb_value *bands)
{
    tb_rave_reach reach;
    tb_error error = {0};
    if (!bands || !tb_rave_crops(c))
        return bands;
    if (tb_rave_reach_of(c, &reach, &error))
        return tb_graph_fail(bands->graph, "%s", error.text);
    crop off = crop_of(c, &reach);
    return off.left || off.right ? tb_pad(bands, 2, -off.left, -off.right)
                                 : bands;
}

/* ---- distances ---- */

tb_value *tb_rave_distance(const tb_rave *c, const tb_rave_signals *s)
{
    tb_sound_distance how = tb_sound_distance_usual;
    how.floor = c->log_floor;
    how.quietest = c->compat == TB_RAVE_2_3 ? 0 : pow(10, c->quietest / 10);
    how.scales = c->scales.count;
    for (int i = 0; i < c->scales.count; i++)
        how.size[i] = c->scales.at[i];
    tb_value *d = tb_scale(tb_sound_distance_of(s->target, s->made, &how),
                           c->sound_distance);
    tb_value *target = tb_rave_valid_bands(c, s->target_bands);
    tb_value *made = tb_rave_valid_bands(c, s->made_bands);
    if (c->bands > 1)
        d = tb_add(d, tb_scale(tb_sound_distance_of(target, made, &how),
                               c->bands_distance));
    return tb_reshape(d, tb_dims(1));
}
