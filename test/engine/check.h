/* Ops against numbers from PyTorch and finite differences, case by case. Each
   case is a builder with inputs of noise (seeds 1, 2...; the gradient of the
   result has seed 9) and runs in several ways that must all agree: with a time
   axis and without, with its result as an output (which kernels write) and
   read by another op (which may see it as a view), with inputs whose axes lie
   backwards in memory, in single precision and block by block. */
#ifndef TB_TEST_ENGINE_CHECK_H
#define TB_TEST_ENGINE_CHECK_H

#include "engine/ops/frames.h"
#include "engine/ops/shape.h"
#include "engine/ops/strided.h"
#include "golden.h"
#include "streamed.h"
#include "tolerance.h"

enum { CHECK_IN = 4, CHECK_SEED = 9 };

/* What a case needs beyond finite differences. */
enum {
    CHECK_TIMED = 1,    /* only with frames */
    CHECK_UNGOLDEN = 2, /* PyTorch has no such thing */
    CHECK_CONSTANT = 4, /* has no gradient */
    CHECK_INDEX = 8,    /* the last input has none: it becomes an index */
    CHECK_OFFLINE = 16  /* needs all frames: does not stream */
};

typedef struct check_case {
    const char *name;
    tb_value *(*build)(tb_value *const *in, const void *how);
    const void *how;
    tb_shape in[CHECK_IN]; /* up to the first without axes, but at least one */
    int64_t frames;        /* what TB_FRAMES stands for; 0: there is none */
    unsigned flags;
} check_case;

typedef struct golden_numbers {
    const char *name; /* of the case, then "y" or "d0", "d1"... */
    const double *x;
    int64_t n;
} golden_numbers;

typedef struct check_way {
    const char *name;
    bool timed, viewed, backwards;
} check_way;

static inline int check_inputs(const check_case *c)
{
    int n = 1;
    while (n < CHECK_IN && c->in[n].rank)
        n++;
    return n;
}

static inline tb_shape shape_in(const check_case *c, int i, bool timed)
{
    tb_shape shape = c->in[i];
    for (int k = 0; k < shape.rank; k++)
        if (shape.dim[k] == TB_FRAMES && !timed)
            shape.dim[k] = c->frames;
    return shape;
}

static inline tb_shape backwards(tb_shape shape)
{
    tb_shape r = {shape.rank, {0}};
    for (int i = 0; i < shape.rank; i++)
        r.dim[i] = shape.dim[shape.rank - 1 - i];
    return r;
}

/* The same numbers seen with the order of axes turned round. */
static inline tb_tensor seen_backwards(const tb_tensor *t)
{
    tb_tensor r = *t;
    for (int i = 0; i < t->rank; i++) {
        r.dim[i] = t->dim[t->rank - 1 - i];
        r.stride[i] = t->stride[t->rank - 1 - i];
    }
    r.time = t->time < 0 ? -1 : t->rank - 1 - t->time;
    return r;
}

static inline tb_value *check_input(subject *s, const check_case *c, int i,
                                    check_way way)
{
    int axes[TB_RANK];
    tb_shape shape = shape_in(c, i, way.timed);
    if (!way.backwards)
        return subject_in(s, 1 + i, shape);
    for (int k = 0; k < shape.rank; k++)
        axes[k] = shape.rank - 1 - k;
    return tb_permute(subject_in(s, 1 + i, backwards(shape)), axes);
}

static inline void expect_golden(const tb_tensor *t, const check_case *c,
                                 const char *which, check_way way,
                                 const golden_numbers *golden)
{
    char name[100], what[160];
    snprintf(name, sizeof name, "%s %s", c->name, which);
    snprintf(what, sizeof what, "%s (%s) is PyTorch's", name, way.name);
    while (golden->name && strcmp(golden->name, name) != 0)
        golden++;
    if (golden->name)
        expect_numbers(t, golden->x, golden->n, what);
    else
        OK_NAMED(0, what);
}

static inline void check_golden(const subject *s, const check_case *c,
                                check_way way, const golden_numbers *golden)
{
    expect_golden(tb_plan_tensor(s->plan, s->out[0]), c, "y", way, golden);
    for (int i = 0; i < s->n_in && !(c->flags & CHECK_CONSTANT); i++) {
        const tb_tensor *dx = tb_plan_tensor(s->plan, s->din[i]);
        tb_tensor seen = {0};
        if (s->constant >> i & 1)
            continue;
        char which[] = {'d', (char)('0' + i), 0};
        if (dx)
            seen = way.backwards ? seen_backwards(dx) : *dx;
        expect_golden(dx ? &seen : NULL, c, which, way, golden);
    }
}

static inline void check_one(const check_case *c, check_way way,
                             const golden_numbers *golden)
{
    subject s = subject_new();
    tb_value *in[CHECK_IN];
    int n = check_inputs(c);
    char what[160];
    snprintf(what, sizeof what, "%s (%s) by differences", c->name, way.name);
    for (int i = 0; i < n; i++)
        in[i] = check_input(&s, c, i, way);
    if (c->flags & CHECK_INDEX)
        s.constant = 1u << (n - 1);
    tb_value *y = c->build(in, c->how);
    subject_out(&s, CHECK_SEED, way.viewed ? tb_map(y, TB_AFFINE, 1, 0) : y);
    if (subject_run(&s, c->frames ? c->frames : 1)) {
        for (int i = 0; i < n && way.backwards; i++) {
            tb_tensor x = seen_backwards(tb_plan_tensor(s.plan, s.in[i]));
            write_noise(&x, 1 + i);
        }
        tb_plan_run(s.plan, 0, NULL);
        if (!(c->flags & CHECK_UNGOLDEN))
            check_golden(&s, c, way, golden);
        if (!(c->flags & CHECK_CONSTANT))
            subject_differences(&s, what);
    } else {
        fprintf(stderr, "# %s (%s)\n", c->name, way.name);
    }
    subject_free(&s);
}

/* ---- single precision and blocks ---- */

/* Where element i in logical order lies. */
static inline int64_t place_of(const tb_tensor *t, int64_t i)
{
    int64_t o = 0;
    for (int k = t->rank - 1; k >= 0; k--) {
        o += i % t->dim[k] * t->stride[k];
        i /= t->dim[k];
    }
    return o;
}

static inline void write_float_noise(const tb_tensor *t, int seed)
{
    for (int64_t i = 0; t && i < count_of(t); i++)
        ((float *)t->data)[place_of(t, i)] = (float)noise(seed, i);
}

static inline bool float_is_near(const tb_tensor *f, const tb_tensor *d)
{
    double distance = 0, norm = 0;
    for (int64_t i = 0; i < count_of(d); i++) {
        double x = *element(d, i);
        double off = ((const float *)f->data)[place_of(f, i)] - x;
        distance += off * off;
        norm += x * x;
    }
    return sqrt(distance) <= TOL_FLOAT * sqrt(norm);
}

/* The same graph with floats, against the run in double precision. */
static inline bool check_float(const subject *s, int64_t frames)
{
    tb_output want[1 + CHECK_IN] = {{s->out[0], NULL}};
    tb_plan_settings how = {.backend = tb_backend_naive(), .frames = frames};
    int n = 1;
    for (int i = 0; i < s->n_in; i++)
        if (s->din[i])
            want[n++].value = s->din[i];
    tb_plan *p = tb_plan_new(s->graph, n, want, &how, NULL);
    if (!p)
        return false;
    for (int i = 0; i < s->n_in; i++)
        write_float_noise(tb_plan_tensor(p, s->in[i]), s->in_seed[i]);
    write_float_noise(tb_plan_tensor(p, s->dout[0]), CHECK_SEED);
    tb_plan_run(p, 0, NULL);
    bool near = true;
    for (int i = 0; i < n; i++)
        near &= float_is_near(tb_plan_tensor(p, want[i].value),
                              tb_plan_tensor(s->plan, want[i].value));
    tb_plan_free(p);
    return near;
}

static inline void check_precision(const check_case *c)
{
    subject s = subject_new();
    tb_value *in[CHECK_IN];
    char what[160];
    snprintf(what, sizeof what, "%s with floats", c->name);
    for (int i = 0; i < check_inputs(c); i++)
        in[i] = check_input(&s, c, i, (check_way){.timed = c->frames > 0});
    if (c->flags & CHECK_INDEX)
        s.constant = 1u << (s.n_in - 1);
    subject_out(&s, CHECK_SEED, c->build(in, c->how));
    int64_t frames = c->frames ? c->frames : 1;
    if (subject_run(&s, frames))
        OK_NAMED(check_float(&s, frames), what);
    subject_free(&s);
}

/* One signal goes in; other inputs stand still. */
static inline bool is_streamable(const check_case *c)
{
    for (int i = 0; i < check_inputs(c); i++) {
        bool timed = false;
        for (int k = 0; k < c->in[i].rank; k++)
            timed |= c->in[i].dim[k] == TB_FRAMES;
        if (timed != (i == 0))
            return false;
    }
    return !(c->flags & CHECK_OFFLINE);
}

static inline void check_stream(const check_case *c, bool viewed)
{
    for (int64_t block = 1; block <= 8; block += block > 2 ? 5 : 1) {
        subject s = subject_new();
        tb_value *in[CHECK_IN];
        char what[160];
        for (int i = 0; i < check_inputs(c); i++)
            in[i] = check_input(&s, c, i, (check_way){.timed = true});
        tb_value *y = c->build(in, c->how);
        snprintf(what, sizeof what, "%s in blocks of %d%s", c->name, (int)block,
                 viewed ? ", viewed" : "");
        if (viewed)
            y = tb_map(y, TB_AFFINE, 2, 0);
        OK_NAMED(y && streams_like_offline(&s, y, c->frames + 9, block), what);
        subject_free(&s);
    }
}

/* All ways that make sense for each of n cases. */
static inline void check_cases(int n, const check_case *cases,
                               const golden_numbers *golden)
{
    static const check_way ways[] = {{"static", false, false, false},
                                     {"static, viewed", false, true, false},
                                     {"static, backwards", false, true, true},
                                     {"timed", true, false, false},
                                     {"timed, viewed", true, true, false},
                                     {"timed, backwards", true, true, true}};
    for (int i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
            if (ways[k].timed ? cases[i].frames > 0
                              : !(cases[i].flags & CHECK_TIMED))
                check_one(&cases[i], ways[k], golden);
        check_precision(&cases[i]);
        if (is_streamable(&cases[i])) {
            check_stream(&cases[i], false);
            check_stream(&cases[i], true);
        }
    }
}

/* Each of n builders, given a value [2, 3, frames], is an error, told once, and
   gives null. */
static inline void check_each_refused(int n,
                                      tb_value *(*refused)(int, tb_value *))
{
    for (int i = 0; i < n; i++) {
        tb_graph *g = tb_graph_new();
        tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 3, TB_FRAMES));
        char name[40];
        snprintf(name, sizeof name, "refusal %d", i);
        OK_NAMED(!refused(i, x) && tb_graph_check(g, NULL) == TB_ERR_ARGUMENT,
                 name);
        tb_graph_free(g);
    }
}

#endif
