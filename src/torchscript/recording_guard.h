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

/* What lists and dicts held that a value reaches, where calls write to them. */
bool tb_guard_contents(tb_recording *r, const tb_script_value *x);

/* A slot of an object as a program reads it, which is in *out: from now on it
   is guarded, unless the call wrote it. A number becomes a formula, and so do
   those in a tuple of nothing but numbers, truths, texts and such tuples. */
bool tb_read_slot(tb_recording *r, const tb_script_object *object, int slot,
                  tb_script_value *out);

/* Somebody needs to know a value: if it is a formula, what that comes to is
   guarded, as a number or as what is true. */
bool tb_pin(tb_recording *r, tb_script_value *x);
bool tb_pin_truth(tb_recording *r, tb_script_value *x);

/* Computed from state and controls: runs a plan of its own each time. The
   numbers of `v` as they are now go to x. */
bool tb_guard_computed(tb_recording *r, tb_value *v, tb_params *params,
                       double *x, tb_look look);

/* All of them, or the first `most`. Looks at the newest numbers of storages. */
enum { TB_ALL_GUARDS = INT32_MAX };
TB_REALTIME bool tb_guards_hold(const tb_guard *first, int most);

/* All but the first so many. */
TB_REALTIME bool tb_guards_hold_after(const tb_guard *first, int count);

/* Puts those in front that look at slots which change, and gives how many they
   are. Slot -1: all contents. */
int tb_guards_sort(tb_guard **first,
                   bool (*changes)(const void *context,
                                   const tb_script_items *items, int slot),
                   const void *context);

/* Whether numbers of slots alone decide; then what they are decides all that
   comes. Goes through these. */
bool tb_guards_are_numbers(const tb_guard *first);
void tb_guards_slots(const tb_guard *first,
                     void (*visit)(void *context, const tb_script_items *items,
                                   int slot), /* -1: all contents */
                     void *context);
void tb_guards_clear(tb_guard *first);

#endif
