/* What pickle.c's opcodes (pickle_opcodes.c) do their work on: the pickle's
   bytes, the stack and the values made so far. Private to these. */
#ifndef TB_TORCHSCRIPT_UNPICKLER_H
#define TB_TORCHSCRIPT_UNPICKLER_H

#include "torchscript/pickle.h"

/* Pointers that become more; room for none at first. */
typedef struct tb_pickled_stack {
    tb_pickled **at;
    int count, room;
} tb_pickled_stack;

typedef struct tb_unpickler {
    const unsigned char *start, *p, *end;
    const char *what;
    tb_arena *arena;
    tb_pickled *slab; /* values that are still free */
    size_t slab_left;
    size_t count, items; /* of values, and places in containers */
    tb_pickled *none, *no, *yes, *unit; /* unit: the empty tuple */
    tb_pickled_stack stack;
    tb_pickled_stack memo;       /* by number; null where nothing was put */
    int marks[TB_PICKLED_DEPTH]; /* heights of the stack */
    int mark_count;
    tb_pickled *root; /* null: not at its end yet */
    tb_error *error;
} tb_unpickler;

tb_status tb_unpickler_fail(const tb_unpickler *u, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next bytes, which are passed. */
tb_status tb_unpickler_take(tb_unpickler *u, uint64_t bytes,
                            const unsigned char **at);

/* An unsigned number of 1 to 8 bytes, little-endian. */
tb_status tb_unpickler_number(tb_unpickler *u, int width, uint64_t *number);

tb_status tb_unpickler_value(tb_unpickler *u, tb_pickled_kind kind,
                             tb_pickled **out);

tb_status tb_unpickler_push(tb_unpickler *u, tb_pickled *value);
tb_status tb_unpickler_push_new(tb_unpickler *u, tb_pickled_kind kind,
                                tb_pickled **out);

/* How many values lie above the last mark. */
int tb_unpickler_height(const tb_unpickler *u);

/* Takes `count` values off, which stay where they were until the next push. */
tb_status tb_unpickler_pop(tb_unpickler *u, int count, tb_pickled ***values);

/* Takes off the mark and everything above it. */
tb_status tb_unpickler_pop_mark(tb_unpickler *u, tb_pickled ***values,
                                size_t *count);

tb_status tb_unpickler_top(tb_unpickler *u, tb_pickled **value);

/* Adds values to a container. */
tb_status tb_unpickler_append(tb_unpickler *u, tb_pickled *to,
                              tb_pickled *const *values, size_t count);

/* Reads one opcode and does what it says. */
tb_status tb_unpickler_run(tb_unpickler *u);

#endif
