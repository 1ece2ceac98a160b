#include "engine/optimiser.h"

#include "base/memory.h"
#include "engine/cpu/fast/fast.h"

#include <math.h>
#include <string.h>

/* Weights of one piece. Sums are taken piece by piece, so its size decides on
   their bits. */
enum { PIECE = 1 << 15 };

const char *const tb_optimiser_names[] = {"adam", "adamw", "sgd", NULL};

/* What one thread does at once: a piece of a range. */
typedef struct tb_optimiser_piece {
    int range;
    int64_t at, n; /* in the block of weights */
    int64_t own;   /* where it lies in the optimiser's own blocks */
} tb_optimiser_piece;

struct tb_optimiser {
    tb_optimiser_settings settings;
    const tb_fast *fast;   /* null: the loops here */
    int64_t n, steps;      /* weights in all ranges; steps done */
    float *first, *second; /* Adam's moments; `first` is SGD's momentum */
    float *average;
    double *sums; /* by piece */
    tb_optimiser_piece *pieces;
    int count; /* pieces */
};

/* What one step does to each piece. */
typedef struct update {
    tb_optimiser *o;
    float *weights, *gradients;
    const bool *active; /* by range; null: all are */
    float scale;        /* of the gradients */
    float rate;
    tb_adam adam;
} update;

static double sum_squares(const tb_optimiser *o, int64_t n, const float *x)
{
    if (o->fast && o->fast->sum_squares)
        return o->fast->sum_squares((size_t)n, x);
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

static void adam(const tb_optimiser *o, const tb_adam *a, int64_t n, float *p,
                 const float *g, float *m, float *v)
{
    if (o->fast && o->fast->adam) {
        o->fast->adam(a, (size_t)n, p, g, m, v);
        return;
    }
    float step = a->rate / a->correct1, root = sqrtf(a->correct2);
    for (int64_t i = 0; i < n; i++) {
        p[i] *= 1 - a->rate * a->decay;
        m[i] = a->beta1 * m[i] + (1 - a->beta1) * g[i];
        v[i] = a->beta2 * v[i] + (1 - a->beta2) * g[i] * g[i];
        p[i] -= step * m[i] / (sqrtf(v[i]) / root + a->epsilon);
    }
}

static void sgd(const tb_optimiser *o, int64_t n, float *p, const float *g,
                float *v, float rate)
{
    float momentum = (float)o->settings.momentum;
    if (o->fast && o->fast->sgd) {
        o->fast->sgd((size_t)n, p, g, v, rate, momentum);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        float step = g[i];
        if (v)
            step = v[i] = momentum * v[i] + g[i];
        p[i] -= rate * step;
    }
}

/* What stays of the average rises with the steps, so that its memory is about a
   tenth of the training so far until it has its full length. */
static float kept(const tb_optimiser *o)
{
    double steps = (double)o->steps, most = (1 + steps) / (10 + steps);
    return (float)(most < o->settings.average ? most : o->settings.average);
}

static void ema(const tb_optimiser *o, int64_t n, float *y, const float *x)
{
    float keep = kept(o);
    if (o->fast && o->fast->ema) {
        o->fast->ema((size_t)n, y, x, keep);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        y[i] += (1 - keep) * (x[i] - y[i]);
}

static bool is_active(const update *u, int piece)
{
    return !u->active || u->active[u->o->pieces[piece].range];
}

static void norm_piece(void *context, int piece)
{
    const update *u = context;
    const tb_optimiser_piece *p = &u->o->pieces[piece];
    u->o->sums[piece] =
        is_active(u, piece) ? sum_squares(u->o, p->n, u->gradients + p->at) : 0;
}

static void update_piece(void *context, int piece)
{
    const update *u = context;
    tb_optimiser *o = u->o;
    const tb_optimiser_piece *at = &o->pieces[piece];
    int64_t n = at->n, own = at->own;
    float *p = u->weights + at->at, *g = u->gradients + at->at;
    float decay = (float)o->settings.decay;
    if (!is_active(u, piece))
        return;
    if (u->scale != 1)
        for (int64_t i = 0; i < n; i++)
            g[i] *= u->scale;
    if (decay != 0 && o->settings.kind != TB_OPTIMISER_ADAMW)
        for (int64_t i = 0; i < n; i++)
            g[i] += decay * p[i];
    if (o->settings.kind == TB_OPTIMISER_SGD)
        sgd(o, n, p, g, o->first ? o->first + own : NULL, u->rate);
    else
        adam(o, &u->adam, n, p, g, o->first + own, o->second + own);
    if (o->average)
        ema(o, n, o->average + own, p);
}

static tb_adam adam_of(const tb_optimiser *o, double rate)
{
    const tb_optimiser_settings *s = &o->settings;
    double steps = (double)o->steps;
    return (tb_adam){
        .rate = (float)rate,
        .beta1 = (float)s->beta1,
        .beta2 = (float)s->beta2,
        .epsilon = (float)s->epsilon,
        .decay = s->kind == TB_OPTIMISER_ADAMW ? (float)s->decay : 0,
        .correct1 = (float)(1 - pow(s->beta1, steps)),
        .correct2 = (float)(1 - pow(s->beta2, steps)),
    };
}

/* torch.nn.utils.clip_grad_norm_ */
static double clip_factor(const tb_optimiser *o, double norm)
{
    double factor = o->settings.clip / (norm + 1e-6);
    return o->settings.clip > 0 && factor < 1 ? factor : 1;
}

double tb_optimiser_norm(tb_optimiser *o, const float *gradients,
                         const bool *active, tb_pool *pool)
{
    update u = {.o = o, .gradients = (float *)gradients, .active = active};
    double sum = 0;
    tb_pool_run(pool, o->count, norm_piece, &u);
    for (int i = 0; i < o->count; i++)
        sum += o->sums[i];
    return sqrt(sum);
}

void tb_optimiser_step(tb_optimiser *o, float *weights, float *gradients,
                       const bool *active, double norm, double rate,
                       tb_pool *pool)
{
    update u = {
        .o = o, .weights = weights, .gradients = gradients, .active = active};
    o->steps++;
    u.scale = (float)clip_factor(o, norm);
    u.rate = (float)rate;
    u.adam = adam_of(o, rate);
    tb_pool_run(pool, o->count, update_piece, &u);
}

static void cut(tb_optimiser *o, const tb_weight_range *ranges, int count)
{
    for (int i = 0; i < count; i++)
        for (int64_t at = 0; at < ranges[i].count; at += PIECE) {
            int64_t left = ranges[i].count - at;
            int64_t n = left < PIECE ? left : PIECE;
            o->pieces[o->count++] =
                (tb_optimiser_piece){i, ranges[i].from + at, n, o->n};
            o->n += n;
        }
}

static int64_t count_pieces(const tb_weight_range *ranges, int count)
{
    int64_t n = 0;
    for (int i = 0; i < count; i++)
        n += (ranges[i].count + PIECE - 1) / PIECE;
    return n;
}

static bool allocate(tb_optimiser *o, const tb_weight_range *ranges, int count)
{
    const tb_optimiser_settings *s = &o->settings;
    bool sgd_kind = s->kind == TB_OPTIMISER_SGD;
    size_t pieces = (size_t)count_pieces(ranges, count) + 1;
    o->sums = tb_alloc_array(pieces, sizeof *o->sums);
    o->pieces = tb_alloc_array(pieces, sizeof *o->pieces);
    if (!o->sums || !o->pieces)
        return false;
    cut(o, ranges, count);
    size_t n = (size_t)o->n;
    if (!sgd_kind || s->momentum != 0)
        o->first = tb_alloc_array(n, sizeof(float));
    if (!sgd_kind)
        o->second = tb_alloc_array(n, sizeof(float));
    if (s->average > 0)
        o->average = tb_alloc_array(n, sizeof(float));
    return (o->first || (sgd_kind && s->momentum == 0)) &&
           (o->second || sgd_kind) && (o->average || s->average <= 0);
}

tb_optimiser *tb_optimiser_new(const tb_optimiser_settings *settings,
                               const tb_weight_range *ranges, int count,
                               const float *weights, tb_error *error)
{
    tb_optimiser *o = tb_alloc(sizeof *o);
    if (o) {
        o->settings = *settings;
        o->fast = tb_fast_choose();
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
    tb_free(o->first);
    tb_free(o->second);
    tb_free(o->average);
    tb_free(o->sums);
    tb_free(o->pieces);
    tb_free(o);
}

void tb_optimiser_start_average(tb_optimiser *o, const float *weights,
                                const bool *active)
{
    const update u = {.o = o, .active = active};
    for (int i = 0; o->average && i < o->count; i++)
        if (is_active(&u, i))
            memcpy(o->average + o->pieces[i].own, weights + o->pieces[i].at,
                   (size_t)o->pieces[i].n * sizeof *weights);
}

bool tb_optimiser_has_average(const tb_optimiser *o)
{
    return o->average != NULL;
}

static void swap_piece(void *context, int piece)
{
    const update *u = context;
    const tb_optimiser_piece *p = &u->o->pieces[piece];
    float *a = u->weights + p->at, *b = u->o->average + p->own;
    for (int64_t i = 0; i < p->n; i++) {
        float x = a[i];
        a[i] = b[i];
        b[i] = x;
    }
}

void tb_optimiser_swap_average(tb_optimiser *o, float *weights)
{
    update u = {.o = o, .weights = weights};
    for (int i = 0; o->average && i < o->count; i++)
        swap_piece(&u, i);
}

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
