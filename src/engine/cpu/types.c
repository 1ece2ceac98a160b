/* What computes with other types than reals alone, where it is much: choices,
   comparisons, complex products, casts of reals and indices. */
#include "engine/ops/cast.h"
#include "engine/ops/complex.h"
#include "engine/ops/logic.h"

#include "engine/cpu/copy.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"
#include "engine/element.h"

#include <math.h>

/* ---- runs of elements ---- */

/* n elements of the output and of each input, `step` apart. */
typedef struct tb_typed_run {
    int n;
    char *at[TB_NEST_MAX];
    int64_t step[TB_NEST_MAX];
} tb_typed_run;

typedef TB_REALTIME void (*tb_run_function)(const tb_call *c,
                                            const tb_typed_run *r);

static void each_run(const tb_call *c, int part, int parts, tb_run_function run)
{
    tb_nest s;
    tb_nest_block b;
    tb_nest_of_all(&s, c);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s, &b);
        for (int i = 0; i < r.runs; i++) {
            tb_typed_run one = {.n = r.n};
            for (int k = 0; k < s.tensors; k++) {
                const tb_tensor *t = k ? c->in[k - 1] : c->out[0];
                one.at[k] = (char *)t->data +
                            (b.at[k] + i * r.by[k]) * (int64_t)tb_copy_size(t);
                one.step[k] = r.step[k];
            }
            run(c, &one);
        }
    }
}

/* ---- choices ---- */

static TB_REALTIME void where_reals(const tb_call *c, const tb_typed_run *r)
{
    float *z = (float *)r->at[0];
    const uint8_t *choice = (const uint8_t *)r->at[1];
    const float *x = (const float *)r->at[2], *y = (const float *)r->at[3];
    (void)c;
    for (int i = 0; i < r->n; i++)
        z[i * r->step[0]] =
            choice[i * r->step[1]] ? x[i * r->step[2]] : y[i * r->step[3]];
}

static TB_REALTIME void where_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    (void)phase;
    each_run(c, part, parts, where_reals);
}

static bool makes_reals(const tb_call *c)
{
    return c->out[0]->type == TB_REAL;
}

/* ---- comparisons ---- */

#define TB_COMPARED(name, sign)                                                \
    static TB_REALTIME void name(const tb_call *c, const tb_typed_run *r)      \
    {                                                                          \
        uint8_t *z = (uint8_t *)r->at[0];                                      \
        const float *x = (const float *)r->at[1];                              \
        const float *y = (const float *)r->at[2];                              \
        (void)c;                                                               \
        for (int i = 0; i < r->n; i++)                                         \
            z[i * r->step[0]] = x[i * r->step[1]] sign y[i * r->step[2]];      \
    }

TB_COMPARED(are_equal, ==)
TB_COMPARED(are_unequal, !=)
TB_COMPARED(are_less, <)
TB_COMPARED(are_less_or_equal, <=)
TB_COMPARED(are_greater, >)
TB_COMPARED(are_greater_or_equal, >=)

static const tb_run_function comparisons[] = {
    [TB_EQ] = are_equal,   [TB_NE] = are_unequal,
    [TB_LT] = are_less,    [TB_LE] = are_less_or_equal,
    [TB_GT] = are_greater, [TB_GE] = are_greater_or_equal};

static TB_REALTIME void compare_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase;
    each_run(c, part, parts,
             comparisons[TB_ATTR(tb_compare_attr, c->node)->kind]);
}

static bool compares_reals(const tb_call *c)
{
    return c->in[0]->type == TB_REAL;
}

/* ---- casts ---- */

static TB_REALTIME void reals_of_integers(const tb_call *c,
                                          const tb_typed_run *r)
{
    float *y = (float *)r->at[0];
    const int64_t *x = (const int64_t *)r->at[1];
    (void)c;
    for (int i = 0; i < r->n; i++)
        y[i * r->step[0]] = (float)x[i * r->step[1]];
}

static TB_REALTIME void reals_of_bools(const tb_call *c, const tb_typed_run *r)
{
    float *y = (float *)r->at[0];
    const uint8_t *x = (const uint8_t *)r->at[1];
    (void)c;
    for (int i = 0; i < r->n; i++)
        y[i * r->step[0]] = x[i * r->step[1]];
}

static TB_REALTIME void integers_of_reals(const tb_call *c,
                                          const tb_typed_run *r)
{
    int64_t *y = (int64_t *)r->at[0];
    const float *x = (const float *)r->at[1];
    (void)c;
    for (int i = 0; i < r->n; i++)
        y[i * r->step[0]] = tb_integer_of(x[i * r->step[1]]);
}

static bool cast_fits(const tb_call *c)
{
    tb_type from = c->in[0]->type, to = c->out[0]->type;
    return to == TB_REAL ? from == TB_I64 || from == TB_BOOL
                         : to == TB_I64 && from == TB_REAL;
}

static TB_REALTIME void cast_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase;
    each_run(c, part, parts,
             c->out[0]->type == TB_I64  ? integers_of_reals
             : c->in[0]->type == TB_I64 ? reals_of_integers
                                        : reals_of_bools);
}

/* ---- complex numbers ---- */

static TB_REALTIME void products(const tb_call *c, const tb_typed_run *r)
{
    (void)c;
    for (int i = 0; i < r->n; i++) {
        float *z = (float *)r->at[0] + 2 * i * r->step[0];
        const float *x = (const float *)r->at[1] + 2 * i * r->step[1];
        const float *y = (const float *)r->at[2] + 2 * i * r->step[2];
        float re = x[0] * y[0] - x[1] * y[1];
        float im = x[0] * y[1] + x[1] * y[0];
        z[0] = re;
        z[1] = im;
    }
}

static bool product_fits(const tb_call *c)
{
    return c->out[0]->type == TB_C64 &&
           TB_ATTR(tb_binary_attr, c->node)->kind == TB_MUL;
}

static TB_REALTIME void product_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase;
    each_run(c, part, parts, products);
}

/* In double precision, where squares of floats neither overflow nor vanish. */
static inline double size_of_pair(const float *z)
{
    return sqrt((double)z[0] * z[0] + (double)z[1] * z[1]);
}

static TB_REALTIME void magnitudes(const tb_call *c, const tb_typed_run *r)
{
    float *y = (float *)r->at[0];
    const float *z = (const float *)r->at[1];
    (void)c;
    for (int i = 0; i < r->n; i++)
        y[i * r->step[0]] = (float)size_of_pair(z + 2 * i * r->step[1]);
}

static TB_REALTIME void magnitude_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase;
    each_run(c, part, parts, magnitudes);
}

static TB_REALTIME void magnitude_slopes(const tb_call *c,
                                         const tb_typed_run *r)
{
    (void)c;
    for (int i = 0; i < r->n; i++) {
        float *dz = (float *)r->at[0] + 2 * i * r->step[0];
        const float *z = (const float *)r->at[1] + 2 * i * r->step[1];
        float dy = ((const float *)r->at[2])[i * r->step[2]];
        double size = size_of_pair(z), f = size > 0 ? dy / size : 0;
        dz[0] = (float)(f * z[0]);
        dz[1] = (float)(f * z[1]);
    }
}

static TB_REALTIME void magnitude_grad_run(const tb_call *c, int phase,
                                           int part, int parts)
{
    (void)phase;
    each_run(c, part, parts, magnitude_slopes);
}

const tb_kernel_entry tb_fast_types[] = {
    {&tb_op_where,
     {.run = where_run, .parts = tb_nest_parts_of_all, .fits = makes_reals}},
    {&tb_op_compare,
     {.run = compare_run,
      .parts = tb_nest_parts_of_all,
      .fits = compares_reals}},
    {&tb_op_cast,
     {.run = cast_run, .parts = tb_nest_parts_of_all, .fits = cast_fits}},
    {&tb_op_binary,
     {.run = product_run, .parts = tb_nest_parts_of_all, .fits = product_fits}},
    {&tb_op_magnitude, {.run = magnitude_run, .parts = tb_nest_parts_of_all}},
    {&tb_op_magnitude_grad,
     {.run = magnitude_grad_run, .parts = tb_nest_parts_of_all}},
    {0}};
