/* A stream being emitted; for the rows of emit_ops.c and those who run them.

   Time. Calls are multiples of a quantum that holds whole frames of every
   value, `per` of them. So a call gives each value `per` frames for each of its
   quanta, `late` frames later than they are counted: with N frames of a value
   before the call, it makes frames N - late and so on. Those before frame 0 do
   not exist; where a reader looks back at them they are made zero. What readers
   look back at is kept from call to call.

   Loops. Where frames are fed back, a call is a row of cycles of one quantum,
   and a cycle is written step by step, each of as many base frames as the loop
   advances by at once. A step makes the frames of each value that are due in
   it, whose number and place are known when the program is written. Cycles that
   padding alone decides come before the first (`warm` base frames). */
#ifndef TB_TORCHSCRIPT_EMITTER_H
#define TB_TORCHSCRIPT_EMITTER_H

#include "engine/op.h"
#include "engine/time.h"
#include "torchscript/emit_stream.h"

typedef struct tb_emitted_value {
    const char *name;      /* as the program has it; null: not yet */
    const char *long_name; /* the same behind what is kept; null: nothing is */
    const char *past;      /* of a loop: the buffer of what is kept */
    int64_t per, late;
    int64_t kept;         /* frames */
    int64_t first, count; /* of those that a call or step makes; count of a
                             call: 0, it is `per` for each quantum */
    int64_t from;         /* first frame of `long_name` */
    int stamp;            /* of what has no frames: when it was computed */
    bool moves;           /* has no frames, but changes within a call */
    bool in_parts;  /* of a loop: read otherwise than as a step makes it */
    bool begins;    /* frames before the first must be zero */
    bool goes_on;   /* made from frame to frame, with states */
    bool is_folded; /* a tensor of the module */
} tb_emitted_value;

typedef struct tb_emitter {
    const tb_stream_source *source;
    tb_made_module *module;
    tb_made_object *object;
    tb_source_text *text;
    tb_arena *arena;
    bool *needed, *fixed;     /* by node and value id */
    tb_time *times;           /* by value id */
    tb_emitted_value *values; /* by value id */
    int64_t quantum;
    int64_t step, warm; /* base frames; step 0: no loop */
    const tb_node *loop;
    int names; /* given so far */
    int stamp; /* rises with every step and state */
    tb_status status;
    tb_error *error;
} tb_emitter;

/* ---- reading ---- */

/* What the node's frames read of input i: frames from `first` on, counted as
   those of the value itself with N = 0. The name of a tensor; null after an
   error. Without time, or with a window of one frame: the value as it is. */
const char *tb_emit_read(tb_emitter *e, const tb_node *n, int i);

/* First frame that a call makes of a node's outputs, and that this reads of its
   input i, both for N = 0. */
int64_t tb_emit_first(const tb_emitter *e, const tb_node *n);
int64_t tb_emit_lowest(const tb_emitter *e, const tb_node *n, int i);

/* The number of the first frame that is made of a value: i64 [1]. */
const char *tb_emit_place(tb_emitter *e, const tb_value *v);

/* ---- writing ---- */

/* A line. */
void tb_emit_line(tb_emitter *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A new name for the value of an expression, and a line that gives it. */
const char *tb_emit_let(tb_emitter *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text in the module's memory. Without any the emitter has failed, and it is
   empty. */
const char *tb_emit_text(tb_emitter *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Output 0 of the node is this expression. */
void tb_emit_give(tb_emitter *e, const tb_node *n, const char *expression);

/* The same of output i, where a node has several. */
void tb_emit_give_output(tb_emitter *e, const tb_node *n, int i,
                         const char *expression);

/* The same, of a name whose axis of time is longer than the output: what is
   before frame `skip` and after the frames of the output does not count. */
void tb_emit_give_part(tb_emitter *e, const tb_node *n, const char *name,
                       int64_t skip);

/* Refuses the node, in a sentence that names it and `what`. */
void tb_emit_refuse(tb_emitter *e, const tb_node *n, const char *what);

/* A name for which of the frames that a call makes of the node's outputs are
   real: bool [frames]. For ops that go on from frame to frame. */
const char *tb_emit_real_frames(tb_emitter *e, const tb_node *n);

/* A buffer of this shape, whose rows are as many as there may be, and the name
   of its part for the rows of the call. Null data: zeros. */
const char *tb_emit_buffer(tb_emitter *e, const tb_value *v, const char *slot,
                           tb_shape shape, double first);

/* "self.<what>_<node>": given numbers, of which the node has one tensor however
   often it is written. They must outlive the module; null: without memory. */
const char *tb_emit_constant(tb_emitter *e, const tb_node *n, const char *what,
                             tb_shape shape, const float *x);

/* What a node that draws for frames of a loop draws in so many cycles: [rows,
   frames, channels]. The node itself takes its part of "drawn_<id>", those of a
   cycle. */
const char *tb_emit_drawn_ahead(tb_emitter *e, const tb_node *n,
                                const char *cycles);

/* ---- numbers ---- */

/* A dimension of a value, "[a, b, c]" of all, and a list of numbers. */
const char *tb_emit_dim(tb_emitter *e, const tb_value *v, int axis);
const char *tb_emit_dims(tb_emitter *e, const tb_value *v);
const char *tb_emit_ints(tb_emitter *e, int n, const int64_t *x);

/* A number of the value's type: "2." or "2". */
const char *tb_emit_number(tb_emitter *e, const tb_value *v, double x);

/* ---- ops ---- */

typedef void (*tb_emit_op)(tb_emitter *e, const tb_node *n);

/* Null where it is not known. */
tb_emit_op tb_emit_op_of(const tb_op *op);

typedef struct tb_emit_row {
    const tb_op *op;
    tb_emit_op emit;
} tb_emit_row;

/* Tables, each ends with a null op. */
extern const tb_emit_row tb_emit_arithmetic[], tb_emit_shapes[],
    tb_emit_frames[], tb_emit_layers[], tb_emit_chances[], tb_emit_scans[],
    tb_emit_spectra[], tb_emit_others[];

#endif
