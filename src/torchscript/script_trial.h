/* Attributes set on trial: what a model would do with them is recorded before
   it is decided that they stay. On a control thread, as all setting. */
#ifndef TB_TORCHSCRIPT_SCRIPT_TRIAL_H
#define TB_TORCHSCRIPT_SCRIPT_TRIAL_H

#include "torchscript/script_model.h"

/* From now on what tb_script_model_set changes can be taken back, as long as no
   block is played. */
void tb_script_trial_begin(tb_script_model *model);

/* What was set stays. */
void tb_script_trial_keep(tb_script_model *model);

/* All is as it was at the beginning. Streams have to be prepared: what was
   found to change meanwhile counts as changing from then on. */
void tb_script_trial_undo(tb_script_model *model);

/* Records each setter with what its attribute has now, as far as that can be
   said in texts. One that cannot be recorded is refused from then on. Nothing
   runs; but for good is what a setter writes to, so only a model that nobody
   plays is asked. */
void tb_script_model_try_setters(tb_script_model *model);

#endif
