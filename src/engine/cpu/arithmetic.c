/* Norms and steps of optimisers, and sums, in the host's memory. */
#include "engine/arithmetic.h"

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/storage.h"

#include <math.h>

/* One call, for all pieces. */
typedef struct piecewise {
    const tb_weight_update *u;
    const tb_fast *fast; /* null: the loops here */
    float scale;         /* of the gradients */
    tb_adam adam;
} piecewise;

static bool is_active(const tb_weight_update *u, int piece)
{
    return !u->active || u->active[u->pieces[piece].range];
}

/* ---- norms ---- */

static double sum_squares(const piecewise *w, int64_t n, const float *x)
{
    if (w->fast && w->fast->sum_squares)
        return w->fast->sum_squares((size_t)n, x);
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

static void norm_piece(void *context, int piece)
{
    const piecewise *w = context;
    const tb_weight_update *u = w->u;
    const tb_weight_piece *p = &u->pieces[piece];
    u->sums[piece] =
        is_active(u, piece) ? sum_squares(w, p->n, u->gradients + p->at) : 0;
}

static void find_norm(const tb_weight_update *u, tb_pool *pool)
{
    piecewise w = {.u = u, .fast = tb_fast_choose()};
    double sum = 0;
    tb_pool_run(pool, u->count, norm_piece, &w);
    for (int i = 0; i < u->count; i++)
        sum += u->sums[i];
    *u->norm = sqrt(sum);
}

/* ---- steps ---- */

static void adam(const piecewise *w, int64_t n, float *p, const float *g,
                 float *m, float *v)
{
    const tb_adam *a = &w->adam;
    if (w->fast && w->fast->adam) {
        w->fast->adam(a, (size_t)n, p, g, m, v);
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

static void sgd(const piecewise *w, int64_t n, float *p, const float *g,
                float *v)
{
    float momentum = (float)w->u->settings->momentum;
    float rate = w->u->numbers->rate;
    if (w->fast && w->fast->sgd) {
        w->fast->sgd((size_t)n, p, g, v, rate, momentum);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        float step = g[i];
        if (v)
            step = v[i] = momentum * v[i] + g[i];
        p[i] -= rate * step;
    }
}

static void ema(const piecewise *w, int64_t n, float *y, const float *x)
{
    float keep = w->u->numbers->keep;
    if (w->fast && w->fast->ema) {
        w->fast->ema((size_t)n, y, x, keep);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        y[i] += (1 - keep) * (x[i] - y[i]);
}

static void update_piece(void *context, int piece)
{
    const piecewise *w = context;
    const tb_weight_update *u = w->u;
    const tb_optimiser_settings *s = u->settings;
    const tb_weight_piece *at = &u->pieces[piece];
    int64_t n = at->n, own = at->own;
    float *p = u->weights + at->at, *g = u->gradients + at->at;
    float decay = (float)s->decay;
    if (!is_active(u, piece))
        return;
    if (w->scale != 1)
        for (int64_t i = 0; i < n; i++)
            g[i] *= w->scale;
    if (decay != 0 && s->kind != TB_OPTIMISER_ADAMW)
        for (int64_t i = 0; i < n; i++)
            g[i] += decay * p[i];
    if (s->kind == TB_OPTIMISER_SGD)
        sgd(w, n, p, g, u->first ? u->first + own : NULL);
    else
        adam(w, n, p, g, u->first + own, u->second + own);
    if (u->average)
        ema(w, n, u->average + own, p);
}

static bool is_finite(const tb_step_guard *guard)
{
    bool all = true;
    for (int i = 0; i < guard->loss_count; i++)
        all = all && isfinite(guard->losses[i]);
    for (int i = 0; i < guard->norm_count; i++)
        all = all && isfinite(guard->norms[i]);
    return all;
}

/* torch.nn.utils.clip_grad_norm_ */
static double clip_factor(const tb_weight_update *u)
{
    double factor = u->settings->clip / (*u->norm + 1e-6);
    return u->settings->clip > 0 && factor < 1 ? factor : 1;
}

static tb_adam adam_of(const tb_weight_update *u)
{
    const tb_optimiser_settings *s = u->settings;
    return (tb_adam){
        .rate = u->numbers->rate,
        .beta1 = (float)s->beta1,
        .beta2 = (float)s->beta2,
        .epsilon = (float)s->epsilon,
        .decay = s->kind == TB_OPTIMISER_ADAMW ? (float)s->decay : 0,
        .correct1 = u->numbers->correct1,
        .correct2 = u->numbers->correct2,
    };
}

static void update(const tb_weight_update *u, tb_pool *pool)
{
    piecewise w = {u, tb_fast_choose(), (float)clip_factor(u), adam_of(u)};
    if (is_finite(&u->guard))
        tb_pool_run(pool, u->count, update_piece, &w);
}

/* ---- sums ---- */

static void add(float *sum, const float *x, int64_t n, float divisor)
{
    for (int64_t i = 0; i < n; i++)
        sum[i] += x[i] / divisor;
}

static void swap(float *a, float *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        float x = a[i];
        a[i] = b[i];
        b[i] = x;
    }
}

const tb_arithmetic tb_arithmetic_host = {find_norm, update, add, swap};
