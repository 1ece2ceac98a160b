/* A method that is called again and again. What a program does may depend on
   what its calls leave behind (the fill of a queue, a counter, a switch): for
   each of these ways there is a plan, and they are made before they are needed
   where they come round. */
#ifndef TB_TORCHSCRIPT_SCRIPT_CALL_H
#define TB_TORCHSCRIPT_SCRIPT_CALL_H

#include "torchscript/script_plan.h"

typedef struct tb_script_call tb_script_call;

/* Nothing is recorded yet. `method` must outlive the call. Null without
   memory. */
tb_script_call *tb_script_call_new(tb_script_module *m, const char *method,
                                   int count,
                                   const tb_script_argument *arguments,
                                   const tb_script_plan_settings *settings,
                                   tb_error *error);
void tb_script_call_free(tb_script_call *call); /* accepts null */

/* The plan of the next call, to be given its inputs and run; null: what the
   program would do now has not been recorded. */
TB_REALTIME tb_script_plan *tb_script_call_plan(tb_script_call *call);

/* Records it, and what will be asked for after it: the calls are played ahead
   with silence, on a copy of the state, until they do what has been recorded
   (or there are TB_MOST_WAYS). A call that will come by numbers alone and
   cannot be recorded is an error now. On a control thread while nothing of the
   module runs. Null and an error. */
enum { TB_MOST_WAYS = 64 };
tb_script_plan *tb_script_call_prepare(tb_script_call *call, tb_error *error);

/* Plans that there are. */
int tb_script_call_plans(const tb_script_call *call);

#endif
