/* What the files of the trainer share: opening (trainer_open.c, of plans
   trainer_plans.c, of groups trainer_groups.c), steps (trainer.c), phases
   (trainer_phases.c), buffers and hooks (trainer_buffers.c), what goes in and
   out of plans (trainer_values.c) and what rows carry (trainer_rows.c). */
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

/* An objective, planned: to learn, to give values to others, to be tested. */
typedef struct tb_planned {
    const tb_objective *objective;
    tb_plan *plan;
    int rows;
    int carried_count;
    tb_carried *carried;
} tb_planned;

/* Neighbours in the store that always change together. */
typedef struct tb_moved_range {
    unsigned objectives; /* those whose gradients move it */
    int first, count;    /* parameters */
} tb_moved_range;

/* The parameters that one optimiser moves. */
typedef struct tb_moved {
    const tb_group *group;
    tb_optimiser *optimiser;
    int count;
    tb_moved_range *ranges;
    tb_weight_range *weights; /* of each range */
    bool *chosen;             /* ranges that something is done with */
} tb_moved;

/* What a buffer becomes, and the objectives whose statistics that needs. */
typedef struct tb_written {
    int parameter;
    unsigned objectives;
} tb_written;

struct tb_trainer {
    tb_trainer_settings settings;
    int channels, micro;
    tb_learning learn, test;
    tb_graph *declared; /* what a checkpoint holds */
    tb_params *params;
    tb_workspace *workspace;
    tb_pool *pool;
    /* With their gradients; forward alone, for those that others need while
       they have no turn themselves; and on held-out sound. */
    tb_planned learning[TB_MOST_OBJECTIVES], giving[TB_MOST_OBJECTIVES],
        testing[TB_MOST_OBJECTIVES];
    tb_moved moved[TB_MOST_GROUPS];
    unsigned *moved_by; /* by parameter: objectives that have its gradient */
    float *gradients;   /* of the last run, in the layout of the store */
    float *summed;      /* over micro-batches and objectives; null: each has one
                           gradient */
    tb_plan *update;    /* of buffers; null: none are written */
    tb_written written[TB_MOST_STATISTICS];
    double *statistics; /* means over micro-batches */
    int64_t statistic_at[TB_MOST_STATISTICS + 1];
    float *unhooked; /* weights as of before the hooks; null: there are none */
    bool hooked;     /* hooks ran in this step */
    int64_t steps, began[TB_MOST_PHASES];
    int phase;
    bool taken;    /* the weights were not made here */
    bool averaged; /* they have changed places with their averages */
};

/* ---- opening ---- */

tb_status tb_trainer_open(tb_trainer *trainer, tb_error *error);
tb_status tb_trainer_check_program(const tb_learning *learning,
                                   tb_error *error);

/* The groups in which an objective moves a parameter: none of a buffer. */
unsigned tb_trainer_groups(const tb_trainer *trainer,
                           const tb_objective *objective, const char *name);

/* The gradients of every parameter must be known. */
tb_status tb_trainer_open_plans(tb_trainer *trainer, tb_error *error);
tb_status tb_trainer_open_groups(tb_trainer *trainer, tb_error *error);
tb_status tb_trainer_open_buffers(tb_trainer *trainer, tb_error *error);
void tb_moved_clear(tb_moved *moved);

/* ---- phases ---- */

/* Begins those that begin at this step. */
void tb_trainer_follow_phases(tb_trainer *trainer);

/* Objectives that have their turn in this step; in any step of a phase. */
unsigned tb_trainer_turns(const tb_trainer *trainer);
unsigned tb_phase_objectives(const tb_learning_phase *phase);

/* Whether two turns ever fall together. */
bool tb_turns_meet(const tb_phase_turn *a, const tb_phase_turn *b);

/* Whether `b` has its turn whenever `a` has. */
bool tb_turn_follows(const tb_phase_turn *a, const tb_phase_turn *b);

double tb_trainer_number(const tb_trainer *trainer, const tb_scheduled *number);

/* ---- running ---- */

/* Whether an objective reads a value of another. */
bool tb_objective_needs(const tb_objective *objective, int other);

/* With those whose values they need. */
unsigned tb_trainer_needed(const tb_learning *learning, unsigned objectives);

/* The plan that runs for an objective when `turn` have their turn. */
tb_planned *tb_trainer_planned(tb_trainer *trainer, unsigned turn,
                               int objective);

/* One run of an objective over a micro-batch, forward and, if it has its turn,
   backward. `checked`: with a look at every node, TB_ERR_NUMERIC naming one. */
tb_status tb_trainer_run(tb_trainer *trainer, const tb_batch *batch,
                         unsigned turn, int objective, int micro, bool checked,
                         tb_error *error);

/* Random numbers of each step and each graph are their own. */
uint64_t tb_trainer_seed(const tb_trainer *trainer, int graph);

/* Takes all states back to before the step. */
void tb_trainer_restore(tb_trainer *trainer);

/* ---- buffers ---- */

void tb_trainer_add_statistics(tb_trainer *trainer, unsigned turn);
void tb_trainer_update_buffers(tb_trainer *trainer, unsigned turn);
tb_status tb_trainer_run_hooks(tb_trainer *trainer, const tb_batch *batch,
                               tb_error *error);

/* The weights as of before the hooks of this step, if any ran. */
void tb_trainer_undo_hooks(tb_trainer *trainer);

/* ---- what goes in and out of plans ---- */

/* Interleaved sound [rows, frames, channels] into [rows, channels, frames]. */
void tb_tensor_write_sound(const tb_tensor *to, const float *from);
void tb_tensor_write_number(const tb_tensor *to, double x);
double tb_tensor_number(const tb_tensor *from); /* NaN if null */

int64_t tb_tensor_count(const tb_tensor *tensor);

/* to[k] += factor * element k, in logical order; elements as they are; and the
   other way. */
void tb_tensor_add_to(const tb_tensor *from, double factor, double *to);
void tb_tensor_read(const tb_tensor *from, float *to);
void tb_tensor_write(const tb_tensor *to, const double *from);

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
