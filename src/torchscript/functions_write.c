/* What changes a tensor in place. */
#include "torchscript/functions.h"

#include "engine/ops.h"
#include "torchscript/recording_scalar.h"

/* v, of any shape that broadcasts to it, becomes the numbers of t. */
static bool put(tb_builtin_call *c, tb_script_tensor *t, tb_value *v,
                tb_script_value *out)
{
    tb_error error = {0};
    *out = c->arg[0];
    if (tb_script_tensor_count(t) == 0)
        return true;
    v = v ? tb_value_as(v, t->dtype) : NULL;
    tb_shape shape = tb_script_tensor_shape(t);
    if (v && !tb_has_shape(v, shape))
        v = tb_expand(v, shape);
    if (tb_graph_check(c->r->graph, &error))
        return tb_refuse(c, "%s", error.text);
    return v ? tb_recording_write(c->r, t, v)
             : tb_refuse(c, "there is nothing to write");
}

bool tb_write_result(tb_builtin_call *c, const tb_script_value *result,
                     tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (tb_dtype_is_whole(t->dtype) && tb_dtype_is_real(result->tensor->dtype))
        return tb_refuse(c, "real numbers do not go into whole ones");
    return put(c, t, tb_recording_read(c->r, result->tensor), out);
}

static bool copy(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (tb_is_tensor(c, 1) &&
        (tb_span_is_open(t) || tb_span_is_open(c->arg[1].tensor))) {
        bool done = false;
        *out = c->arg[0];
        if (!tb_span_copy(c->r, t, c->arg[1].tensor, &done) || done)
            return done;
    }
    if (tb_script_tensor_count(t) == 0) {
        *out = c->arg[0];
        return true;
    }
    tb_value *v = tb_arg_value(c, 1, t->dtype);
    if (v && v->rank > t->rank) { /* leading axes of 1 fall away */
        tb_shape shape = tb_value_shape(v);
        int more = v->rank - t->rank;
        shape.rank = t->rank;
        for (int i = 0; i < shape.rank; i++)
            shape.dim[i] = v->dim[i + more];
        v = tb_reshape(v, shape);
    }
    return put(c, t, v, out);
}

static bool fill(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (c->function->kind == 0)
        c->arg[1] = tb_script_float(0);
    return put(c, t, tb_arg_value(c, 1, t->dtype), out);
}

const tb_builtin tb_functions_write[] = {
    {"copy_", "self src non_blocking", copy, 0},
    {"zero_", "self", fill, 0},
    {"fill_", "self value", fill, 1},
    {NULL, NULL, NULL, 0},
};
