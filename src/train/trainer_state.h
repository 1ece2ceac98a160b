/* What the files of the trainer share: opening (trainer_open.c), steps
   (trainer.c), what rows carry (trainer_rows.c). */
#ifndef TB_TRAIN_TRAINER_STATE_H
#define TB_TRAIN_TRAINER_STATE_H

#include "engine/plan.h"
#include "train/trainer.h"

/* A state of a plan, and its numbers for each micro-batch. */
typedef struct tb_carried {
    const tb_value *value;
    size_t bytes;
    char *first;  /* what a fresh row holds */
    char *now;    /* [micro_batches][bytes] */
    char *before; /* likewise: as of before the step */
} tb_carried;

/* An objective, planned: to learn or to be tested. */
typedef struct tb_planned {
    const tb_objective *objective;
    tb_plan *plan;
    int rows;
    int carried_count;
    tb_carried *carried;
} tb_planned;

/* The parameters that one optimiser moves, as ranges of the store. */
typedef struct tb_moved {
    const tb_group *group;
    tb_optimiser *optimiser;
    tb_weight_range *ranges;
    unsigned *objectives; /* by range: those whose gradients move it */
    bool *active;
    int count;
} tb_moved;

struct tb_trainer {
    tb_trainer_settings settings;
    int channels, micro;
    tb_learning learn, test;
    tb_graph *declared; /* what a checkpoint holds */
    tb_params *params;
    tb_workspace *workspace;
    tb_pool *pool;
    tb_planned learning[TB_MOST_OBJECTIVES], testing[TB_MOST_OBJECTIVES];
    tb_moved moved[TB_MOST_GROUPS];
    unsigned *moved_by; /* by parameter: objectives that have its gradient */
    float *gradients, *summed; /* in the layout of the store; the sum over
                                  micro-batches: null if there is one */
    tb_plan *update;           /* of buffers; null: none are written */
    double *statistics;        /* sums over micro-batches */
    int64_t statistic_at[TB_MOST_STATISTICS + 1];
    int64_t steps, phase_began;
    int phase, begin; /* begin: the phase to begin next; -1: none */
    bool averaged;
};

/* ---- opening ---- */

tb_status tb_trainer_open(tb_trainer *trainer, tb_error *error);

/* Whether a parameter belongs to a group, and is no buffer. */
bool tb_trainer_moves(const tb_trainer *trainer, const tb_group *group,
                      const char *name);

/* ---- what rows carry ---- */

tb_status tb_planned_find_carried(tb_planned *planned, const tb_graph *graph,
                                  int micro, tb_error *error);
void tb_planned_clear(tb_planned *planned);

/* States into the plan, for micro-batch `micro`, with those rows fresh that
   `reset` says; and out again. */
void tb_planned_carry_in(tb_planned *planned, int micro, const bool *reset);
void tb_planned_carry_out(tb_planned *planned, int micro);

/* Keeps what is carried, for a step that fails, and takes it back. */
void tb_planned_keep(tb_planned *planned, int micro_batches);
void tb_planned_restore(tb_planned *planned, int micro_batches);

#endif
