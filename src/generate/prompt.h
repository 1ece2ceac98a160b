/* Prompts from sound files. */
#ifndef TB_GENERATE_PROMPT_H
#define TB_GENERATE_PROMPT_H

#include "audio/load.h"
#include <timbrel/model.h>

/* Loads "bell.wav@3.5s+1s" (audio/cut.h) at the rate and with the channels of
   the model; without a length, `length_seconds` of it (0: to the end). `audio`
   belongs to the caller and is empty after a failure. */
tb_status tb_prompt_load(const char *text, const tb_model *model,
                         double length_seconds, tb_audio *audio,
                         tb_error *error);

#endif
