/* Prompts from sound files. */
#ifndef TB_GENERATE_PROMPT_H
#define TB_GENERATE_PROMPT_H

#include "audio/cut.h"
#include "audio/load.h"
#include <timbrel/model.h>

/* Loads a part of a file at the rate and with the channels of the model, and at
   the level that it knows (models/known_level.h): a recording that it learned
   from with the gain that it had then, any other sound by how loud the two
   minutes around the part are. `*gain`: what it was multiplied by. `audio`
   belongs to the caller and is empty after a failure. */
tb_status tb_prompt_load(const tb_cut *cut, const tb_model *model,
                         tb_audio *audio, double *gain, tb_error *error);

#endif
