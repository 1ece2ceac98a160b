#include "engine/optimiser.h"

#include "base/memory.h"
#include "engine/arithmetic.h"

#include <math.h>

const char *const tb_optimiser_names[] = {"adam", "adamw", "sgd", NULL};

struct tb_optimiser {
    tb_optimiser_settings settings;
    const tb_storage *storage;
    int64_t n, steps; /* weights in all ranges; steps done */
    tb_weight_piece *pieces;
    int count; /* pieces */
    /* In the storage. */
    float *first, *second; /* Adam's moments; `first` is SGD's momentum */
    float *average;
    double *sums; /* by piece */
    tb_step_numbers *numbers;
};

/* ---- steps ---- */

/* What stays of the average rises with the steps, so that its memory is about a
   tenth of the training so far until it has its full length. */
static float kept(const tb_optimiser *o)
{
    double steps = (double)o->steps, most = (1 + steps) / (10 + steps);
    return (float)(most < o->settings.average ? most : o->settings.average);
}

static tb_step_numbers numbers_of(const tb_optimiser *o, double rate)
{
    double steps = (double)o->steps;
    return (tb_step_numbers){
        .rate = (float)rate,
        .correct1 = (float)(1 - pow(o->settings.beta1, steps)),
        .correct2 = (float)(1 - pow(o->settings.beta2, steps)),
        .keep = kept(o)};
}

static tb_weight_update update_of(const tb_optimiser *o, float *gradients,
                                  const bool *active, double *norm)
{
    return (tb_weight_update){.settings = &o->settings,
                              .pieces = o->pieces,
                              .count = o->count,
                              .active = active,
                              .gradients = gradients,
                              .first = o->first,
                              .second = o->second,
                              .average = o->average,
                              .numbers = o->numbers,
                              .sums = o->sums,
                              .norm = norm};
}

void tb_optimiser_norm(tb_optimiser *o, float *gradients, const bool *active,
                       double *norm, tb_pool *pool)
{
    const tb_weight_update u = update_of(o, gradients, active, norm);
    o->storage->arithmetic->norm(&u, pool);
}

void tb_optimiser_step(tb_optimiser *o, float *weights, float *gradients,
                       const bool *active, double *norm, double rate,
                       const tb_step_guard *guard, tb_pool *pool)
{
    tb_weight_update u = update_of(o, gradients, active, norm);
    u.weights = weights;
    if (guard)
        u.guard = *guard;
    o->steps++;
    const tb_step_numbers numbers = numbers_of(o, rate);
    o->storage->write(o->numbers, &numbers, sizeof numbers);
    o->storage->arithmetic->update(&u, pool);
}

/* ---- life ---- */

static void cut(tb_optimiser *o, const tb_weight_range *ranges, int count)
{
    for (int i = 0; i < count; i++)
        for (int64_t at = 0; at < ranges[i].count; at += TB_WEIGHT_PIECE) {
            int64_t left = ranges[i].count - at;
            int64_t n = left < TB_WEIGHT_PIECE ? left : TB_WEIGHT_PIECE;
            o->pieces[o->count++] =
                (tb_weight_piece){i, ranges[i].from + at, n, o->n};
            o->n += n;
        }
}

static int64_t count_pieces(const tb_weight_range *ranges, int count)
{
    int64_t n = 0;
    for (int i = 0; i < count; i++)
        n += (ranges[i].count + TB_WEIGHT_PIECE - 1) / TB_WEIGHT_PIECE;
    return n;
}

static float *block(const tb_optimiser *o)
{
    return o->storage->alloc((size_t)o->n * sizeof(float));
}

static bool allocate(tb_optimiser *o, const tb_weight_range *ranges, int count)
{
    const tb_optimiser_settings *s = &o->settings;
    bool sgd = s->kind == TB_OPTIMISER_SGD;
    bool has_first = !sgd || s->momentum != 0;
    size_t pieces = (size_t)count_pieces(ranges, count) + 1;
    o->pieces = tb_alloc_array(pieces, sizeof *o->pieces);
    o->sums = o->storage->alloc(pieces * sizeof *o->sums);
    o->numbers = o->storage->alloc(sizeof *o->numbers);
    if (!o->sums || !o->pieces || !o->numbers)
        return false;
    cut(o, ranges, count);
    o->first = has_first ? block(o) : NULL;
    o->second = sgd ? NULL : block(o);
    o->average = s->average > 0 ? block(o) : NULL;
    return (o->first || !has_first) && (o->second || sgd) &&
           (o->average || s->average <= 0);
}

tb_optimiser *tb_optimiser_new(const tb_optimiser_settings *settings,
                               const tb_weight_range *ranges, int count,
                               const tb_storage *storage, const float *weights,
                               tb_error *error)
{
    tb_optimiser *o = tb_alloc(sizeof *o);
    if (o) {
        o->settings = *settings;
        o->storage = storage;
    }
    if (!o || !allocate(o, ranges, count)) {
        tb_fail_memory(error);
        tb_optimiser_free(o);
        return NULL;
    }
    tb_optimiser_start_average(o, weights, NULL);
    return o;
}

void tb_optimiser_free(tb_optimiser *o)
{
    if (!o)
        return;
    o->storage->free(o->first);
    o->storage->free(o->second);
    o->storage->free(o->average);
    o->storage->free(o->sums);
    o->storage->free(o->numbers);
    tb_free(o->pieces);
    tb_free(o);
}

/* ---- averages ---- */

void tb_optimiser_start_average(tb_optimiser *o, const float *weights,
                                const bool *active)
{
    for (int i = 0; o->average && i < o->count; i++) {
        const tb_weight_piece *p = &o->pieces[i];
        if (!active || active[p->range])
            o->storage->move(o->average + p->own, weights + p->at,
                             (size_t)p->n * sizeof *weights);
    }
}

bool tb_optimiser_has_average(const tb_optimiser *o)
{
    return o->average != NULL;
}

void tb_optimiser_swap_average(tb_optimiser *o, float *weights)
{
    for (int i = 0; o->average && i < o->count; i++) {
        const tb_weight_piece *p = &o->pieces[i];
        o->storage->arithmetic->swap(weights + p->at, o->average + p->own,
                                     p->n);
    }
}

/* ---- what there is to save ---- */

int64_t tb_optimiser_weights(const tb_optimiser *o)
{
    return o->n;
}

int tb_optimiser_blocks(tb_optimiser *o,
                        tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS])
{
    const tb_optimiser_block all[] = {
        {"first", o->first}, {"second", o->second}, {"average", o->average}};
    int count = 0;
    for (int i = 0; i < TB_OPTIMISER_BLOCKS; i++)
        if (all[i].data)
            blocks[count++] = all[i];
    return count;
}

int64_t tb_optimiser_steps(const tb_optimiser *o)
{
    return o->steps;
}

void tb_optimiser_set_steps(tb_optimiser *o, int64_t steps)
{
    o->steps = steps;
}
