/* Python's pickles as trees of inert values: no class is looked up and nothing
   of what a pickle names is ever run. Source: the comments of CPython's
   Lib/pickletools.py. Read are protocols 2 to 5 as TorchScript and Python's
   pickler write them; opcodes of protocols 0 and 1 that these do not write,
   extension codes and out-of-band buffers are refused. */
#ifndef TB_TORCHSCRIPT_PICKLE_H
#define TB_TORCHSCRIPT_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

typedef enum tb_pickled_kind {
    TB_PICKLED_NONE,
    TB_PICKLED_BOOL,      /* integer: 0 or 1 */
    TB_PICKLED_INT,       /* integer */
    TB_PICKLED_REAL,      /* real */
    TB_PICKLED_TEXT,      /* text, text_bytes: UTF-8; may hold zeros */
    TB_PICKLED_BYTES,     /* text, text_bytes: of bytes or a bytearray */
    TB_PICKLED_LIST,      /* items, count */
    TB_PICKLED_TUPLE,     /* items, count */
    TB_PICKLED_SET,       /* items, count; frozen sets too */
    TB_PICKLED_DICT,      /* items, count: key, value, key, value... */
    TB_PICKLED_GLOBAL,    /* module, name: a class or function */
    TB_PICKLED_OBJECT,    /* of, args...: a new instance of a class */
    TB_PICKLED_CALL,      /* of, args...: what calling something returns */
    TB_PICKLED_PERSISTENT /* of: the id of what lies outside the pickle */
} tb_pickled_kind;

/* A value, whose fields its kind names. The same object is the same pointer
   wherever it stands; a value may even hold itself (see tb_unpickled). */
typedef struct tb_pickled tb_pickled;

struct tb_pickled {
    tb_pickled_kind kind;
    uint32_t number; /* its own, below tb_unpickled's count */
    union {
        int64_t integer;
        double real;
        struct {
            const char *text; /* a zero follows the last byte */
            size_t text_bytes;
        };
        /* A dict counts keys and values both, in the order in which they were
           set; of equal keys the last one holds. An OrderedDict is a dict. */
        struct {
            tb_pickled **items;
            size_t count;
        };
        struct {
            const char *module, *name; /* without zeros within */
        };
        struct {
            tb_pickled *of;       /* in general a GLOBAL */
            tb_pickled *args;     /* mostly a TUPLE */
            tb_pickled *keywords; /* a DICT, or null */
            tb_pickled *state;    /* given to it later, mostly a DICT of its
                                     attributes; or null */
            tb_pickled *list;     /* items appended later: a LIST, or null */
            tb_pickled *dict;     /* items set later: a DICT, or null */
        };
    };
};

/* What a pickle holds. Walk it with care: values are shared, so that a tree of
   n values may have 2^n leaves; what was visited is best kept in an array by
   `number`. Recursion is safe where `depth` is not negative, and goes no deeper
   than that. */
typedef struct tb_unpickled {
    tb_pickled *root;
    uint32_t count; /* of all values */
    int depth;      /* at most TB_PICKLED_DEPTH; -1: something holds itself */
} tb_unpickled;

/* The deepest that values may lie in one another. */
enum { TB_PICKLED_DEPTH = 400 };

/* Reads a pickle into values that live as long as the arena; what `data` holds
   is copied. At most 64 MiB and two million values. `what` names the pickle in
   errors. */
tb_status tb_unpickle(const void *data, size_t bytes, const char *what,
                      tb_arena *arena, tb_unpickled *out, tb_error *error);

/* ---- questions; null is a value that is nothing ---- */

/* The value of a DICT, or of an OBJECT's or a CALL's state, under a key that is
   text; null: there is none. */
tb_pickled *tb_pickled_find(const tb_pickled *value, const char *key);

bool tb_pickled_is(const tb_pickled *value, tb_pickled_kind kind);

/* Whether it is an OBJECT or a CALL. */
bool tb_pickled_is_made(const tb_pickled *value);

bool tb_pickled_is_global(const tb_pickled *value, const char *module,
                          const char *name);

/* Whether it is the call of that function. */
bool tb_pickled_is_call(const tb_pickled *value, const char *module,
                        const char *name);

/* Argument `index` of a CALL or OBJECT; null: it has no such argument. */
tb_pickled *tb_pickled_argument(const tb_pickled *value, size_t index);

#endif
