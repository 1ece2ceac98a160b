/* What is drawn by chance: noise, and choices. A run's seed decides. */
#include "torchscript/functions.h"

#include "engine/ops.h"

static bool give_noise(tb_builtin_call *c, tb_noise_kind kind, tb_dtype type,
                       tb_shape shape, tb_script_value *out)
{
    if (!tb_dtype_is_real(type))
        return tb_refuse(c, "noise of type %s", tb_dtype_name(type));
    bool empty = false;
    for (int i = 0; i < shape.rank; i++)
        empty |= shape.dim[i] == 0;
    if (c->r->silent || empty)
        return tb_give_filled(c, type, shape, 0, out);
    return tb_may_make(c, shape) &&
           tb_give(c, out, type, tb_recording_draw(c->r, kind, shape));
}

static bool noise(tb_builtin_call *c, tb_script_value *out)
{
    tb_shape shape;
    tb_dtype type = TB_DTYPE_FLOAT32;
    return tb_arg_shape(c, 0, &shape) && tb_arg_dtype(c, 1, &type) &&
           give_noise(c, (tb_noise_kind)c->function->kind, type, shape, out);
}

static bool noise_like(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    return tb_arg_tensor(c, 0, &t) &&
           give_noise(c, (tb_noise_kind)c->function->kind, t->dtype,
                      tb_script_tensor_shape(t), out);
}

/* randint(high, size), randint(low, high, size): whole numbers below high. */
static bool whole_numbers(tb_builtin_call *c, tb_script_value *out)
{
    int at = c->arg[1].kind == TB_SCRIPT_LIST ? 1 : 2;
    int64_t low = 0, high = 0;
    tb_shape shape;
    tb_dtype type = TB_DTYPE_INT64;
    if ((at == 2 && !tb_arg_int(c, 0, &low)) || !tb_arg_int(c, at - 1, &high) ||
        !tb_arg_shape(c, at, &shape) || !tb_arg_dtype(c, at + 1, &type) ||
        !tb_may_make(c, shape))
        return false;
    double span = (double)high - (double)low;
    if (!(span >= 1 && span <= 1 << 24))
        return tb_refuse(c, "numbers from %lld to below %lld", (long long)low,
                         (long long)high);
    tb_value *u = tb_recording_draw(c->r, TB_UNIFORM_NOISE, shape);
    tb_value *y = u ? tb_map(tb_scale(u, span), TB_FLOOR, 0, 0) : NULL;
    return tb_give(c, out, type,
                   y ? tb_value_as(tb_map(y, TB_AFFINE, 1, (double)low), type)
                     : NULL);
}

/* The numbers 0 to n - 1 in any order: that in which noise would be sorted. */
static bool permutation(tb_builtin_call *c, tb_script_value *out)
{
    int64_t n = 0;
    if (!tb_arg_int(c, 0, &n))
        return false;
    if (n < 1 || n > 2048)
        return tb_refuse(c, "an order of %lld", (long long)n);
    tb_builtin_call inner = {.r = c->r,
                             .function = tb_builtin_named("argsort")};
    return tb_give(c, &inner.arg[0], TB_DTYPE_FLOAT32,
                   tb_recording_draw(c->r, TB_UNIFORM_NOISE, tb_dims(n))) &&
           inner.function->run(&inner, out);
}

/* 1 with the probability that stands there, else 0. */
static bool bernoulli(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *p = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!p)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    tb_value *hit = tb_compare(
        TB_LT, tb_recording_draw(c->r, TB_UNIFORM_NOISE, tb_value_shape(p)), p);
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   hit ? tb_cast(hit, TB_REAL) : NULL);
}

/* normal_(x, mean, deviation), uniform_(x, from, to). */
static bool fill(tb_builtin_call *c, tb_script_value *out)
{
    bool normal = c->function->kind == TB_NORMAL_NOISE;
    double a = 0, b = 1;
    tb_script_value noise;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_real(c, 1, &a) ||
        !tb_arg_real(c, 2, &b))
        return false;
    if (tb_script_tensor_count(t) == 0) {
        *out = c->arg[0];
        return true;
    }
    if (!give_noise(c, (tb_noise_kind)c->function->kind, t->dtype,
                    tb_script_tensor_shape(t), &noise))
        return false;
    tb_value *v = tb_recording_read(c->r, noise.tensor);
    v = v ? tb_map(v, TB_AFFINE, normal ? b : b - a, a) : NULL;
    return tb_give(c, &noise, t->dtype, v) && tb_write_result(c, &noise, out);
}

/* -log(-log(u)) for uniform u, which is kept off 0 and 1: the largest of such
   numbers plus logarithms of probabilities is drawn with these (Gumbel 1954).
 */
static tb_value *gumbel(tb_value *u)
{
    tb_value *inner = u ? tb_map(u, TB_AFFINE, 1 - 0x1p-23, 0x1p-24) : NULL;
    tb_value *log = inner ? tb_map(inner, TB_LOG, 0, 0) : NULL;
    tb_value *again = log ? tb_map(tb_scale(log, -1), TB_LOG, 0, 0) : NULL;
    return again ? tb_scale(again, -1) : NULL;
}

/* multinomial(p, n, replacement): n of them drawn from each row. */
static bool multinomial(tb_builtin_call *c, tb_script_value *out)
{
    int64_t n = 1;
    bool again = false;
    tb_value *p = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!tb_needs_axes(c, 1))
        return false;
    if (!tb_arg_int(c, 1, &n) || !tb_arg_bool(c, 2, &again))
        return false;
    if (!p || p->rank < 1 || p->rank > 2 || n < 1 || n > 1 << 20)
        return tb_refuse(c, "it needs rows of probabilities");
    if (n > 1 && !again)
        return tb_refuse(c, "%lld are drawn without being put back",
                         (long long)n);
    bool alone = p->rank == 1;
    int64_t rows = alone ? 1 : p->dim[0], q = p->dim[p->rank - 1];
    tb_value *logits = tb_map(tb_reshape(p, tb_dims(rows, 1, q)), TB_LOG, 0, 0);
    if (logits && n > 1)
        logits = tb_contiguous(tb_expand(logits, tb_dims(rows, n, q)));
    if (!logits)
        return tb_give(c, out, TB_DTYPE_INT64, NULL);
    tb_value *g =
        gumbel(tb_recording_draw(c->r, TB_UNIFORM_NOISE, tb_dims(rows, n, q)));
    tb_value *zero = tb_fill(logits->graph, (tb_shape){0}, 0);
    tb_value *y = g ? tb_sample(tb_add(logits, g), zero, zero, zero) : NULL;
    return tb_give(c, out, TB_DTYPE_INT64,
                   y ? tb_reshape(y, alone ? tb_dims(n) : tb_dims(rows, n))
                     : NULL);
}

#define MAKING "dtype layout device pin_memory memory_format"

const tb_builtin tb_functions_chance[] = {
    {"randn", "size " MAKING, noise, TB_NORMAL_NOISE},
    {"rand", "size " MAKING, noise, TB_UNIFORM_NOISE},
    {"randn_like", "self " MAKING, noise_like, TB_NORMAL_NOISE},
    {"rand_like", "self " MAKING, noise_like, TB_UNIFORM_NOISE},
    {"randint", "low high size " MAKING, whole_numbers, 0},
    {"randperm", "n " MAKING, permutation, 0},
    {"bernoulli", "self", bernoulli, 0},
    {"normal_", "self mean std", fill, TB_NORMAL_NOISE},
    {"uniform_", "self from to", fill, TB_UNIFORM_NOISE},
    {"multinomial", "self num_samples replacement", multinomial, 0},
    {NULL, NULL, NULL, 0},
};
