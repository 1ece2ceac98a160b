/* Numbers that a call computes from those that slots of objects held before it:
   known while recording, others in later calls. A formula says how they come
   about, and is worked out anew before each run. */
#ifndef TB_TORCHSCRIPT_FORMULA_H
#define TB_TORCHSCRIPT_FORMULA_H

#include "base/arena.h"
#include "base/realtime.h"
#include "torchscript/functions.h"

typedef enum tb_formula_kind {
    TB_FORMULA_SLOT,
    TB_FORMULA_NUMBER,
    TB_FORMULA_SUM,     /* of whole numbers: terms, and a number */
    TB_FORMULA_COMBINE, /* add and the like; `row` of the functions' table */
    TB_FORMULA_COMPARE,
    TB_FORMULA_MAP, /* floor and the like */
    TB_FORMULA_CAST /* to the type of its result */
} tb_formula_kind;

enum { TB_MOST_TERMS = 6, TB_MOST_PATH = 4 };

typedef struct tb_formula tb_formula;

typedef struct tb_formula_term {
    const tb_formula *of;
    int64_t times;
} tb_formula_term;

struct tb_formula {
    tb_formula_kind kind;
    tb_script_kind type; /* of its result */
    int size;            /* formulas in it, with itself */
    const tb_script_items *items;
    int slot, depth, path[TB_MOST_PATH]; /* places in tuples in each other */
    tb_script_value number;
    int count;
    tb_formula_term terms[TB_MOST_TERMS];
    int64_t plus;
    int row; /* the kind of a function's row */
    const tb_formula *a, *b;
};

/* A number that a slot holds before the call, or that lies in its tuple at
   path[0], in that at path[1] and so on. Null without memory. */
const tb_formula *tb_formula_of_slot(tb_arena *arena,
                                     const tb_script_items *items, int slot,
                                     tb_script_kind type, int depth,
                                     const int *path);

/* Gives *x, which a function gave for so many numbers, its formula; without one
   it is the same in all calls. False: it has none that is known, or there is no
   memory. */
bool tb_formula_of_call(tb_arena *arena, const tb_builtin *function, int count,
                        const tb_script_value *arguments, tb_script_value *x);

/* A call of one or two numbers, of which one is a formula, and nothing else; it
   is run, and what it gives is one, too, or what went in is guarded. */
bool tb_is_formula_call(const tb_builtin_call *c);
bool tb_formula_call(tb_builtin_call *c, tb_script_value *out);

/* Guards the formulas among the arguments of any other call, but for those that
   the function takes as they are. */
bool tb_settle_formulas(tb_builtin_call *c);

/* Guards the formulas in a value: a number's own, those in lists and tuples. */
bool tb_pin_all(tb_recording *r, tb_script_value *x);

/* Whether it is what a slot held. */
bool tb_formula_is_slot(const tb_formula *f, const tb_script_items *items,
                        int slot);

/* The number as it is now. Absent where it cannot be computed (a slot holds
   something else, a division by 0). */
TB_REALTIME tb_script_value tb_formula_value(const tb_formula *f);

/* Goes through the slots that it is computed from. */
void tb_formula_slots(const tb_formula *f,
                      void (*visit)(void *context, const tb_script_items *items,
                                    int slot),
                      void *context);

#endif
