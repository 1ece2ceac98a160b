/* What steered a recording: numbers in storages, contents of slots, numbers of
   controls, and what was computed from these. What was recorded is what the
   program does as long as they come out as they did. */
#ifndef TB_TORCHSCRIPT_RECORDING_GUARD_H
#define TB_TORCHSCRIPT_RECORDING_GUARD_H

#include "base/realtime.h"
#include "engine/ops/logic.h"
#include "torchscript/recording.h"

/* A number as a branch asks for it (zero or not) or as it is. */
typedef enum tb_look { TB_LOOK_NUMBER, TB_LOOK_TRUTH } tb_look;

/* State that was looked at. False without memory. */
bool tb_guard_storage(tb_recording *r, const tb_script_tensor *t,
                      const double *x, tb_look look);

/* What a slot held that calls write to. */
bool tb_guard_slot(tb_recording *r, const tb_script_items *items, int slot);

/* A slot of an object as a program reads it, which is in *out: from now on it
   is guarded, unless the call wrote it; a whole number becomes a counter. */
bool tb_read_slot(tb_recording *r, const tb_script_object *object, int slot,
                  tb_script_value *out);

/* Somebody needs to know a value: if it is a counter, its slot is guarded. */
bool tb_pin(tb_recording *r, tb_script_value *x);

/* That a counter compares so with another number. */
bool tb_guard_counter(tb_recording *r, const tb_script_counter *counter,
                      tb_comparison how, int64_t with, bool truth);

/* Computed from state and controls: runs a plan of its own each time. The
   numbers of `v` as they are now go to x. */
bool tb_guard_computed(tb_recording *r, tb_value *v, tb_params *params,
                       double *x, tb_look look);

/* All of them. Looks at the newest numbers of storages. */
TB_REALTIME bool tb_guards_hold(const tb_guard *first);

/* A number that tells apart what their counters have now. */
uint64_t tb_guards_counted(const tb_guard *first);
void tb_guards_clear(tb_guard *first);

/* Whether two values are one to a program: numbers by their bits, tuples by
   what is in them, lists and objects by being the same. */
TB_REALTIME bool tb_script_is_same(const tb_script_value *a,
                                   const tb_script_value *b);

#endif
