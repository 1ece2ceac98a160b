/* Books of discrete latents, while they learn. */
#include "base/memory.h"
#include "base/random.h"
#include "dsp/codebooks.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "models/rave_latents.h"
#include "nn/init.h"

#include <stdio.h>
#include <string.h>

static const double KEPT = 0.99; /* of the past, each step */
static const double DEAD = 0.1;  /* of an even share: chosen by nobody */
enum {
    EVERY = 20, /* steps between looks for such codes */
    HEARD_EACH = 4
}; /* vectors that k-means hears for a code */

/* ---- where they lie ---- */

static const char *name_of(int book, const char *what, char name[128])
{
    snprintf(name, 128, "encoder.rvq.layers.%d._codebook.%s", book, what);
    return name;
}

/* Index in the store; -1: there is none. */
static int find(const tb_params *p, int book, const char *what)
{
    char name[128];
    return tb_params_find(p, name_of(book, what, name));
}

void tb_rave_init_codes(const tb_rave *c, tb_params *p)
{
    char name[128];
    for (int i = 0; i < c->codebooks; i++)
        tb_init_fill(p, name_of(i, "cluster_size", name), 1.0 / c->codes);
}

/* All books of a network as floats, and room to write them back. */
typedef struct code_books {
    const tb_rave *c;
    tb_params *params;
    size_t each;         /* numbers in a book */
    float *code;         /* [books, codes, latents] */
    float *half_squares; /* [books, codes] */
    double *numbers;     /* [codes, latents]: one book on its way */
} code_books;

static void code_books_close(code_books *b)
{
    tb_free(b->code);
    tb_free(b->half_squares);
    tb_free(b->numbers);
}

static tb_status code_books_open(code_books *b, const tb_rave *c, tb_params *p,
                                 tb_error *error)
{
    size_t books = (size_t)c->codebooks, codes = (size_t)c->codes;
    *b = (code_books){.c = c, .params = p, .each = codes * (size_t)c->latents};
    b->code = tb_alloc_array(books * b->each, sizeof *b->code);
    b->half_squares = tb_alloc_array(books * codes, sizeof *b->half_squares);
    b->numbers = tb_alloc_array(b->each, sizeof *b->numbers);
    if (b->code && b->half_squares && b->numbers)
        return TB_OK;
    code_books_close(b);
    return tb_fail_memory(error);
}

static float *book_at(const code_books *b, int i)
{
    return b->code + (size_t)i * b->each;
}

static void read_book(code_books *b, int i)
{
    int at = find(b->params, i, "embed");
    float *book = book_at(b, i);
    tb_params_get(b->params, at, b->numbers);
    for (size_t k = 0; k < b->each; k++)
        book[k] = (float)b->numbers[k];
    tb_codebook_half_squares(book, b->c->codes, b->c->latents,
                             b->half_squares + (size_t)i * b->c->codes);
}

static void write_book(code_books *b, int i)
{
    const float *book = book_at(b, i);
    for (size_t k = 0; k < b->each; k++)
        b->numbers[k] = (double)book[k];
    tb_params_set(b->params, find(b->params, i, "embed"), b->numbers);
}

/* ---- how they begin ---- */

/* Vectors from all over what was heard, as many as k-means needs. */
static float *some_of(const tb_rave *c, const double *x, int64_t n,
                      int64_t *count)
{
    int64_t all = n / c->latents, most = (int64_t)HEARD_EACH * c->codes;
    *count = all < most ? all : most;
    float *rows =
        tb_alloc_array((size_t)(*count * c->latents) + 1, sizeof *rows);
    for (int64_t i = 0; rows && i < *count; i++)
        for (int64_t k = 0; k < c->latents; k++)
            rows[i * c->latents + k] =
                (float)x[i * all / *count * c->latents + k];
    return rows;
}

static tb_status k_means(const void *config, tb_params *p, const double *x,
                         int64_t n, uint64_t seed, tb_error *error)
{
    const tb_rave *c = config;
    code_books b;
    int64_t count;
    tb_status status = code_books_open(&b, c, p, error);
    if (status)
        return status;
    float *rows = some_of(c, x, n, &count);
    status = rows ? tb_codebooks_learn(rows, count, c->latents, c->codebooks,
                                       c->codes, seed, b.code, error)
                  : tb_fail_memory(error);
    for (int i = 0; i < c->codebooks && !status; i++)
        write_book(&b, i);
    tb_rave_init_codes(c, p);
    tb_free(rows);
    code_books_close(&b);
    return status;
}

/* ---- codes that nobody chooses ---- */

/* What books before `book` leave of a vector. */
static void leave_of(const code_books *b, int book, const double *vector,
                     float *left)
{
    int64_t n = b->c->latents;
    for (int64_t k = 0; k < n; k++)
        left[k] = (float)vector[k];
    for (int i = 0; i < book; i++) {
        const float *at = book_at(b, i);
        int code =
            tb_codebook_nearest(at, b->half_squares + (size_t)i * b->c->codes,
                                b->c->codes, n, left);
        for (int64_t k = 0; k < n; k++)
            left[k] -= at[code * n + k];
    }
}

/* In place of codes that are dead, what some vectors leave to this book. */
static void revive_book(code_books *b, int book, const double *x, int64_t count,
                        tb_rng *rng, double *share)
{
    const tb_rave *c = b->c;
    int at = find(b->params, book, "cluster_size");
    bool any = false;
    tb_params_get(b->params, at, share);
    for (int k = 0; k < c->codes; k++) {
        if (share[k] * c->codes >= DEAD)
            continue;
        int64_t row = (int64_t)tb_rng_below(rng, (uint64_t)count);
        leave_of(b, book, x + row * c->latents,
                 book_at(b, book) + (int64_t)k * c->latents);
        share[k] = 1.0 / c->codes;
        any = true;
    }
    if (!any)
        return;
    tb_params_set(b->params, at, share);
    write_book(b, book);
    read_book(b, book);
}

static tb_status revive(const void *config, tb_params *p, const double *x,
                        int64_t n, uint64_t seed, tb_error *error)
{
    const tb_rave *c = config;
    tb_rng rng = {seed, 0};
    code_books b;
    double *share = tb_alloc_array((size_t)c->codes, sizeof *share);
    tb_status status =
        share ? code_books_open(&b, c, p, error) : tb_fail_memory(error);
    if (!status) {
        for (int i = 0; i < c->codebooks; i++) {
            read_book(&b, i);
            revive_book(&b, i, x, n / c->latents, &rng, share);
        }
        code_books_close(&b);
    }
    tb_free(share);
    return status;
}

/* ---- in a step ---- */

static tb_value *told(tb_learning *l, int objective, const char *name,
                      tb_value *now)
{
    if (!now)
        return NULL;
    tb_value *mean = tb_input(l->update, name, TB_REAL, tb_value_shape(now));
    l->statistic[l->statistic_count++] = (tb_statistic){objective, now, mean};
    return mean;
}

static tb_value *kept(tb_graph *g, int book, const char *what, tb_shape shape)
{
    char name[128];
    return tb_param(g, name_of(book, what, name), shape);
}

static void follow(tb_learning *l, const tb_value *param, tb_value *value)
{
    l->updates[l->update_count++] =
        (tb_buffer_update){param ? param->node->name : NULL, value};
}

static void follow_book(const tb_rave *c, tb_learning *l, int objective,
                        int book, tb_code_use now)
{
    tb_code_use means = {told(l, objective, "share", now.share),
                         told(l, objective, "sum", now.sum)};
    tb_code_book old = {
        kept(l->update, book, "cluster_size", tb_dims(c->codes)),
        kept(l->update, book, "embed", tb_dims(c->codes, c->latents))};
    tb_code_book next = tb_code_book_after(old, means, KEPT);
    follow(l, old.share, next.share);
    follow(l, old.codes, next.codes);
}

static void add_hooks(const tb_rave *c, tb_learning *l, tb_value *vectors)
{
    tb_hook_time again =
        c->encoder_freezes ? TB_HOOK_EVERY_AT_FIRST : TB_HOOK_EVERY;
    l->hook[l->hook_count++] =
        (tb_hook){.name = "k-means",
                  .time = TB_HOOK_START,
                  .objective = TB_RAVE_REBUILDS,
                  .value = vectors,
                  .run = k_means,
                  .fills = "encoder.rvq.layers.0._codebook.embed"};
    l->hook[l->hook_count++] = (tb_hook){.name = "dead codes",
                                         .time = again,
                                         .steps = EVERY,
                                         .objective = TB_RAVE_REBUILDS,
                                         .value = vectors,
                                         .run = revive};
}

/* One metric, whichever phase measures it. */
static void measure(tb_learning *l, int objective, tb_value *in_use)
{
    static const char name[] = "codes_in_use";
    for (int i = 0; i < l->metric_count; i++)
        if (strcmp(l->metric[i].name, name) == 0) {
            l->metric[i].later = objective;
            l->metric[i].later_value = in_use;
            return;
        }
    l->metric[l->metric_count++] =
        (tb_metric){.name = name,
                    .title = "codes in use, of each book",
                    .objective = objective,
                    .value = in_use,
                    .better = TB_HIGHER_IS_BETTER};
}

void tb_rave_learn_codes(const tb_rave *c, int rows, int64_t frames,
                         int objective, const tb_rave_signals *s,
                         tb_learning *l)
{
    tb_value *used = NULL;
    if (c->latent_kind != TB_RAVE_DISCRETE)
        return;
    if (!l->update)
        l->update = tb_graph_new();
    for (int i = 0; l->update && s->encoded && i < c->codebooks; i++) {
        tb_code_use now = tb_code_use_of(&s->coded, i, c->codes, rows * frames);
        tb_value *in_use = tb_code_perplexity(now.share);
        used = i ? tb_add(used, in_use) : in_use;
        follow_book(c, l, objective, i, now);
    }
    if (objective == TB_RAVE_REBUILDS)
        add_hooks(c, l, tb_transpose(s->encoded, 1, 2));
    measure(l, objective, tb_scale(used, 1.0 / c->codebooks));
}
