#include "torchscript/recording_scalar.h"

#include "engine/ops.h"
#include "torchscript/recording_guard.h"

#include <string.h>

static void *no_memory(tb_recording *r)
{
    tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
    return NULL;
}

/* ---- numbers ---- */

static tb_value *add_scalar(tb_recording *r, tb_type type, int count,
                            const tb_script_value *numbers)
{
    tb_scalar *s = tb_arena_alloc(r->arena, sizeof *s);
    tb_shape shape = count == 1 ? (tb_shape){0} : tb_dims(count);
    if (!s)
        return no_memory(r);
    *s = (tb_scalar){.value = tb_input(r->graph, "number", type, shape),
                     .count = count,
                     .next = r->scalars};
    memcpy(s->number, numbers, (size_t)count * sizeof *numbers);
    r->scalars = s;
    return s->value;
}

tb_value *tb_recording_scalar(tb_recording *r, const tb_script_value *x,
                              tb_type type)
{
    for (const tb_scalar *s = r->scalars; s; s = s->next)
        if (s->count == 1 && s->number[0].formula == x->formula && s->value &&
            s->value->type == type)
            return s->value;
    return add_scalar(r, type, 1, x);
}

void tb_scalar_give(const tb_scalar *scalar, const tb_tensor *to)
{
    for (int i = 0; i < scalar->count; i++) {
        const tb_script_value *x = &scalar->number[i];
        tb_script_value now = x->formula ? tb_formula_value(x->formula) : *x;
        int64_t at = scalar->count > 1 ? i * to->stride[0] : 0;
        if (to->type == TB_I64)
            ((int64_t *)to->data)[at] = now.kind == TB_SCRIPT_INT
                                            ? now.integer
                                            : (int64_t)tb_script_number(&now);
        else if (to->type == TB_BOOL)
            ((uint8_t *)to->data)[at] = tb_script_number(&now) != 0;
        else
            ((float *)to->data)[at] = (float)tb_script_number(&now);
    }
}

void tb_scalar_slots(const tb_scalar *scalar,
                     void (*visit)(void *context, const tb_script_items *items,
                                   int slot),
                     void *context)
{
    for (int i = 0; i < scalar->count; i++)
        if (scalar->number[i].formula)
            tb_formula_slots(scalar->number[i].formula, visit, context);
}

/* ---- numbers that are computed ---- */

static bool compute(tb_recording *r, const char *function, tb_script_value a,
                    tb_script_value b, tb_script_value *out)
{
    tb_builtin_call c = {.r = r,
                         .function = tb_builtin_named(function),
                         .count = 2,
                         .arg = {a, b}};
    return tb_builtin_run(&c, out);
}

/* Whether it is so now; from now on it is guarded. */
static bool compare(tb_recording *r, const char *how, tb_script_value a,
                    tb_script_value b, bool *truth)
{
    tb_script_value x;
    if (!compute(r, how, a, b, &x))
        return false;
    *truth = x.boolean;
    return tb_pin_truth(r, &x);
}

/* A bound as an index from 0 to n; *x. */
static bool clip(tb_recording *r, tb_script_value *x, int64_t n)
{
    bool is = false;
    tb_script_value end = tb_script_int(n);
    if (!compare(r, "lt", *x, tb_script_int(0), &is))
        return false;
    if (is && !compute(r, "add", *x, end, x))
        return false;
    if (is && !compare(r, "lt", *x, tb_script_int(0), &is))
        return false;
    if (is)
        *x = tb_script_int(0);
    if (!compare(r, "gt", *x, end, &is))
        return false;
    if (is)
        *x = end;
    return true;
}

/* ---- spans ---- */

bool tb_span_is_open(const tb_script_tensor *t)
{
    return t->span && t->span->length.formula;
}

bool tb_recording_settle(tb_recording *r, tb_script_tensor *t)
{
    struct tb_script_span *s = t->span;
    t->span = NULL;
    return !s || (tb_pin(r, &s->from) && tb_pin(r, &s->length));
}

bool tb_recording_settle_value(tb_recording *r, const tb_script_value *x)
{
    return x->kind != TB_SCRIPT_TENSOR || tb_recording_settle(r, x->tensor);
}

tb_script_tensor *tb_recording_span(tb_recording *r, tb_script_tensor *t,
                                    int axis, tb_script_value first,
                                    tb_script_value last)
{
    struct tb_script_span *s = tb_arena_alloc(r->arena, sizeof *s);
    tb_script_tensor *view;
    bool crossed = false;
    if (!s)
        return no_memory(r);
    if (!clip(r, &first, t->dim[axis]) || !clip(r, &last, t->dim[axis]) ||
        !compare(r, "gt", first, last, &crossed))
        return NULL;
    if (crossed)
        last = first;
    if (!compute(r, "sub", last, first, &s->length) ||
        !(view = tb_recording_view(r, t)) ||
        !(s->base = tb_recording_view(r, t)))
        return NULL;
    s->axis = axis;
    s->from = first;
    view->dim[axis] = s->length.integer;
    view->offset += first.integer * t->stride[axis];
    view->span = s->from.formula || s->length.formula ? s : NULL;
    return view;
}

tb_script_tensor *tb_recording_narrow(tb_recording *r, tb_script_tensor *t,
                                      int axis, tb_script_value at,
                                      int64_t length)
{
    bool below = false;
    tb_script_value after;
    if (!compare(r, "lt", at, tb_script_int(0), &below) ||
        (below && !compute(r, "add", at, tb_script_int(t->dim[axis]), &at)) ||
        !compute(r, "add", at, tb_script_int(length), &after))
        return NULL;
    tb_script_tensor *view = tb_recording_span(r, t, axis, at, after);
    if (view && view->dim[axis] == length)
        return view;
    if (view)
        tb_recording_fail(r, TB_ERR_UNSUPPORTED,
                          "There are no %lld elements from there on.",
                          (long long)length);
    return NULL;
}

tb_script_tensor *tb_recording_element(tb_recording *r, tb_script_tensor *t,
                                       int axis, tb_script_value at)
{
    tb_script_tensor *view = tb_recording_narrow(r, t, axis, at, 1);
    if (!view)
        return NULL;
    if (view->span)
        view->span->is_element = true;
    tb_drop_axis(view, axis);
    return view;
}

/* The shape of a span with the axis that it lies along. */
static tb_shape whole_shape(const tb_script_tensor *t)
{
    const struct tb_script_span *s = t->span;
    tb_shape shape = tb_script_tensor_shape(t);
    if (!s->is_element)
        return shape;
    for (int i = shape.rank++; i > s->axis; i--)
        shape.dim[i] = shape.dim[i - 1];
    shape.dim[s->axis] = 1;
    return shape;
}

static tb_value *place_of(tb_recording *r, tb_script_value to,
                          tb_script_value from, tb_script_value length)
{
    const tb_script_value numbers[] = {to, from, length};
    return add_scalar(r, TB_I64, TB_SPAN_NUMBERS, numbers);
}

tb_value *tb_span_read(tb_recording *r, const tb_script_tensor *t)
{
    const struct tb_script_span *s = t->span;
    tb_value *base = tb_recording_read(r, s->base);
    if (!base)
        return NULL;
    tb_value *zero = tb_fill_type(r->graph, base->type, whole_shape(t), 0);
    tb_value *v = tb_write_span(
        zero, base, place_of(r, tb_script_int(0), s->from, s->length), s->axis);
    return v && s->is_element ? tb_reshape(v, tb_script_tensor_shape(t)) : v;
}

bool tb_span_write(tb_recording *r, tb_script_tensor *t, tb_value *v)
{
    const struct tb_script_span *s = t->span;
    tb_value *base = tb_recording_read(r, s->base);
    tb_value *place = place_of(r, s->from, tb_script_int(0), s->length);
    v = v && s->is_element ? tb_reshape(v, whole_shape(t)) : v;
    v = base && v ? tb_write_span(base, v, place, s->axis) : NULL;
    return v && tb_recording_write(r, s->base, v);
}

/* ---- copies from span to span ---- */

static bool is_as_wide(const tb_script_tensor *a, const tb_script_tensor *b)
{
    bool same = a->rank == b->rank && a->dtype == b->dtype;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    return same;
}

static bool is_element(const tb_script_tensor *t)
{
    return t->span && t->span->is_element;
}

/* A tensor as a span of itself. */
static struct tb_script_span span_of(tb_script_tensor *t, int axis)
{
    if (t->span)
        return *t->span;
    return (struct tb_script_span){.base = t,
                                   .axis = axis,
                                   .from = tb_script_int(0),
                                   .length = tb_script_int(t->dim[axis])};
}

bool tb_span_copy(tb_recording *r, tb_script_tensor *to, tb_script_tensor *from,
                  bool *done)
{
    int axis = to->span ? to->span->axis : from->span->axis;
    bool same = is_as_wide(to, from) && !to->apart && !is_element(to) &&
                !is_element(from) && (!from->span || from->span->axis == axis);
    *done = false;
    if (!same)
        return tb_recording_settle(r, to) && tb_recording_settle(r, from);
    struct tb_script_span a = span_of(to, axis), b = span_of(from, axis);
    if (!compare(r, "eq", a.length, b.length, &same))
        return false;
    tb_value *old = tb_recording_read(r, a.base);
    tb_value *v = tb_recording_read(r, b.base);
    v = old && v
            ? tb_write_span(old, v, place_of(r, a.from, b.from, a.length), axis)
            : NULL;
    *done = true;
    return v && tb_recording_write(r, a.base, v);
}
