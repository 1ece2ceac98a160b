/* Calls of functions_*: arguments by position and by name. */
#include "torchscript/interpreter.h"

#include <stdio.h>
#include <string.h>

const char *tb_builtin_name(const char *dotted, char *room, size_t size)
{
    static const char *const families[] = {"torch.fft.", "torch.linalg."};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        size_t n = strlen(families[i]);
        if (strncmp(dotted, families[i], n) == 0) {
            snprintf(room, size, "%.*s_%s", (int)(n - 7), families[i] + 6,
                     dotted + n);
            return room;
        }
    }
    return tb_short_name(dotted);
}

static bool run_builtin(tb_interpreter *in, tb_builtin_call *c,
                        tb_script_value *out)
{
    return tb_builtin_run(c, out) && !in->r->error.status;
}

static bool find_builtin(tb_interpreter *in, tb_builtin_call *c,
                         const char *name, int count,
                         const tb_script_value *arguments)
{
    *c = (tb_builtin_call){.r = in->r, .count = count};
    c->function = tb_builtin_called(name, &c->in_place);
    if (!c->function)
        return tb_interpreter_fail(in, "the function %s is not known", name);
    if (count > TB_MOST_ARGUMENTS)
        return tb_interpreter_fail(in, "%s has too many arguments", name);
    for (int i = 0; i < count; i++)
        c->arg[i] = arguments[i];
    return true;
}

bool tb_call_builtin(tb_interpreter *in, const char *name, int count,
                     const tb_script_value *arguments, tb_script_value *out)
{
    tb_builtin_call c;
    return find_builtin(in, &c, name, count, arguments) &&
           run_builtin(in, &c, out);
}

/* Evaluates arguments by name; `out=`, which any function may have, goes to
 *target. */
static bool evaluate_keywords(tb_frame *f, const tb_expression *e,
                              tb_builtin_call *c, tb_script_value *target)
{
    for (int i = e->call.positional; i < e->call.count; i++) {
        const tb_call_argument *a = &e->call.arguments[i];
        int index = tb_parameter_index(c->function->parameters, a->name);
        bool is_target = index < 0 && strcmp(a->name, "out") == 0;
        if (!is_target && (index < 0 || index >= TB_MOST_ARGUMENTS))
            return tb_interpreter_fail(f->in, "%s has no argument %s",
                                       c->function->name, a->name);
        if (!is_target && index < c->count)
            return tb_interpreter_fail(f->in, "%s has its argument %s twice",
                                       c->function->name, a->name);
        if (!tb_evaluate(f, a->value, is_target ? target : &c->arg[index]))
            return false;
    }
    return true;
}

bool tb_evaluate_builtin(tb_frame *f, const char *name, int count,
                         const tb_script_value *arguments,
                         const tb_expression *e, tb_script_value *out)
{
    tb_builtin_call c;
    tb_script_value target = tb_script_none(), result;
    if (!find_builtin(f->in, &c, name, count, arguments) ||
        !evaluate_keywords(f, e, &c, &target))
        return false;
    if (target.kind != TB_SCRIPT_TENSOR)
        return run_builtin(f->in, &c, out);
    if (!run_builtin(f->in, &c, &result))
        return false;
    c.arg[0] = target;
    return result.kind == TB_SCRIPT_TENSOR &&
           tb_write_result(&c, &result, out) && !f->in->r->error.status;
}
