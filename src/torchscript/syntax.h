/* The syntax tree of a model's TorchScript source. Everything lies in the arena
   of one tb_syntax, which holds all files of an archive; once read it is never
   changed, but for texts that programs make and keep.

   Every name and every string in it is interned: two that are equal are the
   same pointer. tb_syntax_intern gives that pointer for a name of the reader's
   own. */
#ifndef TB_TORCHSCRIPT_SYNTAX_H
#define TB_TORCHSCRIPT_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct tb_syntax tb_syntax;
typedef struct tb_expression tb_expression;
typedef struct tb_statement tb_statement;
typedef struct tb_script_function tb_script_function;

/* No expression is higher, and no statement nested deeper: what walks through
   a tree may call itself. An elif counts as one level. */
#define TB_SYNTAX_DEPTH 256

/* ---- types ---- */

/* Tensor, List[int], Dict[str, List[Tensor]], Tuple[()], __torch__.a.b.C. The
   name is dotted; None is written NoneType, torch.Tensor is Tensor, typing.List
   is List, A | B is Union[A, B] and Tuple[int, ...] has an argument "...". */
typedef struct tb_annotation {
    const char *name;
    int count;
    struct tb_annotation **arguments;
} tb_annotation;

/* ---- expressions ---- */

typedef enum tb_expression_kind {
    TB_EXPR_NONE,
    TB_EXPR_BOOL,          /* boolean */
    TB_EXPR_INT,           /* integer; a sign before it belongs to it */
    TB_EXPR_FLOAT,         /* real, likewise; inf and nan too */
    TB_EXPR_COMPLEX,       /* real: the imaginary number 1.5j */
    TB_EXPR_STRING,        /* string */
    TB_EXPR_ELLIPSIS,      /* ... */
    TB_EXPR_NAME,          /* name */
    TB_EXPR_TYPE,          /* annotation: first of annotate, unchecked_cast and
                              uninitialized, second of isinstance (there (A, B) is
                              Union[A, B]) */
    TB_EXPR_LIST,          /* items */
    TB_EXPR_TUPLE,         /* items */
    TB_EXPR_DICT,          /* items: key, value, key, value... */
    TB_EXPR_UNARY,         /* op, left */
    TB_EXPR_BINARY,        /* op, left, right */
    TB_EXPR_ATTRIBUTE,     /* attribute */
    TB_EXPR_CALL,          /* call */
    TB_EXPR_SUBSCRIPT,     /* subscript */
    TB_EXPR_SLICE,         /* slice; only as an index of a subscript */
    TB_EXPR_CHOICE,        /* choice: yes if condition else no */
    TB_EXPR_COMPREHENSION, /* comprehension: [element for target in iterable] */
    TB_EXPR_KINDS
} tb_expression_kind;

typedef enum tb_script_op {
    TB_OP_OR,
    TB_OP_AND,
    TB_OP_NOT, /* unary */
    TB_OP_EQ,
    TB_OP_NE,
    TB_OP_LT,
    TB_OP_LE,
    TB_OP_GT,
    TB_OP_GE,
    TB_OP_IS,
    TB_OP_IS_NOT,
    TB_OP_IN,
    TB_OP_NOT_IN,
    TB_OP_BIT_OR,
    TB_OP_BIT_XOR,
    TB_OP_BIT_AND,
    TB_OP_SHIFT_LEFT,
    TB_OP_SHIFT_RIGHT,
    TB_OP_ADD,
    TB_OP_SUB,
    TB_OP_MUL,
    TB_OP_DIV,
    TB_OP_FLOOR_DIV,
    TB_OP_MOD,
    TB_OP_MATMUL,
    TB_OP_NEG,    /* unary */
    TB_OP_INVERT, /* unary */
    TB_OP_POW,
    TB_SCRIPT_OPS
} tb_script_op;

/* Arguments by position come first; they have no name. */
typedef struct tb_call_argument {
    const char *name; /* null: by position */
    tb_expression *value;
} tb_call_argument;

struct tb_expression {
    uint8_t kind;    /* tb_expression_kind */
    uint8_t op;      /* tb_script_op of UNARY and BINARY */
    uint16_t height; /* 1 for a name, a number */
    int32_t line;
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct {
            const char *text; /* any bytes, with a zero after them */
            size_t length;
        } string;
        const char *name;
        tb_annotation *annotation;
        struct {
            tb_expression **at;
            int count;
        } items;
        struct {
            tb_expression *left, *right;
        };
        struct {
            tb_expression *object;
            const char *name;
            /* "torch.add", "ops.prim.dtype", "CONSTANTS.c0", "__torch__.a.C"
               where the first name is one of these four, else null. */
            const char *dotted;
        } attribute;
        struct {
            tb_expression *callee;
            tb_call_argument *arguments;
            int positional, count; /* count: all of them */
        } call;
        struct {
            tb_expression *object;
            tb_expression **indices; /* x[1:, 2]: a slice and a number */
            int count;
        } subscript;
        struct {
            tb_expression *first, *last, *step; /* each may be null */
        } slice;
        struct {
            tb_expression *condition, *yes, *no;
        } choice;
        struct {
            tb_expression *element, *target, *iterable;
            tb_expression *condition; /* null: all */
        } comprehension;
    };
};

/* ---- statements ---- */

typedef enum tb_statement_kind {
    TB_STMT_PASS,
    TB_STMT_BREAK,
    TB_STMT_CONTINUE,
    TB_STMT_EXPRESSION, /* value */
    TB_STMT_RETURN,     /* value, null for none */
    TB_STMT_RAISE,      /* value, null for none */
    TB_STMT_ASSIGN,     /* assign */
    TB_STMT_AUGMENT,    /* augment: target op= value */
    TB_STMT_DELETE,     /* targets */
    TB_STMT_ASSERT,     /* assertion */
    TB_STMT_IF,         /* branch; an elif is an if alone in `otherwise` */
    TB_STMT_WHILE,      /* branch without `otherwise` */
    TB_STMT_FOR,        /* loop */
    TB_STMT_WITH,       /* with; several items are nested ones */
    TB_STMT_DEF,        /* function, inside of another */
    TB_STMT_KINDS
} tb_statement_kind;

typedef struct tb_script_block {
    tb_statement **at;
    int count;
} tb_script_block;

/* A target is a name, an attribute, a subscript, or a tuple or list of
   targets. */
struct tb_statement {
    uint8_t kind; /* tb_statement_kind */
    int32_t line;
    union {
        tb_expression *value;
        struct {
            tb_expression **targets; /* a = b = value has two */
            int count;
            tb_annotation *type;  /* null: not said */
            tb_expression *value; /* null: declared only (x: int) */
        } assign;
        struct {
            tb_expression *target, *value;
            tb_script_op op;
        } augment;
        struct {
            tb_expression **at;
            int count;
        } targets;
        struct {
            tb_expression *condition, *message; /* message: may be null */
        } assertion;
        struct {
            tb_expression *condition;
            tb_script_block body, otherwise;
        } branch;
        struct {
            tb_expression *target, *iterable;
            tb_script_block body;
        } loop;
        struct {
            tb_expression *context, *target; /* target: null without `as` */
            tb_script_block body;
        } with;
        tb_script_function *function;
    };
};

/* ---- functions, classes, files ---- */

typedef struct tb_script_parameter {
    const char *name;
    tb_annotation *type;          /* null: not said (self; else a Tensor) */
    tb_expression *default_value; /* null: must be given */
    bool keyword_only;
} tb_script_parameter;

struct tb_script_function {
    const char *name;
    const char *qualified; /* __torch__.a.b.f, __torch__.a.b.C.f */
    const char *file;
    int line, parameter_count, decorator_count;
    tb_script_parameter *parameters;
    tb_annotation *return_type; /* null: not said */
    tb_script_block body;
    tb_expression **decorators;
};

typedef struct tb_script_field {
    const char *name;     /* need not be an identifier: __annotations__["0"] */
    tb_annotation *type;  /* without Final[]; null for members of an Enum */
    tb_expression *value; /* null for slots; a NamedTuple's defaults */
    int line;
} tb_script_field;

typedef struct tb_name_list {
    const char **at;
    int count;
} tb_name_list;

typedef struct tb_script_class_source {
    const char *name, *qualified, *file;
    int line;
    const char *base; /* Module, NamedTuple, Enum, Interface, ModuleInterface;
                         null without one */
    int slot_count, constant_count, method_count;
    tb_script_field *slots;     /* name : Type */
    tb_script_field *constants; /* name : Final[Type] = value, name = value */
    tb_script_function **methods;
    tb_name_list parameters, buffers; /* __parameters__, __buffers__ */
    tb_name_list pre_hooks, hooks;    /* __forward_pre_hooks__ and so on */
} tb_script_class_source;

/* Null when there is no memory. */
tb_syntax *tb_syntax_new(void);
void tb_syntax_free(tb_syntax *syntax);

/* The one copy of these bytes; null when there is no memory. */
const char *tb_syntax_intern(tb_syntax *syntax, const char *text,
                             size_t length);

/* The interned copy of a text, or null where no source has it. */
const char *tb_syntax_find_name(const tb_syntax *syntax, const char *text);

/* By qualified name, interned or not; null when there is none. */
const tb_script_class_source *tb_syntax_class(const tb_syntax *syntax,
                                              const char *qualified);
const tb_script_function *tb_syntax_function(const tb_syntax *syntax,
                                             const char *qualified);

/* All of them, in the order of their sources. */
int tb_syntax_class_count(const tb_syntax *syntax);
const tb_script_class_source *tb_syntax_class_at(const tb_syntax *syntax,
                                                 int index);
int tb_syntax_function_count(const tb_syntax *syntax);
const tb_script_function *tb_syntax_function_at(const tb_syntax *syntax,
                                                int index);

#endif
