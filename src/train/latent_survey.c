#include "train/latent_survey.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/pool.h"
#include "dsp/symmetric.h"
#include "engine/source.h"
#include "train/encoded.h"

#include <math.h>
#include <string.h>

static const char METHOD[] = "encode";

bool tb_has_latents(const tb_instrument *instrument, const void *config)
{
    const tb_network *n = instrument->network;
    return n && n->encode && !n->loop && n->symbols(config).type == TB_REAL;
}

uint64_t tb_latent_encoder_hash(const tb_checkpoint *c, tb_error *error)
{
    tb_method m;
    tb_hash hash;
    if (tb_instrument_method(c->instrument, c->config, c->base, METHOD, 1, &m,
                             error))
        return 0;
    tb_hash_init(&hash, 0);
    for (tb_node *n = tb_graph_first(m.graph); n; n = n->next) {
        int i = n->op == &tb_op_param ? tb_params_find(c->params, n->name) : -1;
        if (i < 0)
            continue;
        tb_hash_add(&hash, n->name, strlen(n->name) + 1);
        tb_hash_add(&hash, tb_params_value(c->params, i),
                    (size_t)tb_params_at(c->params, i)->n * sizeof(float));
    }
    tb_method_clear(&m);
    return tb_hash_get(&hash);
}

/* ---- sums ---- */

/* Over frames, and over products of two latents. They count from the first
   frame of all on, which is near: what is far from 0 would drown differences.
 */
typedef struct latent_sums {
    int64_t latents, frames;
    const float *origin; /* null: the first frame that comes */
    float *first;
    double *sum, *products; /* [n], [n, n]: of which the upper half */
    double *now;            /* [n]: a frame, from the origin */
    tb_status status;
    tb_error error;
} latent_sums;

static bool sums_open(latent_sums *s, int64_t n)
{
    size_t count = (size_t)n;
    *s = (latent_sums){.latents = n};
    s->first = tb_alloc_array(count, sizeof *s->first);
    s->sum = tb_alloc_array(count, sizeof *s->sum);
    s->products = tb_alloc_array(count * count, sizeof *s->products);
    s->now = tb_alloc_array(count, sizeof *s->now);
    return s->first && s->sum && s->products && s->now;
}

static void sums_close(latent_sums *s)
{
    tb_free(s->first);
    tb_free(s->sum);
    tb_free(s->products);
    tb_free(s->now);
}

static void sums_restart(latent_sums *s, const float *origin)
{
    size_t n = (size_t)s->latents;
    memset(s->sum, 0, n * sizeof *s->sum);
    memset(s->products, 0, n * n * sizeof *s->products);
    s->frames = 0;
    s->origin = origin;
    s->status = TB_OK;
}

static void add_frame(latent_sums *s, const float *z)
{
    int64_t n = s->latents;
    for (int64_t i = 0; i < n; i++)
        s->now[i] = (double)z[i] - (double)s->origin[i];
    for (int64_t i = 0; i < n; i++) {
        s->sum[i] += s->now[i];
        for (int64_t k = i; k < n; k++)
            s->products[i * n + k] += s->now[i] * s->now[k];
    }
}

static tb_status put(void *to, const float *frames, int64_t count,
                     tb_error *error)
{
    latent_sums *s = to;
    (void)error;
    if (!s->origin && count > 0) {
        memcpy(s->first, frames, (size_t)s->latents * sizeof *frames);
        s->origin = s->first;
    }
    for (int64_t i = 0; i < count; i++)
        add_frame(s, frames + i * s->latents);
    s->frames += count;
    return TB_OK;
}

static void add_sums(latent_sums *to, const latent_sums *s)
{
    int64_t n = to->latents;
    for (int64_t i = 0; i < n; i++)
        to->sum[i] += s->sum[i];
    for (int64_t i = 0; i < n * n; i++)
        to->products[i] += s->products[i];
    to->frames += s->frames;
}

/* ---- the corpus ---- */

typedef struct survey {
    const tb_symbol_encoder *encoder;
    int first, files; /* of a round: one for each thread */
    latent_sums *each, all;
} survey;

static void hear_file(void *context, int part)
{
    survey *v = context;
    latent_sums *s = &v->each[part];
    s->status =
        tb_symbol_encoder_run(v->encoder, v->first + part, put, s, &s->error);
}

/* A round of files, added in their order. The first one of all sets the
   origin. */
static tb_status hear_round(survey *v, tb_pool *pool, tb_error *error)
{
    for (int i = 0; i < v->files; i++)
        sums_restart(&v->each[i], v->all.origin);
    tb_pool_run(pool, v->files, hear_file, v);
    for (int i = 0; i < v->files; i++) {
        if (v->each[i].status) {
            if (error)
                *error = v->each[i].error;
            return v->each[i].status;
        }
        add_sums(&v->all, &v->each[i]);
    }
    if (!v->all.origin && v->each[0].origin) {
        memcpy(v->all.first, v->each[0].first,
               (size_t)v->all.latents * sizeof *v->all.first);
        v->all.origin = v->all.first;
    }
    return TB_OK;
}

/* The first file alone, so that all have its origin. */
static tb_status hear_all(survey *v, const tb_cache *sound, tb_pool *pool,
                          bool (*stop)(void *context), void *context,
                          tb_error *error)
{
    int threads = tb_pool_threads(pool), files = tb_cache_files(sound);
    tb_status status = TB_OK;
    for (v->first = 0; v->first < files && !status; v->first += v->files) {
        int left = files - v->first, most = v->all.origin ? threads : 1;
        v->files = left < most ? left : most;
        if (stop && stop(context))
            return tb_fail(error, TB_ERR_STOPPED, "Stopped.");
        status = hear_round(v, pool, error);
    }
    return status;
}

/* ---- what they say ---- */

static tb_status find_axes(const latent_sums *s, tb_latent_axes *a,
                           tb_error *error)
{
    int64_t n = s->latents;
    double frames = (double)s->frames, sum = 0, whole = 0;
    double *covariance = tb_alloc_array((size_t)(n * n), sizeof *covariance);
    if (!covariance)
        return tb_fail_memory(error);
    for (int64_t i = 0; i < n; i++) {
        a->mean[i] = (double)s->origin[i] + s->sum[i] / frames;
        for (int64_t k = i; k < n; k++)
            covariance[i * n + k] = covariance[k * n + i] =
                s->products[i * n + k] / frames -
                s->sum[i] / frames * (s->sum[k] / frames);
        a->deviation[i] = sqrt(fmax(covariance[i * n + i], 0));
    }
    tb_symmetric_eigen(covariance, n, a->fidelity, a->axes);
    tb_free(covariance);
    for (int64_t i = 0; i < n; i++)
        whole += fmax(a->fidelity[i], 0);
    for (int64_t i = 0; i < n; i++) {
        sum += fmax(a->fidelity[i], 0);
        a->fidelity[i] = whole > 0 ? sum / whole : 1;
    }
    a->frames = s->frames;
    return TB_OK;
}

static tb_status hear(survey *v, const tb_cache *sound, int threads,
                      bool (*stop)(void *context), void *context,
                      tb_latent_axes *axes, tb_error *error)
{
    tb_pool *pool = tb_pool_new(threads);
    int count = tb_pool_threads(pool), opened = 0;
    int64_t n = axes->count;
    v->each = tb_alloc_array((size_t)count, sizeof *v->each);
    bool good = sums_open(&v->all, n) && v->each;
    for (; good && opened < count; opened++)
        good = sums_open(&v->each[opened], n);
    tb_status status = good ? TB_OK : tb_fail_memory(error);
    if (!status)
        status = hear_all(v, sound, pool, stop, context, error);
    if (!status && v->all.frames < 2)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "There are too few latents to tell how they differ.");
    if (!status)
        status = find_axes(&v->all, axes, error);
    for (int i = 0; v->each && i < opened; i++)
        sums_close(&v->each[i]);
    sums_close(&v->all);
    tb_free(v->each);
    tb_pool_free(pool);
    return status;
}

tb_status tb_latent_survey(const tb_checkpoint *c, const tb_cache *sound,
                           int threads, bool (*stop)(void *context),
                           void *context, tb_latent_axes *axes, tb_error *error)
{
    const tb_feed feed = {.name = "latents",
                          .kind = TB_FEED_METHOD,
                          .method = METHOD,
                          .of = c,
                          .symbols =
                              c->instrument->network->symbols(c->config)};
    survey v = {.encoder = NULL};
    *axes = (tb_latent_axes){0};
    tb_symbol_encoder *encoder = tb_symbol_encoder_open(&feed, sound, error);
    tb_status status = encoder ? TB_OK : TB_ERR_ARGUMENT;
    v.encoder = encoder;
    if (!status)
        status = tb_latent_axes_init(axes, feed.symbols.channels, error);
    if (!status)
        status = hear(&v, sound, threads, stop, context, axes, error);
    axes->encoder = status ? 0 : tb_latent_encoder_hash(c, error);
    if (status)
        tb_latent_axes_clear(axes);
    tb_symbol_encoder_close(encoder);
    return status;
}
