#include "torchscript/script_check.h"

#include "torchscript/interpreter.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A model has thousands; beyond, files are hostile and say what they like. */
enum { MOST_VISITS = 50000, BUCKETS = 1024 };

/* What is known of a value: the one that it is, as it was loaded; its class;
   or (both null) nothing. */
typedef struct knowledge {
    const tb_script_value *value;
    tb_script_class *class;
} knowledge;

typedef struct local_name {
    const char *name;
    knowledge is;
    struct local_name *next;
} local_name;

/* A function that is called with this as its first argument. */
typedef struct visit {
    const tb_script_function *function;
    knowledge self;
    struct visit *next, *in_bucket;
} visit;

typedef struct checker {
    tb_script_module *m;
    tb_arena *arena;
    visit *first, *last, *buckets[BUCKETS];
    int visits;
    local_name *written; /* names of slots that some program sets */
    /* ---- of the function that is gone through ---- */
    const tb_script_function *function;
    local_name *locals;
    int line;
    tb_error *error;
    tb_status status; /* of the first error */
} checker;

static knowledge nothing(void)
{
    return (knowledge){NULL, NULL};
}

static void refuse(checker *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void refuse(checker *c, const char *format, ...)
{
    char text[256];
    va_list args;
    if (c->status)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->status = tb_fail(c->error, TB_ERR_UNSUPPORTED, "%s, line %d (%s): %s.",
                        c->function->file, c->line,
                        tb_function_label(c->function), text);
}

static void *get_memory(checker *c, size_t size)
{
    void *memory = tb_arena_alloc(c->arena, size);
    if (!memory && !c->status)
        c->status = tb_fail_memory(c->error);
    return memory;
}

/* ---- functions that are still to be gone through ---- */

static unsigned bucket_of(const tb_script_function *f, const knowledge *self)
{
    const void *object = self->value ? (const void *)self->value->object
                                     : (const void *)self->class;
    uintptr_t mixed = (uintptr_t)f / 16 * 31 + (uintptr_t)object / 16;
    return (unsigned)(mixed ^ mixed / BUCKETS) % BUCKETS;
}

static bool is_same(const knowledge *a, const knowledge *b)
{
    return a->class == b->class &&
           (a->value && b->value ? a->value->object == b->value->object
                                 : a->value == b->value);
}

static void add_visit(checker *c, const tb_script_function *f, knowledge self)
{
    visit **bucket = &c->buckets[bucket_of(f, &self)];
    for (visit *v = *bucket; v; v = v->in_bucket)
        if (v->function == f && is_same(&v->self, &self))
            return;
    visit *v = c->visits < MOST_VISITS ? get_memory(c, sizeof *v) : NULL;
    if (!v)
        return;
    *v = (visit){.function = f, .self = self, .in_bucket = *bucket};
    *bucket = v;
    c->visits++;
    if (c->last)
        c->last->next = v;
    else
        c->first = v;
    c->last = v;
}

/* ---- values ---- */

static knowledge known_value(const tb_script_value *x)
{
    return (knowledge){x,
                       x->kind == TB_SCRIPT_OBJECT ? x->object->class : NULL};
}

static knowledge known_type(checker *c, const tb_annotation *type)
{
    if (!type || strncmp(type->name, "__torch__.", 10) != 0)
        return nothing();
    return (knowledge){NULL, tb_script_module_class(c->m, type->name)};
}

static knowledge find_local(const checker *c, const char *name)
{
    for (const local_name *n = c->locals; n; n = n->next)
        if (n->name == name)
            return n->is;
    return nothing();
}

static bool is_local(const checker *c, const char *name)
{
    for (const local_name *n = c->locals; n; n = n->next)
        if (n->name == name)
            return true;
    return false;
}

/* A name that is given different things is one of which nothing is known. */
static void set_local(checker *c, const char *name, knowledge x)
{
    for (local_name *n = c->locals; n; n = n->next)
        if (n->name == name) {
            if (!is_same(&n->is, &x) || n->is.value != x.value)
                n->is = nothing();
            return;
        }
    local_name *n = get_memory(c, sizeof *n);
    if (!n)
        return;
    *n = (local_name){name, x, c->locals};
    c->locals = n;
}

static bool is_written(const checker *c, const char *name)
{
    for (const local_name *n = c->written; n; n = n->next)
        if (strcmp(n->name, name) == 0)
            return true;
    return false;
}

static knowledge slot_of(checker *c, knowledge object, const char *name)
{
    const tb_script_class_source *s = object.class->source;
    int slot = tb_script_class_slot(object.class, name);
    if (slot < 0) {
        if (tb_script_class_constant(object.class, name) < 0 &&
            !tb_script_class_is_enum(object.class) &&
            !tb_script_class_method(object.class, name))
            refuse(c, "%s has no %s", s->name, name);
        return nothing();
    }
    if (object.value && !is_written(c, name)) {
        const tb_script_items *items = &object.value->object->items;
        if (slot < items->count)
            return known_value(&items->at[slot]);
    }
    return known_type(c, s->slots[slot].type);
}

/* ---- expressions ---- */

static knowledge check(checker *c, const tb_expression *e);

static void check_all(checker *c, tb_expression *const *at, int count)
{
    for (int i = 0; i < count && !c->status; i++)
        if (at[i])
            check(c, at[i]);
}

/* What lists, records and unknown things may have under this name. */
static bool is_in_some_class(checker *c, const char *name, bool methods)
{
    bool found = false;
    for (int i = 0; i < tb_syntax_class_count(c->m->syntax); i++) {
        const tb_script_class_source *s = tb_syntax_class_at(c->m->syntax, i);
        tb_script_class *class = tb_script_module_class(c->m, s->qualified);
        const tb_script_function *f =
            class && methods ? tb_script_class_method(class, name) : NULL;
        if (f)
            add_visit(c, f, (knowledge){NULL, class});
        found = found || f ||
                (class && !methods && tb_script_class_slot(class, name) >= 0);
    }
    return found;
}

static knowledge check_dotted(checker *c, const char *text)
{
    int i = -1;
    tb_script_value type;
    if (sscanf(text, "CONSTANTS.c%d", &i) == 1 && i >= 0 &&
        i < c->m->constants.count)
        return known_value(&c->m->constants.at[i]);
    if (!tb_dtype_named(text, &type) && !tb_script_module_class(c->m, text) &&
        !tb_syntax_function(c->m->syntax, text))
        refuse(c, "%s is not known", text);
    return nothing();
}

static knowledge check_attribute(checker *c, const tb_expression *e)
{
    const tb_expression *o = e->attribute.object;
    const char *name = e->attribute.name;
    bool member = o->kind == TB_EXPR_ATTRIBUTE && o->attribute.dotted &&
                  tb_script_module_class(c->m, o->attribute.dotted);
    if (e->attribute.dotted)
        return member ? nothing() : check_dotted(c, e->attribute.dotted);
    knowledge object = check(c, o);
    if (object.class)
        return slot_of(c, object, name);
    bool in_place;
    if (!tb_builtin_called(name, &in_place) &&
        !is_in_some_class(c, name, false))
        refuse(c, "%s is not known", name);
    return nothing();
}

static void check_builtin(checker *c, const char *name, const tb_expression *e)
{
    bool in_place;
    const tb_builtin *f = tb_builtin_called(name, &in_place);
    if (!f) {
        refuse(c, "the function %s is not known", name);
        return;
    }
    if (e->call.positional > TB_MOST_ARGUMENTS)
        refuse(c, "%s has too many arguments", name);
    for (int i = e->call.positional; i < e->call.count; i++) {
        const char *parameter = e->call.arguments[i].name;
        if (tb_parameter_index(f->parameters, parameter) < 0 &&
            strcmp(parameter, "out") != 0)
            refuse(c, "%s has no argument %s", name, parameter);
    }
}

static knowledge check_method(checker *c, const tb_expression *e)
{
    bool in_place;
    const char *name = e->call.callee->attribute.name;
    knowledge object = check(c, e->call.callee->attribute.object);
    if (!object.class) {
        if (!tb_builtin_called(name, &in_place) &&
            is_in_some_class(c, name, true))
            return nothing();
        check_builtin(c, name, e);
        return nothing();
    }
    const tb_script_function *f = tb_script_class_method(object.class, name);
    const char *base = object.class->source->base;
    if (f)
        add_visit(c, f, object);
    else if (!base || !strstr(base, "Interface"))
        refuse(c, "%s has no method %s", object.class->source->name, name);
    else if (!is_in_some_class(c, name, true))
        refuse(c, "no class has a method %s", name);
    return f ? known_type(c, f->return_type) : nothing();
}

/* The first argument, by which a function of a module is known. */
static knowledge check_arguments(checker *c, const tb_expression *e)
{
    knowledge first = nothing();
    for (int i = 0; i < e->call.count && !c->status; i++) {
        const tb_expression *a = e->call.arguments[i].value;
        knowledge x = a->kind == TB_EXPR_TYPE ? nothing() : check(c, a);
        if (i == 0)
            first = x;
    }
    return first;
}

static knowledge check_of_module(checker *c, const char *dotted,
                                 knowledge first)
{
    const tb_script_function *f = tb_syntax_function(c->m->syntax, dotted);
    tb_script_class *class = tb_script_module_class(c->m, dotted);
    if (f) {
        add_visit(c, f, first);
        return known_type(c, f->return_type);
    }
    if (class) {
        const tb_script_function *init =
            tb_script_class_method(class, "__init__");
        if (init)
            add_visit(c, init, (knowledge){NULL, class});
        return (knowledge){NULL, class};
    }
    size_t n = strlen(dotted);
    if (n < 8 || strcmp(dotted + n - 8, ".__new__") != 0)
        refuse(c, "%s is not in the model", dotted);
    return nothing();
}

/* True where it is a form of the language (interpret_call.c). */
static bool check_form(checker *c, const char *name, const tb_expression *e,
                       knowledge *out)
{
    const tb_call_argument *a = e->call.arguments;
    int n = e->call.positional;
    *out = nothing();
    if (n > 0 && a[0].value->kind == TB_EXPR_TYPE) {
        if (n == 2)
            check(c, a[1].value);
        return true;
    }
    if (n == 2 && a[1].value->kind == TB_EXPR_TYPE) {
        check(c, a[0].value);
        return true;
    }
    if (n != 2 || strcmp(name, "getattr") != 0 ||
        a[1].value->kind != TB_EXPR_STRING)
        return false;
    knowledge object = check(c, a[0].value);
    if (object.class)
        *out = slot_of(c, object, a[1].value->string.text);
    return true;
}

static knowledge check_call(checker *c, const tb_expression *e)
{
    const tb_expression *callee = e->call.callee;
    char room[128];
    knowledge out;
    if (callee->kind != TB_EXPR_NAME && callee->kind != TB_EXPR_ATTRIBUTE) {
        refuse(c, "what is called has no name");
        return nothing();
    }
    const char *dotted =
        callee->kind == TB_EXPR_NAME ? callee->name : callee->attribute.dotted;
    if (dotted && strncmp(dotted, "__torch__.", 10) == 0)
        return check_of_module(c, dotted, check_arguments(c, e));
    if (!dotted || strncmp(dotted, "CONSTANTS.", 10) == 0) {
        check_arguments(c, e);
        return check_method(c, e);
    }
    const char *name = tb_builtin_name(dotted, room, sizeof room);
    if (check_form(c, name, e, &out))
        return out;
    check_arguments(c, e);
    if (callee->kind != TB_EXPR_NAME || !is_local(c, name))
        check_builtin(c, name, e); /* else a function that was given a name */
    return nothing();
}

static void check_slice(checker *c, const tb_expression *e)
{
    tb_expression *const bounds[] = {e->slice.first, e->slice.last,
                                     e->slice.step};
    check_all(c, bounds, 3);
}

static void check_comprehension(checker *c, const tb_expression *e)
{
    check(c, e->comprehension.iterable);
    check(c, e->comprehension.element);
    if (e->comprehension.condition)
        check(c, e->comprehension.condition);
}

static knowledge check(checker *c, const tb_expression *e)
{
    if (c->status)
        return nothing();
    switch (e->kind) {
    case TB_EXPR_NAME:
        return find_local(c, e->name);
    case TB_EXPR_ATTRIBUTE:
        return check_attribute(c, e);
    case TB_EXPR_CALL:
        return check_call(c, e);
    case TB_EXPR_LIST:
    case TB_EXPR_TUPLE:
    case TB_EXPR_DICT:
        check_all(c, e->items.at, e->items.count);
        return nothing();
    case TB_EXPR_BINARY:
        check(c, e->left);
        check(c, e->right);
        return nothing();
    case TB_EXPR_UNARY:
        check(c, e->left);
        return nothing();
    case TB_EXPR_SUBSCRIPT:
        check(c, e->subscript.object);
        check_all(c, e->subscript.indices, e->subscript.count);
        return nothing();
    case TB_EXPR_SLICE:
        check_slice(c, e);
        return nothing();
    case TB_EXPR_CHOICE:
        check(c, e->choice.condition);
        check(c, e->choice.yes);
        check(c, e->choice.no);
        return nothing();
    case TB_EXPR_COMPREHENSION:
        check_comprehension(c, e);
        return nothing();
    case TB_EXPR_TYPE:
        refuse(c, "a type is no value");
        return nothing();
    default: /* plain ones */
        return nothing();
    }
}

/* ---- statements ---- */

/* Whether a condition is always the same: a flag that nobody sets. */
static bool is_decided(checker *c, const tb_expression *e, bool *truth)
{
    if (e->kind == TB_EXPR_UNARY && e->op == TB_OP_NOT) {
        bool decided = is_decided(c, e->left, truth);
        *truth = !*truth;
        return decided;
    }
    if (e->kind == TB_EXPR_BOOL) {
        *truth = e->boolean;
        return true;
    }
    knowledge x = check(c, e);
    if (!x.value || x.value->kind != TB_SCRIPT_BOOL)
        return false;
    *truth = x.value->boolean;
    return true;
}

static void check_block(checker *c, const tb_script_block *block);

static void check_branch(checker *c, const tb_statement *s)
{
    bool truth = false, decided = is_decided(c, s->branch.condition, &truth);
    if (!decided || truth)
        check_block(c, &s->branch.body);
    if (!decided || !truth)
        check_block(c, &s->branch.otherwise);
}

static void check_target(checker *c, const tb_expression *target, knowledge x)
{
    if (target->kind == TB_EXPR_NAME)
        set_local(c, target->name, x);
    else if (target->kind == TB_EXPR_TUPLE || target->kind == TB_EXPR_LIST)
        for (int i = 0; i < target->items.count; i++)
            check_target(c, target->items.at[i], nothing());
    else
        check(c, target);
}

static void check_assignment(checker *c, const tb_statement *s)
{
    if (!s->assign.value)
        return;
    knowledge x = check(c, s->assign.value);
    for (int i = 0; i < s->assign.count; i++)
        check_target(c, s->assign.targets[i], x);
}

static void check_statement(checker *c, const tb_statement *s)
{
    c->line = s->line;
    switch (s->kind) {
    case TB_STMT_EXPRESSION:
    case TB_STMT_RETURN:
        if (s->value)
            check(c, s->value);
        return;
    case TB_STMT_ASSIGN:
        check_assignment(c, s);
        return;
    case TB_STMT_AUGMENT:
        check(c, s->augment.value);
        check_target(c, s->augment.target, nothing());
        return;
    case TB_STMT_ASSERT:
        check(c, s->assertion.condition);
        return;
    case TB_STMT_IF:
    case TB_STMT_WHILE:
        check_branch(c, s);
        return;
    case TB_STMT_FOR:
        check(c, s->loop.iterable);
        check_target(c, s->loop.target, nothing());
        check_block(c, &s->loop.body);
        return;
    case TB_STMT_WITH:
        check_block(c, &s->with.body);
        return;
    case TB_STMT_DEF:
        refuse(c, "a function inside of another is not supported");
        return;
    default: /* nothing can be wrong, or (raise) all is already */
        return;
    }
}

static void check_block(checker *c, const tb_script_block *block)
{
    for (int i = 0; i < block->count && !c->status; i++)
        check_statement(c, block->at[i]);
}

/* ---- slots that change ---- */

static void note_written(checker *c, const tb_script_block *block);

static void note_target(checker *c, const tb_expression *target)
{
    if (target->kind == TB_EXPR_TUPLE || target->kind == TB_EXPR_LIST)
        for (int i = 0; i < target->items.count; i++)
            note_target(c, target->items.at[i]);
    if (target->kind != TB_EXPR_ATTRIBUTE ||
        is_written(c, target->attribute.name))
        return;
    local_name *n = get_memory(c, sizeof *n);
    if (!n)
        return;
    *n = (local_name){target->attribute.name, nothing(), c->written};
    c->written = n;
}

static void note_statement(checker *c, const tb_statement *s)
{
    switch (s->kind) {
    case TB_STMT_ASSIGN:
        for (int i = 0; i < s->assign.count; i++)
            note_target(c, s->assign.targets[i]);
        return;
    case TB_STMT_AUGMENT:
        note_target(c, s->augment.target);
        return;
    case TB_STMT_IF:
    case TB_STMT_WHILE:
        note_written(c, &s->branch.body);
        note_written(c, &s->branch.otherwise);
        return;
    case TB_STMT_FOR:
        note_target(c, s->loop.target);
        note_written(c, &s->loop.body);
        return;
    case TB_STMT_WITH:
        note_written(c, &s->with.body);
        return;
    default:
        return;
    }
}

static void note_written(checker *c, const tb_script_block *block)
{
    for (int i = 0; i < block->count; i++)
        note_statement(c, block->at[i]);
}

static void note_all(checker *c)
{
    tb_syntax *s = c->m->syntax;
    for (int i = 0; i < tb_syntax_function_count(s); i++)
        note_written(c, &tb_syntax_function_at(s, i)->body);
    for (int i = 0; i < tb_syntax_class_count(s); i++) {
        const tb_script_class_source *class = tb_syntax_class_at(s, i);
        for (int k = 0; k < class->method_count; k++)
            note_written(c, &class->methods[k]->body);
    }
}

/* ---- all of it ---- */

static void check_function(checker *c, const visit *v)
{
    const tb_script_function *f = v->function;
    c->function = f;
    c->locals = NULL;
    for (int i = 0; i < f->parameter_count; i++) {
        knowledge x = known_type(c, f->parameters[i].type);
        if (i == 0 && v->self.class)
            x = v->self;
        set_local(c, f->parameters[i].name, x);
    }
    c->line = f->line;
    check_block(c, &f->body);
}

tb_status tb_script_check(tb_script_module *m, const char *name,
                          tb_error *error)
{
    checker c = {.m = m, .arena = tb_arena_new(), .error = error};
    const tb_script_function *f =
        tb_script_class_method(m->root.object->class, name);
    if (!c.arena)
        return tb_fail_memory(error);
    note_all(&c);
    if (f && !c.status)
        add_visit(&c, f, known_value(&m->root));
    for (const visit *v = c.first; v && !c.status; v = v->next)
        check_function(&c, v);
    tb_arena_free(c.arena);
    return c.status;
}
