/* Runs the functions of a TorchScript module, while a recording takes down what
   they do to tensors. */
#ifndef TB_TORCHSCRIPT_INTERPRETER_H
#define TB_TORCHSCRIPT_INTERPRETER_H

#include "torchscript/functions.h"
#include "torchscript/script_module.h"

typedef struct tb_interpreter {
    tb_script_module *module;
    tb_recording *r;
    const tb_script_function *function; /* that runs now; null: none */
    int line, depth;
    bool located; /* the error names where it happened */
} tb_interpreter;

/* Calls method `name` of an object with arguments by position. False and
   r->error when that cannot be. */
bool tb_interpret(tb_script_module *m, tb_recording *r,
                  const tb_script_value *object, const char *name, int count,
                  const tb_script_value *arguments, tb_script_value *result);

/* ---- within the interpreter ---- */

/* Local names of a running function. */
typedef struct tb_frame {
    tb_interpreter *in;
    int count, capacity;
    const char **names;
    tb_script_value *values;
    tb_script_value result;
} tb_frame;

/* What a statement leads to. */
typedef enum tb_flow {
    TB_FLOW_ON,
    TB_FLOW_BREAK,
    TB_FLOW_CONTINUE,
    TB_FLOW_RETURN,
    TB_FLOW_FAILED
} tb_flow;

tb_script_value *tb_frame_find(tb_frame *f, const char *name);
bool tb_frame_set(tb_frame *f, const char *name, tb_script_value x);

tb_flow tb_run_block(tb_frame *f, const tb_script_block *block);
bool tb_evaluate(tb_frame *f, const tb_expression *e, tb_script_value *out);
bool tb_is_true(tb_frame *f, const tb_expression *e, bool *truth);
bool tb_assign(tb_frame *f, const tb_expression *target, tb_script_value x);

bool tb_evaluate_call(tb_frame *f, const tb_expression *e,
                      tb_script_value *out);
bool tb_call_function(tb_interpreter *in, const tb_script_function *function,
                      int count, const tb_script_value *arguments,
                      int keyword_count, const tb_call_argument *keywords,
                      tb_frame *caller, tb_script_value *out);

/* What stands behind the last point of a name. */
const char *tb_short_name(const char *qualified);

/* A call of a builtin, whose positional arguments have been evaluated. */
bool tb_evaluate_builtin(tb_frame *f, const char *name, int count,
                         const tb_script_value *arguments,
                         const tb_expression *e, tb_script_value *out);
bool tb_call_builtin(tb_interpreter *in, const char *name, int count,
                     const tb_script_value *arguments, tb_script_value *out);

bool tb_get_attribute(tb_interpreter *in, const tb_script_value *object,
                      const char *name, tb_script_value *out);
bool tb_set_attribute(tb_interpreter *in, const tb_script_value *object,
                      const char *name, tb_script_value x);

/* x[indices] as a value, and to be written to. */
bool tb_evaluate_index(tb_frame *f, const tb_expression *e,
                       tb_script_value *out);
bool tb_assign_index(tb_frame *f, const tb_expression *e, tb_script_value x);

/* The elements of a list, tuple or named tuple; null and an error. */
const tb_script_items *tb_elements_of(tb_interpreter *in,
                                      const tb_script_value *x);

/* For calls of forward(x) that gave y: takes down what layers say of their
   delay. */
bool tb_note_delay(tb_interpreter *in, const tb_script_value *object,
                   const tb_script_value *x, const tb_script_value *y);

/* torch.fft.rfft is fft_rfft; of other names the last counts. */
const char *tb_builtin_name(const char *dotted, char *room, size_t size);

/* The function that an operator stands for; null: it is one of and, or, not, in
   and not in. */
const char *tb_operator_name(tb_script_op op);

/* torch.float32, as people write it, is its number: the printer has that. */
bool tb_dtype_named(const char *text, tb_script_value *out);

/* "Class.method", or a function with what it lies in. */
const char *tb_function_label(const tb_script_function *f);

/* Counts what a program does; false and an error when it is too much. */
bool tb_interpreter_step(tb_interpreter *in);

/* Remembers an error; false. */
bool tb_interpreter_fail(tb_interpreter *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
