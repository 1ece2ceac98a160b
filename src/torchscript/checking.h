/* Within the check of a module's methods (script_check.h): what is known of
   values without running anything, and the walk through what functions hold. */
#ifndef TB_TORCHSCRIPT_CHECKING_H
#define TB_TORCHSCRIPT_CHECKING_H

#include "torchscript/interpreter.h"

/* What is known of a value. All null and absent: nothing is. */
typedef struct tb_known {
    tb_script_kind kind;          /* absent: it may be of several */
    const tb_script_value *value; /* the one that it is, as it was loaded; of
                                     tensors type and number of axes count */
    bool is_literal;              /* value is what stands in the source */
    tb_script_class *class;       /* of an object */
    const tb_annotation *type;    /* as the source says: for elements */
} tb_known;

typedef struct tb_known_name {
    const char *name;
    tb_known is;
    struct tb_known_name *next;
} tb_known_name;

/* A function that is called with this as its first argument. */
typedef struct tb_check_visit {
    const tb_script_function *function;
    tb_known self;
    struct tb_check_visit *next, *in_bucket;
} tb_check_visit;

enum { TB_CHECK_BUCKETS = 1024 };

typedef struct tb_check {
    tb_script_module *m;
    tb_arena *arena;
    tb_check_visit *first, *last, *buckets[TB_CHECK_BUCKETS];
    int visits;
    bool reshapes; /* some tensor changes its number of axes in place */
    tb_known_name *written; /* names of slots that some program sets */
    /* ---- of the function that is gone through ---- */
    const tb_script_function *function;
    tb_known_name *locals;
    int line;
    tb_error *error;
    tb_status status; /* of the first error */
} tb_check;

/* Remembers the first error. */
void tb_check_refuse(tb_check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Zeroed memory that lasts as the check does; null after an error. */
void *tb_check_memory(tb_check *c, size_t size);

/* ---- check_known.c: what is known ---- */

tb_known tb_known_nothing(void);
tb_known tb_known_kind(tb_script_kind kind);
tb_known tb_known_value(const tb_script_value *x);
tb_known tb_known_type(tb_check *c, const tb_annotation *type);
tb_known tb_known_element(tb_check *c, const tb_known *x); /* any of them */
tb_known tb_known_literal(tb_check *c, tb_script_value x);
tb_known tb_known_common(const tb_known *a, const tb_known *b); /* of both */
tb_known tb_known_element_at(tb_check *c, const tb_known *x, int64_t i);
bool tb_known_same(const tb_known *a, const tb_known *b);

/* Local names; null: there is none. One that is given different things is one
   of which nothing is known. */
const tb_known_name *tb_check_local(const tb_check *c, const char *name);
void tb_check_set_local(tb_check *c, const char *name, tb_known x);

/* A slot of an object of this class; refused where there is none. */
tb_known tb_check_slot(tb_check *c, const tb_known *object, const char *name);

/* ---- check_slots.c ---- */

/* Notes the names of all slots that some function of the module sets. */
void tb_check_note_slots(tb_check *c);
bool tb_check_is_written(const tb_check *c, const char *name);

/* ---- walking ---- */

/* The function will be gone through, once for each such first argument. */
void tb_check_add(tb_check *c, const tb_script_function *f, tb_known self);

void tb_check_block(tb_check *c, const tb_script_block *block);

/* Names, slots or elements that are given x. */
void tb_check_target(tb_check *c, const tb_expression *target, tb_known x);
tb_known tb_check_expression(tb_check *c, const tb_expression *e);
tb_known tb_check_call(tb_check *c, const tb_expression *e);

/* Whether some class has it: what unknown things may have under this name. */
bool tb_check_in_some_class(tb_check *c, const char *name, bool methods);

/* ---- check_builtin.c: calls of functions_* ---- */

/* A call by this name with `count` arguments by position, of which this is
   known, and those by name that `e` (may be null) has. What it gives. */
tb_known tb_check_builtin(tb_check *c, const char *name, int count,
                          const tb_known *arguments, const tb_expression *e);

/* Of a tensor of this type and number of axes: what is wrong with it as the
   first argument, in `room` (null: nothing), and whether the result is of the
   same type and number (check_forms.c). */
const char *tb_form_wrong(const char *name, const tb_script_tensor *t,
                          char *room, size_t size);
bool tb_form_stays(const char *name, const tb_script_tensor *t);

/* Whether a row of the tables can have a first argument of this kind; of
   numbers and absent ones, which most have, all. */
bool tb_builtin_takes(const char *name, tb_script_kind first);

#endif
