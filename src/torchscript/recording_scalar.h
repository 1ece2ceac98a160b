/* Numbers in a recorded graph that each run gets anew: what formulas come to
   before it. */
#ifndef TB_TORCHSCRIPT_RECORDING_SCALAR_H
#define TB_TORCHSCRIPT_RECORDING_SCALAR_H

#include "base/realtime.h"
#include "engine/tensor.h"
#include "torchscript/formula.h"
#include "torchscript/recording.h"

enum { TB_SPAN_NUMBERS = 3 };

/* An input of the graph: one number, or the place of a span. */
struct tb_scalar {
    tb_value *value;
    int count;
    tb_script_value number[TB_SPAN_NUMBERS];
    struct tb_scalar *next;
};

/* The number x as a value without axes. Null after an error. */
tb_value *tb_recording_scalar(tb_recording *r, const tb_script_value *x,
                              tb_type type);

TB_REALTIME void tb_scalar_give(const tb_scalar *scalar, const tb_tensor *to);
void tb_scalar_slots(const tb_scalar *scalar,
                     void (*visit)(void *context, const tb_script_items *items,
                                   int slot),
                     void *context);

/* ---- parts of an axis that begin or end at a formula ---- */

/* What a tensor is a part of, from where and how long: whole numbers. */
struct tb_script_span {
    tb_script_tensor *base;
    int axis;
    tb_script_value from, length;
    bool is_element; /* of length 1, and its axis is not there */
};

/* x[first:last] along an axis of t, where one of them has a formula. What lies
   within is guarded; how long it is need not be known. Null after an error. */
tb_script_tensor *tb_recording_span(tb_recording *r, tb_script_tensor *t,
                                    int axis, tb_script_value first,
                                    tb_script_value last);

/* So many elements from `at` on along an axis of t, where `at` is a formula.
   Null after an error: that they are there is guarded. */
tb_script_tensor *tb_recording_narrow(tb_recording *r, tb_script_tensor *t,
                                      int axis, tb_script_value at,
                                      int64_t length);

/* x[at] along an axis of t, where `at` is a formula. Null after an error. */
tb_script_tensor *tb_recording_element(tb_recording *r, tb_script_tensor *t,
                                       int axis, tb_script_value at);

/* Whether its length is a formula. */
bool tb_span_is_open(const tb_script_tensor *t);

/* From now on it lies where it lies now, and is guarded. True where there was
   none. */
bool tb_recording_settle(tb_recording *r, tb_script_tensor *t);
bool tb_recording_settle_value(tb_recording *r, const tb_script_value *x);

/* Numbers of a span of known length, and their replacement. */
tb_value *tb_span_read(tb_recording *r, const tb_script_tensor *t);
bool tb_span_write(tb_recording *r, tb_script_tensor *t, tb_value *v);

/* `to` becomes `from`, where one of them is open: *done, or else both are
   settled. False after an error. */
bool tb_span_copy(tb_recording *r, tb_script_tensor *to, tb_script_tensor *from,
                  bool *done);

#endif
