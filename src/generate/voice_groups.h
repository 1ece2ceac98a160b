/* Voices of one model shared out over threads: as many groups as threads, each
   on its own. A voice sounds the same whoever makes it. */
#ifndef TB_GENERATE_VOICE_GROUPS_H
#define TB_GENERATE_VOICE_GROUPS_H

#include "base/status.h"
#include <timbrel/model.h>

typedef struct tb_voice_groups tb_voice_groups;

/* Voices that generate; `threads` at least 1. `settings.voices` counts all of
   them. The model must outlive them. */
tb_voice_groups *tb_voice_groups_new(tb_model *model,
                                     const tb_voices_settings *settings,
                                     int threads, tb_error *error);
void tb_voice_groups_free(tb_voice_groups *groups); /* accepts null */

/* As the functions of tb_voices; arrays are [voices]. */
int tb_voice_groups_control(const tb_voice_groups *groups, const char *name);
void tb_voice_groups_set(tb_voice_groups *groups, int control, int voice,
                         double x);
void tb_voice_groups_prompt(tb_voice_groups *groups,
                            const float *const *samples, int64_t frames);
void tb_voice_groups_run(tb_voice_groups *groups, float *const *samples,
                         int64_t frames);

/* What went wrong in a run, of files of others; theirs is silence then. */
tb_status tb_voice_groups_check(const tb_voice_groups *groups, tb_error *error);

/* The controls as they stand, to the first symbol on. */
void tb_voice_groups_reset(tb_voice_groups *groups, uint64_t seed);

#endif
