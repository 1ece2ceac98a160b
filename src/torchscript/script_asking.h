/* Asking the module of a model on the control thread, for those who describe it
   and those who set its attributes. */
#ifndef TB_TORCHSCRIPT_SCRIPT_ASKING_H
#define TB_TORCHSCRIPT_SCRIPT_ASKING_H

#include "torchscript/script_model.h"

bool tb_script_model_has(const tb_script_model *m, const char *method);

/* Numbers of a slot called "<name><ending>": of a small tensor, of a list or a
   tuple, or one. How many; 0: there are none, or more than `most`. */
int tb_script_numbers_at(const tb_script_model *m, const char *name,
                         const char *ending, int most, double *out);

/* Runs a plan once; on trial what it changes is kept before. Null, and the plan
   is gone: there is no memory. */
tb_script_plan *tb_script_model_run(tb_script_model *m, tb_script_plan *p,
                                    tb_error *error);

/* Records a call and runs it once: its value is there. Null and an error. */
tb_script_plan *tb_script_model_call(tb_script_model *m, const char *method,
                                     int n, const tb_script_argument *arguments,
                                     tb_error *error);

/* What `name` needs is not known here. */
tb_status tb_script_model_refuse(const tb_script_model *m, const char *name,
                                 const char *refusal, tb_error *error);

#endif
