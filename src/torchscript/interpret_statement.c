#include "torchscript/interpreter.h"

#include <string.h>

static tb_flow failed_unless(bool ok)
{
    return ok ? TB_FLOW_ON : TB_FLOW_FAILED;
}

/* ---- assignment ---- */

static bool assign_all(tb_frame *f, const tb_expression *target,
                       const tb_script_value *x)
{
    const tb_script_items *items = tb_elements_of(f->in, x);
    if (!items)
        return false;
    if (items->count != target->items.count)
        return tb_interpreter_fail(f->in, "%d values do not fit %d names",
                                   items->count, target->items.count);
    for (int i = 0; i < items->count; i++)
        if (!tb_assign(f, target->items.at[i], items->at[i]))
            return false;
    return true;
}

bool tb_assign(tb_frame *f, const tb_expression *target, tb_script_value x)
{
    tb_script_value object;
    switch (target->kind) {
    case TB_EXPR_NAME:
        return tb_frame_set(f, target->name, x);
    case TB_EXPR_ATTRIBUTE:
        return tb_evaluate(f, target->attribute.object, &object) &&
               tb_set_attribute(f->in, &object, target->attribute.name, x);
    case TB_EXPR_SUBSCRIPT:
        return tb_assign_index(f, target, x);
    default:
        return assign_all(f, target, &x);
    }
}

static bool run_assign(tb_frame *f, const tb_statement *s)
{
    tb_script_value x;
    if (!s->assign.value)
        return true;
    if (!tb_evaluate(f, s->assign.value, &x))
        return false;
    for (int i = 0; i < s->assign.count; i++)
        if (!tb_assign(f, s->assign.targets[i], x))
            return false;
    return true;
}

/* Tensors are changed in place, all else gets a new value. */
static bool run_augment(tb_frame *f, const tb_statement *s)
{
    static const char *const names[][2] = {
        [TB_OP_ADD] = {"add", "add_"},
        [TB_OP_SUB] = {"sub", "sub_"},
        [TB_OP_MUL] = {"mul", "mul_"},
        [TB_OP_DIV] = {"div", "div_"},
        [TB_OP_FLOOR_DIV] = {"floordiv", "floor_divide_"},
        [TB_OP_MOD] = {"remainder", "remainder_"},
        [TB_OP_MATMUL] = {"matmul", "matmul_"},
        [TB_OP_POW] = {"pow", "pow_"},
        [TB_OP_BIT_OR] = {"__or__", "__or___"},
        [TB_OP_BIT_XOR] = {"__xor__", "__xor___"},
        [TB_OP_BIT_AND] = {"__and__", "__and___"},
        [TB_OP_SHIFT_LEFT] = {"__lshift__", "__lshift___"},
        [TB_OP_SHIFT_RIGHT] = {"__rshift__", "__rshift___"},
    };
    tb_script_value pair[2], x;
    unsigned op = s->augment.op;
    if (!tb_evaluate(f, s->augment.target, &pair[0]) ||
        !tb_evaluate(f, s->augment.value, &pair[1]))
        return false;
    bool in_place = pair[0].kind == TB_SCRIPT_TENSOR;
    return tb_call_builtin(f->in, names[op][in_place], 2, pair, &x) &&
           tb_assign(f, s->augment.target, x);
}

/* ---- control ---- */

static tb_flow run_if(tb_frame *f, const tb_statement *s)
{
    bool truth = false;
    if (!tb_is_true(f, s->branch.condition, &truth))
        return TB_FLOW_FAILED;
    return tb_run_block(f, truth ? &s->branch.body : &s->branch.otherwise);
}

static tb_flow run_while(tb_frame *f, const tb_statement *s)
{
    for (;;) {
        bool truth = false;
        if (!tb_is_true(f, s->branch.condition, &truth))
            return TB_FLOW_FAILED;
        if (!truth)
            return TB_FLOW_ON;
        tb_flow flow = tb_run_block(f, &s->branch.body);
        if (flow == TB_FLOW_BREAK)
            return TB_FLOW_ON;
        if (flow == TB_FLOW_RETURN || flow == TB_FLOW_FAILED)
            return flow;
    }
}

static tb_flow run_for(tb_frame *f, const tb_statement *s)
{
    tb_script_value iterable;
    if (!tb_evaluate(f, s->loop.iterable, &iterable))
        return TB_FLOW_FAILED;
    const tb_script_items *items = tb_elements_of(f->in, &iterable);
    for (int i = 0; items && i < items->count; i++) {
        if (!tb_assign(f, s->loop.target, items->at[i]))
            return TB_FLOW_FAILED;
        tb_flow flow = tb_run_block(f, &s->loop.body);
        if (flow == TB_FLOW_BREAK)
            return TB_FLOW_ON;
        if (flow == TB_FLOW_RETURN || flow == TB_FLOW_FAILED)
            return flow;
    }
    return failed_unless(items != NULL);
}

static bool raise_from(tb_frame *f, const tb_expression *value)
{
    tb_script_value x;
    const char *text = "an error of the model itself";
    if (value && value->kind == TB_EXPR_CALL && value->call.positional > 0)
        value = value->call.arguments[0].value;
    if (value && tb_evaluate(f, value, &x) && x.kind == TB_SCRIPT_STRING)
        text = x.string;
    return tb_recording_fail(f->in->r, TB_ERR_ARGUMENT, "the model says: %s",
                             text);
}

static bool run_assert(tb_frame *f, const tb_statement *s)
{
    bool truth = false;
    if (!tb_is_true(f, s->assertion.condition, &truth))
        return false;
    return truth || raise_from(f, s->assertion.message);
}

/* del x[i]: of a list or a dict. Names are let go of with the frame. */
static bool run_delete(tb_frame *f, const tb_statement *s)
{
    for (int i = 0; i < s->targets.count; i++) {
        const tb_expression *target = s->targets.at[i];
        tb_script_value pair[2], x;
        if (target->kind == TB_EXPR_NAME)
            continue;
        if (target->kind != TB_EXPR_SUBSCRIPT || target->subscript.count != 1 ||
            target->subscript.indices[0]->kind == TB_EXPR_SLICE)
            return tb_interpreter_fail(f->in, "only elements are deleted");
        if (!tb_evaluate(f, target->subscript.object, &pair[0]) ||
            !tb_evaluate(f, target->subscript.indices[0], &pair[1]) ||
            !tb_call_builtin(f->in, "Delete", 2, pair, &x))
            return false;
    }
    return true;
}

static tb_flow run_statement(tb_frame *f, const tb_statement *s)
{
    tb_script_value x;
    switch (s->kind) {
    case TB_STMT_PASS:
        return TB_FLOW_ON;
    case TB_STMT_DELETE:
        return failed_unless(run_delete(f, s));
    case TB_STMT_BREAK:
        return TB_FLOW_BREAK;
    case TB_STMT_CONTINUE:
        return TB_FLOW_CONTINUE;
    case TB_STMT_EXPRESSION:
        return failed_unless(tb_evaluate(f, s->value, &x));
    case TB_STMT_RETURN:
        f->result = tb_script_none();
        return !s->value || tb_evaluate(f, s->value, &f->result)
                   ? TB_FLOW_RETURN
                   : TB_FLOW_FAILED;
    case TB_STMT_RAISE:
        raise_from(f, s->value);
        return TB_FLOW_FAILED;
    case TB_STMT_ASSIGN:
        return failed_unless(run_assign(f, s));
    case TB_STMT_AUGMENT:
        return failed_unless(run_augment(f, s));
    case TB_STMT_ASSERT:
        return failed_unless(run_assert(f, s));
    case TB_STMT_IF:
        return run_if(f, s);
    case TB_STMT_WHILE:
        return run_while(f, s);
    case TB_STMT_FOR:
        return run_for(f, s);
    case TB_STMT_WITH: /* no_grad and the like: there are no gradients here */
        return tb_run_block(f, &s->with.body);
    default:
        tb_interpreter_fail(f->in, "this kind of statement is not known");
        return TB_FLOW_FAILED;
    }
}

tb_flow tb_run_block(tb_frame *f, const tb_script_block *block)
{
    tb_flow flow = TB_FLOW_ON;
    for (int i = 0; flow == TB_FLOW_ON && i < block->count; i++) {
        f->in->line = block->at[i]->line;
        if (!tb_interpreter_step(f->in))
            return TB_FLOW_FAILED;
        flow = run_statement(f, block->at[i]);
    }
    return flow;
}

/* ---- local names ---- */

tb_script_value *tb_frame_find(tb_frame *f, const char *name)
{
    for (int i = f->count - 1; i >= 0; i--)
        if (f->names[i] == name)
            return &f->values[i];
    return NULL;
}

static bool grow(tb_frame *f)
{
    int capacity = 2 * f->capacity + 16;
    tb_arena *arena = f->in->r->arena;
    const char **names = tb_arena_array(arena, (size_t)capacity, sizeof *names);
    tb_script_value *values =
        tb_arena_array(arena, (size_t)capacity, sizeof *values);
    if (!names || !values)
        return tb_interpreter_fail(f->in, "there is not enough memory");
    if (f->count) {
        memcpy(names, f->names, (size_t)f->count * sizeof *names);
        memcpy(values, f->values, (size_t)f->count * sizeof *values);
    }
    f->names = names;
    f->values = values;
    f->capacity = capacity;
    return true;
}

bool tb_frame_set(tb_frame *f, const char *name, tb_script_value x)
{
    tb_script_value *old = tb_frame_find(f, name);
    if (old) {
        *old = x;
        return true;
    }
    if (f->count == f->capacity && !grow(f))
        return false;
    f->names[f->count] = name;
    f->values[f->count++] = x;
    return true;
}
