/* Sounds as values of attributes, by the contract of nn~. */
#ifndef TB_TORCHSCRIPT_SCRIPT_SOUND_H
#define TB_TORCHSCRIPT_SCRIPT_SOUND_H

#include "torchscript/script_model.h"

/* Value i of an attribute becomes the sound of this name: a tensor of its first
   channel; or, of a buffer, the name of that ("table#0"), after the model was
   told what is in it (set_buffer_attribute: its name, [channels, frames] and
   the rate). */
tb_status tb_script_sound_argument(tb_script_model *model,
                                   const tb_script_attribute *attribute, int i,
                                   const char *name,
                                   tb_script_argument *argument,
                                   tb_error *error);

#endif
