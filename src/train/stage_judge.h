/* Judges the examples of an epoch against what is learned from, to which it
   listens in the background first. */
#ifndef TB_TRAIN_STAGE_JUDGE_H
#define TB_TRAIN_STAGE_JUDGE_H

#include "judge/quotes.h"
#include "run/example_list.h"
#include "run/stage_list.h"
#include "train/data.h"

/* One thread at a time. */
typedef struct tb_stage_judge tb_stage_judge;

/* Begins to listen, and to make a checkpoint of nearest neighbour at `baseline`
   (null: none). `data`, the settings that it was opened with, `quotes`, a
   finished index of what is learned from, and `baseline` must outlive it. Null
   without memory. */
tb_stage_judge *tb_stage_judge_new(const tb_data *data,
                                   const tb_training_settings *settings,
                                   tb_quotes *quotes, const char *baseline,
                                   tb_error *error);

/* Once it has heard all: whether that checkpoint is there. */
bool tb_stage_judge_has_baseline(const tb_stage_judge *judge);

/* Stops listening. Accepts null. */
void tb_stage_judge_free(tb_stage_judge *judge);

/* Whether it has heard all; or why it never will. */
tb_status tb_stage_judge_check(tb_stage_judge *judge, bool *ready,
                               tb_error *error);

/* Judges all examples of an epoch in the list of the run in `folder`, read from
   their files; those that somebody has removed do not count. */
tb_status tb_stage_judge_score(tb_stage_judge *judge, const char *folder,
                               const tb_example_list *list, int epoch,
                               tb_stage *stage, tb_error *error);

#endif
