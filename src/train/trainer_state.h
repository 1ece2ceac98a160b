/* What the files of the trainer share: opening (trainer_open.c, of plans
   trainer_plans.c, of groups trainer_groups.c), steps (trainer.c) and what
   became of them (trainer_settle.c), tests (trainer_test.c), phases
   (trainer_phases.c), buffers and hooks (trainer_buffers.c), what goes in and
   out of plans (trainer_values.c) and what rows carry (trainer_rows.c). Numbers
   of a step lie in the storage of the plans and stay there: the host asks for
   nothing before the next step. */
#ifndef TB_TRAIN_TRAINER_STATE_H
#define TB_TRAIN_TRAINER_STATE_H

#include "engine/plan.h"
#include "train/trainer.h"

/* A state of a plan, and its numbers for each micro-batch, in the storage. */
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
    float *before; /* in the storage: as of before the step */
    bool is;       /* in the step that was begun */
} tb_written;

/* What plans are given for a step, in the storage: the whole batch of each
   feed, and the scheduled numbers. */
typedef struct tb_given {
    void *feed[TB_MOST_FEEDS];
    size_t bytes[TB_MOST_FEEDS];
    int64_t *levels[TB_MOST_FEEDS]; /* the host's, where inputs are integers */
    float *number;
} tb_given;

/* What a step measures, a block in the storage: norms by group, losses by
   micro-batch and objective, metrics by micro-batch and metric; 0 where there
   is none. */
typedef struct tb_measured {
    size_t bytes;
    double *norm;
    float *loss, *metric;
} tb_measured;

/* A step that was begun, and how it is taken back. */
typedef struct tb_begun_step {
    bool is;
    unsigned turn;
    bool moves[TB_MOST_GROUPS];
    double rate[TB_MOST_GROUPS];
} tb_begun_step;

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
    const tb_storage *storage;
    tb_given given[2];       /* to learn, to be tested */
    bool *reset;             /* [rows * micro]: the host's, of the last step */
    tb_measured there, here; /* in the storage; as the host sees it */
    tb_begun_step pending;
    /* In the storage. */
    float *gradients; /* of the last run, in the layout of the store */
    float *summed;    /* over micro-batches and objectives; null: each has one
                         gradient */
    tb_plan *update;  /* of buffers; null: none are written */
    tb_written written[TB_MOST_STATISTICS];
    float *statistics; /* means over micro-batches */
    float *statistic;  /* one of them, in logical order */
    int64_t statistic_at[TB_MOST_STATISTICS + 1];
    float *unhooked; /* weights as of before the hooks of this step; or null */
    struct {
        double *x;
        int64_t n;
    } listened[TB_MOST_HOOKS]; /* what hooks of the start heard so far */
    int64_t steps, began[TB_MOST_PHASES];
    tb_rate_pace pace;
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

/* Chooses the ranges that have a gradient in these turns; false: none. */
bool tb_moved_choose(tb_moved *moved, unsigned turn);

/* ---- phases ---- */

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

/* Of one row of a batch, as it lies in the storage. */
size_t tb_trainer_row_bytes(const tb_trainer *trainer, const tb_feed *feed);

/* Brings what the host has for a step to the storage: sound, numbers. */
void tb_trainer_give(tb_trainer *trainer, bool testing, const tb_batch *batch);

/* What an objective is given of it, for a micro-batch, into its plan. */
void tb_trainer_write_inputs(tb_trainer *trainer, bool testing,
                             const tb_planned *planned, int micro);

/* One run of an objective over a micro-batch of what is given, forward and, if
   it has its turn, backward. `checked`: with a look at every node,
   TB_ERR_NUMERIC naming one. */
tb_status tb_trainer_run(tb_trainer *trainer, unsigned turn, int objective,
                         int micro, bool checked, tb_error *error);

/* Random numbers of each step and each graph are their own. */
uint64_t tb_trainer_seed(const tb_trainer *trainer, int graph);

/* A metric in the graph of an objective; null: it is not measured there. */
const tb_value *tb_metric_value(const tb_metric *metric, int objective);

/* A metric as it is told, from its value in the graph. */
double tb_metric_scaled(const tb_metric *metric, double value);

/* ---- what became of a step ---- */

tb_status tb_trainer_open_measured(tb_trainer *trainer, tb_error *error);

/* Keeps loss and metrics of a run of an objective over a micro-batch. */
void tb_trainer_keep_measured(tb_trainer *trainer, int objective, int micro);

/* Numbers that a step must not be made with, unless they are finite. */
tb_step_guard tb_trainer_guard(const tb_trainer *trainer);

/* What comes is computed from this batch, and from the states as they are. */
void tb_trainer_begin_batch(tb_trainer *trainer, const tb_batch *batch);

/* Takes all states back to before the step. */
void tb_trainer_restore(tb_trainer *trainer);

/* ---- buffers ---- */

void tb_trainer_add_statistics(tb_trainer *trainer, unsigned turn, int micro);
void tb_trainer_update_buffers(tb_trainer *trainer, unsigned turn);
void tb_trainer_undo_buffers(tb_trainer *trainer);
size_t tb_trainer_statistics_bytes(const tb_trainer *trainer);
void tb_trainer_close_buffers(tb_trainer *trainer);
tb_status tb_trainer_run_hooks(tb_trainer *trainer, tb_error *error);

/* The weights as of before the hooks of this step, if any ran. */
void tb_trainer_undo_hooks(tb_trainer *trainer);

/* The step was good. */
void tb_trainer_forget_unhooked(tb_trainer *trainer);

/* ---- what goes in and out of plans ---- */

int64_t tb_tensor_count(const tb_tensor *tensor);

/* All elements, of the same shape; to and from a block in logical order. All
   of it lies in the storage. */
void tb_trainer_copy(const tb_trainer *trainer, const tb_tensor *to,
                     const tb_tensor *from);
void tb_trainer_pack(const tb_trainer *trainer, void *to,
                     const tb_tensor *from);
void tb_trainer_unpack(const tb_trainer *trainer, const tb_tensor *to,
                       void *from);

/* [rows, frames, channels] into real [rows, channels, frames], or into levels
   [rows, frames] or [rows, frames, channels]. */
void tb_trainer_copy_frames(const tb_trainer *trainer, const tb_tensor *to,
                            void *from);

/* A single number; all elements as they are. Both wait for what came before. */
double tb_trainer_look(const tb_trainer *trainer, const tb_tensor *from);
tb_status tb_trainer_look_at_all(const tb_trainer *trainer,
                                 const tb_tensor *from, double *to,
                                 tb_error *error);

/* ---- what rows carry ---- */

tb_status tb_planned_find_carried(tb_planned *planned, const tb_graph *graph,
                                  const tb_storage *storage, int micro,
                                  tb_error *error);
void tb_planned_clear(tb_planned *planned, const tb_storage *storage);

/* States into the plan, for micro-batch `micro`, with those rows fresh that
   `reset` says; and out again. */
void tb_planned_carry_in(tb_planned *planned, const tb_storage *storage,
                         int micro, const bool *reset);
void tb_planned_carry_out(tb_planned *planned, const tb_storage *storage,
                          int micro);

/* Keeps what is carried, for a step that fails, and takes it back. */
void tb_planned_keep(tb_planned *planned, const tb_storage *storage,
                     int micro_batches);
void tb_planned_restore(tb_planned *planned, const tb_storage *storage,
                        int micro_batches);

#endif
