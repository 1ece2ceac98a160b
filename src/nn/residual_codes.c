#include "nn/residual_codes.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/index.h"
#include "engine/ops/linear.h"
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
