/* What the parts of a plan share: what was set already (budget_settings.c),
   what is known of the sounds and of the machine (budget_outlook.c), and what
   is told of it (budget_words.c). */
#ifndef TB_TRAIN_BUDGET_STATE_H
#define TB_TRAIN_BUDGET_STATE_H

#include "train/budget.h"

/* ---- what was set ---- */

bool tb_budget_is_chosen(const tb_chosen *chosen, const char *name);

/* What nobody chose, of a list of settings that ends with null; of training
   alone where it begins with weights, whose network stays as it is. */
tb_status tb_budget_take(tb_job *job, const char *const *list,
                         const tb_chosen *chosen, tb_error *error);

/* Whether a size is what it is called. */
bool tb_budget_is_whole(const tb_job *job, const tb_network_size *size,
                        const tb_chosen *chosen);

/* ---- what is known ---- */

/* Percent of the time: the rest is for examples and tests. */
enum { TB_BUDGET_FOR_LEARNING = 85 };

typedef struct tb_outlook {
    double material;      /* hours that are learned from */
    double epoch_seconds; /* 0: not measured */
    double epochs;        /* in the budget; 0: nobody knows */
    int64_t steps;        /* of an epoch */
    double step_seconds;  /* likewise */
    bool slow;            /* the second phase takes longer than measured */
    bool coarse;          /* levels, because of labels */
    bool sustained;       /* set for what mostly sustains */
} tb_outlook;

/* Measures the machine with the job as it is. */
tb_status tb_budget_look(const tb_job *job, tb_outlook *outlook,
                         tb_error *error);

/* What the headers of the files tell, without a clock. */
tb_status tb_budget_look_at_sounds(const tb_job *job, tb_outlook *outlook,
                                   tb_error *error);

/* ---- what is told ---- */

/* In `job->plan`; `size` -1: it has one. `ends`: before it learns by heart. */
void tb_budget_tell(tb_job *job, const tb_chosen *chosen,
                    const tb_outlook *outlook, int size, bool ends);

/* In `job->usual`: how long it takes until it is what others call trained,
   where the first phase usually ends by steps, of as much sound as presets have
   in one. What has too little memory for that is told so by others. */
tb_status tb_budget_tell_usual(tb_job *job, const tb_training_settings *preset,
                               const tb_outlook *outlook, tb_error *error);

#endif
