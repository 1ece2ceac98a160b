/* The functions that TorchScript sources call: torch.*, and methods of tensors,
   lists and strings. Each has one row in a table: its parameters by name, so
   that positional and keyword arguments come to lie in one order, and what runs
   it. */
#ifndef TB_TORCHSCRIPT_FUNCTIONS_H
#define TB_TORCHSCRIPT_FUNCTIONS_H

#include "engine/ops/elementwise.h"
#include "engine/ops/logic.h"
#include "torchscript/promotion.h"
#include "torchscript/recording.h"

enum { TB_MOST_ARGUMENTS = 20 };

typedef struct tb_builtin tb_builtin;

typedef struct tb_builtin_call {
    tb_recording *r;
    const tb_builtin *function;
    int count;                              /* positional arguments given */
    tb_script_value arg[TB_MOST_ARGUMENTS]; /* absent where not given */
    bool in_place; /* the name ends with _ and the function does not */
} tb_builtin_call;

struct tb_builtin {
    const char *name;
    const char *parameters; /* their names, with spaces in between */
    bool (*run)(tb_builtin_call *c, tb_script_value *out);
    int kind; /* for rows that share `run` */
};

/* Null: there is none. *in_place: it is called by its name with an _ more,
   and writes what it gives to its first argument. */
const tb_builtin *tb_builtin_called(const char *name, bool *in_place);
const tb_builtin *tb_builtin_named(const char *name);

/* Which of these names, with spaces in between, this is; -1: none. */
int tb_parameter_index(const char *parameters, const char *name);

/* All tables. */
const tb_builtin *const *tb_builtin_tables(int *count);

/* The tables, each ended by a row without name. */
extern const tb_builtin tb_functions_scalar[], tb_functions_list[],
    tb_functions_unary[], tb_functions_binary[], tb_functions_compare[],
    tb_functions_shape[], tb_functions_join[], tb_functions_make[],
    tb_functions_reduce[], tb_functions_write[], tb_functions_network[],
    tb_functions_fourier[], tb_functions_index[], tb_functions_text[],
    tb_functions_recurrent[], tb_functions_special[], tb_functions_fold[],
    tb_functions_product[], tb_functions_sequence[], tb_functions_question[],
    tb_functions_pad[], tb_functions_gather[], tb_functions_loss[],
    tb_functions_attention[], tb_functions_window[], tb_functions_axes[],
    tb_functions_chance[], tb_functions_matrix[], tb_functions_whole[],
    tb_functions_gamma[], tb_functions_letters[], tb_functions_iterate[];

/* ---- arguments: false and an error when they are of another kind ---- */

bool tb_is_tensor(const tb_builtin_call *c, int i);
bool tb_has(const tb_builtin_call *c, int i); /* given, and not None */

bool tb_arg_tensor(tb_builtin_call *c, int i, tb_script_tensor **t);
bool tb_arg_list(tb_builtin_call *c, int i, const tb_script_items **items);
bool tb_arg_string(tb_builtin_call *c, int i, const char **text);

/* Of a list, a tuple, or a dict: key, value, key, value... */
bool tb_arg_items(tb_builtin_call *c, int i, const tb_script_items **items);

/* Numbers; those of tensors with one element are looked at. Where the argument
   is absent or None it is the default that *x came with. */
bool tb_arg_int(tb_builtin_call *c, int i, int64_t *x);
bool tb_arg_real(tb_builtin_call *c, int i, double *x);
bool tb_arg_bool(tb_builtin_call *c, int i, bool *x);
bool tb_arg_dtype(tb_builtin_call *c, int i, tb_dtype *x);

/* False where the first argument is no tensor of so many axes at least. */
bool tb_needs_axes(tb_builtin_call *c, int axes);

/* An axis from -rank to rank - 1, as 0 to rank - 1. */
bool tb_arg_axis(tb_builtin_call *c, int i, int rank, int *axis);

/* A first argument with axes, and the one of them that argument i names, or
   else `standard`; -1: the last. */
bool tb_has_axis(tb_builtin_call *c, int i, int standard, tb_script_tensor **t,
                 int *axis);

/* A list of up to `most` whole numbers, or one alone. */
bool tb_arg_ints(tb_builtin_call *c, int i, int most, int64_t *x, int *n);

/* The same, or where argument i is a number, all that were given from there
   on: x.permute(0, 2, 1). */
bool tb_arg_ints_on(tb_builtin_call *c, int i, int most, int64_t *x, int *n);

/* A set of axes as a mask: a list, one, or (absent, None, empty) all. */
bool tb_arg_axes(tb_builtin_call *c, int i, int rank, unsigned *axes);

/* The numbers of a tensor, or of a number as a tensor without axes, as a type.
   Null after an error. */
tb_value *tb_arg_value(tb_builtin_call *c, int i, tb_dtype as);

/* The type that the first `count` arguments have together, and whether any of
   them is a tensor. */
tb_dtype tb_common_type(tb_builtin_call *c, int count);
bool tb_any_tensor(tb_builtin_call *c, int count);

/* A value as another type, by way of what the engine has in its place. */
tb_value *tb_value_as(tb_value *v, tb_dtype as);

/* The type in which numbers of another are computed without loss: that of
   complex ones and of whole ones that no real one of 32 bits holds is itself,
   of others float32. */
tb_dtype tb_exact_type(tb_dtype dtype);

/* What `pick` picks from the numbers of t, which is argument i: elements, as
   they are. It gets real numbers; complex ones, and whole ones of 32 and 64
   bits, are taken apart into some that are exact, and put together again. Null
   after an error. */
tb_value *tb_picked(tb_builtin_call *c, int i,
                    tb_value *(*pick)(const void *how, tb_value *v),
                    const void *how);

/* The same of v, which is not null: numbers of 64 bits, complex ones, or what
   pick takes. */
tb_value *tb_pick_exactly(tb_value *v,
                          tb_value *(*pick)(const void *how, tb_value *v),
                          const void *how);

/* ---- along axes, of whole numbers exactly (functions_whole.c) ---- */

/* All of an axis combined to one element, or each with those before it; v may
   be null, then so is the result. */
tb_value *tb_combine_axes(tb_value *v, tb_binary kind, unsigned axes,
                          bool keep);
tb_value *tb_combine_running(tb_value *v, tb_binary kind, int axis);

/* a [..., m, k] times b [..., k, n]; null after an error. */
tb_value *tb_whole_product(tb_builtin_call *c, tb_value *a, tb_value *b);

/* ---- rules (argument_rules.c) ---- */

/* What is wrong with x as this argument, whatever the others are, in `room`;
   null: nothing. */
const char *tb_argument_wrong(const tb_builtin *f, const char *parameter,
                              const tb_script_value *x, char *room,
                              size_t size);
bool tb_arguments_fit(tb_builtin_call *c); /* all; false and an error */

/* ---- results ---- */

bool tb_give(tb_builtin_call *c, tb_script_value *out, tb_dtype dtype,
             tb_value *v);

/* For views: argument 0, another tensor with its geometry, to be changed, and
   its numbers where they are known as a value (else null); then the result, of
   which v are the numbers or null. */
bool tb_view_begin(tb_builtin_call *c, tb_script_tensor **t,
                   tb_script_tensor **view, tb_value **v);
bool tb_give_view(tb_builtin_call *c, tb_script_tensor *view, tb_value *v,
                  tb_script_value *out);
void tb_drop_axis(tb_script_tensor *t, int axis);

bool tb_give_int(tb_script_value *out, int64_t x);

/* Runs a call whose arguments stand: of "add_" what "add" gives is written to
   its first argument. */
bool tb_builtin_run(tb_builtin_call *c, tb_script_value *out);

/* A result becomes the numbers of the first argument, which is `out`. */
bool tb_write_result(tb_builtin_call *c, const tb_script_value *result,
                     tb_script_value *out);
bool tb_give_bool(tb_script_value *out, bool x);

/* A new list or tuple; null without memory. */
tb_script_list *tb_new_list(tb_recording *r);

/* Whether two values are the same number, text, list of such, or thing; and
   what a bool or number is as a real one. */
bool tb_script_equal(const tb_script_value *a, const tb_script_value *b);
TB_REALTIME double tb_script_number(const tb_script_value *x);

/* ---- of numbers alone: rows of tables, and what they compute ---- */

typedef enum tb_number_operation {
    TB_NUMBER_ADD,
    TB_NUMBER_SUB,
    TB_NUMBER_RSUB,
    TB_NUMBER_MUL,
    TB_NUMBER_DIV,
    TB_NUMBER_FLOOR_DIV,
    TB_NUMBER_REMAINDER,
    TB_NUMBER_FMOD,
    TB_NUMBER_POW,
    TB_NUMBER_MAXIMUM,
    TB_NUMBER_MINIMUM
} tb_number_operation;

bool tb_combines_numbers(const tb_builtin *function);
bool tb_compares_numbers(const tb_builtin *function);
bool tb_maps_numbers(const tb_builtin *function);
bool tb_casts_numbers(const tb_builtin *function);

/* What the kind of a row says, done to numbers. False: it cannot be done. */
TB_REALTIME bool tb_combine_numbers(tb_number_operation how,
                                    const tb_script_value *a,
                                    const tb_script_value *b,
                                    tb_script_value *out);
TB_REALTIME bool tb_compare_numbers(tb_comparison how, const tb_script_value *a,
                                    const tb_script_value *b);
TB_REALTIME bool tb_map_number(int row, const tb_script_value *x,
                               tb_script_value *out);

/* Writes to a dict's items; sorts a list's, equal ones as they stand. False and
   an error where that cannot be. */
bool tb_set_key(tb_builtin_call *c, tb_script_items *items,
                const tb_script_value *key, const tb_script_value *x);
bool tb_sort_items(tb_builtin_call *c, tb_script_items *items, bool down);

/* Forms of functions of tensors that take texts and lists. */
int64_t tb_text_count(const char *text, const char *what);
bool tb_split_text(tb_builtin_call *c, tb_script_value *out);
bool tb_slice_text(tb_builtin_call *c, tb_script_value *out);
bool tb_sort_list(tb_builtin_call *c, tb_script_value *out);
bool tb_give_text(tb_builtin_call *c, const char *text, tb_script_value *out);

/* Sizes, whether they are possible, and a new tensor of one number. */
bool tb_arg_shape(tb_builtin_call *c, int i, tb_shape *shape);
bool tb_may_make(tb_builtin_call *c, tb_shape shape);
bool tb_give_filled(tb_builtin_call *c, tb_dtype type, tb_shape shape, double x,
                    tb_script_value *out);

/* x without what lies behind the point. */
tb_value *tb_truncate(tb_value *x);

/* v [..., n] at the index [..., k] of its last axis. */
tb_value *tb_gather_last(tb_value *v, tb_value *index);

/* An argument of real numbers that may be missing: then *v is null. False
   where it is of another kind or has no elements. */
bool tb_arg_optional(tb_builtin_call *c, int i, tb_value **v);

/* The sentence "NAME: ...", false. */
bool tb_refuse(tb_builtin_call *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
