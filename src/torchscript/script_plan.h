/* A recorded call, ready to run: a plan over its graph, bound to the storages
   that it reads and writes, and what it leaves behind besides numbers. */
#ifndef TB_TORCHSCRIPT_SCRIPT_PLAN_H
#define TB_TORCHSCRIPT_SCRIPT_PLAN_H

#include "base/realtime.h"
#include "engine/plan.h"
#include "torchscript/recording.h"
#include "torchscript/script_module.h"

typedef struct tb_script_plan tb_script_plan;

/* What a call is made with: a value, or numbers that each run gets anew. */
typedef struct tb_script_argument {
    bool is_input; /* real numbers of this shape */
    tb_shape shape;
    int64_t
        units; /* of its last axis: what a call can be split in; 0 means 1 */
    const float *control; /* of an input: the caller's, in logical order, read
                             with each run; a program may look at them. Null:
                             sound, written to tb_script_plan_input */
    tb_script_value value;
} tb_script_argument;

typedef struct tb_script_plan_settings {
    bool silent;             /* what is drawn by chance is zero */
    bool half_weights;       /* weights in 16 bits */
    int threads;             /* that kernels are laid out for; 0 means 1 */
    tb_workspace *workspace; /* of several plans that never run at once; null:
                                the plan has its own */
    int64_t most_elements;   /* of all tensors that a call makes; 0: 2^28 */
    int64_t most_steps; /* statements and the like of a call; 0: 2,000,000 */
} tb_script_plan_settings;

/* Records a call of a method of the module and plans it. Nothing of the module
   changes before the plan runs. Null and an error that names function and line
   when that cannot be. One thread at a time for all plans of a module. */
tb_script_plan *tb_script_plan_new(tb_script_module *m, const char *method,
                                   int count,
                                   const tb_script_argument *arguments,
                                   const tb_script_plan_settings *settings,
                                   tb_error *error);
void tb_script_plan_free(tb_script_plan *p); /* accepts null */

/* Whether the next call would still do what was recorded. If not, it must be
   recorded anew. */
TB_REALTIME bool tb_script_plan_holds(const tb_script_plan *p);

/* Where the numbers of input i go before a run: real, of its shape. Null:
   nothing is computed with them. */
TB_REALTIME const tb_tensor *tb_script_plan_input(const tb_script_plan *p,
                                                  int i);

/* What is drawn by chance in the next run is that of a sound that began so many
   units ago: then calls of any length draw the same. 0 in the beginning. */
TB_REALTIME void tb_script_plan_seek(tb_script_plan *p, int64_t units);

/* One call, on the caller's thread. What it draws depends on `seed`, too, and
   on nothing else. */
TB_REALTIME void tb_script_plan_run(tb_script_plan *p, uint64_t seed);

/* The same on all threads of a pool, where nobody waits for a sound. */
void tb_script_plan_run_wide(tb_script_plan *p, uint64_t seed, tb_pool *pool);

/* What the method gave: the numbers of its tensors lie in order in
   tensor->storage->data after each run. */
TB_REALTIME const tb_script_value *
tb_script_plan_value(const tb_script_plan *p);

/* Samples by which the numbers of what it gave are late, as the layers say that
   it is made of, where a call has so many samples; below 0: none says. */
double tb_script_plan_delay(const tb_script_plan *p, int64_t samples);

/* Bytes that a plan holds: weights as its kernels have them, the states that it
   reaches, and all that it works with, states among it. */
typedef struct tb_script_memory {
    size_t weights, states, work;
} tb_script_memory;

void tb_script_plan_memory(const tb_script_plan *p, tb_script_memory *memory);

/* What computes it, for those who measure; null: nothing is computed. */
const tb_plan *tb_script_plan_plan(const tb_script_plan *p);

/* ---- storages, between runs ---- */

/* The numbers of a storage as they are now, brought from the plan that ran
   last; null where nobody has asked for them yet (they are those of the file,
   or zeros). */
TB_REALTIME const void *tb_script_storage_bring(tb_script_storage *s);

/* The first of them into `to`, whose elements lie in logical order. */
TB_REALTIME void tb_script_storage_give(tb_script_storage *s,
                                        const tb_tensor *to);

/* Numbers in logical order into a tensor of real ones. */
TB_REALTIME void tb_script_give_numbers(const float *numbers,
                                        const tb_tensor *to);

/* The parameters of a recording's graph, where they lie in the archive. Null
   and an error without memory. */
tb_params *tb_recording_params(tb_recording *r, tb_error *error);

#endif
