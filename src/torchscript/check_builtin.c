/* Calls of functions_*: names, how many arguments, and of what kinds they are
   as far as that is known. */
#include "torchscript/checking.h"

#include <string.h>

/* Arguments by these names are numbers, or lists or tensors of them, wherever
   they come. */
static const char *const numbers =
    "dim dim0 dim1 start_dim end_dim keepdim stride dilation groups alpha beta "
    "eps momentum negative_slope n_fft hop_length win_length normalized "
    "onesided return_complex center unbiased descending largest diagonal "
    "decimals minlength num_classes dtype requires_grad";

static void check_kind(tb_check *c, const tb_builtin *f, const char *parameter,
                       tb_script_kind kind)
{
    bool other = kind == TB_SCRIPT_STRING || kind == TB_SCRIPT_DICT ||
                 kind == TB_SCRIPT_COMPLEX;
    if (other && tb_parameter_index(numbers, parameter) >= 0)
        tb_check_refuse(c, "%s: %s is %s, not a number", f->name, parameter,
                        tb_script_kind_name(kind));
}

/* Of a dtype that is written as its number. */
static void check_dtype(tb_check *c, const tb_builtin *f, const char *parameter,
                        const tb_script_value *x)
{
    if (x->kind != TB_SCRIPT_INT || strcmp(parameter, "dtype") != 0)
        return;
    if (x->integer < 0 || x->integer > TB_DTYPE_BFLOAT16 ||
        !tb_dtype_name((tb_dtype)x->integer))
        tb_check_refuse(c, "%s: there is no type of elements with number %lld",
                        f->name, (long long)x->integer);
}

static void check_argument(tb_check *c, const tb_builtin *f,
                           const char *parameter, const tb_known *x)
{
    char room[160];
    check_kind(c, f, parameter, x->kind);
    if (!x->value)
        return;
    check_dtype(c, f, parameter, x->value);
    const char *wrong =
        tb_argument_wrong(f, parameter, x->value, room, sizeof room);
    if (wrong)
        tb_check_refuse(c, "%s: %s", f->name, wrong);
}

static void check_keywords(tb_check *c, const tb_builtin *f,
                           const tb_expression *e)
{
    for (int i = e->call.positional; i < e->call.count; i++) {
        const tb_call_argument *a = &e->call.arguments[i];
        if (tb_parameter_index(f->parameters, a->name) < 0 &&
            strcmp(a->name, "out") != 0)
            tb_check_refuse(c, "%s has no argument %s", f->name, a->name);
        tb_known x = a->value->kind == TB_EXPR_CALL
                         ? tb_known_nothing()
                         : tb_check_expression(c, a->value);
        check_argument(c, f, a->name, &x);
    }
}

/* The name of parameter i; null: there are not as many. */
static const char *parameter_at(const tb_builtin *f, int i, char *room,
                                size_t size)
{
    const char *p = f->parameters;
    for (; i > 0 && *p; i--) {
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    size_t n = strcspn(p, " ");
    if (n == 0 || n >= size)
        return NULL;
    memcpy(room, p, n);
    room[n] = 0;
    return room;
}

static void check_positions(tb_check *c, const tb_builtin *f, int count,
                            const tb_known *arguments)
{
    char room[32];
    for (int i = 1; i < count; i++) {
        const char *parameter = parameter_at(f, i, room, sizeof room);
        if (parameter)
            check_argument(c, f, parameter, &arguments[i]);
    }
}

/* What it gives where that is no tensor. */
static tb_known result_of(const char *name, tb_script_kind first)
{
    static const struct {
        tb_script_kind first; /* absent: any */
        tb_script_kind gives;
        const char *names;
    } rows[] = {
        {TB_SCRIPT_ABSENT, TB_SCRIPT_STRING, "str format percentFormat"},
        {TB_SCRIPT_ABSENT, TB_SCRIPT_LIST, "keys values items list range"},
        {TB_SCRIPT_ABSENT, TB_SCRIPT_INT, "len ord"},
        {TB_SCRIPT_STRING, TB_SCRIPT_STRING,
         "add upper lower strip lstrip rstrip replace join capitalize title "
         "swapcase ljust rjust center zfill slice remainder"},
        {TB_SCRIPT_STRING, TB_SCRIPT_LIST, "split splitlines"},
        {TB_SCRIPT_LIST, TB_SCRIPT_LIST, "add mul slice copy"},
        {TB_SCRIPT_DICT, TB_SCRIPT_DICT, "copy"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((!rows[i].first || rows[i].first == first) &&
            tb_parameter_index(rows[i].names, name) >= 0)
            return tb_known_kind(rows[i].gives);
    return tb_known_nothing();
}

/* unsqueeze_ and its like give a tensor other axes, under whatever names it is
   known: from then on nothing is said of axes. */
static void note_reshaping(tb_check *c, const char *name)
{
    static const char names[] =
        "unsqueeze_ squeeze_ transpose_ swapaxes_ swapdims_ t_";
    c->reshapes = c->reshapes || tb_parameter_index(names, name) >= 0;
}

/* What is known of the first argument, where that is a tensor, and of what
   comes of it. */
static tb_known check_form(tb_check *c, const tb_builtin *f, const tb_known *x)
{
    char room[160];
    if (!x->value || x->value->kind != TB_SCRIPT_TENSOR || c->reshapes)
        return tb_known_nothing();
    const char *wrong =
        tb_form_wrong(f->name, x->value->tensor, room, sizeof room);
    if (wrong)
        tb_check_refuse(c, "%s: %s", f->name, wrong);
    return tb_form_stays(f->name, x->value->tensor) ? *x : tb_known_nothing();
}

tb_known tb_check_builtin(tb_check *c, const char *name, int count,
                          const tb_known *arguments, const tb_expression *e)
{
    bool in_place;
    const tb_builtin *f = tb_builtin_called(name, &in_place);
    if (!f) {
        tb_check_refuse(c, "the function %s is not known", name);
        return tb_known_nothing();
    }
    if (count > TB_MOST_ARGUMENTS)
        tb_check_refuse(c, "%s has too many arguments", name);
    tb_script_kind first = count > 0 ? arguments[0].kind : TB_SCRIPT_ABSENT;
    if (!tb_builtin_takes(f->name, first))
        tb_check_refuse(c, "%s is not done to %s", name,
                        tb_script_kind_name(first));
    note_reshaping(c, name);
    check_positions(c, f, count, arguments);
    if (e)
        check_keywords(c, f, e);
    tb_known form = tb_known_nothing();
    if (count > 0 && !in_place)
        form = check_form(c, f, &arguments[0]);
    return form.value ? form : result_of(f->name, first);
}
