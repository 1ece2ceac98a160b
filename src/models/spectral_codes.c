#include "models/spectral_codes.h"

#include "base/memory.h"
#include "dsp/codebooks.h"
#include "engine/ops.h"

#include <stdio.h>

enum { NAME = 32 };

static void name_of(char name[NAME], int k)
{
    snprintf(name, NAME, "frames.codes.%d", k);
}

/* Book k [code_levels, n]. */
static tb_value *book(const tb_spectral_frames *c, tb_graph *g, int k,
                      int64_t n)
{
    char name[NAME];
    name_of(name, k);
    return tb_detach(tb_param(g, name, tb_dims(c->code_levels, n)));
}

/* |x - b|^2 is least where x b - |b|^2 / 2 is largest. */
static tb_value *nearest(tb_value *x, tb_value *b)
{
    tb_value *half =
        tb_scale(tb_sum(tb_map(b, TB_SQUARE, 0, 0), TB_AXIS(1), false), -0.5);
    return tb_argmax(tb_linear(x, b, half), 2);
}

tb_value *tb_spectral_codes_of(const tb_spectral_frames *c, tb_value *x)
{
    tb_value *codes[TB_CODES_MOST];
    if (!x)
        return NULL;
    tb_value *left = tb_contiguous(tb_transpose(x, 1, 2));
    for (int k = 0; k < c->codes; k++) {
        tb_value *b = book(c, x->graph, k, x->dim[1]);
        tb_value *code = nearest(left, b);
        if (!code)
            return NULL;
        left = tb_sub(left, tb_embedding(b, code));
        codes[k] = tb_reshape(code, tb_dims(x->dim[0], TB_FRAMES, 1));
    }
    return tb_concat(c->codes, codes, 2);
}

tb_value *tb_spectral_vectors(const tb_spectral_frames *c, tb_value *codes,
                              int64_t n)
{
    tb_value *sum = NULL;
    for (int k = 0; codes && k < c->codes; k++) {
        tb_value *code = tb_reshape(tb_slice(codes, 2, k, k + 1, 1),
                                    tb_dims(codes->dim[0], TB_FRAMES));
        tb_value *x = tb_embedding(book(c, codes->graph, k, n), code);
        sum = k ? tb_add(sum, x) : x;
    }
    return tb_transpose(sum, 1, 2);
}

tb_value *tb_spectral_confused(const tb_spectral_frames *c, tb_value *codes)
{
    if (!codes)
        return NULL;
    tb_shape all = tb_value_shape(codes);
    tb_value *part =
        tb_noise(codes, TB_UNIFORM_NOISE, tb_dims(codes->dim[0], 1, 1));
    tb_value *is = tb_compare(TB_LT, tb_noise(codes, TB_UNIFORM_NOISE, all),
                              tb_scale(part, c->past_noise));
    tb_value *any = tb_noise(codes, TB_UNIFORM_NOISE, all);
    any = tb_map(tb_scale(any, c->code_levels), TB_FLOOR, 0, 0);
    return tb_where(is, tb_cast(any, TB_I64), codes);
}

static void set_books(const tb_spectral_frames *c, tb_params *params,
                      const float *books, int64_t n, double *one)
{
    int64_t size = c->code_levels * n;
    for (int k = 0; k < c->codes; k++) {
        char name[NAME];
        name_of(name, k);
        for (int64_t i = 0; i < size; i++)
            one[i] = (double)books[k * size + i];
        tb_params_set(params, tb_params_find(params, name), one);
    }
}

tb_status tb_spectral_learn_codes(const tb_spectral_frames *c,
                                  tb_params *params, float *vectors,
                                  int64_t frames, int64_t n, uint64_t seed,
                                  tb_error *error)
{
    size_t size = (size_t)(c->code_levels * n), all = (size_t)(frames * n);
    float *books = tb_alloc_array((size_t)c->codes * size, sizeof *books);
    float *left = tb_alloc_array(all + 1, sizeof *left);
    double *one = tb_alloc_array(size, sizeof *one);
    tb_status status = books && left && one ? TB_OK : tb_fail_memory(error);
    for (size_t i = 0; i < all && !status; i++)
        left[i] = vectors[i];
    if (!status)
        status = tb_codebooks_learn(left, frames, n, c->codes, c->code_levels,
                                    seed, books, error);
    for (size_t i = 0; i < all && !status; i++)
        vectors[i] -= left[i];
    if (!status)
        set_books(c, params, books, n, one);
    tb_free(books);
    tb_free(left);
    tb_free(one);
    return status;
}
