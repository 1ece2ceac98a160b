/* What rows of emit_ops.c read, and the lines that they write. */
#include "engine/frames.h"
#include "torchscript/emit_time.h"

#include <stdio.h>
#include <string.h>

/* ---- text ---- */

const char *tb_emit_text(tb_emitter *e, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = n < 0 ? NULL : tb_arena_alloc(e->arena, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, list);
    va_end(list);
    if (!text && !e->status)
        e->status = tb_fail_memory(e->error);
    return text ? text : "";
}

void tb_emit_line(tb_emitter *e, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    tb_source_list(e->text, format, list);
    va_end(list);
}

const char *tb_emit_let(tb_emitter *e, const char *format, ...)
{
    char line[4096];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const char *name = tb_emit_text(e, "t%d", e->names++);
    if (n < 0 || (size_t)n >= sizeof line)
        e->status = tb_fail(e->error, TB_ERR_UNSUPPORTED,
                            "A line of the program would be too long.");
    tb_emit_line(e, "%s = %s", name, line);
    return name;
}

const char *tb_emit_ints(tb_emitter *e, int n, const int64_t *x)
{
    const char *list = "[";
    for (int i = 0; i < n; i++)
        list =
            tb_emit_text(e, "%s%s%lld", list, i ? ", " : "", (long long)x[i]);
    return tb_emit_text(e, "%s]", list);
}

const char *tb_emit_number(tb_emitter *e, const tb_value *v, double x)
{
    char text[TB_SOURCE_REAL];
    if (v->type == TB_REAL)
        return tb_emit_text(e, "%s", tb_source_real(x, text));
    return tb_emit_text(e, "%lld", (long long)x);
}

void tb_emit_refuse(tb_emitter *e, const tb_node *n, const char *what)
{
    if (!e->status)
        e->status = tb_fail(e->error, TB_ERR_UNSUPPORTED,
                            "Node %d (%s): %s cannot be exported.", n->id,
                            n->op->name, what);
}

const char *tb_emit_constant(tb_emitter *e, const tb_node *n, const char *what,
                             tb_shape shape, const float *x)
{
    const char *slot = tb_emit_text(e, "%s_%d", what, n->id);
    if (!x && !e->status)
        e->status = tb_fail_memory(e->error);
    if (x && !tb_made_has_slot(e->object, slot))
        tb_made_slot_tensor(e->object, slot,
                            tb_made_tensor_new(e->module, TB_REAL, shape, x),
                            TB_SLOT_BUFFER);
    return tb_emit_text(e, "self.%s", slot);
}

/* ---- shapes ---- */

const char *tb_emit_dim(tb_emitter *e, const tb_value *v, int axis)
{
    int64_t n = v->dim[axis];
    if (axis == v->time)
        return e->step
                   ? tb_emit_text(e, "%lld", (long long)e->values[v->id].count)
                   : tb_emit_text(e, "f%lld", (long long)e->values[v->id].per);
    if (n == 0 || n % TB_EMITTED_ROWS)
        return tb_emit_text(e, "%lld", (long long)n);
    if (n == TB_EMITTED_ROWS)
        return "rows";
    return tb_emit_text(e, "torch.mul(rows, %lld)",
                        (long long)(n / TB_EMITTED_ROWS));
}

const char *tb_emit_dims(tb_emitter *e, const tb_value *v)
{
    const char *list = "[";
    for (int i = 0; i < v->rank; i++)
        list = tb_emit_text(e, "%s%s%s", list, i ? ", " : "",
                            tb_emit_dim(e, v, i));
    return tb_emit_text(e, "%s]", list);
}

/* ---- reading ---- */

/* From number `from` on, without the last `rest`. */
static const char *cut(tb_emitter *e, const char *name, int axis, int64_t from,
                       int64_t rest)
{
    if (from == 0 && rest == 0)
        return name;
    return tb_emit_let(e, "torch.slice(%s, %d, %lld, %lld, 1)", name, axis,
                       (long long)from,
                       rest ? (long long)-rest : (long long)INT64_MAX);
}

/* Frames `low` to `high` of what a loop has made of a value. */
const char *tb_emit_frames_of(tb_emitter *e, const tb_value *v, int64_t low,
                              int64_t high)
{
    const tb_emitted_value *x = &e->values[v->id];
    if (x->name && low == x->first && high == x->first + x->count - 1)
        return x->name;
    if (!x->long_name) {
        tb_emit_refuse(e, v->node, "what is read of it");
        return "";
    }
    return tb_emit_let(e, "torch.slice(%s, %d, %lld, %lld, 1)", x->long_name,
                       v->time, (long long)(low - x->from),
                       (long long)(high + 1 - x->from));
}

static const char *read_in_step(tb_emitter *e, const tb_node *n, int i)
{
    const tb_emitted_value *y = &e->values[tb_emit_timed(n)->id];
    return tb_emit_frames_of(e, n->in[i], tb_lowest(n->window, y->first),
                             tb_highest(n->window, y->first + y->count - 1));
}

/* What has no frames and changes is computed anew when it may have changed. */
static const char *read_without_frames(tb_emitter *e, const tb_node *n,
                                       const tb_value *v)
{
    tb_emitted_value *x = &e->values[v->id];
    tb_emit_op emit = tb_emit_op_of(v->node->op);
    if (x->moves && x->stamp != e->stamp && emit) {
        emit(e, v->node);
        x->stamp = e->stamp;
    }
    if (!x->name)
        tb_emit_refuse(e, n, "what it reads");
    return x->name ? x->name : "";
}

const char *tb_emit_value(tb_emitter *e, const tb_value *v)
{
    return read_without_frames(e, v->node, v);
}

const char *tb_emit_read(tb_emitter *e, const tb_node *n, int i)
{
    const tb_value *v = n->in[i];
    const tb_emitted_value *x = &e->values[v->id];
    if (v->time < 0)
        return read_without_frames(e, n, v);
    if (!x->name && !x->long_name) {
        tb_emit_refuse(e, n, "what it reads");
        return "";
    }
    if (e->step)
        return read_in_step(e, n, i);
    int64_t back = tb_emit_back(e, n, i), rest = tb_emit_rest(e, n, i);
    if (back == 0 || !x->long_name)
        return cut(e, x->name, v->time, -back, rest);
    return cut(e, x->long_name, v->time, x->kept - back, rest);
}

const char *tb_emit_place(tb_emitter *e, const tb_value *v)
{
    const tb_emitted_value *x = &e->values[v->id];
    return tb_emit_text(e, "torch.add(torch.mul(self.clock, %lld), %lld)",
                        (long long)x->per, (long long)x->first);
}

/* ---- what a value becomes ---- */

/* "[1, 1, -1]": along time, to be spread over all else. */
static const char *along_time(tb_emitter *e, const tb_value *v)
{
    int64_t shape[TB_RANK];
    for (int i = 0; i < v->rank; i++)
        shape[i] = i == v->time ? -1 : 1;
    return tb_emit_ints(e, v->rank, shape);
}

static const char *begun(tb_emitter *e, const tb_value *v, const char *name)
{
    const tb_emitted_value *x = &e->values[v->id];
    const char *after = tb_emit_text(e, "t%d", e->names++);
    tb_emit_line(e,
                 "if starting:\n"
                 "  %s = (self).begun(%s, %s, %lld, %lld, %s, )\n"
                 "else:\n"
                 "  %s = %s",
                 after, name, tb_emit_dim(e, v, v->time), (long long)x->per,
                 (long long)-x->first, along_time(e, v), after, name);
    return after;
}

static const void *filled_with(tb_emitter *e, const tb_value *v, tb_shape shape,
                               double x)
{
    int64_t n = 1;
    for (int i = 0; i < shape.rank; i++)
        n *= shape.dim[i];
    float *data = tb_arena_array(e->arena, (size_t)n, sizeof *data);
    for (int64_t i = 0; data && i < n; i++)
        data[i] = (float)x;
    if (v->type != TB_REAL || !data)
        tb_emit_refuse(e, v->node, "what it begins with");
    return data;
}

const char *tb_emit_buffer(tb_emitter *e, const tb_value *v, const char *slot,
                           tb_shape shape, double first)
{
    bool rows = false;
    for (int i = 0; i < v->rank; i++) {
        bool counts = i != v->time && v->dim[i] % TB_EMITTED_ROWS == 0;
        rows |= counts && i == 0;
        if (counts)
            shape.dim[i] = v->dim[i] / TB_EMITTED_ROWS * TB_EMITTED_MOST_ROWS;
        if (counts && i > 0)
            tb_emit_refuse(e, v->node, "rows that are not the first axis");
    }
    const void *data = first == 0 ? NULL : filled_with(e, v, shape, first);
    tb_made_slot_tensor(e->object, slot,
                        tb_made_tensor_new(e->module, v->type, shape, data),
                        TB_SLOT_BUFFER);
    if (!rows)
        return tb_emit_text(e, "self.%s", slot);
    return tb_emit_let(e, "torch.slice(self.%s, 0, 0, %s, 1)", slot,
                       tb_emit_dim(e, v, 0));
}

/* What is kept of a value. */
static const char *kept(tb_emitter *e, const tb_value *v)
{
    tb_shape shape = tb_value_shape(v);
    shape.dim[v->time] = e->values[v->id].kept;
    return tb_emit_buffer(e, v, tb_emit_text(e, "past_%d", v->id), shape, 0);
}

static void keep(tb_emitter *e, const tb_value *v)
{
    tb_emitted_value *x = &e->values[v->id];
    const char *past = kept(e, v);
    x->long_name =
        tb_emit_let(e, "torch.cat([%s, %s], %d)", past, x->name, v->time);
    tb_emit_let(e, "torch.copy_(%s, torch.slice(%s, %d, -%lld, %lld, 1))", past,
                x->long_name, v->time, (long long)x->kept,
                (long long)INT64_MAX);
}

/* What was made before in the cycle, and kept, and this. */
static void join(tb_emitter *e, const tb_value *v)
{
    tb_emitted_value *x = &e->values[v->id];
    if (!x->long_name)
        x->from = x->first;
    x->long_name = x->long_name ? tb_emit_let(e, "torch.cat([%s, %s], %d)",
                                              x->long_name, x->name, v->time)
                                : x->name;
}

static void define(tb_emitter *e, const tb_value *v, const char *name)
{
    tb_emitted_value *x = &e->values[v->id];
    x->name = name;
    if (v->time < 0)
        return;
    if (x->begins && (!e->step || x->first < 0))
        x->name = begun(e, v, name);
    if (!e->step && x->kept > 0)
        keep(e, v);
    if (e->step && x->in_parts)
        join(e, v);
}

/* ---- cycles ---- */

void tb_emit_open_cycle(tb_emitter *e, const tb_value *v)
{
    tb_emitted_value *x = &e->values[v->id];
    x->name = x->long_name = NULL;
    if (x->kept <= 0)
        return;
    x->past = kept(e, v);
    x->long_name = x->past;
    x->from = tb_emit_first_of(e, v) - x->kept;
}

void tb_emit_close_cycle(tb_emitter *e, const tb_value *v)
{
    const tb_emitted_value *x = &e->values[v->id];
    if (x->kept > 0)
        tb_emit_let(e, "torch.copy_(%s, torch.slice(%s, %d, -%lld, %lld, 1))",
                    x->past, x->long_name, v->time, (long long)x->kept,
                    (long long)INT64_MAX);
}

void tb_emit_give_output(tb_emitter *e, const tb_node *n, int i,
                         const char *expression)
{
    define(e, n->out[i], tb_emit_let(e, "%s", expression));
}

void tb_emit_give(tb_emitter *e, const tb_node *n, const char *expression)
{
    tb_emit_give_output(e, n, 0, expression);
}

const char *tb_emit_real_frames(tb_emitter *e, const tb_node *n)
{
    const tb_value *v = n->out[0];
    const tb_emitted_value *x = &e->values[v->id];
    return tb_emit_let(e, "(self).real(%s, %lld, %lld, )",
                       tb_emit_dim(e, v, v->time), (long long)x->per,
                       (long long)-x->first);
}

void tb_emit_give_part(tb_emitter *e, const tb_node *n, const char *name,
                       int64_t skip)
{
    const tb_value *y = n->out[0];
    define(e, y,
           tb_emit_let(e, "torch.slice(%s, %d, %lld, torch.add(%lld, %s), 1)",
                       name, y->time, (long long)skip, (long long)skip,
                       tb_emit_dim(e, y, y->time)));
}
