/* What the files of recorded calls share: making and running (script_plan.c),
   and what a call leaves behind (script_keep.c). */
#ifndef TB_TORCHSCRIPT_SCRIPT_PLAN_STATE_H
#define TB_TORCHSCRIPT_SCRIPT_PLAN_STATE_H

#include "torchscript/formula.h"
#include "torchscript/recording_scalar.h"
#include "torchscript/script_draws.h"
#include "torchscript/script_plan.h"

enum { TB_MOST_RESULTS = 256 };

/* A storage that the plan keeps as state while it runs. */
typedef struct tb_state_binding {
    tb_script_storage *storage;
    tb_value *state;
    const tb_tensor *tensor; /* where the plan has it; null: it does not */
} tb_state_binding;

/* A number that each run gets from slots. */
typedef struct tb_scalar_binding {
    const tb_scalar *scalar;
    const tb_tensor *tensor; /* null: the plan does not need it */
} tb_scalar_binding;

/* A value that each run leaves in a storage. */
typedef struct tb_plan_result {
    tb_value *value;
    tb_script_storage *storage;
    const tb_tensor *tensor;
    bool is_answer; /* the storage is the plan's, not the module's */
} tb_plan_result;

/* What a run leaves in a slot of an object, or as contents of a list or dict.
 */
typedef struct tb_plan_effect {
    tb_script_items *target;
    int slot; /* -1: all contents */
    tb_script_value value;
    const tb_formula *formula; /* what the slot's number comes from, if any */
    int count;                 /* of the contents */
    const tb_script_value *contents;
} tb_plan_effect;

struct tb_script_plan {
    tb_script_module *module;
    tb_script_plan_settings settings;
    tb_recording r;
    tb_arena *arena;
    tb_params *params;
    tb_plan *plan; /* null: nothing is computed */
    tb_value *input[TB_MOST_ARGUMENTS];
    const tb_tensor *input_tensor[TB_MOST_ARGUMENTS];
    const float *control[TB_MOST_ARGUMENTS]; /* by input; null: sound */
    int input_count;
    tb_state_binding *states;
    tb_scalar_binding *scalars;
    tb_plan_effect *effects;
    int state_count, scalar_count, effect_count, result_count;
    tb_plan_result results[TB_MOST_RESULTS];
    tb_script_value value; /* what the method returned, kept */
    uint64_t epoch;
    tb_script_draws *draws; /* null: nothing is drawn by chance */
    uint64_t luck;          /* of the method: each draws its own numbers */
    int64_t position;
};

/* Puts in place what a run leaves in slots, lists and dicts. */
TB_REALTIME void tb_script_plan_leave(tb_script_plan *p);

/* ---- what a call leaves behind ---- */

/* Slots whose tensor a call once put there take the numbers of the new one.
   False and an error of the recording. */
bool tb_script_settle_slots(tb_script_plan *p);

/* Slots, lists and dicts that calls change for the first time: from now on who
   reads them is guarded, and the recording must be made again. */
void tb_script_mark_slots(tb_script_plan *p);

/* What the call leaves in objects and lists, and what it returned: values that
   outlive the recording, and results that each run fills. */
tb_status tb_script_keep_effects(tb_script_plan *p, tb_error *error);
tb_status tb_script_keep_value(tb_script_plan *p, tb_error *error);

/* Results for states that are written to and not read. */
tb_status tb_script_keep_unread(tb_script_plan *p, tb_error *error);

#endif
