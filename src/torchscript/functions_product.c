/* Products of matrices and of tensors. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <ctype.h>
#include <string.h>

static bool linear(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *w = tb_arg_value(c, 1, TB_DTYPE_FLOAT32), *bias;
    return tb_arg_optional(c, 2, &bias) &&
           tb_give(c, out, TB_DTYPE_FLOAT32,
                   x && w ? tb_linear(x, w, bias) : NULL);
}

/* Vectors become matrices of one row or column, and lose it afterwards. */
static tb_value *product(tb_builtin_call *c, tb_value *a, tb_value *b)
{
    bool row = a && a->rank == 1, column = b && b->rank == 1;
    if (row)
        a = tb_reshape(a, tb_dims(1, a->dim[0]));
    if (column)
        b = tb_reshape(b, tb_dims(b->dim[0], 1));
    tb_value *y =
        a && a->type == TB_I64 ? tb_whole_product(c, a, b) : tb_matmul(a, b);
    if (!y || (!row && !column))
        return y;
    tb_shape shape = tb_value_shape(y);
    int from = shape.rank - 2, kept = from;
    if (!row)
        shape.dim[kept++] = y->dim[from];
    if (!column)
        shape.dim[kept++] = y->dim[from + 1];
    shape.rank = kept;
    return tb_reshape(y, shape);
}

/* (a + i b)(c + i d), by four products of reals. */
static tb_value *complex_product(tb_builtin_call *call, tb_value *x,
                                 tb_value *y)
{
    if (!x || !y)
        return NULL;
    tb_value *a = tb_real_part(x), *b = tb_imag_part(x);
    tb_value *c = tb_real_part(y), *d = tb_imag_part(y);
    return tb_complex(tb_sub(product(call, a, c), product(call, b, d)),
                      tb_add(product(call, a, d), product(call, b, c)));
}

static bool matmul(tb_builtin_call *c, tb_script_value *out)
{
    tb_dtype type = tb_common_type(c, 2);
    if (tb_dtype_type(type) == TB_C64)
        return tb_give(c, out, type,
                       complex_product(c, tb_arg_value(c, 0, type),
                                       tb_arg_value(c, 1, type)));
    tb_dtype as = tb_dtype_is_whole(type) ? type : TB_DTYPE_FLOAT32;
    tb_value *a = tb_arg_value(c, 0, as), *b = tb_arg_value(c, 1, as);
    tb_value *y = a && b ? product(c, a, b) : NULL;
    return tb_give(c, out, type, y ? tb_value_as(y, type) : NULL);
}

/* beta * x + alpha * (a b). */
static bool addmm(tb_builtin_call *c, tb_script_value *out)
{
    double beta = 1, alpha = 1;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *a = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    tb_value *b = tb_arg_value(c, 2, TB_DTYPE_FLOAT32);
    if (!tb_arg_real(c, 3, &beta) || !tb_arg_real(c, 4, &alpha))
        return false;
    tb_value *y = a && b ? product(c, a, b) : NULL;
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   x && y ? tb_add(tb_scale(x, beta), tb_scale(y, alpha))
                          : NULL);
}

/* Two vectors: their product in one number (dot), or each with each. */
static bool of_vectors(tb_builtin_call *c, tb_script_value *out)
{
    bool outer = c->function->kind;
    tb_dtype type = tb_common_type(c, 2);
    tb_dtype as = tb_dtype_is_whole(type) ? type : TB_DTYPE_FLOAT32;
    tb_value *a = tb_arg_value(c, 0, as), *b = tb_arg_value(c, 1, as);
    if (!a || !b || a->rank != 1 || b->rank != 1)
        return tb_refuse(c, "it takes two rows of numbers");
    tb_value *y = outer ? tb_mul(tb_reshape(a, tb_dims(a->dim[0], 1)), b)
                        : product(c, a, b);
    return tb_give(c, out, type, y ? tb_value_as(y, type) : NULL);
}

/* y[..., o] = bias[o] + sum over i and j of a[..., i] w[o, i, j] b[..., j]. */
static bool bilinear(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *a = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *b = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    tb_value *w = tb_arg_value(c, 2, TB_DTYPE_FLOAT32), *bias;
    if (!tb_arg_optional(c, 3, &bias))
        return false;
    if (!a || !b || !w || w->rank != 3 || a->rank < 1 || a->rank == TB_RANK ||
        b->rank == TB_RANK)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    tb_shape shape = tb_value_shape(a);
    int last = shape.rank - 1;
    shape.dim[last] = w->dim[0];
    shape.dim[shape.rank++] = w->dim[2];
    w = tb_permute(w, (int[]){0, 2, 1});
    w = tb_reshape(w, tb_dims(w->dim[0] * w->dim[1], w->dim[2]));
    tb_value *all = tb_reshape(tb_linear(a, w, NULL), shape);
    shape = tb_value_shape(b);
    shape.dim[shape.rank++] = 1;
    tb_value *y = tb_matmul(all, tb_reshape(b, shape));
    if (!y)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    shape = tb_value_shape(y);
    shape.rank--;
    y = tb_reshape(y, shape);
    return tb_give(c, out, TB_DTYPE_FLOAT32, bias ? tb_add(y, bias) : y);
}

/* ---- sums over products, by letters ---- */

enum { MOST_FACTORS = 8, DOTS = '0' }; /* '0', '1'... stand for axes of "..." */

typedef struct letters {
    char at[TB_RANK + 1];
    int count;
} letters;

static const char *place_of(const letters *l, char x)
{
    return memchr(l->at, x, (size_t)l->count);
}

static bool add_letter(letters *l, char x)
{
    if (l->count == TB_RANK)
        return false;
    l->at[l->count++] = x;
    return true;
}

/* One side of "bi,bj->bij", up to a comma, an arrow or the end. The axes of
   the dots are numbered from the last. */
static const char *read_letters(const char *p, int rank, letters *l)
{
    int named = 0;
    for (const char *q = p; *q && *q != ',' && *q != '-'; q++)
        named += isalpha((unsigned char)*q) != 0;
    for (; *p && *p != ',' && *p != '-'; p++) {
        if (*p == '.' && p[1] == '.') {
            for (int i = rank - named; i > 0; i--)
                if (!add_letter(l, (char)(DOTS + i - 1)))
                    return NULL;
            p += 2;
        } else if (isalpha((unsigned char)*p)) {
            if (!add_letter(l, *p))
                return NULL;
        } else if (*p != ' ') {
            return NULL;
        }
    }
    return p;
}

/* A letter that comes twice is the diagonal of two axes. */
static tb_value *take_diagonals(tb_value *v, letters *l)
{
    for (int i = 0; v && i < l->count; i++)
        for (int k = i + 1; v && k < l->count; k++) {
            if (l->at[i] != l->at[k])
                continue;
            tb_shape shape = tb_value_shape(v);
            int64_t stride[TB_RANK], size = 1;
            for (int a = shape.rank - 1; a >= 0; a--) {
                stride[a] = size;
                size *= shape.dim[a];
            }
            stride[i] += stride[k];
            for (int a = k; a + 1 < shape.rank; a++) {
                stride[a] = stride[a + 1];
                shape.dim[a] = shape.dim[a + 1];
                l->at[a] = l->at[a + 1];
            }
            l->count = --shape.rank;
            v = tb_as_strided(v, shape, stride, 0);
            k--;
        }
    return v;
}

/* Sums over the letters that neither the other factor nor the result has. */
static tb_value *sum_alone(tb_value *v, letters *l, const letters *other,
                           const letters *result)
{
    unsigned axes = 0;
    letters left = {.count = 0};
    for (int i = 0; i < l->count; i++) {
        if ((other && place_of(other, l->at[i])) || place_of(result, l->at[i]))
            add_letter(&left, l->at[i]);
        else
            axes |= TB_AXIS(i);
    }
    *l = left;
    if (!v || !axes)
        return v;
    return v->type == TB_I64 ? tb_combine_axes(v, TB_ADD, axes, false)
                             : tb_sum(v, axes, false);
}

/* Axes of v in the order of letters, all of which it has. */
static tb_value *in_order(tb_value *v, const letters *l, const char *order)
{
    int axes[TB_RANK];
    for (int i = 0; i < l->count; i++)
        axes[i] = (int)(place_of(l, order[i]) - l->at);
    return v ? tb_permute(v, axes) : NULL;
}

typedef struct factor_axes {
    letters both, mine, summed;
    int64_t size[3];
} factor_axes;

static void sort_letters(const tb_value *v, const letters *l,
                         const letters *other, const letters *result,
                         factor_axes *f)
{
    *f = (factor_axes){.size = {1, 1, 1}};
    for (int i = 0; i < l->count; i++) {
        bool shared = place_of(other, l->at[i]) != NULL;
        bool kept = place_of(result, l->at[i]) != NULL;
        int kind = !shared ? 1 : kept ? 0 : 2;
        add_letter(kind == 0   ? &f->both
                   : kind == 1 ? &f->mine
                               : &f->summed,
                   l->at[i]);
        f->size[kind] *= v->dim[i];
    }
}

static int append_letters(char *to, int n, const letters *l)
{
    memcpy(to + n, l->at, (size_t)l->count);
    return n + l->count;
}

/* The product of two as one of matrices: [shared and kept, own, summed]. */
static tb_value *multiply(tb_builtin_call *c, tb_value *a, letters *la,
                          tb_value *b, letters *lb, const letters *result)
{
    char order[2 * TB_RANK];
    factor_axes fa, fb;
    letters all = {.count = 0};
    a = sum_alone(a, la, lb, result);
    b = sum_alone(b, lb, la, result);
    if (!a || !b)
        return NULL;
    sort_letters(a, la, lb, result, &fa);
    sort_letters(b, lb, la, result, &fb);
    if (fa.both.count + fa.mine.count + fb.mine.count > TB_RANK)
        return NULL;
    int n = append_letters(order, 0, &fa.both);
    n = append_letters(order, n, &fa.mine);
    append_letters(order, n, &fa.summed);
    tb_value *x = in_order(a, la, order);
    n = append_letters(order, 0, &fa.both);
    n = append_letters(order, n, &fa.summed);
    append_letters(order, n, &fb.mine);
    tb_value *y = in_order(b, lb, order);
    x = tb_reshape(x, tb_dims(fa.size[0], fa.size[1], fa.size[2]));
    y = tb_reshape(y, tb_dims(fb.size[0], fb.size[2], fb.size[1]));
    all.count = append_letters(all.at, 0, &fa.both);
    all.count = append_letters(all.at, all.count, &fa.mine);
    all.count = append_letters(all.at, all.count, &fb.mine);
    tb_shape shape = {.rank = all.count};
    for (int i = 0; i < all.count; i++) {
        const char *at = place_of(la, all.at[i]);
        shape.dim[i] =
            at ? a->dim[at - la->at] : b->dim[place_of(lb, all.at[i]) - lb->at];
    }
    *la = all;
    return tb_reshape(product(c, x, y), shape);
}

/* The letters that the result has, or a factor from `first` on. */
static letters wanted_after(const letters *result, const letters *l, int first,
                            int n)
{
    letters all = *result;
    for (int i = first; i < n; i++)
        for (int k = 0; k < l[i].count; k++)
            if (!place_of(&all, l[i].at[k]))
                add_letter(&all, l[i].at[k]);
    return all;
}

/* Without an arrow: the letters that come once, sorted. */
static void default_result(const letters *l, int n, letters *result)
{
    for (int x = '0'; x <= 'z'; x++) {
        int times = 0;
        for (int i = 0; i < n; i++)
            for (int k = 0; k < l[i].count; k++)
                times += l[i].at[k] == x;
        if (times == 1 || (times > 0 && !isalpha(x)))
            add_letter(result, (char)x);
    }
}

static bool read_formula(const char *p, tb_value **v, int n, letters *l,
                         letters *result)
{
    int dots = 0;
    for (int i = 0; i < n; i++) {
        p = read_letters(p, v[i]->rank, &l[i]);
        if (!p || l[i].count != v[i]->rank)
            return false;
        for (int k = 0; k < l[i].count; k++)
            if (!isalpha((unsigned char)l[i].at[k]) &&
                l[i].at[k] - DOTS + 1 > dots)
                dots = l[i].at[k] - DOTS + 1;
        p += *p == ',';
    }
    if (*p != '-') {
        default_result(l, n, result);
        return *p == 0;
    }
    if (p[1] != '>')
        return false;
    int named = 0;
    for (const char *q = p; *q; q++)
        named += isalpha((unsigned char)*q) != 0;
    p = read_letters(p + 2, named + dots, result);
    return p && !*p;
}

/* The numbers of the factors, as those of the type that all have together. */
static bool read_factors(tb_builtin_call *c, const tb_script_items *items,
                         tb_value **v, tb_dtype *type)
{
    tb_builtin_call factors = {.r = c->r, .function = c->function};
    for (int i = 0; i < items->count; i++) {
        factors.arg[i] = items->at[i];
        if (!tb_is_tensor(&factors, i))
            return tb_refuse(c, "a factor is no tensor");
    }
    *type = tb_common_type(&factors, items->count);
    if (tb_dtype_type(*type) == TB_C64)
        return tb_refuse(c, "complex numbers are not multiplied by it");
    tb_dtype as = tb_dtype_is_whole(*type) ? *type : TB_DTYPE_FLOAT32;
    for (int i = 0; i < items->count; i++)
        if (!(v[i] = tb_arg_value(&factors, i, as)))
            return tb_refuse(c, "a factor has no elements");
    return true;
}

static bool einsum(tb_builtin_call *c, tb_script_value *out)
{
    const char *formula = NULL;
    const tb_script_items *items = NULL;
    tb_value *v[MOST_FACTORS];
    letters l[MOST_FACTORS] = {{{0}, 0}}, result = {{0}, 0};
    if (!tb_arg_string(c, 0, &formula) || !tb_arg_list(c, 1, &items))
        return false;
    int n = items->count;
    tb_dtype type = TB_DTYPE_FLOAT32;
    if (n < 1 || n > MOST_FACTORS)
        return tb_refuse(c, "%d factors", n);
    if (!read_factors(c, items, v, &type))
        return false;
    if (!read_formula(formula, v, n, l, &result))
        return tb_refuse(c, "the formula %s does not fit", formula);
    for (int i = 0; i < n; i++)
        v[i] = take_diagonals(v[i], &l[i]);
    tb_value *y = n == 1 ? sum_alone(v[0], &l[0], NULL, &result) : v[0];
    for (int i = 1; i < n; i++) {
        letters wanted = wanted_after(&result, l, i + 1, n);
        y = y ? multiply(c, y, &l[0], v[i], &l[i], &wanted) : NULL;
    }
    for (int i = 0; i < result.count; i++)
        if (memchr(result.at, result.at[i], (size_t)i))
            y = NULL; /* a letter twice */
    if (!y || l[0].count != result.count)
        return tb_refuse(c, "the formula %s does not fit", formula);
    for (int i = 0; i < result.count; i++)
        if (!place_of(&l[0], result.at[i]))
            return tb_refuse(c, "the formula %s does not fit", formula);
    y = in_order(y, &l[0], result.at);
    return tb_give(c, out, type, y ? tb_value_as(y, type) : NULL);
}

const tb_builtin tb_functions_product[] = {
    {"linear", "input weight bias", linear, 0},
    {"matmul", "self other", matmul, 0},
    {"mm", "self mat2", matmul, 0},
    {"bmm", "self mat2", matmul, 0},
    {"addmm", "self mat1 mat2 beta alpha", addmm, 0},
    {"baddbmm", "self batch1 batch2 beta alpha", addmm, 0},
    {"dot", "self tensor", of_vectors, 0},
    {"outer", "self vec2", of_vectors, 1},
    {"bilinear", "input1 input2 weight bias", bilinear, 0},
    {"einsum", "equation tensors path", einsum, 0},
    {NULL, NULL, NULL, 0},
};
