/* What a training is made of when it is known what it is given: the size of the
   network, windows, tracks and learning rate, by rules that were measured. All
   of it can be set; what was set stays, and the rest is planned around it. */
#ifndef TB_TRAIN_BUDGET_H
#define TB_TRAIN_BUDGET_H

#include "train/job.h"

/* What was chosen already. */
typedef struct tb_chosen {
    const char *const *names; /* of settings, "training.batch" or "batch=4" */
    int count;
    bool size; /* the network's size is, too: by a preset, say */
} tb_chosen;

/* The size, counted from 0, that learns most: the largest of those that hear as
   much as they want. `hours` of sound are heard by the first size; with `timed`
   larger ones hear less in the same time. Of `material` hours no more counts
   than TB_BUDGET_HEARINGS hearings. */
int tb_budget_size(const tb_network_size *sizes, double hours, bool timed,
                   double material);

enum { TB_BUDGET_HEARINGS = 60 };

/* Settles the settings of a new job, of which minutes, epochs (or neither),
   sounds and whatever was chosen are known, and tells it in `job->plan`. In a
   plan by minutes the speed of the machine is measured; others do not depend on
   it. */
tb_status tb_budget_plan(tb_job *job, const tb_chosen *chosen, tb_error *error);

#endif
