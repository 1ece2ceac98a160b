#include "nn/residual_codes.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/index.h"
#include "engine/ops/linear.h"
#include "engine/ops/loss.h"
#include "engine/ops/matmul.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

#include <stdio.h>

/* The index of the code nearest to each vector: x [rows, frames, n], the book
   [codes, n]. The longest of 2 x c - |c|^2 is the shortest of |x - c|^2. */
static tb_value *nearest(tb_value *x, tb_value *book)
{
    tb_value *size = tb_sum(tb_map(book, TB_SQUARE, 0, 0), TB_AXIS(1), false);
    return tb_argmax(tb_sub(tb_scale(tb_linear(x, book, NULL), 2), size), 2);
}

static tb_value *book_of(tb_value *x, const tb_residual_codes *how, int i)
{
    char name[160];
    snprintf(name, sizeof name, "%s.%d._codebook.embed", how->name, i);
    return tb_param(x->graph, name, tb_dims(how->codes, x->dim[1]));
}

tb_coded tb_residual_codes_of(tb_value *x, const tb_residual_codes *how)
{
    tb_coded c = {0};
    tb_value *left = tb_detach(x);
    for (int i = 0; left && i < how->books; i++) {
        tb_value *book = book_of(x, how, i);
        c.left[i] = left;
        c.index[i] = nearest(tb_transpose(left, 1, 2), book);
        c.code[i] = tb_transpose(tb_embedding(book, c.index[i]), 1, 2);
        c.vectors = i ? tb_add(c.vectors, c.code[i]) : c.code[i];
        left = tb_sub(left, c.code[i]);
    }
    return c;
}

tb_value *tb_commitment(tb_value *x, const tb_coded *c, int books)
{
    tb_value *sum = NULL, *loss = NULL;
    for (int i = 0; x && i < books; i++) {
        sum = i ? tb_add(sum, c->code[i]) : c->code[i];
        tb_value *away = tb_l2(x, tb_detach(sum));
        loss = i ? tb_add(loss, away) : away;
    }
    return tb_reshape(tb_mean(loss, TB_ALL_AXES, false), tb_dims(1));
}

/* ---- books that learn ---- */

tb_code_use tb_code_use_of(const tb_coded *c, int i, int codes, int64_t vectors)
{
    tb_value *hit = tb_one_hot(c->index[i], codes); /* [rows, frames, codes] */
    tb_value *count = tb_sum(tb_sum(hit, TB_AXIS(1), false), TB_AXIS(0), false);
    tb_value *sum = tb_sum(
        tb_matmul(tb_transpose(hit, 1, 2), tb_transpose(c->left[i], 1, 2)),
        TB_AXIS(0), false);
    double each = 1 / (double)vectors;
    return (tb_code_use){tb_scale(count, each), tb_scale(sum, each)};
}

tb_value *tb_code_perplexity(tb_value *share)
{
    tb_value *nats =
        tb_mul(share, tb_map(tb_map(share, TB_AFFINE, 1, 1e-30), TB_LOG, 0, 0));
    tb_value *y =
        tb_map(tb_scale(tb_sum(nats, TB_AXIS(0), true), -1), TB_EXP, 0, 0);
    return y;
}

/* Where shares are all but 0 the code's own weight keeps it in place. */
tb_code_book tb_code_book_after(tb_code_book old, tb_code_use use, double kept)
{
    static const double LEAST = 1e-12;
    if (!old.codes || !use.share)
        return (tb_code_book){NULL, NULL};
    tb_shape column = tb_dims(old.codes->dim[0], 1);
    tb_value *past = tb_scale(old.share, kept);
    tb_value *share = tb_add(past, tb_scale(use.share, 1 - kept));
    tb_value *before = tb_reshape(tb_map(past, TB_AFFINE, 1, LEAST), column);
    tb_value *after = tb_reshape(tb_map(share, TB_AFFINE, 1, LEAST), column);
    tb_value *sum =
        tb_add(tb_mul(old.codes, before), tb_scale(use.sum, 1 - kept));
    return (tb_code_book){share, tb_div(sum, after)};
}
