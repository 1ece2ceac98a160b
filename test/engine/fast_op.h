/* Fast kernels against the naive ones, op by op: a case is a small graph; all
   its nodes, gradients too, run in order on tensors laid out by hand (any
   order of axes, gaps, frames around), and where there is a fast kernel it
   must give the naive results, write nothing else, and give the same bits in
   many parts and block by block. */
#ifndef TB_TEST_ENGINE_FAST_OP_H
#define TB_TEST_ENGINE_FAST_OP_H

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/kernel.h"
#include "engine/frames.h"
#include "golden.h"
#include "tolerance.h"

enum { FAST_IN = 5, FAST_WAYS = 5, FAST_GUARD = 64 };

/* Inputs with a bit set are indices below `classes`, or up to one outside. */
typedef struct fast_case {
    const char *name;
    tb_value *(*build)(tb_value *const *in, const void *how);
    const void *how;
    tb_shape in[FAST_IN]; /* up to the first without axes */
    int64_t frames;
    unsigned indices;
    int64_t classes;
    const tb_op *must[4]; /* have a fast kernel in the plan's own layout */
} fast_case;

/* A value in memory of its own. */
typedef struct fast_value {
    tb_tensor tensor;
    char *memory, *before;
    size_t bytes;
} fast_value;

typedef struct fast_run {
    const fast_case *what;
    tb_graph *graph;
    fast_value *values;
    int64_t *frames, *left, *right;
    int way;
    bool found[4];
} fast_run;

static inline size_t fast_size(tb_type type)
{
    return tb_type_size(type, sizeof(float));
}

static inline bool fast_natural(int way)
{
    return way < 2;
}

/* How far each value is read outside its frames. */
static inline void fast_halos(fast_run *r)
{
    for (tb_node *n = tb_graph_first(r->graph); n; n = n->next) {
        const tb_value *out = n->op->paced_by_gradient ? n->in[1]
                              : n->n_out               ? n->out[0]
                                                       : NULL;
        bool whole = n->op->time == TB_TIME_WHOLE && !n->op->paced_by_gradient;
        if (!out || out->time < 0 || whole || r->frames[out->id] < 1)
            continue;
        int64_t low = tb_lowest(n->window, 0);
        int64_t high = tb_highest(n->window, r->frames[out->id] - 1);
        for (int i = 0; i < n->n_in; i++) {
            int v = n->in[i]->id;
            if (-low > r->left[v])
                r->left[v] = -low;
            if (high - r->frames[v] + 1 > r->right[v])
                r->right[v] = high - r->frames[v] + 1;
        }
    }
}

/* The order of axes in memory: as the plan has it, backwards, or turned. */
static inline void fast_order(const tb_value *v, int way, int *order)
{
    for (int i = 0; i < v->rank; i++)
        order[i] = fast_natural(way) ? v->order[i]
                   : way == 2        ? v->rank - 1 - i
                                     : (i + way + v->id) % v->rank;
}

static inline void fast_lay_out(fast_run *r, const tb_value *v)
{
    int order[TB_RANK];
    fast_value *f = &r->values[v->id];
    tb_tensor *t = &f->tensor;
    bool gaps = r->way == 1 || r->way == 4;
    int64_t size = r->way == 4 ? 2 : 1, at = 0;
    *t = (tb_tensor){.type = v->type, .rank = v->rank, .time = v->time};
    t->end = v->time < 0 ? 0 : r->frames[v->id];
    fast_order(v, r->way, order);
    for (int i = v->rank - 1; i >= 0; i--) {
        int a = order[i];
        int64_t n = a == v->time ? r->frames[v->id] : v->dim[a];
        t->dim[a] = n;
        t->stride[a] = size;
        if (a == v->time) {
            at = r->left[v->id] * size;
            n += r->left[v->id] + r->right[v->id];
        }
        size *= n + (gaps && i > 0 ? 3 : 0);
    }
    size_t each = fast_size(v->type);
    f->bytes = ((size_t)size + 2 * FAST_GUARD) * each;
    f->memory = malloc(f->bytes);
    f->before = malloc(f->bytes);
    memset(f->memory, 0x5a, f->bytes);
    memcpy(f->before, f->memory, f->bytes);
    t->data = f->memory + (size_t)(at + FAST_GUARD) * each;
}

/* Calls `see` with the offset of each element of a span, in logical order. */
static inline void fast_each(const tb_tensor *t, int64_t from, int64_t count,
                             void (*see)(void *context, int64_t i, int64_t at),
                             void *context)
{
    int64_t n = tb_elements(t, count);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = tb_frame_offset(t, from), rest = i;
        for (int k = t->rank - 1; k >= 0; k--) {
            int64_t dim = k == t->time ? count : t->dim[k];
            at += rest % dim * t->stride[k];
            rest /= dim;
        }
        see(context, i, at);
    }
}

typedef struct fast_filling {
    const tb_tensor *t;
    int seed;
    int64_t classes; /* of indices */
    bool zero;
} fast_filling;

static inline void fast_fill_one(void *context, int64_t i, int64_t at)
{
    const fast_filling *f = context;
    double x = noise(f->seed, i);
    size_t size = fast_size(f->t->type);
    if (f->zero)
        memset((char *)f->t->data + at * (int64_t)size, 0, size);
    else if (f->t->type == TB_I64)
        ((int64_t *)f->t->data)[at] =
            (int64_t)floor((x + 1) / 2 * (double)(f->classes + 1));
    else
        ((float *)f->t->data)[at] = (float)x;
}

static inline void fast_clear_around(const fast_run *r, int v)
{
    const tb_tensor *t = &r->values[v].tensor;
    fast_filling zero = {t, 0, 0, true};
    if (t->time < 0 || t->type == TB_I64)
        return;
    fast_each(t, -r->left[v], r->left[v], fast_fill_one, &zero);
    fast_each(t, t->dim[t->time], r->right[v], fast_fill_one, &zero);
}

/* ---- one node ---- */

static inline const tb_kernel *fast_find(const tb_kernel_entry *const *sets,
                                         const tb_call *c)
{
    for (; *sets; sets++)
        for (const tb_kernel_entry *e = *sets; e->op; e++)
            if (e->op == c->node->op && (!e->kernel.fits || e->kernel.fits(c)))
                return &e->kernel;
    return NULL;
}

/* Memory with a guard behind it. */
static inline char *fast_memory(size_t bytes)
{
    size_t all = (bytes + 128) / 64 * 64;
    char *memory = aligned_alloc(64, all);
    memset(memory, 0x77, all);
    return memory;
}

static inline bool fast_memory_kept(const char *memory, size_t bytes)
{
    bool same = true;
    for (size_t i = bytes; i < (bytes + 128) / 64 * 64; i++)
        same &= memory[i] == 0x77;
    return same;
}

/* Runs all parts, the last first; true if scratch was not overrun. */
static inline bool fast_call(const tb_kernel *k, tb_call c, int threads)
{
    size_t size = k->prepared ? k->prepared(&c, TB_REAL) : 0;
    char *prepared = fast_memory(size);
    if (size)
        k->prepare(&c, TB_REAL, prepared);
    c.prepared = prepared;
    size_t bytes = k->scratch ? k->scratch(&c, threads) : 0;
    char *scratch = fast_memory(bytes);
    c.scratch = scratch;
    for (int phase = 0; phase < (k->phases ? k->phases : 1); phase++) {
        int parts = k->parts ? k->parts(&c, phase, threads) : 1;
        for (int part = parts - 1; part >= 0; part--)
            k->run(&c, phase, part, parts);
    }
    bool good =
        fast_memory_kept(scratch, bytes) && fast_memory_kept(prepared, size);
    free(scratch);
    free(prepared);
    return good;
}

static inline tb_call fast_call_of(const fast_run *r, const tb_node *n)
{
    tb_call c = {.node = n, .count = 1, .seed = 7, .training = r->way != 1};
    c.in = malloc(sizeof *c.in * (size_t)(n->n_in + n->n_out));
    c.out = c.in + n->n_in;
    for (int i = n->n_in - 1; i >= 0; i--) {
        c.in[i] = &r->values[n->in[i]->id].tensor;
        if (n->in[i]->time >= 0)
            c.count = r->frames[n->in[i]->id];
    }
    for (int i = n->n_out - 1; i >= 0; i--) {
        c.out[i] = &r->values[n->out[i]->id].tensor;
        if (n->out[i]->time >= 0)
            c.count = r->frames[n->out[i]->id];
    }
    return c;
}

static inline void fast_forget(const fast_run *r, const tb_node *n)
{
    for (int i = 0; i < n->n_out; i++) {
        fast_value *f = &r->values[n->out[i]->id];
        memset(f->memory, 0x5a, f->bytes);
    }
}

/* Keeps the results for comparison. */
static inline void fast_keep(const fast_run *r, const tb_node *n)
{
    for (int i = 0; i < n->n_out; i++) {
        fast_value *f = &r->values[n->out[i]->id];
        memcpy(f->before, f->memory, f->bytes);
    }
}

static inline bool fast_unchanged(const fast_run *r, const tb_node *n)
{
    bool same = true;
    for (int i = 0; i < n->n_out; i++) {
        fast_value *f = &r->values[n->out[i]->id];
        same &= memcmp(f->before, f->memory, f->bytes) == 0;
    }
    return same;
}

typedef struct fast_comparison {
    const tb_tensor *t;
    char *kept; /* what `t->data` is in the fast results */
    double apart, norm;
    bool differ; /* in indices, or in what is a number */
} fast_comparison;

/* Compares, then makes them equal: what differs after is outside. */
static inline void fast_compare_one(void *context, int64_t i, int64_t at)
{
    fast_comparison *k = context;
    size_t each = fast_size(k->t->type);
    char *naive = (char *)k->t->data + at * (int64_t)each;
    char *fast = k->kept + at * (int64_t)each;
    (void)i;
    bool numbers = k->t->type == TB_REAL || k->t->type == TB_C64;
    if (!numbers)
        k->differ |= memcmp(fast, naive, each) != 0;
    for (size_t part = 0; numbers && part < each; part += sizeof(float)) {
        float a, b;
        memcpy(&a, fast + part, sizeof a);
        memcpy(&b, naive + part, sizeof b);
        k->differ |= isnan(a) != isnan(b);
        if (!isnan(b)) {
            k->apart += ((double)a - b) * ((double)a - b);
            k->norm += (double)b * b;
        }
    }
    memcpy(fast, naive, each);
}

/* The fast results that were kept and the naive ones in memory. */
static inline bool fast_alike(const fast_run *r, const tb_node *n)
{
    bool good = true;
    for (int i = 0; i < n->n_out; i++) {
        fast_value *f = &r->values[n->out[i]->id];
        const tb_tensor *t = &f->tensor;
        fast_comparison k = {.t = t,
                             .kept = f->before + ((char *)t->data - f->memory)};
        fast_each(t, 0, t->time < 0 ? 1 : t->dim[t->time], fast_compare_one,
                  &k);
        bool close = sqrt(k.apart) <= TOL_FLOAT * sqrt(k.norm) + 1e-12;
        bool inside = memcmp(f->memory, f->before, f->bytes) == 0;
        if (k.differ || !close || !inside)
            fprintf(stderr, "# output %d: %g of %g apart%s%s\n", i,
                    sqrt(k.apart), sqrt(k.norm), k.differ ? ", NaN" : "",
                    inside ? "" : ", writes elsewhere");
        good &= !k.differ && close && inside;
    }
    return good;
}

static inline void fast_report(const fast_run *r, const tb_node *n, bool good,
                               const char *what)
{
    char name[160];
    snprintf(name, sizeof name, "%s, way %d: %s %s", r->what->name, r->way,
             n->op->name, what);
    if (!good)
        OK_NAMED(0, name);
}

/* The same bits however the frames are cut. */
static inline void fast_blocks(const fast_run *r, const tb_node *n,
                               const tb_kernel *k, tb_call c)
{
    int64_t frames = c.count;
    if (n->op->time != TB_TIME_FRAME || !n->n_out || n->out[0]->time < 0)
        return;
    for (int64_t block = 1; block < 8; block += 3) {
        bool good = true;
        fast_forget(r, n);
        for (c.from = 0; c.from < frames; c.from += block) {
            c.count = frames - c.from < block ? frames - c.from : block;
            good &= fast_call(k, c, 1);
        }
        fast_report(r, n, good && fast_unchanged(r, n),
                    "gives the same bits block by block");
    }
}

static inline void fast_node(fast_run *r, const tb_node *n)
{
    tb_call c = fast_call_of(r, n);
    c.fast = tb_fast_choose();
    const tb_kernel *k = c.fast ? fast_find(tb_kernels_fast, &c) : NULL;
    for (int i = 0; i < 4; i++)
        r->found[i] |= k && r->what->must[i] == n->op;
    if (k) {
        fast_report(r, n, fast_call(k, c, 1), "keeps to its scratch");
        fast_keep(r, n);
        fast_forget(r, n);
        fast_report(r, n, fast_call(k, c, 3), "keeps to its scratch");
        fast_report(r, n, fast_unchanged(r, n), "gives the same bits in parts");
        fast_blocks(r, n, k, c);
        fast_forget(r, n);
        fast_call(k, c, 1);
    }
    fast_keep(r, n);
    fast_forget(r, n);
    c.fast = NULL;
    fast_call(fast_find(tb_kernels_naive, &c), c, 1);
    if (k)
        fast_report(r, n, fast_alike(r, n), "is as the naive kernel");
    for (int i = 0; i < n->n_out; i++)
        fast_clear_around(r, n->out[i]->id);
    free(c.in);
}

/* ---- a case ---- */

static inline void fast_source(fast_run *r, const tb_node *n, int seed)
{
    int v = n->out[0]->id;
    const tb_tensor *t = &r->values[v].tensor;
    fast_filling f = {t, seed, r->what->classes, false};
    fast_each(t, 0, t->time < 0 ? 1 : t->dim[t->time], fast_fill_one, &f);
    fast_clear_around(r, v);
}

static inline void fast_build(fast_run *r)
{
    tb_value *in[FAST_IN] = {0}, *wrt[FAST_IN] = {0}, *din[FAST_IN];
    int n = 0;
    r->graph = tb_graph_new();
    for (; n < FAST_IN && r->what->in[n].rank; n++) {
        bool index = r->what->indices >> n & 1;
        in[n] =
            tb_input(r->graph, "x", index ? TB_I64 : TB_REAL, r->what->in[n]);
        wrt[n] = index ? NULL : in[n];
    }
    tb_value *y = r->what->build(in, r->what->how);
    if (y && y->type == TB_REAL && y->node->op->vjp) {
        tb_value *dy = tb_input(r->graph, "dy", TB_REAL, tb_value_shape(y));
        dy->like = y->time >= 0 ? y : NULL;
        tb_grad(tb_sum(tb_mul(y, dy), TB_ALL_AXES, false), n, wrt, din);
    }
}

static inline void fast_run_way(fast_run *r)
{
    size_t values = (size_t)tb_graph_values(r->graph) + 1;
    int seed = 1;
    r->values = calloc(values, sizeof *r->values);
    r->frames = calloc(values, sizeof *r->frames);
    r->left = calloc(values, sizeof *r->left);
    r->right = calloc(values, sizeof *r->right);
    tb_lengths(r->graph, r->what->frames, r->what->frames, r->frames);
    fast_halos(r);
    for (tb_node *n = tb_graph_first(r->graph); n; n = n->next)
        for (int i = 0; i < n->n_out; i++)
            fast_lay_out(r, n->out[i]);
    for (tb_node *n = tb_graph_first(r->graph); n; n = n->next) {
        if (n->op->time == TB_TIME_SOURCE)
            fast_source(r, n, seed++);
        else
            fast_node(r, n);
    }
    for (size_t v = 0; v < values; v++) {
        free(r->values[v].memory);
        free(r->values[v].before);
    }
    free(r->values);
    free(r->frames);
    free(r->left);
    free(r->right);
}

/* All ways of laying memory out. */
static inline void fast_check(const fast_case *what)
{
    fast_run r = {.what = what};
    int before = tap_failed;
    for (r.way = 0; r.way < FAST_WAYS; r.way++) {
        fast_build(&r);
        tb_error error = {0};
        if (tb_graph_check(r.graph, &error)) {
            fprintf(stderr, "# %s: %s\n", what->name, error.text);
            OK_NAMED(0, what->name);
        } else {
            fast_run_way(&r);
        }
        tb_graph_free(r.graph);
        for (int i = 0; i < 4 && r.way == 0; i++)
            if (tb_fast_choose() && what->must[i] && !r.found[i]) {
                fprintf(stderr, "# %s has no fast kernel for %s in way %d\n",
                        what->must[i]->name, what->name, r.way);
                OK_NAMED(0, what->name);
            }
        memset(r.found, 0, sizeof r.found);
    }
    OK_NAMED(tap_failed == before, what->name);
}

#endif
