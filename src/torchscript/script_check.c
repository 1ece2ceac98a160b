#include "torchscript/script_check.h"

#include "torchscript/checking.h"
#include "torchscript/script_tensor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A model has thousands; beyond, files are hostile and say what they like. */
enum { MOST_VISITS = 50000 };

void tb_check_refuse(tb_check *c, const char *format, ...)
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

void *tb_check_memory(tb_check *c, size_t size)
{
    void *memory = tb_arena_alloc(c->arena, size);
    if (!memory && !c->status)
        c->status = tb_fail_memory(c->error);
    return memory;
}

/* ---- functions that are still to be gone through ---- */

static unsigned bucket_of(const tb_script_function *f, const tb_known *self)
{
    const void *object = self->value ? (const void *)self->value->object
                                     : (const void *)self->class;
    uintptr_t mixed = (uintptr_t)f / 16 * 31 + (uintptr_t)object / 16;
    return (unsigned)(mixed ^ mixed / TB_CHECK_BUCKETS) % TB_CHECK_BUCKETS;
}

void tb_check_add(tb_check *c, const tb_script_function *f, tb_known self)
{
    tb_check_visit **bucket = &c->buckets[bucket_of(f, &self)];
    for (tb_check_visit *v = *bucket; v; v = v->in_bucket)
        if (v->function == f && tb_known_same(&v->self, &self))
            return;
    tb_check_visit *v =
        c->visits < MOST_VISITS ? tb_check_memory(c, sizeof *v) : NULL;
    if (!v)
        return;
    *v = (tb_check_visit){.function = f, .self = self, .in_bucket = *bucket};
    *bucket = v;
    c->visits++;
    if (c->last)
        c->last->next = v;
    else
        c->first = v;
    c->last = v;
}

/* ---- all of it ---- */

/* What a method that plays is given: sound [batch, channels, frames]. */
static tb_known sound(tb_check *c)
{
    tb_script_tensor *t = tb_check_memory(c, sizeof *t);
    if (!t)
        return tb_known_nothing();
    *t = (tb_script_tensor){.dtype = TB_DTYPE_FLOAT32, .rank = 3};
    return tb_known_literal(c, tb_script_of_tensor(t));
}

/* A method plays that says its channels and ratios (NAME_params). */
static bool plays(const tb_check *c, const char *method)
{
    char name[256];
    snprintf(name, sizeof name, "%s_params", method);
    return tb_script_slot(&c->m->root, name) != NULL;
}

static void check_function(tb_check *c, const tb_check_visit *v)
{
    const tb_script_function *f = v->function;
    c->function = f;
    c->locals = NULL;
    for (int i = 0; i < f->parameter_count; i++) {
        tb_known x = tb_known_type(c, f->parameters[i].type);
        if (i == 0 && v->self.class)
            x = v->self;
        if (i == 1 && v == c->first && plays(c, f->name) &&
            x.kind == TB_SCRIPT_TENSOR)
            x = sound(c);
        tb_check_set_local(c, f->parameters[i].name, x);
    }
    c->line = f->line;
    tb_check_block(c, &f->body);
}

tb_status tb_script_check(tb_script_module *m, const char *name,
                          tb_error *error)
{
    tb_check c = {.m = m, .arena = tb_arena_new(), .error = error};
    const tb_script_function *f =
        tb_script_class_method(m->root.object->class, name);
    if (!c.arena)
        return tb_fail_memory(error);
    tb_check_note_slots(&c);
    if (f && !c.status)
        tb_check_add(&c, f, tb_known_value(&m->root));
    for (const tb_check_visit *v = c.first; v && !c.status; v = v->next)
        check_function(&c, v);
    tb_arena_free(c.arena);
    return c.status;
}
