/* What TorchScript programs compute with. Values are small and passed by copy;
   what they point to lives in an arena: the module's for what was loaded and
   what calls left behind, the recording's for the rest. */
#ifndef TB_TORCHSCRIPT_VALUE_H
#define TB_TORCHSCRIPT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tb_script_tensor tb_script_tensor; /* script_tensor.h */
typedef struct tb_script_class tb_script_class;   /* script_class.h */
typedef struct tb_script_list tb_script_list;
typedef struct tb_script_dict tb_script_dict;
typedef struct tb_script_object tb_script_object;

typedef enum tb_script_kind {
    TB_SCRIPT_ABSENT, /* an argument that was not given */
    TB_SCRIPT_NONE,
    TB_SCRIPT_BOOL,
    TB_SCRIPT_INT,
    TB_SCRIPT_FLOAT,
    TB_SCRIPT_COMPLEX,
    TB_SCRIPT_STRING,
    TB_SCRIPT_DEVICE, /* there is one: all are alike */
    TB_SCRIPT_TENSOR,
    TB_SCRIPT_LIST,
    TB_SCRIPT_TUPLE,
    TB_SCRIPT_DICT,
    TB_SCRIPT_OBJECT,
    TB_SCRIPT_CLASS,
    TB_SCRIPT_FUNCTION,
    TB_SCRIPT_KINDS
} tb_script_kind;

typedef struct tb_script_value {
    tb_script_kind kind;
    const struct tb_formula *formula; /* of a number (formula.h); null: it is
                                         the same in all calls */
    union {
        bool boolean;
        int64_t integer;
        double real;
        const double *complex; /* real and imaginary part */
        const char *string;
        tb_script_tensor *tensor;
        tb_script_list *list; /* of tuples, too */
        tb_script_dict *dict;
        tb_script_object *object;
        tb_script_class *class;
        const struct tb_script_function *function; /* syntax.h */
    };
} tb_script_value;

/* Lists, dicts and objects can be changed. A recording never changes what was
   there before it: it writes into a draft, which a call that is carried out
   puts in place (script_plan.h). */
typedef struct tb_script_items {
    bool kept;      /* was there before the recording: is changed in a draft */
    bool changes;   /* some call writes to them */
    bool left;      /* by a call: it may be moved (script_tidy.h) */
    unsigned round; /* of the last such move that reached it */
    int count, capacity;
    tb_script_value *at;
} tb_script_items;

struct tb_script_list {
    tb_script_items items;
    struct tb_script_draft *draft; /* of the recording that goes on, or null */
};

struct tb_script_dict {
    tb_script_items items; /* key, value, key, value... in order of insertion */
    struct tb_script_draft *draft;
};

struct tb_script_object {
    tb_script_class *class;
    tb_script_items items; /* its slots, in the order of the class */
    struct tb_script_draft *draft;
};

/* What a value is, in a musician's words: "a number", "a tensor". */
const char *tb_script_kind_name(tb_script_kind kind);

/* The kind of a type that programs name ("int", "List", "NoneType"); absent:
   it is a class, or a name for several. */
tb_script_kind tb_script_kind_of_type(const char *name);

static inline tb_script_value tb_script_none(void)
{
    return (tb_script_value){.kind = TB_SCRIPT_NONE};
}

static inline tb_script_value tb_script_bool(bool x)
{
    return (tb_script_value){.kind = TB_SCRIPT_BOOL, .boolean = x};
}

static inline tb_script_value tb_script_int(int64_t x)
{
    return (tb_script_value){.kind = TB_SCRIPT_INT, .integer = x};
}

static inline tb_script_value tb_script_float(double x)
{
    return (tb_script_value){.kind = TB_SCRIPT_FLOAT, .real = x};
}

static inline tb_script_value tb_script_string(const char *x)
{
    return (tb_script_value){.kind = TB_SCRIPT_STRING, .string = x};
}

static inline tb_script_value tb_script_of_tensor(tb_script_tensor *x)
{
    return (tb_script_value){.kind = TB_SCRIPT_TENSOR, .tensor = x};
}

/* Whether it is none or was not given. */
static inline bool tb_script_is_none(const tb_script_value *x)
{
    return x->kind == TB_SCRIPT_NONE || x->kind == TB_SCRIPT_ABSENT;
}

static inline bool tb_script_is_number(const tb_script_value *x)
{
    return x->kind == TB_SCRIPT_BOOL || x->kind == TB_SCRIPT_INT ||
           x->kind == TB_SCRIPT_FLOAT;
}

#endif
